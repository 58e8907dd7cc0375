/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers said in words, as values: the words are those that the normalizer writes, read the other way round. */
#ifndef SR_TEXT_NUMBER_WORDS_H
#define SR_TEXT_NUMBER_WORDS_H

#include "base/str.h"

struct sr_number_words;

/** Learns the words from normalize_numbers.tsv in a language's `folder`. The caller owns `*out`. [init] */
int sr_number_words_load(const char *folder, struct sr_number_words **out, struct sarai_error *error);
void sr_number_words_free(struct sr_number_words *numbers);

/** The number that all of the folded words say ("doscientos treinta y cuatro", "menos tres coma cinco"); false when
 * they say none, and `*out` may have changed. [any] */
bool sr_number_words_read(const struct sr_number_words *numbers, const char *const *words, size_t count, double *out);

#endif
