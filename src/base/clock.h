/* SPDX-License-Identifier: Apache-2.0 */
/**
 * One clock for everything that waits: real time, or virtual time.
 *
 * In virtual time the threads that joined the clock run one after the other: the one that runs holds the baton until it
 * waits, then the lowest-numbered thread that can run gets it, and when none can, time jumps to the nearest deadline.
 * So a dialogue of ten minutes runs in a second, through the very code and threads of real time, and every run is the
 * same to the microsecond. Between waits virtual time stands still: computing costs nothing.
 */
#ifndef SR_BASE_CLOCK_H
#define SR_BASE_CLOCK_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "base/status.h"

#define SR_FOREVER INT64_MAX

struct sr_clock;

/** The caller owns `*out`. [init] */
int sr_clock_new(bool is_virtual, struct sr_clock **out);
void sr_clock_free(struct sr_clock *clock);
bool sr_clock_is_virtual(const struct sr_clock *clock);

/** Microseconds since the clock was made. [any][rt] */
int64_t sr_clock_now_us(const struct sr_clock *clock);
/** Sleeps until `deadline_us`. In virtual time the caller must have joined. [any] */
void sr_clock_sleep_until(struct sr_clock *clock, int64_t deadline_us);

/** Takes part in virtual time from the calling thread (no effect in real time); sr_thread does it for its threads.
 *  The caller has the baton when this returns. */
int sr_clock_join(struct sr_clock *clock);
void sr_clock_leave(struct sr_clock *clock);

/** A flag that one thread waits for and any thread raises. A raised flag is kept until a wait consumes it. */
struct sr_event {
    struct sr_clock *clock;
    sem_t sem;
    atomic_int raised;
};

int sr_event_init(struct sr_event *event, struct sr_clock *clock);
void sr_event_deinit(struct sr_event *event);
/** Raises the flag and wakes its waiter. [any][rt in real time] */
void sr_event_raise(struct sr_event *event);
/** Waits until the flag is raised (true) or the deadline has passed (false). One waiter at a time. */
bool sr_event_wait(struct sr_event *event, int64_t deadline_us);

/** A thread that takes part in its clock. Zero-initialize. */
struct sr_thread {
    pthread_t id;
    struct sr_clock *clock;
    struct sr_event done;
    const char *name;
    void (*run)(void *arg);
    void *arg;
    bool started;
};

/** Starts `run(arg)` on a new thread named `name` (at most 15 characters; borrowed for the thread's life). */
int sr_thread_start(struct sr_thread *thread, struct sr_clock *clock, const char *name, void (*run)(void *), void *arg);
/** Waits for its end. No effect on a thread that was never started. */
void sr_thread_join(struct sr_thread *thread);

#endif
