/* SPDX-License-Identifier: Apache-2.0 */
/* The log-mel spectrogram that Whisper, and Smart Turn with it, is trained on. */
#ifndef SR_VAD_MEL_H
#define SR_VAD_MEL_H

#include "base/status.h"

#define SR_MEL_BANDS 80
#define SR_MEL_FRAMES 800
#define SR_MEL_SAMPLES (8 * 16000)

struct sr_mel;

/** The caller owns `*out`; SARAI_ENOMEM is the only failure. [init] */
int sr_mel_new(struct sr_mel **out);
void sr_mel_free(struct sr_mel *mel);

/** Writes `features` as [SR_MEL_BANDS][SR_MEL_FRAMES]: of the last 8 s of `samples` (16 kHz mono, borrowed), with zeros
 *  in front of shorter ones, as transformers' WhisperFeatureExtractor(chunk_length=8) with do_normalize and pipecat-ai
 *  compute it. One frame for each 10 ms. Not finite samples make features that are not finite. No allocation. One
 *  caller at a time. [any] */
void sr_mel_compute(struct sr_mel *mel, const float *samples, size_t count, float *features);

#endif
