/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SR_CLI_DEMO_H
#define SR_CLI_DEMO_H

#include "cli/cli.h"

/** Writes the page of the demo: every scenario with its sound and timeline, in one file that needs no network.
 *  `scenarios` is an array of {name, title_en, title_es, pass, questions[{text, wav}], answer, turns[]}. False when the
 *  file could not be written. */
bool cli_write_page(const char *path, const cJSON *scenarios);

#endif
