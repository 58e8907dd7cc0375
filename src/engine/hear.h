/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that can be told of a turn from its sound: where speech begins and ends, its draft, how it sounds. */
#ifndef SR_ENGINE_HEAR_H
#define SR_ENGINE_HEAR_H

#include "engine/engine.h"
#include "turn/turn_end.h"

struct sr_vad;
struct sr_stt;
struct sr_smart_turn;

/** Who listens; one user at a time. */
struct sr_hearer {
    struct sarai_engine *engine;
    struct sr_vad *vad;
    struct sr_stt *stt;
    struct sr_smart_turn *smart_turn; /* NULL: the model is missing */
};

/** Needs an engine with VAD and STT. `where` is what errors name. On failure nothing stays open. [any] */
int sr_hearer_open(struct sarai_engine *engine, const char *where, struct sr_hearer *out, struct sarai_error *error);
void sr_hearer_close(struct sr_hearer *hearer);

/** Listens to a turn with the pause behind it (16 kHz, borrowed; of a long one the last 28 s). `*draft` is malloc'd, ""
 *  when nobody speaks or nothing is understood. `cues` becomes everything but the text and the pace; a pause_ms as long
 *  as the sound means that nobody spoke. */
int sr_hear_turn(struct sr_hearer *hearer, const float *samples, size_t count, char **draft, struct sr_turn_cues *cues,
                 struct sarai_error *error);

#endif
