/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>

static bool print(struct cli *cli, const char *written, const char *spoken) {
    cJSON *document = cJSON_CreateObject();
    cli_add_text(document, "written", written);
    cli_add_text(document, "spoken", spoken);
    cli_print(cli, "%s\n", spoken);
    return cli_json(cli, document);
}

static int run(struct cli *cli, const void *opts) {
    (void)opts;
    struct sarai_reader *reader = NULL;
    struct sarai_error error = {0};
    char *text = NULL;
    int rc = cli_read(cli, &text);
    if (rc == CLI_WELL && sarai_reader_new(cli->config, &reader, &error) < 0)
        rc = cli_fail(cli, &error);
    for (char *line = text, *next; rc == CLI_WELL && line != NULL && *line != '\0'; line = next) {
        const size_t len = strcspn(line, "\n");
        next = line + len + (line[len] != '\0');
        line[len] = '\0';
        char *spoken = sarai_normalize(reader, line);
        if (spoken == NULL)
            rc = cli_no_memory(cli);
        else if (!print(cli, line, spoken))
            rc = CLI_FAILED;
        free(spoken);
    }
    sarai_reader_free(reader);
    free(text);
    return rc;
}

const struct cli_verb cli_normalize = {
    .name = "normalize",
    .usage = "[FILE|-]",
    .max_args = 1,
    .en = "Written text to spoken text, a line for each line",
    .es = "Del texto escrito al que se lee, una línea por línea",
    .more_en =
        "Numbers, dates, times, money, measures, addresses and abbreviations become words. JSON: written, spoken.",
    .more_es = "Números, fechas, horas, dinero, medidas, direcciones y abreviaturas pasan a palabras.\n"
               "JSON: written, spoken.",
    .examples = "echo 'Son 21 casas y 3,5 km.' | sarai normalize\n"
                "sarai normalize --json --tts.voice=af_heart text.txt",
    .run = run};
