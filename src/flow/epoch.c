/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/epoch.h"

#define YIELD UINT64_C(3)
#define REVISION (UINT64_C(1) << 8)
#define EPOCH (UINT64_C(1) << 32)

void sr_epoch_init(struct sr_epoch *epoch, const struct sr_clock *clock) {
    epoch->clock = clock;
    epoch->watcher_count = 0;
    atomic_init(&epoch->opened_us, 0);
    atomic_init(&epoch->yielded_us, 0);
    atomic_init(&epoch->word, EPOCH); /* stamp 0 is stale from the start */
}

void sr_epoch_watch(struct sr_epoch *epoch, struct sr_event *event) {
    if (epoch->watcher_count < SR_EPOCH_WATCHERS)
        epoch->watchers[epoch->watcher_count++] = event;
}

sr_stamp sr_epoch_stamp(const struct sr_epoch *epoch) {
    return atomic_load_explicit(&epoch->word, memory_order_acquire) & ~YIELD;
}

/* The word becomes (word & keep) + add, whoever else changes it at the same time. */
static uint64_t change(struct sr_epoch *epoch, uint64_t keep, uint64_t add) {
    uint64_t old = atomic_load_explicit(&epoch->word, memory_order_relaxed), new;
    do {
        new = (old & keep) + add;
    } while (
        !atomic_compare_exchange_weak_explicit(&epoch->word, &old, new, memory_order_acq_rel, memory_order_relaxed));
    return new & ~YIELD;
}

sr_stamp sr_epoch_open(struct sr_epoch *epoch) {
    atomic_store_explicit(&epoch->opened_us, sr_clock_now_us(epoch->clock), memory_order_relaxed);
    const sr_stamp stamp = change(epoch, ~(EPOCH - 1), EPOCH);
    for (int i = 0; i < epoch->watcher_count; i++)
        sr_event_raise(epoch->watchers[i]);
    return stamp;
}

sr_stamp sr_epoch_revise(struct sr_epoch *epoch) {
    return change(epoch, ~UINT64_C(0), REVISION);
}

void sr_epoch_yield(struct sr_epoch *epoch, enum sr_yield yield) {
    atomic_store_explicit(&epoch->yielded_us, sr_clock_now_us(epoch->clock), memory_order_relaxed);
    change(epoch, ~YIELD, (uint64_t)yield);
}

enum sr_yield sr_epoch_yielded(const struct sr_epoch *epoch) {
    return (enum sr_yield)(atomic_load_explicit(&epoch->word, memory_order_relaxed) & YIELD);
}

bool sr_epoch_stale(const struct sr_epoch *epoch, sr_stamp stamp) {
    return sr_stamp_epoch(sr_epoch_stamp(epoch)) != sr_stamp_epoch(stamp);
}

bool sr_epoch_superseded(const struct sr_epoch *epoch, sr_stamp stamp) {
    return sr_epoch_stamp(epoch) != stamp;
}

bool sr_aborted(const struct sr_abort *abort) {
    if (!abort)
        return false;
    if (abort->stop && atomic_load_explicit(abort->stop, memory_order_relaxed))
        return true;
    if (abort->clock && sr_clock_now_us(abort->clock) > abort->deadline_us)
        return true;
    if (abort->also && abort->also(abort->user))
        return true;
    if (!abort->epoch)
        return false;
    return abort->draft ? sr_epoch_superseded(abort->epoch, abort->stamp) : sr_epoch_stale(abort->epoch, abort->stamp);
}
