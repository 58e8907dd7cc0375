/* SPDX-License-Identifier: Apache-2.0 */
/* Models of the exact tensor shapes of the real ones, with weights made up, the same ones every time. */
#ifndef SR_OMNI_FIXTURE_H
#define SR_OMNI_FIXTURE_H

#include "omni/contract.h"

/** Their names, which are those of the default configuration. */
extern const char *const sr_omni_fixture_names[SR_OMNI_KINDS];

/** Bytes of the talker's weights: 3584 x 896 + 896 + 896 x 8448 floats, in the file NAME.data. */
#define SR_OMNI_TALKER_BYTES 43126272

/** Writes the model of one component into a folder that exists. */
int sr_omni_fixture(const char *folder, enum sr_omni_kind kind, struct sarai_error *error);

#endif
