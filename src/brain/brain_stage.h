/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SR_BRAIN_BRAIN_STAGE_H
#define SR_BRAIN_BRAIN_STAGE_H

#include "brain/history.h"
#include "brain/pending.h"
#include "brain/talk.h"
#include "flow/stage.h"

struct sr_brain_stage {
    /* immutable after the threads start */
    struct sr_flow *flow;
    const struct sr_talk *talk;
    bool follow; /* speak the language that was heard */
    /* brain thread only */
    struct sr_context context;
    /* brain thread only: the turn being answered */
    struct sarai_turn *turn; /* NULL: none */
    sr_stamp stamp;
    enum sr_edge_name say; /* the queue for its priority */
    struct sr_str reply;
    struct sr_history history;
    struct sr_pending pending;
    char *own;            /* the last answer */
    uint32_t own_turn;    /* of that answer */
    int64_t own_until_us; /* what begins later is no echo of it; INT64_MAX: it is not over yet */
    int64_t filler_us;    /* when one is said if nothing else is; 0: never */
    bool filled;          /* one was said */
};

/** The body of thread 4; `arg` is a struct sr_brain_stage. Returns when the flow stops. [stage:brain] */
void sr_brain_run(void *arg);
/** Frees what the stage holds (not the brain). After the thread ended. */
void sr_brain_stage_deinit(struct sr_brain_stage *stage);

#endif
