/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The tables from which written text becomes spoken text and its phonemes (data/LANGUAGE/normalize_*.tsv and more):
 * rows of kind, written forms with '|' between them, and what is said. A kind is what a row is for; data/es/README.md
 * says what each one means.
 */
#ifndef SR_TEXT_LEXICON_H
#define SR_TEXT_LEXICON_H

#include "base/str.h"

#define SR_LEXICON_KINDS(X)                                                                                            \
    X(NUMBER, "number")                                                                                                \
    X(SCALE, "scale")                                                                                                  \
    X(ORDINAL, "ordinal")                                                                                              \
    X(PART, "part")                                                                                                    \
    X(SUFFIX, "suffix")                                                                                                \
    X(VULGAR, "vulgar")                                                                                                \
    X(TERM, "term")                                                                                                    \
    X(MONEY, "money")                                                                                                  \
    X(QUANTITY, "quantity")                                                                                            \
    X(UNIT, "unit")                                                                                                    \
    X(ABBR, "abbr")                                                                                                    \
    X(ABBR_NUMBER, "abbr#")                                                                                            \
    X(ABBR_NAME, "abbrA")                                                                                              \
    X(ACRONYM, "acronym")                                                                                              \
    X(MONTH, "month")                                                                                                  \
    X(DAY, "day")                                                                                                      \
    X(ZONE, "zone")                                                                                                    \
    X(MERIDIEM, "meridiem")                                                                                            \
    X(ERA, "era")                                                                                                      \
    X(SIGN, "sign")                                                                                                    \
    X(WEB, "web")                                                                                                      \
    X(HOST, "host")                                                                                                    \
    X(TLD, "tld")                                                                                                      \
    X(CLOCK, "clock")                                                                                                  \
    X(CUE, "cue")                                                                                                      \
    X(ROMAN, "roman")                                                                                                  \
    X(NOUN, "noun")                                                                                                    \
    X(LABEL, "label")                                                                                                  \
    X(ENDING, "ending")                                                                                                \
    X(WEAK, "weak")                                                                                                    \
    X(LETTER, "letter")                                                                                                \
    X(FOREIGN, "foreign")

#define X(name, text) SR_LEX_##name,
enum sr_lex { SR_LEXICON_KINDS(X) SR_LEX_COUNT };
#undef X

struct sr_lexicon;

/** Reads the tables `names` ("normalize_numbers.tsv") of `folder`. An unknown kind is SARAI_EINPUT with its
 *  line. The caller owns `*out`. [init] */
int sr_lexicon_load(const char *folder, const char *const *names, size_t count, struct sr_lexicon **out,
                    struct sarai_error *error);
void sr_lexicon_free(struct sr_lexicon *lexicon);

/** What is said for exactly `written`, or NULL. A form in the same case goes before one in another case; a space behind
 *  a period does not matter. [any] */
const char *sr_lexicon_find(const struct sr_lexicon *lexicon, enum sr_lex kind, const char *written, size_t len);
/** The longest form of `kind` with which [text, end) begins, no letter right behind one that ends in a letter: its
 *  length in `text`, 0 when there is none. [any] */
size_t sr_lexicon_match(const struct sr_lexicon *lexicon, enum sr_lex kind, const char *text, const char *end,
                        const char **spoken);
/** The `index`-th of the variants that '|' separates in `spoken`; the first when there are fewer. Its length. [any] */
size_t sr_lexicon_variant(const char *spoken, int index, const char **variant);

#endif
