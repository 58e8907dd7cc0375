/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <math.h>

struct job {
    struct cli *cli;
    const char *file;
    bool headed, printed, blind; /* blind: without the table of weights */
};

/* What is not known is a dash. */
static const char *show(double value, char out[8]) {
    snprintf(out, 8, isfinite(value) ? "%.2f" : "-", value);
    return out;
}

static void done(void *user, const struct sarai_turn_end *result) {
    struct job *job = user;
    cJSON *document = cJSON_CreateObject();
    cli_add_text(document, "file", job->file);
    cli_add_number(document, "over", result->over, 4);
    cli_add_text(document, "draft", result->draft);
    cli_add_number(document, "audio", result->audio, 4);
    cli_add_number(document, "text", result->text, 4);
    cli_add_number(document, "pause_ms", result->pause_ms, 0);
    cli_add_number(document, "wait_ms", result->wait_ms, 0);
    if (!job->headed)
        cli_print(job->cli, "over  audio text  pause     wait      file: draft\n");
    job->headed = true;
    char audio[8], text[8];
    cli_print(job->cli, "%.2f  %-4s  %-4s  %5.0f ms  %5.0f ms  %s: %s\n", result->over, show(result->audio, audio),
              show(result->text, text), result->pause_ms, result->wait_ms, job->file, result->draft);
    job->blind = isnan(result->text);
    job->printed = cli_json(job->cli, document) && cli_flush(job->cli);
}

static int run(struct cli *cli, const void *opts) {
    (void)opts;
    struct sarai_engine *engine = NULL;
    int rc = cli_engine(cli, SARAI_USE_VAD | SARAI_USE_STT | SARAI_USE_TURN, &engine);
    struct job job = {.cli = cli, .printed = true};
    for (size_t i = 0; engine != NULL && i < cli->args.count && job.printed; i++) {
        struct sarai_error error = {0};
        job.file = cli->args.rest[i];
        cli_progress(cli, "%zu/%zu %s", i + 1, cli->args.count, job.file);
        if (sarai_turn_file(engine, job.file, done, &job, &error) < 0)
            rc = cli_worse(rc, cli_fail_input(cli, &error));
    }
    if (job.blind)
        cli_note(cli, "%s",
                 cli_say_in(cli, "without es/turn_end.tsv only the pause was measured; --verbose says why",
                            "sin es/turn_end.tsv solo se ha medido la pausa; --verbose dice por qué"));
    sarai_engine_free(engine);
    return job.printed ? rc : CLI_FAILED;
}

const struct cli_verb cli_turn = {
    .name = "turn",
    .usage = "FILE...",
    .min_args = 1,
    .max_args = 1000000,
    .en = "Is the speaker done at the end of the file?",
    .es = "¿Ha terminado de hablar quien habla, al final del archivo?",
    .more_en =
        "over, from 0 to 1, weighs everything: 0.5 and more means that the engine would have ended the turn by "
        "now. audio is what the sound alone says, text what the draft alone says, pause the silence at the end, wait "
        "the silence that this turn needs to be over. "
        "A bad file is named and the others are still done; the exit code is then 3.\n"
        "JSON: file, over, draft, audio, text, pause_ms, wait_ms.",
    .more_es =
        "over, de 0 a 1, lo pesa todo: 0.5 o más quiere decir que el motor ya habría dado el turno por acabado. "
        "audio es lo que dice el sonido por sí solo, text lo que dice el borrador, pause el silencio del final, wait "
        "el silencio con el que este turno acaba. "
        "Un archivo malo se nombra y los demás se hacen igual; el código de salida es entonces 3.\n"
        "JSON: file, over, draft, audio, text, pause_ms, wait_ms.",
    .examples = "sarai turn question.wav\n"
                "sarai turn --json *.wav",
    .run = run};
