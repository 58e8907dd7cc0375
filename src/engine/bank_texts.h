/* SPDX-License-Identifier: Apache-2.0 */
/* What the audio bank holds: the fillers, the engine's own phrases, what it says of timers and the like, and the
 * replies of the templates, sentence by sentence, and what the replies of skills begin with. */
#ifndef SR_ENGINE_BANK_TEXTS_H
#define SR_ENGINE_BANK_TEXTS_H

#include "engine/engine.h"

struct sr_bank_text {
    char *text;
    int kind; /* of the bank */
};

struct sr_bank_texts {
    struct sr_bank_text *list;
    size_t count, room;
    struct sr_split *sentences;
    const struct sr_brain *brain;
};

/** Collects them, those that are needed soonest first. Whatever it returns, the texts are to be deinitialized. [any] */
int sr_bank_texts_collect(const struct sarai_engine *engine, struct sr_bank_texts *texts);
void sr_bank_texts_deinit(struct sr_bank_texts *texts);

#endif
