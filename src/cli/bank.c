/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <string.h>

static int progress(void *user, double part) {
    struct cli *cli = user;
    cli_progress(cli, "%s %3.0f %%", cli_say_in(cli, "rendering", "preparando"), 100 * part);
    return cli_ended(cli);
}

static int print(struct cli *cli, const struct sarai_bank *bank) {
    cJSON *document = cJSON_CreateObject();
    cli_add_text(document, "file", bank->path);
    cli_add_number(document, "sentences", (double)bank->sentences, 0);
    cli_add_number(document, "ready", (double)bank->ready, 0);
    cli_add_number(document, "rendered", (double)bank->rendered, 0);
    cli_add_number(document, "bytes", (double)bank->bytes, 0);
    cli_add_number(document, "took_s", bank->took_s, 3);
    if (!cli->args.globals.quiet)
        cli_print(cli, "%s: %zu/%zu %s, %.1f MB (%zu %s, %.1f s)\n", bank->path, bank->ready, bank->sentences,
                  cli_say_in(cli, "sentences", "frases"), (double)bank->bytes / 1e6, bank->rendered,
                  cli_say_in(cli, "new", "nuevas"), bank->took_s);
    return cli_json(cli, document) ? CLI_WELL : CLI_FAILED;
}

static int run(struct cli *cli, const void *opts) {
    (void)opts;
    struct sarai_engine *engine = NULL;
    struct sarai_error error = {0};
    struct sarai_bank bank = {.path = ""};
    int rc = cli_watch(cli);
    if (rc != CLI_WELL)
        return rc;
    cli_end_gently(cli);
    rc = cli_engine(cli, SARAI_USE_BRAIN | SARAI_USE_TTS, &engine);
    if (rc == CLI_WELL) {
        const int status = sarai_bank_build(engine, progress, cli, &bank, &error);
        cli_progress_end(cli);
        if (bank.path[0] != '\0')
            rc = print(cli, &bank);
        if (status < 0)
            rc = cli_ended(cli) ? cli_ended(cli) : cli_fail(cli, &error);
    }
    sarai_engine_free(engine);
    cli_unwatch(cli);
    return rc;
}

const struct cli_verb cli_bank = {
    .name = "bank",
    .words = "build",
    .usage = "build",
    .min_args = 1,
    .max_args = 1,
    .en = "Render what is said often, so that it is heard at once",
    .es = "Prepara lo que se dice a menudo, para que se oiga al instante",
    .more_en = "Speaks all replies of the templates, the phrases and the fillers with the configured voice into one\n"
               "file, once. Goes on where it was interrupted; without it sessions render in the background. When the\n"
               "tables of reading change, only what sounds different is rendered again. Of the files of other voices\n"
               "those used last stay, four in all; all may be deleted by hand.\n"
               "JSON: file, sentences, ready, rendered, bytes, took_s.",
    .more_es =
        "Dice todas las respuestas de las plantillas, las frases y las muletillas con la voz configurada en un\n"
        "archivo, una sola vez. Sigue donde se interrumpió; sin ello las sesiones lo hacen en segundo plano. Si\n"
        "cambian las tablas de lectura, solo se repite lo que suena distinto. De los archivos de otras voces\n"
        "quedan los últimos usados, cuatro en total; todos se pueden borrar a mano.\n"
        "JSON: file, sentences, ready, rendered, bytes, took_s.",
    .examples = "sarai bank build\nsarai bank build --tts.voice=em_alex",
    .run = run};
