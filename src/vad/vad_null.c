/* SPDX-License-Identifier: Apache-2.0 */
/* Voice activity by level alone: needs no model, and tests can tell what it will say. */
#include "audio/level.h"
#include "vad/vad.h"

#include <stdlib.h>

#define SPEECH_DB -50.0f

struct sr_vad_model {
    char unused;
};

struct sr_vad {
    char unused;
};

static int load(const struct sr_model_opts *models, struct sr_ort *ort, struct sr_vad_model **out,
                struct sarai_error *error) {
    (void)models, (void)ort;
    struct sr_vad_model *model = calloc(1, sizeof *model);
    if (!model)
        return sr_error(error, SARAI_ENOMEM, "vad", "out of memory");
    *out = model;
    return SARAI_OK;
}

static void unload(struct sr_vad_model *model) {
    free(model);
}

static int open(struct sr_vad_model *model, struct sr_vad **out, struct sarai_error *error) {
    (void)model;
    struct sr_vad *vad = calloc(1, sizeof *vad);
    if (!vad)
        return sr_error(error, SARAI_ENOMEM, "vad", "out of memory");
    *out = vad;
    return SARAI_OK;
}

static void close(struct sr_vad *vad) {
    free(vad);
}

static int feed(struct sr_vad *vad, const float *samples, float *probability) {
    (void)vad;
    *probability = sr_level_db(samples, SR_FRAME_SAMPLES) > SPEECH_DB ? 1 : 0;
    return SARAI_OK;
}

static void reset(struct sr_vad *vad) {
    (void)vad;
}

const struct sr_vad_backend sr_vad_null = {"null", load, unload, open, close, feed, reset};
