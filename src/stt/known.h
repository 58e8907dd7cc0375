/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The known phrases as a trie of tokens, and the search for the one that was said.
 *
 * What a recognizer finds probable is partly what it expects before it hears anything: common words win over rare ones
 * that sound the same. So the evidence of the sound for a phrase is its log probability less the one that the same
 * recognizer gives it when it hears nothing (internal language model; McDermott et al. 2019, Meng et al. 2021). The
 * search is best-first: at every step the beginning is extended that is the likeliest, or that the sound speaks for
 * most. It can't write anything that is not a known phrase.
 */
#ifndef SR_STT_KNOWN_H
#define SR_STT_KNOWN_H

#include <stdbool.h>
#include <stddef.h>

#include "stt/bpe.h"

#define SR_KNOWN_TOKENS 24  /* of the longest phrase */
#define SR_KNOWN_SHARE 0.7  /* of the prior that is taken off; see docs/decisions/0023 for both */
#define SR_KNOWN_EVIDENCE 8 /* nats, at least: without speech it is about nothing */

struct sr_known;

/** What a phrase may be, or neither. */
enum sr_known_kind {
    SR_KNOWN_QUESTION = 1 << 0,
    SR_KNOWN_REMARK = 1 << 1, /* one of the few words that everybody says all the time: "vale", "para", "gracias" */
};

/** SARAI_ENOMEM. `bpe` is borrowed for as long as phrases are added. [any] */
int sr_known_new(const struct sr_bpe *bpe, struct sr_known **out);
void sr_known_free(struct sr_known *known);
/** Adds a phrase in lower case and with a capital letter in front, as recognizers write either; a question also with
 *  the sign that opens one in Spanish. `kind`: of sr_known_kind. One that is longer than SR_KNOWN_TOKENS or can't be
 *  encoded is left out. SARAI_ENOMEM. [any] */
int sr_known_add(struct sr_known *known, const char *phrase, unsigned kind);
/** To be called after the last phrase, before sr_known_has. [any] */
void sr_known_sort(struct sr_known *known);
/** True when `text` is a phrase; case, accents and punctuation aside. False without memory. [any] */
bool sr_known_has(const struct sr_known *known, const char *text);

struct sr_known_scorer {
    /** Natural log probabilities, one for each token, of what follows the `count` tokens at `path`; `*end` becomes that
     *  of nothing following, or a bound above it. Borrowed until the next call. NULL gives the search up. */
    const float *(*next)(void *user, const int *path, size_t count, float *end);
    /** The same as `next`, of the recognizer when it hears nothing. Asked once for each path. */
    const float *(*prior)(void *user, const int *path, size_t count, float *end);
    /** The log probability of nothing following, at most what `next` said. */
    float (*end)(void *user, const int *path, size_t count);
    void *user;
};

struct sr_known_match {
    double log_prob; /* of the whole phrase, its end included */
    double prior;    /* the same when nothing is heard */
    double chance;   /* the same for us: as often as any other phrase is said, or any other remark */
    size_t count;
    int tokens[SR_KNOWN_TOKENS];
};

/** Which beginnings are looked at first, and which phrase is the best one. */
enum sr_known_order {
    SR_KNOWN_BY_CHANCE,     /* our chance is in the place of the recognizer's prior, where it is the higher one */
    SR_KNOWN_BY_LIKELIHOOD, /* what the recognizer finds likely */
    SR_KNOWN_BY_EVIDENCE,   /* what the sound speaks for, common or not: reaches rare words sooner than by chance */
};

struct sr_known_limits {
    enum sr_known_order order;
    double floor; /* of a log probability */
    int budget;   /* calls of `next`, those that are new */
};

/** Finds the first phrase in that order within the limits. It keeps what `prior` said, and until sr_known_forget what
 *  `next` and `end` did, so that another search of the same sound asks only for what is new. True: `*best` is
 *  it; false: there is none. One search at a time. [any] */
bool sr_known_search(struct sr_known *known, const struct sr_known_scorer *scorer, const struct sr_known_limits *limits,
                     struct sr_known_match *best);

/** What is searched next is another sound. [any] */
void sr_known_forget(struct sr_known *known);

/** Is the evidence of the sound, `log_prob` less `prior`, more than that of no sound at all? [any] */
bool sr_known_audible(const struct sr_known_match *match);
/** Bayes' rule: whether `match` was said, and not what the recognizer heard with `heard` nats of log probability.
 *  `bias`: how much likelier known phrases are than other speech, in nats. [any] */
bool sr_known_said(const struct sr_known_match *match, double heard, double bias);
/** May `phrase` be all that was said when a recognizer wrote `text`? It has most of its letters, half of its sounds and
 *  is not its beginning. False without memory. [any] */
bool sr_known_may_be(const char *phrase, const char *text);

#endif
