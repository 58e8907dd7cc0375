/* SPDX-License-Identifier: Apache-2.0 */
/* Cardinals, decimals, ordinals: from digits to words. */
#include "base/utf8.h"
#include "text/normalize_es.h"

#include <stdio.h>
#include <string.h>

static bool any(const char *digits, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (digits[i] != '0')
            return true;
    return false;
}

static void say_row(const struct sr_reading *r, struct sr_str *out, enum sr_lex kind, int number, int form) {
    char written[12];
    snprintf(written, sizeof written, "%d", number);
    sr_say_form(r, out, kind, written, form);
}

void sr_es_small(const struct sr_reading *r, struct sr_str *out, int value, enum sr_es_form form) {
    char digits[12];
    const int len = snprintf(digits, sizeof digits, "%d", value);
    sr_es_cardinal(r, out, digits, (size_t)len, form);
}

static void say_hundreds(const struct sr_reading *r, struct sr_str *out, int value, enum sr_es_form form) {
    if (value >= 100)
        say_row(r, out, SR_LEX_NUMBER, value / 100 * 100, value < 200 ? value > 100 : (int)form);
    value %= 100;
    if (value >= 30 && value % 10) {
        say_row(r, out, SR_LEX_NUMBER, value / 10 * 10, 0);
        sr_say_term(r, out, "and");
        value %= 10;
    }
    if (value)
        say_row(r, out, SR_LEX_NUMBER, value, (int)form);
}

/* Up to six digits. The thousands agree too ("doscientas mil"), but their one is always short ("veintiún mil"). */
static void say_thousands(const struct sr_reading *r, struct sr_str *out, int value, enum sr_es_form form) {
    const int thousands = value / 1000;
    if (thousands > 1) {
        const bool feminine = form == SR_ES_FEMININE && thousands % 100 != 1 && thousands % 100 != 21 &&
                              (thousands % 10 != 1 || thousands % 100 == 11);
        say_hundreds(r, out, thousands, feminine ? SR_ES_FEMININE : SR_ES_MASCULINE);
    }
    if (thousands)
        say_row(r, out, SR_LEX_NUMBER, 1000, 0);
    say_hundreds(r, out, value % 1000, form);
}

void sr_es_cardinal(const struct sr_reading *r, struct sr_str *out, const char *digits, size_t count,
                    enum sr_es_form form) {
    if (count > SR_NUMBER_DIGITS) {
        sr_es_digits(r, out, digits, count);
        return;
    }
    if (!any(digits, count)) {
        say_row(r, out, SR_LEX_NUMBER, 0, 0);
        return;
    }
    for (size_t at = 0, len; at < count; at += len) {
        const size_t power = (count - at - 1) / 6;
        len = count - at - power * 6;
        const int value = sr_number_small(digits + at, len);
        if (!value)
            continue;
        say_thousands(r, out, value, power ? SR_ES_MASCULINE : form);
        if (power)
            say_row(r, out, SR_LEX_SCALE, (int)power, value > 1);
    }
}

void sr_es_digits(const struct sr_reading *r, struct sr_str *out, const char *digits, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (digits[i] >= '0' && digits[i] <= '9')
            say_row(r, out, SR_LEX_NUMBER, digits[i] - '0', 0);
}

/* Three digits are read as one number and more in pairs, each zero that begins or ends them by itself; what can't be
 * read so is read digit by digit. */
static void say_fraction(const struct sr_reading *r, struct sr_str *out, const char *digits, size_t count,
                         enum sr_es_form form) {
    size_t pairs = 0, zeros = 0;
    while (zeros < count && digits[count - 1 - zeros] == '0')
        zeros++;
    while (pairs + 1 < count && digits[pairs] != '0')
        pairs += 2;
    const bool paired = pairs && (pairs >= count - zeros || pairs + 1 == count);
    if (count == 3 && *digits != '0' && !zeros) {
        sr_es_cardinal(r, out, digits, count, form);
        return;
    }
    if (count < 2 || !paired)
        pairs = 0;
    for (size_t i = 0; i < pairs; i += 2)
        sr_es_cardinal(r, out, digits + i, 2, i + 2 < count ? SR_ES_ALONE : form);
    for (size_t i = pairs; i < count; i++)
        sr_es_cardinal(r, out, digits + i, 1, i + 1 < count && form == SR_ES_MASCULINE ? SR_ES_ALONE : form);
}

void sr_es_number(const struct sr_reading *r, struct sr_str *out, const struct sr_number *number,
                  enum sr_es_form form) {
    const bool decimal = number->fraction_count > 0;
    const enum sr_es_form whole = decimal && form == SR_ES_MASCULINE ? SR_ES_ALONE : form;
    sr_es_cardinal(r, out, number->digits, number->count, whole);
    if (decimal) {
        sr_say_term(r, out, number->point ? "point" : "comma");
        say_fraction(r, out, number->fraction, number->fraction_count, form);
    }
}

/* ---------------------------------------------------------------------------------------------------- ordinals -- */

/* Adds a cardinal as the first part of a word: without accents. */
static void say_joined(const struct sr_reading *r, struct sr_str *out, const char *digits, size_t count) {
    struct sr_str words = {0};
    sr_es_cardinal(r, &words, digits, count, SR_ES_MASCULINE);
    if (out->len && out->data[out->len - 1] != ' ')
        sr_str_addc(out, ' ');
    sr_utf8_fold(words.data, words.len, out);
    out->failed = out->failed || words.failed;
    sr_str_deinit(&words);
}

/* The last word of `out` takes its ending. */
static void end_in(struct sr_str *out, size_t from, enum sr_es_ending ending) {
    for (size_t i = from; ending == SR_ES_ENDS_A && i < out->len; i++)
        if (out->data[i] == 'o' && (i + 1 == out->len || out->data[i + 1] == ' '))
            out->data[i] = 'a';
}

bool sr_es_ordinal(const struct sr_reading *r, struct sr_str *out, const char *digits, size_t count,
                   enum sr_es_ending ending) {
    const size_t from = out->len;
    while (count && *digits == '0')
        digits++, count--;
    size_t zeros = 0;
    while (zeros < count && digits[count - 1 - zeros] == '0')
        zeros++;
    if (!count || count > SR_NUMBER_DIGITS)
        return false;
    if (count > 6 && zeros < 6)
        return false;
    if (count > 6) {
        const size_t power = (zeros / 6 < (count - 1) / 6 ? zeros / 6 : (count - 1) / 6);
        if (sr_number_small(digits, count - 6 * power) != 1)
            say_joined(r, out, digits, count - 6 * power);
        const char *form, *row;
        char written[4];
        snprintf(written, sizeof written, "%d", (int)(power % 10));
        row = sr_lexicon_find(r->words, SR_LEX_SCALE, written, 1);
        const size_t len = row ? sr_lexicon_variant(row, 2, &form) : 0;
        if (row && out->len > from)
            sr_str_add(out, form, len);
        else if (row)
            sr_say(out, form, len);
        end_in(out, from, ending);
        return row != NULL;
    }
    int value = sr_number_small(digits, count);
    if (value >= 1000) {
        struct sr_str word = {0};
        say_row(r, &word, SR_LEX_ORDINAL, 1000, 0);
        if (value >= 2000) {
            say_joined(r, out, digits, count - 3);
            sr_str_add(out, word.data, word.len);
        } else {
            sr_say(out, word.data, word.len);
        }
        out->failed = out->failed || word.failed;
        sr_str_deinit(&word);
    }
    value %= 1000;
    if (value >= 100)
        say_row(r, out, SR_LEX_ORDINAL, value / 100 * 100, 0);
    value %= 100;
    if (value >= 30) {
        say_row(r, out, SR_LEX_ORDINAL, value / 10 * 10, 0);
        value %= 10;
    }
    if (value)
        say_row(r, out, SR_LEX_ORDINAL, value, ending == SR_ES_ENDS_SHORT);
    end_in(out, from, ending);
    return true;
}

static enum sr_es_ending ending_of(char gender) {
    return gender == 'a' ? SR_ES_ENDS_SHORT : gender == 'f' || gender == 'F' ? SR_ES_ENDS_A : SR_ES_ENDS_O;
}

/* A letter as suffix must be the one that the ordinal ends in: 4to, 7ma; not 5ra. */
static bool suits(const char *suffix, size_t len, const struct sr_str *said) {
    if (len < 2 || (unsigned char)suffix[0] > 0x7F)
        return true;
    const bool plural = suffix[len - 1] == 's';
    const size_t tail = len - plural;
    return said->len >= tail && memcmp(said->data + said->len - tail, suffix, tail) == 0;
}

const char *sr_es_noun(const struct sr_reading *r, const char *at) {
    const char *word = sr_read_spaces(r, at), *found;
    const size_t len = word > at && sr_utf8_is_letter(sr_read_char(r, word)) ? sr_read_word(r, word) : 0;
    if (!len)
        return NULL;
    found = sr_lexicon_find(r->words, SR_LEX_NOUN, word, len);
    for (const char *p = word, *stop = word + len; !found && p < stop; sr_utf8_next(&p, stop))
        found = sr_lexicon_find(r->words, SR_LEX_ENDING, p, (size_t)(stop - p));
    return !found ? "m" : *found == '-' ? NULL : found;
}

const char *sr_es_read_ordinal(const struct sr_reading *r, const char *at, struct sr_str *out) {
    struct sr_number number;
    const char *gender;
    if (!sr_read_digits(r, at) || !sr_read_starts(r, at) || !sr_number_read(r, at, &number) || number.fraction_count)
        return NULL;
    const char *suffix = number.end + sr_read_is(r, number.end, '.');
    const bool degree = sr_read_char(r, suffix) == 0xB0;
    const size_t len = sr_lexicon_match(r->words, SR_LEX_SUFFIX, suffix, r->end, &gender);
    /* "28°" is an ordinal by itself or before a word, degrees elsewhere; "3 a" and "5.a" are none. */
    if (!len || (suffix > number.end && len < 2))
        return NULL;
    const char *behind = sr_read_spaces(r, suffix + len);
    if (degree && suffix == number.end && !(at == r->text && behind == r->end) && !sr_es_noun(r, suffix + len))
        return NULL;
    if (!sr_es_ordinal(r, out, number.digits, number.count, ending_of(*gender)) || !suits(suffix, len, out))
        return NULL;
    if (*gender == 'M' || *gender == 'F')
        sr_str_addc(out, 's');
    return suffix + len;
}

/* --------------------------------------------------------------------------------------------------- cardinals -- */

enum sr_es_form sr_es_form_of(const char *gender, size_t len) {
    return len == 1 && *gender == 'f' ? SR_ES_FEMININE : len == 1 && *gender == 'm' ? SR_ES_MASCULINE : SR_ES_ALONE;
}

bool sr_es_cue(const struct sr_reading *r, const char *at, char what) {
    const char *word;
    const size_t len = sr_read_word_before(r, at, &word);
    const char *found = len ? sr_lexicon_find(r->words, SR_LEX_CUE, word, len) : NULL;
    return found && strchr(found, what);
}

bool sr_es_is_arithmetic(const struct sr_reading *r, const char *at) {
    const size_t before = (size_t)(at - r->text), behind = (size_t)(r->end - at);
    const char *from = at - (before < SR_READ_BYTES ? before : SR_READ_BYTES);
    const char *to = at + (behind < SR_READ_BYTES ? behind : SR_READ_BYTES);
    return memchr(from, '=', (size_t)(to - from)) != NULL;
}

bool sr_es_is_label(const struct sr_reading *r, const char *at) {
    const char *word;
    const size_t len = sr_read_word_before(r, at, &word);
    return len && sr_lexicon_find(r->words, SR_LEX_LABEL, word, len);
}

/* "en 1981 nació": what follows a year is nothing that it counts. */
static bool is_year(const struct sr_reading *r, const char *at, const char *end) {
    const char *word;
    const size_t len = sr_read_word_before(r, at, &word);
    return end - at == 4 && (*at == '1' || *at == '2') && sr_read_digits(r, at) == 4 && len &&
           sr_lexicon_find(r->words, SR_LEX_NOUN, word, len);
}

enum sr_es_form sr_es_agreement(const struct sr_reading *r, const char *at, const char *end) {
    const char *word = sr_read_spaces(r, end), *gender = sr_es_noun(r, end);
    if (word == end || !gender)
        return sr_es_cue(r, at, 'h') ? SR_ES_FEMININE : SR_ES_ALONE;
    if (sr_es_is_label(r, at) || is_year(r, at, end))
        return SR_ES_ALONE;
    return sr_es_form_of(gender, 1);
}

bool sr_es_is_millions(const struct sr_number *number) {
    size_t zeros = 0;
    while (zeros < number->count && number->digits[number->count - 1 - zeros] == '0')
        zeros++;
    return zeros >= 6 && zeros < number->count && !number->fraction_count;
}

size_t sr_es_sign(const struct sr_reading *r, const char *at, struct sr_str *out) {
    const uint32_t cp = sr_read_char(r, at), before = sr_read_before(r, at);
    if ((cp != '-' && cp != 0x2212 && cp != '+') || !(before == 0 || before == '(' || sr_utf8_is_space(before)))
        return 0;
    const size_t len = cp == 0x2212 ? 3 : 1;
    if (!sr_read_digits(r, at + len))
        return 0;
    sr_say_term(r, out, cp == '+' ? "plus" : "minus");
    return len;
}

const char *sr_es_read_cardinal(const struct sr_reading *r, const char *at, struct sr_str *out) {
    const char *start = at + sr_es_sign(r, at, out);
    struct sr_number number;
    const size_t digits = sr_read_digits(r, start);
    if (!digits)
        return NULL;
    if (!sr_number_read(r, start, &number) || (*start == '0' && number.count > 1 && !number.fraction_count)) {
        sr_es_digits(r, out, start, digits);
        return start + digits;
    }
    sr_es_number(r, out, &number, sr_es_agreement(r, start, number.end));
    if (sr_es_is_millions(&number) && sr_es_noun(r, number.end))
        sr_say_term(r, out, "of");
    return number.end;
}
