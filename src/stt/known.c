/* SPDX-License-Identifier: Apache-2.0 */
#include "stt/known.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/utf8.h"

#define ROOT 0 /* of the trie; as a child, sibling or parent: none */

struct node {
    int token;
    uint32_t child, sibling, parent;
    bool end; /* a phrase ends here */
};

struct sr_known {
    const struct sr_bpe *bpe;
    struct node *nodes;
    size_t count, room;
    uint64_t *hashes; /* of the folded phrases */
    size_t hash_count, hash_room;
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

void sr_known_free(struct sr_known *known) {
    if (!known)
        return;
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

static int add_spelling(struct sr_known *known, const char *text, size_t len) {
    int tokens[SR_KNOWN_TOKENS];
    const size_t count = sr_bpe_encode(known->bpe, text, len, tokens, SR_KNOWN_TOKENS);
    uint32_t at = ROOT;
    for (size_t i = 0; i < count; i++)
        if ((at = child(known, at, tokens[i])) == ROOT)
            return SARAI_ENOMEM;
    if (count > 0)
        known->nodes[at].end = true;
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

int sr_known_add(struct sr_known *known, const char *phrase) {
    struct sr_str text = {0};
    const char *p = phrase, *end = phrase + strlen(phrase);
    if (p == end)
        return SARAI_OK;
    int status = add_hash(known, phrase);
    const uint32_t first = sr_utf8_lower(sr_utf8_next(&p, end));
    sr_str_addc(&text, ' ');
    sr_utf8_add(&text, first);
    for (const char *q = p; q < end;)
        sr_utf8_add(&text, sr_utf8_lower(sr_utf8_next(&q, end)));
    if (text.failed)
        status = SARAI_ENOMEM;
    if (status == SARAI_OK)
        status = add_spelling(known, text.data, text.len);
    char capital[4];
    const uint32_t upper = first >= 'a' && first <= 'z'     ? first - 32
                           : first >= 0xE0 && first <= 0xFE ? first - 32 /* Latin-1: á, ñ, ú */
                                                            : first;
    const size_t size = sr_utf8_put(upper, capital);
    if (status == SARAI_OK && upper != first && size == (first < 0x80 ? 1u : 2u)) {
        memcpy(text.data + 1, capital, size);
        status = add_spelling(known, text.data, text.len);
    }
    sr_str_deinit(&text);
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

enum state { OPEN, ENDED, SURE }; /* the phrase ended here: by the bound, by the scorer's last word */

struct item {
    double log_prob;
    uint32_t node;
    enum state state;
    double before_end; /* log_prob without the end; ENDED only */
};

struct heap {
    struct item *items; /* the most probable first */
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
    for (; i > 0 && heap->items[(i - 1) / 2].log_prob < item.log_prob; i = (i - 1) / 2)
        heap->items[i] = heap->items[(i - 1) / 2];
    heap->items[i] = item;
    return true;
}

static struct item pop(struct heap *heap) {
    const struct item first = heap->items[0], last = heap->items[--heap->count];
    size_t i = 0;
    for (size_t next; (next = 2 * i + 1) < heap->count; i = next) {
        if (next + 1 < heap->count && heap->items[next + 1].log_prob > heap->items[next].log_prob)
            next++;
        if (heap->items[next].log_prob <= last.log_prob)
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

/* What may follow `item`, as far as it stays above the floor. */
static bool extend(const struct sr_known *known, struct heap *heap, struct item item, const float *next, float end,
                   double floor) {
    bool room = true;
    if (known->nodes[item.node].end && item.log_prob + end >= floor)
        room = push(heap, (struct item){item.log_prob + end, item.node, ENDED, item.log_prob});
    for (uint32_t at = known->nodes[item.node].child; at != ROOT && room; at = known->nodes[at].sibling) {
        const double log_prob = item.log_prob + next[known->nodes[at].token];
        if (log_prob >= floor)
            room = push(heap, (struct item){log_prob, at, OPEN, 0});
    }
    return room;
}

bool sr_known_search(const struct sr_known *known, const struct sr_known_scorer *scorer, double floor, int budget,
                     struct sr_known_match *match) {
    struct heap heap = {0};
    bool found = false, going = push(&heap, (struct item){0, ROOT, OPEN, 0});
    while (going && !found && heap.count > 0) {
        struct item item = pop(&heap);
        float end = 0;
        match->log_prob = item.log_prob;
        match->count = trace(known, item.node, match->tokens);
        found = item.state == SURE;
        if (item.state == ENDED) {
            item.log_prob = item.before_end + scorer->end(scorer->user, match->tokens, match->count);
            item.state = SURE;
            going = item.log_prob < floor || push(&heap, item);
        } else if (!found) {
            const float *next = budget-- > 0 ? scorer->next(scorer->user, match->tokens, match->count, &end) : NULL;
            going = next && extend(known, &heap, item, next, end, floor);
        }
    }
    free(heap.items);
    return found;
}
