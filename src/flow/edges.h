/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Every queue of a session, in one table. An edge is an SPSC ring, the wake-up of the stage behind it, and a policy for
 * when it is full. Every drop is counted.
 */
#ifndef SR_FLOW_EDGES_H
#define SR_FLOW_EDGES_H

#include "flow/message.h"
#include "flow/ring.h"

/* DROP: the new item is lost, for producers that must never wait. WAIT: the producer sleeps until there is room. */
enum sr_edge_policy { SR_EDGE_DROP, SR_EDGE_WAIT };

/** X(NAME, producer, consumer, item, capacity, policy, deinit) */
#define SR_EDGE_MAP(X)                                                                                                 \
    X(FRAMES, capture, vad, struct sr_frame, 100, SR_EDGE_DROP, NULL)                                                  \
    X(UTTERANCES, vad, stt, struct sr_utterance, 50, SR_EDGE_WAIT, sr_utterance_deinit)                                \
    X(TEXTS, stt, brain, struct sr_text, 20, SR_EDGE_WAIT, sr_text_deinit)                                             \
    X(QUESTIONS, brain, llm, struct sr_question, 8, SR_EDGE_WAIT, sr_question_deinit)                                  \
    X(THOUGHTS, llm, brain, struct sr_thought, 64, SR_EDGE_WAIT, sr_thought_deinit)                                    \
    X(ORDERS, app, brain, struct sr_order, 16, SR_EDGE_DROP, sr_order_deinit)                                          \
    X(SAY_HIGH, brain, speech, struct sr_say, 64, SR_EDGE_WAIT, sr_say_deinit)                                         \
    X(SAY_NORMAL, brain, speech, struct sr_say, 64, SR_EDGE_WAIT, sr_say_deinit)                                       \
    X(SAY_LOW, brain, speech, struct sr_say, 64, SR_EDGE_DROP, sr_say_deinit)                                          \
    X(CLIPS, speech, playback, struct sr_clip, 3, SR_EDGE_WAIT, sr_clip_deinit)                                        \
    X(HEARD, playback, brain, struct sr_heard, 20, SR_EDGE_DROP, sr_heard_deinit)                                      \
    X(ECHO, playback, vad, struct sr_echo, 256, SR_EDGE_DROP, NULL)                                                    \
    X(CAPTURE_EVENTS, capture, app, struct sarai_event, 64, SR_EDGE_DROP, sr_event_message_deinit)                     \
    X(VAD_EVENTS, vad, app, struct sarai_event, 256, SR_EDGE_DROP, sr_event_message_deinit)                            \
    X(STT_EVENTS, stt, app, struct sarai_event, 256, SR_EDGE_DROP, sr_event_message_deinit)                            \
    X(BRAIN_EVENTS, brain, app, struct sarai_event, 256, SR_EDGE_DROP, sr_event_message_deinit)                        \
    X(LLM_EVENTS, llm, app, struct sarai_event, 64, SR_EDGE_DROP, sr_event_message_deinit)                             \
    X(SPEECH_EVENTS, speech, app, struct sarai_event, 256, SR_EDGE_DROP, sr_event_message_deinit)                      \
    X(PLAYBACK_EVENTS, playback, app, struct sarai_event, 256, SR_EDGE_DROP, sr_event_message_deinit)

enum sr_edge_name {
#define SR_X(name, ...) SR_EDGE_##name,
    SR_EDGE_MAP(SR_X)
#undef SR_X
        SR_EDGE_COUNT
};

struct sr_edge {
    /* immutable after init */
    enum sr_edge_policy policy;
    void (*deinit)(void *item);
    struct sr_event *producer, *consumer; /* wake-ups */
    const atomic_bool *stop;
    struct sr_ring ring;
    /* atomic, written by the producer */
    _Atomic uint64_t pushed, dropped;
    _Atomic uint32_t deepest;
};

/** The stages at the ends of edges, in the order of the voice. */
enum sr_stage_name { SR_CAPTURE, SR_VAD, SR_STT, SR_BRAIN, SR_LLM, SR_SPEECH, SR_PLAYBACK, SR_APP, SR_STAGE_COUNT };

/** Makes all rings. `wakes` has SR_STAGE_COUNT entries and, like `stop`, outlives the edges. [init] */
int sr_edges_init(struct sr_edge edges[SR_EDGE_COUNT], struct sr_event *wakes, const atomic_bool *stop);
/** Frees the rings and what is still inside them. No thread may use them any more. */
void sr_edges_deinit(struct sr_edge edges[SR_EDGE_COUNT]);
const char *sr_edge_title(enum sr_edge_name name);

/** Hands the item over. SARAI_EFULL: dropped and freed (policy DROP); SARAI_ECLOSED: freed because the session stops.
 *  [producer; rt with policy DROP and no owned memory in the item] */
int sr_edge_push(struct sr_edge *edge, void *item);
/** Takes the oldest item over; false when there is none. [consumer][rt] */
bool sr_edge_pop(struct sr_edge *edge, void *item);

#endif
