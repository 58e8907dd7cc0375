/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The table of all models, data/models.tsv: one line a file, the first line names the columns
 *
 *     model  part  file  bytes  sha256  license  default  packages  upstream  about
 *
 * `file` is the path in the models folder, `default` is yes or no. Empty lines and lines that begin with # are skipped.
 */
#ifndef SR_MODEL_MANIFEST_H
#define SR_MODEL_MANIFEST_H

#include "model/paths.h"

struct sr_manifest_row {
    const char *model, *part, *file, *sha256, *license, *packages, *upstream, *about; /* inside the manifest's text */
    uint64_t bytes;
    bool by_default;
};

struct sr_manifest {
    char *text;
    struct sr_manifest_row *rows;
    size_t count;
};

#define SR_SHA256_HEX 65

/** Reads and checks the table; SARAI_EINPUT names the bad line. The caller owns `*out`. [any] */
int sr_manifest_load(const char *path, struct sr_manifest **out, struct sarai_error *error);
void sr_manifest_free(struct sr_manifest *manifest);
/** SARAI_OK when `model` (NULL: any) is in the table; otherwise SARAI_EUSAGE with the nearest name in `error`. [any] */
int sr_manifest_check_name(const struct sr_manifest *manifest, const char *model, struct sarai_error *error);

/** The sha256 of a file as 64 lower-case hexadecimal digits. [any] */
int sr_sha256_file(const char *path, char out[SR_SHA256_HEX], struct sarai_error *error);

#endif
