/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Who answers: a trained head over the meaning of what was said (model/embed.h), its words, and what went before. It
 * knows five kinds of speech, how sure it is of each, and for two of them which template or skill is meant. `sarai
 * learn train router` makes its file from the project's own examples.
 */
#ifndef SR_BRAIN_ROUTER_H
#define SR_BRAIN_ROUTER_H

#include "model/embed.h"
#include "model/net.h"

#define SR_ROUTER_VERSION 1
#define SR_ROUTER_WORDS 2048 /* buckets of words and pairs of words */
#define SR_ROUTER_PRESENT 112
#define SR_ROUTER_INTENTS 2048 /* at most */
#define SR_ROUTER_NAME 64

enum sr_speech { /* kinds of speech, in the order of the outputs */
                 SR_SPEECH_TEMPLATE,
                 SR_SPEECH_SKILL,
                 SR_SPEECH_KNOWLEDGE,
                 SR_SPEECH_LLM,
                 SR_SPEECH_NOT_FOR_ME,
                 SR_SPEECH_KINDS
};

/** "template", "skill", "knowledge", "llm", "not_for_me": as the examples name them. */
extern const char *const sr_speech_names[SR_SPEECH_KINDS];

/** What went before. */
struct sr_router_context {
    enum sr_speech last; /* who answered last ... */
    bool has_last;       /* ... if anybody did */
    bool asked;          /* the engine has just asked something */
    bool english;        /* the configured language */
};

#define SR_ROUTER_CUES 10 /* of the context and the form */
#define SR_ROUTER_DENSE (SR_EMBED_SIZE + SR_ROUTER_CUES)

/** A text as the head sees it. `values` begins with the point, centered. */
struct sr_router_features {
    float values[SR_ROUTER_DENSE];
    uint16_t present[SR_ROUTER_PRESENT];
    size_t count;
};

struct sr_router_intent {
    char name[SR_ROUTER_NAME];
    enum sr_speech kind; /* template or skill */
};

/** How the head did on intents that it had not seen, when it was trained. */
struct sr_router_record {
    uint32_t examples, right, skills, skills_right, open, open_swallowed;
};

struct sr_router {
    /* immutable after load */
    float mean[SR_EMBED_SIZE];
    float temperature, intent_temperature;
    struct sr_net kinds, intents;
    struct sr_router_intent *names; /* one for each output of `intents` */
    struct sr_router_record record;
};

struct sr_router_verdict {
    enum sr_speech kind;
    float part[SR_SPEECH_KINDS]; /* calibrated, together 1 */
    const char *intent[2];       /* the most likely template and skill (SR_SPEECH_...), borrowed; NULL: none is known */
    float intent_part[2];        /* how likely among all intents ... */
    float intent_next[2];        /* ... and the next one of that kind */
};

/** Reads a file of sr_router_save. SARAI_EINPUT for one that is damaged or of another version. The caller frees
 *  `*out`. [init] */
int sr_router_load(const char *path, struct sr_router **out, struct sarai_error *error);
/** Accepts NULL. */
void sr_router_free(struct sr_router *router);
/** Writes the weights in eight bits a number: the frozen kinds and their adapter apart, then the intents. [init] */
int sr_router_save(const struct sr_router *router, const struct sr_adapter *adapter, const char *path,
                   struct sarai_error *error);

/** The features of `text`, whose point is given. SARAI_ENOMEM. [any] */
int sr_router_look(const float mean[SR_EMBED_SIZE], const float point[SR_EMBED_SIZE], const char *text,
                   const struct sr_router_context *context, struct sr_router_features *features);
/** Decides, well within a millisecond. SARAI_ENOMEM. [any] */
int sr_router_decide(const struct sr_router *router, const float point[SR_EMBED_SIZE], const char *text,
                     const struct sr_router_context *context, struct sr_router_verdict *verdict);

#endif
