/* SPDX-License-Identifier: Apache-2.0 */
#include "text/words.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#define MAX_BYTES (1u << 20)

struct sr_words {
    char *small; /* folded, a space around each */
};

int sr_words_load(const char *path, struct sr_words **out, struct sarai_error *error) {
    char *text = NULL;
    int status = sr_read_file(path, MAX_BYTES, &text, NULL, error);
    if (status < 0)
        return status;
    struct sr_str small = {0};
    sr_str_addc(&small, ' ');
    for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        if (*line == '#')
            continue;
        sr_utf8_fold(line, strcspn(line, "\n"), &small);
        sr_str_addc(&small, ' ');
    }
    free(text);
    struct sr_words *words = calloc(1, sizeof *words);
    char *list = sr_str_take(&small);
    if (!words || !list) {
        free(words);
        free(list);
        return sr_error(error, SARAI_ENOMEM, path, "out of memory");
    }
    words->small = list;
    *out = words;
    return SARAI_OK;
}

void sr_words_free(struct sr_words *words) {
    if (!words)
        return;
    free(words->small);
    free(words);
}

static bool is_small(const struct sr_words *words, const char *word, size_t len) {
    if (len < 2)
        return true;
    char padded[40];
    if (len + 3 > sizeof padded)
        return false;
    padded[0] = ' ';
    memcpy(padded + 1, word, len);
    padded[len + 1] = ' ';
    padded[len + 2] = '\0';
    return strstr(words->small, padded) != NULL;
}

/* Without the endings of number and gender, as long as a stem is left. */
static size_t stem(const char *word, size_t len) {
    if (len > 4 && word[len - 1] == 's')
        len--;
    if (len > 4 && strchr("aeo", word[len - 1]))
        len--;
    return len;
}

size_t sr_words_next(const struct sr_words *words, const char **p, const char **word) {
    for (;;) {
        while (**p == ' ')
            ++*p;
        const size_t len = strcspn(*p, " ");
        if (!len)
            return 0;
        *word = *p;
        *p += len;
        if (!is_small(words, *word, len))
            return stem(*word, len);
    }
}

/* Does a word of the folded `text` begin with the stem? */
static bool holds(const char *text, const char *word, size_t len) {
    for (const char *p = text; (p = strstr(p, " ")); p++)
        if (strncmp(p + 1, word, len) == 0)
            return true;
    return false;
}

double sr_words_cover(const struct sr_words *words, const char *wanted, const char *text) {
    struct sr_str folded = {0}, haystack = {0};
    unsigned total = 0, found = 0;
    sr_utf8_fold(wanted, strlen(wanted), &folded);
    sr_str_addc(&haystack, ' ');
    sr_utf8_fold(text, strlen(text), &haystack);
    if (!folded.failed && !haystack.failed) {
        const char *p = folded.data, *word;
        size_t len;
        while ((len = sr_words_next(words, &p, &word))) {
            total++;
            found += holds(haystack.data, word, len);
        }
    }
    sr_str_deinit(&folded);
    sr_str_deinit(&haystack);
    return total ? (double)found / total : 0;
}
