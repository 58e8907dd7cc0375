/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/ring.h"

#include <stdlib.h>
#include <string.h>

int sr_ring_init(struct sr_ring *ring, uint32_t capacity, uint32_t item_bytes) {
    if (!capacity || capacity > 1u << 30 || !item_bytes)
        return SARAI_EUSAGE;
    uint32_t slots = 1;
    while (slots < capacity)
        slots *= 2;
    uint8_t *memory = calloc(slots, item_bytes);
    if (!memory)
        return SARAI_ENOMEM;
    ring->slots = memory;
    ring->item_bytes = item_bytes;
    ring->capacity = capacity;
    ring->mask = slots - 1;
    atomic_init(&ring->head, 0);
    atomic_init(&ring->tail, 0);
    ring->tail_seen = ring->head_seen = 0;
    return SARAI_OK;
}

void sr_ring_deinit(struct sr_ring *ring) {
    free(ring->slots);
    ring->slots = NULL;
}

static uint8_t *slot(const struct sr_ring *ring, uint32_t index) SR_NONBLOCKING {
    return ring->slots + (size_t)(index & ring->mask) * ring->item_bytes;
}

bool sr_ring_push(struct sr_ring *ring, const void *item) SR_NONBLOCKING {
    const uint32_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    if (head - ring->tail_seen >= ring->capacity) {
        ring->tail_seen = atomic_load_explicit(&ring->tail, memory_order_acquire);
        if (head - ring->tail_seen >= ring->capacity)
            return false;
    }
    memcpy(slot(ring, head), item, ring->item_bytes);
    atomic_store_explicit(&ring->head, head + 1, memory_order_release);
    return true;
}

const void *sr_ring_peek(struct sr_ring *ring) SR_NONBLOCKING {
    const uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    if (tail == ring->head_seen) {
        ring->head_seen = atomic_load_explicit(&ring->head, memory_order_acquire);
        if (tail == ring->head_seen)
            return NULL;
    }
    return slot(ring, tail);
}

bool sr_ring_pop(struct sr_ring *ring, void *item) SR_NONBLOCKING {
    const void *oldest = sr_ring_peek(ring);
    if (!oldest)
        return false;
    memcpy(item, oldest, ring->item_bytes);
    const uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    atomic_store_explicit(&ring->tail, tail + 1, memory_order_release);
    return true;
}

uint32_t sr_ring_push_many(struct sr_ring *ring, const void *items, uint32_t count) SR_NONBLOCKING {
    const uint32_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    ring->tail_seen = atomic_load_explicit(&ring->tail, memory_order_acquire);
    const uint32_t room = ring->capacity - (head - ring->tail_seen);
    const uint32_t moved = count < room ? count : room;
    const uint32_t to_end = ring->mask + 1 - (head & ring->mask);
    const uint32_t first = moved < to_end ? moved : to_end;
    const size_t bytes = (size_t)first * ring->item_bytes;
    memcpy(slot(ring, head), items, bytes);
    memcpy(ring->slots, (const uint8_t *)items + bytes, (size_t)(moved - first) * ring->item_bytes);
    atomic_store_explicit(&ring->head, head + moved, memory_order_release);
    return moved;
}

uint32_t sr_ring_pop_many(struct sr_ring *ring, void *items, uint32_t count) SR_NONBLOCKING {
    const uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    ring->head_seen = atomic_load_explicit(&ring->head, memory_order_acquire);
    const uint32_t inside = ring->head_seen - tail;
    const uint32_t moved = count < inside ? count : inside;
    const uint32_t to_end = ring->mask + 1 - (tail & ring->mask);
    const uint32_t first = moved < to_end ? moved : to_end;
    const size_t bytes = (size_t)first * ring->item_bytes;
    memcpy(items, slot(ring, tail), bytes);
    memcpy((uint8_t *)items + bytes, ring->slots, (size_t)(moved - first) * ring->item_bytes);
    atomic_store_explicit(&ring->tail, tail + moved, memory_order_release);
    return moved;
}

uint32_t sr_ring_skip(struct sr_ring *ring, uint32_t count) SR_NONBLOCKING {
    const uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    ring->head_seen = atomic_load_explicit(&ring->head, memory_order_acquire);
    const uint32_t inside = ring->head_seen - tail;
    const uint32_t skipped = count < inside ? count : inside;
    atomic_store_explicit(&ring->tail, tail + skipped, memory_order_release);
    return skipped;
}

uint32_t sr_ring_pushed(const struct sr_ring *ring) SR_NONBLOCKING {
    return atomic_load_explicit(&ring->head, memory_order_relaxed);
}

uint32_t sr_ring_popped(const struct sr_ring *ring) SR_NONBLOCKING {
    return atomic_load_explicit(&ring->tail, memory_order_relaxed);
}

uint32_t sr_ring_depth(const struct sr_ring *ring) SR_NONBLOCKING {
    /* Tail first: the other way round head could be older than tail, and the difference wrap. */
    const uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
    const uint32_t head = atomic_load_explicit(&ring->head, memory_order_acquire);
    return head - tail;
}
