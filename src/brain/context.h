/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What one conversation is about: the topic and the one before, the last question as it was answered, the last answer
 * as it was heard, the last tool call and computation, timers, and how loud and fast to speak. Nothing of it outlives
 * the conversation or is seen by another one. One thread owns it.
 */
#ifndef SR_BRAIN_CONTEXT_H
#define SR_BRAIN_CONTEXT_H

#include <time.h>

#include "base/clock.h"
#include "brain/router.h"
#include "brain/skills/skills.h"
#include "brain/timers.h"
#include "flow/delivery.h"
#include "tools/toolbox.h"

/* What the last turn that had an answer of its own was about. */
enum sr_subject { SR_SUBJECT_NONE, SR_SUBJECT_TOPIC, SR_SUBJECT_SKILL, SR_SUBJECT_TOOL };

struct sr_context {
    const struct sr_clock *clock;
    time_t started;               /* the wall's time when the clock was zero */
    struct sr_delivery *delivery; /* borrowed, or `own` */
    struct sr_delivery own;
    enum sr_subject subject;
    char *topic, *other_topic; /* ids of passages; NULL: none */
    char *question;            /* the last one about a topic, whole */
    char *reply;               /* the last one, as it was meant */
    char *heard;               /* as much of it as was heard; NULL: it is not known yet */
    uint32_t reply_turn;
    char *skill; /* the last one's id */
    struct sr_slots slots;
    struct sr_tool_call call, other_call;
    struct sr_router_context before; /* how the last turn was answered */
    struct sr_timers timers;
};

/** `clock` outlives the context. `delivery` NULL: nobody hears it. */
void sr_context_init(struct sr_context *context, const struct sr_clock *clock, struct sr_delivery *delivery);
void sr_context_deinit(struct sr_context *context);

/** The wall's time in this conversation, which its clock moves on. */
time_t sr_context_now(const struct sr_context *context);

/** Notes the answer that a turn gives. */
void sr_context_reply(struct sr_context *context, uint32_t turn_id, const char *reply);
/** Notes what was heard of a turn's answer. */
void sr_context_heard(struct sr_context *context, uint32_t turn_id, const char *heard);
/** The last answer as it is to be repeated: what was heard, to the end of its sentence, and all of it when nothing was.
 *  malloc'd; NULL: there is none, or no memory. */
char *sr_context_repeat(const struct sr_context *context);
/** Notes that a passage answered a question. */
void sr_context_topic(struct sr_context *context, const char *id, const char *question);
/** Notes a computation. */
void sr_context_skill(struct sr_context *context, const char *id, const struct sr_slots *slots);
/** Notes a tool call, which is handed over. */
void sr_context_call(struct sr_context *context, struct sr_tool_call *call);

#endif
