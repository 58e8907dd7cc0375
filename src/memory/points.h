/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What passages mean, as points that are searched by scanning them: each passage has one for the whole and one for each
 * of its sentences, as 8-bit numbers with a scale. Not locked.
 */
#ifndef SR_MEMORY_POINTS_H
#define SR_MEMORY_POINTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SR_POINT_SIZE 384

/** Value i of the point is `at[i] * scale`. */
struct sr_point {
    int8_t at[SR_POINT_SIZE];
    float scale;
};

/** The nearest 8-bit point; off by half a step at most. [any] */
void sr_point_pack(const float from[SR_POINT_SIZE], struct sr_point *to);
/** The product of two points: for points on the unit sphere the cosine of the angle between them. [any] */
float sr_point_dot(const struct sr_point *a, const struct sr_point *b);

struct sr_points;

/** The caller owns `*out`. SARAI_ENOMEM. */
int sr_points_new(struct sr_points **out);
void sr_points_free(struct sr_points *points);
/** Adds a passage: points[0] is the whole, the others are its sentences in order. `key` is not there yet. */
int sr_points_add(struct sr_points *points, int64_t key, const struct sr_point *all, size_t count);
/** Forgets a passage; false when there was none. */
bool sr_points_remove(struct sr_points *points, int64_t key);
/** Forgets all. */
void sr_points_clear(struct sr_points *points);
size_t sr_points_count(const struct sr_points *points);

/** A passage near a point. */
struct sr_near {
    int64_t key;
    float whole, sentence; /* product with the whole, and with its nearest sentence */
};

/** The passages nearest to `to`, by the sum of both products, nearest first; returns how many, at most `limit`. Those
 *  whose whole is among the nearest are looked at closely. */
size_t sr_points_nearest(const struct sr_points *points, const struct sr_point *to, struct sr_near *out, size_t limit);
/** The products of one passage; false when it is not there. */
bool sr_points_near(const struct sr_points *points, const struct sr_point *to, int64_t key, float *whole,
                    float *sentence);
/** The sentences' points of a passage, borrowed until the next change; NULL when it is not there. */
const struct sr_point *sr_points_sentences(const struct sr_points *points, int64_t key, size_t *count);

#endif
