/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdlib.h>

#include "audio/decode.h"
#include "engine/hear.h"

static int wait_ms(const struct sarai_engine *engine, const struct sr_turn_cues *cues) {
    const struct sr_turn_opts *opts = &engine->config->turn;
    return engine->turn_end ? sr_turn_end_wait_ms(engine->turn_end, cues, opts) : opts->end_ms;
}

/* 0.5 and more exactly when the engine would have ended the turn by now. */
static double decide(const struct sarai_engine *engine, const struct sr_turn_cues *cues) {
    const bool waited = cues->pause_ms >= (float)wait_ms(engine, cues);
    if (!engine->turn_end)
        return waited;
    const double over = sr_turn_end_over(engine->turn_end, cues);
    if (waited)
        return over < 0.5 ? 0.5 : over;
    return over > 0.49 ? 0.49 : over;
}

static int judge(struct sarai_engine *engine, const float *samples, size_t count,
                 void (*done)(void *user, const struct sarai_turn_end *result), void *user, struct sr_hearer *hearer,
                 struct sarai_error *error) {
    struct sr_turn_cues cues;
    struct sr_turn_pace pace;
    char *draft = NULL;
    int status = sr_hear_turn(hearer, samples, count, &draft, &cues, error);
    if (status < 0)
        return status;
    sr_turn_pace_init(&pace);
    cues.pace_ms = pace.mean_ms;
    if (engine->turn_end)
        status = sr_turn_end_text(engine->turn_end, engine->embed, draft, &cues.text);
    if (status >= 0) {
        const struct sarai_turn_end result = {.over = decide(engine, &cues),
                                              .draft = draft,
                                              .audio = cues.audio,
                                              .text = 1 / (1 + exp(-cues.text)),
                                              .pause_ms = cues.pause_ms,
                                              .wait_ms = wait_ms(engine, &cues)};
        done(user, &result);
    } else {
        sr_error(error, status, "turn", "%s", sarai_strerror(status));
    }
    free(draft);
    return status;
}

int sarai_turn_file(struct sarai_engine *engine, const char *path,
                    void (*done)(void *user, const struct sarai_turn_end *result), void *user,
                    struct sarai_error *error) {
    struct sr_hearer hearer;
    float *samples = NULL;
    size_t count = 0;
    int status = sr_hearer_open(engine, path, &hearer, error);
    if (status < 0)
        return status;
    status = sr_decode_file(path, SR_RATE_HZ, &samples, &count, error);
    if (status >= 0)
        status = judge(engine, samples, count, done, user, &hearer, error);
    free(samples);
    sr_hearer_close(&hearer);
    return status;
}
