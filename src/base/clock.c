/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Real time is CLOCK_MONOTONIC, semaphores and nothing else.
 *
 * Virtual time is a baton. Invariants, all under `lock`:
 *   1. At most one participant runs: the one that `running` points to.
 *   2. A participant that does not run sleeps on its own semaphore `go`.
 *   3. Time moves only in `pass_baton`, when no participant is ready, and then to the nearest deadline.
 *   4. The order of participants is the order in which they joined; a thread joins when it is started, not when the
 *      operating system first runs it, so the order never depends on the machine.
 *
 *           wait            flag raised / deadline reached           baton
 *   running ----> waiting -----------------------------------> ready -----> running
 */
#include "base/clock.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>

#define MAX_PARTICIPANTS 64

struct participant {
    pthread_t id;
    sem_t go;
    int64_t deadline_us;
    struct sr_event *event; /* waited for, or NULL */
    bool used, bound, ready;
};

struct sr_clock {
    /* immutable after new */
    bool is_virtual;
    struct timespec start;
    /* virtual time only, under lock */
    pthread_mutex_t lock;
    _Atomic int64_t now_us;
    struct participant *running;
    struct participant participants[MAX_PARTICIPANTS];
};

int sr_clock_new(bool is_virtual, struct sr_clock **out) {
    struct sr_clock *clock = calloc(1, sizeof *clock);
    if (!clock)
        return SARAI_ENOMEM;
    clock->is_virtual = is_virtual;
    clock_gettime(CLOCK_MONOTONIC, &clock->start);
    pthread_mutex_init(&clock->lock, NULL);
    *out = clock;
    return SARAI_OK;
}

void sr_clock_free(struct sr_clock *clock) {
    if (!clock)
        return;
    pthread_mutex_destroy(&clock->lock);
    free(clock);
}

bool sr_clock_is_virtual(const struct sr_clock *clock) {
    return clock->is_virtual;
}

int64_t sr_clock_now_us(const struct sr_clock *clock) {
    if (clock->is_virtual)
        return atomic_load_explicit(&clock->now_us, memory_order_acquire);
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (now.tv_sec - clock->start.tv_sec) * INT64_C(1000000) + (now.tv_nsec - clock->start.tv_nsec) / 1000;
}

static struct timespec to_timespec(const struct sr_clock *clock, int64_t us) {
    const int64_t ns = clock->start.tv_nsec + us % 1000000 * 1000;
    return (struct timespec){.tv_sec = clock->start.tv_sec + us / 1000000 + ns / 1000000000,
                             .tv_nsec = ns % 1000000000};
}

/* ------------------------------------------------------------------------------------------------ virtual time -- */

static void sem_wait_fully(sem_t *sem) {
    while (sem_wait(sem) < 0 && errno == EINTR) {
    }
}

static struct participant *self(struct sr_clock *clock) {
    for (struct participant *p = clock->participants; p < clock->participants + MAX_PARTICIPANTS; p++)
        if (p->used && p->bound && pthread_equal(p->id, pthread_self()))
            return p;
    return NULL;
}

/* Chooses who runs next. The caller holds the lock and no longer counts as running. */
static void pass_baton(struct sr_clock *clock) {
    struct participant *next = NULL, *end = clock->participants + MAX_PARTICIPANTS;
    for (struct participant *p = clock->participants; p < end && !next; p++)
        if (p->used && p->ready)
            next = p;
    if (!next) {
        for (struct participant *p = clock->participants; p < end; p++)
            if (p->used && (!next || p->deadline_us < next->deadline_us))
                next = p;
        if (next && next->deadline_us > atomic_load(&clock->now_us) && next->deadline_us != SR_FOREVER)
            atomic_store_explicit(&clock->now_us, next->deadline_us, memory_order_release);
        if (next && next->deadline_us == SR_FOREVER)
            next = NULL; /* everybody waits for somebody outside */
    }
    clock->running = next;
    if (next) {
        next->ready = false;
        sem_post(&next->go);
    }
}

/* Gives the baton away until `event` (or NULL) is raised or the deadline is reached. */
static void virtual_wait(struct sr_clock *clock, struct sr_event *event, int64_t deadline_us) {
    pthread_mutex_lock(&clock->lock);
    struct participant *me = self(clock);
    if (!me) { /* not a participant: nothing to wait with */
        pthread_mutex_unlock(&clock->lock);
        return;
    }
    me->deadline_us = deadline_us;
    me->event = event;
    me->ready = event && atomic_load(&event->raised);
    pass_baton(clock);
    pthread_mutex_unlock(&clock->lock);
    sem_wait_fully(&me->go);
    pthread_mutex_lock(&clock->lock);
    me->event = NULL;
    pthread_mutex_unlock(&clock->lock);
}

static void virtual_raise(struct sr_clock *clock, struct sr_event *event) {
    pthread_mutex_lock(&clock->lock);
    atomic_store(&event->raised, 1);
    for (struct participant *p = clock->participants; p < clock->participants + MAX_PARTICIPANTS; p++)
        if (p->used && p->event == event)
            p->ready = true;
    if (!clock->running)
        pass_baton(clock);
    pthread_mutex_unlock(&clock->lock);
}

/* A place in the order, for a thread that may not run yet. NULL when all are taken. The caller holds the lock. */
static struct participant *enroll(struct sr_clock *clock) {
    for (struct participant *p = clock->participants; p < clock->participants + MAX_PARTICIPANTS; p++) {
        if (p->used)
            continue;
        *p = (struct participant){.used = true, .ready = true};
        sem_init(&p->go, 0, 0);
        return p;
    }
    return NULL;
}

static void dismiss(struct sr_clock *clock, struct participant *p) {
    sem_destroy(&p->go);
    p->used = false;
    if (clock->running == p || !clock->running)
        pass_baton(clock);
}

int sr_clock_join(struct sr_clock *clock) {
    if (!clock->is_virtual)
        return SARAI_OK;
    pthread_mutex_lock(&clock->lock);
    struct participant *me = enroll(clock);
    if (!me) {
        pthread_mutex_unlock(&clock->lock);
        return SARAI_EFULL;
    }
    me->id = pthread_self();
    me->bound = true;
    if (!clock->running)
        pass_baton(clock);
    pthread_mutex_unlock(&clock->lock);
    sem_wait_fully(&me->go);
    return SARAI_OK;
}

void sr_clock_leave(struct sr_clock *clock) {
    if (!clock->is_virtual)
        return;
    pthread_mutex_lock(&clock->lock);
    struct participant *me = self(clock);
    if (me)
        dismiss(clock, me);
    pthread_mutex_unlock(&clock->lock);
}

/* ----------------------------------------------------------------------------------------------- sleep and flag -- */

void sr_clock_sleep_until(struct sr_clock *clock, int64_t deadline_us) {
    if (clock->is_virtual) {
        if (deadline_us > sr_clock_now_us(clock))
            virtual_wait(clock, NULL, deadline_us);
        return;
    }
    const struct timespec until = to_timespec(clock, deadline_us);
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR) {
    }
}

int sr_event_init(struct sr_event *event, struct sr_clock *clock) {
    *event = (struct sr_event){.clock = clock};
    return sem_init(&event->sem, 0, 0) < 0 ? SARAI_EINTERNAL : SARAI_OK;
}

void sr_event_deinit(struct sr_event *event) {
    if (event->clock)
        sem_destroy(&event->sem);
    event->clock = NULL;
}

void sr_event_raise(struct sr_event *event) {
    if (event->clock->is_virtual)
        virtual_raise(event->clock, event);
    else if (!atomic_exchange_explicit(&event->raised, 1, memory_order_acq_rel))
        sem_post(&event->sem);
}

/* The exchange that lowers the flag also acquires what its raiser wrote before raising it a second time. */
static bool lower(struct sr_event *event) {
    return atomic_exchange_explicit(&event->raised, 0, memory_order_acq_rel) != 0;
}

bool sr_event_wait(struct sr_event *event, int64_t deadline_us) {
    if (event->clock->is_virtual) {
        if (!atomic_load(&event->raised))
            virtual_wait(event->clock, event, deadline_us);
        return lower(event);
    }
    int result;
    if (deadline_us == SR_FOREVER) {
        while ((result = sem_wait(&event->sem)) < 0 && errno == EINTR) {
        }
    } else {
        const struct timespec until = to_timespec(event->clock, deadline_us);
        while ((result = sem_clockwait(&event->sem, CLOCK_MONOTONIC, &until)) < 0 && errno == EINTR) {
        }
    }
    return result == 0 && lower(event);
}

/* ----------------------------------------------------------------------------------------------------- threads -- */

static void *run_thread(void *arg) {
    struct sr_thread *thread = arg;
    struct sr_clock *clock = thread->clock;
    if (clock->is_virtual) {
        struct participant *me = NULL;
        pthread_mutex_lock(&clock->lock);
        me = self(clock);
        pthread_mutex_unlock(&clock->lock);
        sem_wait_fully(&me->go);
    }
    thread->run(thread->arg);
    sr_event_raise(&thread->done);
    sr_clock_leave(clock);
    return NULL;
}

int sr_thread_start(struct sr_thread *thread, struct sr_clock *clock, const char *name, void (*run)(void *),
                    void *arg) {
    *thread = (struct sr_thread){.clock = clock, .name = name, .run = run, .arg = arg};
    if (sr_event_init(&thread->done, clock) < 0)
        return SARAI_EINTERNAL;
    struct participant *place = NULL;
    pthread_mutex_lock(&clock->lock);
    int status = SARAI_OK;
    if (clock->is_virtual && !(place = enroll(clock)))
        status = SARAI_EFULL;
    if (status == SARAI_OK && pthread_create(&thread->id, NULL, run_thread, thread) != 0)
        status = SARAI_ENOMEM;
    if (status == SARAI_OK && place) {
        place->id = thread->id;
        place->bound = true;
        if (!clock->running)
            pass_baton(clock);
    } else if (place) {
        place->ready = false;
        place->used = false;
        sem_destroy(&place->go);
    }
    pthread_mutex_unlock(&clock->lock);
    if (status < 0) {
        sr_event_deinit(&thread->done);
        return status;
    }
    pthread_setname_np(thread->id, name);
    thread->started = true;
    return SARAI_OK;
}

void sr_thread_join(struct sr_thread *thread) {
    if (!thread->started)
        return;
    sr_event_wait(&thread->done, SR_FOREVER); /* keeps the baton moving in virtual time */
    pthread_join(thread->id, NULL);
    sr_event_deinit(&thread->done);
    thread->started = false;
}
