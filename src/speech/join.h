/* SPDX-License-Identifier: Apache-2.0 */
/* Edges of clips that meet: no click, and no silence in the middle of a sentence. */
#ifndef SR_SPEECH_JOIN_H
#define SR_SPEECH_JOIN_H

#include <stddef.h>

/** At which edges the sentence goes on in another clip. */
enum { SR_JOIN_BEFORE = 1 << 0, SR_JOIN_BEHIND = 1 << 1 };

/** Cuts the quiet away at the edges named by `joins` and fades both ends over 4 ms, in place. Returns how many samples
 *  are left, from the front. [any] */
size_t sr_join_edges(float *samples, size_t count, int rate_hz, unsigned joins);
/** So many samples of two joined clips are heard at the same time, the one fading out while the other fades in. */
size_t sr_join_overlap(int rate_hz);

#endif
