/* SPDX-License-Identifier: Apache-2.0 */
/* Models that are not as they should be. */
#ifndef SR_TESTS_BROKEN_H
#define SR_TESTS_BROKEN_H

#include <sys/types.h>

/** A copy of the folder's talker, its model cut to `bytes` when that is not 0, its data file of `data_bytes` (all
 *  zeros, named cut_____b_audio.onnx.data) when that is not 0. */
void test_cut_talker(const char *folder, const char *name, size_t bytes, off_t data_bytes);
/** An encoder of the right shapes that can't do with sounds of a length that is no multiple of 80. */
void test_brittle_encoder(const char *folder, const char *name);

#endif
