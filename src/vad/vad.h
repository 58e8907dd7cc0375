/* SPDX-License-Identifier: Apache-2.0 */
/* Voice activity: the probability that a 32 ms frame is speech. */
#ifndef SR_VAD_VAD_H
#define SR_VAD_VAD_H

#include "base/opt.h"
#include "flow/message.h"

/** Section "vad". */
struct sr_vad_opts {
    char *backend;   /* "silero" or "null" */
    float threshold; /* probability that is speech */
    float release;   /* below this it is silence again; between the two nothing changes */
    float duck;      /* from here on the machine, while it is heard, becomes softer */
};

extern const struct sr_opt sr_vad_opts_table[];

struct sr_ort;
struct sr_model_opts;
struct sr_vad_model; /* weights, shared [any] */
struct sr_vad;       /* state of one stream */

struct sr_vad_backend {
    const char *name;
    /** [init] The caller owns `*out`. `ort` outlives it. */
    int (*load)(const struct sr_model_opts *models, struct sr_ort *ort, struct sr_vad_model **out,
                struct sarai_error *error);
    void (*unload)(struct sr_vad_model *model);
    int (*open)(struct sr_vad_model *model, struct sr_vad **out, struct sarai_error *error);
    void (*close)(struct sr_vad *vad);
    /** Speech probability (0 to 1) of the next SR_FRAME_SAMPLES samples at 16 kHz. [stage:vad] */
    int (*feed)(struct sr_vad *vad, const float *samples, float *probability);
    /** Forgets the past. */
    void (*reset)(struct sr_vad *vad);
};

/** silero: Silero VAD 6 (ONNX, 512 samples + 64 of context). null: frame.truth of the null capture is not seen here, so
 *  it judges by level: louder than -50 dB is speech. */
extern const struct sr_vad_backend sr_vad_silero, sr_vad_null;

#endif
