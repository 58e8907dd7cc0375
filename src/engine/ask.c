/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "engine/engine.h"

static void add_sentence(void *user, const char *text, int64_t first_token_us) {
    struct sr_str *reply = user;
    (void)first_token_us;
    sr_str_addf(reply, "%s%s", reply->len ? " " : "", text);
}

int sarai_ask(struct sarai_engine *engine, const char *text,
              void (*done)(void *user, const struct sarai_answer *answer), void *user, struct sarai_error *error) {
    if (!engine->brain.templates)
        return sr_error(error, SARAI_EUSAGE, "ask", "needs an engine made with SARAI_USE_BRAIN");
    struct sr_decision decision = {0};
    struct sr_str reply = {0};
    const int64_t start_us = sr_clock_now_us(engine->clock);
    int status = sr_brain_decide(&engine->brain, text, &decision);
    if (status < 0)
        sr_error(error, status, "ask", "%s", sarai_strerror(status));
    if (status >= 0 && decision.ask_llm) {
        const int deadline_ms = sr_llm_deadline_ms(&engine->config->llm, decision.context);
        const struct sr_phrase_job job = {.context = decision.context,
                                          .question = text,
                                          .fallback = decision.reply,
                                          .clock = engine->clock,
                                          .deadline_us = deadline_ms ? start_us + (int64_t)deadline_ms * 1000 : 0,
                                          .sentence = add_sentence,
                                          .user = &reply};
        status = sr_brain_phrase(&engine->brain, &job, error);
    } else if (status >= 0 && decision.reply) {
        sr_str_adds(&reply, decision.reply);
    }
    if (status >= 0) {
        sr_str_add(&reply, "", 0);
        const char *const sources[] = {decision.intent};
        const struct sarai_answer answer = {.text = text,
                                            .route = sr_route_name(decision.route),
                                            .intent = decision.intent,
                                            .confidence = decision.confidence,
                                            .reply = reply.data ? reply.data : "",
                                            .source_count = decision.route == SR_ROUTE_KNOWLEDGE,
                                            .sources = sources,
                                            .ms = (double)(sr_clock_now_us(engine->clock) - start_us) / 1000};
        done(user, &answer);
    }
    sr_str_deinit(&reply);
    sr_decision_deinit(&decision);
    return status;
}
