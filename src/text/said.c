/* SPDX-License-Identifier: Apache-2.0 */
#include "text/said.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "base/utf8.h"

/* The words of `text` in lower case, without what is between them. */
static char *bare_words(const char *text, size_t len) {
    struct sr_str out = {0};
    bool space = false;
    for (const char *p = text, *end = text + len; p < end;) {
        const uint32_t cp = sr_utf8_next(&p, end);
        const bool letter = sr_utf8_is_letter(cp) || sr_utf8_is_digit(cp);
        if (letter && space && out.len)
            sr_str_addc(&out, ' ');
        space = !letter;
        if (letter)
            sr_utf8_add(&out, sr_utf8_lower(cp));
    }
    sr_str_add(&out, "", 0);
    return sr_str_take(&out);
}

static char *fold(const char *text) {
    struct sr_str folded = {0};
    sr_utf8_fold(text, strlen(text), &folded);
    sr_str_add(&folded, "", 0);
    return sr_str_take(&folded);
}

/* Cuts a text in place at its words; 0 when there are too many. */
static size_t cut(char *text, const char **words) {
    size_t count = 0;
    for (char *p = text; *p;) {
        if (count == SR_SAID_WORDS)
            return 0;
        words[count++] = p;
        p += strcspn(p, " ");
        if (*p)
            *p++ = '\0';
    }
    return count;
}

int sr_said_init(struct sr_said *said, const struct sr_normalizer *normalizer, const char *text) {
    struct sr_str spoken = {0};
    *said = (struct sr_said){.text = text};
    if (normalizer)
        sr_normalize(normalizer, text, strlen(text), &spoken);
    else
        sr_str_adds(&spoken, text);
    said->spelled_text = spoken.failed ? NULL : bare_words(spoken.data ? spoken.data : "", spoken.len);
    said->folded_text = said->spelled_text ? fold(said->spelled_text) : NULL;
    sr_str_deinit(&spoken);
    if (!said->folded_text) {
        sr_said_deinit(said);
        return SARAI_ENOMEM;
    }
    said->count = cut(said->folded_text, said->words);
    if (cut(said->spelled_text, said->spelled) != said->count)
        said->count = 0;
    return SARAI_OK;
}

void sr_said_deinit(struct sr_said *said) {
    free(said->folded_text);
    free(said->spelled_text);
    *said = (struct sr_said){.count = 0};
}

bool sr_said_join(const char *const *words, size_t at, size_t count, char *out, size_t size) {
    size_t used = 0;
    if (size)
        *out = '\0';
    for (size_t i = at; i < at + count; i++) {
        const int more = snprintf(out + used, size - used, "%s%s", i > at ? " " : "", words[i]);
        if (more < 0 || used + (size_t)more >= size)
            return false;
        used += (size_t)more;
    }
    return true;
}

bool sr_said_is(const char *const *words, size_t count, const char *phrase, size_t len) {
    const char *p = phrase, *end = phrase + len;
    for (size_t i = 0; i < count; i++) {
        const size_t size = strlen(words[i]);
        if (i > 0 && (p == end || *p++ != ' '))
            return false;
        if ((size_t)(end - p) < size || memcmp(p, words[i], size) != 0)
            return false;
        p += size;
    }
    return p == end;
}

void sr_said_strip(struct sr_said *said, const char *phrases) {
    const char *p = phrases, *phrase;
    size_t len;
    while ((len = sr_table_variant(&p, &phrase))) {
        size_t words = 1;
        for (size_t i = 0; i < len; i++)
            words += phrase[i] == ' ';
        if (words >= said->count)
            continue;
        const bool first = sr_said_is(said->words, words, phrase, len);
        if (!first && !sr_said_is(said->words + said->count - words, words, phrase, len))
            continue;
        said->count -= words;
        if (first) {
            memmove(said->words, said->words + words, said->count * sizeof said->words[0]);
            memmove(said->spelled, said->spelled + words, said->count * sizeof said->spelled[0]);
        }
        p = phrases; /* something may have come to an end */
    }
}
