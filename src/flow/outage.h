/* SPDX-License-Identifier: Apache-2.0 */
/* A device that is lost and comes back: one event for each, and tries that grow rarer, from 0.1 s to 2 s. */
#ifndef SR_FLOW_OUTAGE_H
#define SR_FLOW_OUTAGE_H

#include "flow/stage.h"

/** Of one stage's device. Zero-initialize. */
struct sr_outage {
    int64_t retry_us; /* how long the last wait was; 0: the device is there */
};

/** The device did not work: SARAI_EVENT_DEVICE_LOST, if that is news. Returns when to try again. [that stage] */
int64_t sr_outage_failed(struct sr_outage *outage, struct sr_flow *flow, enum sr_stage_name stage);
/** The device worked: SARAI_EVENT_DEVICE_BACK, if it was lost. [that stage] */
void sr_outage_worked(struct sr_outage *outage, struct sr_flow *flow, enum sr_stage_name stage);

#endif
