/* SPDX-License-Identifier: Apache-2.0 */
/* Language models: a prompt in, pieces of text out. */
#ifndef SR_BRAIN_LLM_H
#define SR_BRAIN_LLM_H

#include "base/clock.h"
#include "brain/brain_opts.h"
#include "flow/message.h"

struct sr_model_opts;
struct sr_sched;
struct sr_llm; /* one model, shared by all sessions */

/** What a model is told, in the language of the conversation. */
enum sr_llm_word {
    SR_LLM_INSTRUCTIONS, /* to a model that converses */
    SR_LLM_CONTEXT,      /* labels for a base model, which only continues a text */
    SR_LLM_QUESTION,
    SR_LLM_ANSWER,
    SR_LLM_WORD_COUNT
};

struct sr_llm_job {
    char *const *words;  /* SR_LLM_WORD_COUNT of them */
    const char *context; /* passage that the answer must rest on, or NULL */
    const char *question;
    const struct sr_exchange *history; /* what was said before, the oldest first */
    size_t history_count;
    const void *session; /* whose conversation it is; NULL: nobody's */
    struct sr_abort abort;
    /** A piece of the answer, valid UTF-8, in order. Non-zero ends the answer early without error. */
    int (*piece)(void *user, const char *text, size_t len);
    void *user;
};

struct sr_llm_backend {
    const char *name;
    /** `sched` hands out compute time token by token; NULL: none asked for. `opts` outlives the model. */
    int (*open)(const struct sr_llm_opts *opts, const struct sr_model_opts *models, struct sr_sched *sched,
                struct sr_llm **out, struct sarai_error *error);
    void (*close)(struct sr_llm *llm);
    /** Polls `abort` between tokens and inside the prompt's evaluation: SARAI_ESTALE soon after. SR_LLM_CUT: the answer
     *  was as long as it may be and has no end of its own. A prompt that is too long loses its oldest part. Several
     *  sessions may ask at once, each once. [stage:llm] */
    int (*generate)(struct sr_llm *llm, struct sr_clock *clock, const struct sr_llm_job *job,
                    struct sarai_error *error);
    /** True when the model holds a conversation (chat template), false for a base model that only continues text. */
    bool (*can_chat)(const struct sr_llm *llm);
    /** The session is over: what was kept for it is given back. May be NULL. [any] */
    void (*leave)(struct sr_llm *llm, const void *session);
};

enum { SR_LLM_CUT = 1 };

extern const struct sr_llm_backend sr_llm_llama, sr_llm_remote, sr_llm_null;

#endif
