/* SPDX-License-Identifier: Apache-2.0 */
/* Any audio file to mono float at one rate, as a stream (libav): a long file needs no long memory. */
#ifndef SR_AUDIO_DECODE_H
#define SR_AUDIO_DECODE_H

#include "base/status.h"

struct sr_decoder;

/** Opens `path` and finds its audio. SARAI_EINPUT with a one-line reason when it is not audio, is empty or is broken;
 *  SARAI_EIO when it can't be read. The caller owns `*out`. [any] */
int sr_decoder_open(const char *path, int rate_hz, struct sr_decoder **out, struct sarai_error *error);
void sr_decoder_close(struct sr_decoder *decoder);
/** Reads up to `max` samples (-1 to 1, mono). Returns how many; fewer than `max`, and then 0, only at the end; a broken
 *  rest of the file is SARAI_EINPUT. [one] */
int64_t sr_decoder_read(struct sr_decoder *decoder, float *samples, size_t max, struct sarai_error *error);

/** Seconds of sound that the file's header announces; 0 when it says nothing to be relied on. [any] */
double sr_decoder_announced_s(const struct sr_decoder *decoder);

/** The whole file in one malloc'd buffer that the caller frees; an empty one is SARAI_EINPUT. */
int sr_decode_file(const char *path, int rate_hz, float **samples, size_t *count, struct sarai_error *error);

#endif
