/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Thread 1. Takes frames from the backend and hands them on; when the queue behind it is full the frame is lost,
 * counted, and the next one says so. A lost device is silence, an event, and a new try after 0.1 s, then 0.2 s, up to
 * 2 s; it is never a reason to spin or to end.
 */
#include "capture/capture_stage.h"

#define RETRY_MIN_US 100000
#define RETRY_MAX_US 2000000

void sr_capture_run(void *arg) {
    struct sr_capture_stage *stage = arg;
    struct sr_flow *flow = stage->flow;
    struct sr_frame frame;
    int64_t retry_us = 0;
    uint32_t flags = 0;
    while (!sr_flow_stopping(flow)) {
        frame.flags = 0;
        const int status = stage->backend->read(stage->capture, &frame);
        if (status < 0) {
            if (!retry_us)
                sr_flow_emit(flow, SR_CAPTURE, SARAI_EVENT_WARNING, 0, "the capture device was lost; trying again",
                             NULL);
            retry_us = !retry_us ? RETRY_MIN_US : retry_us < RETRY_MAX_US ? retry_us * 2 : RETRY_MAX_US;
            flags |= SR_FRAME_LOST;
            sr_flow_wait(flow, SR_CAPTURE, sr_clock_now_us(flow->clock) + retry_us);
            continue;
        }
        if (status == 0)
            continue;
        if (frame.flags & SR_FRAME_END)
            sr_flow_emit(flow, SR_CAPTURE, SARAI_EVENT_INPUT_ENDED, 0, NULL, NULL);
        retry_us = 0;
        frame.flags |= flags;
        flags = sr_edge_push(&flow->edges[SR_EDGE_FRAMES], &frame) < 0 ? SR_FRAME_LOST : 0;
    }
}
