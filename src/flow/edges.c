/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/edges.h"

#include <string.h>

#define STAGE_capture SR_CAPTURE
#define STAGE_vad SR_VAD
#define STAGE_stt SR_STT
#define STAGE_brain SR_BRAIN
#define STAGE_llm SR_LLM
#define STAGE_speech SR_SPEECH
#define STAGE_playback SR_PLAYBACK
#define STAGE_app SR_APP

static const struct {
    const char *title;
    enum sr_stage_name producer, consumer;
    uint32_t item_bytes, capacity;
    enum sr_edge_policy policy;
    void (*deinit)(void *);
} table[SR_EDGE_COUNT] = {
#define SR_X(name, from, to, item, capacity, policy, deinit)                                                           \
    {#name, STAGE_##from, STAGE_##to, sizeof(item), capacity, policy, deinit},
    SR_EDGE_MAP(SR_X)
#undef SR_X
};

/* As large and as aligned as the largest item. */
union any_item {
#define SR_X(name, from, to, item, ...) item as_##name;
    SR_EDGE_MAP(SR_X)
#undef SR_X
};

int sr_edges_init(struct sr_edge edges[SR_EDGE_COUNT], struct sr_event *wakes, const atomic_bool *stop) {
    memset(edges, 0, SR_EDGE_COUNT * sizeof *edges);
    for (int i = 0; i < SR_EDGE_COUNT; i++) {
        const int status = sr_ring_init(&edges[i].ring, table[i].capacity, table[i].item_bytes);
        if (status < 0) {
            sr_edges_deinit(edges);
            return status;
        }
        edges[i].policy = table[i].policy;
        edges[i].deinit = table[i].deinit;
        edges[i].producer = &wakes[table[i].producer];
        edges[i].consumer = &wakes[table[i].consumer];
        edges[i].stop = stop;
    }
    return SARAI_OK;
}

void sr_edges_deinit(struct sr_edge edges[SR_EDGE_COUNT]) {
    for (int i = 0; i < SR_EDGE_COUNT; i++) {
        struct sr_ring *ring = &edges[i].ring;
        if (!ring->slots)
            continue;
        union any_item item;
        while (sr_ring_pop(ring, &item))
            if (edges[i].deinit)
                edges[i].deinit(&item);
        sr_ring_deinit(ring);
    }
}

const char *sr_edge_title(enum sr_edge_name name) {
    return table[name].title;
}

int sr_edge_push(struct sr_edge *edge, void *item) {
    while (!sr_ring_push(&edge->ring, item)) {
        const bool stopping = atomic_load(edge->stop);
        if (edge->policy == SR_EDGE_DROP || stopping) {
            if (edge->deinit)
                edge->deinit(item);
            atomic_fetch_add_explicit(&edge->dropped, 1, memory_order_relaxed);
            return stopping ? SARAI_ECLOSED : SARAI_EFULL;
        }
        sr_event_wait(edge->producer, sr_clock_now_us(edge->producer->clock) + 100000);
    }
    atomic_fetch_add_explicit(&edge->pushed, 1, memory_order_relaxed);
    const uint32_t depth = sr_ring_depth(&edge->ring);
    if (depth > atomic_load_explicit(&edge->deepest, memory_order_relaxed))
        atomic_store_explicit(&edge->deepest, depth, memory_order_relaxed);
    sr_event_raise(edge->consumer);
    return SARAI_OK;
}

bool sr_edge_pop(struct sr_edge *edge, void *item) {
    if (!sr_ring_pop(&edge->ring, item))
        return false;
    if (edge->policy == SR_EDGE_WAIT)
        sr_event_raise(edge->producer);
    return true;
}
