/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames of 25 ms every 10 ms. Pitch by YIN (de Cheveigné and Kawahara, "YIN, a fundamental frequency estimator for
 * speech and music", JASA 111, 2002; steps 2 to 5) on the lowest 1 kHz, where the formants don't disturb. A pitch an
 * octave off is folded back to the speaker's median. Slopes are least squares.
 */
#include "vad/prosody.h"

#include "audio/level.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define HOP_MS 10
#define HOP (16 * HOP_MS)
#define WINDOW (16 * 25)
#define FRAMES (2000 / HOP_MS)
#define FEWEST 5 /* frames of speech, or of voice, that are worth a measurement */

/* What is measured, in frames from the end. */
#define FADE (700 / HOP_MS)
#define MELODY (1000 / HOP_MS)
#define SHARE (500 / HOP_MS)
#define FINAL 5
#define TAIL_GAP 2

/* Levels. That of the voice is the one that nearly all frames stay under. */
#define SILENCE_DB -120.0f
#define LOUD 0.95f
#define SPEECH_DB 30.0f /* below the voice nothing is speech, */
#define VOICED_DB 25.0f /* or has a pitch */
#define ROOM_DB 6.0f    /* this much above the room everything is speech, */
#define NEAR_DB 12.0f   /* and this near to the voice in any room */
#define ROOM_SAMPLES 1600

/* The pitch is looked for in every fourth sample. */
#define STEP 4
#define PITCH_HZ (16000 / STEP)
#define PITCH_WINDOW (WINDOW / STEP)
#define SHORTEST_LAG (PITCH_HZ / 500) /* the highest voice */
#define LONGEST_LAG (PITCH_HZ / 60)   /* the lowest */
#define SPAN (PITCH_WINDOW + LONGEST_LAG + 1)
#define LOW (FRAMES * HOP / STEP + SPAN)
#define TAPS 12
#define UNLIKE 0.3f /* YIN's threshold */
#define OCTAVE_ST 12.0f
#define FARTHEST_ST 8.0f /* from the median, before a pitch counts as an octave off */

struct track {
    int count;     /* frames, the last one still speech */
    float loud_db; /* level of the voice */
    float level_db[FRAMES];
    bool voiced[FRAMES];
    float pitch_st[FRAMES]; /* of the voiced ones, above 100 Hz */
};

/* Smooths with a triangle and keeps every fourth sample; what lies outside counts as silence. */
static void lower(const float *in, size_t count, float *out, int wanted) {
    for (int i = 0; i < wanted; i++) {
        float sum = 0;
        for (int tap = 1 - TAPS; tap < TAPS; tap++) {
            const int64_t at = (int64_t)i * STEP + tap;
            if (at >= 0 && at < (int64_t)count)
                sum += in[at] * (float)(TAPS - abs(tap));
        }
        out[i] = sum;
    }
}

/* The value that `part` of the values stay under; only of those that `use` (NULL: all) names. */
static float quantile(const float *values, const bool *use, int count, float part) {
    float sorted[FRAMES];
    int kept = 0;
    for (int i = 0; i < count; i++) {
        if (use && !use[i])
            continue;
        int at = kept++;
        for (; at > 0 && sorted[at - 1] > values[i]; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = values[i];
    }
    return kept ? sorted[(int)(part * (float)(kept - 1) + 0.5f)] : 0;
}

/* Per second, over the frames [from, to) that `use` (NULL: all) names. */
static float slope(const float *values, const bool *use, int from, int to) {
    double n = 0, x = 0, y = 0, xx = 0, xy = 0;
    for (int i = from > 0 ? from : 0; i < to; i++) {
        if (use && !use[i])
            continue;
        n += 1;
        x += i;
        y += values[i];
        xx += (double)i * i;
        xy += (double)i * values[i];
    }
    const double spread = n * xx - x * x;
    return spread > 0 ? (float)((n * xy - x * y) / spread * (1000.0 / HOP_MS)) : 0;
}

/* Hz; 0 where nothing repeats. */
static float find_pitch(const float *x) {
    float unlike[LONGEST_LAG + 2] = {0}, sum = 0;
    int lag = SHORTEST_LAG;
    for (int i = 0; i < PITCH_WINDOW; i++) /* the lag inside: a compiler may then add several lags at once */
        for (int k = 1; k <= LONGEST_LAG + 1; k++)
            unlike[k] += (x[i] - x[i + k]) * (x[i] - x[i + k]);
    for (int k = 1; k <= LONGEST_LAG + 1; k++) {
        sum += unlike[k];
        unlike[k] = sum > 0 ? unlike[k] * (float)k / sum : 1;
    }
    while (lag <= LONGEST_LAG && unlike[lag] >= UNLIKE)
        lag++;
    if (lag > LONGEST_LAG)
        return 0;
    while (lag < LONGEST_LAG && unlike[lag + 1] < unlike[lag])
        lag++;
    const float before = unlike[lag - 1], after = unlike[lag + 1], bend = before - 2 * unlike[lag] + after;
    return PITCH_HZ / ((float)lag + (bend > 0 ? 0.5f * (before - after) / bend : 0));
}

/* Levels, and with them the end of the speech: the detector's is some frames late. */
static void measure_levels(struct track *track, const float *samples, size_t count, float room_db) {
    for (int i = 0; i < track->count; i++) {
        const int64_t middle = (int64_t)i * HOP + HOP / 2;
        const size_t from = middle > WINDOW / 2 ? (size_t)(middle - WINDOW / 2) : 0;
        const size_t to = (size_t)middle + WINDOW / 2 < count ? (size_t)middle + WINDOW / 2 : count;
        track->level_db[i] = sr_level_db(samples + from, to - from);
    }
    track->loud_db = quantile(track->level_db, NULL, track->count, LOUD);
    const float gate_db = fmaxf(track->loud_db - SPEECH_DB, fminf(room_db + ROOM_DB, track->loud_db - NEAR_DB));
    while (track->count && track->level_db[track->count - 1] < gate_db)
        track->count--;
    for (int i = 0; i < track->count; i++)
        track->level_db[i] = fmaxf(track->level_db[i], gate_db); /* how quiet a gap is says nothing of the voice */
}

/* Returns how many frames are voiced. */
static int measure_pitch(struct track *track, const float *samples, size_t count) {
    float low[LOW];
    lower(samples, count, low, LOW);
    for (int i = 0; i < track->count; i++) {
        const int at = (i * HOP + HOP / 2) / STEP - SPAN / 2;
        const float hz = track->level_db[i] > track->loud_db - VOICED_DB ? find_pitch(low + (at > 0 ? at : 0)) : 0;
        track->voiced[i] = hz > 0;
        track->pitch_st[i] = hz > 0 ? OCTAVE_ST * log2f(hz / 100) : 0;
    }
    const float median_st = quantile(track->pitch_st, track->voiced, track->count, 0.5f);
    for (int i = 0; i < track->count; i++) {
        const float away_st = track->pitch_st[i] - median_st;
        if (fabsf(away_st) > FARTHEST_ST)
            track->pitch_st[i] -= copysignf(OCTAVE_ST, away_st);
        if (fabsf(track->pitch_st[i] - median_st) > FARTHEST_ST)
            track->voiced[i] = false;
    }
    /* A voiced frame alone is an accident. */
    bool before = false;
    int voiced = 0;
    for (int i = 0; i < track->count; i++) {
        const bool now = track->voiced[i];
        track->voiced[i] = now && (before || (i + 1 < track->count && track->voiced[i + 1]));
        before = now;
        voiced += track->voiced[i];
    }
    return voiced;
}

static void measure_melody(const struct track *track, struct sr_prosody *out) {
    int last = track->count - 1, first, gap = 0, tail = 0, shared = 0;
    while (!track->voiced[last])
        last--;
    for (int i = first = last; i >= 0 && gap <= TAIL_GAP; i--) {
        gap = track->voiced[i] ? 0 : gap + 1;
        first = gap ? first : i;
    }
    for (int i = track->count - SHARE > 0 ? track->count - SHARE : 0; i < track->count; i++)
        shared += track->voiced[i];
    float final_st[FINAL];
    for (int i = last; i >= 0 && tail < FINAL; i--)
        if (track->voiced[i])
            final_st[tail++] = track->pitch_st[i];
    out->voiced = true;
    out->f0_slope_st_per_s = slope(track->pitch_st, track->voiced, last + 1 - MELODY, last + 1);
    out->f0_final_st =
        quantile(final_st, NULL, tail, 0.5f) - quantile(track->pitch_st, track->voiced, track->count, 0.5f);
    out->voiced_tail_ms = (float)((last - first + 1) * HOP_MS);
    out->voiced_share = (float)shared / SHARE;
}

void sr_prosody_measure(const float *samples, size_t count, size_t speech_end, struct sr_prosody *out) {
    struct track track = {0};
    const size_t end = speech_end < count ? speech_end : count, skipped = end > FRAMES * HOP ? end - FRAMES * HOP : 0;
    memset(out, 0, sizeof *out);
    track.count = (int)((end - skipped) / HOP);
    if (track.count < FEWEST)
        return;
    const float room_db = count - end >= ROOM_SAMPLES ? sr_level_db(samples + end, count - end) : SILENCE_DB;
    measure_levels(&track, samples + skipped, count - skipped, room_db);
    if (track.count < FEWEST)
        return;
    out->energy_slope_db_per_s = slope(track.level_db, NULL, track.count - FADE, track.count);
    if (measure_pitch(&track, samples + skipped, count - skipped) >= FEWEST)
        measure_melody(&track, out);
}
