/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SR_OMNI_QUANTIZE_H
#define SR_OMNI_QUANTIZE_H

#include "base/status.h"

/** Writes an INT8 copy of an ONNX model into one file: each MatMul and Conv with a large float32 weight becomes its
 *  integer form, weights rounded per output channel, activations as they come (DynamicQuantizeLinear). Returns how many
 *  there were; SARAI_EINPUT when there is none, or the model is broken or older than opset 11. [any] */
int sr_omni_quantize_file(const char *in, const char *out, struct sarai_error *error);

#endif
