/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The epoch: the one atomic integer that travels backwards.
 *
 * Every message carries the stamp of the turn it belongs to. A new turn, and so a barge-in, is epoch + 1: whatever
 * carries an older epoch is stale, and every stage drops it. There are no cancel messages and nobody empties another
 * stage's queue, so old audio cannot leak into a new turn.
 *
 *   bits 63..32  epoch     a new user turn, a barge-in, a stop button
 *   bits 31..8   revision  the user went on after a pause: drafts of an older revision are stale, the turn is not
 *   bits 1..0    yield     how far playback steps back while it is unclear whether the user interrupts
 */
#ifndef SR_FLOW_EPOCH_H
#define SR_FLOW_EPOCH_H

#include "base/clock.h"

#define SR_EPOCH_WATCHERS 8

struct sr_epoch {
    /* immutable after the threads start */
    const struct sr_clock *clock;
    struct sr_event *watchers[SR_EPOCH_WATCHERS];
    int watcher_count;
    /* atomic, any thread */
    _Atomic uint64_t word;
    /* when the current epoch began, and when playback was last asked to step back: how fast a barge-in took effect */
    _Atomic int64_t opened_us, yielded_us;
};

/** Epoch and revision, as a message carries them (the lowest bits are always 0). */
typedef uint64_t sr_stamp;

/** How far playback steps back. */
enum sr_yield {
    SR_YIELD_NOTHING,
    SR_YIELD_DUCK, /* plays softly */
    SR_YIELD_HOLD, /* is silent and keeps its place */
};

void sr_epoch_init(struct sr_epoch *epoch, const struct sr_clock *clock);
/** `event` is raised at every new epoch, so that a waiting stage looks at once. [init] */
void sr_epoch_watch(struct sr_epoch *epoch, struct sr_event *event);

/** [any][rt] */
sr_stamp sr_epoch_stamp(const struct sr_epoch *epoch);
/** Starts a new epoch (revision 0, nothing yielded) and returns its stamp. [any] */
sr_stamp sr_epoch_open(struct sr_epoch *epoch);
/** Starts a new revision of the running turn. [stage:vad] */
sr_stamp sr_epoch_revise(struct sr_epoch *epoch);
void sr_epoch_yield(struct sr_epoch *epoch, enum sr_yield yield);
/** [any][rt] */
enum sr_yield sr_epoch_yielded(const struct sr_epoch *epoch);

/** True when `stamp` belongs to an earlier epoch. [any][rt] */
bool sr_epoch_stale(const struct sr_epoch *epoch, sr_stamp stamp);
/** True when it is stale or of an earlier revision: what a draft asks. [any][rt] */
bool sr_epoch_superseded(const struct sr_epoch *epoch, sr_stamp stamp);

static inline uint32_t sr_stamp_epoch(sr_stamp stamp) {
    return (uint32_t)(stamp >> 32);
}
static inline uint32_t sr_stamp_revision(sr_stamp stamp) {
    return (uint32_t)(stamp >> 8) & 0xffffff;
}

/** What a long call polls to learn that nobody wants its result any more. Copied by value; NULL epoch: never. */
struct sr_abort {
    const struct sr_epoch *epoch;
    sr_stamp stamp;
    bool draft;                   /* a newer revision is enough */
    const atomic_bool *stop;      /* the session is closing; may be NULL */
    const struct sr_clock *clock; /* for the deadline; NULL: none */
    int64_t deadline_us;
    bool (*also)(void *user); /* one more reason, asked on the thread that computes; may be NULL */
    void *user;
};

/** [any][rt] */
bool sr_aborted(const struct sr_abort *abort);

#endif
