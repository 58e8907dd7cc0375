/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Room for `extra` more bytes and the closing NUL. */
static bool reserve(struct sr_str *s, size_t extra) {
    if (extra >= SIZE_MAX / 2 - s->len) {
        s->failed = true;
        return false;
    }
    const size_t need = s->len + extra + 1;
    if (need <= s->cap)
        return true;
    size_t cap = s->cap ? s->cap : 32;
    while (cap < need)
        cap *= 2;
    char *data = realloc(s->data, cap);
    if (!data) {
        s->failed = true;
        return false;
    }
    s->data = data;
    s->cap = cap;
    return true;
}

void sr_str_add(struct sr_str *s, const char *bytes, size_t len) {
    if (!reserve(s, len))
        return;
    if (len)
        memcpy(s->data + s->len, bytes, len);
    s->len += len;
    s->data[s->len] = '\0';
}

void sr_str_adds(struct sr_str *s, const char *text) {
    sr_str_add(s, text, strlen(text));
}

void sr_str_addc(struct sr_str *s, char c) {
    sr_str_add(s, &c, 1);
}

void sr_str_addf(struct sr_str *s, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    const int len = vsnprintf(NULL, 0, format, args);
    if (len >= 0 && reserve(s, (size_t)len)) {
        vsnprintf(s->data + s->len, (size_t)len + 1, format, again);
        s->len += (size_t)len;
    }
    va_end(again);
    va_end(args);
}

void sr_str_clear(struct sr_str *s) {
    s->len = 0;
    s->failed = false;
    if (s->data)
        s->data[0] = '\0';
}

void sr_str_cut(struct sr_str *s, size_t len) {
    if (len >= s->len)
        return;
    s->len = len;
    s->data[len] = '\0';
}

void sr_str_shift(struct sr_str *s, size_t n) {
    if (!s->data)
        return;
    if (n > s->len)
        n = s->len;
    memmove(s->data, s->data + n, s->len - n + 1);
    s->len -= n;
}

void sr_str_deinit(struct sr_str *s) {
    if (!s)
        return;
    free(s->data);
    *s = (struct sr_str){0};
}

char *sr_str_take(struct sr_str *s) {
    sr_str_add(s, "", 0);
    char *data = s->failed ? NULL : s->data;
    if (!data)
        free(s->data);
    *s = (struct sr_str){0};
    return data;
}

char *sr_strdup(const char *text) {
    return text ? sr_strndup(text, strlen(text)) : NULL;
}

char *sr_strndup(const char *text, size_t len) {
    char *copy = malloc(len + 1);
    if (!copy)
        return NULL;
    if (len)
        memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

char *sr_asprintf(const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    const int len = vsnprintf(NULL, 0, format, args);
    char *text = len < 0 ? NULL : malloc((size_t)len + 1);
    if (text)
        vsnprintf(text, (size_t)len + 1, format, again);
    va_end(again);
    va_end(args);
    return text;
}

int sr_read_file(const char *path, size_t max_bytes, char **out, size_t *len, struct sarai_error *error) {
    struct stat info;
    struct sr_str text = {0};
    FILE *file = fopen(path, "rb");
    if (!file)
        return sr_error_errno(error, SARAI_EIO, path, "can't open it");
    int status = SARAI_OK;
    if (fstat(fileno(file), &info) == 0 && S_ISDIR(info.st_mode)) {
        status = sr_error(error, SARAI_EINPUT, path, "is a folder, not a file");
        goto out;
    }
    char block[16384];
    size_t got;
    while ((got = fread(block, 1, sizeof block, file)) > 0) {
        if (text.len + got > max_bytes) {
            status = sr_error(error, SARAI_EINPUT, path, "is larger than %zu bytes", max_bytes);
            goto out;
        }
        sr_str_add(&text, block, got);
    }
    if (ferror(file)) {
        status = sr_error_errno(error, SARAI_EIO, path, "can't read it");
        goto out;
    }
    const size_t total = text.len;
    char *data = sr_str_take(&text);
    if (!data) {
        status = sr_error(error, SARAI_ENOMEM, path, "out of memory");
        goto out;
    }
    *out = data;
    if (len)
        *len = total;
out:
    sr_str_deinit(&text);
    fclose(file);
    return status;
}

/* Levenshtein's table, row by row: from the distances of each beginning of `a` to what stands before `letter`, to those
 * to what ends with it. `empty`: that of no `a` at all. */
static void next_row(size_t *row, const char *a, size_t len, char letter, size_t empty) {
    size_t diagonal = row[0];
    row[0] = empty;
    for (size_t i = 1; i <= len; i++) {
        const size_t above = row[i], least = above < row[i - 1] ? above : row[i - 1];
        const size_t changed = diagonal + (a[i - 1] != letter);
        row[i] = changed < least + 1 ? changed : least + 1;
        diagonal = above;
    }
}

unsigned sr_edit_distance(const char *a, const char *b) {
    enum { MAX = 64 };
    const size_t la = strnlen(a, MAX), lb = strnlen(b, MAX);
    size_t row[MAX + 1];
    for (size_t i = 0; i <= la; i++)
        row[i] = i;
    for (size_t j = 0; j < lb; j++)
        next_row(row, a, la, b[j], j + 1);
    return (unsigned)row[la];
}

size_t sr_edits_within(const char *part, const char *whole) {
    const size_t len = strlen(part);
    size_t *row = malloc((len + 1) * sizeof *row), best = len;
    if (!row)
        return SIZE_MAX;
    for (size_t i = 0; i <= len; i++)
        row[i] = i;
    for (const char *p = whole; *p; p++) {
        next_row(row, part, len, *p, 0); /* it may begin anywhere */
        best = row[len] < best ? row[len] : best;
    }
    free(row);
    return best;
}
