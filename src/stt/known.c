/* SPDX-License-Identifier: Apache-2.0 */
#include "stt/known.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/utf8.h"
#include "text/sound_es.h"

#define ENOUGH 0.45      /* of all that the sound can say for a phrase, which is its prior, ... */
#define LEAST_EVIDENCE 3 /* ... and nats, at least */
#define ROOT 0           /* of the trie; as a child, sibling or parent: none */

struct node {
    int token;
    float prior, end_prior; /* log probability of it, of nothing following, when nothing was heard */
    uint32_t child, sibling, parent;
    bool end;        /* a phrase ends here */
    bool remark;     /* a remark begins so */
    bool end_remark; /* ... and ends here */
    bool known;      /* end_prior and the prior of the children */
};

/* What the recognizer said of a node about the sound of which all searches are. */
struct heard {
    struct heard *next;
    uint32_t node;
    float end;      /* of nothing following, or a bound above it */
    float closed;   /* exactly that; NAN: not asked yet */
    float sounds[]; /* of the children, in their order */
};

struct sr_known {
    const struct sr_bpe *bpe;
    struct node *nodes;
    size_t count, room;
    uint64_t *hashes; /* of the folded phrases */
    size_t hash_count, hash_room;
    size_t remarks; /* of them */
    struct heard *heard;
};

int sr_known_new(const struct sr_bpe *bpe, struct sr_known **out) {
    struct sr_known *known = calloc(1, sizeof *known);
    if (known)
        known->nodes = calloc(1024, sizeof *known->nodes);
    if (!known || !known->nodes) {
        sr_known_free(known);
        return SARAI_ENOMEM;
    }
    known->bpe = bpe;
    known->room = 1024;
    known->count = 1;
    *out = known;
    return SARAI_OK;
}

void sr_known_forget(struct sr_known *known) {
    while (known->heard) {
        struct heard *heard = known->heard;
        known->heard = heard->next;
        free(heard);
    }
}

void sr_known_free(struct sr_known *known) {
    if (!known)
        return;
    sr_known_forget(known);
    free(known->nodes);
    free(known->hashes);
    free(known);
}

/* The child of `at` with that token, made when it is not there; ROOT when there is no memory for it. */
static uint32_t child(struct sr_known *known, uint32_t at, int token) {
    uint32_t next = known->nodes[at].child;
    while (next != ROOT && known->nodes[next].token != token)
        next = known->nodes[next].sibling;
    if (next != ROOT)
        return next;
    if (known->count == known->room) {
        struct node *nodes = realloc(known->nodes, known->room * 2 * sizeof *nodes);
        if (!nodes)
            return ROOT;
        known->nodes = nodes;
        known->room *= 2;
    }
    next = (uint32_t)known->count++;
    known->nodes[next] = (struct node){.token = token, .sibling = known->nodes[at].child, .parent = at};
    known->nodes[at].child = next;
    return next;
}

static int add_spelling(struct sr_known *known, const char *text, size_t len, bool remark) {
    int tokens[SR_KNOWN_TOKENS];
    const size_t count = sr_bpe_encode(known->bpe, text, len, tokens, SR_KNOWN_TOKENS);
    uint32_t at = ROOT;
    for (size_t i = 0; i < count; i++)
        if ((at = child(known, at, tokens[i])) == ROOT)
            return SARAI_ENOMEM;
    if (count == 0)
        return SARAI_OK;
    known->nodes[at].end = true;
    known->nodes[at].end_remark |= remark;
    for (; remark && at != ROOT; at = known->nodes[at].parent)
        known->nodes[at].remark = true;
    return SARAI_OK;
}

static uint64_t hash_folded(const char *text, bool *failed) {
    struct sr_str folded = {0};
    sr_utf8_fold(text, strlen(text), &folded);
    const uint64_t h = sr_hash_bytes(SR_HASH_BEGIN, folded.data, folded.len);
    *failed = folded.failed;
    sr_str_deinit(&folded);
    return h;
}

static int add_hash(struct sr_known *known, const char *phrase) {
    bool failed = false;
    if (known->hash_count == known->hash_room) {
        const size_t room = known->hash_room ? known->hash_room * 2 : 1024;
        uint64_t *hashes = realloc(known->hashes, room * sizeof *hashes);
        if (!hashes)
            return SARAI_ENOMEM;
        known->hashes = hashes;
        known->hash_room = room;
    }
    known->hashes[known->hash_count] = hash_folded(phrase, &failed);
    if (failed)
        return SARAI_ENOMEM;
    known->hash_count++;
    return SARAI_OK;
}

/* `mark`, then the phrase from the letter after `first` on. */
static int add_marked(struct sr_known *known, const char *mark, uint32_t first, const char *rest, bool remark) {
    struct sr_str text = {0};
    sr_str_adds(&text, mark);
    sr_utf8_add(&text, first);
    sr_str_adds(&text, rest);
    const int status = text.failed ? SARAI_ENOMEM : add_spelling(known, text.data, text.len, remark);
    sr_str_deinit(&text);
    return status;
}

int sr_known_add(struct sr_known *known, const char *phrase, unsigned kind) {
    const bool question = kind & SR_KNOWN_QUESTION, remark = kind & SR_KNOWN_REMARK;
    static const char *const marks[] = {" ", " \xC2\xBF"};
    struct sr_str rest = {0};
    const char *p = phrase, *end = phrase + strlen(phrase);
    if (p == end)
        return SARAI_OK;
    sr_known_forget(known); /* nodes get other children */
    int status = add_hash(known, phrase);
    known->remarks += remark;
    const uint32_t lower = sr_utf8_lower(sr_utf8_next(&p, end));
    const uint32_t upper = sr_utf8_upper(lower);
    sr_str_adds(&rest, "");
    while (p < end)
        sr_utf8_add(&rest, sr_utf8_lower(sr_utf8_next(&p, end)));
    if (rest.failed)
        status = SARAI_ENOMEM;
    for (int i = 0; i < (question ? 2 : 1) && status == SARAI_OK; i++) {
        status = add_marked(known, marks[i], lower, rest.data, remark);
        if (status == SARAI_OK && upper != lower)
            status = add_marked(known, marks[i], upper, rest.data, remark);
    }
    sr_str_deinit(&rest);
    return status;
}

static int by_value(const void *a, const void *b) {
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

void sr_known_sort(struct sr_known *known) {
    if (known->hash_count > 0)
        qsort(known->hashes, known->hash_count, sizeof *known->hashes, by_value);
}

bool sr_known_has(const struct sr_known *known, const char *text) {
    bool failed = false;
    const uint64_t hash = hash_folded(text, &failed);
    return !failed && known->hash_count > 0 &&
           bsearch(&hash, known->hashes, known->hash_count, sizeof hash, by_value) != NULL;
}

/* ------------------------------------------------------------------------------------------------------- search -- */

struct item {
    double score;    /* the higher, the sooner looked at */
    double log_prob; /* of the tokens up to here */
    double prior;    /* of them, and of the end when it ended */
    double chance;   /* of the likeliest phrase that begins so */
    uint32_t node;
    bool ended; /* the phrase ends here; its score has a bound of that */
};

struct heap {
    struct item *items; /* the highest score first */
    size_t count, room;
};

static bool push(struct heap *heap, struct item item) {
    if (heap->count == heap->room) {
        const size_t room = heap->room ? heap->room * 2 : 256;
        struct item *items = realloc(heap->items, room * sizeof *items);
        if (!items)
            return false;
        heap->items = items;
        heap->room = room;
    }
    size_t i = heap->count++;
    for (; i > 0 && heap->items[(i - 1) / 2].score < item.score; i = (i - 1) / 2)
        heap->items[i] = heap->items[(i - 1) / 2];
    heap->items[i] = item;
    return true;
}

static struct item pop(struct heap *heap) {
    const struct item first = heap->items[0], last = heap->items[--heap->count];
    size_t i = 0;
    for (size_t next; (next = 2 * i + 1) < heap->count; i = next) {
        if (next + 1 < heap->count && heap->items[next + 1].score > heap->items[next].score)
            next++;
        if (heap->items[next].score <= last.score)
            break;
        heap->items[i] = heap->items[next];
    }
    heap->items[i] = last;
    return first;
}

/* The tokens from the root to `node`. */
static size_t trace(const struct sr_known *known, uint32_t node, int path[SR_KNOWN_TOKENS]) {
    size_t count = 0;
    for (uint32_t at = node; at != ROOT; at = known->nodes[at].parent)
        count++;
    size_t i = count;
    for (uint32_t at = node; at != ROOT; at = known->nodes[at].parent)
        path[--i] = known->nodes[at].token;
    return count;
}

/* Notes what the recognizer expects at `node` when it hears nothing. */
static bool expect(struct sr_known *known, const struct sr_known_scorer *scorer, uint32_t node, const int *path,
                   size_t count) {
    struct node *nodes = known->nodes;
    if (nodes[node].known)
        return true;
    const float *prior = scorer->prior(scorer->user, path, count, &nodes[node].end_prior);
    for (uint32_t at = nodes[node].child; at != ROOT && prior; at = nodes[at].sibling)
        nodes[at].prior = prior[nodes[at].token];
    nodes[node].known = prior != NULL;
    return prior != NULL;
}

static struct heard *find_heard(const struct sr_known *known, uint32_t node) {
    struct heard *heard = known->heard;
    while (heard && heard->node != node)
        heard = heard->next;
    return heard;
}

/* Asks the recognizer for what may follow `path`, which ends at `node`; NULL: it gave up, or no memory. */
static struct heard *ask(struct sr_known *known, const struct sr_known_scorer *scorer, uint32_t node, const int *path,
                         size_t count) {
    const struct node *nodes = known->nodes;
    float end = 0;
    const float *next = scorer->next(scorer->user, path, count, &end);
    size_t children = 0;
    for (uint32_t at = nodes[node].child; at != ROOT; at = nodes[at].sibling)
        children++;
    struct heard *heard = next ? malloc(sizeof *heard + children * sizeof *heard->sounds) : NULL;
    if (!heard)
        return NULL;
    *heard = (struct heard){.next = known->heard, .node = node, .end = end, .closed = NAN};
    size_t i = 0;
    for (uint32_t at = nodes[node].child; at != ROOT; at = nodes[at].sibling)
        heard->sounds[i++] = next[nodes[at].token];
    return known->heard = heard;
}

/* The log probability of nothing following `path`, which ends at `node` and was asked about. */
static float close_of(struct sr_known *known, const struct sr_known_scorer *scorer, uint32_t node, const int *path,
                      size_t count) {
    struct heard *heard = find_heard(known, node);
    if (isnan(heard->closed))
        heard->closed = scorer->end(scorer->user, path, count);
    return heard->closed;
}

/* Remarks together are said as often as everything else together. */
static double chance(const struct sr_known *known, bool remark) {
    return -log((double)(remark ? known->remarks : known->hash_count));
}

/* The log probability of a phrase with our expectation, `chance`, in the place of the recognizer's; but nobody expects
 * a known phrase less than the recognizer does. */
static double by_chance(double log_prob, double prior, double chance) {
    return log_prob + fmax(0, chance - SR_KNOWN_SHARE * prior);
}

static double score_of(enum sr_known_order order, const struct item *item, double log_prob) {
    if (order == SR_KNOWN_BY_CHANCE)
        return by_chance(log_prob, item->prior, item->chance);
    return order == SR_KNOWN_BY_EVIDENCE ? log_prob - SR_KNOWN_SHARE * item->prior : log_prob;
}

/* `end`: the log probability, at most, of the end behind the tokens of `item`. */
static bool push_scored(const struct sr_known *known, struct heap *heap, struct item item, double end,
                        const struct sr_known_limits *limits) {
    const struct node *node = &known->nodes[item.node];
    item.chance = chance(known, item.ended ? node->end_remark : node->remark);
    item.score = score_of(limits->order, &item, item.log_prob + end);
    return item.log_prob + end < limits->floor || push(heap, item);
}

/* What may follow `item`, as far as it stays above the floor. */
static bool extend(const struct sr_known *known, struct heap *heap, const struct item *item, const struct heard *heard,
                   const struct sr_known_limits *limits) {
    const struct node *nodes = known->nodes, *node = &nodes[item->node];
    bool room = true;
    if (node->end) {
        const struct item ended = {
            .log_prob = item->log_prob, .prior = item->prior + node->end_prior, .node = item->node, .ended = true};
        room = push_scored(known, heap, ended, heard->end, limits);
    }
    const float *sound = heard->sounds;
    for (uint32_t at = node->child; at != ROOT && room; at = nodes[at].sibling) {
        const struct item longer = {
            .log_prob = item->log_prob + *sound++, .prior = item->prior + nodes[at].prior, .node = at};
        room = push_scored(known, heap, longer, 0, limits);
    }
    return room;
}

bool sr_known_search(struct sr_known *known, const struct sr_known_scorer *scorer, const struct sr_known_limits *limits,
                     struct sr_known_match *best) {
    struct heap heap = {0};
    int path[SR_KNOWN_TOKENS], budget = limits->budget;
    double most = -INFINITY;
    bool going = push(&heap, (struct item){.node = ROOT});
    while (going && heap.count > 0 && heap.items[0].score > most) {
        const struct item item = pop(&heap);
        const size_t count = trace(known, item.node, path);
        if (item.ended) {
            const double log_prob = item.log_prob + close_of(known, scorer, item.node, path, count);
            const double score = score_of(limits->order, &item, log_prob);
            if (score > most && log_prob >= limits->floor) {
                most = score;
                *best = (struct sr_known_match){
                    .log_prob = log_prob, .prior = item.prior, .chance = item.chance, .count = count};
                memcpy(best->tokens, path, count * sizeof *path);
            }
        } else {
            const struct heard *heard = find_heard(known, item.node);
            if (!heard && budget-- > 0)
                heard = ask(known, scorer, item.node, path, count);
            going =
                heard && expect(known, scorer, item.node, path, count) && extend(known, &heap, &item, heard, limits);
        }
    }
    free(heap.items);
    return most > -INFINITY;
}

bool sr_known_audible(const struct sr_known_match *match) {
    const double least = fmax(LEAST_EVIDENCE, fmin(SR_KNOWN_EVIDENCE, -ENOUGH * match->prior));
    return match->log_prob - match->prior >= least;
}

bool sr_known_said(const struct sr_known_match *match, double heard, double bias) {
    return sr_known_audible(match) && by_chance(match->log_prob, match->prior, match->chance) + bias >= heard;
}

/* Is the phrase all that was said? What was heard behind it, or half as much again, nobody said for nothing. */
static bool covers(const struct sr_str *said, const struct sr_str *heard) {
    if (3 * said->len < 2 * heard->len)
        return false;
    return heard->len <= said->len || memcmp(heard->data, said->data, said->len) != 0 || heard->data[said->len] != ' ';
}

/* How a folded text sounds, its words glued together. */
static void add_sounds(const struct sr_str *folded, struct sr_str *out) {
    char *word = sr_strndup(folded->data, folded->len), *rest = word;
    sr_str_adds(out, "");
    for (char *p; word && (p = strtok_r(NULL, " ", &rest));)
        sr_sound_es(p, true, out);
    out->failed |= !word;
    free(word);
}

/* However badly it was heard, half of the sounds are there. Figures may stand for anything: "E 100 300" was "estoy
 * triste". */
static bool sounds_like(const struct sr_str *said, const struct sr_str *heard) {
    struct sr_str a = {0}, b = {0};
    if (strpbrk(heard->data, "0123456789"))
        return true;
    add_sounds(said, &a);
    add_sounds(heard, &b);
    const size_t longest = a.len > b.len ? a.len : b.len;
    const bool alike = !a.failed && !b.failed && longest && 2 * sr_edit_distance(a.data, b.data) <= longest;
    sr_str_deinit(&a);
    sr_str_deinit(&b);
    return alike;
}

bool sr_known_may_be(const char *phrase, const char *text) {
    struct sr_str said = {0}, heard = {0};
    sr_utf8_fold(phrase, strlen(phrase), &said);
    sr_utf8_fold(text, strlen(text), &heard);
    const bool may =
        said.len && heard.len && !said.failed && !heard.failed && covers(&said, &heard) && sounds_like(&said, &heard);
    sr_str_deinit(&said);
    sr_str_deinit(&heard);
    return may;
}
