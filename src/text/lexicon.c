/* SPDX-License-Identifier: Apache-2.0 */
#include "text/lexicon.h"

#include "base/table.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

#define KEY_BYTES 48 /* no written form is longer */

struct entry {
    unsigned char kind;
    size_t row;            /* in the order of the tables */
    size_t key, key_len;   /* lower case, no space behind a period */
    size_t form, form_len; /* as written, no space behind a period */
    size_t spoken;
};

struct sr_lexicon {
    struct sr_str pool; /* which the entries point into */
    struct entry *entries;
    size_t count, cap;
    bool first[SR_LEX_COUNT][256]; /* a key of that kind begins with that byte */
};

/* A written form in the two spellings that are compared. */
struct key {
    char folded[KEY_BYTES], form[KEY_BYTES];
    size_t folded_len, form_len;
};

static const char *const kinds[] = {
#define X(name, text) text,
    SR_LEXICON_KINDS(X)
#undef X
};

/* Adds the character at `*p`; false when it is too long. A space behind a period adds nothing. */
static bool add_char(struct key *key, const char **p, const char *end) {
    char low[4];
    const char *start = *p;
    const uint32_t cp = sr_utf8_next(p, end);
    if (sr_utf8_is_space(cp) && key->form_len && key->form[key->form_len - 1] == '.')
        return true;
    const size_t bytes = (size_t)(*p - start), low_bytes = sr_utf8_put(sr_utf8_lower(cp), low);
    if (key->folded_len + low_bytes > KEY_BYTES || key->form_len + bytes > KEY_BYTES)
        return false;
    memcpy(key->folded + key->folded_len, low, low_bytes);
    memcpy(key->form + key->form_len, start, bytes);
    key->folded_len += low_bytes;
    key->form_len += bytes;
    return true;
}

static int add_row(void *user, int line, char **cells) {
    struct sr_lexicon *lexicon = user;
    const char *p = cells[1], *form;
    size_t len;
    unsigned kind = 0;
    (void)line;
    while (kind < SR_LEX_COUNT && strcmp(kinds[kind], cells[0]) != 0)
        kind++;
    if (kind == SR_LEX_COUNT)
        return SARAI_EINPUT;
    const size_t spoken = lexicon->pool.len;
    sr_str_add(&lexicon->pool, cells[2], strlen(cells[2]) + 1);
    while ((len = sr_table_variant(&p, &form)) > 0) {
        struct key key = {.folded_len = 0};
        for (const char *at = form; at < form + len;)
            if (!add_char(&key, &at, form + len))
                return SARAI_EINPUT;
        if (lexicon->count == lexicon->cap) {
            const size_t cap = lexicon->cap ? 2 * lexicon->cap : 512;
            struct entry *grown = realloc(lexicon->entries, cap * sizeof *grown);
            if (!grown)
                return SARAI_ENOMEM;
            lexicon->entries = grown;
            lexicon->cap = cap;
        }
        struct entry *entry = &lexicon->entries[lexicon->count];
        *entry = (struct entry){.kind = (unsigned char)kind,
                                .row = lexicon->count++,
                                .key = lexicon->pool.len,
                                .key_len = key.folded_len,
                                .form = lexicon->pool.len + key.folded_len,
                                .form_len = key.form_len,
                                .spoken = spoken};
        lexicon->first[kind][(unsigned char)key.folded[0]] = true;
        sr_str_add(&lexicon->pool, key.folded, key.folded_len);
        sr_str_add(&lexicon->pool, key.form, key.form_len);
    }
    return lexicon->pool.failed ? SARAI_ENOMEM : SARAI_OK;
}

static int compare(const char *a, size_t a_len, const char *b, size_t b_len) {
    const int rc = memcmp(a, b, a_len < b_len ? a_len : b_len);
    return rc ? rc : a_len < b_len ? -1 : a_len > b_len;
}

static int by_key(const void *a, const void *b, void *pool) {
    const struct entry *x = a, *y = b;
    const char *base = pool;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    const int rc = compare(base + x->key, x->key_len, base + y->key, y->key_len);
    return rc ? rc : x->row < y->row ? -1 : x->row > y->row;
}

int sr_lexicon_load(const char *folder, const char *const *names, size_t count, struct sr_lexicon **out,
                    struct sarai_error *error) {
    struct sr_lexicon *lexicon = calloc(1, sizeof *lexicon);
    if (!lexicon)
        return sr_error(error, SARAI_ENOMEM, folder, "out of memory");
    int rc = SARAI_OK;
    for (size_t i = 0; i < count && rc >= 0; i++) {
        char *path = sr_asprintf("%s/%s", folder, names[i]);
        rc = path ? sr_table_read(path, 3, add_row, lexicon, error)
                  : sr_error(error, SARAI_ENOMEM, folder, "out of memory");
        free(path);
    }
    if (rc < 0) {
        sr_lexicon_free(lexicon);
        return rc;
    }
    if (lexicon->count)
        qsort_r(lexicon->entries, lexicon->count, sizeof *lexicon->entries, by_key, lexicon->pool.data);
    *out = lexicon;
    return SARAI_OK;
}

void sr_lexicon_free(struct sr_lexicon *lexicon) {
    if (!lexicon)
        return;
    free(lexicon->entries);
    sr_str_deinit(&lexicon->pool);
    free(lexicon);
}

/* Nearly every question is answered by the first letter. */
static bool may_begin(const struct sr_lexicon *lexicon, enum sr_lex kind, const char *text, const char *end) {
    char low[4];
    if (text == end)
        return false;
    sr_utf8_put(sr_utf8_lower(sr_utf8_next(&text, end)), low);
    return lexicon->first[kind][(unsigned char)low[0]];
}

static const char *find(const struct sr_lexicon *lexicon, enum sr_lex kind, const struct key *key) {
    const char *pool = lexicon->pool.data;
    size_t low = 0, high = lexicon->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const struct entry *entry = &lexicon->entries[middle];
        const int rc = entry->kind != kind ? (entry->kind < kind ? -1 : 1)
                                           : compare(pool + entry->key, entry->key_len, key->folded, key->folded_len);
        if (rc < 0)
            low = middle + 1;
        else
            high = middle;
    }
    const char *first = NULL;
    for (; low < lexicon->count; low++) {
        const struct entry *entry = &lexicon->entries[low];
        if (entry->kind != kind || compare(pool + entry->key, entry->key_len, key->folded, key->folded_len) != 0)
            break;
        if (compare(pool + entry->form, entry->form_len, key->form, key->form_len) == 0)
            return pool + entry->spoken;
        first = first ? first : pool + entry->spoken;
    }
    return first;
}

const char *sr_lexicon_find(const struct sr_lexicon *lexicon, enum sr_lex kind, const char *written, size_t len) {
    struct key key = {.folded_len = 0};
    if (!may_begin(lexicon, kind, written, written + len))
        return NULL;
    for (const char *p = written, *end = written + len; p < end;)
        if (!add_char(&key, &p, end))
            return NULL;
    return find(lexicon, kind, &key);
}

size_t sr_lexicon_match(const struct sr_lexicon *lexicon, enum sr_lex kind, const char *text, const char *end,
                        const char **spoken) {
    struct key key = {.folded_len = 0};
    struct {
        size_t folded_len, form_len, text_len;
    } steps[KEY_BYTES];
    size_t count = 0;
    if (!may_begin(lexicon, kind, text, end))
        return 0;
    for (const char *p = text; p < end && count < KEY_BYTES;) {
        const char *last = p;
        if (!add_char(&key, &p, end))
            break;
        const uint32_t cp = sr_utf8_next(&last, end);
        if (sr_utf8_is_space(cp) ||
            (p < end && sr_utf8_is_letter(cp) && sr_utf8_is_letter((last = p, sr_utf8_next(&last, end)))))
            continue;
        steps[count].folded_len = key.folded_len;
        steps[count].form_len = key.form_len;
        steps[count++].text_len = (size_t)(p - text);
    }
    while (count-- > 0) {
        key.folded_len = steps[count].folded_len;
        key.form_len = steps[count].form_len;
        if ((*spoken = find(lexicon, kind, &key)))
            return steps[count].text_len;
    }
    return 0;
}

size_t sr_lexicon_variant(const char *spoken, int index, const char **variant) {
    const char *p = spoken, *found;
    size_t first_len = 0, len;
    for (int i = 0; (len = sr_table_variant(&p, &found)) > 0; i++) {
        if (i == 0) {
            *variant = found;
            first_len = len;
        }
        if (i == index) {
            *variant = found;
            return len;
        }
    }
    return first_len;
}
