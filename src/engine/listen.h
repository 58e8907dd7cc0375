/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a file frame by frame with the voice activity detector beside it. */
#ifndef SR_ENGINE_LISTEN_H
#define SR_ENGINE_LISTEN_H

#include "engine/engine.h"

struct sr_listen {
    /** Each frame of the file in order; the last one is padded with silence. `part` (0 to 1) is how much of the file
     *  has been read, 0 when its length is not known. Non-zero stops. */
    int (*frame)(void *user, const float *samples, bool speech, double part);
    void *user;
};

/** Decodes `path` at 16 kHz, judges every frame and calls `frame`. `*count` becomes the samples read, `*vad_us` the
 *  time that the model took in all. [any] */
int sr_listen_file(struct sarai_engine *engine, const char *path, const struct sr_listen *listen, int64_t *count,
                   int64_t *vad_us, struct sarai_error *error);

#endif
