/* SPDX-License-Identifier: Apache-2.0 */
#include "omni/npy.h"

#include "base/str.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAGIC "\x93NUMPY"
#define MAGIC_LEN 6
#define MOST_BYTES ((size_t)1 << 32)
#define PREFIX 10 /* magic, version 1.0, length of the header */
#define ALIGNMENT 64

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "arrays are written as they lie in memory");

static int refuse(const char *path, const char *why, struct sarai_error *error) {
    return sr_error(error, SARAI_EINPUT, path, "%s", why);
}

/* The value after 'key': of the header, or NULL. */
static const char *find(const char *header, const char *key) {
    const char *at = strstr(header, key);
    if (!at)
        return NULL;
    at += strlen(key);
    at += strspn(at, " ");
    if (*at != ':')
        return NULL;
    at++;
    return at + strspn(at, " ");
}

static bool read_shape(const char *at, struct sr_omni_tensor *out) {
    if (*at++ != '(')
        return false;
    for (out->rank = 0; out->rank < SR_OMNI_RANK;) {
        at += strspn(at, " ,");
        if (*at == ')')
            break;
        char *end;
        const long long dim = *at >= '0' && *at <= '9' ? strtoll(at, &end, 10) : -1;
        if (dim < 0)
            return false;
        out->shape[out->rank++] = dim;
        at = end;
    }
    at += strspn(at, " ,");
    return *at == ')' && out->rank > 0;
}

static int read_header(const char *path, const char *header, struct sr_omni_tensor *out, struct sarai_error *error) {
    const char *type = find(header, "'descr'"), *order = find(header, "'fortran_order'"),
               *shape = find(header, "'shape'");
    *out = (struct sr_omni_tensor){.data = NULL};
    if (!type || !order || !shape)
        return refuse(path, "its header is broken", error);
    if (strncmp(type, "'<f4'", 5) != 0)
        return refuse(path, "must hold float32 numbers (numpy: astype('<f4'))", error);
    if (strncmp(order, "False", 5) != 0)
        return refuse(path, "must be in C order (numpy: ascontiguousarray)", error);
    if (!read_shape(shape, out) || sr_omni_count(out) == 0)
        return refuse(path, "must have one to three dimensions that are not empty", error);
    return SARAI_OK;
}

int sr_npy_read(const char *path, float **values, struct sr_omni_tensor *out, struct sarai_error *error) {
    char *bytes = NULL, *header = NULL;
    size_t len = 0;
    int rc = sr_read_file(path, MOST_BYTES, &bytes, &len, error);
    if (rc < 0)
        return rc;
    if (len < PREFIX + 2 || memcmp(bytes, MAGIC, MAGIC_LEN) != 0) {
        rc = refuse(path, "is no .npy file", error);
        goto out;
    }
    const uint8_t *u = (const uint8_t *)bytes;
    const bool wide = u[6] >= 2; /* versions 2 and 3: four bytes of length */
    const size_t start = wide ? PREFIX + 2 : PREFIX;
    const size_t header_len =
        wide ? u[8] | (size_t)u[9] << 8 | (size_t)u[10] << 16 | (size_t)u[11] << 24 : u[8] | (size_t)u[9] << 8;
    if (header_len > len - start) {
        rc = refuse(path, "is cut off", error);
        goto out;
    }
    if (!(header = sr_strndup(bytes + start, header_len))) {
        rc = sr_error(error, SARAI_ENOMEM, path, "out of memory");
        goto out;
    }
    if ((rc = read_header(path, header, out, error)) < 0)
        goto out;
    const size_t wanted = sr_omni_count(out) * sizeof(float), have = len - start - header_len;
    if (have != wanted) {
        rc = sr_error(error, SARAI_EINPUT, path, "holds %zu bytes of numbers, its header tells %zu", have, wanted);
        goto out;
    }
    memmove(bytes, bytes + start + header_len, wanted); /* to where malloc aligned it */
    *values = (float *)(void *)bytes;
    out->data = bytes;
    bytes = NULL;
out:
    free(header);
    free(bytes);
    return rc;
}

/* "{'descr': '<f4', ...}" padded so that the numbers begin at a multiple of 64. */
static void put_header(struct sr_str *out, const struct sr_omni_tensor *tensor) {
    sr_str_add(out, MAGIC "\x01\x00\x00", PREFIX);
    sr_str_adds(out, "{'descr': '<f4', 'fortran_order': False, 'shape': (");
    for (int i = 0; i < tensor->rank; i++)
        sr_str_addf(out, "%lld, ", (long long)tensor->shape[i]);
    sr_str_adds(out, "), }");
    while ((out->len + 1) % ALIGNMENT && !out->failed)
        sr_str_addc(out, ' ');
    sr_str_addc(out, '\n');
    if (!out->failed)
        out->data[8] = (char)(out->len - PREFIX); /* it is shorter than 256 */
}

int sr_npy_write(const char *path, const struct sr_omni_tensor *tensor, struct sarai_error *error) {
    struct sr_str header = {0};
    const size_t bytes = sr_omni_count(tensor) * sizeof(float);
    char *part = sr_asprintf("%s.part", path);
    put_header(&header, tensor);
    int rc = SARAI_OK;
    FILE *file = NULL;
    if (header.failed || !part) {
        rc = sr_error(error, SARAI_ENOMEM, path, "out of memory");
        goto out;
    }
    file = fopen(part, "wb");
    bool good =
        file && fwrite(header.data, 1, header.len, file) == header.len && fwrite(tensor->data, 1, bytes, file) == bytes;
    if (file && fclose(file) != 0)
        good = false;
    good = good && rename(part, path) == 0;
    if (!good) {
        rc = sr_error_errno(error, SARAI_EIO, path, "can't be written");
        if (file)
            unlink(part);
    }
out:
    free(part);
    sr_str_deinit(&header);
    return rc;
}
