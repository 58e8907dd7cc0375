/* SPDX-License-Identifier: Apache-2.0 */
/* How the machine speaks in one conversation, as the user asked it to: the brain tells speech and playback. */
#ifndef SR_FLOW_DELIVERY_H
#define SR_FLOW_DELIVERY_H

#include <stdatomic.h>

struct sr_delivery {
    /* atomics, any thread; percent of what is configured */
    _Atomic int volume, pace;
};

static inline void sr_delivery_init(struct sr_delivery *delivery) {
    atomic_init(&delivery->volume, 100);
    atomic_init(&delivery->pace, 100);
}

#endif
