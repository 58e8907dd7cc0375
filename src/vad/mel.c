/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Zero mean and unit variance over the 8 s, frames of 400 samples every 160 mirrored at both ends, a periodic Hann
 * window, power, 80 triangles on Slaney's mel scale, log10, the lowest 8 decades below the peak cut off, scaled.
 *
 * libav has no fast transform of 400 points, but one of 80: a radix-5 step joins five of them. The samples are real, so
 * two frames travel in one complex transform.
 *
 * Smart Turn computes in 8 bits: where a feature lies on the border of two steps, its last bit decides, and layer by
 * layer that grows into a different judgement. Hence the precision of the reference at each step: single where NumPy
 * normalizes the samples, in NumPy's order of summation, double from there on.
 */
#include "vad/mel.h"

#include <libavutil/tx.h>
#include <math.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#define HOP 160
#define WINDOW 400
#define RADIX 5
#define PART (WINDOW / RADIX)
#define BINS (WINDOW / 2 + 1)
#define PAD (WINDOW / 2)
#define NYQUIST_HZ 8000.0
#define VARIANCE_FLOOR 1e-7f
#define POWER_FLOOR 1e-10
#define DECADES 8
#define BLOCK 128
#define ALIGNMENT 64
#define PI 3.14159265358979323846

struct sr_mel {
    alignas(ALIGNMENT) AVComplexDouble in[PART]; /* what libav transforms is aligned */
    alignas(ALIGNMENT) AVComplexDouble parts[RADIX][PART];
    AVComplexDouble spectrum[WINDOW];
    AVComplexDouble twiddle[WINDOW]; /* exp(-2 pi i k / WINDOW) */
    AVTXContext *context;
    av_tx_fn transform;
    double window[WINDOW];
    double weights[SR_MEL_BANDS][BINS];
    int first[SR_MEL_BANDS], last[SR_MEL_BANDS]; /* bins of a band, `last` is not of it */
    double power[2][BINS];
    double levels[SR_MEL_BANDS * SR_MEL_FRAMES]; /* log10 of the power in a band */
    float samples[PAD + SR_MEL_SAMPLES + PAD], squares[SR_MEL_SAMPLES];
};

/* Slaney's scale: linear up to 1 kHz, logarithmic above. */
static double mel_to_hz(double mel) {
    return mel < 15 ? 200 * mel / 3 : 1000 * exp((mel - 15) * log(6.4) / 27);
}

static void make_bands(struct sr_mel *mel) {
    const double top_mel = 15 + log(NYQUIST_HZ / 1000) * 27 / log(6.4);
    for (int band = 0; band < SR_MEL_BANDS; band++) {
        const double low = mel_to_hz(top_mel * band / (SR_MEL_BANDS + 1)),
                     middle = mel_to_hz(top_mel * (band + 1) / (SR_MEL_BANDS + 1)),
                     high = mel_to_hz(top_mel * (band + 2) / (SR_MEL_BANDS + 1));
        mel->first[band] = BINS;
        for (int bin = 0; bin < BINS; bin++) {
            const double hz = bin * NYQUIST_HZ / (BINS - 1);
            const double height = fmin((hz - low) / (middle - low), (high - hz) / (high - middle));
            if (height <= 0)
                continue;
            mel->weights[band][bin] = height * 2 / (high - low);
            if (mel->first[band] == BINS)
                mel->first[band] = bin;
            mel->last[band] = bin + 1;
        }
    }
}

int sr_mel_new(struct sr_mel **out) {
    struct sr_mel *mel = aligned_alloc(ALIGNMENT, sizeof *mel);
    if (!mel)
        return SARAI_ENOMEM;
    memset(mel, 0, sizeof *mel);
    if (av_tx_init(&mel->context, &mel->transform, AV_TX_DOUBLE_FFT, 0, PART, NULL, 0) < 0) {
        sr_mel_free(mel);
        return SARAI_ENOMEM;
    }
    for (int i = 0; i < WINDOW; i++) {
        const double angle = 2 * PI * i / WINDOW;
        mel->window[i] = 0.5 - 0.5 * cos(angle);
        mel->twiddle[i] = (AVComplexDouble){cos(angle), -sin(angle)};
    }
    make_bands(mel);
    *out = mel;
    return SARAI_OK;
}

void sr_mel_free(struct sr_mel *mel) {
    if (!mel)
        return;
    av_tx_uninit(&mel->context);
    free(mel);
}

/* NumPy's sum of floats: eight partial sums over a block, blocks by halves. */
static float sum(const float *x, size_t count) {
    float parts[8] = {0};
    if (count > BLOCK) {
        const size_t half = count / 2 - count / 2 % 8;
        return sum(x, half) + sum(x + half, count - half);
    }
    const size_t even = count - count % 8;
    for (size_t i = 0; i < even; i += 8)
        for (int part = 0; part < 8; part++)
            parts[part] += x[i + part];
    float total = ((parts[0] + parts[1]) + (parts[2] + parts[3])) + ((parts[4] + parts[5]) + (parts[6] + parts[7]));
    for (size_t i = even; i < count; i++)
        total += x[i];
    return total;
}

/* The last 8 s, zero-padded in front, then normalized: the padding counts for mean and variance. */
static void take(struct sr_mel *mel, const float *samples, size_t count) {
    float *y = mel->samples + PAD;
    const size_t kept = count < SR_MEL_SAMPLES ? count : SR_MEL_SAMPLES, silent = SR_MEL_SAMPLES - kept;
    memset(y, 0, silent * sizeof *y);
    if (kept)
        memcpy(y + silent, samples + count - kept, kept * sizeof *y);
    const float mean = sum(y, SR_MEL_SAMPLES) / SR_MEL_SAMPLES;
    for (size_t i = 0; i < SR_MEL_SAMPLES; i++)
        y[i] -= mean;
    for (size_t i = 0; i < SR_MEL_SAMPLES; i++)
        mel->squares[i] = y[i] * y[i];
    const float deviation = sqrtf(sum(mel->squares, SR_MEL_SAMPLES) / SR_MEL_SAMPLES + VARIANCE_FLOOR);
    for (size_t i = 0; i < SR_MEL_SAMPLES; i++)
        y[i] /= deviation;
    for (int i = 1; i <= PAD; i++) {
        y[-i] = y[i];
        y[SR_MEL_SAMPLES - 1 + i] = y[SR_MEL_SAMPLES - 1 - i];
    }
}

static AVComplexDouble times(AVComplexDouble a, AVComplexDouble b) {
    return (AVComplexDouble){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

/* The spectrum of two frames, one real, one imaginary. */
static void transform(struct sr_mel *mel, const float *first, const float *second) {
    for (int r = 0; r < RADIX; r++) {
        for (int i = 0; i < PART; i++) {
            const int at = i * RADIX + r;
            mel->in[i] = (AVComplexDouble){first[at] * mel->window[at], second[at] * mel->window[at]};
        }
        mel->transform(mel->context, mel->parts[r], mel->in, sizeof *mel->in);
    }
    for (int part = 0; part < PART; part++) {
        AVComplexDouble turned[RADIX];
        for (int r = 0; r < RADIX; r++)
            turned[r] = times(mel->parts[r][part], mel->twiddle[r * part]);
        for (int q = 0; q < RADIX; q++) {
            AVComplexDouble sum = turned[0];
            for (int r = 1; r < RADIX; r++) {
                const AVComplexDouble term = times(turned[r], mel->twiddle[r * q % RADIX * PART]);
                sum.re += term.re;
                sum.im += term.im;
            }
            mel->spectrum[q * PART + part] = sum;
        }
    }
}

/* Takes the two frames apart again: the spectrum of a real signal is its own mirrored conjugate. */
static void separate(struct sr_mel *mel) {
    for (int bin = 0; bin < BINS; bin++) {
        const AVComplexDouble a = mel->spectrum[bin], b = mel->spectrum[(WINDOW - bin) % WINDOW];
        const double even_re = (a.re + b.re) / 2, even_im = (a.im - b.im) / 2;
        const double odd_re = (a.im + b.im) / 2, odd_im = (b.re - a.re) / 2;
        mel->power[0][bin] = even_re * even_re + even_im * even_im;
        mel->power[1][bin] = odd_re * odd_re + odd_im * odd_im;
    }
}

void sr_mel_compute(struct sr_mel *mel, const float *samples, size_t count, float *features) {
    double peak = log10(POWER_FLOOR);
    take(mel, samples, count);
    for (int frame = 0; frame < SR_MEL_FRAMES; frame += 2) {
        const float *at = mel->samples + frame * HOP;
        transform(mel, at, at + HOP);
        separate(mel);
        for (int half = 0; half < 2; half++)
            for (int band = 0; band < SR_MEL_BANDS; band++) {
                double power = 0;
                for (int bin = mel->first[band]; bin < mel->last[band]; bin++)
                    power += mel->weights[band][bin] * mel->power[half][bin];
                const double level = log10(fmax(power, POWER_FLOOR));
                peak = fmax(peak, level);
                mel->levels[band * SR_MEL_FRAMES + frame + half] = level;
            }
    }
    for (size_t i = 0; i < SR_MEL_BANDS * SR_MEL_FRAMES; i++)
        features[i] = (float)((fmax(mel->levels[i], peak - DECADES) + 4) / 4);
}
