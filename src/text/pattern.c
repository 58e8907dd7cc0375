/* SPDX-License-Identifier: Apache-2.0 */
#include "text/pattern.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#define STEPS_MOST 4096
#define DEPTH_MOST 12
#define NAME_MOST 32

enum op { OP_WORD, OP_ANY, OP_SLOT, OP_SPLIT, OP_JUMP, OP_END };

struct step {
    enum op op;
    int to;       /* JUMP, and the other way of a SPLIT; always forward */
    char *text;   /* of a WORD or SLOT */
    char **words; /* of an ANY, sorted */
    size_t count;
};

struct sr_pattern {
    struct step *steps;
    int count, room;
};

struct parser {
    struct sr_pattern *pattern;
    sr_pattern_rule *rule;
    void *user;
    int depth;
    struct sarai_error *error;
};

/* ------------------------------------------------------------------------------------------------------- compile -- */

static int fail(const struct parser *p, int status, const char *why, const char *at, size_t len) {
    return sr_error(p->error, status, "pattern", "%s: '%.*s'", why, (int)(len < 60 ? len : 60), at);
}

/* Takes `text` over. Returns the step's number. */
static int emit(const struct parser *p, enum op op, char *text) {
    struct sr_pattern *pattern = p->pattern;
    if (pattern->count == STEPS_MOST) {
        free(text);
        return fail(p, SARAI_EINPUT, "too many variations", "", 0);
    }
    if (pattern->count == pattern->room) {
        const int room = pattern->room ? pattern->room * 2 : 32;
        struct step *steps = realloc(pattern->steps, (size_t)room * sizeof *steps);
        if (!steps) {
            free(text);
            return fail(p, SARAI_ENOMEM, "out of memory", "", 0);
        }
        pattern->steps = steps;
        pattern->room = room;
    }
    pattern->steps[pattern->count] = (struct step){.op = op, .text = text};
    return pattern->count++;
}

static int parse_choice(struct parser *p, const char **at, const char *end, char close);

/* A run of letters: one word, or several when it folds to more ("uno-dos"). */
static int parse_words(struct parser *p, const char **at, const char *end) {
    const char *from = *at;
    while (*at < end && !strchr(" \t()[]{}<>|", **at))
        ++*at;
    struct sr_str folded = {0};
    sr_utf8_fold(from, (size_t)(*at - from), &folded);
    int status = folded.failed ? SARAI_ENOMEM
                 : !folded.len ? fail(p, SARAI_EINPUT, "no word", from, (size_t)(*at - from))
                               : SARAI_OK;
    for (const char *word = folded.data; status >= 0 && word && *word;) {
        const size_t len = strcspn(word, " ");
        char *copy = sr_strndup(word, len);
        status = copy ? emit(p, OP_WORD, copy) : SARAI_ENOMEM;
        word += len + (word[len] == ' ');
    }
    sr_str_deinit(&folded);
    return status;
}

/* The name between the bracket at `*at` and its closing one. */
static int parse_name(struct parser *p, const char **at, const char *end, char close, const char **name, size_t *len) {
    const char *from = ++*at;
    while (*at < end && **at != close)
        ++*at;
    *name = from;
    *len = (size_t)(*at - from);
    if (*at == end || !*len || *len > NAME_MOST)
        return fail(p, SARAI_EINPUT, "a name is not closed, empty or too long", from, *len);
    ++*at;
    return SARAI_OK;
}

static int parse_rule(struct parser *p, const char **at, const char *end) {
    const char *name;
    size_t len;
    int status = parse_name(p, at, end, '>', &name, &len);
    if (status < 0)
        return status;
    const char *text = p->rule ? p->rule(p->user, name, len) : NULL;
    if (!text || p->depth == DEPTH_MOST)
        return fail(p, SARAI_EINPUT, text ? "a rule that stands for itself" : "no such rule", name, len);
    const char *inner = text;
    p->depth++;
    status = parse_choice(p, &inner, text + strlen(text), '\0');
    p->depth--;
    return status;
}

static int parse_item(struct parser *p, const char **at, const char *end) {
    const char *name;
    size_t len;
    const char c = **at;
    if (c == '<')
        return parse_rule(p, at, end);
    if (c == '{') {
        const int status = parse_name(p, at, end, '}', &name, &len);
        char *copy = status < 0 ? NULL : sr_strndup(name, len);
        return status < 0 ? status : copy ? emit(p, OP_SLOT, copy) : SARAI_ENOMEM;
    }
    if (c != '(' && c != '[')
        return parse_words(p, at, end);
    if (p->depth == DEPTH_MOST)
        return fail(p, SARAI_EINPUT, "brackets too deep", *at, (size_t)(end - *at));
    ++*at;
    const int split = c == '[' ? emit(p, OP_SPLIT, NULL) : 0;
    p->depth++;
    const int status = split < 0 ? split : parse_choice(p, at, end, c == '[' ? ']' : ')');
    p->depth--;
    if (status >= 0 && c == '[')
        p->pattern->steps[split].to = p->pattern->count;
    return status;
}

static int parse_sequence(struct parser *p, const char **at, const char *end, char close) {
    int status = SARAI_OK;
    while (status >= 0 && *at < end && **at != '|' && **at != close) {
        if (**at == ' ' || **at == '\t')
            ++*at;
        else if (strchr(")]}>", **at))
            status = fail(p, SARAI_EINPUT, "a bracket too many", *at, (size_t)(end - *at));
        else
            status = parse_item(p, at, end);
    }
    return status;
}

/* Where the variant at `at` ends: at a '|' or the closing bracket of the choice. */
static const char *variant_end(const char *at, const char *end) {
    int depth = 0;
    for (; at < end && (depth > 0 || (*at != '|' && *at != ')' && *at != ']')); at++)
        depth += (*at == '(' || *at == '[') - (*at == ')' || *at == ']');
    return at;
}

/* Is the variant [at, end) one word? Spaces around it are put aside. */
static bool is_word(const char **at, const char **end) {
    while (*at < *end && **at == ' ')
        ++*at;
    while (*at < *end && (*end)[-1] == ' ')
        --*end;
    for (const char *p = *at; p < *end; p++)
        if (strchr(" \t()[]{}<>-", *p) || (!(*p & 0x80) && (unsigned char)*p < 'A' && (*p < '0' || *p > '9')))
            return false;
    return *at < *end;
}

static int add_word(struct step *step, const char *word, size_t len) {
    struct sr_str folded = {0};
    char **words = realloc(step->words, (step->count + 1) * sizeof *words);
    if (!words)
        return SARAI_ENOMEM;
    step->words = words;
    sr_utf8_fold(word, len, &folded);
    sr_str_add(&folded, "", 0);
    char *text = sr_str_take(&folded);
    if (!text)
        return SARAI_ENOMEM;
    step->words[step->count++] = text;
    return *text && !strchr(text, ' ') ? SARAI_OK : SARAI_EINPUT;
}

static int by_text(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The variants of the choice at `at` that are one word become one step, for most choices are of words. Returns how many
 * there are; with one alone nothing is gained. */
static int gather_words(struct parser *p, const char *at, const char *end) {
    int count = 0, status = SARAI_OK;
    for (int pass = 0; pass < 2; pass++) {
        if (pass && (count < 2 || (status = emit(p, OP_ANY, NULL)) < 0))
            break;
        for (const char *from = at, *to;; from = to + 1) {
            const char *word = from, *word_end = to = variant_end(from, end);
            if (is_word(&word, &word_end)) {
                count += !pass;
                if (pass &&
                    (status = add_word(&p->pattern->steps[p->pattern->count - 1], word, (size_t)(word_end - word))) < 0)
                    return fail(p, status, "no word", word, (size_t)(word_end - word));
            }
            if (to == end || *to != '|')
                break;
        }
    }
    if (status < 0 || count < 2)
        return status < 0 ? status : 0;
    struct step *step = &p->pattern->steps[p->pattern->count - 1];
    qsort(step->words, step->count, sizeof *step->words, by_text);
    return count;
}

/* Sequences with '|' between them up to `close`, which is taken; '\0': up to the end. */
static int parse_choice(struct parser *p, const char **at, const char *end, char close) {
    int status = emit(p, OP_SPLIT, NULL), split = status, jump = -1; /* the jumps behind variants, chained by `to` */
    const int gathered = status < 0 ? status : gather_words(p, *at, end);
    bool open = gathered > 0; /* a variant stands behind the last split */
    if (gathered < 0)
        return gathered;
    for (;;) {
        const char *word = *at, *word_end = variant_end(*at, end);
        if (gathered && is_word(&word, &word_end)) {
            *at = variant_end(*at, end);
        } else {
            if (open) {
                if ((status = emit(p, OP_JUMP, NULL)) < 0)
                    return status;
                p->pattern->steps[status].to = jump;
                jump = status;
                p->pattern->steps[split].to = p->pattern->count;
                if ((split = emit(p, OP_SPLIT, NULL)) < 0)
                    return split;
            }
            open = true;
            if ((status = parse_sequence(p, at, end, close)) < 0)
                return status;
        }
        if (*at == end || **at != '|')
            break;
        ++*at;
    }
    if (close ? *at == end || **at != close : *at != end)
        return fail(p, SARAI_EINPUT, close ? "a bracket is not closed" : "a bracket too many", *at,
                    (size_t)(end - *at));
    *at += close != '\0';
    p->pattern->steps[split].to = split + 1; /* the last variant has no other way */
    while (jump >= 0) {
        const int before = p->pattern->steps[jump].to;
        p->pattern->steps[jump].to = p->pattern->count;
        jump = before;
    }
    return SARAI_OK;
}

int sr_pattern_new(const char *text, sr_pattern_rule *rule, void *user, struct sr_pattern **out,
                   struct sarai_error *error) {
    struct sr_pattern *pattern = calloc(1, sizeof *pattern);
    if (!pattern)
        return sr_error(error, SARAI_ENOMEM, "pattern", "out of memory");
    struct parser p = {.pattern = pattern, .rule = rule, .user = user, .error = error};
    const char *at = text;
    int status = parse_choice(&p, &at, text + strlen(text), '\0');
    if (status >= 0)
        status = emit(&p, OP_END, NULL);
    struct sr_pattern_match match;
    if (status >= 0 && (status = sr_pattern_match(pattern, NULL, 0, NULL, NULL, &match)) == 1)
        status = fail(&p, SARAI_EINPUT, "fits silence", text, strlen(text));
    if (status < 0) {
        if (status == SARAI_ENOMEM)
            fail(&p, status, "out of memory", "", 0);
        sr_pattern_free(pattern);
        return status;
    }
    *out = pattern;
    return SARAI_OK;
}

void sr_pattern_free(struct sr_pattern *pattern) {
    if (!pattern)
        return;
    for (int i = 0; i < pattern->count; i++) {
        free(pattern->steps[i].text);
        for (size_t k = 0; k < pattern->steps[i].count; k++)
            free(pattern->steps[i].words[k]);
        free(pattern->steps[i].words);
    }
    free(pattern->steps);
    free(pattern);
}

int sr_pattern_slots(const struct sr_pattern *pattern, int (*each)(void *user, const char *slot), void *user) {
    int status = SARAI_OK;
    for (int i = 0; i < pattern->count && status >= 0; i++)
        if (pattern->steps[i].op == OP_SLOT)
            status = each(user, pattern->steps[i].text);
    return status < 0 ? status : SARAI_OK;
}

int sr_pattern_words(const struct sr_pattern *pattern, int (*each)(void *user, const char *word), void *user) {
    int status = SARAI_OK;
    for (int i = 0; i < pattern->count && status >= 0; i++) {
        const struct step *step = &pattern->steps[i];
        if (step->op == OP_WORD)
            status = each(user, step->text);
        for (size_t k = 0; k < step->count && status >= 0; k++)
            status = each(user, step->words[k]);
    }
    return status < 0 ? status : SARAI_OK;
}

/* --------------------------------------------------------------------------------------------------------- match -- */

#define UNTRIED INT16_MIN
#define NOWHERE (INT16_MIN + 1)

struct run {
    const struct sr_pattern *pattern;
    const char *const *words;
    size_t count;
    sr_pattern_judge *judge;
    void *user;
    int16_t *scores; /* of the rest of the program on the rest of the words, [step][word] */
};

static int best_from(const struct run *run, int at, size_t word);

/* The best length of a slot at `word`; 0: none. `*score` becomes that of the rest, the slot included. */
static size_t best_span(const struct run *run, int at, size_t word, int *score) {
    const struct step *step = &run->pattern->steps[at];
    size_t best = 0;
    *score = NOWHERE;
    for (size_t span = 1; span <= SR_PATTERN_SPAN && word + span <= run->count; span++) {
        const int rest = best_from(run, at + 1, word + span);
        const int own = rest == NOWHERE ? -1 : run->judge(run->user, step->text, word, span);
        if (own >= 0 && own + rest > *score) {
            *score = own + rest;
            best = span;
        }
    }
    return best;
}

static int best_from(const struct run *run, int at, size_t word) {
    int16_t *kept = &run->scores[(size_t)at * (run->count + 1) + word];
    if (*kept != UNTRIED)
        return *kept;
    const struct step *step = &run->pattern->steps[at];
    int score = NOWHERE, other;
    switch (step->op) {
    case OP_WORD:
        if (word < run->count && strcmp(step->text, run->words[word]) == 0) {
            const int rest = best_from(run, at + 1, word + 1);
            score = rest == NOWHERE ? NOWHERE : rest + SR_PATTERN_WORD;
        }
        break;
    case OP_ANY:
        if (word < run->count && bsearch(&run->words[word], step->words, step->count, sizeof *step->words, by_text)) {
            const int rest = best_from(run, at + 1, word + 1);
            score = rest == NOWHERE ? NOWHERE : rest + SR_PATTERN_WORD;
        }
        break;
    case OP_SLOT:
        best_span(run, at, word, &score);
        break;
    case OP_SPLIT:
        score = best_from(run, at + 1, word);
        other = best_from(run, step->to, word);
        score = other > score ? other : score;
        break;
    case OP_JUMP:
        score = best_from(run, step->to, word);
        break;
    case OP_END:
        score = word == run->count ? 0 : NOWHERE;
        break;
    }
    *kept = (int16_t)score;
    return score;
}

/* Walks the best way again and notes its slots. */
static void note_slots(const struct run *run, struct sr_pattern_match *match) {
    size_t word = 0;
    int at = 0, score;
    for (const struct step *step; (step = &run->pattern->steps[at])->op != OP_END;) {
        if (step->op == OP_WORD || step->op == OP_ANY) {
            word++;
        } else if (step->op == OP_SLOT) {
            const size_t span = best_span(run, at, word, &score);
            if (match->count < SR_PATTERN_SLOTS) {
                match->slots[match->count].name = step->text;
                match->slots[match->count].at = word;
                match->slots[match->count++].count = span;
            }
            word += span;
        }
        const bool other = step->op == OP_JUMP ||
                           (step->op == OP_SPLIT && best_from(run, step->to, word) > best_from(run, at + 1, word));
        at = other ? step->to : at + 1;
    }
}

int sr_pattern_match(const struct sr_pattern *pattern, const char *const *words, size_t count, sr_pattern_judge *judge,
                     void *user, struct sr_pattern_match *match) {
    const size_t room = (size_t)pattern->count * (count + 1);
    struct run run = {.pattern = pattern, .words = words, .count = count, .judge = judge, .user = user};
    run.scores = malloc(room * sizeof *run.scores);
    if (!run.scores)
        return SARAI_ENOMEM;
    for (size_t i = 0; i < room; i++)
        run.scores[i] = UNTRIED;
    *match = (struct sr_pattern_match){.score = best_from(&run, 0, 0)};
    const bool fits = match->score != NOWHERE;
    if (fits)
        note_slots(&run, match);
    free(run.scores);
    return fits;
}
