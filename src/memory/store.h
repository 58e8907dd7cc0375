/* SPDX-License-Identifier: Apache-2.0 */
/* The database of a memory, shared by memory.c, which writes it, and recall.c, which searches it. */
#ifndef SR_MEMORY_STORE_H
#define SR_MEMORY_STORE_H

#include <pthread.h>
#include <sqlite3.h>

#include "memory/memory.h"

enum sr_store_statement {
    SR_STORE_ADD,
    SR_STORE_FORGET,
    SR_STORE_FIND,        /* the text of an id */
    SR_STORE_ADD_POINT,   /* of a sentence, or in place 0 of the whole */
    SR_STORE_POINTS,      /* all, by passage and place */
    SR_STORE_UNINDEXED,   /* a passage without points */
    SR_STORE_UNINDEXED_N, /* how many */
    SR_STORE_LIST,
    SR_STORE_PASSAGE,   /* by its key */
    SR_STORE_SENTENCES, /* of a key */
    SR_STORE_WORDS,     /* keys by words */
    SR_STORE_VERSION,   /* changes when another process writes */
    SR_STORE_META,
    SR_STORE_SET_META,
    SR_STORE_STATEMENTS
};

struct sr_memory {
    /* immutable after open */
    const struct sr_words *words;
    struct sr_meaning meaning;
    char *where; /* for errors */
    /* under the lock */
    pthread_mutex_t lock;
    sqlite3 *db;
    sqlite3_stmt *statements[SR_STORE_STATEMENTS];
    struct sr_points *points;
    int version; /* of the database when the points were read */
};

/** Opens the database and prepares its statements; on failure the caller closes the memory. */
int sr_store_open(struct sr_memory *memory, const char *path, struct sarai_error *error);
void sr_store_close(struct sr_memory *memory);
/** Fills `error` from the database. SARAI_EIO. */
int sr_store_error(struct sr_memory *memory, const char *where, struct sarai_error *error);
/** Reads the points again if another process wrote. Under the lock. */
int sr_store_refresh(struct sr_memory *memory);
/** Steps a statement that gives no row, and resets it. */
bool sr_store_run(sqlite3_stmt *statement);

#endif
