/* SPDX-License-Identifier: Apache-2.0 */
#include "text/number_words.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "base/utf8.h"
#include "text/lexicon.h"

#define WORDS_MAX 160

struct number_word {
    char *word; /* folded */
    double value;
};

struct sr_number_words {
    struct number_word words[WORDS_MAX];
    size_t count;
    char *comma, *point, *minus, *and, *half; /* folded words */
};

static int add_number(struct sr_number_words *numbers, const char *said, double value) {
    const char *variant;
    size_t len;
    while (said && (len = sr_table_variant(&said, &variant))) {
        if (numbers->count == WORDS_MAX)
            return SARAI_EINPUT;
        char *word = sr_utf8_folded(variant, len);
        if (!word)
            return SARAI_ENOMEM;
        numbers->words[numbers->count++] = (struct number_word){word, value};
    }
    return SARAI_OK;
}

static char *term(const struct sr_lexicon *lexicon, enum sr_lex kind, const char *name) {
    const char *said = sr_lexicon_find(lexicon, kind, name, strlen(name));
    return said ? sr_utf8_folded(said, strlen(said)) : sr_strdup("");
}

/* The words of numbers are those that the normalizer writes, read the other way round. */
static int learn(struct sr_number_words *numbers, const char *folder, struct sarai_error *error) {
    static const char *const tables[] = {"normalize_numbers.tsv"};
    struct sr_lexicon *lexicon = NULL;
    int status = sr_lexicon_load(folder, tables, 1, &lexicon, error);
    char written[24];
    for (int n = 0; status >= 0 && n <= 1000; n++) {
        snprintf(written, sizeof written, "%d", n);
        status = add_number(numbers, sr_lexicon_find(lexicon, SR_LEX_NUMBER, written, strlen(written)), n);
    }
    if (status >= 0) /* the first day of a month */
        status = add_number(numbers, sr_lexicon_find(lexicon, SR_LEX_ORDINAL, "1", 1), 1);
    /* "mil" is a number and the scale counts in millions, or there is only the scale, in thousands. */
    const double step = status >= 0 && sr_lexicon_find(lexicon, SR_LEX_NUMBER, "1000", 4) ? 1e6 : 1e3;
    double scale = 1;
    for (int power = 1; status >= 0 && power <= 3; power++) {
        const char digit[] = {(char)('0' + power), '\0'};
        status = add_number(numbers, sr_lexicon_find(lexicon, SR_LEX_SCALE, digit, 1), scale *= step);
    }
    if (status >= 0) {
        numbers->comma = term(lexicon, SR_LEX_TERM, "comma");
        numbers->point = term(lexicon, SR_LEX_TERM, "point");
        numbers->minus = term(lexicon, SR_LEX_TERM, "minus");
        numbers->and = term(lexicon, SR_LEX_TERM, "and");
        numbers->half = term(lexicon, SR_LEX_PART, "2");
        if (!numbers->comma || !numbers->point || !numbers->minus || !numbers->and || !numbers->half)
            status = SARAI_ENOMEM;
    }
    sr_lexicon_free(lexicon);
    return status;
}

int sr_number_words_load(const char *folder, struct sr_number_words **out, struct sarai_error *error) {
    struct sr_number_words *numbers = calloc(1, sizeof *numbers);
    if (!numbers)
        return sr_error(error, SARAI_ENOMEM, "numbers", "out of memory");
    const int status = learn(numbers, folder, error);
    if (status < 0) {
        sr_number_words_free(numbers);
        return status;
    }
    *out = numbers;
    return SARAI_OK;
}

void sr_number_words_free(struct sr_number_words *numbers) {
    if (!numbers)
        return;
    for (size_t i = 0; i < numbers->count; i++)
        free(numbers->words[i].word);
    free(numbers->comma);
    free(numbers->point);
    free(numbers->minus);
    free(numbers->and);
    free(numbers->half);
    free(numbers);
}

static double word_value(const struct sr_number_words *numbers, const char *word) {
    for (size_t i = 0; i < numbers->count; i++)
        if (strcmp(numbers->words[i].word, word) == 0)
            return numbers->words[i].value;
    return -1;
}

/* Is `word` one of the '|'-separated variants, which folding joined with spaces? */
static bool is_one_of(const char *word, const char *variants) {
    const size_t len = strlen(word);
    for (const char *p = variants; (p = strstr(p, word)); p++)
        if ((p == variants || p[-1] == ' ') && (p[len] == ' ' || p[len] == '\0'))
            return true;
    return false;
}

/* "dos mil trescientos cinco", "two thousand three hundred and five": parts below a thousand are added up; a thousand,
 * a million, and a hundred behind a digit multiply what stands before. */
static bool whole_number(const struct sr_number_words *numbers, const char *const *words, size_t count, double *out) {
    double total = 0, group = 0, last = 0; /* last: the smallest part of the group so far */
    bool open = false, tens = false;       /* something in the group; a tens word waits for its unit */
    for (size_t i = 0; i < count; i++) {
        if (strcmp(words[i], numbers->and) == 0 && (tens || last == 100) && i + 1 < count)
            continue;
        const double value = word_value(numbers, words[i]);
        if (value < 0)
            return false;
        if (value >= 1000) {
            if (total != 0 && fmod(total, value * (value == 1000 ? 1000 : 1)) != 0 && value == 1000)
                return false;
            if (value == 1000)
                group = (open ? group : 1) * 1000;
            else {
                if (!open)
                    return false;
                total += group * value;
                group = 0;
            }
            open = value == 1000;
            last = value == 1000 ? 1000 : 0;
            tens = false;
            continue;
        }
        if (value == 100 && last >= 1 && last < 10) {
            group += last * 99;
            last = 100;
            continue;
        }
        const bool fits = !open || (last >= 1000 && value < 1000) || (last >= 100 && last < 1000 && value < 100) ||
                          (tens && value > 0 && value < 10);
        if (!fits || (open && value == 0))
            return false;
        tens = value >= 20 && value < 100 && fmod(value, 10) == 0;
        group += value;
        last = value;
        open = true;
    }
    *out = total + group;
    return count > 0;
}

/* The words behind the comma: leading zeros count, the rest is a number written behind them. */
static bool fraction(const struct sr_number_words *numbers, const char *const *words, size_t count, double *out) {
    double scale = 1, value = 0;
    while (count > 1 && word_value(numbers, words[0]) == 0) {
        scale /= 10;
        words++;
        count--;
    }
    if (!whole_number(numbers, words, count, &value))
        return false;
    double digits = 10;
    while (digits <= value)
        digits *= 10;
    *out = scale * value / digits;
    return true;
}

bool sr_number_words_read(const struct sr_number_words *numbers, const char *const *words, size_t count, double *out) {
    const bool negative = count > 1 && strcmp(words[0], numbers->minus) == 0;
    words += negative;
    count -= negative;
    size_t comma = 0;
    while (comma < count && strcmp(words[comma], numbers->comma) != 0 && strcmp(words[comma], numbers->point) != 0)
        comma++;
    double whole = 0, part = 0;
    if (comma == count && count && is_one_of(words[count - 1], numbers->half)) { /* "tres y medio", "media" */
        part = 0.5;
        count = count > 2 && strcmp(words[count - 2], numbers->and) == 0 ? count - 2 : count - 1;
        comma = count;
        if (count && !whole_number(numbers, words, count, &whole))
            return false;
    } else if (!whole_number(numbers, words, comma, &whole) ||
               (comma < count && !fraction(numbers, words + comma + 1, count - comma - 1, &part)))
        return false;
    *out = negative ? -(whole + part) : whole + part;
    return true;
}
