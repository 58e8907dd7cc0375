/* SPDX-License-Identifier: Apache-2.0 */
/* What a speech recognizer writes that nobody said: stage directions and endless repetition. */
#ifndef SR_STT_STT_TEXT_H
#define SR_STT_STT_TEXT_H

#include "base/str.h"

/** Appends `text` without its stage directions ("[Música]", "(risas)", "♪"), trimmed and with single spaces; nothing
 *  at all when no letter or digit is left. [any] */
void sr_stt_clean(const char *text, struct sr_str *out);

/** True when `text` ends in the same words twice (three words and more) or four times (any number), case and
 *  punctuation aside; `*keep` is then how many bytes reach to the end of their first occurrence. [any] */
bool sr_stt_repeats(const char *text, size_t *keep);

#endif
