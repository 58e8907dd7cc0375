/* SPDX-License-Identifier: Apache-2.0 */
#include "stt/bpe.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/status.h"

#define WORD_MAX 64 /* bytes; longer words are not encoded */

struct entry {
    const char *text; /* NULL: free */
    uint32_t len;
    int id;
};

struct sr_bpe {
    struct entry *table; /* open addressing */
    size_t mask;
};

static size_t hash(const char *text, size_t len) {
    const uint64_t h = sr_hash_bytes(SR_HASH_BEGIN, text, len);
    return (size_t)(h ^ h >> 29);
}

/* The place of a token in the table, or the free one where it belongs. */
static struct entry *place(const struct sr_bpe *bpe, const char *text, size_t len) {
    size_t i = hash(text, len) & bpe->mask;
    while (bpe->table[i].text && (bpe->table[i].len != len || memcmp(bpe->table[i].text, text, len) != 0))
        i = (i + 1) & bpe->mask;
    return &bpe->table[i];
}

static int find(const struct sr_bpe *bpe, const char *text, size_t len) {
    const struct entry *entry = place(bpe, text, len);
    return entry->text ? entry->id : -1;
}

int sr_bpe_new(const char *(*token)(void *user, int id), void *user, int count, struct sr_bpe **out) {
    struct sr_bpe *bpe = calloc(1, sizeof *bpe);
    size_t room = 16;
    while (room < (size_t)count * 2)
        room *= 2;
    if (bpe)
        bpe->table = calloc(room, sizeof *bpe->table);
    if (!bpe || !bpe->table) {
        sr_bpe_free(bpe);
        return SARAI_ENOMEM;
    }
    bpe->mask = room - 1;
    for (int id = 0; id < count; id++) {
        const char *text = token(user, id);
        const size_t len = strlen(text);
        struct entry *entry = place(bpe, text, len);
        if (len > 0 && !entry->text)
            *entry = (struct entry){.text = text, .len = (uint32_t)len, .id = id};
    }
    *out = bpe;
    return SARAI_OK;
}

void sr_bpe_free(struct sr_bpe *bpe) {
    if (!bpe)
        return;
    free(bpe->table);
    free(bpe);
}

/* Merges the pair that is the earliest token, again and again. Returns the number of ids, 0 when a byte has none. */
static size_t encode_word(const struct sr_bpe *bpe, const char *word, size_t len, int ids[WORD_MAX]) {
    size_t start[WORD_MAX + 1], count = len;
    for (size_t i = 0; i <= len; i++)
        start[i] = i;
    for (;;) {
        int earliest = INT_MAX;
        size_t at = 0;
        for (size_t i = 0; i + 1 < count; i++) {
            const int id = find(bpe, word + start[i], start[i + 2] - start[i]);
            if (id >= 0 && id < earliest) {
                earliest = id;
                at = i;
            }
        }
        if (earliest == INT_MAX)
            break;
        memmove(start + at + 1, start + at + 2, (count - at - 1) * sizeof *start);
        count--;
    }
    for (size_t i = 0; i < count; i++)
        if ((ids[i] = find(bpe, word + start[i], start[i + 1] - start[i])) < 0)
            return 0;
    return count;
}

size_t sr_bpe_encode(const struct sr_bpe *bpe, const char *text, size_t len, int *ids, size_t room) {
    size_t used = 0;
    int word[WORD_MAX];
    for (size_t at = 0, end; at < len; at = end) {
        for (end = at + 1; end < len && text[end] != ' '; end++)
            ;
        const size_t count = end - at <= WORD_MAX ? encode_word(bpe, text + at, end - at, word) : 0;
        if (!count || used + count > room)
            return 0;
        memcpy(ids + used, word, count * sizeof *word);
        used += count;
    }
    return used;
}
