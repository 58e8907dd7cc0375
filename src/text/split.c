/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The splitter scans its text once, from left to right. At a sign that may end a sentence it looks at what follows, and
 * when that has not come yet it stops there until it has: a decision is made once, on the same context, however the
 * text was cut into pieces. That is why streaming output equals offline output.
 *
 *      text  |  already taken  |  the piece being scanned  |  not scanned yet  |
 *                               ^head                       ^at
 *
 * A period ends a sentence unless the word before it is an abbreviation, an initial or a list number, or the text goes
 * on without a space; what closes (quotes, brackets) stays with the sentence; ellipsis, ! and ? before a lower-case
 * word are inside one. Clauses are cut only when the caller gave limits: the first fragment at the first comma that
 * makes it long enough; and every piece that outgrows its limit at its last comma, else at its last joint. The limit of
 * the first piece is short, so that it can be spoken soon; each next one may be half as long again as the one before,
 * so that it can be made while that one is heard, up to the longest; a piece that has no such place is cut there at a
 * space. A joint is the space between a long word and a short one: the short words of Spanish and English (que, de, en,
 * y; of, to, and) begin phrases. A tail is never left behind alone.
 */
#include "text/split.h"

#include "base/utf8.h"
#include "text/abbreviations.h"

#include <stdlib.h>
#include <string.h>

#define END 0x110000u  /* flushed: no more text */
#define WAIT 0x110001u /* the next character has not come yet */
#define SHORT_WORD 3
#define JOINT_MIN 12 /* characters: a shorter fragment is not worth a breath */
#define MAX_LOOK 32  /* no decision looks further ahead than this many closing signs or spaces */

struct sr_split {
    /* immutable */
    struct sr_abbreviations *abbreviations;
    size_t first_min, first_max, max_chars; /* 0: never cut */
    /* state */
    struct sr_str text, piece;
    size_t limit; /* of the piece being scanned; 0: none */
    size_t head, at;
    size_t chars;              /* characters between head and at */
    size_t comma, comma_chars; /* the last place where a clause may be cut, 0 for none */
    size_t space, joint;       /* the last space, the last joint */
    size_t space_chars;        /* characters before the last space */
    size_t word, last_word;    /* characters of the word at `at` and of the one before */
    size_t judged;             /* signs before here are known to be inside a sentence */
    bool words;                /* the piece has something to say */
    bool first, flushed;
};

/* What a sign that may end a sentence does. */
enum verdict { INSIDE, ENDS, UNKNOWN };

int sr_split_new(const struct sr_split_limits *limits, const char *abbreviations, struct sr_split **out,
                 struct sarai_error *error) {
    struct sr_split *split = calloc(1, sizeof *split);
    if (!split)
        return sr_error(error, SARAI_ENOMEM, "splitter", "out of memory");
    const int rc = sr_abbreviations_load(abbreviations, &split->abbreviations, error);
    if (rc < 0) {
        sr_split_free(split);
        return rc;
    }
    if (limits) {
        split->first_min = limits->first_min > 0 ? (size_t)limits->first_min : 0;
        split->first_max = limits->first_max > 0 ? (size_t)limits->first_max : 0;
        split->max_chars = limits->max > 0 ? (size_t)limits->max : 0;
    }
    sr_split_reset(split);
    *out = split;
    return SARAI_OK;
}

void sr_split_free(struct sr_split *split) {
    if (!split)
        return;
    sr_abbreviations_free(split->abbreviations);
    sr_str_deinit(&split->text);
    sr_str_deinit(&split->piece);
    free(split);
}

static void begin_piece(struct sr_split *split, size_t head) {
    split->head = split->at = head;
    split->chars = split->comma = split->comma_chars = split->space = split->joint = split->judged = 0;
    split->word = split->last_word = split->space_chars = 0;
    split->words = false;
}

void sr_split_reset(struct sr_split *split) {
    sr_str_clear(&split->text);
    begin_piece(split, 0);
    split->first = true;
    split->flushed = false;
    split->limit = split->first_max ? split->first_max : split->max_chars;
}

int sr_split_feed(struct sr_split *split, const char *text, size_t len) {
    /* What was taken goes once it is most of the memory, so that a long stream costs no more than its longest piece. */
    if (split->head > 4096 && split->head > split->text.len / 2) {
        const size_t gone = split->head;
        sr_str_shift(&split->text, gone);
        split->head = 0;
        split->at -= gone;
        split->judged -= split->judged ? gone : 0;
        split->comma -= split->comma ? gone : 0;
        split->space -= split->space ? gone : 0;
        split->joint -= split->joint ? gone : 0;
    }
    sr_str_add(&split->text, text, len);
    const bool failed = split->text.failed;
    split->text.failed = false;
    return failed ? SARAI_ENOMEM : SARAI_OK;
}

void sr_split_flush(struct sr_split *split) {
    split->flushed = true;
}

/* The character at `at` and where the next one begins; WAIT when its bytes have not all come. */
static uint32_t peek(const struct sr_split *split, size_t at, size_t *next) {
    const size_t left = split->text.len - at;
    if (left == 0)
        return split->flushed ? END : WAIT;
    const unsigned char lead = (unsigned char)split->text.data[at];
    const size_t need = lead < 0xC2 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (left < need && !split->flushed)
        return WAIT;
    const char *p = split->text.data + at;
    const uint32_t cp = sr_utf8_next(&p, split->text.data + split->text.len);
    *next = (size_t)(p - split->text.data);
    return cp;
}

static bool is_in(uint32_t cp, const char *set) {
    for (const char *p = set, *end = set + strlen(set); p < end;)
        if (sr_utf8_next(&p, end) == cp)
            return true;
    return false;
}

static bool is_alnum(uint32_t cp) {
    return cp < END && (sr_utf8_is_letter(cp) || sr_utf8_is_digit(cp));
}

static bool is_lower(uint32_t cp) {
    return cp < END && sr_utf8_is_letter(cp) && !sr_utf8_is_upper(cp);
}

/* The signs from `at` on that belong to the end of a sentence: more of them, and what closes. Returns where they stop,
 * or 0 when that is not known yet. */
static size_t end_of_signs(const struct sr_split *split, size_t at, bool *strong, bool *ellipsis) {
    unsigned dots = 0;
    *strong = *ellipsis = false;
    for (int looked = 0; looked < MAX_LOOK; looked++) {
        size_t next = at, after = at;
        const uint32_t cp = peek(split, at, &next);
        if (cp == WAIT)
            return 0;
        if (cp == '.')
            dots++;
        else if (cp == '!' || cp == '?')
            *strong = true;
        else if (cp == 0x2026)
            *ellipsis = true;
        else if (is_in(cp, "\"'’")) {
            const uint32_t beyond = peek(split, next, &after);
            if (beyond == WAIT)
                return 0;
            if (is_alnum(beyond) || is_in(beyond, "¿¡"))
                break; /* it opens */
        } else if (cp == END || !is_in(cp, ")]}»”")) {
            break;
        }
        at = next;
    }
    *ellipsis = *ellipsis || dots > 1;
    return at;
}

static uint32_t char_at(const struct sr_split *split, size_t at) {
    const char *p = split->text.data + at;
    return sr_utf8_next(&p, split->text.data + split->text.len);
}

/* Where the word that ends at `end` begins. */
static size_t word_before(const struct sr_split *split, size_t end) {
    const char *text = split->text.data;
    size_t at = end;
    while (at > split->head && !strchr(" \t\r([{\"'/-", text[at - 1]))
        at--;
    while (at < end && is_in(char_at(split, at), "¿¡«“‘"))
        at += text[at] == '\xC2' ? 2 : 3;
    return at;
}

/* "J. R. Ramírez" and "según J. Pérez" go on; "Felipe V. Después" and "vitamina C. Luego" end. */
static bool is_initial(const struct sr_split *split, size_t word, size_t period) {
    if (period - word != 1 || !sr_utf8_is_upper((unsigned char)split->text.data[word]))
        return false;
    size_t end = word;
    while (end > split->head && split->text.data[end - 1] == ' ')
        end--;
    if (end == split->head)
        return true;
    const size_t before = word_before(split, end);
    if (sr_utf8_is_upper(char_at(split, before)))
        return split->text.data[end - 1] == '.' || !strchr("IVX", split->text.data[word]);
    return end - before <= 3 || !strchr("ABCDIVX", split->text.data[word]);
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
static bool period_ends(const struct sr_split *split, size_t period, uint32_t next) {
    const char *text = split->text.data;
    const size_t word = word_before(split, period);
    switch (sr_abbreviations_match(split->abbreviations, text, split->head, period, next)) {
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
    if (is_initial(split, word, period))
        return false;
    size_t start = split->head;
    while (start < word && strchr(" \t\r", text[start]))
        start++;
    if (word == start && period - word <= 3 && is_number(text + word, period - word) && !is_in(next, "¿¡"))
        return false; /* "1. Helado" */
    return !is_lower(next) || has_vowel(text + word, period - word);
}

/* A quote, bracket or dash follows the space: where it opens something a sentence may begin, where it closes not. */
static enum verdict judge_sign(const struct sr_split *split, uint32_t sign, size_t behind, bool soft) {
    size_t next = behind;
    uint32_t cp = peek(split, behind, &next);
    if (cp == WAIT)
        return UNKNOWN;
    if (is_in(sign, "\"'") && !is_alnum(cp) && !is_in(cp, "¿¡(["))
        return INSIDE;
    if (is_in(sign, "—–-"))
        return is_lower(cp) ? INSIDE : ENDS; /* —¡Hola! —dijo Ana. */
    return soft && is_lower(cp) ? INSIDE : ENDS;
}

/* What the sign at `at` does; `*end` is where the signs stop. */
static enum verdict judge(const struct sr_split *split, size_t at, size_t *end) {
    bool strong, ellipsis;
    const size_t stop = end_of_signs(split, at, &strong, &ellipsis);
    if (!stop)
        return UNKNOWN;
    *end = stop;
    size_t look = stop, next = stop;
    uint32_t cp = peek(split, look, &next);
    if (cp == WAIT)
        return UNKNOWN;
    if (cp == END || cp == '\n')
        return ENDS;
    if (!sr_utf8_is_space(cp))
        return is_in(cp, "¿¡") || (strong && sr_utf8_is_upper(cp)) ? ENDS : INSIDE;
    for (int looked = 0; looked < MAX_LOOK && cp < END && cp != '\n' && sr_utf8_is_space(cp); looked++) {
        look = next;
        cp = peek(split, look, &next);
    }
    if (cp == WAIT)
        return UNKNOWN;
    if (cp == END || cp == '\n')
        return ENDS;
    const bool soft = strong || ellipsis;
    if (strong && stop == at + 1 && sr_abbreviations_match(split->abbreviations, split->text.data, split->head, at, cp))
        return INSIDE; /* "Yahoo! Messenger" */
    if (!soft && !period_ends(split, at, cp))
        return INSIDE;
    if (is_in(cp, ",;:)]}»”.!?…/"))
        return INSIDE;
    if (is_in(cp, "\"'«“‘([{—–-"))
        return judge_sign(split, cp, next, soft);
    if (soft && (is_lower(cp) || (ellipsis && sr_utf8_is_digit(cp))))
        return INSIDE;
    return ENDS;
}

/* While a piece of `bytes` is heard, one half as long again can be made. */
static void grow_limit(struct sr_split *split, size_t bytes) {
    const size_t grown = bytes + bytes / 2;
    if (grown > split->limit)
        split->limit = grown;
    if (split->limit > split->max_chars)
        split->limit = split->max_chars;
}

/* Copies [head, end) without the spaces around it into `piece` and begins the next one at `next`. Returns 1, 0 when
 * there was nothing, or SARAI_ENOMEM with nothing changed. */
static int take(struct sr_split *split, size_t end, size_t next) {
    if (split->head == end) {
        begin_piece(split, next);
        return 0;
    }
    const char *first = split->text.data + split->head, *last = split->text.data + end;
    for (const char *p = first; p < last && sr_utf8_is_space(sr_utf8_next(&p, last));)
        first = p;
    const char *trimmed = first;
    for (const char *p = first; p < last;)
        if (!sr_utf8_is_space(sr_utf8_next(&p, last)))
            trimmed = p;
    sr_str_clear(&split->piece);
    sr_str_add(&split->piece, first, (size_t)(trimmed - first));
    if (split->piece.failed)
        return SARAI_ENOMEM;
    begin_piece(split, next);
    if (first == trimmed)
        return 0;
    split->first = false;
    grow_limit(split, (size_t)(trimmed - first));
    return 1;
}

/* The piece would grow too long: it ends at its last comma, unless that makes it very short, else at a joint or space.
 */
static int take_longest(struct sr_split *split, enum sr_split_end *kind) {
    const bool at_comma = split->comma && split->comma_chars * 3 >= split->limit;
    const size_t cut = at_comma ? split->comma : split->joint ? split->joint : split->space ? split->space : split->at;
    *kind = at_comma ? SR_SPLIT_CLAUSE : SR_SPLIT_JOINT;
    return take(split, cut, cut);
}

/* The piece up to `end` is within the limit. */
static bool fits(const struct sr_split *split, size_t end) {
    size_t chars = split->chars;
    for (size_t at = split->at; at < end; chars++)
        peek(split, at, &at);
    return !split->max_chars || chars <= split->max_chars;
}

/* A clause may be cut behind `cp`: a comma and its like before a space, or a dash with a space on one side. */
static enum verdict judge_clause(const struct sr_split *split, uint32_t cp, size_t behind) {
    size_t next;
    if (!is_in(cp, ",;:—–"))
        return INSIDE;
    const uint32_t after = peek(split, behind, &next);
    if (after == WAIT)
        return UNKNOWN;
    return after < END && sr_utf8_is_space(after) ? ENDS : INSIDE;
}

/* A word ended: if it was a short one behind a long one, and no unit behind its number, the space between them is a
 * joint. The last one counts that is not far behind the limit; for the first piece, which somebody waits for, not
 * behind it. */
static void note_joint(struct sr_split *split) {
    const size_t furthest = split->limit + (split->first ? 0 : JOINT_MIN);
    const bool number = split->space && sr_utf8_is_digit((unsigned char)split->text.data[split->space - 1]);
    const bool joins = !number && split->word && split->word <= SHORT_WORD && split->last_word > SHORT_WORD;
    if (joins && split->space_chars >= JOINT_MIN && (!split->joint || split->space_chars <= furthest))
        split->joint = split->space;
}

/* Consumes the character at `at`, which ends at `next`. */
static void advance(struct sr_split *split, uint32_t cp, size_t next) {
    if (sr_utf8_is_space(cp)) {
        if (split->chars == 0) {
            begin_piece(split, next);
            return;
        }
        note_joint(split);
        if (split->word)
            split->last_word = split->word;
        split->word = 0;
        split->space = split->at;
        split->space_chars = split->chars;
    } else {
        split->word++;
    }
    split->words = split->words || is_alnum(cp);
    split->chars++;
    split->at = next;
}

/* Looks at the character at `at`: 1 when a piece was taken (its kind in `*kind`), 0 when not, WAIT in `*cp` when more
 * text is needed. */
static int step(struct sr_split *split, uint32_t *cp, enum sr_split_end *kind) {
    size_t next = split->at, end = split->at;
    enum verdict verdict;
    *kind = SR_SPLIT_SENTENCE;
    *cp = peek(split, split->at, &next);
    if (*cp == WAIT)
        return 0;
    if (*cp == END || *cp == '\n')
        return take(split, split->at, next);
    if (split->max_chars && split->chars >= split->max_chars && !sr_utf8_is_space(*cp)) {
        return take_longest(split, kind);
    }
    if (split->limit && split->chars >= split->limit + JOINT_MIN && (split->joint || split->comma) && !split->word)
        return take_longest(split, kind);
    if (split->at >= split->judged && is_in(*cp, ".!?…")) {
        verdict = judge(split, split->at, &end);
        if (verdict == ENDS && split->words && fits(split, end))
            return take(split, end, end);
        if (verdict != UNKNOWN)
            split->judged = end;
    } else {
        verdict = judge_clause(split, *cp, next);
        if (verdict == ENDS && split->first && split->first_min && split->chars + 1 >= split->first_min) {
            *kind = SR_SPLIT_CLAUSE;
            return take(split, next, next);
        }
        if (verdict == ENDS)
            split->comma = next, split->comma_chars = split->chars + 1;
    }
    if (verdict == UNKNOWN)
        *cp = WAIT;
    else
        advance(split, *cp, next);
    return 0;
}

int sr_split_next(struct sr_split *split, const char **text, enum sr_split_end *end) {
    uint32_t cp;
    do {
        const int rc = step(split, &cp, end);
        if (rc != 0) {
            *text = split->piece.data;
            return rc;
        }
    } while (cp < END);
    return 0;
}
