/* SPDX-License-Identifier: Apache-2.0 */
/* Loudness and silence of samples in -1..1. */
#ifndef SR_AUDIO_LEVEL_H
#define SR_AUDIO_LEVEL_H

#include "base/status.h"

/** Root mean square in dB relative to full scale; -120 for silence or no samples. [any][rt] */
float sr_level_db(const float *samples, size_t count);
/** Loudness after ITU-R BS.1770 and EBU R128: weighted as the ear hears, pauses left out, in LU relative to full scale.
 *  A clip below 0.4 s is one block. -120 for silence or no samples. [any][rt] */
float sr_level_loudness_db(const float *samples, size_t count, int rate_hz);
/** The highest point of the wave between the samples too (four times oversampled), in dB relative to full scale.
 *  [any][rt] */
float sr_level_true_peak_db(const float *samples, size_t count);
/** Narrows [*first, *last) to the part between the first and last 5 ms window louder than `threshold_db`; an
 *  all-silent clip becomes empty. [any][rt] */
void sr_level_trim(const float *samples, int rate_hz, float threshold_db, size_t *first, size_t *last);
/** Where speech begins behind a click: a sound of at most `most_ms` that is softer than speech, and at least 30 ms of
 *  quiet behind it. 0 when the clip begins otherwise. [any][rt] */
size_t sr_level_behind_click(const float *samples, size_t count, int rate_hz, int most_ms);

#endif
