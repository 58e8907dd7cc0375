/* SPDX-License-Identifier: Apache-2.0 */
/*
 * INT8 by rewriting the graph:
 *
 *   Y = MatMul(X, W)    becomes    Xq, s, z = DynamicQuantizeLinear(X)
 *                                  Y = Cast(MatMulInteger(Xq, Wq, z)) * (s * Ws)
 *
 * with Wq = round(W / Ws), Ws = max |W| / 127 of each column; ONNX Runtime fuses that into one kernel. Conv goes the
 * same way through ConvInteger, its bias added at the end. Everything else is copied byte by byte, external data into
 * the file.
 */
#include "omni/quantize.h"

#include "omni/onnx.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FEWEST_ELEMENTS 1024 /* of a weight worth it */
#define OLDEST_OPSET 11
#define MOST_BYTES ((size_t)2147000000) /* of a message of this format */

struct quantizer {
    const struct sr_onnx *onnx;
    struct sr_str graph, attributes;
    bool *done, *kept;              /* a weight's integer copy is written; its floats are still needed */
    const struct sr_span **rounded; /* activations that are quantized already */
    size_t rounded_count;
    int layers;
};

/* One MatMul or Conv to rewrite. */
struct layer {
    const struct sr_onnx_node *node;
    const struct sr_onnx_weight *weight, *bias; /* bias NULL: none */
    bool conv;
};

/* ---------------------------------------------------------------------------------------------------- choosing -- */

static bool is_name(struct sr_span name) {
    return name.len > 0 && name.len < 200 && memchr(name.data, ' ', name.len) == NULL;
}

static bool holds_floats(const struct sr_onnx_weight *weight) {
    return weight && weight->type == SR_ONNX_FLOAT && weight->data.data &&
           weight->data.len == weight->count * sizeof(float);
}

static bool choose(const struct sr_onnx *onnx, const struct sr_onnx_node *node, struct layer *out) {
    const bool matmul = sr_span_is(node->op, "MatMul"), conv = sr_span_is(node->op, "Conv");
    *out = (struct layer){.node = node, .conv = conv};
    if ((!matmul && !conv) || node->domain.len > 0 || node->output_count != 1 || node->input_count < 2 ||
        node->input_count > (conv ? 3 : 2) || !is_name(node->inputs[0]) || !is_name(node->inputs[1]) ||
        !is_name(node->outputs[0]))
        return false;
    out->weight = sr_onnx_find(onnx, node->inputs[1]);
    if (!holds_floats(out->weight) || out->weight->count < FEWEST_ELEMENTS || sr_onnx_find(onnx, node->inputs[0]))
        return false;
    if (matmul)
        return out->weight->rank == 2;
    if (out->weight->rank < 3)
        return false;
    if (node->input_count < 3 || node->inputs[2].len == 0)
        return true;
    out->bias = sr_onnx_find(onnx, node->inputs[2]);
    return holds_floats(out->bias) && out->bias->rank == 1 && out->bias->dims[0] == out->weight->dims[0];
}

/* ---------------------------------------------------------------------------------------------------- rounding -- */

static float float_at(struct sr_span data, size_t i) {
    float value;
    memcpy(&value, data.data + i * sizeof value, sizeof value);
    return isfinite(value) ? value : 0;
}

/* Channels are the columns of a MatMul's weight and the rows of a Conv's. */
static size_t channel_count(const struct layer *layer) {
    return (size_t)layer->weight->dims[layer->conv ? 0 : 1];
}

static void round_weight(const struct layer *layer, float *scales, int8_t *rounded) {
    const struct sr_onnx_weight *weight = layer->weight;
    const size_t channels = channel_count(layer), count = (size_t)weight->count, row = count / channels;
    for (size_t i = 0; i < count; i++) {
        float *scale = &scales[layer->conv ? i / row : i % channels];
        const float size = fabsf(float_at(weight->data, i));
        *scale = size > *scale ? size : *scale;
    }
    for (size_t c = 0; c < channels; c++)
        scales[c] = scales[c] > 0 ? scales[c] / 127 : 1;
    for (size_t i = 0; i < count; i++)
        rounded[i] = (int8_t)lrintf(float_at(weight->data, i) / scales[layer->conv ? i / row : i % channels]);
}

/* ----------------------------------------------------------------------------------------------------- writing -- */

/* A weight of one number a channel, shaped to go with the output: [N] behind a MatMul, [M,1,...] behind a Conv. */
static void put_channels(struct quantizer *q, const struct layer *layer, const char *name, const void *values) {
    int64_t dims[SR_ONNX_RANK] = {1, 1, 1, 1, 1, 1, 1, 1};
    dims[0] = (int64_t)channel_count(layer);
    sr_onnx_put_weight(&q->graph, name, SR_ONNX_FLOAT, dims, layer->conv ? layer->weight->rank - 1 : 1, values,
                       (size_t)dims[0] * sizeof(float));
}

static int put_rounded(struct quantizer *q, const struct layer *layer, const char *name, const char *scale_name) {
    const struct sr_onnx_weight *weight = layer->weight;
    bool *done = &q->done[weight - q->onnx->weights];
    if (*done)
        return SARAI_OK;
    float *scales = calloc(channel_count(layer), sizeof *scales);
    int8_t *rounded = malloc((size_t)weight->count);
    if (scales && rounded) {
        round_weight(layer, scales, rounded);
        sr_onnx_put_weight(&q->graph, name, SR_ONNX_INT8, weight->dims, weight->rank, rounded, (size_t)weight->count);
        put_channels(q, layer, scale_name, scales);
        *done = true;
    }
    free(scales);
    free(rounded);
    return *done ? SARAI_OK : SARAI_ENOMEM;
}

/* DynamicQuantizeLinear of an activation, once however many use it. */
static void put_activation(struct quantizer *q, const struct sr_span *input) {
    char outputs[1024];
    const int len = (int)input->len;
    for (size_t i = 0; i < q->rounded_count; i++)
        if (sr_span_same(*q->rounded[i], *input))
            return;
    q->rounded[q->rounded_count++] = input;
    char *name = sr_strndup(input->data, input->len);
    snprintf(outputs, sizeof outputs, "%.*s_q8 %.*s_q8_scale %.*s_q8_zero", len, input->data, len, input->data, len,
             input->data);
    if (name)
        sr_onnx_put_node(&q->graph, "DynamicQuantizeLinear", name, outputs, NULL);
    else
        q->graph.failed = true;
    free(name);
}

/* The attributes of a node as they stand there. */
static void copy_attributes(struct quantizer *q, const struct sr_onnx_node *node) {
    struct sr_span rest = node->whole;
    struct sr_wire_field field;
    while (sr_wire_next(&rest, &field) > 0)
        if (field.number == SR_NODE_ATTRIBUTE)
            sr_str_add(&q->attributes, field.whole.data, field.whole.len);
}

#define SPAN(span) (int)(span).len, (span).data

static int put_layer(struct quantizer *q, const struct layer *layer) {
    const struct sr_span x = layer->node->inputs[0], w = layer->node->inputs[1], y = layer->node->outputs[0];
    char weight[256], scale[256], inputs[1024], sum[256], real[256], both[256], last[256], bias[256];
    snprintf(weight, sizeof weight, "%.*s_%s8", SPAN(w), layer->conv ? "c" : "q");
    snprintf(scale, sizeof scale, "%.*s_scale", (int)strlen(weight), weight);
    snprintf(sum, sizeof sum, "%.*s_int", SPAN(y));
    snprintf(real, sizeof real, "%.*s_real", SPAN(y));
    snprintf(both, sizeof both, "%.*s_scales", SPAN(y));
    snprintf(bias, sizeof bias, "%.*s_bias", SPAN(y));
    snprintf(last, sizeof last, "%.*s%s", SPAN(y), layer->bias ? "_unbiased" : "");
    if (put_rounded(q, layer, weight, scale) < 0)
        return SARAI_ENOMEM;
    put_activation(q, &layer->node->inputs[0]);
    snprintf(inputs, sizeof inputs, "%.*s_q8_scale %s", SPAN(x), scale);
    sr_onnx_put_node(&q->graph, "Mul", inputs, both, NULL);
    snprintf(inputs, sizeof inputs, "%.*s_q8 %s %.*s_q8_zero", SPAN(x), weight, SPAN(x));
    if (layer->conv)
        copy_attributes(q, layer->node);
    sr_onnx_put_node(&q->graph, layer->conv ? "ConvInteger" : "MatMulInteger", inputs, sum, &q->attributes);
    sr_onnx_put_int(&q->attributes, "to", SR_ONNX_FLOAT);
    sr_onnx_put_node(&q->graph, "Cast", sum, real, &q->attributes);
    snprintf(inputs, sizeof inputs, "%s %s", real, both);
    sr_onnx_put_node(&q->graph, "Mul", inputs, last, NULL);
    if (layer->bias) {
        char *output = sr_strndup(y.data, y.len);
        put_channels(q, layer, bias, layer->bias->data.data);
        snprintf(inputs, sizeof inputs, "%s %s", last, bias);
        if (output)
            sr_onnx_put_node(&q->graph, "Add", inputs, output, NULL);
        else
            q->graph.failed = true;
        free(output);
    }
    q->layers++;
    return SARAI_OK;
}

/* Every weight that the node takes stays as it is. */
static void keep_inputs(struct quantizer *q, const struct sr_onnx_node *node) {
    struct sr_span rest = node->whole;
    struct sr_wire_field field;
    while (sr_wire_next(&rest, &field) > 0) {
        if (field.number != SR_NODE_INPUT)
            continue;
        const struct sr_onnx_weight *weight = sr_onnx_find(q->onnx, field.bytes);
        if (weight)
            q->kept[weight - q->onnx->weights] = true;
    }
}

static int put_nodes(struct quantizer *q) {
    for (size_t i = 0; i < q->onnx->node_count; i++) {
        const struct sr_onnx_node *node = &q->onnx->nodes[i];
        struct layer layer;
        if (choose(q->onnx, node, &layer)) {
            if (put_layer(q, &layer) < 0)
                return SARAI_ENOMEM;
        } else {
            sr_wire_put_bytes(&q->graph, SR_GRAPH_NODE, node->whole.data, node->whole.len);
            keep_inputs(q, node);
        }
    }
    return SARAI_OK;
}

/* Is the weight used by nothing but layers that have its integer copy? */
static bool is_replaced(const struct quantizer *q, size_t i) {
    return q->done[i] && !q->kept[i] && !q->onnx->nested;
}

static bool is_bias_only(const struct quantizer *q, size_t i) {
    struct layer layer;
    bool used = false;
    for (size_t n = 0; n < q->onnx->node_count && !q->kept[i]; n++)
        used |= choose(q->onnx, &q->onnx->nodes[n], &layer) && layer.bias == &q->onnx->weights[i];
    return used && !q->kept[i] && !q->onnx->nested;
}

static void put_weights(struct quantizer *q) {
    for (size_t i = 0; i < q->onnx->weight_count; i++) {
        const struct sr_onnx_weight *weight = &q->onnx->weights[i];
        if (is_replaced(q, i) || is_bias_only(q, i))
            continue;
        const bool inside = !weight->data.data || (weight->data.data >= weight->whole.data &&
                                                   weight->data.data < weight->whole.data + weight->whole.len);
        char *name = sr_strndup(weight->name.data, weight->name.len);
        if (!name)
            q->graph.failed = true;
        else if (inside)
            sr_wire_put_bytes(&q->graph, SR_GRAPH_WEIGHT, weight->whole.data, weight->whole.len);
        else
            sr_onnx_put_weight(&q->graph, name, (enum sr_onnx_type)weight->type, weight->dims, weight->rank,
                               weight->data.data, weight->data.len);
        free(name);
    }
}

/* What the graph has beside nodes and weights. */
static void put_rest(struct quantizer *q) {
    struct sr_span rest = q->onnx->graph;
    struct sr_wire_field field;
    while (sr_wire_next(&rest, &field) > 0)
        if (field.number != SR_GRAPH_NODE && field.number != SR_GRAPH_WEIGHT)
            sr_str_add(&q->graph, field.whole.data, field.whole.len);
}

static int put_model(struct quantizer *q, struct sr_str *out) {
    struct sr_span rest = q->onnx->file;
    struct sr_wire_field field;
    int rc = put_nodes(q);
    put_weights(q);
    put_rest(q);
    while (sr_wire_next(&rest, &field) > 0)
        if (field.number != SR_MODEL_GRAPH)
            sr_str_add(out, field.whole.data, field.whole.len);
    sr_wire_put_message(out, SR_MODEL_GRAPH, &q->graph);
    return rc < 0 || out->failed ? SARAI_ENOMEM : SARAI_OK;
}

/* The version of ONNX's own operators. */
static uint64_t read_opset(const struct sr_onnx *onnx) {
    struct sr_span rest = onnx->file;
    struct sr_wire_field field, inner;
    uint64_t opset = 0;
    while (sr_wire_next(&rest, &field) > 0) {
        uint64_t version = 0;
        bool own = field.number == SR_MODEL_OPSET && field.type == SR_WIRE_BYTES;
        for (struct sr_span bytes = field.bytes; own && sr_wire_next(&bytes, &inner) > 0;) {
            if (inner.number == 1 && inner.type == SR_WIRE_BYTES && inner.bytes.len > 0 &&
                !sr_span_is(inner.bytes, "ai.onnx"))
                own = false;
            else if (inner.number == 2)
                version = inner.value;
        }
        if (own)
            opset = version;
    }
    return opset;
}

int sr_omni_quantize_file(const char *in, const char *out, struct sarai_error *error) {
    struct sr_onnx *onnx = NULL;
    struct sr_str model = {0};
    int rc = sr_onnx_open(in, &onnx, error);
    if (rc < 0)
        return rc;
    struct quantizer q = {.onnx = onnx,
                          .done = calloc(onnx->weight_count + 1, sizeof *q.done),
                          .kept = calloc(onnx->weight_count + 1, sizeof *q.kept),
                          .rounded = calloc(onnx->node_count + 1, sizeof *q.rounded)};
    if (!q.done || !q.kept || !q.rounded)
        rc = sr_error(error, SARAI_ENOMEM, in, "out of memory");
    else if (read_opset(onnx) < OLDEST_OPSET)
        rc = sr_error(error, SARAI_EINPUT, in, "its opset is older than %d; export it again", OLDEST_OPSET);
    else if (put_model(&q, &model) < 0)
        rc = sr_error(error, SARAI_ENOMEM, in, "out of memory");
    else if (q.layers == 0)
        rc = sr_error(error, SARAI_EINPUT, in, "has no float32 MatMul or Conv with a weight of its own");
    else if (model.len > MOST_BYTES)
        rc = sr_error(error, SARAI_EINPUT, in, "would still be larger than one ONNX file can be, 2 GB");
    else
        rc = sr_onnx_save(out, &model, error);
    sr_str_deinit(&model);
    sr_str_deinit(&q.graph);
    sr_str_deinit(&q.attributes);
    free(q.done);
    free(q.kept);
    free(q.rounded);
    sr_onnx_close(onnx);
    return rc < 0 ? rc : q.layers;
}
