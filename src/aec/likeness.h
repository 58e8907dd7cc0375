/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Is what the microphone hears the sound of what was just played, at whatever delay and level? Both are kept as
 * envelopes in bands of the Bark scale. However a room or a volume knob changes an echo, its envelopes rise and fall
 * with those of the far end, and nobody else's do; so this answers for a room of which nothing is known yet, some
 * 200 ms after a sound began.
 */
#ifndef SR_AEC_LIKENESS_H
#define SR_AEC_LIKENESS_H

#include "base/status.h"

#define SR_LIKENESS_MS_MAX 1280

/** What is compared with the far end: the microphone, or what the canceller left of it. */
enum sr_likeness_of { SR_LIKENESS_NEAR, SR_LIKENESS_LEFT };

struct sr_likeness;

/** The caller owns `*out`. [init] */
int sr_likeness_open(struct sr_likeness **out);
void sr_likeness_close(struct sr_likeness *likeness);
/** Begins anew, after frames were left out too: the far end given from now on is what is expected `early` samples after
 *  the others, for an echo may come so much before it is expected. [stage:vad] */
void sr_likeness_reset(struct sr_likeness *likeness, int early);
/** Takes the next SR_FRAME_SAMPLES of all three. [stage:vad] */
void sr_likeness_feed(struct sr_likeness *likeness, const float *near, const float *left, const float *far);
/** How alike the last `ms`, at most SR_LIKENESS_MS_MAX, and some stretch of the far end are: the highest correlation of
 *  their envelopes. 1: the same; 0: nothing was played; -1: nothing is heard that would tell. `*lag` (may be NULL) is
 *  by how many samples, give or take 128, that stretch lies before the one expected. [stage:vad] */
float sr_likeness_now(const struct sr_likeness *likeness, enum sr_likeness_of of, int ms, int *lag);

#endif
