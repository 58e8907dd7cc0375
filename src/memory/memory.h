/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Passages that the brain may rest an answer on, found by their words (SQLite FTS5, BM25). No other stage includes it.
 */
#ifndef SR_MEMORY_MEMORY_H
#define SR_MEMORY_MEMORY_H

#include "base/str.h"
#include "text/words.h"

struct sr_memory;

struct sr_passage {
    const char *id;
    const char *names; /* what the topic is called, '|' between synonyms */
    const char *text;
    double score; /* 0 to 1: how much of the question it covers; 1 needs its topic named */
};

/** `path` NULL: in memory only. `words` outlives the memory. The caller owns `*out`. [init] */
int sr_memory_open(const char *path, const struct sr_words *words, struct sr_memory **out, struct sarai_error *error);
void sr_memory_close(struct sr_memory *memory);
/** Adds or replaces a passage. [one] */
int sr_memory_add(struct sr_memory *memory, const char *id, const char *names, const char *text,
                  struct sarai_error *error);
/** Adds every line "id <tab> names <tab> text" of a table with a header line. Returns how many. [one] */
int sr_memory_load(struct sr_memory *memory, const char *path, struct sarai_error *error);
/** Calls `each` for the best passages, best first, until it returns non-zero or `limit` is reached. The passage is
 *  borrowed. Returns how many were shown. [any] */
int sr_memory_search(struct sr_memory *memory, const char *question, int limit,
                     int (*each)(void *user, const struct sr_passage *passage), void *user);

#endif
