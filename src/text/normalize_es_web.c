/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of mail and web, letter by letter but for names that everybody knows, and telephone numbers. */
#include "base/utf8.h"
#include "text/normalize_es.h"

#include <string.h>

static bool is_web_char(const struct sr_reading *r, const char *at) {
    const uint32_t cp = sr_read_char(r, at);
    return cp && (sr_utf8_is_letter(cp) || sr_utf8_is_digit(cp) || sr_lexicon_find(r->words, SR_LEX_WEB, at, 1));
}

/* Where the address at `at` ends: signs that close a sentence are not part of it. NULL when it is too long. */
static const char *end_of_address(const struct sr_reading *r, const char *at) {
    const char *end = at;
    while (end < r->end && is_web_char(r, end)) {
        if (end - at > SR_READ_BYTES)
            return NULL;
        sr_utf8_next(&end, r->end);
    }
    while (end > at && strchr(".,:;!?'*`", end[-1]))
        end--;
    return end;
}

static void say_chars(const struct sr_reading *r, struct sr_str *out, const char *at, const char *end) {
    while (at < end) {
        const char *start = at, *spoken;
        const uint32_t cp = sr_utf8_next(&at, end);
        if (sr_utf8_is_digit(cp))
            sr_es_digits(r, out, start, 1);
        else if ((spoken = sr_lexicon_find(r->words, SR_LEX_WEB, start, (size_t)(at - start))))
            sr_say_text(out, spoken);
        else
            sr_say_letters(out, start, at);
    }
}

/* A domain: its labels between periods, the known ones as words. */
static void say_domain(const struct sr_reading *r, struct sr_str *out, const char *at, const char *end) {
    const char *slash = memchr(at, '/', (size_t)(end - at)), *stop = slash ? slash : end;
    for (const char *label = at, *dot; label < stop; label = dot + 1) {
        dot = memchr(label, '.', (size_t)(stop - label));
        dot = dot ? dot : stop;
        const size_t len = (size_t)(dot - label);
        const char *spoken = sr_lexicon_find(r->words, label > at ? SR_LEX_TLD : SR_LEX_HOST, label, len);
        if (!spoken)
            spoken = sr_lexicon_find(r->words, SR_LEX_HOST, label, len);
        if (spoken)
            sr_say_text(out, spoken);
        else
            say_chars(r, out, label, dot);
        if (dot < stop)
            say_chars(r, out, dot, dot + 1);
    }
    say_chars(r, out, stop, end);
}

/* Letters, digits and hyphens with a period between, ending in a known domain. */
static bool is_domain(const struct sr_reading *r, const char *at, const char *end, bool sure) {
    const char *slash = memchr(at, '/', (size_t)(end - at)), *stop = slash ? slash : end, *last = NULL;
    for (const char *p = at; p < stop; p++) {
        if (*p == '.')
            last = p + 1;
        else if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') || *p == '-'))
            return false;
    }
    if (!last || last == at + 1 || last == stop)
        return false;
    return sure || (*last >= 'a' && *last <= 'z' && at + 2 < last && *at > '9' &&
                    sr_lexicon_find(r->words, SR_LEX_TLD, last, (size_t)(stop - last)));
}

static size_t begins(const char *at, const char *end, const char *what) {
    const size_t len = strlen(what);
    return (size_t)(end - at) > len && strncasecmp(at, what, len) == 0 ? len : 0;
}

const char *sr_es_read_web(const struct sr_reading *r, const char *at, struct sr_str *out) {
    if (!sr_read_starts(r, at) || (sr_read_ends(r, at) && !sr_read_is(r, at, '@')))
        return NULL;
    const char *end = end_of_address(r, at);
    if (!end || end - at < 3)
        return NULL;
    const char *sign = memchr(at, '@', (size_t)(end - at));
    if (sign) {
        const bool tag = sign == at;
        if (memchr(sign + 1, '@', (size_t)(end - sign - 1)) || (!tag && !is_domain(r, sign + 1, end, true)) ||
            !sr_utf8_is_letter(sr_read_char(r, tag ? at + 1 : at)))
            return NULL;
        say_chars(r, out, at, sign + 1);
        if (tag)
            say_chars(r, out, sign + 1, end);
        else
            say_domain(r, out, sign + 1, end);
        return end;
    }
    size_t scheme = begins(at, end, "https://");
    if (!scheme)
        scheme = begins(at, end, "http://");
    const size_t www = begins(at + scheme, end, "www.");
    if (!is_domain(r, at + scheme, end, scheme || www))
        return NULL;
    say_chars(r, out, at, at + scheme + www);
    say_domain(r, out, at + scheme + www, end);
    return end;
}

/* --------------------------------------------------------------------------------------------------- telephones -- */

#define GROUPS 8

struct telephone {
    bool plus, area; /* "+34", "(93)" */
    char sign;       /* between the groups: '-', ' ' or '.' */
    const char *group[GROUPS];
    size_t len[GROUPS], count, digits;
    const char *end;
};

/* Groups of digits with the same sign between. */
static bool read_groups(const struct sr_reading *r, const char *at, struct telephone *phone) {
    const char *p = at;
    *phone = (struct telephone){.plus = sr_read_is(r, p, '+')};
    p += phone->plus;
    phone->area = sr_read_is(r, p, '(');
    p += phone->area;
    for (;;) {
        const size_t len = sr_read_digits(r, p);
        if (!len || len > 12 || phone->count == GROUPS)
            break;
        phone->group[phone->count] = p;
        phone->len[phone->count++] = len;
        phone->digits += len;
        phone->end = p += len;
        if (phone->area && phone->count == 1) {
            if (!sr_read_is(r, p, ')'))
                return false;
            phone->end = ++p;
            p += sr_read_is(r, p, ' ') || sr_read_is(r, p, '-');
            continue;
        }
        /* Behind the country another sign may stand than between the rest. */
        const char sign = p < r->end ? *p : 0;
        const size_t fixed = (size_t)phone->plus + phone->area;
        if ((sign != '-' && sign != ' ' && sign != '.') ||
            (phone->count > fixed && phone->sign && sign != phone->sign) || !sr_read_digits(r, p + 1))
            break;
        if (phone->count > fixed)
            phone->sign = sign;
        p++;
    }
    return phone->count > 0 && sr_read_ends(r, phone->end);
}

static bool has_lengths(const struct telephone *phone, const char *lengths) {
    const size_t from = phone->count > strlen(lengths);
    bool same = phone->count == strlen(lengths) + from && (!from || phone->len[0] <= 3);
    for (size_t i = from; same && i < phone->count; i++)
        same = phone->len[i] == (size_t)(lengths[i - from] - '0');
    return same;
}

static bool is_year_pair(const struct telephone *phone) {
    const int a = sr_number_small(phone->group[0], phone->len[0]), b = sr_number_small(phone->group[1], phone->len[1]);
    return phone->count == 2 && a >= 1000 && a < b && b <= 2100;
}

static bool is_telephone(const struct sr_reading *r, const struct telephone *phone) {
    static const char *const shapes[] = {"334", "44", "3222", "2322", "244", "3344", "4444", "444"};
    const char first = *phone->group[0];
    if (phone->plus)
        return phone->count > 1 && phone->digits >= 6 && phone->digits <= 15 && phone->len[0] <= 3;
    if (phone->area)
        return phone->digits >= 7 && phone->digits <= 12;
    const char *last = phone->end - 3;
    const bool spanish = phone->digits == 9 && strchr("6789", first) && memcmp(last, "000", 3) != 0;
    if (phone->count == 1) {
        const char *behind = sr_read_spaces(r, phone->end), *row;
        return spanish && !sr_lexicon_match(r->words, SR_LEX_MONEY, behind, r->end, &row) &&
               !sr_es_noun(r, phone->end) && !sr_read_is(r, phone->end, ',');
    }
    if (has_lengths(phone, "333")) {
        const char *behind = sr_read_spaces(r, phone->end), *row;
        return phone->sign == '-' ||
               (phone->sign == ' ' && phone->count == 3 && spanish && !sr_es_noun(r, phone->end) &&
                !sr_lexicon_match(r->words, SR_LEX_MONEY, behind, r->end, &row));
    }
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        if (has_lengths(phone, shapes[i]))
            return !is_year_pair(phone);
    return false;
}

/* "192.168.0.1" */
static bool is_ip(const struct telephone *phone) {
    bool ip = phone->count == 4 && phone->sign == '.' && !phone->plus && !phone->area;
    for (size_t i = 0; ip && i < 4; i++)
        ip = phone->len[i] <= 3 && (phone->len[i] == 1 || *phone->group[i] != '0') &&
             sr_number_small(phone->group[i], phone->len[i]) < 256;
    return ip;
}

/* "0-800-hermano", "900-taxi": where it ends, or NULL. */
static const char *read_lettered(const struct sr_reading *r, const char *at, struct sr_str *out) {
    const char *p = at;
    size_t len = sr_read_digits(r, p);
    if (len == 1 && sr_read_is(r, p + 1, '-')) {
        sr_es_digits(r, out, p, 1);
        p += 2;
        len = sr_read_digits(r, p);
    }
    if (len != 3 || p[1] != '0' || p[2] != '0' || !sr_read_is(r, p + 3, '-'))
        return NULL;
    const char *word = p + 4;
    if (!sr_read_word(r, word) || sr_read_digits(r, word))
        return NULL;
    sr_es_cardinal(r, out, p, 3, SR_ES_ALONE);
    for (size_t letters; (letters = sr_read_word(r, word)) && word - at < SR_READ_BYTES;) {
        sr_say(out, word, letters);
        word += letters;
        if (!sr_read_is(r, word, '-') || !sr_read_word(r, word + 1))
            break;
        word++;
    }
    return word;
}

/* "ext. 123" behind a number. */
static const char *read_extension(const struct sr_reading *r, const char *at, struct sr_str *out) {
    const char *p = sr_read_spaces(r, at), *spoken;
    const size_t len = sr_lexicon_match(r->words, SR_LEX_ABBR, p, r->end, &spoken);
    if (len < 3 || strncasecmp(p, "ext", 3) != 0)
        return at;
    const char *digits = sr_read_spaces(r, p + len);
    const size_t count = sr_read_digits(r, digits);
    if (!count || count > 6)
        return at;
    sr_say_text(out, spoken);
    sr_es_digits(r, out, digits, count);
    return digits + count;
}

const char *sr_es_read_telephone(const struct sr_reading *r, const char *at, struct sr_str *out) {
    struct telephone phone;
    if (!sr_read_starts(r, at) || !(sr_read_digits(r, at) || sr_read_is(r, at, '+') || sr_read_is(r, at, '(')))
        return NULL;
    const char *end = sr_read_digits(r, at) ? read_lettered(r, at, out) : NULL;
    if (end)
        return end;
    sr_say_again(out);
    if (!read_groups(r, at, &phone))
        return NULL;
    const bool ip = is_ip(&phone);
    if (!ip && !is_telephone(r, &phone))
        return NULL;
    if (phone.plus)
        sr_say_term(r, out, "plus");
    for (size_t i = 0; i < phone.count; i++) {
        if (ip && i)
            sr_say_form(r, out, SR_LEX_WEB, ".", 0);
        if (phone.plus && i == 0 && phone.len[0] == 2)
            sr_es_cardinal(r, out, phone.group[0], 2, SR_ES_ALONE);
        else
            sr_es_digits(r, out, phone.group[i], phone.len[i]);
    }
    return ip ? phone.end : read_extension(r, phone.end, out);
}
