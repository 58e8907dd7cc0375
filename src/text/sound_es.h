/* SPDX-License-Identifier: Apache-2.0 */
/* How a Spanish word sounds, for words that are spelled otherwise and sound the same. No phonetic transcription. */
#ifndef SR_TEXT_SOUND_ES_H
#define SR_TEXT_SOUND_ES_H

#include "base/str.h"

/** Appends the sounds of a folded word (base/utf8.h), a byte each but for ñ: b for v, k for c and qu, j for g before e
 *  and i, y for ll, no h. `loose`: r for rr and s for z, too, which tells few long words apart. [any] */
void sr_sound_es(const char *folded, bool loose, struct sr_str *out);

/** How many sounds the first `len` bytes of a folded word have in it. [any] */
size_t sr_sound_es_count(const char *folded, size_t len, bool loose);
/** Is this the sound of a folded word? [any] */
bool sr_sound_es_is(const char *folded, bool loose, const char *sound);
/** Can a word that begins with these folded letters have this sound? What a letter sounds like may hang on up to two
 *  letters behind it. [any] */
bool sr_sound_es_begins(const char *letters, bool loose, const char *sound);

#define SR_SOUND_FAR 3
/** Sounds in which a name differs from what was heard, SR_SOUND_FAR when too many to be it. One may be another in a
 *  long name, two if all its consonants are there, for vowels are misheard first; b, d, g, j and y between vowels may
 *  be others or none ("padella"); "y" ("Ineptuno") or two sounds ("deportugal") may hang on in front. Both are loose
 *  sounds. [any] */
unsigned sr_sound_es_apart(const char *name, const char *heard);

#endif
