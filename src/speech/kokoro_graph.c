/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The style vector hardly changes how far the pitch moves: scaling its prosody half shifts voice and pace instead. So
 * the pitch curve itself is scaled, in the graph, between the layer that predicts it and those that sing it.
 *
 * Two serialized protobuf messages in a row are one message, in which repeated fields are joined. So nodes are added to
 * a model by appending a model that holds nothing else; and the layer's output gets a name of the same length.
 */
#include "speech/kokoro_graph.h"

#include <stdlib.h>
#include <string.h>

#define MOST_MODEL_BYTES ((size_t)1 << 30)

/* Field numbers of onnx.proto, shifted and with their wire type: 2, bytes, or 0, a number. */
enum {
    MODEL_GRAPH = 7 << 3 | 2,
    GRAPH_NODE = 1 << 3 | 2,
    GRAPH_INITIALIZER = 5 << 3 | 2,
    GRAPH_INPUT = 11 << 3 | 2,
    NODE_INPUT = 1 << 3 | 2,
    NODE_OUTPUT = 2 << 3 | 2,
    NODE_OP = 4 << 3 | 2,
    TENSOR_TYPE = 2 << 3,
    TENSOR_NAME = 8 << 3 | 2,
    TENSOR_RAW = 9 << 3 | 2,
    VALUE_NAME = 1 << 3 | 2,
    VALUE_TYPE = 2 << 3 | 2,
    FLOATS = 1,
};

#define PITCH "/encoder/F0_proj/Conv_output_0"
#define PREDICTED "/encoder/F0_proj/Conv_output_P" /* of the same length */

/* Below LOWEST_HZ the curve means that nothing is sung, and stays. */
#define LOWEST_HZ 40.0f

static const struct {
    const char *op, *in[3], *out;
} nodes[] = {
    {"Greater", {PREDICTED, "sarai_lowest"}, "sarai_sung"},
    {"Where", {"sarai_sung", PREDICTED, "sarai_zero"}, "sarai_sung_hz"},
    {"Where", {"sarai_sung", "sarai_one", "sarai_zero"}, "sarai_counted"},
    {"ReduceSum", {"sarai_sung_hz"}, "sarai_sum"},
    {"ReduceSum", {"sarai_counted"}, "sarai_count"},
    {"Max", {"sarai_count", "sarai_one"}, "sarai_divisor"},
    {"Div", {"sarai_sum", "sarai_divisor"}, "sarai_mean"},
    {"Max", {"sarai_mean", "sarai_lowest"}, "sarai_middle"},
    {"Max", {PREDICTED, "sarai_lowest"}, "sarai_positive"},
    {"Div", {"sarai_positive", "sarai_middle"}, "sarai_away"},
    {"Pow", {"sarai_away", SR_KOKORO_MELODY}, "sarai_moved"},
    {"Mul", {"sarai_moved", "sarai_middle"}, "sarai_moved_hz"},
    {"Where", {"sarai_sung", "sarai_moved_hz", PREDICTED}, PITCH},
};

static const struct {
    const char *name;
    float value;
} constants[] = {{"sarai_lowest", LOWEST_HZ}, {"sarai_one", 1}, {"sarai_zero", 0}};

static void add_number(struct sr_str *out, size_t n) {
    for (; n > 127; n >>= 7)
        sr_str_addc(out, (char)(n | 128));
    sr_str_addc(out, (char)n);
}

static void add_bytes(struct sr_str *out, int field, const void *bytes, size_t len) {
    add_number(out, (size_t)field);
    add_number(out, len);
    sr_str_add(out, bytes, len);
}

static void add_text(struct sr_str *out, int field, const char *text) {
    add_bytes(out, field, text, strlen(text));
}

static void add_message(struct sr_str *out, int field, struct sr_str *message) {
    add_bytes(out, field, message->data, message->len);
    out->failed = out->failed || message->failed;
    sr_str_clear(message);
}

static void add_graph(struct sr_str *graph) {
    /* TypeProto {tensor_type {elem_type: FLOAT, shape {dim {dim_value: 1}}}} */
    static const unsigned char one_float[] = {0x0A, 8, 0x08, FLOATS, 0x12, 4, 0x0A, 2, 0x08, 1};
    struct sr_str part = {0};
    for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++) {
        for (int k = 0; k < 3 && nodes[i].in[k]; k++)
            add_text(&part, NODE_INPUT, nodes[i].in[k]);
        add_text(&part, NODE_OUTPUT, nodes[i].out);
        add_text(&part, NODE_OP, nodes[i].op);
        add_message(graph, GRAPH_NODE, &part);
    }
    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++) {
        add_number(&part, TENSOR_TYPE);
        add_number(&part, FLOATS);
        add_text(&part, TENSOR_NAME, constants[i].name);
        add_bytes(&part, TENSOR_RAW, &constants[i].value, sizeof(float)); /* little-endian, as the file is */
        add_message(graph, GRAPH_INITIALIZER, &part);
    }
    add_text(&part, VALUE_NAME, SR_KOKORO_MELODY);
    add_bytes(&part, VALUE_TYPE, one_float, sizeof one_float);
    add_message(graph, GRAPH_INPUT, &part);
    sr_str_deinit(&part);
}

/* Where the layer names its output, or NULL. */
static char *find_output(const struct sr_str *model) {
    static const char wanted[] = {NODE_OUTPUT, sizeof PITCH - 1};
    char *found = NULL;
    for (char *p = model->data, *end = p + model->len; p && (p = memmem(p, (size_t)(end - p), PITCH, sizeof PITCH - 1));
         p++) {
        if (p - model->data < (ptrdiff_t)sizeof wanted || memcmp(p - sizeof wanted, wanted, sizeof wanted) != 0)
            continue;
        if (found)
            return NULL;
        found = p;
    }
    return found;
}

bool sr_kokoro_graph_add_melody(struct sr_str *model) {
    struct sr_str graph = {0}, addition = {0};
    char *output = find_output(model);
    const ptrdiff_t at = output ? output - model->data : 0;
    if (!output)
        return false;
    add_graph(&graph);
    add_message(&addition, MODEL_GRAPH, &graph);
    bool added = !addition.failed;
    if (added) {
        sr_str_add(model, addition.data, addition.len);
        added = !model->failed;
        model->failed = false;
    }
    if (added)
        memcpy(model->data + at, PREDICTED, sizeof PREDICTED - 1);
    sr_str_deinit(&graph);
    sr_str_deinit(&addition);
    return added;
}

int sr_kokoro_graph_load(struct sr_ort *ort, const char *path, int threads, OrtSession **out, bool *has_melody,
                         struct sarai_error *error) {
    struct sr_str model = {0};
    int rc = sr_path_check_model(path, "kokoro", error);
    if (rc == SARAI_OK)
        rc = sr_read_file(path, MOST_MODEL_BYTES, &model.data, &model.len, error);
    model.cap = rc == SARAI_OK ? model.len + 1 : 0;
    if (rc == SARAI_OK) {
        *has_melody = sr_kokoro_graph_add_melody(&model);
        rc = sr_ort_load_bytes(ort, model.data, model.len, path, threads, out, error);
    }
    sr_str_deinit(&model);
    return rc;
}
