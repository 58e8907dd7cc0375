/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "engine/engine.h"

static double ms_since(const struct sarai_engine *engine, int64_t start_us) {
    return (double)(sr_clock_now_us(engine->clock) - start_us) / 1000;
}

int sarai_decide(struct sarai_engine *engine, const char *text,
                 void (*done)(void *user, const struct sarai_route *route), void *user, struct sarai_error *error) {
    struct sr_brain *brain = &engine->brain;
    if (!brain->templates)
        return sr_error(error, SARAI_EUSAGE, "route", "needs an engine made with SARAI_USE_BRAIN");
    const struct sr_router_context before = {0};
    struct sr_choice choice = {0};
    int64_t start_us = sr_clock_now_us(engine->clock);
    sr_brain_prepare(brain, text);
    const double embed_ms = ms_since(engine, start_us);
    start_us = sr_clock_now_us(engine->clock);
    const int status = sr_brain_choose(brain, text, &before, &choice);
    if (status >= 0) {
        const struct sarai_route route = {.text = text,
                                          .route = sr_route_name(choice.route),
                                          .intent = choice.intent,
                                          .confidence = choice.confidence,
                                          .rejected = choice.rejected,
                                          .embed_ms = embed_ms,
                                          .decision_ms = ms_since(engine, start_us)};
        done(user, &route);
    } else {
        sr_error(error, status, "route", "%s", sarai_strerror(status));
    }
    sr_choice_deinit(&choice);
    return status;
}
