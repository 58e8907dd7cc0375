/* SPDX-License-Identifier: Apache-2.0 */
#include "memory/memory.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "base/utf8.h"

struct sr_memory {
    const struct sr_words *words;
    sqlite3 *db;
    sqlite3_stmt *forget, *add, *search;
    pthread_mutex_t lock; /* statements are shared */
};

static int db_error(struct sr_memory *memory, const char *where, struct sarai_error *error) {
    return sr_error(error, SARAI_EIO, where, "the memory database failed: %s",
                    memory->db ? sqlite3_errmsg(memory->db) : "out of memory");
}

int sr_memory_open(const char *path, const struct sr_words *words, struct sr_memory **out, struct sarai_error *error) {
    static const char *schema = "CREATE VIRTUAL TABLE IF NOT EXISTS passage USING fts5(id UNINDEXED, names, text, "
                                "tokenize = \"unicode61 remove_diacritics 2\")";
    struct sr_memory *memory = calloc(1, sizeof *memory);
    if (!memory)
        return sr_error(error, SARAI_ENOMEM, "memory", "out of memory");
    memory->words = words;
    pthread_mutex_init(&memory->lock, NULL);
    const char *where = path ? path : "memory";
    if (sqlite3_open(path ? path : ":memory:", &memory->db) != SQLITE_OK ||
        sqlite3_exec(memory->db, schema, NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(memory->db, "DELETE FROM passage WHERE id = ?1", -1, &memory->forget, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(memory->db, "INSERT INTO passage VALUES (?1, ?2, ?3)", -1, &memory->add, NULL) !=
            SQLITE_OK ||
        sqlite3_prepare_v2(memory->db,
                           "SELECT id, names, text FROM passage WHERE passage MATCH ?1 "
                           "ORDER BY bm25(passage, 0, 8, 1) LIMIT ?2",
                           -1, &memory->search, NULL) != SQLITE_OK) {
        const int status = db_error(memory, where, error);
        sr_memory_close(memory);
        return status;
    }
    *out = memory;
    return SARAI_OK;
}

void sr_memory_close(struct sr_memory *memory) {
    if (!memory)
        return;
    sqlite3_finalize(memory->forget);
    sqlite3_finalize(memory->add);
    sqlite3_finalize(memory->search);
    sqlite3_close(memory->db);
    pthread_mutex_destroy(&memory->lock);
    free(memory);
}

int sr_memory_add(struct sr_memory *memory, const char *id, const char *names, const char *text,
                  struct sarai_error *error) {
    pthread_mutex_lock(&memory->lock);
    sqlite3_bind_text(memory->forget, 1, id, -1, SQLITE_STATIC);
    sqlite3_bind_text(memory->add, 1, id, -1, SQLITE_STATIC);
    sqlite3_bind_text(memory->add, 2, names, -1, SQLITE_STATIC);
    sqlite3_bind_text(memory->add, 3, text, -1, SQLITE_STATIC);
    const bool ok = sqlite3_step(memory->forget) == SQLITE_DONE && sqlite3_step(memory->add) == SQLITE_DONE;
    const int status = ok ? SARAI_OK : db_error(memory, id, error);
    sqlite3_reset(memory->forget);
    sqlite3_reset(memory->add);
    pthread_mutex_unlock(&memory->lock);
    return status;
}

static int add_row(void *user, int line, char **cells) {
    (void)line;
    return sr_memory_add(user, cells[0], cells[1], cells[2], NULL);
}

int sr_memory_load(struct sr_memory *memory, const char *path, struct sarai_error *error) {
    sqlite3_exec(memory->db, "BEGIN", NULL, NULL, NULL);
    const int status = sr_table_read(path, 3, add_row, memory, error);
    sqlite3_exec(memory->db, status < 0 ? "ROLLBACK" : "COMMIT", NULL, NULL, NULL);
    return status;
}

/* The question as an FTS5 query: its content words' stems, any of them. Empty when it has none. */
static void make_query(const struct sr_words *words, const char *question, struct sr_str *query) {
    struct sr_str folded = {0};
    sr_utf8_fold(question, strlen(question), &folded);
    const char *p = folded.data ? folded.data : "", *word;
    size_t len;
    while ((len = sr_words_next(words, &p, &word)))
        sr_str_addf(query, "%s\"%.*s\"*", query->len ? " OR " : "", (int)len, word);
    sr_str_deinit(&folded);
}

/* A question is well covered when the passage holds its words, and best when they name its topic. */
static double score(const struct sr_words *words, const char *question, const struct sr_passage *passage) {
    const double named = sr_words_cover(words, question, passage->names);
    struct sr_str all = {0};
    sr_str_addf(&all, "%s %s", passage->names, passage->text);
    const double covered = all.data ? sr_words_cover(words, question, all.data) : 0;
    sr_str_deinit(&all);
    return 0.5 * named + 0.5 * covered;
}

struct found {
    struct sr_passage passage;
    char *id, *names, *text;
};

int sr_memory_search(struct sr_memory *memory, const char *question, int limit,
                     int (*each)(void *user, const struct sr_passage *passage), void *user) {
    enum { CANDIDATES = 8 };
    struct found found[CANDIDATES];
    int count = 0, shown = 0;
    struct sr_str query = {0};
    make_query(memory->words, question, &query);
    if (!query.len)
        goto out;
    pthread_mutex_lock(&memory->lock);
    sqlite3_bind_text(memory->search, 1, query.data, -1, SQLITE_STATIC);
    sqlite3_bind_int(memory->search, 2, CANDIDATES);
    while (count < CANDIDATES && sqlite3_step(memory->search) == SQLITE_ROW) {
        struct found *f = &found[count];
        f->id = sr_strdup((const char *)sqlite3_column_text(memory->search, 0));
        f->names = sr_strdup((const char *)sqlite3_column_text(memory->search, 1));
        f->text = sr_strdup((const char *)sqlite3_column_text(memory->search, 2));
        f->passage = (struct sr_passage){.id = f->id, .names = f->names, .text = f->text};
        count++;
        if (!f->id || !f->names || !f->text)
            break;
        f->passage.score = score(memory->words, question, &f->passage);
    }
    sqlite3_reset(memory->search);
    pthread_mutex_unlock(&memory->lock);
    /* Best coverage first; BM25's order where it is equal. */
    for (; shown < count && shown < limit; shown++) {
        struct found *best = NULL;
        for (int i = 0; i < count; i++)
            if (found[i].passage.score >= 0 && (!best || found[i].passage.score > best->passage.score))
                best = &found[i];
        if (!best || !best->text || each(user, &best->passage))
            break;
        best->passage.score = -1;
    }
out:
    for (int i = 0; i < count; i++) {
        free(found[i].id);
        free(found[i].names);
        free(found[i].text);
    }
    sr_str_deinit(&query);
    return shown;
}
