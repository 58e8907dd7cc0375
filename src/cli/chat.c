/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/dialogue.h"

#include <stdlib.h>

struct chat_opts {
    char *in, *out;
    bool fast;
};

static const struct sr_opt table[] = {
    SR_OPT(struct chat_opts, in, "", .letter = 'i', .arg = "FILE...", .en = "what the user says, any audio files",
           .es = "lo que dice el usuario, cualquier archivo de audio"),
    SR_OPT(struct chat_opts, out, "", .letter = 'o', .arg = "FILE",
           .en = "the WAV file of the answers, aligned with the questions",
           .es = "el archivo WAV de las respuestas, alineado con las preguntas"),
    SR_OPT(struct chat_opts, fast, "false", .letter = 'f', .en = "virtual time: as fast as the models allow",
           .es = "tiempo virtual: tan rápido como permitan los modelos"),
    SR_OPT_END};

static void print_turn(struct cli *cli, const cJSON *record) {
    const cJSON *ttfa = cJSON_GetObjectItemCaseSensitive(record, "ttfa_ms");
    const char *reply = cli_record_text(record, "reply"), *heard_reply = cli_record_text(record, "heard_reply");
    cli_print(cli, "%s: %s\n", cli_say_in(cli, "User", "Usuario"), cli_record_text(record, "heard"));
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

static bool turn(void *user, const char *file, cJSON *record) {
    struct cli *cli = user;
    (void)file;
    if (record != NULL)
        print_turn(cli, record);
    return cli_json(cli, record) && cli_flush(cli);
}

static int run(struct cli *cli, const void *opts) {
    const struct chat_opts *chat = opts;
    struct dialogue dialogue = {
        .cli = cli, .files = cli->args.rest, .count = cli->args.count, .fast = chat->fast, .turn = turn, .user = cli};
    struct sarai_engine *engine = NULL;
    char *path = NULL;
    int rc = chat->out[0] != '\0' ? cli_stage(cli, chat->out, &path) : CLI_WELL;
    if (rc == CLI_WELL)
        rc = cli_engine(cli, SARAI_USE_ALL, &engine);
    if (rc != CLI_WELL)
        goto out;
    dialogue.engine = engine;
    dialogue.reply = path;
    rc = cli_dialogue(&dialogue);
    if (path != NULL && (rc == CLI_WELL || rc == CLI_INPUT))
        rc = cli_worse(rc, cli_keep(cli, path, chat->out));
out:
    sarai_engine_free(engine);
    free(path);
    return rc;
}

const struct cli_verb cli_chat = {
    .name = "chat",
    .usage = "--in FILE... -o REPLY.wav",
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
    .run = run};
