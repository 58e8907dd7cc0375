/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Compute tickets, one a core: over the whole process no more threads compute than there are cores, and the most urgent
 * work goes first. An inference call holds as many tickets as it has threads, for one call (for a language model: one
 * token), and never while it waits for something else.
 * Voice activity detection takes none: its call is shorter than the wait would be.
 */
#ifndef SR_FLOW_SCHED_H
#define SR_FLOW_SCHED_H

#include "flow/epoch.h"

/** From the most to the least urgent. */
enum sr_urgency { SR_STT_FINAL, SR_TTS_FIRST, SR_TTS_NEXT, SR_LLM_TOKEN, SR_STT_DRAFT, SR_LEARNING };

struct sr_sched;

/** `tickets` >= 1. The caller owns `*out`. [init] */
int sr_sched_new(int tickets, struct sr_sched **out);
void sr_sched_free(struct sr_sched *sched);
/** Waits for `tickets` tickets (all there are, if they are fewer). SARAI_ESTALE, without any, when `abort` says that
 *  the result is not wanted any more. Waits on `clock`; `sched` NULL grants at once. [any] */
int sr_sched_take(struct sr_sched *sched, struct sr_clock *clock, enum sr_urgency urgency, int tickets,
                  const struct sr_abort *abort);
/** Gives back what sr_sched_take took. [any] */
void sr_sched_give(struct sr_sched *sched, int tickets);
/** True when more urgent work waits for tickets: what can be done again may give way. False for NULL. [any] */
bool sr_sched_wanted(const struct sr_sched *sched, enum sr_urgency urgency);

#endif
