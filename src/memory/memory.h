/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Passages that the brain may rest an answer on, in an SQLite database, found by what they mean (points of the whole
 * and of every sentence) together with the words they share with the question; without points by their words alone
 * (FTS5, BM25). No other stage includes it.
 */
#ifndef SR_MEMORY_MEMORY_H
#define SR_MEMORY_MEMORY_H

#include "base/str.h"
#include "memory/points.h"
#include "text/words.h"

struct sr_memory;

/** Makes points of texts: `kind` is "query" or "passage". `point` NULL: there is no such model. */
struct sr_meaning {
    int (*point)(void *user, const char *kind, const char *text, float out[SR_POINT_SIZE]);
    void *user;
    const char *model; /* points of another model are made anew */
};

struct sr_passage {
    const char *id;
    const char *names; /* what the topic is called, '|' between synonyms; may be empty */
    const char *text;
    double score;       /* 0 to 1: how sure it is that this answers the question */
    const char *best;   /* the sentence that answers best */
    const char *answer; /* it, and a second one that is nearly as good, in the order of the text */
};

/** `path` NULL: in memory only. A file is made when it isn't there. `words` and `meaning` (copied) outlive the memory.
 *  SARAI_EIO for what is no memory database. The caller owns `*out`. [init] */
int sr_memory_open(const char *path, const struct sr_words *words, const struct sr_meaning *meaning,
                   struct sr_memory **out, struct sarai_error *error);
void sr_memory_close(struct sr_memory *memory);

/** Adds or replaces a passage, all of it or nothing, with its points when there is a model. [any] */
int sr_memory_add(struct sr_memory *memory, const char *id, const char *names, const char *text,
                  struct sarai_error *error);
/** Removes a passage and what was made of it. Returns 1, 0 when there was none, or a negative status. [any] */
int sr_memory_forget(struct sr_memory *memory, const char *id, struct sarai_error *error);
/** Makes the memory hold just the lines "id <tab> names <tab> text" of a table with a header line; what did not change
 *  keeps its points, and what is new gets none yet. Returns how many. [any] */
int sr_memory_load(struct sr_memory *memory, const char *path, struct sarai_error *error);

/** How many passages have no points yet. Negative: a status. [any] */
int sr_memory_unindexed(struct sr_memory *memory);
/** Gives every passage its points. `progress` (may be NULL) is told the part done; SARAI_ESTALE when it returns
 *  non-zero, and what was done stays. SARAI_EMODEL without a model. [any] */
int sr_memory_index(struct sr_memory *memory, sarai_progress *progress, void *user, struct sarai_error *error);

/** Calls `each` with every passage in the order they were added, until it returns non-zero; score, best and answer are
 *  not set. Borrowed inside. `each` must not call back. [any] */
int sr_memory_list(struct sr_memory *memory, int (*each)(void *user, const struct sr_passage *passage), void *user,
                   struct sarai_error *error);
/** Calls `each` for the best passages, best first, until it returns non-zero or `limit` (at most SR_MEMORY_MOST) is
 *  reached. The passage is borrowed. Returns how many were shown. [any] */
int sr_memory_search(struct sr_memory *memory, const char *question, int limit,
                     int (*each)(void *user, const struct sr_passage *passage), void *user);

#define SR_MEMORY_MOST 24

#endif
