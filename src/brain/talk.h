/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Answering within a conversation: what is to be done is done (tools, timers, the way of speaking), what was said by
 * halves is made whole, and the rest is for the brain. One per engine, shared by its sessions; what a conversation
 * remembers is in its context.
 */
#ifndef SR_BRAIN_TALK_H
#define SR_BRAIN_TALK_H

#include "base/log.h"
#include "brain/acts.h"
#include "brain/brain.h"
#include "brain/followup.h"
#include "tools/home.h"
#include "tools/tools_opts.h"

#define SR_TALK_BOXES 16

struct sr_talk_box {
    struct sr_toolbox *box;
    sr_tool_function *function; /* NULL: the box says how it is reached */
    void *user;
};

struct sr_talk {
    /* immutable while a session runs */
    struct sr_brain *brain;
    const struct sr_log *log;
    struct sr_tongue tongue;
    struct sr_toolbox *acts; /* NULL: the language has none */
    struct sr_talk_box boxes[SR_TALK_BOXES];
    int box_count;
    struct sr_home *home; /* NULL: none */
    struct sr_followups *followups;
};

/** Loads the tables of the brain's language, and the tools that `opts` names. `brain` and `log` outlive it. [init] */
int sr_talk_init(struct sr_talk *talk, struct sr_brain *brain, const struct sr_tools_opts *opts,
                 const struct sr_model_opts *models, const struct sr_log *log, struct sarai_error *error);
void sr_talk_deinit(struct sr_talk *talk);
/** Adds tools that a function of the application does. [init] */
int sr_talk_add(struct sr_talk *talk, const char *json, sr_tool_function *function, void *user,
                struct sarai_error *error);
/** Calls `each` with every word that its tools know, to be expected by a recognizer. [any] */
int sr_talk_words(const struct sr_talk *talk, int (*each)(void *user, const char *word), void *user);

/** Decides about one text of a conversation, like sr_brain_decide, and does what is asked for. `*whole` becomes the
 *  question that was answered when it is another one (malloc'd, for the language model), else NULL. [any; `context` is
 *  the caller's] */
int sr_talk_decide(const struct sr_talk *talk, struct sr_context *context, const char *text,
                   const struct sr_abort *abort, struct sr_decision *decision, char **whole);

/** What is said when a timer rings, malloc'd; NULL when out of memory. [any] */
char *sr_talk_ring(const struct sr_talk *talk, struct sr_context *context, const struct sr_timer *timer);

#endif
