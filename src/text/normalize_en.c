/* SPDX-License-Identifier: Apache-2.0 */
#include "text/normalize_en.h"

#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

static void say_row(const struct sr_reading *r, struct sr_str *out, enum sr_lex kind, int number, int form) {
    char written[12];
    snprintf(written, sizeof written, "%d", number);
    sr_say_form(r, out, kind, written, form);
}

/* "twenty-one": the parts of a number below a hundred are one word. */
static void say_tens(const struct sr_reading *r, struct sr_str *out, int value, bool ordinal) {
    const enum sr_lex kind = ordinal ? SR_LEX_ORDINAL : SR_LEX_NUMBER;
    if (value < 20 || value % 10 == 0) {
        say_row(r, out, kind, value, 0);
        return;
    }
    struct sr_str ones = {0};
    say_row(r, out, SR_LEX_NUMBER, value / 10 * 10, 0);
    say_row(r, &ones, kind, value % 10, 0);
    sr_str_addc(out, '-');
    sr_str_add(out, ones.data, ones.len);
    out->failed = out->failed || ones.failed;
    sr_str_deinit(&ones);
}

static void say_hundreds(const struct sr_reading *r, struct sr_str *out, int value, bool ordinal) {
    if (value >= 100) {
        say_row(r, out, SR_LEX_NUMBER, value / 100, 0);
        say_row(r, out, ordinal && value % 100 == 0 ? SR_LEX_ORDINAL : SR_LEX_NUMBER, 100, 0);
    }
    if (value % 100)
        say_tens(r, out, value % 100, ordinal);
}

static void say_digits(const struct sr_reading *r, struct sr_str *out, const char *digits, size_t count) {
    for (size_t i = 0; i < count; i++)
        say_row(r, out, SR_LEX_NUMBER, digits[i] - '0', 0);
}

static void say_cardinal(const struct sr_reading *r, struct sr_str *out, const char *digits, size_t count,
                         bool ordinal) {
    size_t last = count;
    while (last && digits[last - 1] == '0')
        last--;
    if (!last || count > 21) {
        if (!last && count < 22)
            say_row(r, out, ordinal ? SR_LEX_ORDINAL : SR_LEX_NUMBER, 0, 0);
        else
            say_digits(r, out, digits, count);
        return;
    }
    for (size_t at = 0, len; at < count; at += len) {
        const size_t power = (count - at - 1) / 3;
        len = count - at - power * 3;
        const int value = sr_number_small(digits + at, len);
        const bool ends = ordinal && at + len >= last;
        if (!value)
            continue;
        say_hundreds(r, out, value, ends && !power);
        if (power)
            say_row(r, out, SR_LEX_SCALE, (int)power, ends);
    }
}

static void say_number(const struct sr_reading *r, struct sr_str *out, const struct sr_number *number) {
    say_cardinal(r, out, number->digits, number->count, false);
    if (number->fraction_count) {
        sr_say_term(r, out, "point");
        say_digits(r, out, number->fraction, number->fraction_count);
    }
}

/* 1998: nineteen ninety-eight; 1900: nineteen hundred; 1905: nineteen oh five; 2005: two thousand five. */
static void say_year(const struct sr_reading *r, struct sr_str *out, int year) {
    char digits[12];
    if (year < 1100 || year > 2099 || (year >= 2000 && year < 2010)) {
        const int len = snprintf(digits, sizeof digits, "%d", year);
        say_cardinal(r, out, digits, (size_t)len, false);
        return;
    }
    say_tens(r, out, year / 100, false);
    if (year % 100 == 0)
        sr_say_term(r, out, "hundred");
    else if (year % 100 < 10)
        sr_say_term(r, out, "oh");
    if (year % 100)
        say_tens(r, out, year % 100, false);
}

static size_t read_sign(const struct sr_reading *r, const char *at, struct sr_str *out) {
    const uint32_t cp = sr_read_char(r, at), before = sr_read_before(r, at);
    const size_t len = cp == 0x2212 ? 3 : 1;
    if ((cp != '-' && cp != 0x2212) || !(before == 0 || before == '(' || sr_utf8_is_space(before)) ||
        !sr_read_digits(r, at + len))
        return 0;
    sr_say_term(r, out, "minus");
    return len;
}

static const char *read_cardinal(const struct sr_reading *r, const char *at, struct sr_str *out) {
    const char *start = at + read_sign(r, at, out);
    struct sr_number number;
    const size_t digits = sr_read_digits(r, start);
    if (!digits)
        return NULL;
    if (!sr_number_read(r, start, &number) || (*start == '0' && digits > 1)) {
        say_digits(r, out, start, digits);
        return start + digits;
    }
    const int value = sr_number_small(number.digits, number.count);
    if (digits == 4 && !number.grouped && !number.fraction_count && value >= 1100 && value < 2100 && start == at)
        say_year(r, out, value);
    else
        say_number(r, out, &number);
    return number.end;
}

static const char *read_ordinal(const struct sr_reading *r, const char *at, struct sr_str *out) {
    struct sr_number number;
    const char *found;
    if (!sr_read_digits(r, at) || !sr_read_starts(r, at) || !sr_number_read(r, at, &number) || number.fraction_count)
        return NULL;
    const size_t len = sr_lexicon_match(r->words, SR_LEX_SUFFIX, number.end, r->end, &found);
    if (!len || !sr_read_ends(r, number.end + len))
        return NULL;
    say_cardinal(r, out, number.digits, number.count, true);
    return number.end + len;
}

/* -------------------------------------------------------------------------------------------------------- dates -- */

static size_t read_small(const struct sr_reading *r, const char *at, int least, int most, int *value) {
    const size_t len = sr_read_digits(r, at);
    *value = len >= 1 && len <= 2 ? sr_number_small(at, len) : -1;
    return *value >= least && *value <= most ? len : 0;
}

static void say_date(const struct sr_reading *r, struct sr_str *out, const char *month, int day, int year) {
    sr_say_text(out, month);
    say_tens(r, out, day, true);
    if (year)
        say_year(r, out, year);
}

/* ", 1998" behind a day or a month: where it ends, or `at`. */
static const char *read_year(const struct sr_reading *r, const char *at, int *year) {
    const char *p = sr_read_spaces(r, at + sr_read_is(r, at, ','));
    *year = 0;
    if (p == at || sr_read_digits(r, p) != 4 || !sr_read_ends(r, p + 4) || *p == '0')
        return at;
    *year = sr_number_small(p, 4);
    return p + 4;
}

static size_t skip_suffix(const struct sr_reading *r, const char *at) {
    const char *found;
    return sr_lexicon_match(r->words, SR_LEX_SUFFIX, at, r->end, &found);
}

/* "May 3, 1998", "3 May 1998". */
static const char *read_named(const struct sr_reading *r, const char *at, struct sr_str *out) {
    const char *month, *p;
    int day, year;
    size_t len = read_small(r, at, 1, 31, &day), name;
    if (len) {
        p = at + len + skip_suffix(r, at + len);
        const char *word = sr_read_spaces(r, p);
        if (word == p || sr_read_digits(r, word) || !sr_utf8_is_upper(sr_read_char(r, word)) ||
            !(name = sr_lexicon_match(r->words, SR_LEX_MONTH, word, r->end, &month)))
            return NULL;
        p = word + name;
    } else {
        if (!sr_utf8_is_upper(sr_read_char(r, at)) ||
            !(name = sr_lexicon_match(r->words, SR_LEX_MONTH, at, r->end, &month)))
            return NULL;
        p = sr_read_spaces(r, at + name);
        if (p == at + name || !(len = read_small(r, p, 1, 31, &day)))
            return NULL;
        p += len + skip_suffix(r, p + len);
        if (!sr_read_ends(r, p))
            return NULL;
    }
    p = read_year(r, p, &year);
    say_date(r, out, month, day, year);
    return p;
}

/* "11/21/2026", "2026-11-21". */
static const char *read_numeric(const struct sr_reading *r, const char *at, struct sr_str *out) {
    int month, day;
    const char *year = NULL, *end = NULL;
    const size_t first = sr_read_digits(r, at);
    if (first == 4 && sr_read_is(r, at + 4, '-') && read_small(r, at + 5, 1, 12, &month) == 2 &&
        sr_read_is(r, at + 7, '-') && read_small(r, at + 8, 1, 31, &day) == 2) {
        year = at;
        end = at + 10;
    } else if (read_small(r, at, 1, 12, &month) && sr_read_is(r, at + first, '/')) {
        const size_t second = read_small(r, at + first + 1, 1, 31, &day);
        year = at + first + 1 + second + 1;
        end = second && sr_read_is(r, year - 1, '/') && sr_read_digits(r, year) == 4 ? year + 4 : NULL;
    }
    if (!end || *year == '0' || !sr_read_ends(r, end))
        return NULL;
    char number[4];
    snprintf(number, sizeof number, "%d", month);
    const char *name = sr_lexicon_find(r->words, SR_LEX_MONTH, number, strlen(number));
    say_date(r, out, name ? name : "", day, sr_number_small(year, 4));
    return end;
}

static const char *read_date(const struct sr_reading *r, const char *at, struct sr_str *out) {
    if (!sr_read_starts(r, at))
        return NULL;
    const char *end = read_named(r, at, out);
    return end ? end : read_numeric(r, at, out);
}

/* -------------------------------------------------------------------------------------------------------- times -- */

/* "10:30", "7:05 p.m.", "6 pm". */
static const char *read_time(const struct sr_reading *r, const char *at, struct sr_str *out) {
    int hour, minute = -1;
    const char *half;
    const size_t len = sr_read_starts(r, at) ? read_small(r, at, 0, 24, &hour) : 0;
    if (!len)
        return NULL;
    const char *end = at + len;
    if (sr_read_is(r, end, ':') && read_small(r, end + 1, 0, 59, &minute) == 2)
        end += 3;
    else
        minute = -1;
    const char *p = sr_read_spaces(r, end);
    const size_t more = sr_lexicon_match(r->words, SR_LEX_MERIDIEM, p, r->end, &half);
    if ((minute < 0 && (!more || hour < 1 || hour > 12)) || (!more && !sr_read_ends(r, end)) || sr_read_is(r, end, ':'))
        return NULL;
    say_row(r, out, SR_LEX_NUMBER, hour < 21 ? hour : 20, 0);
    if (hour > 20) {
        sr_say_again(out);
        say_tens(r, out, hour, false);
    }
    if (minute > 0 && minute < 10)
        sr_say_term(r, out, "oh");
    if (minute > 0)
        say_tens(r, out, minute, false);
    else if (minute == 0 && !more)
        sr_say_term(r, out, hour > 0 && hour <= 12 ? "oclock" : "hundred");
    if (!more)
        return end;
    sr_say_text(out, half);
    return p + more;
}

/* ----------------------------------------------------------------------------------------------------- measures -- */

enum { ONE, SEVERAL, MINOR_ONE, MINOR_SEVERAL };

static void say_variant(struct sr_str *out, const char *row, int index) {
    const char *form;
    const size_t len = sr_lexicon_variant(row, index, &form);
    sr_say(out, form, len);
}

static bool has_minor(const char *row) {
    int bars = 0;
    for (; *row; row++)
        bars += *row == '|';
    return bars >= MINOR_SEVERAL;
}

static bool is_one(const struct sr_number *number) {
    return number->count == 1 && *number->digits == '1' && !number->fraction_count;
}

static void say_amount(const struct sr_reading *r, struct sr_str *out, struct sr_number *number, const char *row) {
    const int minor = number->fraction_count == 2 && has_minor(row) ? sr_number_small(number->fraction, 2) : -1;
    if (minor >= 0)
        number->fraction_count = 0;
    const bool nothing = minor > 0 && number->count == 1 && *number->digits == '0';
    if (!nothing) {
        say_number(r, out, number);
        say_variant(out, row, is_one(number) ? ONE : SEVERAL);
    }
    if (minor <= 0)
        return;
    if (!nothing)
        sr_say_term(r, out, "and");
    say_tens(r, out, minor, false);
    say_variant(out, row, minor == 1 ? MINOR_ONE : MINOR_SEVERAL);
}

/* "$5.50", "$3 million", "20 €". */
static const char *read_money(const struct sr_reading *r, const char *at, struct sr_str *out) {
    struct sr_number number;
    const char *row, *quantity = NULL, *start = at + read_sign(r, at, out);
    if (!sr_read_starts(r, start))
        return NULL;
    const size_t len = sr_read_digits(r, start) ? 0 : sr_lexicon_match(r->words, SR_LEX_MONEY, start, r->end, &row);
    const char *p = len ? sr_read_spaces(r, start + len) : start;
    if (!sr_read_digits(r, p) || !sr_number_read(r, p, &number))
        return NULL;
    p = number.end;
    const char *behind = sr_read_spaces(r, p);
    const size_t more = sr_lexicon_match(r->words, SR_LEX_QUANTITY, behind, r->end, &quantity);
    p = more ? behind + more : p;
    if (!len) {
        behind = sr_read_spaces(r, p);
        const size_t currency = sr_lexicon_match(r->words, SR_LEX_MONEY, behind, r->end, &row);
        if (!currency || sr_read_digits(r, behind + currency))
            return NULL;
        p = behind + currency;
    }
    if (!sr_read_ends(r, p))
        return NULL;
    if (more) {
        say_number(r, out, &number);
        sr_say_text(out, quantity);
        say_variant(out, row, SEVERAL);
    } else {
        say_amount(r, out, &number, row);
    }
    return p;
}

static const char *read_measure(const struct sr_reading *r, const char *at, struct sr_str *out) {
    struct sr_number number;
    const char *row, *start = at + read_sign(r, at, out);
    if (!sr_read_starts(r, start) || !sr_read_digits(r, start) || !sr_number_read(r, start, &number))
        return NULL;
    const char *unit = sr_read_spaces(r, number.end);
    const size_t len = sr_lexicon_match(r->words, SR_LEX_UNIT, unit, r->end, &row);
    if (!len || !sr_read_ends(r, unit + len))
        return NULL;
    say_number(r, out, &number);
    say_variant(out, row, is_one(&number) ? ONE : SEVERAL);
    return unit + len;
}

/* -------------------------------------------------------------------------------------------------------- words -- */

static const char *read_words(const struct sr_reading *r, const char *at, struct sr_str *out) {
    const char *spoken;
    if (!sr_read_starts(r, at) || !sr_utf8_is_letter(sr_read_char(r, at)))
        return NULL;
    size_t len = sr_lexicon_match(r->words, SR_LEX_ABBR_NUMBER, at, r->end, &spoken);
    if (!len || !sr_read_digits(r, sr_read_spaces(r, at + len)))
        len = sr_lexicon_match(r->words, SR_LEX_ABBR, at, r->end, &spoken);
    if (!len)
        return NULL;
    sr_say_text(out, spoken);
    return at + len;
}

static const char *read_plain_sign(const struct sr_reading *r, const char *at, struct sr_str *out) {
    const char *spoken;
    const size_t len =
        sr_utf8_is_letter(sr_read_char(r, at)) ? 0 : sr_lexicon_match(r->words, SR_LEX_SIGN, at, r->end, &spoken);
    if (!len)
        return NULL;
    sr_say_text(out, spoken);
    return at + len;
}

sr_reader *const sr_en_readers[] = {read_words,   read_time,     read_money,      read_measure, read_date,
                                    read_ordinal, read_cardinal, read_plain_sign, NULL};
