/* SPDX-License-Identifier: Apache-2.0 */
/* What judging one frame costs, beside the 32 ms that the frame lasts. */
#include <stdlib.h>

#include "engine/engine.h"

#define RUNS 15
#define FRAMES 200

static int by_value(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Microseconds a frame over FRAMES frames of noise, whose content is nothing to the model's time. */
static int measure(struct sarai_engine *engine, struct sr_vad *vad, double *us) {
    float samples[SR_FRAME_SAMPLES], probability;
    uint32_t random = 1;
    int status = SARAI_OK;
    for (int i = 0; i < SR_FRAME_SAMPLES; i++) {
        random = random * 1664525u + 1013904223u;
        samples[i] = ((float)(random >> 8) / 8388608.0f - 1) / 10;
    }
    const int64_t start_us = sr_clock_now_us(engine->clock);
    for (int i = 0; i < FRAMES && status >= 0; i++)
        status = engine->vad_backend->feed(vad, samples, &probability);
    *us = (double)(sr_clock_now_us(engine->clock) - start_us) / FRAMES;
    return status;
}

int sarai_bench_vad(struct sarai_engine *engine, void (*each)(void *user, const struct sarai_figure *figure),
                    void *user, struct sarai_error *error) {
    if (!engine->vad)
        return sr_error(error, SARAI_EUSAGE, "vad", "needs an engine made with SARAI_USE_VAD");
    struct sr_vad *vad = NULL;
    double us[RUNS];
    int status = engine->vad_backend->open(engine->vad, &vad, error);
    if (status < 0)
        return status;
    for (int i = -1; i < RUNS && status >= 0; i++) /* the first one warms up */
        status = measure(engine, vad, &us[i < 0 ? 0 : i]);
    engine->vad_backend->close(vad);
    if (status < 0)
        return sr_error(error, status, "vad", "voice activity detection failed");
    qsort(us, RUNS, sizeof *us, by_value);
    const struct sarai_figure figure = {.bench = "vad",
                                        .figure = "us_per_frame",
                                        .unit = "us",
                                        .value = us[RUNS / 2],
                                        .baseline = "the 32 ms that a frame lasts",
                                        .ratio = us[RUNS / 2] / SR_FRAME_US,
                                        .runs = RUNS};
    each(user, &figure);
    return SARAI_OK;
}
