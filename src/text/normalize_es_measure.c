/* SPDX-License-Identifier: Apache-2.0 */
/* Amounts of money and of units. */
#include "base/utf8.h"
#include "text/normalize_es.h"

#include <string.h>

/* A row of money or unit: its variants. */
enum { ONE, SEVERAL, GENDER, MINOR_ONE, MINOR_SEVERAL, MINOR_GENDER, UNSURE = 3 };

static size_t variants(const char *row) {
    size_t count = 1;
    for (; *row; row++)
        count += *row == '|';
    return count;
}

static enum sr_es_form form_of(const char *row, int index) {
    const char *gender;
    const size_t len = sr_lexicon_variant(row, index, &gender);
    return sr_es_form_of(gender, len);
}

static void say_variant(struct sr_str *out, const char *row, int index) {
    const char *form;
    const size_t len = sr_lexicon_variant(row, index, &form);
    sr_say(out, form, len);
}

static bool is_one(const struct sr_number *number) {
    return number->count == 1 && *number->digits == '1' && !number->fraction_count;
}

/* The quantity behind a number ("millones", "M"): where it ends, or `at`; `*row` is NULL when there is none. */
static const char *read_quantity(const struct sr_reading *r, const char *at, const char **row) {
    const char *p = sr_read_spaces(r, at);
    const size_t len = sr_lexicon_match(r->words, SR_LEX_QUANTITY, p, r->end, row);
    const bool letter = len <= 2;
    /* "5 m" are meters: the sign of a million is a capital one, next to a currency. */
    if (!len || (letter && *p != 'M' && *p != 'k')) {
        *row = NULL;
        return at;
    }
    return p + len;
}

/* Says number and quantity; what is counted then stands behind a "de", but for "mil". */
static void say_quantity(const struct sr_reading *r, struct sr_str *out, const struct sr_number *number,
                         const char *row) {
    sr_es_number(r, out, number, SR_ES_MASCULINE);
    if (is_one(number) && variants(row) == 1 && *row == 'm' && row[1] == 'i' && row[2] == 'l' && !row[3])
        sr_say_again(out);
    say_variant(out, row, is_one(number) ? ONE : SEVERAL);
}

static bool is_scale(const struct sr_reading *r, const char *row) {
    const char *form;
    const size_t len = sr_lexicon_variant(row, ONE, &form);
    for (int power = 1; power < 4; power++) {
        const char digit[] = {(char)('0' + power), '\0'}, *scale = sr_lexicon_find(r->words, SR_LEX_SCALE, digit, 1);
        const char *names[2];
        for (int i = 0; scale && i < 2; i++)
            if (sr_lexicon_variant(scale, i, &names[i]) == len && memcmp(names[i], form, len) == 0)
                return true;
    }
    return false;
}

/* -------------------------------------------------------------------------------------------------------- money -- */

/* Two digits of hundredths; -1 when the fraction is none. */
static int hundredths(const struct sr_number *number) {
    size_t count = number->fraction_count;
    while (count > 2 && number->fraction[count - 1] == '0')
        count--;
    if (count == 0 || count > 2)
        return -1;
    return (number->fraction[0] - '0') * 10 + (count == 2 ? number->fraction[1] - '0' : 0);
}

static void say_amount(const struct sr_reading *r, struct sr_str *out, const struct sr_number *number,
                       const char *row) {
    const int minor = variants(row) > MINOR_ONE ? hundredths(number) : -1;
    struct sr_number whole = *number;
    if (minor >= 0) {
        whole.fraction_count = 0;
        if (sr_number_small(whole.digits, whole.count) != 0 || minor == 0) {
            sr_es_cardinal(r, out, whole.digits, whole.count, form_of(row, GENDER));
            if (sr_es_is_millions(&whole))
                sr_say_term(r, out, "of");
            say_variant(out, row, is_one(&whole) ? ONE : SEVERAL);
        }
        if (minor) {
            sr_es_small(r, out, minor, form_of(row, MINOR_GENDER));
            say_variant(out, row, minor == 1 ? MINOR_ONE : MINOR_SEVERAL);
        }
        return;
    }
    sr_es_number(r, out, number, form_of(row, GENDER));
    if (sr_es_is_millions(number))
        sr_say_term(r, out, "of");
    say_variant(out, row, is_one(number) ? ONE : SEVERAL);
}

/* A currency is a sign, or letters that stand apart. */
static size_t read_currency(const struct sr_reading *r, const char *at, const char **row) {
    return sr_lexicon_match(r->words, SR_LEX_MONEY, at, r->end, row);
}

const char *sr_es_read_money(const struct sr_reading *r, const char *at, struct sr_str *out) {
    struct sr_number number;
    const char *row = NULL, *quantity = NULL, *start = at + sr_es_sign(r, at, out), *p;
    if (!sr_read_starts(r, start))
        return NULL;
    const size_t len = sr_read_digits(r, start) ? 0 : read_currency(r, start, &row);
    if (len) {
        p = start + len;
        p = sr_read_is(r, p, ' ') ? p + 1 : sr_read_spaces(r, p);
        if (sr_read_is(r, p, '-') && out->len == 0) {
            sr_say_term(r, out, "minus");
            p++;
        }
        if (!sr_read_digits(r, p) || !sr_number_read(r, p, &number))
            return NULL;
        p = number.end;
        const char *end = read_quantity(r, p, &quantity);
        p = quantity ? end : p;
    } else {
        if (!sr_read_digits(r, start) || !sr_number_read(r, start, &number))
            return NULL;
        p = read_quantity(r, number.end, &quantity);
        const char *behind = sr_read_spaces(r, p);
        if (quantity && memcmp(behind, "de ", r->end - behind < 3 ? (size_t)(r->end - behind) : 3) == 0)
            behind += r->end - behind < 3 ? 0 : 3;
        const size_t currency = read_currency(r, behind, &row);
        if (!currency)
            return NULL;
        p = behind + currency;
    }
    if (sr_read_digits(r, p) || !sr_read_ends(r, p))
        return NULL;
    if (quantity) {
        say_quantity(r, out, &number, quantity);
        if (is_scale(r, quantity))
            sr_say_term(r, out, "of");
        say_variant(out, row, SEVERAL);
    } else {
        say_amount(r, out, &number, row);
    }
    return p;
}

/* -------------------------------------------------------------------------------------------------------- units -- */

/* The unit at `at`. A symbol that is also a word or a name (its row ends in '?', or in the only form it has) stands
 * before no noun. */
static size_t read_unit(const struct sr_reading *r, const char *at, const char **row) {
    const size_t len = sr_lexicon_match(r->words, SR_LEX_UNIT, at, r->end, row);
    if (!len || !sr_read_ends(r, at + len))
        return 0;
    const char *behind = sr_read_spaces(r, at + len);
    const size_t word = behind > at + len ? sr_read_word(r, behind) : 0;
    const char *found = word ? sr_lexicon_find(r->words, SR_LEX_NOUN, behind, word) : NULL;
    if (variants(*row) <= UNSURE)
        return len;
    const char *only;
    const size_t only_len = sr_lexicon_variant(*row, UNSURE, &only);
    const bool exact = *only == '?' || (only_len == len && memcmp(only, at, len) == 0);
    return exact && (!word || (found && *found == '-')) ? len : 0;
}

/* "/s", "/h" behind a unit or a number: " por segundo". */
static const char *read_per(const struct sr_reading *r, const char *at, const char **row) {
    const size_t len = sr_read_is(r, at, '/') ? read_unit(r, at + 1, row) : 0;
    if (!len)
        *row = NULL;
    return len ? at + 1 + len : at;
}

static const char *end_of_unit(const struct sr_reading *r, const char *end) {
    /* "10 km. de": the period belongs to the symbol. */
    const char *behind = sr_read_is(r, end, '.') ? sr_read_spaces(r, end + 1) : end;
    const uint32_t cp = sr_read_char(r, behind);
    return behind > end + 1 && sr_utf8_is_letter(cp) && !sr_utf8_is_upper(cp) ? end + 1 : end;
}

const char *sr_es_read_measure(const struct sr_reading *r, const char *at, struct sr_str *out) {
    struct sr_number number;
    const char *row = NULL, *per = NULL, *quantity = NULL;
    const char *start = at + sr_es_sign(r, at, out);
    bool half = false;
    struct sr_str parts = {0};
    if (!sr_read_starts(r, start))
        return NULL;
    const char *fraction = sr_es_fraction(r, start, SR_ES_MASCULINE, &parts, &half), *end = fraction;
    if (!fraction) {
        if (!sr_read_digits(r, start) || !sr_number_read(r, start, &number))
            goto none;
        end = number.end;
    }
    if (!fraction)
        end = read_quantity(r, end, &quantity);
    const char *behind = sr_read_spaces(r, end);
    const size_t len = read_unit(r, behind, &row);
    const char *stop = read_per(r, len ? behind + len : end, &per);
    if (!len && (!per || fraction))
        goto none;
    const enum sr_es_form form = len ? form_of(row, GENDER) : SR_ES_ALONE;
    if (fraction) {
        sr_say_again(&parts);
        sr_es_fraction(r, start, form, &parts, &half);
        sr_say(out, parts.data, parts.len);
        if (!half)
            sr_say_term(r, out, "of");
        say_variant(out, row, ONE);
    } else if (quantity) {
        say_quantity(r, out, &number, quantity);
        if (is_scale(r, quantity))
            sr_say_term(r, out, "of");
        say_variant(out, row ? row : per, SEVERAL);
    } else {
        sr_es_number(r, out, &number, form);
        if (len && sr_es_is_millions(&number) && form != SR_ES_ALONE)
            sr_say_term(r, out, "of");
        if (len)
            say_variant(out, row, is_one(&number) ? ONE : SEVERAL);
    }
    if (per) {
        sr_say_term(r, out, "by");
        say_variant(out, per, ONE);
    }
    out->failed = out->failed || parts.failed;
    sr_str_deinit(&parts);
    return end_of_unit(r, stop);
none:
    out->failed = out->failed || parts.failed;
    sr_str_deinit(&parts);
    return NULL;
}
