/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The wholes lie one behind the other and are all scanned; the sentences of the few best are looked at afterwards. A
 * scan of plain bytes beats any index up to hundreds of thousands of passages, forgets nothing and needs no building.
 */
#include "memory/points.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"

#define CLOSE 64 /* passages whose sentences are looked at */

struct entry {
    int64_t key;
    struct sr_point *sentences;
    size_t count;
};

struct sr_points {
    struct entry *entries;
    struct sr_point *wholes; /* of the entry with the same index */
    size_t count, cap;
};

void sr_point_pack(const float from[SR_POINT_SIZE], struct sr_point *to) {
    float most = 0;
    for (int i = 0; i < SR_POINT_SIZE; i++)
        most = fmaxf(most, fabsf(from[i]));
    to->scale = most / 127;
    for (int i = 0; i < SR_POINT_SIZE; i++)
        to->at[i] = (int8_t)(most > 0 ? lrintf(from[i] / to->scale) : 0);
}

float sr_point_dot(const struct sr_point *a, const struct sr_point *b) {
    int32_t sum = 0;
    for (int i = 0; i < SR_POINT_SIZE; i++)
        sum += (int16_t)a->at[i] * (int16_t)b->at[i];
    return (float)sum * a->scale * b->scale;
}

int sr_points_new(struct sr_points **out) {
    struct sr_points *points = calloc(1, sizeof *points);
    if (!points)
        return SARAI_ENOMEM;
    *out = points;
    return SARAI_OK;
}

void sr_points_clear(struct sr_points *points) {
    for (size_t i = 0; i < points->count; i++)
        free(points->entries[i].sentences);
    points->count = 0;
}

void sr_points_free(struct sr_points *points) {
    if (!points)
        return;
    sr_points_clear(points);
    free(points->entries);
    free(points->wholes);
    free(points);
}

static int make_room(struct sr_points *points) {
    if (points->count < points->cap)
        return SARAI_OK;
    const size_t cap = points->cap ? 2 * points->cap : 64;
    struct entry *entries = realloc(points->entries, cap * sizeof *entries);
    if (!entries)
        return SARAI_ENOMEM;
    points->entries = entries;
    struct sr_point *wholes = realloc(points->wholes, cap * sizeof *wholes);
    if (!wholes)
        return SARAI_ENOMEM;
    points->wholes = wholes;
    points->cap = cap;
    return SARAI_OK;
}

int sr_points_add(struct sr_points *points, int64_t key, const struct sr_point *all, size_t count) {
    struct sr_point *sentences = count > 1 ? malloc((count - 1) * sizeof *sentences) : NULL;
    if ((count > 1 && !sentences) || make_room(points) < 0) {
        free(sentences);
        return SARAI_ENOMEM;
    }
    if (sentences)
        memcpy(sentences, all + 1, (count - 1) * sizeof *sentences);
    points->wholes[points->count] = all[0];
    points->entries[points->count++] = (struct entry){.key = key, .sentences = sentences, .count = count - 1};
    return SARAI_OK;
}

static const struct entry *find(const struct sr_points *points, int64_t key) {
    for (size_t i = 0; i < points->count; i++)
        if (points->entries[i].key == key)
            return &points->entries[i];
    return NULL;
}

bool sr_points_remove(struct sr_points *points, int64_t key) {
    const struct entry *entry = find(points, key);
    if (!entry)
        return false;
    const size_t i = (size_t)(entry - points->entries);
    free(entry->sentences);
    points->count--;
    points->entries[i] = points->entries[points->count];
    points->wholes[i] = points->wholes[points->count];
    return true;
}

size_t sr_points_count(const struct sr_points *points) {
    return points->count;
}

/* Puts what is better than the worst of the sorted list into its place. */
static size_t keep(struct sr_near *list, size_t count, size_t limit, struct sr_near near) {
    const float worth = near.whole + near.sentence;
    if (limit == 0 || (count == limit && worth <= list[limit - 1].whole + list[limit - 1].sentence))
        return count;
    size_t i = count < limit ? count : limit - 1;
    for (; i > 0 && list[i - 1].whole + list[i - 1].sentence < worth; i--)
        list[i] = list[i - 1];
    list[i] = near;
    return count < limit ? count + 1 : count;
}

static float nearest_sentence(const struct entry *entry, const struct sr_point *to, float whole) {
    float best = entry->count ? -1 : whole;
    for (size_t i = 0; i < entry->count; i++)
        best = fmaxf(best, sr_point_dot(to, &entry->sentences[i]));
    return best;
}

size_t sr_points_nearest(const struct sr_points *points, const struct sr_point *to, struct sr_near *out, size_t limit) {
    struct sr_near close[CLOSE]; /* their keys are indices */
    size_t close_count = 0, count = 0;
    for (size_t i = 0; i < points->count; i++)
        close_count = keep(close, close_count, CLOSE,
                           (struct sr_near){.key = (int64_t)i, .whole = sr_point_dot(to, &points->wholes[i])});
    for (size_t i = 0; i < close_count; i++) {
        const struct entry *entry = &points->entries[close[i].key];
        count = keep(out, count, limit,
                     (struct sr_near){.key = entry->key,
                                      .whole = close[i].whole,
                                      .sentence = nearest_sentence(entry, to, close[i].whole)});
    }
    return count;
}

bool sr_points_near(const struct sr_points *points, const struct sr_point *to, int64_t key, float *whole,
                    float *sentence) {
    const struct entry *entry = find(points, key);
    if (!entry)
        return false;
    *whole = sr_point_dot(to, &points->wholes[entry - points->entries]);
    *sentence = nearest_sentence(entry, to, *whole);
    return true;
}

const struct sr_point *sr_points_sentences(const struct sr_points *points, int64_t key, size_t *count) {
    const struct entry *entry = find(points, key);
    *count = entry ? entry->count : 0;
    return entry ? entry->sentences : NULL;
}
