/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

#include <string.h>

#define REPLACEMENT 0xFFFDu

uint32_t sr_utf8_next(const char **p, const char *end) {
    const unsigned char *s = (const unsigned char *)*p;
    const size_t left = (size_t)(end - *p);
    size_t extra;
    uint32_t cp, least;
    if (s[0] < 0x80) {
        *p += 1;
        return s[0];
    }
    if (s[0] >= 0xC2 && s[0] < 0xE0)
        extra = 1, cp = s[0] & 0x1Fu, least = 0x80;
    else if (s[0] >= 0xE0 && s[0] < 0xF0)
        extra = 2, cp = s[0] & 0x0Fu, least = 0x800;
    else if (s[0] >= 0xF0 && s[0] < 0xF5)
        extra = 3, cp = s[0] & 0x07u, least = 0x10000;
    else
        goto bad;
    if (left <= extra)
        goto bad;
    for (size_t i = 1; i <= extra; i++) {
        if ((s[i] & 0xC0) != 0x80)
            goto bad;
        cp = cp << 6 | (s[i] & 0x3Fu);
    }
    if (cp < least || cp > 0x10FFFF || (cp >= 0xD800 && cp < 0xE000))
        goto bad;
    *p += extra + 1;
    return cp;
bad:
    *p += 1;
    return REPLACEMENT;
}

size_t sr_utf8_put(uint32_t cp, char out[4]) {
    if (cp < 0x80) {
        out[0] = (char)cp;
        return 1;
    }
    if (cp < 0x800) {
        out[0] = (char)(0xC0 | cp >> 6);
        out[1] = (char)(0x80 | (cp & 0x3F));
        return 2;
    }
    if (cp < 0x10000) {
        out[0] = (char)(0xE0 | cp >> 12);
        out[1] = (char)(0x80 | (cp >> 6 & 0x3F));
        out[2] = (char)(0x80 | (cp & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | (cp >> 18 & 7));
    out[1] = (char)(0x80 | (cp >> 12 & 0x3F));
    out[2] = (char)(0x80 | (cp >> 6 & 0x3F));
    out[3] = (char)(0x80 | (cp & 0x3F));
    return 4;
}

void sr_utf8_add(struct sr_str *s, uint32_t cp) {
    char bytes[4];
    sr_str_add(s, bytes, sr_utf8_put(cp, bytes));
}

bool sr_utf8_valid(const char *text, size_t len) {
    const char *p = text, *end = text + len;
    while (p < end) {
        const char *start = p;
        if (sr_utf8_next(&p, end) == REPLACEMENT && !(p - start == 3 && memcmp(start, "\xEF\xBF\xBD", 3) == 0))
            return false;
    }
    return true;
}

uint32_t sr_utf8_lower(uint32_t cp) {
    if (cp >= 'A' && cp <= 'Z')
        return cp + 32;
    if (cp >= 0xC0 && cp <= 0xDE && cp != 0xD7)
        return cp + 32;
    if (cp == 0x178)
        return 0xFF;
    /* Latin Extended-A: upper and lower case alternate, upper first, but for three odd stretches. */
    if (cp >= 0x100 && cp <= 0x177 && cp != 0x130 && cp != 0x131 && cp != 0x138 && cp != 0x149) {
        const bool upper_is_odd = cp >= 0x139 && cp <= 0x148;
        return ((cp & 1u) == (upper_is_odd ? 1u : 0u)) ? cp + 1 : cp;
    }
    if (cp == 0x179 || cp == 0x17B || cp == 0x17D)
        return cp + 1;
    return cp;
}

uint32_t sr_utf8_upper(uint32_t cp) {
    const bool lower = (cp >= 'a' && cp <= 'z') || (cp >= 0xE0 && cp <= 0xFE && cp != 0xF7);
    return lower ? cp - 0x20 : cp;
}

bool sr_utf8_is_upper(uint32_t cp) {
    return sr_utf8_lower(cp) != cp;
}

bool sr_utf8_is_vowel(char c) {
    return c && strchr("aeiou", c);
}

bool sr_utf8_is_digit(uint32_t cp) {
    return cp >= '0' && cp <= '9';
}

bool sr_utf8_is_letter(uint32_t cp) {
    if (cp < 0x80)
        return (cp >= 'a' && cp <= 'z') || (cp >= 'A' && cp <= 'Z');
    if (cp < 0xC0)
        return cp == 0xAA || cp == 0xB5 || cp == 0xBA;
    if (cp < 0x250)
        return cp != 0xD7 && cp != 0xF7;
    /* Beyond Latin: scripts are letters, the punctuation, symbol and private blocks are not. */
    return !(cp >= 0x2000 && cp < 0x2C00) && !(cp >= 0x3000 && cp < 0x3040) && cp < 0xE000;
}

bool sr_utf8_is_space(uint32_t cp) {
    return cp == ' ' || (cp >= '\t' && cp <= '\r') || cp == 0x85 || cp == 0xA0 || cp == 0x1680 ||
           (cp >= 0x2000 && cp <= 0x200B) || cp == 0x2028 || cp == 0x2029 || cp == 0x202F || cp == 0x205F ||
           cp == 0x3000 || cp == 0xFEFF;
}

/* The base letter of a lower-case accented Latin letter; ñ is a letter of its own. */
static uint32_t without_accent(uint32_t cp) {
    static const char bases[] = "aaaaaa\0ceeeeiiii\0\0ooooo\0ouuuuy\0y"; /* U+00E0 to U+00FF */
    if (cp == 0xF1 || cp < 0xE0 || cp > 0xFF)
        return cp;
    const char base = bases[cp - 0xE0];
    return base ? (uint32_t)base : cp;
}

void sr_utf8_fold(const char *text, size_t len, struct sr_str *out) {
    const char *p = text, *end = text + len;
    bool pending_space = false;
    const size_t start = out->len;
    while (p < end) {
        const uint32_t cp = sr_utf8_lower(sr_utf8_next(&p, end));
        if (cp >= 0x300 && cp < 0x370)
            continue; /* a combining accent */
        if (!sr_utf8_is_letter(cp) && !sr_utf8_is_digit(cp)) {
            pending_space = true;
            continue;
        }
        if (pending_space && out->len > start)
            sr_str_addc(out, ' ');
        pending_space = false;
        sr_utf8_add(out, without_accent(cp));
    }
    sr_str_add(out, "", 0);
}

char *sr_utf8_folded(const char *text, size_t len) {
    struct sr_str folded = {0};
    sr_utf8_fold(text, len, &folded);
    return sr_str_take(&folded);
}
