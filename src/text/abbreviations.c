/* SPDX-License-Identifier: Apache-2.0 */
#include "text/abbreviations.h"

#include "base/str.h"

#include <stdlib.h>
#include <string.h>

#define MAX_BYTES (1u << 20)
#define NO_BREAK_SPACE "\xC2\xA0"

struct entry {
    const char *text; /* without spaces: "EE.UU." */
    size_t len;
    enum sr_abbreviation kind;
    bool several; /* more than one period */
};

struct sr_abbreviations {
    char *text; /* the lines, which the entries point into */
    struct entry *entries;
    size_t count;
};

static const char built_in[] =
    "Sr.\nSra.\nSrta.\nSres.\nDr.\nDra.\nDres.\nD.\nDña.\nProf.\nLic.\nIng.\nUd.\nUds.\nVd.\n"
    "p. ej.\nEE. UU. *\na. C. *\nd. C. *\na. m. *\np. m. *\netc. *\nAvda.\nnúm.\nNo. #\n"
    "pág. #\nart. #\nMr.\nMrs.\nMs.\nSt.\nvs.\ne. g.\ni. e.\nJr. *\nU. S.\n";

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* One line, cut in place: the marker goes, then the spaces. */
static void add_line(struct sr_abbreviations *table, char *line, size_t len) {
    struct entry entry = {.text = line, .kind = SR_ABBR_INSIDE};
    while (len && (line[len - 1] == ' ' || line[len - 1] == '\r'))
        len--;
    if (!len || line[0] == '#')
        return;
    if (len > 2 && line[len - 2] == ' ' && (line[len - 1] == '*' || line[len - 1] == '#')) {
        entry.kind = line[len - 1] == '*' ? SR_ABBR_MAYBE : SR_ABBR_NUMBER;
        len -= 2;
    }
    int periods = 0;
    for (size_t i = 0; i < len; i++) {
        if (line[i] == ' ')
            continue;
        periods += line[i] == '.';
        line[entry.len++] = line[i];
    }
    entry.several = periods > 1;
    if (entry.len && (line[entry.len - 1] == '.' || line[entry.len - 1] == '!'))
        table->entries[table->count++] = entry;
}

int sr_abbreviations_load(const char *path, struct sr_abbreviations **out, struct sarai_error *error) {
    size_t len = sizeof built_in - 1;
    int rc = SARAI_OK;
    struct sr_abbreviations *table = calloc(1, sizeof *table);
    if (!table)
        return sr_error(error, SARAI_ENOMEM, path ? path : "abbreviations", "out of memory");
    if (path)
        rc = sr_read_file(path, MAX_BYTES, &table->text, &len, error);
    else if (!(table->text = sr_strdup(built_in)))
        rc = sr_error(error, SARAI_ENOMEM, "abbreviations", "out of memory");
    if (rc < 0)
        goto out;
    size_t lines = 1;
    for (size_t i = 0; i < len; i++)
        lines += table->text[i] == '\n';
    table->entries = calloc(lines, sizeof *table->entries);
    if (!table->entries) {
        rc = sr_error(error, SARAI_ENOMEM, path ? path : "abbreviations", "out of memory");
        goto out;
    }
    for (char *line = table->text, *end = line + len; line < end;) {
        char *stop = memchr(line, '\n', (size_t)(end - line));
        if (!stop)
            stop = end;
        add_line(table, line, (size_t)(stop - line));
        line = stop + 1;
    }
    *out = table;
    return SARAI_OK;
out:
    sr_abbreviations_free(table);
    return rc;
}

void sr_abbreviations_free(struct sr_abbreviations *table) {
    if (!table)
        return;
    free(table->entries);
    free(table->text);
    free(table);
}

/* A word begins at `at`: what is before it is the start of the text, a space or an opening sign. */
static bool word_starts(const char *text, size_t first, size_t at) {
    static const char *const openers[] = {"¿", "¡", "«", "“", "‘", "—", NO_BREAK_SPACE};
    if (at == first || strchr(" \t\n\r([{\"'/-", text[at - 1]))
        return true;
    for (size_t i = 0; i < sizeof openers / sizeof *openers; i++) {
        const size_t len = strlen(openers[i]);
        if (at - first >= len && memcmp(text + at - len, openers[i], len) == 0)
            return true;
    }
    return false;
}

static size_t skip_spaces_back(const char *text, size_t first, size_t at) {
    for (;;) {
        if (at > first && text[at - 1] == ' ')
            at--;
        else if (at - first >= 2 && memcmp(text + at - 2, NO_BREAK_SPACE, 2) == 0)
            at -= 2;
        else
            return at;
    }
}

/* The first `len` bytes of the entry are what `text` has up to the period, spaces aside. */
static bool ends_with(const struct entry *entry, size_t len, const char *text, size_t first, size_t period) {
    size_t at = period + 1;
    for (size_t i = len; i-- > 0;) {
        if (entry->text[i] == '.' && i + 1 < len)
            at = skip_spaces_back(text, first, at);
        if (at == first)
            return false;
        at--;
        if (text[at] != entry->text[i] && (entry->several || lower(text[at]) != lower(entry->text[i])))
            return false;
    }
    return word_starts(text, first, at);
}

enum sr_abbreviation sr_abbreviations_match(const struct sr_abbreviations *table, const char *text, size_t first,
                                            size_t period, uint32_t next) {
    enum sr_abbreviation found = SR_ABBR_NONE;
    size_t longest = 0;
    for (size_t i = 0; i < table->count; i++) {
        const struct entry *entry = &table->entries[i];
        for (size_t len = longest ? longest : 1; len <= entry->len; len++) {
            const bool whole = len == entry->len;
            if ((entry->text[len - 1] != '.' && entry->text[len - 1] != '!') ||
                (!whole && (unsigned char)entry->text[len] != next) || !ends_with(entry, len, text, first, period))
                continue;
            /* Of two that fit, the longer one; of the same length, the whole one. */
            if (len > longest || whole)
                found = whole ? entry->kind : SR_ABBR_INSIDE;
            longest = len;
        }
    }
    return found;
}
