/* SPDX-License-Identifier: Apache-2.0 */
/* How speech sounds just before a pause. At the end of a Spanish statement the melody falls, the voice fades and what
 * is left of it loses its tone. */
#ifndef SR_VAD_PROSODY_H
#define SR_VAD_PROSODY_H

#include <stdbool.h>
#include <stddef.h>

struct sr_prosody {
    bool voiced;                 /* a melody was found; otherwise the fields from f0_ on are 0 */
    float energy_slope_db_per_s; /* slope of the level over the last 700 ms of speech; negative fades */
    float f0_slope_st_per_s;     /* slope of the melody over its last second, semitones per second; negative falls */
    float f0_final_st;    /* the last 50 ms of the melody, in semitones above the median of the speech measured */
    float voiced_tail_ms; /* length of the last voiced stretch; gaps of 20 ms don't end it */
    float voiced_share;   /* voiced part of the last 500 ms of speech, 0 to 1 */
};

/** Measures the last 2 s of the speech that ends at about `speech_end` (an index, at most `count`) in `samples` (16 kHz
 *  mono, borrowed); a late `speech_end` is mended by the level. From 100 ms on, what follows it is taken for the room.
 *  A louder or softer recording gives the same numbers. Without 50 ms of sound everything is 0. No allocation, bounded
 *  time. [any] */
void sr_prosody_measure(const float *samples, size_t count, size_t speech_end, struct sr_prosody *out);

#endif
