/* SPDX-License-Identifier: Apache-2.0 */
#include "text/reading.h"

#include "base/utf8.h"

#include <string.h>

static bool is_digit(const struct sr_reading *r, const char *at) {
    return at < r->end && *at >= '0' && *at <= '9';
}

uint32_t sr_read_before(const struct sr_reading *r, const char *at) {
    const char *p = at;
    while (p > r->text && at - p < 4 && ((unsigned char)*--p & 0xC0) == 0x80)
        ;
    return p < at ? sr_utf8_next(&p, at) : 0;
}

uint32_t sr_read_char(const struct sr_reading *r, const char *at) {
    return at < r->end ? sr_utf8_next(&at, r->end) : 0;
}

size_t sr_read_digits(const struct sr_reading *r, const char *at) {
    const char *p = at;
    while (is_digit(r, p))
        p++;
    return (size_t)(p - at);
}

const char *sr_read_spaces(const struct sr_reading *r, const char *at) {
    for (const char *p = at, *limit = at + 8; p < r->end && p < limit; at = p)
        if (*p == '\n' || !sr_utf8_is_space(sr_utf8_next(&p, r->end)))
            break;
    return at;
}

static bool is_word(uint32_t cp) {
    return cp && (sr_utf8_is_letter(cp) || sr_utf8_is_digit(cp));
}

bool sr_read_ends(const struct sr_reading *r, const char *at) {
    return !is_word(sr_read_char(r, at));
}

bool sr_read_starts(const struct sr_reading *r, const char *at) {
    return !is_word(sr_read_before(r, at));
}

size_t sr_read_word(const struct sr_reading *r, const char *at) {
    const char *p = at;
    for (const char *next = p; next < r->end && next - at < SR_READ_BYTES; p = next)
        if (!is_word(sr_utf8_next(&next, r->end)))
            break;
    return (size_t)(p - at);
}

size_t sr_read_word_before(const struct sr_reading *r, const char *at, const char **word) {
    while (at > r->text && (at[-1] == ' ' || at[-1] == '\t'))
        at--;
    const char *p = at;
    while (p > r->text && at - p < 64 && is_word(sr_read_before(r, p)))
        do
            p--;
        while (p > r->text && ((unsigned char)*p & 0xC0) == 0x80);
    *word = p;
    return (size_t)(at - p);
}

/* ----------------------------------------------------------------------------------------------------- numbers -- */

/* The separator of thousands at `at`: its length, when three digits and no more follow. */
static size_t separator(const struct sr_reading *r, const char *at) {
    static const char *const signs[] = {".", " ", "\xC2\xA0", "\xE2\x80\xAF", "\xE2\x80\x89", ",", "'"};
    for (size_t i = r->english ? 5 : 0; i < sizeof signs / sizeof *signs; i++) {
        const size_t len = strlen(signs[i]);
        if ((size_t)(r->end - at) > len && memcmp(at, signs[i], len) == 0)
            return sr_read_digits(r, at + len) == 3 ? len : 0;
    }
    return 0;
}

/* Digits in groups of three: where they end, or NULL. A comma separates thousands only where it does so twice or before
 * a decimal point, as in English. */
static const char *grouped(const struct sr_reading *r, const char *at, size_t first) {
    const char *p = at + first;
    const size_t len = separator(r, p);
    if (first > 3 || !len || *at == '0')
        return NULL;
    int groups = 0;
    while (separator(r, p) == len && memcmp(p, at + first, len) == 0 && p - at < 64) {
        p += len + 3;
        groups++;
    }
    const bool point = sr_read_is(r, p, '.') && sr_read_digits(r, p + 1);
    return at[first] == ',' && groups < 2 && !point && !r->english ? NULL : p;
}

static bool add_digits(char *digits, size_t *count, const char *at, const char *end) {
    for (; at < end; at++)
        if (*at >= '0' && *at <= '9') {
            if (*count == SR_NUMBER_DIGITS)
                return false;
            digits[(*count)++] = *at;
        }
    digits[*count] = '\0';
    return true;
}

bool sr_number_read(const struct sr_reading *r, const char *at, struct sr_number *number) {
    const size_t first = sr_read_digits(r, at);
    *number = (struct sr_number){.count = 0};
    if (!first || first > SR_NUMBER_DIGITS)
        return false;
    const char *end = grouped(r, at, first);
    number->grouped = end != NULL;
    if (!end)
        end = at + first;
    if (!add_digits(number->digits, &number->count, at, end))
        return false;
    const bool comma = sr_read_is(r, end, ',') && !r->english, by_comma = number->grouped && at[first] == ',';
    if ((comma && !by_comma) || (sr_read_is(r, end, '.') && (!number->grouped || by_comma))) {
        const size_t more = sr_read_digits(r, end + 1);
        if (more > SR_NUMBER_DIGITS || !add_digits(number->fraction, &number->fraction_count, end + 1, end + 1 + more))
            return false;
        number->point = !comma && more;
        end += more ? more + 1 : 0;
        /* "1,333 333" */
        while (comma && more && number->fraction_count % 3 == 0 && sr_read_is(r, end, ' ') &&
               sr_read_digits(r, end + 1) == 3 && add_digits(number->fraction, &number->fraction_count, end, end + 4))
            end += 4;
    }
    number->end = end;
    return true;
}

int sr_number_small(const char *digits, size_t count) {
    int value = 0;
    if (count > 8)
        return -1;
    for (size_t i = 0; i < count; i++)
        value = 10 * value + (digits[i] - '0');
    return value;
}

/* ----------------------------------------------------------------------------------------------------- speaking -- */

void sr_say_again(struct sr_str *out) {
    const bool failed = out->failed;
    sr_str_clear(out);
    out->failed = failed;
}

void sr_say(struct sr_str *out, const char *word, size_t len) {
    if (out->len && len && out->data[out->len - 1] != ' ')
        sr_str_addc(out, ' ');
    sr_str_add(out, word, len);
}

void sr_say_text(struct sr_str *out, const char *text) {
    sr_say(out, text, strlen(text));
}

void sr_say_form(const struct sr_reading *r, struct sr_str *out, enum sr_lex kind, const char *written, int index) {
    const char *spoken = sr_lexicon_find(r->words, kind, written, strlen(written)), *form;
    if (spoken) {
        const size_t len = sr_lexicon_variant(spoken, index, &form);
        sr_say(out, form, len);
    }
}

void sr_say_term(const struct sr_reading *r, struct sr_str *out, const char *id) {
    sr_say_form(r, out, SR_LEX_TERM, id, 0);
}

void sr_say_letters(struct sr_str *out, const char *at, const char *end) {
    while (at < end) {
        char letter[4];
        const size_t len = sr_utf8_put(sr_utf8_lower(sr_utf8_next(&at, end)), letter);
        sr_say(out, letter, len);
    }
}
