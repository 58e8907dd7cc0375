/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>

struct config_opts {
    char *check;
};

static const struct sr_opt table[] = {SR_OPT(struct config_opts, check, "", .arg = "FILE", .en = "only check this file",
                                             .es = "solo comprueba este archivo"),
                                      SR_OPT_END};

static int check(struct cli *cli, const char *path) {
    struct sarai_error error = {0};
    if (sarai_config_load(cli->config, path, &error) < 0)
        return cli_fail(cli, &error);
    cJSON *document = cJSON_CreateObject();
    cli_add_text(document, "file", path);
    cJSON_AddBoolToObject(document, "ok", true);
    if (!cli->args.globals.quiet)
        cli_print(cli, "%s: %s\n", path, cli_say_in(cli, "good", "correcto"));
    return cli_json(cli, document) ? CLI_WELL : CLI_FAILED;
}

/* One document a setting, with the value it has here and now. */
static int print_json(struct cli *cli) {
    struct sarai_option option;
    for (size_t i = 0; sarai_config_option(i, &option); i++) {
        cJSON *document = cJSON_CreateObject();
        cli_add_text(document, "key", option.key);
        cli_add_text(document, "value", sarai_config_get(cli->config, option.key));
        cli_add_text(document, "default", option.fallback);
        cli_add_text(document, "type", option.type);
        cli_add_text(document, "env", option.env);
        cli_add_text(document, "choices", option.choices);
        if (option.min < option.max) {
            cli_add_number(document, "min", option.min, 6);
            cli_add_number(document, "max", option.max, 6);
        }
        cli_add_text(document, "help", cli_say_in(cli, option.help_en, option.help_es));
        if (!cli_json(cli, document))
            return CLI_FAILED;
    }
    return CLI_WELL;
}

static int run(struct cli *cli, const void *opts) {
    const struct config_opts *config = opts;
    if (config->check[0] != '\0')
        return check(cli, config->check);
    if (cli->args.globals.json)
        return print_json(cli);
    char *yaml = sarai_config_yaml();
    if (yaml == NULL)
        return cli_no_memory(cli);
    cli_print(cli, "%s", yaml);
    free(yaml);
    return CLI_WELL;
}

const struct cli_verb cli_config = {.name = "config",
                                    .usage = "[--check FILE]",
                                    .table = table,
                                    .opts_size = sizeof(struct config_opts),
                                    .en = "Print a commented YAML file with every setting",
                                    .es = "Imprime un archivo YAML comentado con todos los ajustes",
                                    .more_en = "JSON, a document a setting: key, value, default, type, env, choices, "
                                               "min, max, help; --check: file, ok.",
                                    .more_es =
                                        "JSON, un documento por ajuste: key, value, default, type, env, choices, "
                                        "min, max, help; --check: file, ok.",
                                    .examples = "sarai config > ~/.config/sarai/sarai.yaml\n"
                                                "sarai config --check my.yaml",
                                    .run = run};
