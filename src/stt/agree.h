/* SPDX-License-Identifier: Apache-2.0 */
/* What of a text that is still growing may be shown: LocalAgreement-2 (Liu, Spanakis and Niehues 2020, "Low-latency
 * sequence-to-sequence speech recognition and translation by partial hypothesis selection"). */
#ifndef SR_STT_AGREE_H
#define SR_STT_AGREE_H

#include <stddef.h>

/** How many bytes of `now` hold the words with which both texts begin, case, accents and punctuation aside; never the
 *  space behind them, and 0 without memory. [any] */
size_t sr_agree(const char *before, const char *now);

#endif
