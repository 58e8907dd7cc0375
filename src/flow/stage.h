/* SPDX-License-Identifier: Apache-2.0 */
/* What every stage has: its thread, its wake-up, the edges, the epoch, and a way to tell the application. */
#ifndef SR_FLOW_STAGE_H
#define SR_FLOW_STAGE_H

#include "base/log.h"
#include "base/metric.h"
#include "flow/delivery.h"
#include "flow/edges.h"
#include "flow/verdict.h"

/** What a session counts, beside what each edge does. */
struct sr_flow_metrics {
    _Atomic uint64_t turns, interruptions, warnings;
    _Atomic uint64_t preemptions, banked, synthesized, fillers;
    struct sr_histogram ttfa, endpoint, stt, first_clip, gap, stop, say_wait;
};

/** Shared by the stages of one session. */
struct sr_flow {
    /* immutable after init */
    struct sr_clock *clock;
    const struct sr_log *log;
    struct sr_event wakes[SR_STAGE_COUNT];
    struct sr_edge edges[SR_EDGE_COUNT];
    /* any thread */
    struct sr_epoch epoch;
    _Atomic uint64_t verdict;       /* struct sr_verdict, packed: stt tells vad */
    _Atomic uint32_t audible_epoch; /* of the turn whose answer is, or was, heard last: playback tells vad */
    _Atomic uint32_t hushed_epoch;  /* what older ones had to say is not wanted any more */
    atomic_bool stop;
    atomic_int open_turns;     /* turns that began and whose record has not been published */
    _Atomic uint32_t turn_ids; /* given out so far */
    struct sr_delivery delivery;
    struct sr_flow_metrics metrics;
};

/** The caller owns `*out`. `log` may be NULL; it and `clock` outlive the flow. [init] */
int sr_flow_new(struct sr_clock *clock, const struct sr_log *log, struct sr_flow **out);
void sr_flow_free(struct sr_flow *flow);
/** Asks all stages to end and wakes them. [any] */
void sr_flow_stop(struct sr_flow *flow);
bool sr_flow_stopping(const struct sr_flow *flow);

/** Sleeps until something arrives for `stage` or the deadline has passed. [that stage] */
void sr_flow_wait(struct sr_flow *flow, enum sr_stage_name stage, int64_t deadline_us);
/** How a stage of this flow asks whether its work is still wanted. */
struct sr_abort sr_flow_abort(const struct sr_flow *flow, sr_stamp stamp, bool draft);

/** The number of the next turn: 1, 2, 3, ... [any] */
uint32_t sr_flow_next_turn(struct sr_flow *flow);

/** Tells the application. `text` is copied, `turn` handed over; both may be NULL. [that stage] */
void sr_flow_emit(struct sr_flow *flow, enum sr_stage_name stage, enum sarai_event_type type, uint32_t turn_id,
                  const char *text, struct sarai_turn *turn);
/** Appends all metrics in Prometheus' text format. [any] */
void sr_flow_print_metrics(const struct sr_flow *flow, struct sr_str *out);
/** The turn is over: it is counted and its record goes to the application. [that stage] */
void sr_flow_publish(struct sr_flow *flow, enum sr_stage_name stage, struct sarai_turn *turn);

#endif
