/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The router's file, little-endian: "SARAIRTR", the version, the sizes, the record, the mean point, both temperatures,
 * the intents (kind, length, name), then the kinds' net, its adapter and the intents' net, each row of weights as a
 * scale and as many signed bytes as it is wide. A checksum (FNV-1a, 64 bits) of all before it ends the file. The
 * adapter is added to the net as it is read.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "brain/router.h"

#include "base/hash.h"

#define MAGIC "SARAIRTR"
#define MAGIC_BYTES 8
#define MAX_BYTES (8u << 20)
#define SIZES 7

/* ------------------------------------------------------------------------------------------------------- reading -- */

struct reader {
    const unsigned char *at, *end;
    bool short_of; /* it asked for more than there is */
};

static const unsigned char *take(struct reader *r, size_t len) {
    const unsigned char *at = r->at;
    if ((size_t)(r->end - r->at) < len) {
        r->short_of = true;
        return NULL;
    }
    r->at += len;
    return at;
}

static uint32_t take_u32(struct reader *r) {
    const unsigned char *p = take(r, 4);
    return p ? (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24 : 0;
}

static float take_f32(struct reader *r) {
    const uint32_t bits = take_u32(r);
    float value;
    memcpy(&value, &bits, sizeof value);
    r->short_of = r->short_of || !isfinite(value);
    return value;
}

static void take_rows(struct reader *r, float *weights, size_t rows, size_t width) {
    for (size_t i = 0; i < rows && !r->short_of; i++) {
        const float scale = take_f32(r);
        const unsigned char *row = take(r, width);
        for (size_t k = 0; row && k < width; k++)
            weights[i * width + k] = scale * (float)(signed char)row[k];
    }
}

static void take_net(struct reader *r, struct sr_net *net) {
    take_rows(r, net->first, net->dense + net->sparse + 1, net->hidden);
    take_rows(r, net->second, net->hidden + 1, net->outputs);
}

static int take_adapter(struct reader *r, struct sr_net *net) {
    struct sr_adapter adapter;
    const int status = sr_adapter_init(&adapter, net);
    if (status < 0)
        return status;
    take_rows(r, adapter.first_down, net->dense + net->sparse, SR_ADAPTER_RANK);
    take_rows(r, adapter.first_up, SR_ADAPTER_RANK, net->hidden);
    take_rows(r, adapter.second_down, net->hidden, SR_ADAPTER_RANK);
    take_rows(r, adapter.second_up, SR_ADAPTER_RANK, net->outputs);
    sr_net_merge(net, &adapter);
    sr_adapter_deinit(&adapter);
    return SARAI_OK;
}

static void take_names(struct reader *r, struct sr_router *router, size_t count) {
    for (size_t i = 0; i < count && !r->short_of; i++) {
        const unsigned char *head = take(r, 2);
        const unsigned char *name = head ? take(r, head[1]) : NULL;
        if (!name || head[0] > SR_SPEECH_SKILL || !head[1] || head[1] >= SR_ROUTER_NAME) {
            r->short_of = true;
            return;
        }
        router->names[i].kind = (enum sr_speech)head[0];
        memcpy(router->names[i].name, name, head[1]);
    }
}

static void take_record(struct reader *r, struct sr_router_record *record) {
    uint32_t *const fields[] = {&record->examples,     &record->right, &record->skills,
                                &record->skills_right, &record->open,  &record->open_swallowed};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        *fields[i] = take_u32(r);
}

/* Dense and sparse inputs, rank, kinds are what the program was made for; the hidden layers and intents are free. */
static int take_all(struct reader *r, struct sr_router *router) {
    uint32_t size[SIZES];
    for (int i = 0; i < SIZES; i++)
        size[i] = take_u32(r);
    if (r->short_of || size[0] != SR_ROUTER_DENSE || size[1] != SR_ROUTER_WORDS || size[2] != SR_ADAPTER_RANK ||
        size[3] != SR_SPEECH_KINDS || !size[6] || size[6] > SR_ROUTER_INTENTS)
        return SARAI_EINPUT;
    int status = sr_net_init(&router->kinds, size[0], size[1], size[4], size[3]);
    if (status >= 0)
        status = sr_net_init(&router->intents, size[0], size[1], size[5], size[6]);
    if (status < 0)
        return status == SARAI_EUSAGE ? SARAI_EINPUT : status;
    router->names = calloc(size[6], sizeof *router->names);
    if (!router->names)
        return SARAI_ENOMEM;
    take_record(r, &router->record);
    for (size_t i = 0; i < SR_EMBED_SIZE; i++)
        router->mean[i] = take_f32(r);
    router->temperature = take_f32(r);
    router->intent_temperature = take_f32(r);
    take_names(r, router, size[6]);
    take_net(r, &router->kinds);
    if ((status = take_adapter(r, &router->kinds)) < 0)
        return status;
    take_net(r, &router->intents);
    return r->short_of || r->at != r->end || !(router->temperature > 0) || !(router->intent_temperature > 0)
               ? SARAI_EINPUT
               : SARAI_OK;
}

/* Checks what stands around the weights, then reads them. */
static int read_router(const char *path, const unsigned char *data, size_t len, struct sr_router *router,
                       struct sarai_error *error) {
    struct reader r = {.at = data, .end = data + len}, tail = {.at = data + (len > 8 ? len - 8 : 0), .end = data + len};
    const unsigned char *magic = take(&r, MAGIC_BYTES);
    const uint32_t version = take_u32(&r);
    if (r.short_of || memcmp(magic, MAGIC, MAGIC_BYTES) != 0)
        return sr_error(error, SARAI_EINPUT, path, "is no router; make one with: sarai learn train router");
    if (version != SR_ROUTER_VERSION)
        return sr_error(error, SARAI_EINPUT, path, "is of version %u instead of %d; run: sarai learn train router",
                        (unsigned)version, SR_ROUTER_VERSION);
    const uint64_t low = take_u32(&tail), sum = low | (uint64_t)take_u32(&tail) << 32;
    r.end = data + len - 8;
    const bool whole = len >= MAGIC_BYTES + 12 && sum == sr_hash_bytes(SR_HASH_BEGIN, data, len - 8);
    const int status = whole ? take_all(&r, router) : SARAI_EINPUT;
    if (status == SARAI_EINPUT)
        return sr_error(error, status, path, "is damaged; make it anew with: sarai learn train router");
    return status < 0 ? sr_error(error, status, path, "out of memory") : SARAI_OK;
}

int sr_router_load(const char *path, struct sr_router **out, struct sarai_error *error) {
    char *text = NULL;
    size_t len = 0;
    int status = sr_read_file(path, MAX_BYTES, &text, &len, error);
    if (status < 0)
        return status;
    struct sr_router *router = calloc(1, sizeof *router);
    status = router ? read_router(path, (const unsigned char *)text, len, router, error)
                    : sr_error(error, SARAI_ENOMEM, path, "out of memory");
    free(text);
    if (status < 0)
        sr_router_free(router);
    else
        *out = router;
    return status;
}

void sr_router_free(struct sr_router *router) {
    if (!router)
        return;
    sr_net_deinit(&router->kinds);
    sr_net_deinit(&router->intents);
    free(router->names);
    free(router);
}

/* ------------------------------------------------------------------------------------------------------- writing -- */

static void put_u32(struct sr_str *out, uint32_t value) {
    const char bytes[4] = {(char)(value & 0xFF), (char)(value >> 8 & 0xFF), (char)(value >> 16 & 0xFF),
                           (char)(value >> 24 & 0xFF)};
    sr_str_add(out, bytes, 4);
}

static void put_f32(struct sr_str *out, float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    put_u32(out, bits);
}

static void put_rows(struct sr_str *out, const float *weights, size_t rows, size_t width) {
    for (size_t i = 0; i < rows; i++) {
        float most = 0;
        for (size_t k = 0; k < width; k++)
            most = fmaxf(most, fabsf(weights[i * width + k]));
        const float scale = most / 127;
        put_f32(out, scale);
        for (size_t k = 0; k < width; k++)
            sr_str_addc(out, (char)(scale > 0 ? (int)lrintf(weights[i * width + k] / scale) : 0));
    }
}

static void put_net(struct sr_str *out, const struct sr_net *net) {
    put_rows(out, net->first, net->dense + net->sparse + 1, net->hidden);
    put_rows(out, net->second, net->hidden + 1, net->outputs);
}

static void put_adapter(struct sr_str *out, const struct sr_adapter *adapter, const struct sr_net *net) {
    put_rows(out, adapter->first_down, net->dense + net->sparse, SR_ADAPTER_RANK);
    put_rows(out, adapter->first_up, SR_ADAPTER_RANK, net->hidden);
    put_rows(out, adapter->second_down, net->hidden, SR_ADAPTER_RANK);
    put_rows(out, adapter->second_up, SR_ADAPTER_RANK, net->outputs);
}

static void put_head(struct sr_str *out, const struct sr_router *router) {
    const struct sr_router_record *record = &router->record;
    const uint32_t numbers[] = {SR_ROUTER_VERSION,
                                SR_ROUTER_DENSE,
                                SR_ROUTER_WORDS,
                                SR_ADAPTER_RANK,
                                SR_SPEECH_KINDS,
                                (uint32_t)router->kinds.hidden,
                                (uint32_t)router->intents.hidden,
                                (uint32_t)router->intents.outputs,
                                record->examples,
                                record->right,
                                record->skills,
                                record->skills_right,
                                record->open,
                                record->open_swallowed};
    sr_str_add(out, MAGIC, MAGIC_BYTES);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        put_u32(out, numbers[i]);
    for (size_t i = 0; i < SR_EMBED_SIZE; i++)
        put_f32(out, router->mean[i]);
    put_f32(out, router->temperature);
    put_f32(out, router->intent_temperature);
    for (size_t i = 0; i < router->intents.outputs; i++) {
        const size_t len = strlen(router->names[i].name);
        sr_str_addc(out, (char)router->names[i].kind);
        sr_str_addc(out, (char)len);
        sr_str_add(out, router->names[i].name, len);
    }
}

static int write_file(const char *path, const struct sr_str *out, struct sarai_error *error) {
    char *part = sr_asprintf("%s.part", path);
    FILE *file = part ? fopen(part, "wb") : NULL;
    bool failed = !file || fwrite(out->data, 1, out->len, file) != out->len;
    failed = (file && fclose(file) != 0) || failed;
    failed = failed || rename(part, path) != 0;
    const int status = failed ? sr_error_errno(error, SARAI_EIO, path, "can't be written") : SARAI_OK;
    if (failed && file)
        unlink(part);
    free(part);
    return status;
}

int sr_router_save(const struct sr_router *router, const struct sr_adapter *adapter, const char *path,
                   struct sarai_error *error) {
    struct sr_str out = {0};
    put_head(&out, router);
    put_net(&out, &router->kinds);
    put_adapter(&out, adapter, &router->kinds);
    put_net(&out, &router->intents);
    if (!out.failed) {
        const uint64_t sum = sr_hash_bytes(SR_HASH_BEGIN, (const unsigned char *)out.data, out.len);
        put_u32(&out, (uint32_t)sum);
        put_u32(&out, (uint32_t)(sum >> 32));
    }
    const int status =
        out.failed ? sr_error(error, SARAI_ENOMEM, path, "out of memory") : write_file(path, &out, error);
    sr_str_deinit(&out);
    return status;
}
