/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

struct job {
    struct cli *cli;
    cJSON *checks;
};

static void each(void *user, const struct sarai_check *check) {
    struct job *job = user;
    cJSON *item = cJSON_CreateObject();
    cli_add_text(item, "name", check->name);
    cJSON_AddBoolToObject(item, "ok", check->ok);
    cJSON_AddBoolToObject(item, "required", check->required);
    cli_add_text(item, "found", check->found);
    cli_add_text(item, "remedy", check->remedy);
    cJSON_AddItemToArray(job->checks, item);
    const char *mark = check->ok ? "ok" : check->required ? cli_say_in(job->cli, "MISSING", "FALTA") : "-";
    cli_print(job->cli, "%-8s %-22s %s\n", mark, check->name, check->found);
    if (!check->ok && check->remedy[0] != '\0')
        cli_print(job->cli, "%-8s %-22s %s\n", "", "", check->remedy);
}

static int run(struct cli *cli, const void *opts) {
    (void)opts;
    cJSON *document = cJSON_CreateObject();
    struct job job = {.cli = cli, .checks = cJSON_AddArrayToObject(document, "checks")};
    const bool well = sarai_doctor(cli->config, each, &job) == SARAI_OK;
    cJSON_AddBoolToObject(document, "ok", well);
    if (!cli_json(cli, document))
        return CLI_FAILED;
    return well ? CLI_WELL : CLI_MISSING;
}

const struct cli_verb cli_doctor = {.name = "doctor",
                                    .usage = "",
                                    .en = "What is installed, what is missing, how to get it",
                                    .es = "Qué está instalado, qué falta y cómo se consigue",
                                    .more_en = "JSON: checks[name, ok, required, found, remedy], ok.",
                                    .more_es = "JSON: checks[name, ok, required, found, remedy], ok.",
                                    .run = run};
