/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A period ends a sentence unless the word before it is an abbreviation, an initial or a list number, or the text goes
 * on without a space; what closes (quotes, brackets) stays with the sentence; ellipsis, ! and ? before a lower-case
 * word are inside one.
 */
#include "text/sentence_end.h"

#include "base/utf8.h"

#include <string.h>

#define MAX_LOOK 32 /* no decision looks further ahead than this many closing signs or spaces */

uint32_t sr_text_peek(const struct sr_text_view *text, size_t at, size_t *next) {
    const size_t left = text->len - at;
    if (left == 0)
        return text->complete ? SR_TEXT_END : SR_TEXT_WAIT;
    const unsigned char lead = (unsigned char)text->data[at];
    const size_t need = lead < 0xC2 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (left < need && !text->complete)
        return SR_TEXT_WAIT;
    const char *p = text->data + at;
    const uint32_t cp = sr_utf8_next(&p, text->data + text->len);
    *next = (size_t)(p - text->data);
    return cp;
}

static bool is_in(uint32_t cp, const char *set) {
    for (const char *p = set, *end = set + strlen(set); p < end;)
        if (sr_utf8_next(&p, end) == cp)
            return true;
    return false;
}

bool sr_may_end_sentence(uint32_t cp) {
    return is_in(cp, ".!?…");
}

static bool is_alnum(uint32_t cp) {
    return cp < SR_TEXT_END && (sr_utf8_is_letter(cp) || sr_utf8_is_digit(cp));
}

static bool is_lower(uint32_t cp) {
    return cp < SR_TEXT_END && sr_utf8_is_letter(cp) && !sr_utf8_is_upper(cp);
}

/* The signs from `at` on that belong to the end of a sentence: more of them, and what closes. Returns where they stop,
 * or 0 when that is not known yet. */
static size_t end_of_signs(const struct sr_text_view *text, size_t at, bool *strong, bool *ellipsis) {
    unsigned dots = 0;
    *strong = *ellipsis = false;
    for (int looked = 0; looked < MAX_LOOK; looked++) {
        size_t next = at, after = at;
        const uint32_t cp = sr_text_peek(text, at, &next);
        if (cp == SR_TEXT_WAIT)
            return 0;
        if (cp == '.')
            dots++;
        else if (cp == '!' || cp == '?')
            *strong = true;
        else if (cp == 0x2026)
            *ellipsis = true;
        else if (is_in(cp, "\"'’")) {
            const uint32_t beyond = sr_text_peek(text, next, &after);
            if (beyond == SR_TEXT_WAIT)
                return 0;
            if (is_alnum(beyond) || is_in(beyond, "¿¡"))
                break; /* it opens */
        } else if (cp == SR_TEXT_END || !is_in(cp, ")]}»”")) {
            break;
        }
        at = next;
    }
    *ellipsis = *ellipsis || dots > 1;
    return at;
}

static uint32_t char_at(const struct sr_text_view *text, size_t at) {
    const char *p = text->data + at;
    return sr_utf8_next(&p, text->data + text->len);
}

/* Where the word that ends at `end` begins. */
static size_t word_before(const struct sr_text_view *text, size_t end) {
    size_t at = end;
    while (at > text->head && !strchr(" \t\r([{\"'/-", text->data[at - 1]))
        at--;
    while (at < end && is_in(char_at(text, at), "¿¡«“‘"))
        at += text->data[at] == '\xC2' ? 2 : 3;
    return at;
}

/* "J. R. Ramírez" and "según J. Pérez" go on; "Felipe V. Después" and "vitamina C. Luego" end. */
static bool is_initial(const struct sr_text_view *text, size_t word, size_t period) {
    if (period - word != 1 || !sr_utf8_is_upper((unsigned char)text->data[word]))
        return false;
    size_t end = word;
    while (end > text->head && text->data[end - 1] == ' ')
        end--;
    if (end == text->head)
        return true;
    const size_t before = word_before(text, end);
    if (sr_utf8_is_upper(char_at(text, before)))
        return text->data[end - 1] == '.' || !strchr("IVX", text->data[word]);
    return end - before <= 3 || !strchr("ABCDIVX", text->data[word]);
}

static bool is_number(const char *text, size_t len) {
    for (size_t i = 0; i < len; i++)
        if (text[i] < '0' || text[i] > '9')
            return false;
    return len > 0;
}

/* A word without a vowel is no word: "cts. de", "dpt. de". */
static bool has_vowel(const char *text, size_t len) {
    for (const char *p = text, *end = text + len; p < end;) {
        const uint32_t cp = sr_utf8_next(&p, end);
        if (is_in(sr_utf8_lower(cp), "aeiouyáéíóúü") || !sr_utf8_is_letter(cp))
            return true;
    }
    return false;
}

/* Does one period, with `next` the first character behind the space, end a sentence? */
static bool period_ends(const struct sr_text_view *text, size_t period, uint32_t next) {
    const char *data = text->data;
    const size_t word = word_before(text, period);
    switch (sr_abbreviations_match(text->abbreviations, data, text->head, period, next)) {
    case SR_ABBR_INSIDE:
        return false;
    case SR_ABBR_MAYBE:
        return !is_lower(next) && !sr_utf8_is_digit(next) && next != '(';
    case SR_ABBR_NUMBER:
        if (sr_utf8_is_digit(next))
            return false;
        break;
    case SR_ABBR_NONE:
        break;
    }
    if (is_initial(text, word, period))
        return false;
    size_t start = text->head;
    while (start < word && strchr(" \t\r", data[start]))
        start++;
    if (word == start && period - word <= 3 && is_number(data + word, period - word) && !is_in(next, "¿¡"))
        return false; /* "1. Helado" */
    return !is_lower(next) || has_vowel(data + word, period - word);
}

/* A quote, bracket or dash follows the space: where it opens something a sentence may begin, where it closes not. */
static enum sr_verdict judge_sign(const struct sr_text_view *text, uint32_t sign, size_t behind, bool soft) {
    size_t next = behind;
    uint32_t cp = sr_text_peek(text, behind, &next);
    if (cp == SR_TEXT_WAIT)
        return SR_UNKNOWN;
    if (is_in(sign, "\"'") && !is_alnum(cp) && !is_in(cp, "¿¡(["))
        return SR_INSIDE;
    if (is_in(sign, "—–-"))
        return is_lower(cp) ? SR_INSIDE : SR_ENDS; /* —¡Hola! —dijo Ana. */
    return soft && is_lower(cp) ? SR_INSIDE : SR_ENDS;
}

enum sr_verdict sr_judge_sentence(const struct sr_text_view *text, size_t at, size_t *end) {
    bool strong, ellipsis;
    const size_t stop = end_of_signs(text, at, &strong, &ellipsis);
    if (!stop)
        return SR_UNKNOWN;
    *end = stop;
    size_t look = stop, next = stop;
    uint32_t cp = sr_text_peek(text, look, &next);
    if (cp == SR_TEXT_WAIT)
        return SR_UNKNOWN;
    if (cp == SR_TEXT_END || cp == '\n')
        return SR_ENDS;
    if (!sr_utf8_is_space(cp))
        return is_in(cp, "¿¡") || (strong && sr_utf8_is_upper(cp)) ? SR_ENDS : SR_INSIDE;
    for (int looked = 0; looked < MAX_LOOK && cp < SR_TEXT_END && cp != '\n' && sr_utf8_is_space(cp); looked++) {
        look = next;
        cp = sr_text_peek(text, look, &next);
    }
    if (cp == SR_TEXT_WAIT)
        return SR_UNKNOWN;
    if (cp == SR_TEXT_END || cp == '\n')
        return SR_ENDS;
    const bool soft = strong || ellipsis;
    if (strong && stop == at + 1 && sr_abbreviations_match(text->abbreviations, text->data, text->head, at, cp))
        return SR_INSIDE; /* "Yahoo! Messenger" */
    if (!soft && !period_ends(text, at, cp))
        return SR_INSIDE;
    if (is_in(cp, ",;:)]}»”.!?…/"))
        return SR_INSIDE;
    if (is_in(cp, "\"'«“‘([{—–-"))
        return judge_sign(text, cp, next, soft);
    if (soft && (is_lower(cp) || (ellipsis && sr_utf8_is_digit(cp))))
        return SR_INSIDE;
    return SR_ENDS;
}

enum sr_verdict sr_judge_clause(const struct sr_text_view *text, uint32_t cp, size_t behind) {
    size_t next;
    if (!is_in(cp, ",;:—–"))
        return SR_INSIDE;
    const uint32_t after = sr_text_peek(text, behind, &next);
    if (after == SR_TEXT_WAIT)
        return SR_UNKNOWN;
    return after < SR_TEXT_END && sr_utf8_is_space(after) ? SR_ENDS : SR_INSIDE;
}
