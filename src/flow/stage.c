/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/stage.h"

#include <stdlib.h>

#include "base/str.h"

int sr_flow_new(struct sr_clock *clock, const struct sr_log *log, struct sr_flow **out) {
    struct sr_flow *flow = aligned_alloc(SR_CACHE_LINE, sizeof *flow);
    if (!flow)
        return SARAI_ENOMEM;
    *flow = (struct sr_flow){.clock = clock, .log = log};
    sr_delivery_init(&flow->delivery);
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

uint32_t sr_flow_next_turn(struct sr_flow *flow) {
    return atomic_fetch_add(&flow->turn_ids, 1) + 1;
}

void sr_flow_emit(struct sr_flow *flow, enum sr_stage_name stage, enum sarai_event_type type, uint32_t turn_id,
                  const char *text, struct sarai_turn *turn) {
    static const enum sr_edge_name edges[SR_STAGE_COUNT] = {
        [SR_CAPTURE] = SR_EDGE_CAPTURE_EVENTS,  [SR_VAD] = SR_EDGE_VAD_EVENTS, [SR_STT] = SR_EDGE_STT_EVENTS,
        [SR_BRAIN] = SR_EDGE_BRAIN_EVENTS,      [SR_LLM] = SR_EDGE_LLM_EVENTS, [SR_SPEECH] = SR_EDGE_SPEECH_EVENTS,
        [SR_PLAYBACK] = SR_EDGE_PLAYBACK_EVENTS};
    static const char *const names[SR_STAGE_COUNT] = {"capture", "vad", "stt", "brain", "llm", "speech", "playback"};
    if (type == SARAI_EVENT_WARNING || type == SARAI_EVENT_DEVICE_LOST)
        atomic_fetch_add(&flow->metrics.warnings, 1);
    if (type == SARAI_EVENT_WARNING)
        sr_log(flow->log, SARAI_LOG_WARN, names[stage], "%s", text);
    else if (type == SARAI_EVENT_DEVICE_LOST || type == SARAI_EVENT_DEVICE_BACK)
        sr_log(flow->log, SARAI_LOG_WARN, names[stage], "the device %s",
               type == SARAI_EVENT_DEVICE_LOST ? "was lost; trying again" : "is back");
    struct sarai_event event = {.type = type,
                                .time_us = sr_clock_now_us(flow->clock),
                                .turn_id = turn_id,
                                .text = sr_strdup(text),
                                .turn = turn};
    sr_edge_push(&flow->edges[edges[stage]], &event);
}

/* From one stamp to a later one; -1 when either was never reached. */
static int64_t between(int64_t from_us, int64_t to_us) {
    return from_us < 0 || to_us < 0 ? -1 : to_us - from_us;
}

static void count_turn(struct sr_flow_metrics *metrics, const struct sarai_turn *turn) {
    atomic_fetch_add(&metrics->turns, 1);
    sr_histogram_add(&metrics->endpoint, between(turn->speech_end_us, turn->endpoint_us));
    sr_histogram_add(&metrics->stt, between(turn->stt_start_us, turn->stt_end_us));
    sr_histogram_add(&metrics->first_clip, between(turn->first_text_us, turn->first_clip_us));
    sr_histogram_add(&metrics->ttfa, between(turn->speech_end_us, turn->first_audio_us));
    for (int i = 0; i < turn->gap_count; i++)
        sr_histogram_add(&metrics->gap, (int64_t)(turn->gaps_ms[i] * 1000));
    if (!turn->interrupted)
        return;
    atomic_fetch_add(&metrics->interruptions, 1);
    sr_histogram_add(&metrics->stop, between(turn->stop_decided_us, turn->stopped_us));
}

void sr_flow_print_metrics(const struct sr_flow *flow, struct sr_str *out) {
    const struct sr_flow_metrics *m = &flow->metrics;
    sr_counter_print(atomic_load(&m->turns), "turns_total", "Turns whose record was published.", out);
    sr_counter_print(atomic_load(&m->interruptions), "interruptions_total", "Turns that the user cut.", out);
    sr_counter_print(atomic_load(&m->warnings), "warnings_total", "Failures that were worked around.", out);
    sr_histogram_print(&m->ttfa, "ttfa_seconds", "From the last spoken sample to the first audible one.", out);
    sr_histogram_print(&m->endpoint, "endpoint_seconds", "From the last spoken sample to the end of the turn.", out);
    sr_histogram_print(&m->stt, "stt_seconds", "Decoding of the text that was used.", out);
    sr_histogram_print(&m->first_clip, "first_clip_seconds", "From the first text to the first sound.", out);
    sr_histogram_print(&m->gap, "gap_seconds", "Silence between clips beyond the written pause.", out);
    sr_histogram_print(&m->stop, "stop_seconds", "From a barge-in to the last audible sample.", out);
    sr_counter_print(atomic_load(&m->preemptions), "speech_preemptions_total",
                     "Turns that a more urgent one cut in on.", out);
    sr_counter_print(atomic_load(&m->banked), "speech_banked_total", "Clips taken from the audio bank.", out);
    sr_counter_print(atomic_load(&m->synthesized), "speech_synthesized_total", "Clips synthesized.", out);
    sr_counter_print(atomic_load(&m->fillers), "speech_fillers_total", "Fillers said while an answer was awaited.",
                     out);
    sr_histogram_print(&m->say_wait, "speech_wait_seconds", "From queueing a text to beginning with it.", out);
    static const char *const names[] = {"pushed_total", "dropped_total", "deepest", "depth"};
    static const char *const helps[] = {"Messages handed over.", "Messages lost because the queue was full.",
                                        "Most messages ever waiting.", "Messages waiting now."};
    for (int k = 0; k < 4; k++) {
        sr_str_addf(out, "# HELP sarai_edge_%s %s\n# TYPE sarai_edge_%s %s\n", names[k], helps[k], names[k],
                    k >= 2 ? "gauge" : "counter");
        for (int i = 0; i < SR_EDGE_COUNT; i++) {
            const struct sr_edge *edge = &flow->edges[i];
            const uint64_t values[] = {atomic_load(&edge->pushed), atomic_load(&edge->dropped),
                                       atomic_load(&edge->deepest), sr_ring_depth(&edge->ring)};
            sr_str_addf(out, "sarai_edge_%s{edge=\"%s\"} %llu\n", names[k], sr_edge_title((enum sr_edge_name)i),
                        (unsigned long long)values[k]);
        }
    }
}

void sr_flow_publish(struct sr_flow *flow, enum sr_stage_name stage, struct sarai_turn *turn) {
    const char **texts[] = {&turn->heard, &turn->route, &turn->intent, &turn->reply, &turn->heard_reply};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (!*texts[i])
            sr_turn_set(texts[i], "");
    count_turn(&flow->metrics, turn);
    sr_flow_emit(flow, stage, SARAI_EVENT_TURN, turn->id, NULL, turn);
    atomic_fetch_sub(&flow->open_turns, 1);
}
