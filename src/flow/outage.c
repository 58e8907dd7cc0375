/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/outage.h"

#define RETRY_MIN_US 100000
#define RETRY_MAX_US 2000000

static void tell(struct sr_flow *flow, enum sr_stage_name stage, enum sarai_event_type type) {
    sr_flow_emit(flow, stage, type, 0, stage == SR_CAPTURE ? "capture" : "playback", NULL);
}

int64_t sr_outage_failed(struct sr_outage *outage, struct sr_flow *flow, enum sr_stage_name stage) {
    if (!outage->retry_us)
        tell(flow, stage, SARAI_EVENT_DEVICE_LOST);
    outage->retry_us = !outage->retry_us                     ? RETRY_MIN_US
                       : outage->retry_us < RETRY_MAX_US / 2 ? outage->retry_us * 2
                                                             : RETRY_MAX_US;
    return sr_clock_now_us(flow->clock) + outage->retry_us;
}

void sr_outage_worked(struct sr_outage *outage, struct sr_flow *flow, enum sr_stage_name stage) {
    if (outage->retry_us)
        tell(flow, stage, SARAI_EVENT_DEVICE_BACK);
    outage->retry_us = 0;
}
