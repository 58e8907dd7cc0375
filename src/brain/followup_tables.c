/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/followup_tables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "base/utf8.h"
#include "brain/followup.h"
#include "text/sound_es.h"

#define NAME_SOUNDS 5 /* of a name that may be misheard */

/* --------------------------------------------------------------------------------------------------------- tables --
 */

static void *grow(void *items, size_t count, size_t *room, size_t size) {
    if (count < *room)
        return items;
    const size_t more = *room ? *room * 2 : 64;
    void *bigger = realloc(items, more * size);
    if (bigger)
        *room = more;
    return bigger;
}

static int fold_words(const char *cell, char **out) {
    struct sr_str all = {0};
    const char *variant;
    for (size_t len; (len = sr_table_variant(&cell, &variant));) {
        sr_str_addc(&all, '|');
        sr_utf8_fold(variant, len, &all);
    }
    sr_str_addc(&all, '|');
    free(*out);
    *out = sr_str_take(&all);
    return *out ? SARAI_OK : SARAI_ENOMEM;
}

static int add_row(void *user, int line, char **cells) {
    struct sr_followups *f = user;
    (void)line;
    char **words = strcmp(cells[0], "lead") == 0    ? &f->lead
                   : strcmp(cells[0], "small") == 0 ? &f->small
                   : strcmp(cells[0], "back") == 0  ? &f->back
                                                    : NULL;
    if (words)
        return fold_words(cells[1], words);
    struct sr_followup_row *rows = grow(f->rows, f->row_count, &f->row_room, sizeof *rows);
    if (!rows)
        return SARAI_ENOMEM;
    f->rows = rows;
    struct sr_followup_row *row = &f->rows[f->row_count++];
    *row = (struct sr_followup_row){.after = sr_strdup(cells[0]), .whole = sr_strdup(cells[2])};
    if (!row->after || !row->whole)
        return SARAI_ENOMEM;
    return sr_pattern_new(cells[1], NULL, NULL, &row->pattern, &f->problem);
}

/* How it sounds, if it is one long word; `*out` stays NULL for others. */
static int sound_of(const char *name, char **out) {
    struct sr_str sound = {0};
    if (strchr(name, ' '))
        return SARAI_OK;
    sr_sound_es(name, true, &sound);
    const bool failed = sound.failed;
    if (!failed && sound.len >= NAME_SOUNDS)
        *out = sr_str_take(&sound);
    sr_str_deinit(&sound);
    return failed ? SARAI_ENOMEM : SARAI_OK;
}

static int add_topic(struct sr_followups *f, const char *id, const char *name, size_t len, bool first) {
    struct sr_topic *topics = grow(f->topics, f->topic_count, &f->topic_room, sizeof *topics);
    if (!topics)
        return SARAI_ENOMEM;
    f->topics = topics;
    struct sr_topic *topic = &f->topics[f->topic_count++];
    *topic = (struct sr_topic){
        .name = sr_utf8_folded(name, len), .spoken = sr_strndup(name, len), .id = sr_strdup(id), .first = first};
    if (!topic->name || !topic->spoken || !topic->id)
        return SARAI_ENOMEM;
    return f->tongue->spanish ? sound_of(topic->name, &topic->sound) : SARAI_OK;
}

struct naming {
    struct sr_followups *followups;
    int status;
};

static int take_names(void *user, const struct sr_passage *passage) {
    struct naming *naming = user;
    const char *p = passage->names ? passage->names : "", *name;
    bool first = true;
    for (size_t len; naming->status >= 0 && (len = sr_table_variant(&p, &name)); first = false)
        naming->status = add_topic(naming->followups, passage->id, name, len, first);
    return naming->status < 0;
}

int sr_topic_by_name(const void *a, const void *b) {
    return strcmp(((const struct sr_topic *)a)->name, ((const struct sr_topic *)b)->name);
}

int sr_followups_new(const char *folder, const struct sr_tongue *tongue, struct sr_memory *memory,
                     struct sr_followups **out, struct sarai_error *error) {
    struct sr_followups *f = calloc(1, sizeof *f);
    char *path = sr_asprintf("%s/followups.tsv", folder);
    if (f)
        f->tongue = tongue;
    int status = f && path ? sr_table_read(path, 3, add_row, f, error)
                           : sr_error(error, SARAI_ENOMEM, "follow-ups", "out of memory");
    if (status < 0 && f && f->problem.text[0] && error) {
        char line[32] = "";
        sscanf(error->text, "%31[^:]", line);
        sr_error(error, status, path, "%s: %s", line, f->problem.text);
    }
    if (status >= 0 && (!f->lead || !f->small || !f->back))
        status = sr_error(error, SARAI_EINPUT, path, "needs the rows 'lead', 'small' and 'back'");
    struct naming naming = {.followups = f};
    if (status >= 0)
        status = sr_memory_list(memory, take_names, &naming, error);
    if (status >= 0 && naming.status < 0)
        status = sr_error(error, naming.status, "follow-ups", "out of memory");
    free(path);
    if (status < 0) {
        sr_followups_free(f);
        return status;
    }
    if (f->topic_count)
        qsort(f->topics, f->topic_count, sizeof *f->topics, sr_topic_by_name);
    *out = f;
    return SARAI_OK;
}

void sr_followups_free(struct sr_followups *f) {
    if (!f)
        return;
    for (size_t i = 0; i < f->row_count; i++) {
        free(f->rows[i].after);
        free(f->rows[i].whole);
        sr_pattern_free(f->rows[i].pattern);
    }
    for (size_t i = 0; i < f->topic_count; i++) {
        free(f->topics[i].name);
        free(f->topics[i].spoken);
        free(f->topics[i].id);
        free(f->topics[i].sound);
    }
    free(f->rows);
    free(f->topics);
    free(f->lead);
    free(f->small);
    free(f->back);
    free(f);
}
