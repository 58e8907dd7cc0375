/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SR_STT_STT_STAGE_H
#define SR_STT_STT_STAGE_H

#include "flow/sched.h"
#include "flow/stage.h"
#include "stt/stt.h"

struct sr_stt_stage {
    /* immutable after the threads start */
    struct sr_flow *flow;
    struct sr_sched *sched;
    const struct sr_stt_backend *backend;
    struct sr_stt *stt;
    int threads; /* that a decoding takes */
    /* stt thread only: the last draft, which is the final text if nothing was said since */
    sr_stamp draft_stamp;
    char *draft_text;
    int64_t draft_start_us, draft_end_us;
};

/** The body of thread 3; `arg` is a struct sr_stt_stage. Returns when the flow stops. [stage:stt] */
void sr_stt_run(void *arg);
/** Frees what the stage remembers (not its backend). After the thread ended. */
void sr_stt_stage_deinit(struct sr_stt_stage *stage);

#endif
