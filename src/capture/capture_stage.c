/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Thread 1. Takes frames from the backend and hands them on; when the queue behind it is full the frame is lost,
 * counted, and the next one says so. A lost device is an event and a new try now and then; it is never a reason to spin
 * or to end. Until it is back the stage itself sends silence at the pace of the clock, so that a turn that was open
 * ends as if the user had fallen silent.
 */
#include "capture/capture_stage.h"

static void hand_on(struct sr_capture_stage *stage, struct sr_frame *frame) {
    frame->flags |= stage->flags;
    stage->frame_us = frame->time_us;
    stage->flags = sr_edge_push(&stage->flow->edges[SR_EDGE_FRAMES], frame) < 0 ? SR_FRAME_LOST : 0;
}

/* Sends silence until `until_us`. Sound that was missed before the loss was noticed is not made up for. */
static void be_silent(struct sr_capture_stage *stage, int64_t until_us) {
    struct sr_frame frame = {.flags = 0};
    while (!sr_flow_stopping(stage->flow)) {
        const int64_t now_us = sr_clock_now_us(stage->flow->clock);
        const int64_t next_us = stage->frame_us + SR_FRAME_US;
        frame.time_us = next_us + SR_FRAME_US < now_us ? now_us : next_us;
        frame.flags = 0;
        if (frame.time_us <= now_us)
            hand_on(stage, &frame);
        else if (now_us >= until_us)
            return;
        else
            sr_flow_wait(stage->flow, SR_CAPTURE, frame.time_us < until_us ? frame.time_us : until_us);
    }
}

void sr_capture_run(void *arg) {
    struct sr_capture_stage *stage = arg;
    struct sr_flow *flow = stage->flow;
    struct sr_frame frame;
    while (!sr_flow_stopping(flow)) {
        frame.flags = 0;
        const int status = stage->backend->read(stage->capture, &frame);
        if (status < 0) {
            if (!stage->outage.retry_us)
                stage->flags |= SR_FRAME_LOST;
            be_silent(stage, sr_outage_failed(&stage->outage, flow, SR_CAPTURE));
        } else if (status > 0) {
            if (stage->outage.retry_us)
                frame.flags |= SR_FRAME_LOST;
            sr_outage_worked(&stage->outage, flow, SR_CAPTURE);
            if (frame.flags & SR_FRAME_END)
                sr_flow_emit(flow, SR_CAPTURE, SARAI_EVENT_INPUT_ENDED, 0, NULL, NULL);
            hand_on(stage, &frame);
        }
    }
}
