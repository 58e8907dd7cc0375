/* SPDX-License-Identifier: Apache-2.0 */
#include "audio/level.h"

#include <math.h>

#define FLOOR_DB -120.0f

float sr_level_db(const float *samples, size_t count) {
    double energy = 0;
    for (size_t i = 0; i < count; i++)
        energy += (double)samples[i] * samples[i];
    if (count == 0 || energy <= 0)
        return FLOOR_DB;
    return fmaxf(FLOOR_DB, (float)(10 * log10(energy / (double)count)));
}

static size_t at_most(size_t a, size_t b) {
    return a < b ? a : b;
}

void sr_level_trim(const float *samples, int rate_hz, float threshold_db, size_t *first, size_t *last) {
    size_t window = (size_t)(rate_hz > 200 ? rate_hz / 200 : 1);
    size_t begin = *first, end = *last;
    while (begin < end && sr_level_db(samples + begin, at_most(window, end - begin)) <= threshold_db)
        begin += at_most(window, end - begin);
    while (begin < end &&
           sr_level_db(samples + end - at_most(window, end - begin), at_most(window, end - begin)) <= threshold_db)
        end -= at_most(window, end - begin);
    *first = begin;
    *last = end;
}
