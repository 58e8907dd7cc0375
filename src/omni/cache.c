/* SPDX-License-Identifier: Apache-2.0 */
#include "omni/cache.h"

#include <stdlib.h>
#include <string.h>

struct sr_omni_entry {
    struct sr_omni_entry *newer, *older;
    uint64_t hash;
    size_t bytes; /* all of it */
    size_t sample_count;
    float *samples;
    struct sarai_omni_result result;
    max_align_t blocks[]; /* what samples and result point to */
};

/* Eight bytes at a time, multiplied and folded (after Vigna's and Steele's mixers); equal samples are what counts. */
static uint64_t hash(const float *samples, size_t count) {
    uint64_t h = UINT64_C(0x9E3779B97F4A7C15) ^ count;
    size_t i = 0;
    for (; i + 2 <= count; i += 2) {
        uint64_t word;
        memcpy(&word, samples + i, sizeof word);
        h = (h ^ word) * UINT64_C(0xBF58476D1CE4E5B9);
        h ^= h >> 29;
    }
    if (i < count) {
        uint32_t last;
        memcpy(&last, samples + i, sizeof last);
        h = (h ^ last) * UINT64_C(0x94D049BB133111EB);
        h ^= h >> 32;
    }
    return h;
}

static void unlink_entry(struct sr_omni_cache *cache, struct sr_omni_entry *entry) {
    *(entry->newer ? &entry->newer->older : &cache->newest) = entry->older;
    *(entry->older ? &entry->older->newer : &cache->oldest) = entry->newer;
    entry->newer = entry->older = NULL;
}

static void push_newest(struct sr_omni_cache *cache, struct sr_omni_entry *entry) {
    entry->older = cache->newest;
    *(cache->newest ? &cache->newest->newer : &cache->oldest) = entry;
    cache->newest = entry;
}

static void drop(struct sr_omni_cache *cache, struct sr_omni_entry *entry) {
    unlink_entry(cache, entry);
    cache->bytes -= entry->bytes;
    cache->count--;
    free(entry);
}

const struct sarai_omni_result *sr_omni_cache_find(struct sr_omni_cache *cache, const float *samples, size_t count,
                                                   const char *mode) {
    if (!cache->newest)
        return NULL;
    const uint64_t wanted = hash(samples, count);
    for (struct sr_omni_entry *entry = cache->newest; entry; entry = entry->older) {
        if (entry->hash != wanted || entry->sample_count != count || strcmp(entry->result.mode, mode) != 0 ||
            memcmp(entry->samples, samples, count * sizeof *samples) != 0)
            continue;
        unlink_entry(cache, entry);
        push_newest(cache, entry);
        return &entry->result;
    }
    return NULL;
}

static size_t aligned(size_t bytes) {
    return (bytes + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
}

static void *put(char **at, const void *from, size_t bytes) {
    void *to = *at;
    if (!from || !bytes)
        return NULL;
    memcpy(to, from, bytes);
    *at += aligned(bytes);
    return to;
}

static size_t tensor_bytes(const int64_t shape[3]) {
    return (size_t)shape[0] * (size_t)shape[1] * (size_t)shape[2] * sizeof(float);
}

void sr_omni_cache_add(struct sr_omni_cache *cache, const float *samples, size_t count,
                       const struct sarai_omni_result *result) {
    const size_t hidden = result->hidden_states ? tensor_bytes(result->hidden_states_shape) : 0;
    const size_t logits = result->audio_logits ? tensor_bytes(result->audio_logits_shape) : 0;
    const size_t tokens = result->token_count * sizeof *result->tokens;
    const size_t wave = result->sample_count * sizeof *result->waveform;
    const size_t bytes = sizeof(struct sr_omni_entry) + aligned(count * sizeof *samples) + aligned(hidden) +
                         aligned(logits) + aligned(tokens) + aligned(wave);
    if (bytes > cache->most_bytes)
        return;
    while (cache->oldest && cache->bytes + bytes > cache->most_bytes)
        drop(cache, cache->oldest);
    struct sr_omni_entry *entry = malloc(bytes);
    if (!entry)
        return;
    char *at = (char *)entry->blocks;
    *entry = (struct sr_omni_entry){.hash = hash(samples, count), .bytes = bytes, .sample_count = count};
    entry->result = *result;
    entry->result.fallback_reason = NULL;
    entry->samples = put(&at, samples, count * sizeof *samples);
    entry->result.hidden_states = put(&at, result->hidden_states, hidden);
    entry->result.audio_logits = put(&at, result->audio_logits, logits);
    entry->result.tokens = put(&at, result->tokens, tokens);
    entry->result.waveform = put(&at, result->waveform, wave);
    push_newest(cache, entry);
    cache->bytes += bytes;
    cache->count++;
}

void sr_omni_cache_deinit(struct sr_omni_cache *cache) {
    while (cache->oldest)
        drop(cache, cache->oldest);
}
