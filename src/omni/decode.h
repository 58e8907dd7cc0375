/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SR_OMNI_DECODE_H
#define SR_OMNI_DECODE_H

#include "omni/contract.h"

/** The best token of each of `count` rows of SR_OMNI_LOGITS logits, the first of equals; NaN is never the best. */
void sr_omni_decode(const float *logits, size_t count, int64_t *tokens);

#endif
