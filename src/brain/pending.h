/* SPDX-License-Identifier: Apache-2.0 */
/* What the application wanted said and nobody has heard yet. A user who begins to speak ends all that was to be said;
 * a notice is not lost by that: it is said again when the floor is free. What was heard in part was interrupted. */
#ifndef SR_BRAIN_PENDING_H
#define SR_BRAIN_PENDING_H

#include "flow/message.h"

#define SR_PENDING_MAX 16

/** Zero-initialize. */
struct sr_pending {
    struct sr_notice {
        uint32_t turn_id, epoch;
        enum sarai_priority priority;
        char *text;
        bool again; /* its turn is over, and was not heard */
    } list[SR_PENDING_MAX];
    int count;
};

void sr_pending_deinit(struct sr_pending *pending);
/** A turn says `text` (copied). What finds no room is not said again. */
void sr_pending_add(struct sr_pending *pending, const struct sarai_turn *turn, enum sarai_priority priority,
                    const char *text);
/** So much was heard of a turn that is over. What is older than the epoch `hushed` is not said again. */
void sr_pending_heard(struct sr_pending *pending, const struct sr_heard *heard, uint32_t hushed);
/** True when something waits to be said again. */
bool sr_pending_waits(const struct sr_pending *pending);
/** The oldest such text, handed over; only while sr_pending_waits. */
struct sr_order sr_pending_take(struct sr_pending *pending);

#endif
