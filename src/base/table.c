/* SPDX-License-Identifier: Apache-2.0 */
#include "base/table.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#define COLUMNS_MAX 12
#define TABLE_MAX_BYTES (64u << 20)

/* Cuts the line in place; the number of cells, or -1 when one is empty. */
static int cut(char *line, char **cells) {
    int count = 0;
    for (char *cell = line; cell; count++) {
        char *tab = strchr(cell, '\t');
        if (tab)
            *tab = '\0';
        if (!*cell)
            return -1;
        if (count < COLUMNS_MAX)
            cells[count] = cell;
        cell = tab ? tab + 1 : NULL;
    }
    return count;
}

int sr_table_read(const char *path, int columns, int (*row)(void *user, int line, char **cells), void *user,
                  struct sarai_error *error) {
    char *text = NULL, *cells[COLUMNS_MAX] = {NULL};
    int status = sr_read_file(path, TABLE_MAX_BYTES, &text, NULL, error);
    if (status < 0)
        return status;
    int rows = 0, number = 0;
    for (char *line = text, *next; status >= 0 && line && *line; line = next) {
        const size_t len = strcspn(line, "\n");
        next = line[len] ? line + len + 1 : NULL;
        line[len] = '\0';
        if (len && line[len - 1] == '\r')
            line[len - 1] = '\0';
        if (number++ == 0 || !*line || *line == '#')
            continue;
        if (!sr_utf8_valid(line, strlen(line)))
            status = sr_error(error, SARAI_EINPUT, path, "line %d: not UTF-8; save the file as UTF-8", number);
        else if (cut(line, cells) != columns)
            status = sr_error(error, SARAI_EINPUT, path, "line %d: needs %d cells, none empty, with a tab between them",
                              number, columns);
        else if ((status = row(user, number, cells)) >= 0)
            rows++;
        else
            sr_error(error, status, path, "line %d: %s", number, sarai_strerror(status));
    }
    free(text);
    return status < 0 ? status : rows;
}

size_t sr_table_variant(const char **p, const char **variant) {
    while (**p == '|' || **p == ' ')
        ++*p;
    size_t len = strcspn(*p, "|");
    *variant = *p;
    *p += len;
    while (len && (*variant)[len - 1] == ' ')
        len--;
    return len;
}
