/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Words of Spanish by their sound. A recognizer that never saw a word writes what it hears: "bolcan", "ocuren". The
 * letters differ and the sound is that of a word that the engine's own tables use: then that word was said. A word that
 * stands in the tables is left as it is, and so is a name (a capital inside of a sentence).
 *
 * The list of most Spanish words (text/word_list_es.h) says what else is a word and stays, and is asked for one that
 * the tables know nothing of: "esvelta" is not in it, "esbelta" is, and nothing else in it sounds like that. Its words
 * have no accents, so the one that was heard stays on its sound.
 */
#ifndef SR_STT_HOMOPHONES_H
#define SR_STT_HOMOPHONES_H

#include "base/str.h"
#include "model/model_opts.h"

struct sr_homophones;

/** Reads every word of the tables of a language ("es") and opens its list of words, if there is one; `*out`, which the
 *  caller owns, stays NULL for a language whose spelling is not known here. [init] */
int sr_homophones_new(const char *language, const struct sr_model_opts *models, struct sr_homophones **out,
                      struct sarai_error *error);
/** The same of `count` texts and of the list at the path `list`; NULL, or one that can't be opened: without it. [init]
 */
int sr_homophones_of(const char *const *texts, size_t count, const char *list, struct sr_homophones **out);
void sr_homophones_free(struct sr_homophones *homophones);

/** Appends `text` as it is spelled to `out`; true when a word changed. `homophones` may be NULL. [any] */
bool sr_homophones_spell(const struct sr_homophones *homophones, const char *text, struct sr_str *out);

#endif
