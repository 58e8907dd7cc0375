/* SPDX-License-Identifier: Apache-2.0 */
/* Is what was understood what the machine itself had just said? */
#ifndef SR_BRAIN_OWN_WORDS_H
#define SR_BRAIN_OWN_WORDS_H

#include <stdbool.h>

/** True when `said` is a part of `spoken`, but for what a recognizer mishears: at most a quarter of its letters have to
 *  be changed. Less than three words are nobody's own: people repeat a name or a number to ask about it. False when
 *  out of memory. [any] */
bool sr_own_words(const char *said, const char *spoken);

#endif
