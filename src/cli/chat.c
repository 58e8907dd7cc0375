/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/dialogue.h"

#include <stdio.h>
#include <stdlib.h>

struct chat_opts {
    char *in, *out, *metrics;
    bool fast;
};

static const struct sr_opt table[] = {
    SR_OPT(struct chat_opts, in, "", .letter = 'i', .arg = "FILE...", .en = "what the user says, any audio files",
           .es = "lo que dice el usuario, cualquier archivo de audio"),
    SR_OPT(struct chat_opts, out, "", .letter = 'o', .arg = "FILE",
           .en = "the WAV file of the answers, aligned with the questions",
           .es = "el archivo WAV de las respuestas, alineado con las preguntas"),
    SR_OPT(struct chat_opts, metrics, "", .arg = "FILE", .en = "what was counted and timed, as Prometheus text",
           .es = "lo que se contó y midió, como texto de Prometheus"),
    SR_OPT(struct chat_opts, fast, "false", .letter = 'f', .en = "virtual time: as fast as the models allow",
           .es = "tiempo virtual: tan rápido como permitan los modelos"),
    SR_OPT_END};

static void print_turn(struct cli *cli, const cJSON *record) {
    const cJSON *ttfa = cJSON_GetObjectItemCaseSensitive(record, "ttfa_ms");
    const char *reply = cli_record_text(record, "reply"), *heard_reply = cli_record_text(record, "heard_reply");
    const char *heard = cli_record_text(record, "heard");
    cli_print(cli, "%s: %s\n", cli_say_in(cli, "User", "Usuario"),
              heard[0] != '\0' ? heard : cli_say_in(cli, "(nothing)", "(nada)"));
    if (reply[0] == '\0')
        return;
    cli_print(cli, "Sarai: %s", reply);
    if (cJSON_IsNumber(ttfa))
        cli_print(cli, "  [%s, %.0f ms]", cli_record_text(record, "route"), ttfa->valuedouble);
    cli_print(cli, "\n");
    if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(record, "interrupted")))
        cli_print(cli, "%s: %s\n", cli_say_in(cli, "Interrupted after", "Interrumpida tras"), heard_reply);
    cli_print_bars(cli, record);
}

struct job {
    struct cli *cli;
    bool played; /* at least one file: there is an answer to keep */
};

static bool turn(void *user, const char *file, cJSON *record) {
    struct job *job = user;
    (void)file;
    job->played = true;
    if (record != NULL)
        print_turn(job->cli, record);
    return cli_json(job->cli, record) && cli_flush(job->cli);
}

/* Writes the metrics to their file. */
static int keep_metrics(struct cli *cli, const char *metrics, const char *target) {
    char *path = NULL;
    int rc = cli_stage(cli, target, &path);
    if (rc == CLI_WELL) {
        FILE *file = fopen(path, "w");
        bool well = file != NULL && metrics != NULL && fputs(metrics, file) >= 0;
        well = (file == NULL || fclose(file) == 0) && well;
        if (!well) {
            cli_note(cli, "sarai: %s: can't write the metrics: is the disk full?", target);
            rc = CLI_FAILED;
        } else {
            rc = cli_keep(cli, path, target);
        }
    }
    free(path);
    return rc;
}

static int run(struct cli *cli, const void *opts) {
    const struct chat_opts *chat = opts;
    struct job job = {.cli = cli};
    struct dialogue dialogue = {.cli = cli,
                                .files = cli->args.rest,
                                .count = cli->args.count,
                                .reply_name = chat->out,
                                .fast = chat->fast,
                                .turn = turn,
                                .user = &job};
    struct sarai_engine *engine = NULL;
    char *path = NULL, *metrics = NULL;
    if (chat->metrics[0] != '\0')
        dialogue.metrics = &metrics;
    int rc = chat->out[0] != '\0' ? cli_stage(cli, chat->out, &path) : CLI_WELL;
    if (rc == CLI_WELL)
        rc = cli_engine(cli, SARAI_USE_ALL, &engine);
    if (rc != CLI_WELL)
        goto out;
    dialogue.engine = engine;
    dialogue.reply = path;
    rc = cli_dialogue(&dialogue);
    if (path != NULL && job.played && (rc == CLI_WELL || rc == CLI_INPUT))
        rc = cli_worse(rc, cli_keep(cli, path, chat->out));
    if (dialogue.metrics != NULL)
        rc = cli_worse(rc, keep_metrics(cli, metrics, chat->metrics));
out:
    sarai_engine_free(engine);
    free(metrics);
    free(path);
    return rc;
}

const struct cli_verb cli_chat = {
    .name = "chat",
    .usage = "--in FILE... [-o REPLY.wav]",
    .min_args = 1,
    .max_args = 100000,
    .list_option = "in",
    .table = table,
    .opts_size = sizeof(struct chat_opts),
    .en = "A spoken conversation from files",
    .es = "Una conversación hablada a partir de archivos",
    .more_en =
        "Each file is played when the answers to the one before were heard. JSON, a document a turn: turn, heard,\n"
        "route, intent, confidence, reply, ttfa_ms and endpoint_ms (from the last sample of the speech), stt_ms,\n"
        "route_ms and first_token_ms (from the final text), gaps_ms[], interrupted, stop_ms, heard_reply,\n"
        "times_ms (from the first sample of the speech); null is what was never reached.",
    .more_es = "Cada archivo suena cuando se oyeron las respuestas al anterior. JSON, un documento por turno: turn,\n"
               "heard, route, intent, confidence, reply, ttfa_ms y endpoint_ms (desde la última muestra de la voz),\n"
               "stt_ms, route_ms y first_token_ms (desde el texto final), gaps_ms[], interrupted, stop_ms,\n"
               "heard_reply, times_ms (desde la primera muestra de la voz); null es lo que no se alcanzó.",
    .examples = "sarai chat --in question.wav -o reply.wav\n"
                "sarai chat --json --in first.ogg second.mp3",
    .run = run};
