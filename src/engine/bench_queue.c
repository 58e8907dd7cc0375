/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of 16 bytes from one thread to another, through an SPSC ring and through a queue with a mutex. */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "base/clock.h"
#include "flow/ring.h"

#define CAPACITY 1024
#define RUNS 5
#define RING_MESSAGES 20000000u
#define LOCKED_MESSAGES 1000000u

struct message {
    uint64_t number, square;
};

struct locked {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct message slots[CAPACITY];
    size_t head, tail;
};

struct run {
    struct sr_ring ring;
    struct locked locked;
    uint64_t messages;
};

static void *push_ring(void *arg) {
    struct run *run = arg;
    for (uint64_t i = 0; i < run->messages; i++) {
        const struct message message = {i, i * i};
        while (!sr_ring_push(&run->ring, &message))
            sched_yield();
    }
    return NULL;
}

static bool pop_ring(struct run *run) {
    struct message message;
    for (uint64_t i = 0; i < run->messages; i++) {
        while (!sr_ring_pop(&run->ring, &message))
            sched_yield();
        if (message.number != i || message.square != i * i)
            return false;
    }
    return true;
}

static void *push_locked(void *arg) {
    struct run *run = arg;
    struct locked *q = &run->locked;
    for (uint64_t i = 0; i < run->messages; i++) {
        pthread_mutex_lock(&q->lock);
        while (q->head - q->tail == CAPACITY)
            pthread_cond_wait(&q->changed, &q->lock);
        q->slots[q->head++ % CAPACITY] = (struct message){i, i * i};
        pthread_cond_signal(&q->changed);
        pthread_mutex_unlock(&q->lock);
    }
    return NULL;
}

static bool pop_locked(struct run *run) {
    struct locked *q = &run->locked;
    bool right = true;
    for (uint64_t i = 0; i < run->messages; i++) {
        pthread_mutex_lock(&q->lock);
        while (q->head == q->tail)
            pthread_cond_wait(&q->changed, &q->lock);
        right = right && q->slots[q->tail++ % CAPACITY].number == i;
        pthread_cond_signal(&q->changed);
        pthread_mutex_unlock(&q->lock);
    }
    return right;
}

/* Messages per second, or a negative code when a message was lost or changed. */
static double measure(struct run *run, struct sr_clock *clock, uint64_t messages, void *(*push)(void *),
                      bool (*pop)(struct run *)) {
    pthread_t producer;
    run->messages = messages;
    const int64_t start_us = sr_clock_now_us(clock);
    if (pthread_create(&producer, NULL, push, run) != 0)
        return SARAI_ENOMEM;
    const bool right = pop(run);
    pthread_join(producer, NULL);
    const int64_t took_us = sr_clock_now_us(clock) - start_us;
    return right ? (double)messages * 1e6 / (double)took_us : SARAI_EINTERNAL;
}

static int by_value(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double values[RUNS]) {
    qsort(values, RUNS, sizeof *values, by_value);
    return values[0] < 0 ? values[0] : values[RUNS / 2];
}

int sarai_bench_queue(void (*each)(void *user, const struct sarai_figure *figure), void *user) {
    struct sr_clock *clock = NULL;
    struct run *run = aligned_alloc(SR_CACHE_LINE, (sizeof *run + SR_CACHE_LINE - 1) / SR_CACHE_LINE * SR_CACHE_LINE);
    double ring[RUNS], locked[RUNS];
    int status = run ? sr_clock_new(false, &clock) : SARAI_ENOMEM;
    if (status >= 0)
        status = sr_ring_init(&run->ring, CAPACITY, sizeof(struct message));
    if (status < 0) {
        free(run);
        sr_clock_free(clock);
        return status;
    }
    run->locked = (struct locked){.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    for (int i = 0; i < RUNS; i++) { /* in turn, so that both see the same machine */
        ring[i] = measure(run, clock, RING_MESSAGES, push_ring, pop_ring);
        locked[i] = measure(run, clock, LOCKED_MESSAGES, push_locked, pop_locked);
    }
    const double ring_median = median(ring), locked_median = median(locked);
    if (ring_median < 0 || locked_median < 0)
        status = SARAI_EINTERNAL;
    const struct sarai_figure figure = {.bench = "queue",
                                        .figure = "msgs_per_s",
                                        .unit = "1/s",
                                        .value = ring_median,
                                        .baseline = "mutex and condition variable, same capacity",
                                        .ratio = ring_median / locked_median,
                                        .runs = RUNS};
    if (status >= 0)
        each(user, &figure);
    sr_ring_deinit(&run->ring);
    sr_clock_free(clock);
    free(run);
    return status;
}
