/* SPDX-License-Identifier: Apache-2.0 */
/**
 * How much later than expected the echo arrives: the generalized cross-correlation with phase transform of the far end
 * and the microphone (Knapp and Carter, "The generalized correlation method for estimation of time delay", 1976). Its
 * peak stands out whatever the loudspeaker, the room and the user do to the spectrum, which only the phase survives.
 * Both signals are brought to 4 kHz, cross-spectra are averaged over a few windows, and a delay counts when it stands
 * out twice in a row.
 */
#ifndef SR_AEC_DELAY_H
#define SR_AEC_DELAY_H

#include "base/status.h"

struct sr_delay;

/** The caller owns `*out`. [init] */
int sr_delay_open(struct sr_delay **out);
void sr_delay_close(struct sr_delay *delay);
/** Takes the next SR_FRAME_SAMPLES of both at 16 kHz; `far` is what is expected at the time of `near`. True when a
 * delay was found: `*samples` is how much later than expected the echo came, from some -0.1 to 0.5 s. [stage:vad] */
bool sr_delay_feed(struct sr_delay *delay, const float *near, const float *far, int *samples);
/** Forgets the past: what is expected has changed. */
void sr_delay_reset(struct sr_delay *delay);

#endif
