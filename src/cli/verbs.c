/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <string.h>

const struct cli_verb *const cli_verbs[] = {&cli_demo,    &cli_talk,   &cli_chat,       &cli_ask,       &cli_route,
                                            &cli_memory,  &cli_say,    &cli_transcribe, &cli_vad,       &cli_turn,
                                            &cli_learn,   &cli_omni,   &cli_split,      &cli_normalize, &cli_models,
                                            &cli_devices, &cli_doctor, &cli_bank,       &cli_bench,     &cli_config,
                                            &cli_help,    &cli_man,    &cli_completion, &cli_version,   NULL};

const struct cli_verb *cli_find_verb(const char *name) {
    for (size_t i = 0; cli_verbs[i] != NULL; i++) {
        if (strcmp(cli_verbs[i]->name, name) == 0)
            return cli_verbs[i];
    }
    return NULL;
}

int cli_unknown_verb(struct cli *cli, const char *name) {
    struct sr_nearest nearest = {.wanted = name};
    for (size_t i = 0; cli_verbs[i] != NULL; i++)
        sr_nearest_offer(&nearest, cli_verbs[i]->name);
    if (nearest.name[0] != '\0')
        return cli_usage(cli, "unknown command '%s'; did you mean '%s'?", name, nearest.name);
    return cli_usage(cli, "unknown command '%s'; try: sarai help", name);
}
