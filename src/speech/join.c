/* SPDX-License-Identifier: Apache-2.0 */
#include "speech/join.h"

#include "audio/level.h"

#include <string.h>

#define QUIET_DB 24.0f /* so much softer than the clip is no speech */

size_t sr_join_overlap(int rate_hz) {
    return (size_t)rate_hz / 250;
}

size_t sr_join_edges(float *samples, size_t count, int rate_hz, unsigned joins) {
    const size_t fade = sr_join_overlap(rate_hz), keep = 2 * fade;
    size_t first = 0, last = count;
    if (joins)
        sr_level_trim(samples, rate_hz, sr_level_db(samples, count) - QUIET_DB, &first, &last);
    first = (joins & SR_JOIN_BEFORE) && first > keep ? first - keep : 0;
    last = (joins & SR_JOIN_BEHIND) && last + keep < count ? last + keep : count;
    count = last - first;
    memmove(samples, samples + first, count * sizeof *samples);
    for (size_t i = 0; i < fade && 2 * fade <= count; i++) {
        const float gain = ((float)i + 0.5f) / (float)fade;
        samples[i] *= gain;
        samples[count - 1 - i] *= gain;
    }
    return count;
}
