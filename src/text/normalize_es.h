/* SPDX-License-Identifier: Apache-2.0 */
/* How each class of written Spanish is read; the conventions are those of the Spanish grammars of NeMo text processing
 * (Apache-2.0), but for what the Ortografía says otherwise. [any] */
#ifndef SR_TEXT_NORMALIZE_ES_H
#define SR_TEXT_NORMALIZE_ES_H

#include "text/reading.h"

/** How a number ends: alone (uno, doscientos), before a masculine noun (un), before a feminine one (una, doscientas).
 *  The values are the variants of a row "number". */
enum sr_es_form { SR_ES_ALONE, SR_ES_MASCULINE, SR_ES_FEMININE };
/** How an ordinal ends: primero, primer, primera. */
enum sr_es_ending { SR_ES_ENDS_O, SR_ES_ENDS_SHORT, SR_ES_ENDS_A };

/** The form for a gender of the tables: "m", "f", or anything else. */
enum sr_es_form sr_es_form_of(const char *gender, size_t len);
/** The form of the number that ends at `end` and begins at `at`, by the words around it. */
enum sr_es_form sr_es_agreement(const struct sr_reading *r, const char *at, const char *end);

/** The gender of the noun behind the spaces at `at`, as the tables have it; NULL when what stands there is no noun. */
const char *sr_es_noun(const struct sr_reading *r, const char *at);
/** The word before `at` is one that numbers name, as in "página 21". */
bool sr_es_is_label(const struct sr_reading *r, const char *at);
/** Whole millions: a "de" stands between them and what they count. */
bool sr_es_is_millions(const struct sr_number *number);

void sr_es_cardinal(const struct sr_reading *r, struct sr_str *out, const char *digits, size_t count,
                    enum sr_es_form form);
void sr_es_small(const struct sr_reading *r, struct sr_str *out, int value, enum sr_es_form form);
/** Each digit by itself; what is no digit is passed over. */
void sr_es_digits(const struct sr_reading *r, struct sr_str *out, const char *digits, size_t count);
/** The number with its decimals: "cinco mil dos coma ciento treinta y dos". */
void sr_es_number(const struct sr_reading *r, struct sr_str *out, const struct sr_number *number, enum sr_es_form form);
/** False when it is too large. */
bool sr_es_ordinal(const struct sr_reading *r, struct sr_str *out, const char *digits, size_t count,
                   enum sr_es_ending ending);
/** A fraction or mixed number: where it ends, or NULL. `*half`: its denominator is two. */
const char *sr_es_fraction(const struct sr_reading *r, const char *at, enum sr_es_form form, struct sr_str *out,
                           bool *half);
/** The minus or plus at `at`, where a number may have one: its length, 0 when there is none. */
size_t sr_es_sign(const struct sr_reading *r, const char *at, struct sr_str *out);
/** The word before `at` announces a day ('d'), an hour ('h') or two numbers ('b'). */
bool sr_es_cue(const struct sr_reading *r, const char *at, char what);
/** An equals sign is near: this is arithmetic. */
bool sr_es_is_arithmetic(const struct sr_reading *r, const char *at);
/** The value of the roman numeral [at, at + len), 0 when it is none. */
int sr_es_roman(const char *at, size_t len);

sr_reader sr_es_read_cardinal, sr_es_read_ordinal, sr_es_read_fraction, sr_es_read_range, sr_es_read_date,
    sr_es_read_time, sr_es_read_money, sr_es_read_measure, sr_es_read_web, sr_es_read_telephone, sr_es_read_words,
    sr_es_read_roman, sr_es_read_acronym, sr_es_read_mixed, sr_es_read_sign;

/** All of them; of those that understand the same length the first wins; NULL at the end. */
extern sr_reader *const sr_es_readers[];

#endif
