/* SPDX-License-Identifier: Apache-2.0 */
/* NumPy's array files, little-endian float32 in C order only. */
#ifndef SR_OMNI_NPY_H
#define SR_OMNI_NPY_H

#include "omni/contract.h"

/** Reads a file of 1 to 3 dimensions. `*values` is malloc'd for the caller, and what out->data points to. SARAI_EINPUT
 *  with the reason. [any] */
int sr_npy_read(const char *path, float **values, struct sr_omni_tensor *out, struct sarai_error *error);
/** Writes under a temporary name beside it, then renames. [any] */
int sr_npy_write(const char *path, const struct sr_omni_tensor *tensor, struct sarai_error *error);

#endif
