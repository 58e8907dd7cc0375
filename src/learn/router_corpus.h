/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the router learns from: the phrases of templates.tsv, the phrases of skills.tsv with their slots filled, the
 * names of knowledge.tsv in questions, the patterns of router_patterns.tsv and the lines of router.tsv, as people write
 * them and as speech recognition does.
 */
#ifndef SR_LEARN_ROUTER_CORPUS_H
#define SR_LEARN_ROUTER_CORPUS_H

#include "brain/router.h"

struct sr_router_example {
    char *text, *intent;
    enum sr_speech kind;
    struct sr_router_context context;
    uint64_t group; /* what is held back together: an intent, or for open speech a line */
    bool hard;      /* a line of router.tsv: it looks like what it is not */
};

struct sr_router_corpus {
    struct sr_router_example *list;
    size_t count, room;
};

/** Reads the tables of a language; the same chance every time. The caller frees `*out`. [init] */
int sr_router_corpus_load(const struct sr_model_opts *models, const char *language, struct sr_router_corpus **out,
                          struct sarai_error *error);
void sr_router_corpus_free(struct sr_router_corpus *corpus);

#endif
