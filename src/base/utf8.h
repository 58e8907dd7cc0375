/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8: decoding that never reads past the end, and the case and accent folding of Spanish and English. */
#ifndef SR_BASE_UTF8_H
#define SR_BASE_UTF8_H

#include "base/str.h"

/** Decodes one code point from [p, end) and moves `*p` behind it; malformed bytes give U+FFFD, one byte at a time. */
uint32_t sr_utf8_next(const char **p, const char *end);
/** Encodes a code point; returns the number of bytes written (1 to 4). */
size_t sr_utf8_put(uint32_t cp, char out[4]);
void sr_utf8_add(struct sr_str *s, uint32_t cp);
bool sr_utf8_valid(const char *text, size_t len);

/** Lower case of Latin letters with the accents of Western European languages. */
uint32_t sr_utf8_lower(uint32_t cp);
/** Upper case of ASCII and Latin-1 letters. */
uint32_t sr_utf8_upper(uint32_t cp);
bool sr_utf8_is_upper(uint32_t cp);
bool sr_utf8_is_letter(uint32_t cp);
/** Of a folded text: a, e, i, o or u. */
bool sr_utf8_is_vowel(char c);
bool sr_utf8_is_digit(uint32_t cp);
bool sr_utf8_is_space(uint32_t cp);

/** The form in which texts are compared: lower case, accents removed (ñ kept), punctuation to spaces, spaces single,
 *  none at the ends. "¿Qué  HORA es?" becomes "que hora es". Appends to `out`. */
void sr_utf8_fold(const char *text, size_t len, struct sr_str *out);
/** The same as a text of its own, malloc'd; NULL when out of memory. */
char *sr_utf8_folded(const char *text, size_t len);

#endif
