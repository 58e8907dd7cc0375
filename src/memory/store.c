/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One file: the passages, an index of their words kept by triggers, and their points. It is written in transactions
 * with a write-ahead log, so that a process that is killed leaves the last whole state; several processes may share it.
 */
#include "memory/store.h"

#include <stdlib.h>
#include <string.h>

#define VERSION 1
#define BUSY_MS 5000

static const char schema[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE IF NOT EXISTS passage(key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, names TEXT NOT NULL,"
    " text TEXT NOT NULL);"
    "CREATE TABLE IF NOT EXISTS sentence(passage INTEGER, place INTEGER, text TEXT NOT NULL, point BLOB NOT NULL,"
    " PRIMARY KEY(passage, place)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE VIRTUAL TABLE IF NOT EXISTS word USING fts5(names, text, content='passage', content_rowid='key',"
    " tokenize = \"unicode61 remove_diacritics 2\");"
    "CREATE TRIGGER IF NOT EXISTS passage_added AFTER INSERT ON passage BEGIN"
    " INSERT INTO word(rowid, names, text) VALUES(new.key, new.names, new.text); END;"
    "CREATE TRIGGER IF NOT EXISTS passage_removed AFTER DELETE ON passage BEGIN"
    " INSERT INTO word(word, rowid, names, text) VALUES('delete', old.key, old.names, old.text);"
    " DELETE FROM sentence WHERE passage = old.key; END;"
    "PRAGMA user_version = 1;"
    "COMMIT;";

static const char *const sql[SR_STORE_STATEMENTS] = {
    [SR_STORE_ADD] = "INSERT INTO passage(id, names, text) VALUES(?1, ?2, ?3)",
    [SR_STORE_FORGET] = "DELETE FROM passage WHERE id = ?1 RETURNING key",
    [SR_STORE_FIND] = "SELECT key, names, text FROM passage WHERE id = ?1",
    [SR_STORE_ADD_POINT] = "INSERT OR REPLACE INTO sentence VALUES(?1, ?2, ?3, ?4)",
    [SR_STORE_POINTS] = "SELECT passage, place, point FROM sentence ORDER BY passage, place",
    [SR_STORE_UNINDEXED] = "SELECT key, names, text FROM passage WHERE key > ?1 AND NOT EXISTS"
                           " (SELECT 1 FROM sentence WHERE passage = key) ORDER BY key LIMIT 1",
    [SR_STORE_UNINDEXED_N] = "SELECT count(*) FROM passage WHERE NOT EXISTS"
                             " (SELECT 1 FROM sentence WHERE passage = key)",
    [SR_STORE_LIST] = "SELECT id, names, text FROM passage ORDER BY key",
    [SR_STORE_PASSAGE] = "SELECT id, names, text FROM passage WHERE key = ?1",
    [SR_STORE_SENTENCES] = "SELECT text FROM sentence WHERE passage = ?1 AND place > 0 ORDER BY place",
    [SR_STORE_WORDS] = "SELECT rowid FROM word WHERE word MATCH ?1 ORDER BY bm25(word, 8, 1) LIMIT ?2",
    [SR_STORE_VERSION] = "PRAGMA data_version",
    [SR_STORE_META] = "SELECT value FROM meta WHERE name = ?1",
    [SR_STORE_SET_META] = "INSERT OR REPLACE INTO meta VALUES(?1, ?2)",
};

int sr_store_error(struct sr_memory *memory, const char *where, struct sarai_error *error) {
    return sr_error(error, SARAI_EIO, where, "the memory database failed: %s",
                    memory->db ? sqlite3_errmsg(memory->db) : "out of memory");
}

bool sr_store_run(sqlite3_stmt *statement) {
    const bool done = sqlite3_step(statement) == SQLITE_DONE;
    sqlite3_reset(statement);
    return done;
}

static int version_of(struct sr_memory *memory, const char *pragma) {
    sqlite3_stmt *statement = NULL;
    int version = -1;
    if (sqlite3_prepare_v2(memory->db, pragma, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        version = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    return version;
}

static int prepare(struct sr_memory *memory, struct sarai_error *error) {
    for (int i = 0; i < SR_STORE_STATEMENTS; i++)
        if (sqlite3_prepare_v2(memory->db, sql[i], -1, &memory->statements[i], NULL) != SQLITE_OK)
            return sr_store_error(memory, memory->where, error);
    return SARAI_OK;
}

/* Points that another model made mean nothing here. */
static int drop_strange_points(struct sr_memory *memory, struct sarai_error *error) {
    if (!memory->meaning.point)
        return SARAI_OK;
    sqlite3_stmt *get = memory->statements[SR_STORE_META], *set = memory->statements[SR_STORE_SET_META];
    sqlite3_bind_text(get, 1, "points", -1, SQLITE_STATIC);
    const bool known = sqlite3_step(get) == SQLITE_ROW &&
                       strcmp((const char *)sqlite3_column_text(get, 0), memory->meaning.model) == 0;
    sqlite3_reset(get);
    if (known)
        return SARAI_OK;
    sqlite3_bind_text(set, 1, "points", -1, SQLITE_STATIC);
    sqlite3_bind_text(set, 2, memory->meaning.model, -1, SQLITE_STATIC);
    if (sqlite3_exec(memory->db, "DELETE FROM sentence", NULL, NULL, NULL) != SQLITE_OK || !sr_store_run(set))
        return sr_store_error(memory, memory->where, error);
    return SARAI_OK;
}

int sr_store_open(struct sr_memory *memory, const char *path, struct sarai_error *error) {
    if (sqlite3_open(path ? path : ":memory:", &memory->db) != SQLITE_OK)
        return sr_store_error(memory, memory->where, error);
    sqlite3_busy_timeout(memory->db, BUSY_MS);
    const int version = version_of(memory, "PRAGMA user_version");
    if (version > VERSION)
        return sr_error(error, SARAI_EINPUT, memory->where, "was written by a newer version of sarai");
    static const char *pragmas = "PRAGMA secure_delete = ON; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL";
    if (sqlite3_exec(memory->db, pragmas, NULL, NULL, NULL) != SQLITE_OK ||
        (version < VERSION && sqlite3_exec(memory->db, schema, NULL, NULL, NULL) != SQLITE_OK))
        return sr_store_error(memory, memory->where, error);
    int status = prepare(memory, error);
    if (status >= 0)
        status = drop_strange_points(memory, error);
    if (status >= 0 && (status = sr_store_refresh(memory)) < 0)
        sr_error(error, status, memory->where, "%s", sarai_strerror(status));
    return status;
}

void sr_store_close(struct sr_memory *memory) {
    for (int i = 0; i < SR_STORE_STATEMENTS; i++)
        sqlite3_finalize(memory->statements[i]);
    sqlite3_close(memory->db);
}

/* ------------------------------------------------------------------------------------------------------ points -- */

struct group {
    int64_t key;
    struct sr_point *points;
    size_t count, cap;
};

static int end_group(struct sr_memory *memory, struct group *group) {
    const int status = group->count ? sr_points_add(memory->points, group->key, group->points, group->count) : SARAI_OK;
    group->count = 0;
    return status;
}

static int take_point(struct sr_memory *memory, struct group *group, sqlite3_stmt *row) {
    const int64_t key = sqlite3_column_int64(row, 0);
    int status = SARAI_OK;
    if (key != group->key)
        status = end_group(memory, group);
    group->key = key;
    /* A row that is damaged or missing ends its passage. */
    if (status < 0 || sqlite3_column_bytes(row, 2) != (int)sizeof(struct sr_point) ||
        (size_t)sqlite3_column_int64(row, 1) != group->count)
        return status;
    if (group->count == group->cap) {
        const size_t cap = group->cap ? 2 * group->cap : 16;
        struct sr_point *points = realloc(group->points, cap * sizeof *points);
        if (!points)
            return SARAI_ENOMEM;
        group->points = points;
        group->cap = cap;
    }
    memcpy(&group->points[group->count++], sqlite3_column_blob(row, 2), sizeof(struct sr_point));
    return SARAI_OK;
}

int sr_store_refresh(struct sr_memory *memory) {
    sqlite3_stmt *statement = memory->statements[SR_STORE_VERSION];
    const int version = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int(statement, 0) : -1;
    sqlite3_reset(statement);
    if (version == memory->version)
        return SARAI_OK;
    struct group group = {0};
    int status = SARAI_OK, step = SQLITE_DONE;
    sr_points_clear(memory->points);
    statement = memory->statements[SR_STORE_POINTS];
    while (status >= 0 && (step = sqlite3_step(statement)) == SQLITE_ROW)
        status = take_point(memory, &group, statement);
    sqlite3_reset(statement);
    if (status >= 0)
        status = step == SQLITE_DONE ? end_group(memory, &group) : SARAI_EIO;
    free(group.points);
    if (status >= 0)
        memory->version = version;
    return status;
}
