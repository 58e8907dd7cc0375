/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/templates.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/table.h"
#include "base/utf8.h"

struct template {
    char *id, *replies;
    enum sr_style style;
    int line;
    atomic_uint turn; /* which variant comes next */
};

struct slot {
    char *phrase; /* folded; NULL: free */
    uint32_t template;
};

struct sr_templates {
    struct template *templates;
    size_t count, room;
    struct slot *slots; /* open addressing, at most half full */
    size_t slot_count, used;
    const char *except;         /* while loading: ids to leave out, '|' between them */
    struct sarai_error problem; /* while loading: what sr_table_read can't know */
};

static struct slot *find(const struct sr_templates *t, const char *phrase) {
    size_t i = (size_t)sr_hash_text(SR_HASH_BEGIN, phrase) & (t->slot_count - 1);
    while (t->slots[i].phrase && strcmp(t->slots[i].phrase, phrase) != 0)
        i = (i + 1) & (t->slot_count - 1);
    return &t->slots[i];
}

static int grow_slots(struct sr_templates *t) {
    struct sr_templates bigger = {.slot_count = t->slot_count ? t->slot_count * 2 : 1024};
    bigger.slots = calloc(bigger.slot_count, sizeof *bigger.slots);
    if (!bigger.slots)
        return SARAI_ENOMEM;
    for (size_t i = 0; i < t->slot_count; i++)
        if (t->slots[i].phrase)
            *find(&bigger, t->slots[i].phrase) = t->slots[i];
    free(t->slots);
    t->slots = bigger.slots;
    t->slot_count = bigger.slot_count;
    return SARAI_OK;
}

static int add_phrase(struct sr_templates *t, const char *phrase, size_t len, uint32_t template) {
    if (t->used * 2 >= t->slot_count && grow_slots(t) < 0)
        return SARAI_ENOMEM;
    char *key = sr_utf8_folded(phrase, len);
    if (!key)
        return SARAI_ENOMEM;
    struct slot *slot = find(t, key);
    if (slot->phrase || !*key) {
        sr_error(&t->problem, SARAI_EINPUT, NULL,
                 *key ? "the phrase '%s' stands in line %d already" : "an empty phrase", key,
                 *key ? t->templates[slot->template].line : 0);
        free(key);
        return SARAI_EINPUT;
    }
    *slot = (struct slot){.phrase = key, .template = template};
    t->used++;
    return SARAI_OK;
}

/* Takes "[calm] " off the front of the replies. */
static int take_style(struct sr_templates *t, const char **replies, enum sr_style *style) {
    const char *end = **replies == '[' ? strchr(*replies, ']') : NULL;
    char *name = end ? sr_strndup(*replies + 1, (size_t)(end - *replies) - 1) : NULL;
    if (!end)
        return SARAI_OK;
    const int status = name ? sr_style_find(name, style, &t->problem) : SARAI_ENOMEM;
    free(name);
    *replies = end + 1;
    return status == SARAI_EUSAGE ? SARAI_EINPUT : status;
}

static int add_template(void *user, int line, char **cells) {
    struct sr_templates *t = user;
    const char *left_out = t->except, *id;
    for (size_t len; (len = sr_table_variant(&left_out, &id));)
        if (len == strlen(cells[0]) && memcmp(id, cells[0], len) == 0)
            return SARAI_OK;
    if (t->count == t->room) {
        const size_t room = t->room ? t->room * 2 : 256;
        struct template *templates = realloc(t->templates, room * sizeof *templates);
        if (!templates)
            return SARAI_ENOMEM;
        t->templates = templates;
        t->room = room;
    }
    struct template *template = &t->templates[t->count];
    const char *p = cells[1], *phrase, *replies = cells[2];
    size_t len;
    *template = (struct template){.line = line};
    int status = take_style(t, &replies, &template->style);
    template->id = sr_strdup(cells[0]);
    template->replies = sr_strdup(replies);
    t->count++;
    if (!template->id || !template->replies)
        return SARAI_ENOMEM;
    while (status == SARAI_OK && (len = sr_table_variant(&p, &phrase)))
        status = add_phrase(t, phrase, len, (uint32_t)t->count - 1);
    return status;
}

int sr_templates_load(const char *path, struct sr_templates **out, struct sarai_error *error) {
    return sr_templates_load_except(path, "", out, error);
}

int sr_templates_load_except(const char *path, const char *except, struct sr_templates **out,
                             struct sarai_error *error) {
    struct sr_templates *t = calloc(1, sizeof *t);
    if (t)
        t->except = except;
    if (!t || grow_slots(t) < 0) {
        sr_templates_free(t);
        return sr_error(error, SARAI_ENOMEM, path, "out of memory");
    }
    const int status = sr_table_read(path, 3, add_template, t, error);
    if (status < 0) {
        if (error && t->problem.text[0]) {
            char with_line[sizeof error->text + 16];
            snprintf(with_line, sizeof with_line, "line %d: %s", t->templates[t->count - 1].line, t->problem.text);
            sr_error(error, status, path, "%s", with_line);
        }
        sr_templates_free(t);
        return status;
    }
    t->except = NULL;
    *out = t;
    return SARAI_OK;
}

void sr_templates_free(struct sr_templates *t) {
    if (!t)
        return;
    for (size_t i = 0; i < t->count; i++) {
        free(t->templates[i].id);
        free(t->templates[i].replies);
    }
    for (size_t i = 0; i < t->slot_count; i++)
        free(t->slots[i].phrase);
    free(t->templates);
    free(t->slots);
    free(t);
}

static char *next_reply(struct template *template) {
    unsigned variants = 0;
    const char *p = template->replies, *variant;
    size_t len;
    while (sr_table_variant(&p, &variant))
        variants++;
    if (!variants)
        return NULL;
    const unsigned wanted = atomic_fetch_add(&template->turn, 1) % variants;
    p = template->replies;
    for (unsigned i = 0; (len = sr_table_variant(&p, &variant)) && i < wanted; i++) {
    }
    return sr_strndup(variant, len);
}

const char *sr_templates_match(struct sr_templates *t, const char *text, char **reply) {
    struct sr_str folded = {0};
    const char *id = NULL;
    sr_utf8_fold(text, strlen(text), &folded);
    const struct slot *slot = folded.data && folded.len ? find(t, folded.data) : NULL;
    if (slot && slot->phrase && (!reply || (*reply = next_reply(&t->templates[slot->template]))))
        id = t->templates[slot->template].id;
    sr_str_deinit(&folded);
    return id;
}

char *sr_templates_reply(struct sr_templates *t, const char *id) {
    for (size_t i = 0; i < t->count; i++)
        if (strcmp(t->templates[i].id, id) == 0)
            return next_reply(&t->templates[i]);
    return NULL;
}

enum sr_style sr_templates_style(const struct sr_templates *t, const char *id) {
    for (size_t i = 0; i < t->count; i++)
        if (strcmp(t->templates[i].id, id) == 0)
            return t->templates[i].style;
    return SR_STYLE_AUTO;
}

int sr_templates_each(const struct sr_templates *t, int (*each)(void *user, const char *reply, int style), void *user) {
    int status = SARAI_OK;
    for (size_t i = 0; i < t->count && status >= 0; i++) {
        const char *p = t->templates[i].replies, *variant;
        for (size_t len; status >= 0 && (len = sr_table_variant(&p, &variant));) {
            char *reply = sr_strndup(variant, len);
            status = reply ? each(user, reply, (int)t->templates[i].style) : SARAI_ENOMEM;
            free(reply);
        }
    }
    return status < 0 ? status : SARAI_OK;
}
