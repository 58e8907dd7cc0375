/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/sched.h"

#include <limits.h>
#include <stdlib.h>

/* A waiting thread; lives on its stack, linked under the lock. */
struct waiter {
    struct waiter *next;
    enum sr_urgency urgency;
    int tickets;
    struct sr_event granted;
    bool served;
};

struct sr_sched {
    pthread_mutex_t lock;
    int total, left;
    struct waiter *waiters; /* by urgency, then by arrival */
    atomic_int waiting;     /* urgency of the first of them, for those who look without the lock */
};

int sr_sched_new(int tickets, struct sr_sched **out) {
    struct sr_sched *sched = calloc(1, sizeof *sched);
    if (!sched)
        return SARAI_ENOMEM;
    pthread_mutex_init(&sched->lock, NULL);
    sched->total = sched->left = tickets < 1 ? 1 : tickets;
    atomic_init(&sched->waiting, INT_MAX);
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

/* Serves whoever comes first as long as there are enough tickets for it; nobody overtakes, so nobody starves. */
static void serve(struct sr_sched *sched) {
    for (struct waiter *first; (first = sched->waiters) && first->tickets <= sched->left;) {
        sched->waiters = first->next;
        sched->left -= first->tickets;
        first->served = true;
        sr_event_raise(&first->granted);
    }
    atomic_store_explicit(&sched->waiting, sched->waiters ? (int)sched->waiters->urgency : INT_MAX,
                          memory_order_relaxed);
}

static bool is_served(struct sr_sched *sched, const struct waiter *waiter) {
    pthread_mutex_lock(&sched->lock);
    const bool served = waiter->served;
    pthread_mutex_unlock(&sched->lock);
    return served;
}

int sr_sched_take(struct sr_sched *sched, struct sr_clock *clock, enum sr_urgency urgency, int tickets,
                  const struct sr_abort *abort) {
    if (!sched)
        return SARAI_OK;
    struct waiter me = {.urgency = urgency, .tickets = tickets < sched->total ? tickets : sched->total};
    if (sr_event_init(&me.granted, clock) < 0)
        return SARAI_EINTERNAL;
    pthread_mutex_lock(&sched->lock);
    enqueue(sched, &me);
    serve(sched);
    pthread_mutex_unlock(&sched->lock);
    while (!is_served(sched, &me) && !sr_aborted(abort))
        sr_event_wait(&me.granted, sr_clock_now_us(clock) + 10000);
    pthread_mutex_lock(&sched->lock);
    if (!me.served) {
        dequeue(sched, &me);
        serve(sched);
    }
    pthread_mutex_unlock(&sched->lock);
    sr_event_deinit(&me.granted);
    return me.served ? SARAI_OK : SARAI_ESTALE;
}

void sr_sched_give(struct sr_sched *sched, int tickets) {
    if (!sched)
        return;
    pthread_mutex_lock(&sched->lock);
    sched->left += tickets < sched->total ? tickets : sched->total;
    serve(sched);
    pthread_mutex_unlock(&sched->lock);
}

bool sr_sched_wanted(const struct sr_sched *sched, enum sr_urgency urgency) {
    return sched && atomic_load_explicit(&sched->waiting, memory_order_relaxed) < (int)urgency;
}
