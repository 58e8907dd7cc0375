/* SPDX-License-Identifier: Apache-2.0 */
/* Speech for tests of what hears: the voice of the default stack says it, so no recording is needed. */
#ifndef SR_TESTS_VOICE_H
#define SR_TESTS_VOICE_H

#include "model/ort.h"

/** `text` in Spanish at 16 kHz between `pad_ms` of silence on both sides; malloc'd. Fails the test without the model.
 */
float *test_voice(struct sr_ort *ort, const char *text, int pad_ms, size_t *count);

#endif
