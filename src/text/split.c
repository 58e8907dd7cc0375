/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The splitter scans its text once, from left to right. At a sign that may end a sentence it looks at what follows, and
 * when that has not come yet it stops there until it has: a decision is made once, on the same context, however the
 * text was cut into pieces. That is why streaming output equals offline output.
 *
 *      text  |  already taken  |  the piece being scanned  |  not scanned yet  |
 *                               ^head                       ^at
 *
 * Where sentences end, sentence_end.c knows. Clauses are cut only when the caller gave limits: the first fragment at
 * the first comma that makes it long enough; and every piece that outgrows its limit at its last comma, else at its
 * last joint. The limit of the first piece is short, so that it can be spoken soon; that of each next one is what the
 * caller has time for, or half as long again as the piece before, so that it can be made while that one is heard, up to
 * the longest; a piece that has no such place is cut there at a space. A joint is the space between a long word and a
 * short one: the short words of Spanish and English (que, de, en, y; of, to, and) begin phrases. A tail is never left
 * behind alone.
 */
#include "text/split.h"

#include "base/utf8.h"
#include "text/sentence_end.h"

#include <stdlib.h>
#include <string.h>

#define SHORT_WORD 3
#define JOINT_MIN 12 /* characters: a shorter fragment is not worth a breath */

struct sr_split {
    /* immutable */
    struct sr_abbreviations *abbreviations;
    size_t first_min, first_max, max_chars; /* 0: never cut */
    /* state */
    struct sr_str text, piece;
    size_t grown;   /* the limit of the next piece by its growth; 0: none */
    size_t allowed; /* ... by what the caller has time for; 0: unknown */
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
    split->allowed = 0;
    split->grown = split->first_max ? split->first_max : split->max_chars;
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

void sr_split_allow(struct sr_split *split, int chars) {
    split->allowed = chars > 0 ? (size_t)chars : 0;
}

static struct sr_text_view view_of(const struct sr_split *split) {
    return (struct sr_text_view){.abbreviations = split->abbreviations,
                                 .data = split->text.data,
                                 .len = split->text.len,
                                 .head = split->head,
                                 .complete = split->flushed};
}

/* While a piece of `bytes` is heard, one half as long again can be made. */
static void grow(struct sr_split *split, size_t bytes) {
    const size_t grown = bytes + bytes / 2;
    if (grown > split->grown)
        split->grown = grown;
    if (split->grown > split->max_chars)
        split->grown = split->max_chars;
}

/* The caller's time counts for the next piece. */
static bool is_timed(const struct sr_split *split) {
    return split->allowed && !split->first && split->grown;
}

/* Of the piece being scanned; 0: none. */
static size_t limit_of(const struct sr_split *split) {
    if (!is_timed(split))
        return split->grown;
    const size_t least = split->first_max > JOINT_MIN ? split->first_max : JOINT_MIN;
    const size_t limit = split->allowed > least ? split->allowed : least;
    return limit < split->max_chars ? limit : split->max_chars;
}

/* A comma or joint further on is taken only for want of a nearer one. */
static size_t furthest(const struct sr_split *split) {
    return limit_of(split) + (split->first || is_timed(split) ? 0 : JOINT_MIN);
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
    grow(split, (size_t)(trimmed - first));
    return 1;
}

/* Where the piece had best end before its limit: at its last comma, unless that makes it very short, else at its last
 * joint; 0: nowhere. */
static size_t best_cut(const struct sr_split *split, enum sr_split_end *kind) {
    const bool at_comma = split->comma && split->comma_chars * 3 >= limit_of(split);
    *kind = at_comma ? SR_SPLIT_CLAUSE : SR_SPLIT_JOINT;
    return at_comma ? split->comma : split->joint;
}

/* The piece would grow too long. */
static int take_longest(struct sr_split *split, enum sr_split_end *kind) {
    const size_t best = best_cut(split, kind), cut = best ? best : split->space ? split->space : split->at;
    return take(split, cut, cut);
}

/* The sentence ends at `end`, but there is no time for all of it, and what a cut leaves is worth a breath. */
static bool is_late(const struct sr_split *split, size_t end) {
    enum sr_split_end kind;
    const size_t cut = best_cut(split, &kind);
    return is_timed(split) && split->chars > limit_of(split) && cut && end - cut > JOINT_MIN;
}

/* The piece up to `end` is within the limit of all. */
static bool fits(const struct sr_split *split, size_t end) {
    const struct sr_text_view text = view_of(split);
    size_t chars = split->chars;
    for (size_t at = split->at; at < end; chars++)
        sr_text_peek(&text, at, &at);
    return !split->max_chars || chars <= split->max_chars;
}

/* A word ended: if it was a short one behind a long one, and no unit behind its number, the space between them is a
 * joint. The last one counts that is not far behind the limit; where somebody waits for the piece, not behind it. */
static void note_joint(struct sr_split *split) {
    const bool number = split->space && sr_utf8_is_digit((unsigned char)split->text.data[split->space - 1]);
    const bool joins = !number && split->word && split->word <= SHORT_WORD && split->last_word > SHORT_WORD;
    if (joins && split->space_chars >= JOINT_MIN && (!split->joint || split->space_chars <= furthest(split)))
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
    split->words = split->words || sr_utf8_is_letter(cp) || sr_utf8_is_digit(cp);
    split->chars++;
    split->at = next;
}

/* Looks at the character at `at`: 1 when a piece was taken (its kind in `*kind`), 0 when not, SR_TEXT_WAIT in `*cp`
 * when more text is needed. */
static int step(struct sr_split *split, uint32_t *cp, enum sr_split_end *kind) {
    const struct sr_text_view text = view_of(split);
    const size_t limit = limit_of(split);
    size_t next = split->at, end = split->at;
    enum sr_verdict verdict;
    *kind = SR_SPLIT_SENTENCE;
    *cp = sr_text_peek(&text, split->at, &next);
    if (*cp == SR_TEXT_WAIT)
        return 0;
    if (*cp == SR_TEXT_END || *cp == '\n')
        return is_late(split, split->at) ? take_longest(split, kind) : take(split, split->at, next);
    if (split->max_chars && split->chars >= split->max_chars && !sr_utf8_is_space(*cp)) {
        return take_longest(split, kind);
    }
    if (limit && split->chars >= limit + JOINT_MIN && (split->joint || split->comma) && !split->word)
        return take_longest(split, kind);
    if (split->at >= split->judged && sr_may_end_sentence(*cp)) {
        verdict = sr_judge_sentence(&text, split->at, &end);
        if (verdict == SR_ENDS && split->words && fits(split, end))
            return is_late(split, end) ? take_longest(split, kind) : take(split, end, end);
        if (verdict != SR_UNKNOWN)
            split->judged = end;
    } else {
        verdict = sr_judge_clause(&text, *cp, next);
        if (verdict == SR_ENDS && split->first && split->first_min && split->chars + 1 >= split->first_min) {
            *kind = SR_SPLIT_CLAUSE;
            return take(split, next, next);
        }
        if (verdict == SR_ENDS && (!split->comma || !is_timed(split) || split->chars < limit))
            split->comma = next, split->comma_chars = split->chars + 1;
    }
    if (verdict == SR_UNKNOWN)
        *cp = SR_TEXT_WAIT;
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
    } while (cp < SR_TEXT_END);
    return 0;
}
