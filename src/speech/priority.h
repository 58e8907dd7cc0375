/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Which of three queues speaks next. The most urgent one does; what is less urgent is pre-empted between two clauses
 * and goes on afterwards; what has waited for 30 s in the lowest queue is as urgent as the middle one. Pure: no clock,
 * no threads.
 */
#ifndef SR_SPEECH_PRIORITY_H
#define SR_SPEECH_PRIORITY_H

#include "base/status.h"

#include <stdbool.h>

#define SR_PRIORITIES 3 /* HIGH, NORMAL, LOW, as in enum sarai_priority */
#define SR_PRIORITY_BOOST_US INT64_C(30000000)

/** Zero-initialize. */
struct sr_priority {
    bool begun[SR_PRIORITIES]; /* in the middle of a turn */
    int last;                  /* which spoke last */
};

struct sr_priority_choice {
    int queue; /* -1: nothing waits */
    bool preempts, boosted;
};

/** `queued_us` tells of each queue since when what it would say next waits; negative: it has nothing. */
struct sr_priority_choice sr_priority_choose(struct sr_priority *priority, const int64_t queued_us[SR_PRIORITIES],
                                             int64_t now_us);
/** The turn that this queue spoke is over. */
void sr_priority_done(struct sr_priority *priority, int queue);

#endif
