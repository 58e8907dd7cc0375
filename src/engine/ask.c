/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "brain/history.h"
#include "engine/engine.h"

struct sarai_dialogue {
    struct sarai_engine *engine;
    struct sr_context context;
    struct sr_history history; /* for the language model */
    uint32_t turns;
};

static void add_sentence(void *user, const char *text, int64_t first_token_us) {
    struct sr_str *reply = user;
    (void)first_token_us;
    sr_str_addf(reply, "%s%s", reply->len ? " " : "", text);
}

int sarai_dialogue_new(struct sarai_engine *engine, struct sarai_dialogue **out, struct sarai_error *error) {
    if (!engine->brain.templates)
        return sr_error(error, SARAI_EUSAGE, "dialogue", "needs an engine made with SARAI_USE_BRAIN");
    struct sarai_dialogue *dialogue = calloc(1, sizeof *dialogue);
    if (!dialogue)
        return sr_error(error, SARAI_ENOMEM, "dialogue", "out of memory");
    dialogue->engine = engine;
    dialogue->history.bytes_max = (size_t)engine->config->llm.context;
    sr_context_init(&dialogue->context, engine->clock, NULL);
    *out = dialogue;
    return SARAI_OK;
}

void sarai_dialogue_free(struct sarai_dialogue *dialogue) {
    if (!dialogue)
        return;
    sr_brain_leave(&dialogue->engine->brain, dialogue);
    sr_context_deinit(&dialogue->context);
    sr_history_deinit(&dialogue->history);
    free(dialogue);
}

/* What the language model makes of a decision that leaves it the answer. */
static int phrase(struct sarai_dialogue *dialogue, const char *text, const struct sr_decision *decision,
                  int64_t start_us, struct sr_str *reply, struct sarai_error *error) {
    struct sarai_engine *engine = dialogue->engine;
    const int deadline_ms = sr_llm_deadline_ms(&engine->config->llm, decision->context);
    struct sr_phrase_job job = {.context = decision->context,
                                .question = text,
                                .fallback = decision->reply,
                                .session = dialogue,
                                .clock = engine->clock,
                                .deadline_us = deadline_ms ? start_us + (int64_t)deadline_ms * 1000 : 0,
                                .sentence = add_sentence,
                                .user = reply};
    struct sr_exchange *said = NULL;
    sr_history_copy(&dialogue->history, &said, &job.history_count);
    job.history = said;
    const int status = sr_brain_phrase(&engine->brain, &job, error);
    sr_exchanges_free(said, job.history_count);
    return status;
}

/* Timers have nobody to ring for here; what is due is over. */
static void forget_due(struct sr_context *context) {
    struct sr_timer timer;
    while (sr_timers_ring(&context->timers, sr_clock_now_us(context->clock), &timer)) {
    }
}

int sarai_dialogue_ask(struct sarai_dialogue *dialogue, const char *text,
                       void (*done)(void *user, const struct sarai_answer *answer), void *user,
                       struct sarai_error *error) {
    struct sarai_engine *engine = dialogue->engine;
    struct sr_decision decision = {0};
    struct sr_str reply = {0};
    char *whole = NULL;
    const int64_t start_us = sr_clock_now_us(engine->clock);
    forget_due(&dialogue->context);
    int status = sr_talk_decide(&engine->talk, &dialogue->context, text, NULL, &decision, &whole);
    if (status < 0)
        sr_error(error, status, "ask", "%s", sarai_strerror(status));
    if (status >= 0 && decision.ask_llm)
        status = phrase(dialogue, whole ? whole : text, &decision, start_us, &reply, error);
    else if (status >= 0 && decision.reply)
        sr_str_adds(&reply, decision.reply);
    if (status >= 0) {
        sr_str_add(&reply, "", 0);
        if (reply.data)
            sr_history_add(&dialogue->history, dialogue->turns, text, reply.data);
        if (reply.len && !sr_act_is_about_speech(decision.intent))
            sr_context_reply(&dialogue->context, ++dialogue->turns, reply.data);
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
    free(whole);
    sr_str_deinit(&reply);
    sr_decision_deinit(&decision);
    return status;
}

int sarai_ask(struct sarai_engine *engine, const char *text,
              void (*done)(void *user, const struct sarai_answer *answer), void *user, struct sarai_error *error) {
    struct sarai_dialogue *dialogue = NULL;
    int status = sarai_dialogue_new(engine, &dialogue, error);
    if (status >= 0)
        status = sarai_dialogue_ask(dialogue, text, done, user, error);
    sarai_dialogue_free(dialogue);
    return status;
}
