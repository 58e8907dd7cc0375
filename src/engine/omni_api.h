/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SR_ENGINE_OMNI_API_H
#define SR_ENGINE_OMNI_API_H

#include "engine/engine.h"
#include "omni/omni.h"

/** What a pipeline of this configuration hangs from; borrows all three. */
void sr_omni_home_of(const struct sarai_config *config, struct sr_ort *ort, struct sr_clock *clock,
                     struct sr_omni_home *out);

#endif
