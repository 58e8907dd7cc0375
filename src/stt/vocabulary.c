/* SPDX-License-Identifier: Apache-2.0 */
#include "stt/vocabulary.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/table.h"
#include "base/utf8.h"

#define FILE_MAX ((size_t)1 << 20)
#define MOST_PHRASES 100000
#define MOST_LISTS 32
#define PHRASE_MAX 200 /* bytes */

struct list {
    char name[24];
    struct sr_str words; /* each ends in '\n' */
};

struct reader {
    struct list lists[MOST_LISTS];
    size_t count;
    size_t phrases;
    int (*phrase)(void *user, const char *text);
    void *user;
};

static struct list *find(struct reader *reader, const char *name, size_t len) {
    for (size_t i = 0; i < reader->count; i++)
        if (strlen(reader->lists[i].name) == len && memcmp(reader->lists[i].name, name, len) == 0)
            return &reader->lists[i];
    return NULL;
}

static struct list *add_list(struct reader *reader, const char *name, size_t len) {
    struct list *list = find(reader, name, len);
    if (list || reader->count == MOST_LISTS || len == 0 || len >= sizeof list->name)
        return list;
    list = &reader->lists[reader->count++];
    memcpy(list->name, name, len);
    return list;
}

/* Adds what stands between the separators; '_' becomes a space. */
static void add_words(struct list *list, const char *text, const char *separators) {
    for (text += strspn(text, separators); *text; text += strspn(text, separators)) {
        size_t len = strcspn(text, separators);
        const char *word = text;
        text += len;
        while (len > 0 && *word == ' ')
            word++, len--;
        while (len > 0 && word[len - 1] == ' ')
            len--;
        for (size_t i = 0; i < len; i++)
            sr_str_addc(&list->words, word[i] == '_' ? ' ' : word[i]);
        if (len > 0)
            sr_str_addc(&list->words, '\n');
    }
}

/* Multiplies out: `done` is the phrase up to `rest`. */
static int expand(struct reader *reader, struct sr_str *done, const char *rest) {
    const size_t before = done->len, plain = strcspn(rest, "{");
    int status = SARAI_OK;
    sr_str_add(done, rest, plain);
    if (done->failed)
        return SARAI_ENOMEM;
    if (done->len > PHRASE_MAX)
        return SARAI_EINPUT;
    if (!rest[plain]) {
        status = ++reader->phrases > MOST_PHRASES ? SARAI_EINPUT : reader->phrase(reader->user, done->data);
    } else {
        const char *name = rest + plain + 1;
        const size_t len = strcspn(name, "}"), here = done->len;
        const struct list *list = name[len] ? find(reader, name, len) : NULL;
        if (!list)
            return SARAI_EINPUT;
        const char *word = list->words.data ? list->words.data : "";
        for (size_t size; status >= 0 && *word; word += size + 1) {
            size = strcspn(word, "\n");
            sr_str_add(done, word, size);
            status = expand(reader, done, name + len + 1);
            done->len = here;
        }
    }
    done->len = before;
    return status;
}

static int take_line(struct reader *reader, char *line) {
    const size_t name = strcspn(line, ": {");
    if (line[name] == ':' && name > 0) {
        struct list *list = add_list(reader, line, name);
        if (!list)
            return SARAI_EINPUT;
        add_words(list, line + name + 1, " \t");
        return list->words.failed ? SARAI_ENOMEM : SARAI_OK;
    }
    struct sr_str done = {0};
    sr_str_adds(&done, "");
    const int status = expand(reader, &done, line);
    sr_str_deinit(&done);
    return status;
}

int sr_vocabulary_commands(const char *path, const char *words, int (*phrase)(void *user, const char *text), void *user,
                           struct sarai_error *error) {
    struct reader reader = {.phrase = phrase, .user = user};
    char *text = NULL;
    size_t len = 0;
    int status = sr_read_file(path, FILE_MAX, &text, &len, error);
    if (status < 0)
        return status;
    struct list *own = add_list(&reader, "prompt", 6);
    add_words(own, words, strchr(words, ',') ? ",;.\n" : " ,;.\n");
    if (own->words.failed)
        status = sr_error(error, SARAI_ENOMEM, path, "out of memory");
    int number = 1;
    char *line = text;
    for (char *next; status >= 0 && line; line = next, number++) {
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        line += strspn(line, " \t");
        size_t size = strcspn(line, "#\r");
        while (size > 0 && (line[size - 1] == ' ' || line[size - 1] == '\t'))
            size--;
        line[size] = '\0';
        if (!sr_utf8_valid(line, size))
            status = SARAI_EINPUT;
        else if (size > 0)
            status = take_line(&reader, line);
        if (status < 0)
            sr_error(error, status, path, "line %d: %s", number,
                     status == SARAI_EINPUT ? "a {list} that is not there, or too long or too many phrases"
                                            : sarai_strerror(status));
    }
    for (size_t i = 0; i < reader.count; i++)
        sr_str_deinit(&reader.lists[i].words);
    free(text);
    return status < 0 ? status : SARAI_OK;
}

/* ---------------------------------------------------------------------------------------------------- templates -- */

struct templates {
    int (*phrase)(void *user, const char *text);
    void *user;
};

static int take_row(void *user, int line, char **cells) {
    (void)line;
    const struct templates *templates = user;
    const char *p = cells[1], *variant;
    int status = SARAI_OK;
    for (size_t len; status >= 0 && (len = sr_table_variant(&p, &variant));) {
        char *text = sr_strndup(variant, len);
        status = text ? templates->phrase(templates->user, text) : SARAI_ENOMEM;
        free(text);
    }
    return status;
}

int sr_vocabulary_templates(const char *path, int (*phrase)(void *user, const char *text), void *user,
                            struct sarai_error *error) {
    struct templates templates = {phrase, user};
    const int status = sr_table_read(path, 3, take_row, &templates, error);
    return status < 0 ? status : SARAI_OK;
}
