/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SR_BRAIN_BRAIN_OPTS_H
#define SR_BRAIN_BRAIN_OPTS_H

#include "base/opt.h"

/** Section "brain". */
struct sr_brain_opts {
    char *language;  /* folder of the data tables: "es" */
    char *templates; /* a templates file; "" = data/LANGUAGE/templates.tsv */
    char *knowledge; /* a passages file; "" = data/LANGUAGE/knowledge.tsv */
    char *phrases;   /* what the engine itself says; "" = data/LANGUAGE/phrases.tsv */
    char *fillers;   /* what is said while an answer is awaited; "" = data/LANGUAGE/fillers.tsv */
    int filler_ms;   /* with nothing to say so long after the end of the turn, a filler is said; 0 = never */
    char *memory;    /* what the user wants remembered; "" = sarai/memory.db in the user's data folder */
    char *phrase;    /* who words a fact out of a passage: "chat" a model that holds a conversation, "always" any model,
                        "never" the passage itself */
    float min_score; /* a passage must match this well to be an answer */
};

/** Section "llm". */
struct sr_llm_opts {
    char *backend; /* "llama", "null" or "none" */
    char *model;   /* GGUF file in the models folder, or an absolute path */
    int threads;
    int context;     /* tokens */
    int max_tokens;  /* of one answer */
    int deadline_ms; /* without a usable sentence by then the passage itself is spoken; 0 = no deadline */
    /* null backend */
    int delay_ms;   /* time one token takes */
    int fail_after; /* answers until it fails; 0 = never */
    char *script;   /* "answer one|answer two", in turn, repeated; "" echoes the question */
};

extern const struct sr_opt sr_brain_opts_table[], sr_llm_opts_table[];

#endif
