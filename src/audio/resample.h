/* SPDX-License-Identifier: Apache-2.0 */
/* Sample rate conversion (libswresample). */
#ifndef SR_AUDIO_RESAMPLE_H
#define SR_AUDIO_RESAMPLE_H

#include "base/status.h"

/** Converts a whole clip into a malloc'd buffer that the caller frees. Equal rates copy. [any] */
int sr_resample(const float *in, size_t in_count, int in_hz, int out_hz, float **out, size_t *out_count);

#endif
