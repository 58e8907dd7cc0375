/* SPDX-License-Identifier: Apache-2.0 */
/* Utterances that are longer than a recognizer takes at once, in pieces. */
#ifndef SR_STT_CUT_H
#define SR_STT_CUT_H

#include <stddef.h>

/** Where the first piece of an utterance ends (16 kHz), at the quietest moment of a stretch; 0 when all of it is one
 *  piece. It depends on the first samples only, so an utterance that grows keeps its pieces. [any] */
size_t sr_cut(const float *samples, size_t count);

#endif
