/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SR_TESTS_PITCH_H
#define SR_TESTS_PITCH_H

#include <stddef.h>

/** How far the pitch moves: its standard deviation in semitones over the voiced frames, by autocorrelation; those an
 *  octave off left out. 0 when less than half a second is voiced. */
double test_pitch_spread_st(const float *samples, size_t count, int rate_hz);

#endif
