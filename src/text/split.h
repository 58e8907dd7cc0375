/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Text to sentences and clauses, as a stream: text comes in pieces of any size (tokens), sentences come out as soon as
 * they are certain. What comes out does not depend on how the text was cut into pieces, unless the time allowed for a
 * piece depends on that.
 */
#ifndef SR_TEXT_SPLIT_H
#define SR_TEXT_SPLIT_H

#include "base/str.h"

/** What a piece ends with: the end of a sentence, a comma or its like, or nothing but a place where it was cut. */
enum sr_split_end { SR_SPLIT_SENTENCE, SR_SPLIT_CLAUSE, SR_SPLIT_JOINT };

/** When sentences are cut into clauses. Numbers of characters; 0: never. */
struct sr_split_limits {
    int first_min; /* the first fragment is cut at a comma once it has so many, ... */
    int first_max; /* ... or at the last place where two phrases join before so many; each next piece may be half as
                      long again as the one before */
    int max;       /* no clause is longer */
};

struct sr_split;

/** `limits` NULL: whole sentences only, never clauses. `abbreviations` is the path of a table (see abbreviations.h) or
 *  NULL for the few built in. The caller owns `*out`. */
int sr_split_new(const struct sr_split_limits *limits, const char *abbreviations, struct sr_split **out,
                 struct sarai_error *error);
void sr_split_free(struct sr_split *split);
/** Adds text; SARAI_ENOMEM leaves what was there. */
int sr_split_feed(struct sr_split *split, const char *text, size_t len);
/** No more text until the next reset: what is left becomes the last sentence. */
void sr_split_flush(struct sr_split *split);
/** There is time for about so many characters in the next piece, unless it is the first; 0: unknown, it may be half as
 *  long again as the one before. Of no effect without limits. May be called at any time, also while a piece is scanned.
 */
void sr_split_allow(struct sr_split *split, int chars);
/** Takes the next piece: 1 and a trimmed, non-empty text borrowed until the next call, 0 when there is none yet, or
 *  SARAI_ENOMEM. */
int sr_split_next(struct sr_split *split, const char **text, enum sr_split_end *end);
/** Forgets everything; the next text begins a new first fragment. */
void sr_split_reset(struct sr_split *split);

#endif
