/* SPDX-License-Identifier: Apache-2.0 */
/* The content words of a text, and how much of one text another one covers. */
#ifndef SR_TEXT_WORDS_H
#define SR_TEXT_WORDS_H

#include "base/str.h"

struct sr_words;

/** Reads the small words of a language, those that carry no topic: separated by spaces or lines; lines that begin with
 *  '#' are comments. The caller owns `*out`. [init] */
int sr_words_load(const char *path, struct sr_words **out, struct sarai_error *error);
void sr_words_free(struct sr_words *words);

/** Next content word of a folded text: small words are skipped and the endings of number and gender cut, so that
 *  "agujeros negros" meets "agujero negro". Returns its length, 0 at the end; `*p` moves behind it. [any] */
size_t sr_words_next(const struct sr_words *words, const char **p, const char **word);

/** The part (0 to 1) of the content words of `wanted` that `text` holds, at least as beginnings of words. [any] */
double sr_words_cover(const struct sr_words *words, const char *wanted, const char *text);

#endif
