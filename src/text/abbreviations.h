/* SPDX-License-Identifier: Apache-2.0 */
/* The table of abbreviations that the sentence splitter consults at every period. */
#ifndef SR_TEXT_ABBREVIATIONS_H
#define SR_TEXT_ABBREVIATIONS_H

#include "base/status.h"

enum sr_abbreviation {
    SR_ABBR_NONE,
    SR_ABBR_INSIDE, /* never ends a sentence: "Sr.", and the first period of "EE. UU." */
    SR_ABBR_MAYBE,  /* ends one when a capital follows: "etc." */
    SR_ABBR_NUMBER  /* an abbreviation only before a number: "No. 5", "art. 3" */
};

struct sr_abbreviations;

/** Reads a table: one abbreviation with its periods, or a name with its "!", a line; then " *" when it may end a
 * sentence or " #" when it is one only before a number; lines that begin with # are comments. `path` NULL: the few
 * built in. The caller owns `*out`.
 */
int sr_abbreviations_load(const char *path, struct sr_abbreviations **out, struct sarai_error *error);
void sr_abbreviations_free(struct sr_abbreviations *table);

/** What the words that end in the period or "!" at `text[period]` are, when the next word begins with `next`. Nothing
 * before `text[first]` is looked at. Case does not matter for one word ("DR."), and does for several ("a. C."); the
 * spaces between several may be missing. */
enum sr_abbreviation sr_abbreviations_match(const struct sr_abbreviations *table, const char *text, size_t first,
                                            size_t period, uint32_t next);

#endif
