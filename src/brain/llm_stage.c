/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Thread 4c. Answers the brain's questions with the language model, one after the other, so that the brain itself is
 * never blocked. A question of an older epoch is dropped, a running one given up. Every question that is still wanted
 * is answered by a thought marked `last`, whatever happened.
 */
#include "brain/llm_stage.h"

#include "base/str.h"

struct answering {
    struct sr_llm_stage *stage;
    const struct sr_question *question;
};

static void send_sentence(void *user, const char *text, int64_t first_token_us) {
    const struct answering *a = user;
    struct sr_thought thought = {
        .stamp = a->question->stamp, .text = sr_strdup(text), .first_token_us = first_token_us};
    sr_edge_push(&a->stage->flow->edges[SR_EDGE_THOUGHTS], &thought);
}

static void answer(struct sr_llm_stage *stage, const struct sr_question *question) {
    struct sr_flow *flow = stage->flow;
    struct answering answering = {.stage = stage, .question = question};
    struct sarai_error error = {0};
    const int64_t now_us = sr_clock_now_us(flow->clock);
    const int deadline_ms = sr_llm_deadline_ms(stage->opts, question->context);
    const struct sr_phrase_job job = {
        .context = question->context,
        .question = question->question,
        .fallback = question->fallback,
        .history = question->history,
        .history_count = question->history_count,
        .session = flow,
        .clock = flow->clock,
        .abort = sr_flow_abort(flow, question->stamp, false),
        .deadline_us = deadline_ms ? now_us + (int64_t)deadline_ms * 1000 : 0,
        .sentence = send_sentence,
        .user = &answering,
    };
    const bool other = stage->other && atomic_load(&flow->delivery.other);
    const int status = sr_brain_phrase(other ? stage->other : stage->brain, &job, &error);
    if (status == SARAI_ESTALE)
        return;
    if (error.code < 0)
        sr_flow_emit(flow, SR_LLM, SARAI_EVENT_WARNING, 0, error.text, NULL);
    struct sr_thought last = {.stamp = question->stamp, .first_token_us = -1, .last = true};
    sr_edge_push(&flow->edges[SR_EDGE_THOUGHTS], &last);
}

void sr_llm_run(void *arg) {
    struct sr_llm_stage *stage = arg;
    struct sr_flow *flow = stage->flow;
    struct sr_question question;
    while (!sr_flow_stopping(flow)) {
        if (!sr_edge_pop(&flow->edges[SR_EDGE_QUESTIONS], &question)) {
            sr_flow_wait(flow, SR_LLM, sr_clock_now_us(flow->clock) + 1000000);
            continue;
        }
        if (!sr_epoch_stale(&flow->epoch, question.stamp))
            answer(stage, &question);
        sr_question_deinit(&question);
    }
}
