/* SPDX-License-Identifier: Apache-2.0 */
#include "audio/resample.h"

#include <libavutil/channel_layout.h>
#include <libavutil/opt.h>
#include <libswresample/swresample.h>
#include <stdlib.h>
#include <string.h>

/* Twice the taps of the default, which lets 1 kHz above the new half rate through at -60 dB. */
#define FILTER_SIZE 64

int sr_resample_tune(struct SwrContext *swr) {
    return av_opt_set_int(swr, "filter_size", FILTER_SIZE, 0);
}

static int copy(const float *in, size_t count, float **out, size_t *out_count) {
    float *samples = malloc((count ? count : 1) * sizeof *samples);
    if (!samples)
        return SARAI_ENOMEM;
    if (count)
        memcpy(samples, in, count * sizeof *samples);
    *out = samples;
    *out_count = count;
    return SARAI_OK;
}

static int open_mono(int in_hz, int out_hz, struct SwrContext **swr) {
    AVChannelLayout mono = AV_CHANNEL_LAYOUT_MONO;
    if (swr_alloc_set_opts2(swr, &mono, AV_SAMPLE_FMT_FLT, out_hz, &mono, AV_SAMPLE_FMT_FLT, in_hz, 0, NULL) >= 0 &&
        sr_resample_tune(*swr) >= 0 && swr_init(*swr) >= 0)
        return SARAI_OK;
    swr_free(swr);
    return SARAI_ENOMEM;
}

int sr_resample(const float *in, size_t in_count, int in_hz, int out_hz, float **out, size_t *out_count) {
    if (in_hz <= 0 || out_hz <= 0)
        return SARAI_EUSAGE;
    if (in_hz == out_hz || in_count == 0)
        return copy(in, in_count, out, out_count);
    double exact = (double)in_count * out_hz / in_hz;
    if (in_count > INT32_MAX / 2 || exact > INT32_MAX / 2) /* libswresample counts in int */
        return SARAI_EINPUT;

    const uint8_t *source = (const uint8_t *)in;
    size_t wanted = (size_t)(exact + 0.5);
    int rc = SARAI_ENOMEM, room, got, tail;
    float *samples = NULL;
    struct SwrContext *swr = NULL;
    if (open_mono(in_hz, out_hz, &swr) < 0)
        goto out;
    room = swr_get_out_samples(swr, (int)in_count);
    if (room < (int)wanted)
        room = (int)wanted;
    samples = calloc((size_t)room + 1, sizeof *samples);
    if (!samples)
        goto out;
    got = swr_convert(swr, (uint8_t *[]){(uint8_t *)samples}, room, &source, (int)in_count);
    if (got < 0)
        goto out;
    tail = swr_convert(swr, (uint8_t *[]){(uint8_t *)(samples + got)}, room - got, NULL, 0);
    if (tail < 0)
        goto out;
    *out = samples;
    *out_count = wanted; /* a sample that the filter kept back is silence; one too many is cut */
    samples = NULL;
    rc = SARAI_OK;
out:
    free(samples);
    swr_free(&swr);
    return rc;
}

/* A name of our own for libswresample's context, so that the header needs none of its headers. */
struct sr_resampler {
    struct SwrContext *swr;
};

int sr_resampler_new(int in_hz, int out_hz, struct sr_resampler **out) {
    if (in_hz <= 0 || out_hz <= 0)
        return SARAI_EUSAGE;
    struct sr_resampler *resampler = calloc(1, sizeof *resampler);
    if (!resampler)
        return SARAI_ENOMEM;
    if (open_mono(in_hz, out_hz, &resampler->swr) < 0) {
        free(resampler);
        return SARAI_ENOMEM;
    }
    *out = resampler;
    return SARAI_OK;
}

int sr_resampler_feed(struct sr_resampler *resampler, const float *in, size_t count, float *out, size_t room) {
    if (count > INT32_MAX || room > INT32_MAX)
        return SARAI_EUSAGE;
    const uint8_t *source = (const uint8_t *)in;
    const int got = swr_convert(resampler->swr, (uint8_t *[]){(uint8_t *)out}, (int)room, &source, (int)count);
    return got < 0 ? SARAI_ENOMEM : got;
}

void sr_resampler_free(struct sr_resampler *resampler) {
    if (!resampler)
        return;
    swr_free(&resampler->swr);
    free(resampler);
}
