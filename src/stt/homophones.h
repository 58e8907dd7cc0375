/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Words of Spanish by their sound. A recognizer that never saw a word writes what it hears: "bolcan", "ocuren". The
 * letters differ and the sound is that of a word that the engine's own tables use: then that word was said. A word that
 * stands in the tables is left as it is, and so is a name (a capital inside of a sentence).
 */
#ifndef SR_STT_HOMOPHONES_H
#define SR_STT_HOMOPHONES_H

#include "base/str.h"
#include "model/model_opts.h"

struct sr_homophones;

/** Reads every word of the tables of a language ("es"); `*out`, which the caller owns, stays NULL for a language whose
 *  spelling is not known here. [init] */
int sr_homophones_new(const char *language, const struct sr_model_opts *models, struct sr_homophones **out,
                      struct sarai_error *error);
/** The same of texts. `count` of them, borrowed for the call. [init] */
int sr_homophones_of(const char *const *texts, size_t count, struct sr_homophones **out);
void sr_homophones_free(struct sr_homophones *homophones);

/** Appends `text` as it is spelled to `out`; true when a word changed. `homophones` may be NULL. [any] */
bool sr_homophones_spell(const struct sr_homophones *homophones, const char *text, struct sr_str *out);

#endif
