/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Is what the canceller left explained by what was just played? In twenty bands of the Bark scale (Zwicker 1961) the
 * gate knows how loud the far end is and was a moment ago, and learns how much of it is usually left: the coupling. A
 * frame whose bands lie at that level is echo, however much it sounds like speech; one that lies clearly above is
 * somebody else.
 *
 *            excess > ENTER, or > AT_ONCE in one frame
 *   ECHO ---------------------------------------------------> OTHER
 *     ^   coupling learned fast, up and down                    |  coupling raised very slowly
 *     +---------------------------------------------------------+
 *       excess < LEAVE, and HOLD frames more when it was OTHER for some time
 *
 * The coupling is a running quantile of residual over far end (Robbins and Monro 1951). It begins far too high and only
 * comes down while the echo is heard, so a gate that knows nothing yet takes all for echo.
 */
#ifndef SR_AEC_GATE_H
#define SR_AEC_GATE_H

#include "base/status.h"

struct sr_gate;

/** The caller owns `*out`. [init] */
int sr_gate_open(struct sr_gate **out);
void sr_gate_close(struct sr_gate *gate);
/** Begins anew: the canceller does. [stage:vad] */
void sr_gate_reset(struct sr_gate *gate);
/** Takes a frame of SR_FRAME_SAMPLES: the microphone, what the canceller left of it, and the far end where its echo is
 *  expected. `settled`: that place is known well enough to learn from; `misled`: the canceller is known to be wrong
 * just now, so whatever is left counts as echo. Returns true when nothing but echo and noise is in the frame;
 * `*excess_db` is how far it lies above that. [stage:vad] */
bool sr_gate_feed(struct sr_gate *gate, const float *near, const float *left, const float *far, bool settled,
                  bool misled, float *excess_db);
/** Did the last frame alone lie so far above the echo that somebody may have begun to speak? The gate itself waits for
 *  a second one. [stage:vad] */
bool sr_gate_surprised(const struct sr_gate *gate);

#endif
