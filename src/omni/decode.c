/* SPDX-License-Identifier: Apache-2.0 */
#include "omni/decode.h"

#include <math.h>

#define LANES 16

_Static_assert(SR_OMNI_LOGITS % LANES == 0, "the lanes cover the logits");

/* The place of the greatest value; NaN is never it. Lanes let the compiler compare many at once. */
static int64_t best_of(const float *values) {
    float lanes[LANES], best = -INFINITY;
    for (int k = 0; k < LANES; k++)
        lanes[k] = -INFINITY;
    for (int i = 0; i < SR_OMNI_LOGITS; i += LANES)
        for (int k = 0; k < LANES; k++)
            lanes[k] = values[i + k] > lanes[k] ? values[i + k] : lanes[k];
    for (int k = 0; k < LANES; k++)
        best = lanes[k] > best ? lanes[k] : best;
    for (int i = 0; i < SR_OMNI_LOGITS; i++)
        if (values[i] == best)
            return i;
    return 0;
}

void sr_omni_decode(const float *logits, size_t count, int64_t *tokens) {
    for (size_t i = 0; i < count; i++)
        tokens[i] = best_of(logits + i * SR_OMNI_LOGITS);
}
