/* SPDX-License-Identifier: Apache-2.0 */
/* What is to be said later in a conversation: timers, alarms and reminders. Pure; whoever owns it knows the time. */
#ifndef SR_BRAIN_TIMERS_H
#define SR_BRAIN_TIMERS_H

#include <stdbool.h>
#include <stdint.h>

#define SR_TIMERS_MOST 16
#define SR_TIMER_NAME 96

enum sr_timer_kind { SR_TIMER, SR_ALARM, SR_REMINDER };

struct sr_timer {
    enum sr_timer_kind kind;
    char name[SR_TIMER_NAME]; /* what for; "": not said */
    int64_t due_us;           /* when it rings; -1: it is paused */
    int64_t left_us;          /* of one that is paused */
    int64_t length_s;         /* as it was set */
    int minute;               /* of the day, of an alarm */
};

struct sr_timers {
    struct sr_timer list[SR_TIMERS_MOST]; /* in the order in which they ring */
    int count;
};

/** Adds a copy. False: there are too many. */
bool sr_timers_add(struct sr_timers *timers, const struct sr_timer *timer);
/** The first one of a kind that has the name ("": any) and the length (0: any), or NULL. */
struct sr_timer *sr_timers_find(struct sr_timers *timers, enum sr_timer_kind kind, const char *name, int64_t length_s);
int sr_timers_count(const struct sr_timers *timers, enum sr_timer_kind kind);
/** Removes what sr_timers_find gave. */
void sr_timers_remove(struct sr_timers *timers, struct sr_timer *timer);
/** Puts it in its place after its time changed; the pointer is not good any more. */
void sr_timers_moved(struct sr_timers *timers);
int64_t sr_timer_left_us(const struct sr_timer *timer, int64_t now_us);
/** When the next one rings; INT64_MAX: never. */
int64_t sr_timers_next_us(const struct sr_timers *timers);
/** Takes the next one that rings at `now_us` out. */
bool sr_timers_ring(struct sr_timers *timers, int64_t now_us, struct sr_timer *out);

#endif
