/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Spanish spelling to IPA by rule, in the signs that Kokoro was trained on: those of espeak-ng's voice "es", with its
 * allophones, its stress marks and its tie bars. Written from what that program says of words, not from its sources;
 * docs/decisions/0020-spanish-phonemes.md has how they compare.
 */
#ifndef SR_SPEECH_G2P_ES_H
#define SR_SPEECH_G2P_ES_H

#include "base/str.h"

struct sr_g2p_es; /* only read once made, so that any thread may use it */

/** `folder` holds phonemes.tsv and foreign.tsv (data/es). `seseo`: z and soft c as s, ll as y. The caller owns `*out`.
 *  [init] */
int sr_g2p_es_new(const char *folder, bool seseo, struct sr_g2p_es **out, struct sarai_error *error);
void sr_g2p_es_free(struct sr_g2p_es *g2p);
/** Appends the IPA of a text whose numbers are words already: words apart by one space, punctuation kept, whatever is
 *  no Latin letter left out. A text without one adds nothing. Takes time in proportion to the text. SARAI_ENOMEM leaves
 * a part of it. [any] */
int sr_g2p_es(const struct sr_g2p_es *g2p, const char *text, struct sr_str *out);

#endif
