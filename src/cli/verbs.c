/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <string.h>

const struct cli_verb *const cli_verbs[] = {&cli_demo, &cli_chat,   &cli_ask,        &cli_say,     &cli_transcribe,
                                            &cli_vad,  &cli_models, &cli_doctor,     &cli_bench,   &cli_config,
                                            &cli_help, &cli_man,    &cli_completion, &cli_version, NULL};

const struct cli_verb *cli_find_verb(const char *name) {
    for (size_t i = 0; cli_verbs[i] != NULL; i++) {
        if (strcmp(cli_verbs[i]->name, name) == 0)
            return cli_verbs[i];
    }
    return NULL;
}
