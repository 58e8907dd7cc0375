/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/sched.h"

#include <stdlib.h>

/* A waiting thread; lives on its stack, linked under the lock. */
struct waiter {
    struct waiter *next;
    enum sr_urgency urgency;
    struct sr_event granted;
    bool has_ticket;
};

struct sr_sched {
    pthread_mutex_t lock;
    int free_tickets;
    struct waiter *waiters; /* by urgency, then by arrival */
};

int sr_sched_new(int tickets, struct sr_sched **out) {
    struct sr_sched *sched = calloc(1, sizeof *sched);
    if (!sched)
        return SARAI_ENOMEM;
    pthread_mutex_init(&sched->lock, NULL);
    sched->free_tickets = tickets < 1 ? 1 : tickets;
    *out = sched;
    return SARAI_OK;
}

void sr_sched_free(struct sr_sched *sched) {
    if (!sched)
        return;
    pthread_mutex_destroy(&sched->lock);
    free(sched);
}

static void enqueue(struct sr_sched *sched, struct waiter *waiter) {
    struct waiter **place = &sched->waiters;
    while (*place && (*place)->urgency <= waiter->urgency)
        place = &(*place)->next;
    waiter->next = *place;
    *place = waiter;
}

static void dequeue(struct sr_sched *sched, struct waiter *waiter) {
    struct waiter **place = &sched->waiters;
    while (*place && *place != waiter)
        place = &(*place)->next;
    if (*place)
        *place = waiter->next;
}

int sr_sched_take(struct sr_sched *sched, struct sr_clock *clock, enum sr_urgency urgency,
                  const struct sr_abort *abort) {
    if (!sched)
        return SARAI_OK;
    struct waiter me = {.urgency = urgency};
    if (sr_event_init(&me.granted, clock) < 0)
        return SARAI_EINTERNAL;
    pthread_mutex_lock(&sched->lock);
    if (sched->free_tickets > 0) {
        sched->free_tickets--;
        me.has_ticket = true;
    } else {
        enqueue(sched, &me);
    }
    bool has_ticket = me.has_ticket;
    pthread_mutex_unlock(&sched->lock);

    while (!has_ticket && !sr_aborted(abort)) {
        sr_event_wait(&me.granted, sr_clock_now_us(clock) + 10000);
        pthread_mutex_lock(&sched->lock);
        has_ticket = me.has_ticket;
        pthread_mutex_unlock(&sched->lock);
    }
    if (!has_ticket) { /* given up, unless the ticket came at the last moment */
        pthread_mutex_lock(&sched->lock);
        dequeue(sched, &me);
        has_ticket = me.has_ticket;
        pthread_mutex_unlock(&sched->lock);
    }
    sr_event_deinit(&me.granted);
    return has_ticket ? SARAI_OK : SARAI_ESTALE;
}

void sr_sched_give(struct sr_sched *sched) {
    if (!sched)
        return;
    pthread_mutex_lock(&sched->lock);
    struct waiter *first = sched->waiters;
    if (first) {
        sched->waiters = first->next;
        first->has_ticket = true;
        sr_event_raise(&first->granted);
    } else {
        sched->free_tickets++;
    }
    pthread_mutex_unlock(&sched->lock);
}
