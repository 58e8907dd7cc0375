/* SPDX-License-Identifier: Apache-2.0 */
/* Writing 16-bit WAV files: under a temporary name beside the target, renamed when complete. */
#ifndef SR_AUDIO_WAV_H
#define SR_AUDIO_WAV_H

#include "base/status.h"

struct sr_wav;

/** Makes `PATH.tmp-XXXXXX`. SARAI_EIO with the reason (folder missing, read-only, disk full). The caller owns `*out`.
 */
int sr_wav_create(const char *path, int rate_hz, int channels, struct sr_wav **out, struct sarai_error *error);
/** Appends `frames` frames (interleaved, clipped to -1..1). */
int sr_wav_write(struct sr_wav *wav, const float *samples, size_t frames);
/** Completes the header and renames to the final name; frees `wav` in every case. */
int sr_wav_commit(struct sr_wav *wav, struct sarai_error *error);
/** Removes the temporary file; frees `wav`, which may be NULL. */
void sr_wav_abandon(struct sr_wav *wav);

#endif
