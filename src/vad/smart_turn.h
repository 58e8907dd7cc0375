/* SPDX-License-Identifier: Apache-2.0 */
/* Smart Turn v3.2 (pipecat-ai): from the sound alone, is the speaker done? */
#ifndef SR_VAD_SMART_TURN_H
#define SR_VAD_SMART_TURN_H

#include "model/paths.h"

struct sr_ort;
struct sr_smart_turn_model; /* weights, shared [any] */
struct sr_smart_turn;       /* buffers of one stream */

/** The caller owns `*out`. `ort` outlives it. SARAI_EMODEL names the missing file and the command that gets it. [init]
 */
int sr_smart_turn_load(const struct sr_model_opts *models, struct sr_ort *ort, struct sr_smart_turn_model **out,
                       struct sarai_error *error);
void sr_smart_turn_unload(struct sr_smart_turn_model *model);
/** The caller owns `*out`, which the model outlives. [init] */
int sr_smart_turn_open(struct sr_smart_turn_model *model, struct sr_smart_turn **out, struct sarai_error *error);
void sr_smart_turn_close(struct sr_smart_turn *st);

/** Probability (0 to 1) that the turn is over at the end of `samples` (16 kHz mono, -1 to 1, borrowed): the turn so far
 *  with its pause. Only the last 8 s count. Keeps nothing from call to call. [stage:vad] */
int sr_smart_turn_judge(struct sr_smart_turn *st, const float *samples, size_t count, float *probability);

#endif
