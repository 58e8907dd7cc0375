/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as an array of NumPy: refused with a reason, or as many numbers as its shape tells. */
#include "omni/npy.h"

#include "fuzz/fuzz.h"

const unsigned fuzz_rounds = 20000;

#define HEADER(shape) "{'descr': '<f4', 'fortran_order': False, 'shape': (" shape "), }\n"

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_SEED("one number", "\x93NUMPY\1\0\x3c\0" HEADER("1,   ") "\0\0\x80?"),
    FUZZ_SEED("two by one", "\x93NUMPY\2\0\x3c\0\0\0" HEADER("2, 1,") "\0\0\x80?\0\0\0\0"),
    FUZZ_SEED("a shape that overflows", "\x93NUMPY\1\0\x48\0" HEADER("4294967297, 65537") "\0\0\x80?"),
    FUZZ_SEED("a header longer than the file", "\x93NUMPY\2\0\xff\xff\xff\xff"), FUZZ_SEEDS_END};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct sr_omni_tensor tensor;
    struct sarai_error error = {.text = ""};
    float *values = NULL;
    const int rc = sr_npy_read(fuzz_file(data, size), &values, &tensor, &error);
    FUZZ_CHECK(rc == SARAI_OK || (rc == SARAI_EINPUT && error.text[0] != '\0' && !values));
    if (rc == SARAI_OK) {
        float sum = 0;
        for (size_t i = 0, count = sr_omni_count(&tensor); i < count; i++)
            sum += values[i];
        volatile float sink = sum; /* so that every number is read */
        (void)sink;
        FUZZ_CHECK(sr_omni_count(&tensor) > 0);
    }
    free(values);
    return 0;
}
