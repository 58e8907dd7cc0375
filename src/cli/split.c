/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <stdlib.h>

struct job {
    struct cli *cli;
    cJSON *sentences;
};

static void each(void *user, const char *sentence) {
    struct job *job = user;
    cli_print(job->cli, "%s\n", sentence);
    cJSON_AddItemToArray(job->sentences, cJSON_CreateString(sentence));
}

static int run(struct cli *cli, const void *opts) {
    (void)opts;
    struct sarai_reader *reader = NULL;
    struct sarai_error error = {0};
    char *text = NULL;
    cJSON *document = cJSON_CreateObject();
    struct job job = {.cli = cli, .sentences = cJSON_AddArrayToObject(document, "sentences")};
    int rc = cli_read(cli, &text);
    if (rc == CLI_WELL && sarai_reader_new(cli->config, &reader, &error) < 0)
        rc = cli_fail(cli, &error);
    if (rc == CLI_WELL && sarai_split(reader, text, each, &job, &error) < 0)
        rc = cli_fail(cli, &error);
    if (rc != CLI_WELL)
        cJSON_Delete(document);
    else if (!cli_json(cli, document))
        rc = CLI_FAILED;
    sarai_reader_free(reader);
    free(text);
    return rc;
}

const struct cli_verb cli_split = {.name = "split",
                                   .usage = "[FILE|-]",
                                   .max_args = 1,
                                   .en = "The sentences of a text, one a line",
                                   .es = "Las oraciones de un texto, una por línea",
                                   .more_en = "The whole input is one text. JSON, one document: sentences[].",
                                   .more_es = "Toda la entrada es un texto. JSON, un solo documento: sentences[].",
                                   .examples = "echo 'El Sr. Ruiz vive en EE. UU. ¿Y tú?' | sarai split\n"
                                               "sarai split --json book.txt",
                                   .run = run};
