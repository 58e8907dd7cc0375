/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What to answer: the pure part of the brain, without threads. One per engine, shared by its sessions.
 *
 * From the fastest to the slowest: an exact template; a skill, which computes; a passage of the user's memory or of the
 * knowledge table, from its beginning when somebody wants something explained, and the sentences that answer best when
 * somebody asks for a fact, as they stand or (`brain.phrase`) in the words of the language model; the language model
 * alone, when it holds a conversation; and an honest "no lo sé".
 */
#ifndef SR_BRAIN_BRAIN_H
#define SR_BRAIN_BRAIN_H

#include "brain/llm.h"
#include "brain/openers.h"
#include "brain/requests.h"
#include "brain/router.h"
#include "brain/skills/skills.h"
#include "brain/templates.h"
#include "memory/memory.h"

struct sr_brain {
    /* immutable after open */
    const struct sr_brain_opts *opts;
    struct sr_templates *templates;
    struct sr_templates *phrases; /* the engine's own: "unknown", "error", ... */
    struct sr_templates *fillers; /* said while an answer is awaited, by situation */
    char *explain, *story;        /* how people ask for an explanation or a story; '|' between variants */
    char *llm_words[SR_LLM_WORD_COUNT];
    struct sr_words *words;
    struct sr_meaning meaning;                /* `point` NULL: none */
    struct sr_memory *memory;                 /* the table of passages */
    struct sr_memory *notes;                  /* what the user wants remembered; NULL: nothing yet */
    const struct sr_llm_backend *llm_backend; /* NULL: none */
    struct sr_llm *llm;
    struct sr_skills *skills;   /* NULL: none */
    struct sr_openers *openers; /* this and the next two: NULL when the language has none */
    struct sr_requests *requests;
    struct sr_router *router; /* needs `meaning` */
};

enum sr_route {
    SR_ROUTE_NONE,
    SR_ROUTE_TEMPLATE,
    SR_ROUTE_SKILL,
    SR_ROUTE_KNOWLEDGE,
    SR_ROUTE_LLM,
    SR_ROUTE_UNKNOWN,
    SR_ROUTE_SAY
};

/** "none", "template", "skill", "knowledge", "llm", "unknown", "say". */
const char *sr_route_name(enum sr_route route);

/** Zero-initialize; sr_decision_deinit frees. Either `reply` is the answer, or `ask_llm` is set and `reply` is what is
 *  said when the model finds nothing that the context supports. */
struct sr_decision {
    struct sr_router_context before; /* in: what went before */
    enum sr_route route;
    char *intent; /* template, skill or passage id; never NULL */
    double confidence;
    char *reply;
    enum sr_style style; /* how the reply asks to be said */
    bool refused;        /* a command that is understood by its meaning and carried out by nobody */
    bool ask_llm;
    char *context;         /* sentences the model may use; NULL: it answers freely */
    struct sr_slots slots; /* what a skill was asked about */
};

/** Loads the tables of the configured language. With `meaning` (else NULL) passages are found by what they mean; those
 * of the table that changed need sr_memory_index. `opts` outlives the brain. [init] */
int sr_brain_open(struct sr_brain *brain, const struct sr_brain_opts *opts, const struct sr_model_opts *models,
                  const struct sr_meaning *meaning, struct sarai_error *error);
/** The file of the user's own memory: `brain.memory`, else in the user's data folder; malloc'd, NULL when out of memory
 *  or without a home. */
char *sr_brain_notes_path(const struct sr_brain_opts *opts);
/** Begins the user's memory in a file, if it was none so far. [init] */
int sr_brain_begin_notes(struct sr_brain *brain, const char *path, struct sarai_error *error);
void sr_brain_close(struct sr_brain *brain);

/** Decides about one text; an empty one is SR_ROUTE_NONE. [any] */
int sr_brain_decide(struct sr_brain *brain, const char *text, struct sr_decision *decision);

/** Who answers, before any look into memory. Zero-initialize; sr_choice_deinit frees. */
struct sr_choice {
    enum sr_route route; /* SR_ROUTE_KNOWLEDGE: memory first; SR_ROUTE_LLM: the same, but it sounds like conversation */
    char *intent;        /* never NULL; "" unless it is a template or a skill */
    double confidence;
    char *reply;           /* what a template or a skill says; NULL for others */
    char *opening;         /* a greeting to say before; NULL: none */
    char *said;            /* the text without greeting and courtesy: what to look up */
    bool refused;          /* a command that nobody carries out */
    struct sr_slots slots; /* what a skill was asked about */
    bool rejected;         /* the router leaned to a template, a skill or nobody, but was not sure enough */
};

/** Chooses: an exact template, a skill that computes, and with a router and its meaning what is said otherwise. Without
 *  a router the rest is SR_ROUTE_KNOWLEDGE. SARAI_ENOMEM. [any] */
int sr_brain_choose(struct sr_brain *brain, const char *text, const struct sr_router_context *before,
                    struct sr_choice *choice);
void sr_choice_deinit(struct sr_choice *choice);
/** Does what takes long of the choice, so that it is remembered when the same text comes for good. [stage:brain] */
void sr_brain_prepare(struct sr_brain *brain, const char *draft);
/** What the next choice should know of this one. [any] */
struct sr_router_context sr_brain_after(const struct sr_decision *decision);
/** Loads the tables of choosing, for sr_brain_open. A language may be without them. [init] */
int sr_brain_open_choosing(struct sr_brain *brain, const struct sr_model_opts *models, struct sarai_error *error);
void sr_brain_close_choosing(struct sr_brain *brain);
/** Decides about a text that is surely about one passage of the table: 1, 0 when that is less sure than `least` to
 *  answer it. [any] */
int sr_brain_decide_about(struct sr_brain *brain, const char *text, const char *passage, double least,
                          struct sr_decision *decision);
void sr_decision_deinit(struct sr_decision *decision);

/** What to say while the answer to `text` is awaited, another thing each time: for a question, a command, or, when
 *  something was said already, for a long wait. malloc'd; NULL when out of memory. [any] */
char *sr_brain_filler(struct sr_brain *brain, const char *text, bool again);

/** How the language model's part is asked for and comes back. */
struct sr_phrase_job {
    const char *context, *question, *fallback;
    const struct sr_exchange *history; /* what was said before, the oldest first */
    size_t history_count;
    const void *session; /* NULL: nobody's */
    struct sr_clock *clock;
    struct sr_abort abort;
    int64_t deadline_us; /* for the first usable sentence; 0 = none */
    /** A sentence of the answer; `first_token_us` is when the model's first text came, or -1 for the fallback. */
    void (*sentence)(void *user, const char *text, int64_t first_token_us);
    void *user;
};

/** The session is over: the model gives back what it kept for it. [any] */
void sr_brain_leave(struct sr_brain *brain, const void *session);

/** Lets the model answer, sentence by sentence. With a context, sentences that it does not support are dropped; when
 *  none is left, or the model fails or is late, the fallback is given. SARAI_ESTALE when aborted. [stage:llm] */
int sr_brain_phrase(struct sr_brain *brain, const struct sr_phrase_job *job, struct sarai_error *error);

#endif
