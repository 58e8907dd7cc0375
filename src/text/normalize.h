/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Written text to spoken text: numbers, dates, times, money, measures, addresses, abbreviations become the words that a
 * reader says; everything else stays as it is. The text may come in any pieces, but a number and its noun should be in
 * the same one.
 */
#ifndef SR_TEXT_NORMALIZE_H
#define SR_TEXT_NORMALIZE_H

#include "base/str.h"

struct sr_normalizer; /* the tables of a language; only read once made, so that any thread may use it */

/** `language` is "es", "en" or begins so ("en-us"); any other passes text through. `folder` holds the languages'
 *  tables (data/). The caller owns `*out`. [init] */
int sr_normalizer_new(const char *folder, const char *language, struct sr_normalizer **out, struct sarai_error *error);
void sr_normalizer_free(struct sr_normalizer *normalizer);
/** Appends the spoken form of [text, text + len), without spaces at its ends, to `out`. Takes time in proportion to
 *  `len`. SARAI_ENOMEM leaves a part of it. [any] */
int sr_normalize(const struct sr_normalizer *normalizer, const char *text, size_t len, struct sr_str *out);

#endif
