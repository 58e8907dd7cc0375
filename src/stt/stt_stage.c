/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Thread 3. A draft is decoded while the turn machine still waits whether the user goes on. When the turn is then over
 * and nothing was said in between, its stamp is that of the draft, and the draft's text is the final text at no cost.
 * A final utterance always leaves as a text message, empty if decoding failed, because it carries the turn's record.
 */
#include "stt/stt_stage.h"

#include <stdlib.h>

#include "base/str.h"

static void forget_draft(struct sr_stt_stage *stage) {
    free(stage->draft_text);
    stage->draft_text = NULL;
}

/* The text of an utterance, malloc'd, or NULL when it is not wanted any more or could not be decoded. */
static char *decode(struct sr_stt_stage *stage, const struct sr_utterance *utterance) {
    struct sr_flow *flow = stage->flow;
    const struct sr_abort abort = sr_flow_abort(flow, utterance->stamp, utterance->draft);
    const enum sr_urgency urgency = utterance->draft ? SR_STT_DRAFT : SR_STT_FINAL;
    struct sr_stt_result result = {0};
    if (!utterance->count || sr_sched_take(stage->sched, flow->clock, urgency, stage->threads, &abort) < 0)
        return NULL;
    const int status =
        stage->backend->decode(stage->stt, utterance->samples, utterance->count, utterance->draft, &abort, &result);
    sr_sched_give(stage->sched, stage->threads);
    char *text = status < 0 ? NULL : sr_strdup(result.text);
    sr_stt_result_deinit(&result);
    if (status < 0 && status != SARAI_ESTALE)
        sr_flow_emit(flow, SR_STT, SARAI_EVENT_WARNING, 0, "speech recognition failed; the turn is lost", NULL);
    return text;
}

static void send(struct sr_stt_stage *stage, struct sr_text *text) {
    const enum sarai_event_type type = text->draft ? SARAI_EVENT_PARTIAL : SARAI_EVENT_FINAL;
    if (text->text)
        sr_flow_emit(stage->flow, SR_STT, type, text->turn_id, text->text, NULL);
    sr_edge_push(&stage->flow->edges[SR_EDGE_TEXTS], text);
}

static void take_draft(struct sr_stt_stage *stage, const struct sr_utterance *utterance) {
    struct sr_flow *flow = stage->flow;
    if (sr_epoch_superseded(&flow->epoch, utterance->stamp))
        return;
    const int64_t start_us = sr_clock_now_us(flow->clock);
    char *text = decode(stage, utterance);
    if (!text)
        return;
    forget_draft(stage);
    stage->draft_text = text;
    stage->draft_stamp = utterance->stamp;
    stage->draft_start_us = start_us;
    stage->draft_end_us = sr_clock_now_us(flow->clock);
    struct sr_text message = {
        .stamp = utterance->stamp, .turn_id = utterance->turn_id, .draft = true, .text = sr_strdup(text)};
    send(stage, &message);
}

static void take_final(struct sr_stt_stage *stage, struct sr_utterance *utterance) {
    struct sr_flow *flow = stage->flow;
    struct sarai_turn *turn = utterance->turn;
    struct sr_text message = {.stamp = utterance->stamp, .turn_id = utterance->turn_id, .turn = turn};
    utterance->turn = NULL;
    if (stage->draft_text && stage->draft_stamp == utterance->stamp) {
        message.text = stage->draft_text;
        stage->draft_text = NULL;
        turn->stt_start_us = stage->draft_start_us;
        turn->stt_end_us = stage->draft_end_us;
    } else if (!sr_epoch_stale(&flow->epoch, utterance->stamp)) {
        turn->stt_start_us = sr_clock_now_us(flow->clock);
        message.text = decode(stage, utterance);
        turn->stt_end_us = sr_clock_now_us(flow->clock);
    }
    turn->final_us = sr_clock_now_us(flow->clock);
    sr_turn_set(&turn->heard, message.text);
    send(stage, &message);
}

void sr_stt_run(void *arg) {
    struct sr_stt_stage *stage = arg;
    struct sr_flow *flow = stage->flow;
    struct sr_utterance utterance;
    while (!sr_flow_stopping(flow)) {
        if (!sr_edge_pop(&flow->edges[SR_EDGE_UTTERANCES], &utterance)) {
            sr_flow_wait(flow, SR_STT, sr_clock_now_us(flow->clock) + 1000000);
            continue;
        }
        if (utterance.draft)
            take_draft(stage, &utterance);
        else
            take_final(stage, &utterance);
        sr_utterance_deinit(&utterance);
    }
}

void sr_stt_stage_deinit(struct sr_stt_stage *stage) {
    forget_draft(stage);
}
