/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/stage.h"

#include <stdlib.h>

#include "base/str.h"

int sr_flow_new(struct sr_clock *clock, const struct sr_log *log, struct sr_flow **out) {
    struct sr_flow *flow = aligned_alloc(SR_CACHE_LINE, sizeof *flow);
    if (!flow)
        return SARAI_ENOMEM;
    *flow = (struct sr_flow){.clock = clock, .log = log};
    sr_epoch_init(&flow->epoch, clock);
    int status = SARAI_OK;
    for (int i = 0; i < SR_STAGE_COUNT && status == SARAI_OK; i++)
        status = sr_event_init(&flow->wakes[i], clock);
    if (status == SARAI_OK)
        status = sr_edges_init(flow->edges, flow->wakes, &flow->stop);
    if (status < 0) {
        sr_flow_free(flow);
        return status;
    }
    for (int i = SR_STT; i < SR_APP; i++)
        sr_epoch_watch(&flow->epoch, &flow->wakes[i]);
    *out = flow;
    return SARAI_OK;
}

void sr_flow_free(struct sr_flow *flow) {
    if (!flow)
        return;
    sr_edges_deinit(flow->edges);
    for (int i = 0; i < SR_STAGE_COUNT; i++)
        sr_event_deinit(&flow->wakes[i]);
    free(flow);
}

void sr_flow_stop(struct sr_flow *flow) {
    atomic_store(&flow->stop, true);
    for (int i = 0; i < SR_STAGE_COUNT; i++)
        sr_event_raise(&flow->wakes[i]);
}

bool sr_flow_stopping(const struct sr_flow *flow) {
    return atomic_load_explicit(&flow->stop, memory_order_relaxed);
}

void sr_flow_wait(struct sr_flow *flow, enum sr_stage_name stage, int64_t deadline_us) {
    if (!sr_flow_stopping(flow))
        sr_event_wait(&flow->wakes[stage], deadline_us);
}

struct sr_abort sr_flow_abort(const struct sr_flow *flow, sr_stamp stamp, bool draft) {
    return (struct sr_abort){.epoch = &flow->epoch, .stamp = stamp, .draft = draft, .stop = &flow->stop};
}

void sr_flow_emit(struct sr_flow *flow, enum sr_stage_name stage, enum sarai_event_type type, uint32_t turn_id,
                  const char *text, struct sarai_turn *turn) {
    static const enum sr_edge_name edges[SR_STAGE_COUNT] = {
        [SR_CAPTURE] = SR_EDGE_CAPTURE_EVENTS,  [SR_VAD] = SR_EDGE_VAD_EVENTS, [SR_STT] = SR_EDGE_STT_EVENTS,
        [SR_BRAIN] = SR_EDGE_BRAIN_EVENTS,      [SR_LLM] = SR_EDGE_LLM_EVENTS, [SR_SPEECH] = SR_EDGE_SPEECH_EVENTS,
        [SR_PLAYBACK] = SR_EDGE_PLAYBACK_EVENTS};
    struct sarai_event event = {.type = type,
                                .time_us = sr_clock_now_us(flow->clock),
                                .turn_id = turn_id,
                                .text = sr_strdup(text),
                                .turn = turn};
    sr_edge_push(&flow->edges[edges[stage]], &event);
}

void sr_flow_publish(struct sr_flow *flow, enum sr_stage_name stage, struct sarai_turn *turn) {
    const char **texts[] = {&turn->heard, &turn->route, &turn->intent, &turn->reply, &turn->heard_reply};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (!*texts[i])
            sr_turn_set(texts[i], "");
    sr_flow_emit(flow, stage, SARAI_EVENT_TURN, turn->id, NULL, turn);
    atomic_fetch_sub(&flow->open_turns, 1);
}
