/* SPDX-License-Identifier: Apache-2.0 */
/**
 * ONNX files as far as this project touches them: finding the weights and nodes of a graph, and writing both. What a
 * graph computes is ONNX Runtime's business. A file is refused, never trusted: spans stay inside it, external data
 * inside its folder and inside the data file.
 */
#ifndef SR_OMNI_ONNX_H
#define SR_OMNI_ONNX_H

#include "omni/wire.h"

#define SR_ONNX_RANK 8

/** Field numbers of onnx.proto. */
enum {
    SR_MODEL_IR = 1,
    SR_MODEL_PRODUCER = 2,
    SR_MODEL_GRAPH = 7,
    SR_MODEL_OPSET = 8,
    SR_MODEL_METADATA = 14,
    SR_GRAPH_NODE = 1,
    SR_GRAPH_NAME = 2,
    SR_GRAPH_WEIGHT = 5,
    SR_GRAPH_INPUT = 11,
    SR_GRAPH_OUTPUT = 12,
    SR_NODE_INPUT = 1,
    SR_NODE_OUTPUT = 2,
    SR_NODE_NAME = 3,
    SR_NODE_OP = 4,
    SR_NODE_ATTRIBUTE = 5,
    SR_NODE_DOMAIN = 7,
    SR_ATTRIBUTE_NAME = 1,
    SR_ATTRIBUTE_INT = 3,
    SR_ATTRIBUTE_TEXT = 4,
    SR_ATTRIBUTE_GRAPH = 6,
    SR_ATTRIBUTE_INTS = 8,
    SR_ATTRIBUTE_GRAPHS = 11,
    SR_ATTRIBUTE_TYPE = 20,
    SR_TENSOR_DIM = 1,
    SR_TENSOR_TYPE = 2,
    SR_TENSOR_FLOATS = 4,
    SR_TENSOR_NAME = 8,
    SR_TENSOR_RAW = 9,
    SR_TENSOR_EXTERNAL = 13,
    SR_TENSOR_LOCATION = 14
};

/** The types used here, as TensorProto numbers them. */
enum sr_onnx_type { SR_ONNX_FLOAT = 1, SR_ONNX_UINT8 = 2, SR_ONNX_INT8 = 3, SR_ONNX_INT32 = 6, SR_ONNX_INT64 = 7 };

struct sr_onnx_weight {
    struct sr_span name, whole; /* whole: the TensorProto's bytes */
    int64_t dims[SR_ONNX_RANK];
    int rank;
    int type;
    uint64_t count;      /* elements; 1 for a scalar */
    struct sr_span data; /* raw bytes, in the file or in the data file; NULL when it is written as numbers */
};

struct sr_onnx_node {
    struct sr_span op, domain, name, whole;
    struct sr_span inputs[4], outputs[1]; /* the first ones */
    int input_count, output_count;        /* all there are */
};

/** A model file, mapped into memory. */
struct sr_onnx {
    struct sr_span file, graph;
    struct sr_onnx_weight *weights;
    size_t weight_count;
    struct sr_onnx_node *nodes;
    size_t node_count;
    uint64_t data_bytes; /* of all external data files */
    bool nested;         /* some node holds a graph of its own */
    struct sr_onnx_map *maps;
};

/** Opens a model with its external data. SARAI_EMODEL when a file is not there, SARAI_EINPUT with the reason when it is
 *  no ONNX model, cut off, or its data lie elsewhere. The caller owns `*out`. [any] */
int sr_onnx_open(const char *path, struct sr_onnx **out, struct sarai_error *error);
void sr_onnx_close(struct sr_onnx *onnx);
/** The weight of that name, or NULL. */
const struct sr_onnx_weight *sr_onnx_find(const struct sr_onnx *onnx, struct sr_span name);
bool sr_span_same(struct sr_span a, struct sr_span b);

/* Writing: each appends to a graph's or model's bytes. */
/** `inputs` and `outputs`: names between spaces, "" for one left out is not possible. `attributes`: fields
 *  SR_NODE_ATTRIBUTE put together by the functions below; emptied. */
void sr_onnx_put_node(struct sr_str *graph, const char *op, const char *inputs, const char *outputs,
                      struct sr_str *attributes);
void sr_onnx_put_int(struct sr_str *attributes, const char *name, int64_t value);
void sr_onnx_put_ints(struct sr_str *attributes, const char *name, const int64_t *values, size_t count);
void sr_onnx_put_text(struct sr_str *attributes, const char *name, const char *value);
/** A weight with its bytes in the model. */
void sr_onnx_put_weight(struct sr_str *graph, const char *name, enum sr_onnx_type type, const int64_t *dims, int rank,
                        const void *bytes, size_t len);
/** A weight whose bytes are in `file`, a name in the model's folder. */
void sr_onnx_put_external(struct sr_str *graph, const char *name, enum sr_onnx_type type, const int64_t *dims, int rank,
                          const char *file, uint64_t offset, uint64_t len);
/** An input or output (`number`) of the graph; `dims`: numbers and names between spaces, "B T 3584". */
void sr_onnx_put_value(struct sr_str *graph, unsigned number, const char *name, enum sr_onnx_type type,
                       const char *dims);
/** The whole model around a graph, which is emptied. */
void sr_onnx_put_model(struct sr_str *out, struct sr_str *graph);
/** Writes a file under a temporary name beside it, then renames. */
int sr_onnx_save(const char *path, const struct sr_str *bytes, struct sarai_error *error);

#endif
