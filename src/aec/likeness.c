/* SPDX-License-Identifier: Apache-2.0 */
#include "aec/likeness.h"

#include <libavutil/tx.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "flow/message.h"

#define WINDOW 512
#define HOP 256
#define HOP_MS (HOP * 1000 / SR_RATE_HZ)
#define BINS (WINDOW / 2 + 1)
#define BANDS 18
#define LAGS 37 /* of HOP: 0.6 s */
#define STEPS (SR_LIKENESS_MS_MAX / HOP_MS + LAGS)
#define LEAST 1e-10f     /* power of a band that 16 bits can hold */
#define NOISE_RISE 1.01f /* per step: 2.7 dB a second */
#define NOISE_TIMES 4    /* what is below so many times the noise of the microphone is silence */
#define RANGE 1e-4f      /* and 40 dB below the loudest band of late */
#define FORGET 0.98f     /* of the loudest, per step: 5.5 dB a second */
#define DYING_DB 2.5f    /* of all envelopes, per step: so that reverberation changes little */
#define MOVES_DB 3.0f    /* an envelope that deviates less from its mean tells nothing */

/* Each band's level in dB, the newest last. */
struct envelope {
    float past[WINDOW];
    float noise[BANDS], loudest; /* power */
    float db[BANDS][STEPS];
};

struct sr_likeness {
    /* immutable after open */
    AVTXContext *context;
    av_tx_fn transform;
    float window[WINDOW];
    /* vad thread only */
    struct envelope heard[2], far; /* by enum sr_likeness_of */
    bool begun;
    int early;
};

static const int first_bin[BANDS + 1] = {6, 9, 13, 16, 20, 25, 29, 35, 41, 47, 55, 64, 74, 86, 101, 118, 141, 170, 205};

int sr_likeness_open(struct sr_likeness **out) {
    struct sr_likeness *likeness = calloc(1, sizeof *likeness);
    const float one = 1;
    if (!likeness)
        return SARAI_ENOMEM;
    if (av_tx_init(&likeness->context, &likeness->transform, AV_TX_FLOAT_RDFT, 0, WINDOW, &one, AV_TX_UNALIGNED) < 0) {
        sr_likeness_close(likeness);
        return SARAI_ENOMEM;
    }
    for (int i = 0; i < WINDOW; i++)
        likeness->window[i] = 0.5f - 0.5f * cosf(2 * (float)M_PI * ((float)i + 0.5f) / WINDOW);
    *out = likeness;
    return SARAI_OK;
}

void sr_likeness_close(struct sr_likeness *likeness) {
    if (!likeness)
        return;
    av_tx_uninit(&likeness->context);
    free(likeness);
}

void sr_likeness_reset(struct sr_likeness *likeness, int early) {
    struct envelope *all[] = {&likeness->heard[SR_LIKENESS_NEAR], &likeness->heard[SR_LIKENESS_LEFT], &likeness->far};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        memset(all[i]->past, 0, sizeof all[i]->past); /* or its first step is what was heard long ago */
    likeness->begun = false;
    likeness->early = early;
}

/* ---------------------------------------------------------------------------------------------------- envelopes -- */

static void measure(const struct sr_likeness *likeness, struct envelope *e, const float *samples, float power[BANDS]) {
    const float scale = 4.0f / (WINDOW * WINDOW);
    float windowed[WINDOW];
    AVComplexFloat spectrum[BINS];
    memmove(e->past, e->past + HOP, (WINDOW - HOP) * sizeof *e->past);
    memcpy(e->past + WINDOW - HOP, samples, HOP * sizeof *e->past);
    for (int i = 0; i < WINDOW; i++)
        windowed[i] = e->past[i] * likeness->window[i];
    likeness->transform(likeness->context, spectrum, windowed, sizeof(float));
    for (int b = 0; b < BANDS; b++) {
        power[b] = LEAST;
        for (int i = first_bin[b]; i < first_bin[b + 1]; i++)
            power[b] += scale * (spectrum[i].re * spectrum[i].re + spectrum[i].im * spectrum[i].im);
    }
}

/* What was before the first step is taken to have been silence. */
static void keep(struct envelope *e, int band, float power, float floor, bool begun) {
    float *db = e->db[band];
    const float floor_db = 10 * log10f(floor);
    for (int t = 0; !begun && t < STEPS; t++)
        db[t] = floor_db;
    memmove(db, db + 1, (STEPS - 1) * sizeof *db);
    db[STEPS - 1] = fmaxf(fmaxf(floor_db, 10 * log10f(power)), db[STEPS - 2] - DYING_DB);
}

static void take(struct sr_likeness *likeness, struct envelope *e, const float *samples, float noise_times) {
    float power[BANDS];
    measure(likeness, e, samples, power);
    e->loudest = likeness->begun ? e->loudest * FORGET : 0;
    for (int b = 0; b < BANDS; b++) {
        e->loudest = fmaxf(e->loudest, power[b]);
        e->noise[b] = likeness->begun ? fminf(e->noise[b] * NOISE_RISE, power[b]) : power[b];
    }
    for (int b = 0; b < BANDS; b++)
        keep(e, b, power[b], fmaxf(LEAST, fmaxf(noise_times * e->noise[b], RANGE * e->loudest)), likeness->begun);
}

void sr_likeness_feed(struct sr_likeness *likeness, const float *near, const float *left, const float *far) {
    for (int from = 0; from < SR_FRAME_SAMPLES; from += HOP) {
        take(likeness, &likeness->heard[SR_LIKENESS_NEAR], near + from, NOISE_TIMES);
        take(likeness, &likeness->heard[SR_LIKENESS_LEFT], left + from, NOISE_TIMES);
        take(likeness, &likeness->far, far + from, 0);
        likeness->begun = true;
    }
}

/* --------------------------------------------------------------------------------------------------- comparison -- */

/* Sums over all bands of the deviations from each band's mean. */
struct sums {
    float both, heard, far;
};

static void add_band(const float *heard, const float *far, int steps, struct sums *sums) {
    float x = 0, y = 0, xx = 0, yy = 0, xy = 0;
    for (int t = 0; t < steps; t++) {
        x += heard[t];
        y += far[t];
    }
    x /= (float)steps;
    y /= (float)steps;
    for (int t = 0; t < steps; t++) {
        const float dx = heard[t] - x, dy = far[t] - y;
        xx += dx * dx;
        yy += dy * dy;
        xy += dx * dy;
    }
    sums->heard += xx;
    sums->far += yy;
    sums->both += xy;
}

float sr_likeness_now(const struct sr_likeness *likeness, enum sr_likeness_of of, int ms, int *lag) {
    const int wanted = (ms < SR_LIKENESS_MS_MAX ? ms : SR_LIKENESS_MS_MAX) / HOP_MS, steps = wanted > 1 ? wanted : 1;
    const float least = MOVES_DB * MOVES_DB * BANDS * (float)steps;
    float best = 0;
    for (int l = 0; l < LAGS; l++) {
        struct sums sums = {0};
        for (int b = 0; b < BANDS; b++)
            add_band(likeness->heard[of].db[b] + STEPS - steps, likeness->far.db[b] + STEPS - steps - l, steps, &sums);
        if (sums.heard < least)
            return -1;
        const float like = sums.far < least ? 0 : sums.both / sqrtf(sums.heard * sums.far);
        if (like <= best)
            continue;
        best = like;
        if (lag)
            *lag = l * HOP - likeness->early;
    }
    return best;
}
