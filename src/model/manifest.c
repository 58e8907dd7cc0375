/* SPDX-License-Identifier: Apache-2.0 */
#include "model/manifest.h"

#include <openssl/evp.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_BYTES (1u << 20)

enum column { MODEL, PART, FILE_PATH, BYTES, SHA256, LICENSE, DEFAULT, PACKAGES, UPSTREAM, ABOUT, COLUMNS };

static const char *const column_names[COLUMNS] = {"model",   "part",    "file",     "bytes",    "sha256",
                                                  "license", "default", "packages", "upstream", "about"};

/* Cuts `line` at its tabs, in place. False when it has another number of columns. */
static bool cut(char *line, const char *columns[COLUMNS]) {
    size_t count = 0;
    for (char *p = line; p != NULL; count++) {
        char *tab = strchr(p, '\t');
        if (tab != NULL)
            *tab++ = '\0';
        if (count == COLUMNS)
            return false;
        columns[count] = p;
        p = tab;
    }
    return count == COLUMNS;
}

static bool is_hex256(const char *text) {
    return strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}

/* A path that stays inside the models folder. */
static bool is_inside(const char *file) {
    return file[0] != '\0' && file[0] != '/' && strstr(file, "..") == NULL;
}

static bool parse_bytes(const char *text, uint64_t *out) {
    if (text[0] == '\0' || strlen(text) > 18 || strspn(text, "0123456789") != strlen(text))
        return false;
    *out = strtoull(text, NULL, 10);
    return *out > 0;
}

static int read_row(const char *const columns[COLUMNS], const char *where, struct sr_manifest_row *row,
                    struct sarai_error *error) {
    *row = (struct sr_manifest_row){columns[MODEL],   columns[PART],     columns[FILE_PATH], columns[SHA256],
                                    columns[LICENSE], columns[PACKAGES], columns[UPSTREAM],  columns[ABOUT]};
    row->by_default = strcmp(columns[DEFAULT], "yes") == 0;
    if (row->model[0] == '\0')
        return sr_error(error, SARAI_EINPUT, where, "the model has no name");
    if (!is_inside(row->file))
        return sr_error(error, SARAI_EINPUT, where, "file must be a path inside the models folder, not '%s'",
                        row->file);
    if (!parse_bytes(columns[BYTES], &row->bytes))
        return sr_error(error, SARAI_EINPUT, where, "bytes must be a whole number above 0, not '%s'", columns[BYTES]);
    if (!is_hex256(row->sha256))
        return sr_error(error, SARAI_EINPUT, where, "sha256 must be 64 lower-case hexadecimal digits, not '%s'",
                        row->sha256);
    if (!row->by_default && strcmp(columns[DEFAULT], "no") != 0)
        return sr_error(error, SARAI_EINPUT, where, "default must be yes or no, not '%s'", columns[DEFAULT]);
    return SARAI_OK;
}

static int check_header(const char *const columns[COLUMNS], const char *where, struct sarai_error *error) {
    for (size_t i = 0; i < COLUMNS; i++) {
        if (strcmp(columns[i], column_names[i]) != 0)
            return sr_error(error, SARAI_EINPUT, where, "column %zu must be '%s', not '%s'", i + 1, column_names[i],
                            columns[i]);
    }
    return SARAI_OK;
}

/* Cuts the text into rows; `rows` has room for as many as the text has lines. */
static int parse(struct sr_manifest *manifest, const char *path, struct sarai_error *error) {
    bool header = true;
    unsigned number = 0;
    for (char *line = manifest->text, *next; line != NULL; line = next) {
        next = strchr(line, '\n');
        if (next != NULL)
            *next++ = '\0';
        char where[sizeof error->where];
        snprintf(where, sizeof where, "%s:%u", path, ++number);
        if (line[0] == '\0' || line[0] == '#')
            continue;
        const char *columns[COLUMNS];
        if (!cut(line, columns))
            return sr_error(error, SARAI_EINPUT, where, "a line must have %d columns separated by tabs", COLUMNS);
        int rc = header ? check_header(columns, where, error)
                        : read_row(columns, where, &manifest->rows[manifest->count], error);
        if (rc < 0)
            return rc;
        manifest->count += !header;
        header = false;
    }
    return SARAI_OK;
}

static size_t count_lines(const char *text) {
    size_t count = 1;
    for (const char *p = text; (p = strchr(p, '\n')) != NULL; p++)
        count++;
    return count;
}

int sr_manifest_load(const char *path, struct sr_manifest **out, struct sarai_error *error) {
    struct sr_manifest *manifest = calloc(1, sizeof *manifest);
    if (manifest == NULL)
        return sr_error(error, SARAI_ENOMEM, path, "out of memory");
    size_t len = 0;
    int rc = sr_read_file(path, MAX_BYTES, &manifest->text, &len, error);
    if (rc < 0)
        goto out;
    if (memchr(manifest->text, '\0', len) != NULL) {
        rc = sr_error(error, SARAI_EINPUT, path, "this is not a text file");
        goto out;
    }
    manifest->rows = calloc(count_lines(manifest->text), sizeof *manifest->rows);
    rc = manifest->rows == NULL ? sr_error(error, SARAI_ENOMEM, path, "out of memory") : parse(manifest, path, error);
out:
    if (rc < 0)
        sr_manifest_free(manifest);
    else
        *out = manifest;
    return rc < 0 ? rc : SARAI_OK;
}

void sr_manifest_free(struct sr_manifest *manifest) {
    if (manifest == NULL)
        return;
    free(manifest->rows);
    free(manifest->text);
    free(manifest);
}

int sr_manifest_check_name(const struct sr_manifest *manifest, const char *model, struct sarai_error *error) {
    if (model == NULL)
        return SARAI_OK;
    struct sr_nearest nearest = {.wanted = model};
    for (size_t i = 0; i < manifest->count; i++) {
        if (strcmp(manifest->rows[i].model, model) == 0)
            return SARAI_OK;
        sr_nearest_offer(&nearest, manifest->rows[i].model);
    }
    if (nearest.name[0] != '\0')
        return sr_error(error, SARAI_EUSAGE, model, "there is no model of that name; did you mean '%s'?", nearest.name);
    return sr_error(error, SARAI_EUSAGE, model, "there is no model of that name; run: sarai models list");
}

int sr_sha256_file(const char *path, char out[SR_SHA256_HEX], struct sarai_error *error) {
    enum { BLOCK = 1 << 18 };
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned digest_len = 0;
    int rc = SARAI_OK;
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    unsigned char *block = malloc(BLOCK);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        rc = sr_error_errno(error, SARAI_EIO, path, "can't be opened");
        goto out;
    }
    if (block == NULL || hash == NULL || EVP_DigestInit_ex(hash, EVP_sha256(), NULL) != 1) {
        rc = sr_error(error, SARAI_ENOMEM, path, "out of memory");
        goto out;
    }
    for (size_t got; (got = fread(block, 1, BLOCK, file)) > 0;)
        EVP_DigestUpdate(hash, block, got);
    if (ferror(file)) {
        rc = sr_error_errno(error, SARAI_EIO, path, "can't be read");
        goto out;
    }
    EVP_DigestFinal_ex(hash, digest, &digest_len);
    for (unsigned i = 0; i < digest_len; i++)
        snprintf(out + 2 * i, 3, "%02x", digest[i]);
out:
    if (file != NULL)
        fclose(file);
    free(block);
    EVP_MD_CTX_free(hash);
    return rc;
}
