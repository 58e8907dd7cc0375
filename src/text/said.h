/* SPDX-License-Identifier: Apache-2.0 */
/* What somebody said, as words: numbers and abbreviations spelled out, then folded to be compared. */
#ifndef SR_TEXT_SAID_H
#define SR_TEXT_SAID_H

#include "text/normalize.h"

#define SR_SAID_WORDS 48

struct sr_said {
    const char *words[SR_SAID_WORDS];   /* folded, see sr_utf8_fold */
    const char *spelled[SR_SAID_WORDS]; /* the same words in lower case, with their accents */
    size_t count;                       /* 0: no words, or too many */
    const char *text;                   /* as it was given, borrowed */
    char *folded_text, *spelled_text;   /* what both point into */
};

/** Reads `text`; `normalizer` NULL: numbers stay as they are written. SARAI_ENOMEM leaves nothing to free. [any] */
int sr_said_init(struct sr_said *said, const struct sr_normalizer *normalizer, const char *text);
void sr_said_deinit(struct sr_said *said);

/** Puts the phrases (folded, '|' between them) aside at both ends, again and again, as long as a word is left. [any] */
void sr_said_strip(struct sr_said *said, const char *phrases);

/** Writes the words [at, at + count) of `words` with a space between them; false when they find no room. [any] */
bool sr_said_join(const char *const *words, size_t at, size_t count, char *out, size_t size);

/** Do the words [at, at + count) say exactly the folded phrase of `len` bytes? [any] */
bool sr_said_is(const char *const *words, size_t count, const char *phrase, size_t len);

#endif
