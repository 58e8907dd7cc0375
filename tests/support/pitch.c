/* SPDX-License-Identifier: Apache-2.0 */
#include "support/pitch.h"

#include <math.h>
#include <stdlib.h>

#define FRAMES 2000
#define HIGHEST_HZ 450
#define LOWEST_HZ 60
#define SURE 0.75
#define FARTHEST_ST 9

static int by_value(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Semitones above 100 Hz, or NAN: the lag at which a frame is most like itself. */
static double pitch_of(const float *x, int window, int rate_hz) {
    double best = 0;
    int best_lag = 0;
    for (int lag = rate_hz / HIGHEST_HZ; lag <= rate_hz / LOWEST_HZ; lag++) {
        double both = 0, here = 0, there = 0;
        for (int i = 0; i < window; i += 2) {
            both += (double)x[i] * x[i + lag];
            here += (double)x[i] * x[i];
            there += (double)x[i + lag] * x[i + lag];
        }
        const double likeness = here > 0 && there > 0 ? both / sqrt(here * there) : 0;
        if (likeness > best + 0.02) { /* a multiple of the period is as alike: the shortest wins */
            best = likeness;
            best_lag = lag;
        }
    }
    return best > SURE ? 12 * log2((double)rate_hz / best_lag / 100) : NAN;
}

double test_pitch_spread_st(const float *samples, size_t count, int rate_hz) {
    const size_t hop = (size_t)rate_hz / 100, window = 3 * hop, reach = window + (size_t)(rate_hz / LOWEST_HZ) + 1;
    static double pitch[FRAMES], sorted[FRAMES];
    double sum = 0, squares = 0, loudest = 0;
    size_t frames = 0, kept = 0;
    for (size_t i = 0; i < count; i++)
        loudest = fmax(loudest, fabs((double)samples[i]));
    for (size_t at = 0; at + reach < count && frames < FRAMES; at += hop) {
        double peak = 0;
        for (size_t i = at; i < at + window; i++)
            peak = fmax(peak, fabs((double)samples[i]));
        const double st = peak > loudest / 8 ? pitch_of(samples + at, (int)window, rate_hz) : NAN;
        if (!isnan(st))
            pitch[frames++] = st;
    }
    if (frames < 50)
        return 0;
    for (size_t i = 0; i < frames; i++)
        sorted[i] = pitch[i];
    qsort(sorted, frames, sizeof *sorted, by_value);
    for (size_t i = 0; i < frames; i++) {
        if (fabs(pitch[i] - sorted[frames / 2]) > FARTHEST_ST)
            continue;
        kept++;
        sum += pitch[i];
        squares += pitch[i] * pitch[i];
    }
    return sqrt(fmax(0, squares / (double)kept - sum / (double)kept * (sum / (double)kept)));
}
