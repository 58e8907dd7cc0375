/* SPDX-License-Identifier: Apache-2.0 */
#include "audio/resample.h"

#include <libavutil/channel_layout.h>
#include <libswresample/swresample.h>
#include <stdlib.h>
#include <string.h>

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

int sr_resample(const float *in, size_t in_count, int in_hz, int out_hz, float **out, size_t *out_count) {
    if (in_hz <= 0 || out_hz <= 0)
        return SARAI_EUSAGE;
    if (in_hz == out_hz || in_count == 0)
        return copy(in, in_count, out, out_count);
    double exact = (double)in_count * out_hz / in_hz;
    if (in_count > INT32_MAX / 2 || exact > INT32_MAX / 2) /* libswresample counts in int */
        return SARAI_EINPUT;

    AVChannelLayout mono = AV_CHANNEL_LAYOUT_MONO;
    const uint8_t *source = (const uint8_t *)in;
    size_t wanted = (size_t)(exact + 0.5);
    int rc = SARAI_ENOMEM, room, got, tail;
    float *samples = NULL;
    struct SwrContext *swr = NULL;
    if (swr_alloc_set_opts2(&swr, &mono, AV_SAMPLE_FMT_FLT, out_hz, &mono, AV_SAMPLE_FMT_FLT, in_hz, 0, NULL) < 0 ||
        swr_init(swr) < 0)
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
