/* SPDX-License-Identifier: Apache-2.0 */
/* What is no number but not read as it is written either: abbreviations, acronyms, roman numerals, signs. */
#include "base/utf8.h"
#include "text/normalize_es.h"

#include <string.h>

static bool is_upper_letter(uint32_t cp) {
    return cp && sr_utf8_is_letter(cp) && sr_utf8_is_upper(cp);
}

const char *sr_es_read_words(const struct sr_reading *r, const char *at, struct sr_str *out) {
    const char *spoken, *found = NULL;
    size_t longest = 0;
    if (!sr_read_starts(r, at) || !sr_utf8_is_letter(sr_read_char(r, at)))
        return NULL;
    for (int kind = SR_LEX_ABBR; kind <= SR_LEX_ABBR_NAME; kind++) {
        const size_t len = sr_lexicon_match(r->words, (enum sr_lex)kind, at, r->end, &spoken);
        const char *behind = sr_read_spaces(r, at + len);
        const bool fits = kind == SR_LEX_ABBR          ? true
                          : kind == SR_LEX_ABBR_NUMBER ? sr_read_digits(r, behind) > 0
                                                       : is_upper_letter(sr_read_char(r, behind)) || r->end == behind ||
                                                             !sr_utf8_is_upper(sr_read_char(r, at));
        if (len > longest && fits) {
            longest = len;
            found = spoken;
        }
    }
    if (!found)
        return NULL;
    bool capital = false;
    for (const char *p = at; p < at + longest;)
        capital = sr_utf8_is_upper(sr_utf8_next(&p, r->end)) || capital;
    for (const char *p = found, *end = found + strlen(found); p < end;) {
        const uint32_t cp = sr_utf8_next(&p, end);
        sr_utf8_add(out, capital ? cp : sr_utf8_lower(cp));
    }
    return at + longest;
}

/* ----------------------------------------------------------------------------------------------- roman numerals -- */

int sr_es_roman(const char *at, size_t len) {
    static const struct {
        char sign[3];
        int value;
    } signs[] = {{"m", 1000}, {"cm", 900}, {"d", 500}, {"cd", 400}, {"c", 100}, {"xc", 90}, {"l", 50},
                 {"xl", 40},  {"x", 10},   {"ix", 9},  {"v", 5},    {"iv", 4},  {"i", 1}};
    int value = 0;
    size_t used = 0;
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        const size_t size = strlen(signs[i].sign);
        const int most =
            size == 2 || signs[i].sign[0] == 'd' || signs[i].sign[0] == 'l' || signs[i].sign[0] == 'v' ? 1 : 3;
        for (int times = 0; times < most && len - used >= size && strncasecmp(at + used, signs[i].sign, size) == 0;
             times++) {
            value += signs[i].value;
            used += size;
        }
    }
    return used == len ? value : 0;
}

static bool is_one_case(const struct sr_reading *r, const char *at, size_t len, bool upper) {
    for (const char *p = at; p < at + len; p++)
        if (sr_utf8_is_upper((unsigned char)*p) != upper)
            return false;
    return len > 0 && at + len <= r->end;
}

/* The kind of word before the numeral: c, o, of, k, kf; or NULL. Two words are looked for first: "Juan Pablo". */
static const char *context(const struct sr_reading *r, const char *at) {
    const char *word, *first;
    const size_t len = sr_read_word_before(r, at, &word);
    if (!len)
        return NULL;
    const size_t before = sr_read_word_before(r, word, &first);
    const char *found = before ? sr_lexicon_find(r->words, SR_LEX_ROMAN, first, (size_t)(word + len - first)) : NULL;
    return found ? found : sr_lexicon_find(r->words, SR_LEX_ROMAN, word, len);
}

static void say_roman(const struct sr_reading *r, struct sr_str *out, int value, bool ordinal,
                      enum sr_es_ending ending) {
    char digits[8];
    size_t count = 0;
    for (int power = 1000; power; power /= 10)
        if (count || value / power)
            digits[count++] = (char)('0' + value / power % 10);
    if (ordinal)
        sr_es_ordinal(r, out, digits, count, ending);
    else
        sr_es_cardinal(r, out, digits, count, SR_ES_ALONE);
}

/* A gender for "II Guerra Mundial", "XX Congreso". */
static enum sr_es_ending ending_before(const struct sr_reading *r, const char *end) {
    return sr_es_agreement(r, end, end) == SR_ES_FEMININE ? SR_ES_ENDS_A : SR_ES_ENDS_O;
}

const char *sr_es_read_roman(const struct sr_reading *r, const char *at, struct sr_str *out) {
    if (!sr_read_starts(r, at))
        return NULL;
    const size_t len = sr_read_word(r, at);
    const int value = len && len < 16 ? sr_es_roman(at, len) : 0;
    const bool upper = is_one_case(r, at, len, true), lower = is_one_case(r, at, len, false);
    const char *end = at + len, *behind = sr_read_spaces(r, end), *era, *word;
    if (!value || (!upper && !lower))
        return NULL;
    const char *kind = context(r, at);
    if (kind && *kind == 'k' && upper) {
        /* Kings and popes are counted with ordinals up to ten: Alfonso décimo, Alfonso trece. */
        say_roman(r, out, value, value <= 10, kind[1] == 'f' ? SR_ES_ENDS_A : SR_ES_ENDS_O);
        return end;
    }
    if (kind && *kind == 'c' && (len > 1 || value <= 10)) {
        say_roman(r, out, value, value == 1, SR_ES_ENDS_O);
        const size_t more = sr_lexicon_match(r->words, SR_LEX_ERA, behind, r->end, &era);
        if (!more || behind == end || !memchr(behind, '.', more))
            return end;
        sr_say_text(out, era);
        return behind + more;
    }
    const bool alone = at == r->text && end == r->end, small = value < 50 && !memchr(at, 'L', len);
    if (len < 2 || sr_lexicon_find(r->words, SR_LEX_ACRONYM, at, len) || !(alone || (upper && small)))
        return NULL;
    /* "mi", "vi", "di" and the like are words. */
    if (alone && (sr_lexicon_find(r->words, SR_LEX_NOUN, at, len) ||
                  (len == 2 && value != 2 && value != 9 && value != 4 && value != 11 && value != 20 && value != 40)))
        return NULL;
    const size_t before = sr_read_word_before(r, at, &word);
    const bool name =
        before > 1 && is_upper_letter(sr_read_char(r, word)) && !sr_lexicon_find(r->words, SR_LEX_NOUN, word, before);
    if (name)
        say_roman(r, out, value, value <= 10, SR_ES_ENDS_O);
    else
        say_roman(r, out, value, true, behind > end ? ending_before(r, end) : SR_ES_ENDS_O);
    return end;
}

/* ----------------------------------------------------------------------------------------------------- acronyms -- */

/* Could a Spanish word look so? Every vowel needs its consonants before it and few behind. [at, at + len) is ASCII. */
static bool is_pronounceable(const char *at, size_t len) {
    char low[8];
    size_t vowels = 0, run = 0;
    if (len > sizeof low)
        return true;
    for (size_t i = 0; i < len; i++)
        low[i] = (char)(at[i] | 0x20);
    for (size_t i = 0; i < len; i++) {
        const bool vowel = sr_utf8_is_vowel(low[i]) || (low[i] == 'y' && i + 1 == len);
        vowels += vowel;
        run = vowel ? 0 : run + 1;
        if (run > 2 || (run == 2 && (i == 1 || i + 1 == len))) {
            const char a = low[i - 1], b = low[i];
            const bool onset = i == 1 && (b == 'r' || b == 'l') && strchr("bcdfgpt", a);
            const bool digraph = (a == 'c' && b == 'h') || (a == 'l' && b == 'l');
            if (run > 2 ? !strchr("rl", b) : !(onset || (digraph && i == 1)))
                return false;
        }
    }
    return vowels > 0 && len > 2 && !strchr("hjqv", low[len - 1]);
}

/* Nearly all letters of the text are capitals: it shouts, and its words are words. */
static bool shouts(const struct sr_reading *r) {
    size_t upper = 0, lower = 0;
    for (const char *p = r->text; p < r->end && p - r->text < SR_READ_BYTES;) {
        const uint32_t cp = sr_utf8_next(&p, r->end);
        if (sr_utf8_is_letter(cp))
            *(sr_utf8_is_upper(cp) ? &upper : &lower) += 1;
    }
    return upper > 4 * lower && upper > 12;
}

const char *sr_es_read_acronym(const struct sr_reading *r, const char *at, struct sr_str *out) {
    if (!sr_read_starts(r, at))
        return NULL;
    const size_t len = sr_read_word(r, at);
    if (len < 2 || len > 6 || !is_one_case(r, at, len, true))
        return NULL;
    const char *spoken = sr_lexicon_find(r->words, SR_LEX_ACRONYM, at, len);
    if (spoken)
        sr_say_text(out, spoken);
    else if (is_pronounceable(at, len) || sr_lexicon_find(r->words, SR_LEX_NOUN, at, len) || shouts(r))
        return NULL;
    else
        sr_say_letters(out, at, at + len);
    return at + len;
}

/* -------------------------------------------------------------------------------------------------------- mixed -- */

static void say_run(const struct sr_reading *r, struct sr_str *out, const char *at, const char *end) {
    const size_t len = (size_t)(end - at);
    if (*at == 'x' && len == 1 && sr_utf8_is_digit(sr_read_before(r, at)) && sr_read_digits(r, end)) {
        sr_say_form(r, out, SR_LEX_SIGN, "x", 0); /* "4x4" */
    } else if (*at < '0' || *at > '9') {
        bool ascii = true;
        for (const char *p = at; p < end; p++)
            ascii = ascii && *p > 0;
        if (len < 3 ? len < 2 || ascii : ascii && !is_pronounceable(at, len))
            sr_say_letters(out, at, end);
        else
            sr_say(out, at, len);
    } else if ((*at == '0' && len > 1) || len > 4) {
        sr_es_digits(r, out, at, len);
    } else {
        sr_es_cardinal(r, out, at, len, SR_ES_ALONE);
    }
}

/* Letters and digits in one word, each run by itself: "A4", "covid-19", "CO2", "5x". */
const char *sr_es_read_mixed(const struct sr_reading *r, const char *at, struct sr_str *out) {
    if (!sr_read_starts(r, at))
        return NULL;
    const size_t word = sr_read_word(r, at);
    const char *end = at + word, *run = at;
    size_t runs = 0;
    if (!word || word >= SR_READ_BYTES)
        return NULL;
    for (const char *p = at; p < end;) {
        const bool digit = *p >= '0' && *p <= '9';
        sr_utf8_next(&p, end);
        if (p == end || digit != (*p >= '0' && *p <= '9')) {
            /* "covid-19", "1-a" */
            const char *more = p + 1;
            if (p == end && sr_read_is(r, p, '-') && more < r->end && digit != (*more >= '0' && *more <= '9') &&
                sr_read_word(r, more) && (runs || end - at < 20) && more - at < SR_READ_BYTES) {
                say_run(r, out, run, p);
                runs++;
                end = more + sr_read_word(r, more);
                run = p = more;
                continue;
            }
            say_run(r, out, run, p);
            runs++;
            run = p;
        }
    }
    return runs > 1 ? end : NULL;
}

/* -------------------------------------------------------------------------------------------------------- signs -- */

const char *sr_es_read_sign(const struct sr_reading *r, const char *at, struct sr_str *out) {
    const char *spoken, *end = at, *behind;
    const uint32_t cp = sr_read_char(r, at);
    const size_t len = cp ? sr_lexicon_match(r->words, SR_LEX_SIGN, at, r->end, &spoken) : 0;
    if (!len)
        return NULL;
    end += len;
    behind = sr_read_spaces(r, end);
    const uint32_t before = sr_read_before(r, at);
    const bool spaced = (before == 0 || sr_utf8_is_space(before)) && behind > end;
    const char *word;
    const size_t word_len = sr_read_word_before(r, at, &word);
    const bool numbers = word_len && sr_utf8_is_digit((unsigned char)word[word_len - 1]) && sr_read_digits(r, behind);
    /* These are signs of something else, unless they stand between two numbers. */
    if ((strchr("-/*x^", (int)*at) || cp == 0xB7) && !numbers)
        return NULL;
    if (*at == '~' && !sr_read_digits(r, end))
        return NULL;
    if (*at == 'x' && !spaced && !(before < 0x80 && sr_utf8_is_digit(before)))
        return NULL;
    if ((*at == '<' || *at == '>') && !spaced && !numbers)
        return NULL;
    if (*at == '/' && !sr_es_is_arithmetic(r, at))
        sr_say_form(r, out, SR_LEX_WEB, "/", 0);
    else
        sr_say_text(out, spoken);
    return end;
}

sr_reader *const sr_es_readers[] = {sr_es_read_words,    sr_es_read_time,     sr_es_read_money,   sr_es_read_measure,
                                    sr_es_read_date,     sr_es_read_fraction, sr_es_read_ordinal, sr_es_read_telephone,
                                    sr_es_read_cardinal, sr_es_read_range,    sr_es_read_web,     sr_es_read_roman,
                                    sr_es_read_acronym,  sr_es_read_mixed,    sr_es_read_sign,    NULL};
