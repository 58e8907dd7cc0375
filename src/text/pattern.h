/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What people may say for one thing, written with its variations: words, [what may be left out], (this|or that),
 * {slots} and <rules> that stand for a pattern of their own.
 *
 *     <turn_on> [all] the {device} [in the {room}]
 *
 * A pattern is compiled to a program without loops and matched against folded words. Where it matches in several ways
 * the one that scores best wins: a word scores SR_PATTERN_WORD, a slot what its judge says.
 */
#ifndef SR_TEXT_PATTERN_H
#define SR_TEXT_PATTERN_H

#include "base/str.h"

#define SR_PATTERN_SLOTS 8 /* in one match */
#define SR_PATTERN_WORD 4  /* what a word scores */
#define SR_PATTERN_SPAN 12 /* words that a slot takes at most */

struct sr_pattern;

/** `text` of the rule called `name` (borrowed), or NULL. */
typedef const char *sr_pattern_rule(void *user, const char *name, size_t len);

/** Compiles `text`. SARAI_EINPUT with what is wrong with it: brackets, a rule that is not there or stands for itself,
 *  a pattern that nothing could be. The caller owns `*out`. [any] */
int sr_pattern_new(const char *text, sr_pattern_rule *rule, void *user, struct sr_pattern **out,
                   struct sarai_error *error);
void sr_pattern_free(struct sr_pattern *pattern);

/** Calls `each` with the name of every slot, until it returns a negative status, which is returned. [any] */
int sr_pattern_slots(const struct sr_pattern *pattern, int (*each)(void *user, const char *slot), void *user);
/** Calls `each` with every word, likewise. [any] */
int sr_pattern_words(const struct sr_pattern *pattern, int (*each)(void *user, const char *word), void *user);

/** What the words [at, at + count) are worth in a slot; negative: they don't fit. */
typedef int sr_pattern_judge(void *user, const char *slot, size_t at, size_t count);

struct sr_pattern_match {
    int score;
    size_t count;
    struct {
        const char *name; /* borrowed from the pattern */
        size_t at, count; /* its words */
    } slots[SR_PATTERN_SLOTS];
};

/** Does the pattern fit all of the words? 1: `*match` is the best way; 0: it does not; SARAI_ENOMEM. [any] */
int sr_pattern_match(const struct sr_pattern *pattern, const char *const *words, size_t count, sr_pattern_judge *judge,
                     void *user, struct sr_pattern_match *match);

#endif
