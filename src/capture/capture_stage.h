/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SR_CAPTURE_CAPTURE_STAGE_H
#define SR_CAPTURE_CAPTURE_STAGE_H

#include "capture/capture.h"
#include "flow/outage.h"

struct sr_capture_stage {
    /* immutable after the threads start */
    struct sr_flow *flow;
    const struct sr_capture_backend *backend;
    struct sr_capture *capture;
    /* capture thread only */
    struct sr_outage outage;
    uint32_t flags;   /* of the next frame */
    int64_t frame_us; /* time of the last one */
};

/** The body of thread 1; `arg` is a struct sr_capture_stage. Returns when the flow stops. [stage:capture] */
void sr_capture_run(void *arg);

#endif
