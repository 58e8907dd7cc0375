/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Most words of Spanish, with their inflections and without accents: the model es-words, made by tools/fetch. The file
 * has one folded word a line (base/utf8.h, letters a to z and ñ), sorted by bytes. It is read where it lies, through
 * the page cache: opening costs nothing, and there is no index.
 *
 * A word is found by its sound in a descent through the lines, letter by letter: those that begin alike stand together,
 * and a beginning that cannot have the sound (sr_sound_es_begins) ends the way. A damaged file answers wrongly, and
 * does no more harm than that.
 */
#ifndef SR_TEXT_WORD_LIST_ES_H
#define SR_TEXT_WORD_LIST_ES_H

#include "base/status.h"

#define SR_WORD_LIST_MAX 63 /* bytes of a word */

struct sr_word_list_es; /* immutable; shared [any] */

/** Maps the file; SARAI_EMODEL when it is not there, SARAI_EINPUT when it is no such list. The caller closes `*out`.
 *  [init] */
int sr_word_list_es_open(const char *path, struct sr_word_list_es **out, struct sarai_error *error);
/** Accepts NULL. */
void sr_word_list_es_close(struct sr_word_list_es *list);

/** Is this folded word in the list? Allocates nothing. [any] */
bool sr_word_list_es_has(const struct sr_word_list_es *list, const char *folded);
/** How many words have this sound, of sr_sound_es with the same `loose`: 0, 1, or 2 for more; `out` is the first of
 *  them. Allocates nothing. [any] */
int sr_word_list_es_sounding(const struct sr_word_list_es *list, const char *sound, bool loose,
                             char out[SR_WORD_LIST_MAX + 1]);

#endif
