/* SPDX-License-Identifier: Apache-2.0 */
#include "memory/import.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/utf8.h"

#define ENOUGH 600 /* bytes from which a passage takes no further paragraph */

struct import {
    const char *name, *where;
    int (*each)(void *user, const char *id, const char *names, const char *passage);
    void *user;
    struct sarai_error *error;
    struct sr_str heading, passage;
    int count;
};

enum sarai_note_form sr_import_form_of(const char *path) {
    const char *dot = strrchr(path, '.');
    if (dot && (strcasecmp(dot, ".md") == 0 || strcasecmp(dot, ".markdown") == 0))
        return SARAI_NOTE_MARKDOWN;
    return dot && strcasecmp(dot, ".jsonl") == 0 ? SARAI_NOTE_JSONL : SARAI_NOTE_TEXT;
}

/* ------------------------------------------------------------------------------------------------- text, Markdown --
 */

static int end_passage(struct import *import) {
    if (!import->passage.len)
        return SARAI_OK;
    struct sr_str id = {0};
    sr_str_addf(&id, "%s#%d", import->name, import->count + 1);
    int status = id.failed || import->passage.failed || import->heading.failed
                     ? sr_error(import->error, SARAI_ENOMEM, import->where, "out of memory")
                     : import->each(import->user, id.data, import->heading.data ? import->heading.data : "",
                                    import->passage.data);
    sr_str_deinit(&id);
    sr_str_clear(&import->passage);
    import->count++;
    return status;
}

/* A line without what Markdown puts in front of items and quotations, and without emphasis. */
static void add_line(struct import *import, const char *line, bool markdown) {
    struct sr_str *to = &import->passage;
    if (markdown) {
        line += strspn(line, "> ");
        if ((line[0] == '-' || line[0] == '*' || line[0] == '+') && line[1] == ' ')
            line += 2;
    }
    if (to->len)
        sr_str_addc(to, ' ');
    for (; *line; line++)
        if (!markdown || !strchr("*`", *line))
            sr_str_addc(to, *line);
}

static char *trim(char *line) {
    line += strspn(line, " \t");
    size_t len = strlen(line);
    while (len && strchr(" \t\r", line[len - 1]))
        line[--len] = '\0';
    return line;
}

static int take_line(struct import *import, char *line, bool markdown) {
    line = trim(line);
    if (markdown && line[0] == '#') {
        const int status = end_passage(import);
        sr_str_clear(&import->heading);
        sr_str_adds(&import->heading, trim(line + strspn(line, "#")));
        return status;
    }
    if (!*line)
        return import->passage.len >= ENOUGH ? end_passage(import) : SARAI_OK;
    add_line(import, line, markdown);
    return SARAI_OK;
}

/* --------------------------------------------------------------------------------------------------------- JSON -- */

/* An id may be a text or a whole number. */
static bool read_id(const cJSON *id, char *number, size_t size, const char **out) {
    *out = cJSON_GetStringValue(id);
    if (!*out && cJSON_IsNumber(id) && isfinite(id->valuedouble) && fabs(id->valuedouble) < 1e15) {
        snprintf(number, size, "%.0f", id->valuedouble);
        *out = number;
    }
    return *out && **out;
}

static int take_document(struct import *import, const char *line, int number) {
    char digits[32];
    cJSON *document = cJSON_Parse(line);
    const char *id = NULL, *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(document, "text"));
    const char *title = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(document, "title"));
    int status;
    if (!document)
        status = sr_error(import->error, SARAI_EINPUT, import->where, "line %d is no JSON", number);
    else if (!read_id(cJSON_GetObjectItemCaseSensitive(document, "id"), digits, sizeof digits, &id) || !text || !*text)
        status = sr_error(import->error, SARAI_EINPUT, import->where, "line %d needs an \"id\" and a \"text\"", number);
    else
        status = import->each(import->user, id, title ? title : "", text);
    cJSON_Delete(document);
    import->count++;
    return status;
}

/* --------------------------------------------------------------------------------------------------------- both -- */

int sr_import(char *text, enum sarai_note_form form, const char *name, const char *where,
              int (*each)(void *user, const char *id, const char *names, const char *passage), void *user,
              struct sarai_error *error) {
    struct import import = {.name = name, .where = where, .each = each, .user = user, .error = error};
    int status = SARAI_OK, number = 0;
    if (!sr_utf8_valid(text, strlen(text)))
        return sr_error(error, SARAI_EINPUT, where, "is not UTF-8 text");
    for (char *line = text, *next; line && status >= 0; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        number++;
        if (form != SARAI_NOTE_JSONL)
            status = take_line(&import, line, form == SARAI_NOTE_MARKDOWN);
        else if (line[strspn(line, " \t\r")])
            status = take_document(&import, line, number);
    }
    if (status >= 0)
        status = end_passage(&import);
    sr_str_deinit(&import.heading);
    sr_str_deinit(&import.passage);
    return status < 0 ? status : import.count;
}
