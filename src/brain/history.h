/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What was said in a conversation, as the language model is told it: of the engine's answers only what left the
 * loudspeaker. When it grows long, the older half is forgotten at once, so that what a prompt begins with stays the
 * same for several turns and the model need not read it again.
 */
#ifndef SR_BRAIN_HISTORY_H
#define SR_BRAIN_HISTORY_H

#include "flow/message.h"

/** Set `bytes_max`, zero the rest. */
struct sr_history {
    size_t bytes_max;
    struct sr_told {
        uint32_t turn_id;
        struct sr_exchange said;
    } * told; /* the oldest first */
    size_t count, capacity;
};

void sr_history_deinit(struct sr_history *history);
/** A turn was answered. `user` "" when nobody had asked; the reply counts as heard until sr_history_heard says how much
 *  of it was. A turn of which both are empty is not kept. SARAI_ENOMEM: it is forgotten. [one] */
int sr_history_add(struct sr_history *history, uint32_t turn_id, const char *user, const char *reply);
/** What of that turn's answer was heard; a turn that is not there any more is none. [one] */
int sr_history_heard(struct sr_history *history, uint32_t turn_id, const char *heard);
/** A copy of all of it, the oldest first, for the caller to free with sr_exchanges_free. [one] */
int sr_history_copy(const struct sr_history *history, struct sr_exchange **out, size_t *count);

#endif
