/* SPDX-License-Identifier: Apache-2.0 */
/* A job for a model that converses, as the messages that every chat template and every server takes. */
#ifndef SR_BRAIN_MESSAGES_H
#define SR_BRAIN_MESSAGES_H

#include "base/str.h"
#include "brain/llm.h"

struct sr_messages {
    struct sr_message {
        const char *role; /* "system", "user", "assistant" */
        char *text;
    } * list;
    size_t count;
};

/** The instructions, the exchanges of the history but the `skip` oldest, and the question behind its context. User and
 *  assistant take turns, the user first, whatever the history looks like. `words` and `role` are borrowed from the job
 *  and the program. */
int sr_messages_make(const struct sr_llm_job *job, size_t skip, struct sr_messages *out);
void sr_messages_deinit(struct sr_messages *messages);

#endif
