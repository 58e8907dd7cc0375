/* SPDX-License-Identifier: Apache-2.0 */
#include "omni/onnx.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define IR_VERSION 8
#define OPSET 17

enum attribute_type { ATTRIBUTE_INT = 2, ATTRIBUTE_TEXT = 3, ATTRIBUTE_INTS = 7 };

/* Each word of `words` as a field of `number`. */
static void put_words(struct sr_str *out, unsigned number, const char *words) {
    for (const char *p = words; *p != '\0';) {
        const size_t len = strcspn(p, " ");
        sr_wire_put_bytes(out, number, p, len);
        p += len + (p[len] == ' ');
    }
}

void sr_onnx_put_node(struct sr_str *graph, const char *op, const char *inputs, const char *outputs,
                      struct sr_str *attributes) {
    struct sr_str node = {0};
    put_words(&node, SR_NODE_INPUT, inputs);
    put_words(&node, SR_NODE_OUTPUT, outputs);
    sr_wire_put_text(&node, SR_NODE_OP, op);
    if (attributes) {
        sr_str_add(&node, attributes->len > 0 ? attributes->data : "", attributes->len);
        node.failed |= attributes->failed;
        sr_str_clear(attributes);
    }
    sr_wire_put_message(graph, SR_GRAPH_NODE, &node);
    sr_str_deinit(&node);
}

void sr_onnx_put_int(struct sr_str *attributes, const char *name, int64_t value) {
    struct sr_str inner = {0};
    sr_wire_put_text(&inner, SR_ATTRIBUTE_NAME, name);
    sr_wire_put_varint(&inner, SR_ATTRIBUTE_INT, (uint64_t)value);
    sr_wire_put_varint(&inner, SR_ATTRIBUTE_TYPE, ATTRIBUTE_INT);
    sr_wire_put_message(attributes, SR_NODE_ATTRIBUTE, &inner);
    sr_str_deinit(&inner);
}

void sr_onnx_put_ints(struct sr_str *attributes, const char *name, const int64_t *values, size_t count) {
    struct sr_str inner = {0};
    sr_wire_put_text(&inner, SR_ATTRIBUTE_NAME, name);
    for (size_t i = 0; i < count; i++)
        sr_wire_put_varint(&inner, SR_ATTRIBUTE_INTS, (uint64_t)values[i]);
    sr_wire_put_varint(&inner, SR_ATTRIBUTE_TYPE, ATTRIBUTE_INTS);
    sr_wire_put_message(attributes, SR_NODE_ATTRIBUTE, &inner);
    sr_str_deinit(&inner);
}

void sr_onnx_put_text(struct sr_str *attributes, const char *name, const char *value) {
    struct sr_str inner = {0};
    sr_wire_put_text(&inner, SR_ATTRIBUTE_NAME, name);
    sr_wire_put_text(&inner, SR_ATTRIBUTE_TEXT, value);
    sr_wire_put_varint(&inner, SR_ATTRIBUTE_TYPE, ATTRIBUTE_TEXT);
    sr_wire_put_message(attributes, SR_NODE_ATTRIBUTE, &inner);
    sr_str_deinit(&inner);
}

static void put_tensor_head(struct sr_str *tensor, const char *name, enum sr_onnx_type type, const int64_t *dims,
                            int rank) {
    for (int i = 0; i < rank; i++)
        sr_wire_put_varint(tensor, SR_TENSOR_DIM, (uint64_t)dims[i]);
    sr_wire_put_varint(tensor, SR_TENSOR_TYPE, type);
    sr_wire_put_text(tensor, SR_TENSOR_NAME, name);
}

void sr_onnx_put_weight(struct sr_str *graph, const char *name, enum sr_onnx_type type, const int64_t *dims, int rank,
                        const void *bytes, size_t len) {
    struct sr_str tensor = {0};
    put_tensor_head(&tensor, name, type, dims, rank);
    sr_wire_put_bytes(&tensor, SR_TENSOR_RAW, bytes, len);
    sr_wire_put_message(graph, SR_GRAPH_WEIGHT, &tensor);
    sr_str_deinit(&tensor);
}

static void put_pair(struct sr_str *out, unsigned number, const char *key, const char *value) {
    struct sr_str inner = {0};
    sr_wire_put_text(&inner, 1, key);
    sr_wire_put_text(&inner, 2, value);
    sr_wire_put_message(out, number, &inner);
    sr_str_deinit(&inner);
}

void sr_onnx_put_external(struct sr_str *graph, const char *name, enum sr_onnx_type type, const int64_t *dims, int rank,
                          const char *file, uint64_t offset, uint64_t len) {
    struct sr_str tensor = {0};
    char number[24];
    put_tensor_head(&tensor, name, type, dims, rank);
    put_pair(&tensor, SR_TENSOR_EXTERNAL, "location", file);
    snprintf(number, sizeof number, "%llu", (unsigned long long)offset);
    put_pair(&tensor, SR_TENSOR_EXTERNAL, "offset", number);
    snprintf(number, sizeof number, "%llu", (unsigned long long)len);
    put_pair(&tensor, SR_TENSOR_EXTERNAL, "length", number);
    sr_wire_put_varint(&tensor, SR_TENSOR_LOCATION, 1);
    sr_wire_put_message(graph, SR_GRAPH_WEIGHT, &tensor);
    sr_str_deinit(&tensor);
}

void sr_onnx_put_value(struct sr_str *graph, unsigned number, const char *name, enum sr_onnx_type type,
                       const char *dims) {
    struct sr_str value = {0}, kind = {0}, tensor = {0}, shape = {0}, dim = {0};
    for (const char *p = dims; *p != '\0';) {
        const size_t len = strcspn(p, " ");
        if (*p >= '0' && *p <= '9')
            sr_wire_put_varint(&dim, 1, strtoull(p, NULL, 10));
        else
            sr_wire_put_bytes(&dim, 2, p, len);
        sr_wire_put_message(&shape, 1, &dim);
        p += len + (p[len] == ' ');
    }
    sr_wire_put_varint(&tensor, 1, type);
    sr_wire_put_message(&tensor, 2, &shape);
    sr_wire_put_message(&kind, 1, &tensor);
    sr_wire_put_text(&value, 1, name);
    sr_wire_put_message(&value, 2, &kind);
    sr_wire_put_message(graph, number, &value);
    struct sr_str *const all[] = {&value, &kind, &tensor, &shape, &dim};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        sr_str_deinit(all[i]);
}

void sr_onnx_put_model(struct sr_str *out, struct sr_str *graph) {
    struct sr_str opset = {0};
    sr_wire_put_varint(out, SR_MODEL_IR, IR_VERSION);
    sr_wire_put_text(out, SR_MODEL_PRODUCER, "sarai");
    sr_wire_put_message(out, SR_MODEL_GRAPH, graph);
    sr_wire_put_varint(&opset, 2, OPSET);
    sr_wire_put_message(out, SR_MODEL_OPSET, &opset);
    sr_str_deinit(&opset);
}

int sr_onnx_save(const char *path, const struct sr_str *bytes, struct sarai_error *error) {
    char *part = bytes->failed ? NULL : sr_asprintf("%s.part", path);
    if (!part)
        return sr_error(error, SARAI_ENOMEM, path, "out of memory");
    FILE *file = fopen(part, "wb");
    bool good = file && fwrite(bytes->data, 1, bytes->len, file) == bytes->len;
    if (file && fclose(file) != 0)
        good = false;
    good = good && rename(part, path) == 0;
    const int rc = good ? SARAI_OK : sr_error_errno(error, SARAI_EIO, path, "can't be written");
    if (!good && file)
        unlink(part);
    free(part);
    return rc;
}
