/* SPDX-License-Identifier: Apache-2.0 */
/** Trains the router's head (brain/router.h) from a corpus and writes its file. */
#ifndef SR_LEARN_ROUTER_TRAIN_H
#define SR_LEARN_ROUTER_TRAIN_H

#include "learn/router_corpus.h"

/** How a head did on examples whose intent it had not seen: of one kind, or of all (`kind` "all"). */
struct sr_router_report {
    const char *head; /* "base", "adapter" or "intents" */
    const char *kind;
    size_t examples;
    double right, loss;
};

struct sr_router_lesson {
    /** The point of a text; as sr_embed_text. */
    int (*point)(void *user, const char *text, float out[SR_EMBED_SIZE]);
    void (*report)(void *user, const struct sr_router_report *report);
    sarai_progress *progress;
    void *user;
};

/** Trains the base on all examples, freezes it, trains an adapter over it with those counting more that look like what
 *  they are not, and keeps the adapter when it does better on intents that were held back. SARAI_ESTALE when `progress`
 *  stopped it: nothing is written. [any] */
int sr_router_train(const struct sr_router_corpus *corpus, const struct sr_router_lesson *lesson, const char *path,
                    struct sarai_error *error);

#endif
