/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The text is read once, from left to right. Wherever something may begin that is not read as it is written, every
 * reader of the language is asked, and the one that understands the longest stretch is right; of several that
 * understand as much, the first of the list. So "10 km/h" is a measure and not a cardinal, and "1.2.2003" a date.
 */
#include "text/normalize.h"

#include "base/utf8.h"
#include "text/normalize_en.h"
#include "text/normalize_es.h"

#include <stdlib.h>
#include <string.h>

struct sr_normalizer {
    struct sr_lexicon *words; /* NULL: nothing is changed */
    sr_reader *const *readers;
};

int sr_normalizer_new(const char *folder, const char *language, struct sr_normalizer **out, struct sarai_error *error) {
    static const char *const names[] = {"normalize_numbers.tsv", "normalize_words.tsv", "normalize_money.tsv",
                                        "normalize_units.tsv", "normalize_nouns.tsv"};
    const bool spanish = strncmp(language, "es", 2) == 0, english = strncmp(language, "en", 2) == 0;
    int rc = SARAI_OK;
    struct sr_normalizer *normalizer = calloc(1, sizeof *normalizer);
    char *path = sr_asprintf("%s/%s", folder, spanish ? "es" : "en");
    if (!normalizer || !path)
        rc = sr_error(error, SARAI_ENOMEM, "normalizer", "out of memory");
    else if (spanish || english)
        rc = sr_lexicon_load(path, names, spanish ? 5 : 4, &normalizer->words, error);
    free(path);
    if (rc < 0) {
        sr_normalizer_free(normalizer);
        return rc;
    }
    normalizer->readers = spanish ? sr_es_readers : sr_en_readers;
    *out = normalizer;
    return SARAI_OK;
}

void sr_normalizer_free(struct sr_normalizer *normalizer) {
    if (!normalizer)
        return;
    sr_lexicon_free(normalizer->words);
    free(normalizer);
}

/* What the best reader says, left in `best`; where it ends, or NULL. */
static const char *read_at(const struct sr_normalizer *normalizer, const struct sr_reading *r, const char *at,
                           struct sr_str *best, struct sr_str *said) {
    const char *furthest = NULL;
    for (sr_reader *const *reader = normalizer->readers; *reader; reader++) {
        sr_say_again(said);
        const char *end = (*reader)(r, at, said);
        best->failed = best->failed || said->failed;
        if (end && (!furthest || end > furthest)) {
            const struct sr_str swap = *best;
            *best = *said;
            *said = swap;
            furthest = end;
        }
    }
    return furthest;
}

static bool is_word(uint32_t cp) {
    return cp && (sr_utf8_is_letter(cp) || sr_utf8_is_digit(cp));
}

/* Adds what was said, apart from words on both sides. */
static void add_said(struct sr_str *out, const struct sr_str *said, bool apart, bool word_behind) {
    if (apart && said->len)
        sr_str_addc(out, ' ');
    sr_str_add(out, said->data, said->len);
    if (word_behind && said->len)
        sr_str_addc(out, ' ');
}

int sr_normalize(const struct sr_normalizer *normalizer, const char *text, size_t len, struct sr_str *out) {
    struct sr_reading r = {.words = normalizer->words, .text = text, .end = text + len};
    struct sr_str best = {0}, said = {0};
    const char *next;
    r.english = normalizer->readers == sr_en_readers;
    while (r.text < r.end && sr_utf8_is_space((next = r.text, sr_utf8_next(&next, r.end))))
        r.text = next;
    while (r.end > r.text && strchr(" \t\r\n", r.end[-1]))
        r.end--;
    for (const char *at = r.text; at < r.end;) {
        const uint32_t before = sr_read_before(&r, at);
        const char *start = at;
        const uint32_t cp = sr_utf8_next(&at, r.end);
        if (sr_utf8_is_space(cp) || !normalizer->words ||
            (is_word(cp) && is_word(before) && start > r.text &&
             !(sr_utf8_is_digit(cp) && !sr_utf8_is_digit(before)))) {
            sr_str_add(out, start, (size_t)(at - start));
            continue;
        }
        const char *end = read_at(normalizer, &r, start, &best, &said);
        if (end) {
            const char last = out->len ? out->data[out->len - 1] : ' ';
            add_said(out, &best,
                     start > r.text && (is_word(before) || (last != ' ' && !strchr("([{\"'/-", last) &&
                                                            (unsigned char)last < 0x80 && !is_word(cp))),
                     is_word(sr_read_char(&r, end)));
            at = end;
        } else {
            sr_str_add(out, start, (size_t)(at - start));
        }
    }
    sr_str_add(out, "", 0);
    out->failed = out->failed || best.failed || said.failed;
    sr_str_deinit(&best);
    sr_str_deinit(&said);
    const bool failed = out->failed;
    out->failed = false;
    return failed ? SARAI_ENOMEM : SARAI_OK;
}
