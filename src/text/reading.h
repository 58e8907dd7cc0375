/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the readers of each class of written text share: a position in the text, a number, a way to say a word. A reader
 * looks at the text at `at` and returns where what it understood ends, having added what is said to `out`, or NULL
 * having perhaps added something that is thrown away. No reader looks further ahead than SR_READ_BYTES, but for one run
 * of digits, so that reading takes time in proportion to the text.
 */
#ifndef SR_TEXT_READING_H
#define SR_TEXT_READING_H

#include "text/lexicon.h"

#define SR_READ_BYTES 256
#define SR_NUMBER_DIGITS 36 /* longer ones are read digit by digit */

struct sr_reading {
    const struct sr_lexicon *words;
    const char *text, *end; /* the whole text, without spaces around it */
    bool english;           /* thousands stand behind commas, decimals behind periods */
};

typedef const char *sr_reader(const struct sr_reading *r, const char *at, struct sr_str *out);

/** A number as written: its digits without separators. */
struct sr_number {
    char digits[SR_NUMBER_DIGITS + 1], fraction[SR_NUMBER_DIGITS + 1];
    size_t count, fraction_count;
    bool grouped; /* "1.000" */
    bool point;   /* the fraction stands behind a period */
    const char *end;
};

/** Reads the number at the digit `at`: "1.000.000", "100 000", "3,14", "3.14". False when it is too long. */
bool sr_number_read(const struct sr_reading *r, const char *at, struct sr_number *number);
/** Its value when it is small enough for an int, else -1; the fraction does not count. */
int sr_number_small(const char *digits, size_t count);

uint32_t sr_read_before(const struct sr_reading *r, const char *at); /* 0 at the start */
uint32_t sr_read_char(const struct sr_reading *r, const char *at);   /* 0 at the end */
size_t sr_read_digits(const struct sr_reading *r, const char *at);   /* how many digits begin at `at` */
const char *sr_read_spaces(const struct sr_reading *r, const char *at);
bool sr_read_ends(const struct sr_reading *r, const char *at);   /* neither letter nor digit at `at` */
bool sr_read_starts(const struct sr_reading *r, const char *at); /* neither letter nor digit before `at` */
/** The word at `at`, or the one that ends before the spaces in front of `at`: its length, 0 when there is none. */
size_t sr_read_word(const struct sr_reading *r, const char *at);
size_t sr_read_word_before(const struct sr_reading *r, const char *at, const char **word);
/** The byte `c` is at `at`. */
static inline bool sr_read_is(const struct sr_reading *r, const char *at, char c) {
    return at < r->end && *at == c;
}

/** Forgets what was said, but not that memory ran out. */
void sr_say_again(struct sr_str *out);
/** Adds a word, with a space before it when something is there. */
void sr_say(struct sr_str *out, const char *word, size_t len);
void sr_say_text(struct sr_str *out, const char *text);
/** Adds the `index`-th variant of the row `written` of `kind`. */
void sr_say_form(const struct sr_reading *r, struct sr_str *out, enum sr_lex kind, const char *written, int index);
void sr_say_term(const struct sr_reading *r, struct sr_str *out, const char *id);
/** Adds the letters of [at, end) one by one, in lower case. */
void sr_say_letters(struct sr_str *out, const char *at, const char *end);

#endif
