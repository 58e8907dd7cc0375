/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A bounded queue between one producing and one consuming thread, without locks or allocation.
 *
 * Invariants
 *   1. `head` counts the items ever pushed, `tail` those ever popped; both only grow. 0 <= head - tail <= capacity.
 *   2. Only the producer writes `head`, `tail_seen` and slots in [tail + capacity, ...); only the consumer writes
 * `tail` and `head_seen`. A slot is written before `head` passes it (release) and read after (acquire), and the other
 * way round with `tail`.
 *   3. `tail_seen` <= tail and `head_seen` <= head: old news is safe, and spares the other core's cache line.
 *
 *   slots   [ . . . x x x x . . . ]      x = pushed, not yet popped
 *                   ^ tail  ^ head       (both modulo the slot count, a power of two)
 */
#ifndef SR_FLOW_RING_H
#define SR_FLOW_RING_H

#include <stdalign.h>
#include <stdatomic.h>

#include "base/realtime.h"
#include "base/status.h"

#define SR_CACHE_LINE 64

struct sr_ring {
    /* immutable after init */
    uint8_t *slots;
    uint32_t item_bytes, capacity, mask;
    /* producer only, but for head, which the consumer reads */
    alignas(SR_CACHE_LINE) _Atomic uint32_t head;
    uint32_t tail_seen;
    /* consumer only, but for tail, which the producer reads */
    alignas(SR_CACHE_LINE) _Atomic uint32_t tail;
    uint32_t head_seen;
};

/** Room for `capacity` items (at most 2^30) of `item_bytes` each. [init] */
int sr_ring_init(struct sr_ring *ring, uint32_t capacity, uint32_t item_bytes);
/** Items still inside are forgotten, not freed. */
void sr_ring_deinit(struct sr_ring *ring);
/** Copies the item in; false when full. [producer][rt] */
bool sr_ring_push(struct sr_ring *ring, const void *item) SR_NONBLOCKING;
/** Copies the oldest item out; false when empty. [consumer][rt] */
bool sr_ring_pop(struct sr_ring *ring, void *item) SR_NONBLOCKING;
/** The oldest item in place, or NULL; valid until it is popped. [consumer][rt] */
const void *sr_ring_peek(struct sr_ring *ring) SR_NONBLOCKING;
/** As many of `count` items as there is room for, or as there are inside; returns how many. [producer][rt] and
 *  [consumer][rt] */
uint32_t sr_ring_push_many(struct sr_ring *ring, const void *items, uint32_t count) SR_NONBLOCKING;
uint32_t sr_ring_pop_many(struct sr_ring *ring, void *items, uint32_t count) SR_NONBLOCKING;
/** Forgets up to `count` of the oldest items; returns how many. [consumer][rt] */
uint32_t sr_ring_skip(struct sr_ring *ring, uint32_t count) SR_NONBLOCKING;
/** How many items were ever pushed, or popped, modulo 2^32: the place of an item. [producer][rt] and [consumer][rt] */
uint32_t sr_ring_pushed(const struct sr_ring *ring) SR_NONBLOCKING;
uint32_t sr_ring_popped(const struct sr_ring *ring) SR_NONBLOCKING;
/** How many are inside; exact on the two threads of the ring, news of a moment ago elsewhere. [any][rt] */
uint32_t sr_ring_depth(const struct sr_ring *ring) SR_NONBLOCKING;

#endif
