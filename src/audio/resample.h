/* SPDX-License-Identifier: Apache-2.0 */
/* Sample rate conversion (libswresample). */
#ifndef SR_AUDIO_RESAMPLE_H
#define SR_AUDIO_RESAMPLE_H

#include "base/status.h"

/** Converts a whole clip into a malloc'd buffer that the caller frees. Equal rates copy. [any] */
int sr_resample(const float *in, size_t in_count, int in_hz, int out_hz, float **out, size_t *out_count);

struct SwrContext;
/** Gives a converter of libswresample, before its init, the filter that this module uses. Negative when it can't. */
int sr_resample_tune(struct SwrContext *swr);

/** The same for sound that comes piece by piece. */
struct sr_resampler;

/** Mono at both ends. The caller owns `*out`. [init] */
int sr_resampler_new(int in_hz, int out_hz, struct sr_resampler **out);
/** Takes all of `in`, gives at most `room` samples and keeps the rest for the next call; returns how many. [one] */
int sr_resampler_feed(struct sr_resampler *resampler, const float *in, size_t count, float *out, size_t room);
void sr_resampler_free(struct sr_resampler *resampler);

#endif
