/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The known phrases as a trie of tokens, and the search for the one that a recognizer finds most probable.
 *
 * The search is uniform-cost (Dijkstra): the most probable beginning is extended first, and since probabilities only
 * shrink, the first complete phrase that comes to the front is the most probable of all. A floor ends it early. It is
 * exact where a prompt with the vocabulary (Whisper's own way) only leans, and it can't write anything that is not a
 * known phrase.
 */
#ifndef SR_STT_KNOWN_H
#define SR_STT_KNOWN_H

#include <stdbool.h>
#include <stddef.h>

#include "stt/bpe.h"

#define SR_KNOWN_TOKENS 24 /* of the longest phrase */

struct sr_known;

/** SARAI_ENOMEM. `bpe` is borrowed for as long as phrases are added. [any] */
int sr_known_new(const struct sr_bpe *bpe, struct sr_known **out);
void sr_known_free(struct sr_known *known);
/** Adds a phrase in lower case and with a capital letter in front, as recognizers write either. One that is longer than
 *  SR_KNOWN_TOKENS or can't be encoded is left out. SARAI_ENOMEM. [any] */
int sr_known_add(struct sr_known *known, const char *phrase);
/** To be called after the last phrase, before sr_known_has. [any] */
void sr_known_sort(struct sr_known *known);
/** True when `text` is a phrase; case, accents and punctuation aside. False without memory. [any] */
bool sr_known_has(const struct sr_known *known, const char *text);

struct sr_known_scorer {
    /** Natural log probabilities, one for each token, of what follows the `count` tokens at `path`; `*end` becomes that
     *  of nothing following, or a bound above it. Borrowed until the next call. NULL gives the search up. */
    const float *(*next)(void *user, const int *path, size_t count, float *end);
    /** The log probability of nothing following, at most what `next` said. */
    float (*end)(void *user, const int *path, size_t count);
    void *user;
};

struct sr_known_match {
    double log_prob; /* of the whole phrase, its end included */
    size_t count;
    int tokens[SR_KNOWN_TOKENS];
};

/** Finds the most probable phrase of at least `floor`, with at most `budget` calls of `next`. True: `*match` is it;
 *  false: there is none, or the budget, the memory or the scorer gave out. [any] */
bool sr_known_search(const struct sr_known *known, const struct sr_known_scorer *scorer, double floor, int budget,
                     struct sr_known_match *match);

#endif
