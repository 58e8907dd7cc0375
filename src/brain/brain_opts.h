/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SR_BRAIN_BRAIN_OPTS_H
#define SR_BRAIN_BRAIN_OPTS_H

#include "base/opt.h"

/** Section "brain". */
struct sr_brain_opts {
    char *language;  /* folder of the data tables: "es" */
    char *other;     /* the language that it changes to when it is asked to; "none" */
    char *templates; /* a templates file; "" = data/LANGUAGE/templates.tsv */
    char *knowledge; /* a passages file; "" = data/LANGUAGE/knowledge.tsv */
    char *phrases;   /* what the engine itself says; "" = data/LANGUAGE/phrases.tsv */
    char *fillers;   /* what is said while an answer is awaited; "" = data/LANGUAGE/fillers.tsv */
    int filler_ms;   /* with nothing to say so long after the end of the turn, a filler is said; 0 = never */
    char *memory;    /* what the user wants remembered; "" = sarai/memory.db in the user's data folder */
    char *meaning;   /* how passages are found: "embed" by what they mean too, "words" by their words alone */
    char *phrase;    /* who words a fact out of a passage: "chat" a model that holds a conversation, "always" any model,
                        "never" the passage itself */
    float min_score; /* a passage must match this well to be an answer */
};

/** Section "llm". */
struct sr_llm_opts {
    char *backend; /* "llama", "null" or "none" */
    char *model;   /* GGUF file in the models folder, or an absolute path */
    int threads;
    int context;     /* tokens, of each conversation */
    int sequences;   /* conversations whose beginning is kept at the same time */
    int max_tokens;  /* of one answer */
    int deadline_ms; /* without a usable sentence by then the passage itself is spoken; 0 = no deadline */
    int answer_ms;   /* the same where there is no passage: it is admitted that there is no answer */
    char *lora;      /* adapters for the model, GGUF files with ',' between them */
    float lora_scale;
    /* remote backend */
    char *url; /* of the server's API: ".../v1" */
    char *remote_model;
    char *api_key_env; /* the environment variable that holds the key */
    int retries;       /* before the first token */
    char *local;       /* who answers when the server can't: "llama" or "none" */
    /* null backend */
    int delay_ms;    /* time one token takes */
    int fail_after;  /* answers until it fails; 0 = never */
    int break_after; /* words until every answer breaks off; 0 = never */
    char *script;    /* "answer one|answer two", in turn, repeated; "" echoes the question */
};

/** How long the first sentence of an answer may take, 0 for ever; `context` NULL: there is no passage to fall back on.
 */
static inline int sr_llm_deadline_ms(const struct sr_llm_opts *opts, const char *context) {
    return context ? opts->deadline_ms : opts->answer_ms;
}

extern const struct sr_opt sr_brain_opts_table[], sr_llm_opts_table[];

#endif
