/* SPDX-License-Identifier: Apache-2.0 */
/* Where sentences and clauses end, in text that may still be coming. */
#ifndef SR_TEXT_SENTENCE_END_H
#define SR_TEXT_SENTENCE_END_H

#include "text/abbreviations.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What sr_text_peek says where no character is: */
#define SR_TEXT_END 0x110000u  /* the text is complete */
#define SR_TEXT_WAIT 0x110001u /* the next character has not come yet */

/** A text as far as it has come; borrowed. */
struct sr_text_view {
    const struct sr_abbreviations *abbreviations;
    const char *data; /* UTF-8, `len` bytes */
    size_t len;
    size_t head;   /* where the sentence begins: nothing before is looked at */
    bool complete; /* nothing more will come */
};

/** What a sign that may end a sentence or a clause does. */
enum sr_verdict { SR_INSIDE, SR_ENDS, SR_UNKNOWN };

/** The character at `at`, and in `*next` where the one behind it begins; SR_TEXT_WAIT when its bytes have not all
 *  come. */
uint32_t sr_text_peek(const struct sr_text_view *text, size_t at, size_t *next);
/** It is one of .!?… */
bool sr_may_end_sentence(uint32_t cp);
/** What the sign at `at`, which may end a sentence, does; `*end` is where the signs stop that go with it. */
enum sr_verdict sr_judge_sentence(const struct sr_text_view *text, size_t at, size_t *end);
/** Whether a clause may be cut behind `cp`, which ends at `behind`: a comma and its like before a space, or a dash
 *  with a space on one side. */
enum sr_verdict sr_judge_clause(const struct sr_text_view *text, uint32_t cp, size_t behind);

#endif
