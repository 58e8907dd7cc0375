/* SPDX-License-Identifier: Apache-2.0 */
/* How each class of written English is read: cardinals, ordinals, decimals, years, dates, times, money, measures. */
#ifndef SR_TEXT_NORMALIZE_EN_H
#define SR_TEXT_NORMALIZE_EN_H

#include "text/reading.h"

/** All of them; of those that understand the same length the first wins; NULL at the end. [any] */
extern sr_reader *const sr_en_readers[];

#endif
