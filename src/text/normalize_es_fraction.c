/* SPDX-License-Identifier: Apache-2.0 */
/* Fractions, and numbers with a dash or colon between them: ranges, results, versions. */
#include "base/utf8.h"
#include "text/normalize_es.h"

#include <stdio.h>
#include <string.h>

/* The cardinal and "avo" in one word: "y" becomes i, a vowel is not written twice. */
static void say_avo(const struct sr_reading *r, struct sr_str *out, const char *digits, size_t count) {
    struct sr_str words = {0}, folded = {0};
    const char *stem = sr_lexicon_find(r->words, SR_LEX_TERM, "avo", 3);
    sr_es_cardinal(r, &words, digits, count, SR_ES_MASCULINE);
    sr_utf8_fold(words.data, words.len, &folded);
    sr_str_adds(&folded, stem ? stem : "");
    sr_str_addc(out, ' ');
    for (size_t i = 0; i < folded.len; i++) {
        const char c = folded.data[i];
        if (c == ' ' || (i && c == folded.data[i - 1] && (c == 'a' || c == 'o')))
            continue;
        sr_str_addc(out, c == 'y' ? 'i' : c);
    }
    out->failed = out->failed || words.failed || folded.failed;
    sr_str_deinit(&words);
    sr_str_deinit(&folded);
}

/* Denominators that are ordinals: up to ten, whole hundreds, and whole thousands and millions. */
static bool is_ordinal(const char *digits, size_t count) {
    size_t zeros = 0;
    while (zeros < count && digits[count - 1 - zeros] == '0')
        zeros++;
    const int value = sr_number_small(digits, count);
    return (value >= 2 && value <= 10) || (count == 3 && zeros == 2) || (zeros >= 3 && count <= 6) || zeros >= 6;
}

static void say_parts(const struct sr_reading *r, struct sr_str *out, const struct sr_number *over,
                      const struct sr_number *under, enum sr_es_form form, bool *half) {
    const int parts = sr_number_small(over->digits, over->count), value = sr_number_small(under->digits, under->count);
    *half = value == 2;
    if (value == 2) {
        if (parts != 1)
            sr_es_cardinal(r, out, over->digits, over->count, form);
        sr_say_form(r, out, SR_LEX_PART, "2", form == SR_ES_FEMININE);
    } else if (value == 3) {
        sr_es_cardinal(r, out, over->digits, over->count, SR_ES_MASCULINE);
        sr_say_form(r, out, SR_LEX_PART, "3", 0);
    } else if (is_ordinal(under->digits, under->count)) {
        sr_es_cardinal(r, out, over->digits, over->count, SR_ES_MASCULINE);
        sr_es_ordinal(r, out, under->digits, under->count, SR_ES_ENDS_O);
    } else if (under->count <= 2 && value > 10) {
        sr_es_cardinal(r, out, over->digits, over->count, SR_ES_MASCULINE);
        say_avo(r, out, under->digits, under->count);
    } else {
        sr_es_cardinal(r, out, over->digits, over->count, SR_ES_ALONE);
        sr_say_term(r, out, "over");
        sr_es_cardinal(r, out, under->digits, under->count, SR_ES_ALONE);
        return;
    }
    if (parts != 1)
        sr_str_addc(out, 's');
}

/* A whole number of a fraction. */
static bool read_whole(const struct sr_reading *r, const char *at, struct sr_number *number) {
    return sr_read_digits(r, at) && sr_number_read(r, at, number) && !number->fraction_count;
}

/* "1/3", "1 / 3" or "⅓". */
static const char *read_parts(const struct sr_reading *r, const char *at, struct sr_number *over,
                              struct sr_number *under) {
    const char *spoken;
    const size_t len = sr_lexicon_match(r->words, SR_LEX_VULGAR, at, r->end, &spoken);
    if (len) {
        const struct sr_reading inner = {.words = r->words, .text = spoken, .end = spoken + strlen(spoken)};
        return read_parts(&inner, spoken, over, under) ? at + len : NULL;
    }
    if (!read_whole(r, at, over))
        return NULL;
    const char *slash = over->end;
    if (slash + 3 < r->end && memcmp(slash, " / ", 3) == 0)
        slash++;
    if (!sr_read_is(r, slash, '/') && sr_read_char(r, slash) != 0x2044)
        return NULL;
    const char *denominator = slash + (*slash == '/' ? 1 : 3);
    denominator += sr_read_is(r, denominator, ' ') && slash > over->end;
    if (!read_whole(r, denominator, under) || *under->digits == '0' || sr_read_is(r, under->end, '/') ||
        !sr_read_ends(r, under->end))
        return NULL;
    /* "10 / 2 = 5" is arithmetic. */
    return slash > over->end && sr_es_is_arithmetic(r, at) ? NULL : under->end;
}

const char *sr_es_fraction(const struct sr_reading *r, const char *at, enum sr_es_form form, struct sr_str *out,
                           bool *half) {
    struct sr_number whole, over, under;
    const char *end = read_parts(r, at, &over, &under);
    if (!end && read_whole(r, at, &whole)) {
        const char *behind = sr_read_spaces(r, whole.end);
        end = read_parts(r, behind, &over, &under);
        if (!end || (behind == whole.end && *behind < 0x7F && *behind > 0))
            return NULL;
        sr_es_cardinal(r, out, whole.digits, whole.count, form == SR_ES_MASCULINE ? SR_ES_ALONE : form);
        sr_say_term(r, out, "and");
    }
    if (end)
        say_parts(r, out, &over, &under, form, half);
    return end;
}

const char *sr_es_read_fraction(const struct sr_reading *r, const char *at, struct sr_str *out) {
    bool half;
    if (!sr_read_starts(r, at) || sr_es_is_label(r, at)) /* "la Ley 3/2018" */
        return NULL;
    const char *start = at + sr_es_sign(r, at, out), *end = sr_es_fraction(r, start, SR_ES_MASCULINE, out, &half);
    if (!end || !half || sr_es_agreement(r, start, end) != SR_ES_FEMININE)
        return end;
    sr_say_again(out);
    sr_es_sign(r, at, out);
    return sr_es_fraction(r, start, SR_ES_FEMININE, out, &half);
}

/* ------------------------------------------------------------------------------------------------------- ranges -- */

/* "1.2.3": each part by itself. */
static const char *read_version(const struct sr_reading *r, const char *at, struct sr_str *out) {
    struct sr_number number;
    int parts = 0;
    const char *p = at;
    if (sr_number_read(r, at, &number) && number.grouped)
        return NULL;
    for (;; p++) {
        const size_t len = sr_read_digits(r, p);
        if (!len || len > 4 || p - at > 64)
            return NULL;
        if (parts++)
            sr_say_term(r, out, "point");
        sr_es_cardinal(r, out, p, len, SR_ES_ALONE);
        p += len;
        if (!sr_read_is(r, p, '.') || !sr_read_digits(r, p + 1))
            break;
    }
    return parts > 2 && sr_read_ends(r, p) ? p : NULL;
}

/* "10-15", "2019–2020", "3-1", "16:9". A hyphen between spaces is a minus where the second number is the smaller one.
 */
const char *sr_es_read_range(const struct sr_reading *r, const char *at, struct sr_str *out) {
    struct sr_number first, second;
    if (!sr_read_digits(r, at) || !sr_read_starts(r, at))
        return NULL;
    const char *version = read_version(r, at, out);
    if (version)
        return version;
    sr_say_again(out);
    if (!sr_number_read(r, at, &first))
        return NULL;
    const char *sign = sr_read_spaces(r, first.end);
    const uint32_t cp = sr_read_char(r, sign);
    if (cp != '-' && cp != 0x2013 && cp != 0x2014 && cp != ':')
        return NULL;
    const bool spaced = sign > first.end;
    const char *behind = sign + (cp == '-' || cp == ':' ? 1 : 3), *next = sr_read_spaces(r, behind);
    if ((next > behind) != spaced || !sr_read_digits(r, next) || !sr_number_read(r, next, &second) ||
        (cp == ':' && spaced) || sr_read_is(r, second.end, '-') || !sr_read_ends(r, second.end))
        return NULL;
    const int a = sr_number_small(first.digits, first.count), b = sr_number_small(second.digits, second.count);
    const bool minus = spaced && (cp == '-') && (b <= a || sr_es_is_arithmetic(r, at));
    const bool name = sr_utf8_is_upper(sr_read_char(r, sr_read_spaces(r, second.end)));
    const enum sr_es_form form = name ? SR_ES_ALONE : sr_es_agreement(r, at, second.end);
    sr_es_number(r, out, &first, form == SR_ES_FEMININE ? form : SR_ES_ALONE);
    sr_say_term(r, out, minus ? "minus" : sr_es_cue(r, at, 'b') ? "and" : "to");
    sr_es_number(r, out, &second, form);
    return second.end;
}
