/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What a draft looks like at its end, as named features: its last words, if they are in the lists, and their kinds
 * ("1=de", "k1=place"), the punctuation the recognizer wrote, its length, whether it is something the engine knows as a
 * whole. Training and use share this file, so a name means the same in both.
 */
#ifndef SR_TURN_TURN_TEXT_H
#define SR_TURN_TURN_TEXT_H

#include "base/str.h"
#include "model/paths.h"

struct sr_turn_text; /* word kinds and known utterances; immutable after load, shared [any] */

/** Reads turn_words.tsv (class, words) and the phrases of templates.tsv of a language. The caller owns `*out`. [init]
 */
int sr_turn_text_load(const struct sr_model_opts *models, const char *language, struct sr_turn_text **out,
                      struct sarai_error *error);
void sr_turn_text_free(struct sr_turn_text *text);

/** At most so many features, names and their NUL at most so long. */
#define SR_TURN_FEATURES 48
#define SR_TURN_NAME 48

/** Fills `names` with the features of `draft`, any bytes, borrowed; returns how many. A draft without a word has only
 *  "empty". No name holds a tab or a line end. [any] */
size_t sr_turn_text_features(const struct sr_turn_text *text, const char *draft,
                             char names[SR_TURN_FEATURES][SR_TURN_NAME]);

/** The part of `draft` whose meaning counts: its last sentence, or of a long one the last words. Points into `draft`.
 *  [any] */
const char *sr_turn_text_tail(const char *draft);

#endif
