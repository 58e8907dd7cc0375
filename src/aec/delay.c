/* SPDX-License-Identifier: Apache-2.0 */
#include "aec/delay.h"

#include <libavutil/tx.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "flow/message.h"

#define DECIMATION 4
#define TAPS 32
#define WINDOW 4096 /* at 4 kHz: 1 s of far end */
#define NEAR 1024   /* of the near end, so that lags up to WINDOW - NEAR are no wrap-around */
#define HOP 512
#define BINS (WINDOW / 2 + 1)
#define EARLY 384 /* at 4 kHz: an echo may come 96 ms before it is expected, so the near end is used that old */
#define LAGS 2400 /* EARLY and 0.5 s */
#define FIRST_BIN (100 * WINDOW / 4000)
#define LAST_BIN (1800 * WINDOW / 4000)
#define KEEP 0.75f        /* of the average cross-spectrum, per window */
#define STANDS_OUT 9.0f   /* peak over the root mean square of all lags */
#define SAME 8            /* lags at 4 kHz: 2 ms */
#define BROAD_POWER 1e-4f /* of the strongest bin: 40 dB down */
#define BROAD_SHARE 8     /* at least an eighth of the bins has that */
#define QUIET_ENERGY 1e-8 /* mean square below which a window says nothing */

struct sr_delay {
    /* immutable after open */
    AVTXContext *forward, *backward;
    av_tx_fn transform, inverse;
    float taps[TAPS];
    /* vad thread only */
    float near_tail[TAPS], far_tail[TAPS]; /* the low-pass's past */
    float near[NEAR + EARLY], far[WINDOW]; /* at 4 kHz, the newest last */
    int fresh;                             /* samples since the last window */
    AVComplexFloat spectrum[BINS], other[BINS], cross[BINS];
    float padded[WINDOW], lags[WINDOW];
    int candidate; /* lag found last; -1: none */
};

static void make_taps(float taps[TAPS]) {
    float sum = 0;
    for (int i = 0; i < TAPS; i++) {
        const float t = (float)i - (TAPS - 1) / 2.0f, x = (float)M_PI * t * 0.9f / DECIMATION;
        taps[i] = sinf(x) / x * (0.54f - 0.46f * cosf(2 * (float)M_PI * (float)i / (TAPS - 1)));
        sum += taps[i];
    }
    for (int i = 0; i < TAPS; i++)
        taps[i] /= sum;
}

int sr_delay_open(struct sr_delay **out) {
    struct sr_delay *delay = calloc(1, sizeof *delay);
    const float one = 1;
    if (!delay)
        return SARAI_ENOMEM;
    if (av_tx_init(&delay->forward, &delay->transform, AV_TX_FLOAT_RDFT, 0, WINDOW, &one, AV_TX_UNALIGNED) < 0 ||
        av_tx_init(&delay->backward, &delay->inverse, AV_TX_FLOAT_RDFT, 1, WINDOW, &one, AV_TX_UNALIGNED) < 0) {
        sr_delay_close(delay);
        return SARAI_ENOMEM;
    }
    make_taps(delay->taps);
    delay->candidate = -1;
    *out = delay;
    return SARAI_OK;
}

void sr_delay_close(struct sr_delay *delay) {
    if (!delay)
        return;
    av_tx_uninit(&delay->forward);
    av_tx_uninit(&delay->backward);
    free(delay);
}

void sr_delay_reset(struct sr_delay *delay) {
    memset(delay->near, 0, sizeof delay->near);
    memset(delay->far, 0, sizeof delay->far);
    memset(delay->cross, 0, sizeof delay->cross);
    delay->candidate = -1;
    delay->fresh = 0;
}

/* Low-pass, every fourth sample, appended to `line`. */
static void append(const struct sr_delay *delay, const float *in, float *tail, float *line, size_t length) {
    enum { COUNT = SR_FRAME_SAMPLES / DECIMATION };
    float joined[TAPS + SR_FRAME_SAMPLES];
    memcpy(joined, tail, TAPS * sizeof *joined);
    memcpy(joined + TAPS, in, SR_FRAME_SAMPLES * sizeof *in);
    memcpy(tail, joined + SR_FRAME_SAMPLES, TAPS * sizeof *tail);
    memmove(line, line + COUNT, (length - COUNT) * sizeof *line);
    for (size_t i = 0; i < COUNT; i++) {
        float sum = 0;
        for (size_t k = 0; k < TAPS; k++)
            sum += delay->taps[k] * joined[i * DECIMATION + k];
        line[length - COUNT + i] = sum;
    }
}

static bool quiet(const float *samples, size_t count) {
    double energy = 0;
    for (size_t i = 0; i < count; i++)
        energy += (double)samples[i] * samples[i];
    return energy < QUIET_ENERGY * (double)count;
}

/* Of a tone or a chime the phases between its partials are noise. */
static bool broad(const AVComplexFloat *spectrum) {
    float most = 0;
    int count = 0;
    for (int i = FIRST_BIN; i <= LAST_BIN; i++)
        most = fmaxf(most, spectrum[i].re * spectrum[i].re + spectrum[i].im * spectrum[i].im);
    for (int i = FIRST_BIN; i <= LAST_BIN; i++)
        count += spectrum[i].re * spectrum[i].re + spectrum[i].im * spectrum[i].im > most * BROAD_POWER;
    return count > (LAST_BIN - FIRST_BIN) / BROAD_SHARE;
}

/* The near end is put at the end of its window, so a lag is a distance into the past of the far end. */
static bool correlate(struct sr_delay *delay) {
    memset(delay->padded, 0, (WINDOW - NEAR) * sizeof *delay->padded);
    memcpy(delay->padded + WINDOW - NEAR, delay->near, NEAR * sizeof *delay->near);
    delay->transform(delay->forward, delay->spectrum, delay->padded, sizeof(float));
    memcpy(delay->padded, delay->far, sizeof delay->padded);
    delay->transform(delay->forward, delay->other, delay->padded, sizeof(float));
    if (!broad(delay->other))
        return false;
    for (int i = 0; i < BINS; i++) {
        const AVComplexFloat a = delay->spectrum[i], b = delay->other[i];
        delay->cross[i].re = KEEP * delay->cross[i].re + a.re * b.re + a.im * b.im;
        delay->cross[i].im = KEEP * delay->cross[i].im + a.im * b.re - a.re * b.im;
        const float size = hypotf(delay->cross[i].re, delay->cross[i].im);
        const float gain = i >= FIRST_BIN && i <= LAST_BIN && size > 0 ? 1 / size : 0;
        delay->other[i] = (AVComplexFloat){gain * delay->cross[i].re, gain * delay->cross[i].im};
    }
    delay->inverse(delay->backward, delay->lags, delay->other, sizeof(AVComplexFloat));
    return true;
}

/* The lag that stands out; -1: none does. */
static int find_peak(const struct sr_delay *delay) {
    double square = 0;
    int peak = 0;
    for (int i = 0; i < LAGS; i++) {
        square += (double)delay->lags[i] * delay->lags[i];
        if (delay->lags[i] > delay->lags[peak])
            peak = i;
    }
    return delay->lags[peak] > STANDS_OUT * sqrt(square / LAGS) ? peak : -1;
}

bool sr_delay_feed(struct sr_delay *delay, const float *near, const float *far, int *samples) {
    append(delay, near, delay->near_tail, delay->near, NEAR + EARLY);
    append(delay, far, delay->far_tail, delay->far, WINDOW);
    delay->fresh += SR_FRAME_SAMPLES / DECIMATION;
    if (delay->fresh < HOP)
        return false;
    delay->fresh = 0;
    if (quiet(delay->far, WINDOW) || quiet(delay->near, NEAR) || !correlate(delay))
        return false;
    const int before = delay->candidate;
    delay->candidate = find_peak(delay);
    if (delay->candidate < 0 || before < 0 || abs(delay->candidate - before) > SAME)
        return false;
    *samples = (delay->candidate - EARLY) * DECIMATION;
    return true;
}
