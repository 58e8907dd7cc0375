/* SPDX-License-Identifier: Apache-2.0 */
/** Greeting and courtesy around what somebody wants: "hola, ¿qué hora es?" is a greeting and a question. */
#ifndef SR_BRAIN_OPENERS_H
#define SR_BRAIN_OPENERS_H

#include "base/str.h"

struct sr_openers;

/** Reads a table "id when say". The rows "joined" (words before which an unmarked opening has not ended) and "closing"
 *  (what may end a request) are said by nobody. The caller owns `*out`. [init] */
int sr_openers_load(const char *path, struct sr_openers **out, struct sarai_error *error);
/** Accepts NULL. */
void sr_openers_free(struct sr_openers *openers);

/** What is left of `text` without its openings and closings, malloc'd; all of it when nothing else would be left. NULL
 *  when out of memory. `*say`: what is said for the first opening, malloc'd, or NULL. `openers` NULL takes nothing
 *  away. [any] */
char *sr_openers_strip(struct sr_openers *openers, const char *text, char **say);

#endif
