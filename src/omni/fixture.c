/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The made-up models. Each is small, but a real graph of its kind: the encoder is two convolutions over the sound and a
 * projection, 40 ms a step; the talker is the published one, MatMul, bias, MatMul, with its weights in a file of their
 * own; the vocoder looks tokens up and turns each into 40 ms of sound; the monolithic model is all of it in one file,
 * with a talker of low rank. Weights are uniform with the variance that keeps activations near one.
 */
#include "omni/fixture.h"

#include "learn/random.h"
#include "omni/onnx.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEP 640 /* samples a token */
#define CHANNELS 64
#define FEATURES 128
#define TALKER_WIDTH 896
#define LOW_RANK 48
#define TOKEN_WIDTH 32
#define VOCODER_WIDTH 192
#define SMOOTH 9

const char *const sr_omni_fixture_names[SR_OMNI_KINDS] = {
    [SR_OMNI_ENCODER] = "qwen25_7b_encoder.onnx",
    [SR_OMNI_TALKER] = "qwen25_7b_audio.onnx",
    [SR_OMNI_VOCODER] = "qwen25_7b_vocoder.onnx",
    [SR_OMNI_MONOLITHIC] = "agi_audio_core_int8.onnx",
};

struct builder {
    struct sr_str graph, attributes;
    uint64_t random;
    FILE *data; /* external weights go here */
    const char *data_name;
    uint64_t data_bytes;
    bool failed;
};

/* A weight of floats, -scale to scale. */
static void weight(struct builder *b, const char *name, int rank, const int64_t *dims, float scale) {
    size_t count = 1;
    for (int i = 0; i < rank; i++)
        count *= (size_t)dims[i];
    const size_t bytes = count * sizeof(float);
    float *values = malloc(bytes);
    if (!values) {
        b->failed = true;
        return;
    }
    for (size_t i = 0; i < count; i++)
        values[i] = (2 * sr_random_part(&b->random) - 1) * scale;
    if (b->data) {
        b->failed |= fwrite(values, 1, bytes, b->data) != bytes;
        sr_onnx_put_external(&b->graph, name, SR_ONNX_FLOAT, dims, rank, b->data_name, b->data_bytes, bytes);
        b->data_bytes += bytes;
    } else {
        sr_onnx_put_weight(&b->graph, name, SR_ONNX_FLOAT, dims, rank, values, bytes);
    }
    free(values);
}

#define DIMS(...)                                                                                                      \
    (int)(sizeof(int64_t[]){__VA_ARGS__} / sizeof(int64_t)), (const int64_t[]) {                                       \
        __VA_ARGS__                                                                                                    \
    }

/* The scale that keeps a sum over `inputs` products at variance one. */
static float keeping(int inputs) {
    return sqrtf(3.0f / (float)inputs);
}

static void node(struct builder *b, const char *op, const char *inputs, const char *outputs) {
    sr_onnx_put_node(&b->graph, op, inputs, outputs, &b->attributes);
}

static void whole_numbers(struct builder *b, const char *name, const int64_t *values, int64_t count) {
    sr_onnx_put_weight(&b->graph, name, SR_ONNX_INT64, &count, 1, values, (size_t)count * sizeof *values);
}

/* ------------------------------------------------------------------------------------------------------ parts -- */

/* audio [B,S] -> hidden_states [B,T,3584], T = S / STEP, rounded up. */
static void put_encoder(struct builder *b) {
    whole_numbers(b, "axis1", (const int64_t[]){1}, 1);
    weight(b, "conv1.weight", DIMS(CHANNELS, 1, STEP), 0.35f);
    weight(b, "conv1.bias", DIMS(CHANNELS), 0.1f);
    weight(b, "conv2.weight", DIMS(FEATURES, CHANNELS, 3), keeping(3 * CHANNELS));
    weight(b, "conv2.bias", DIMS(FEATURES), 0.1f);
    weight(b, "proj.weight", DIMS(FEATURES, SR_OMNI_HIDDEN), 2 * keeping(FEATURES));
    weight(b, "proj.bias", DIMS(SR_OMNI_HIDDEN), 0.1f);
    node(b, "Unsqueeze", "audio axis1", "framed");
    sr_onnx_put_ints(&b->attributes, "strides", (const int64_t[]){STEP}, 1);
    sr_onnx_put_text(&b->attributes, "auto_pad", "SAME_UPPER");
    node(b, "Conv", "framed conv1.weight conv1.bias", "conv1");
    node(b, "Tanh", "conv1", "conv1_out");
    sr_onnx_put_ints(&b->attributes, "pads", (const int64_t[]){1, 1}, 2);
    node(b, "Conv", "conv1_out conv2.weight conv2.bias", "conv2");
    node(b, "Tanh", "conv2", "conv2_out");
    sr_onnx_put_ints(&b->attributes, "perm", (const int64_t[]){0, 2, 1}, 3);
    node(b, "Transpose", "conv2_out", "steps");
    node(b, "MatMul", "steps proj.weight", "projected");
    node(b, "Add", "projected proj.bias", "hidden_states");
}

/* hidden_states -> audio_logits through `width` numbers. */
static void put_talker(struct builder *b, int width) {
    weight(b, "talker.down.weight", DIMS(SR_OMNI_HIDDEN, width), keeping(SR_OMNI_HIDDEN));
    weight(b, "talker.down.bias", DIMS(width), 0.1f);
    weight(b, "talker.up.weight", DIMS(width, SR_OMNI_LOGITS), keeping(width));
    node(b, "MatMul", "hidden_states talker.down.weight", "down");
    node(b, "Add", "down talker.down.bias", "down_biased");
    node(b, "MatMul", "down_biased talker.up.weight", "audio_logits");
}

/* audio_tokens [B,T] -> waveform [B,T*STEP] */
static void put_vocoder(struct builder *b) {
    whole_numbers(b, "flat", (const int64_t[]){0, -1}, 2);
    whole_numbers(b, "channel", (const int64_t[]){1}, 1);
    weight(b, "embed.weight", DIMS(SR_OMNI_LOGITS, TOKEN_WIDTH), 1.7f);
    weight(b, "wide.weight", DIMS(TOKEN_WIDTH, VOCODER_WIDTH), keeping(TOKEN_WIDTH));
    weight(b, "wide.bias", DIMS(VOCODER_WIDTH), 0.1f);
    weight(b, "wave.weight", DIMS(VOCODER_WIDTH, STEP), 0.6f * keeping(VOCODER_WIDTH));
    weight(b, "smooth.weight", DIMS(1, 1, SMOOTH), 0.3f);
    node(b, "Gather", "embed.weight audio_tokens", "embedded");
    node(b, "MatMul", "embedded wide.weight", "wide");
    node(b, "Add", "wide wide.bias", "wide_biased");
    node(b, "Relu", "wide_biased", "wide_out");
    node(b, "MatMul", "wide_out wave.weight", "blocks");
    node(b, "Reshape", "blocks flat", "line");
    node(b, "Unsqueeze", "line channel", "line1");
    sr_onnx_put_ints(&b->attributes, "pads", (const int64_t[]){SMOOTH / 2, SMOOTH / 2}, 2);
    node(b, "Conv", "line1 smooth.weight", "smooth");
    node(b, "Tanh", "smooth", "bounded");
    node(b, "Squeeze", "bounded channel", "waveform");
}

static void put_monolithic(struct builder *b) {
    put_encoder(b);
    put_talker(b, LOW_RANK);
    sr_onnx_put_int(&b->attributes, "axis", 2);
    sr_onnx_put_int(&b->attributes, "keepdims", 0);
    node(b, "ArgMax", "audio_logits", "audio_tokens");
    put_vocoder(b);
}

static void input(struct builder *b, const char *name, enum sr_onnx_type type, const char *dims) {
    sr_onnx_put_value(&b->graph, SR_GRAPH_INPUT, name, type, dims);
}

static void output(struct builder *b, const char *name, const char *dims) {
    sr_onnx_put_value(&b->graph, SR_GRAPH_OUTPUT, name, SR_ONNX_FLOAT, dims);
}

static void put_graph(struct builder *b, enum sr_omni_kind kind) {
    sr_wire_put_text(&b->graph, SR_GRAPH_NAME, sr_omni_contracts[kind].component);
    switch (kind) {
    case SR_OMNI_ENCODER:
        input(b, "audio", SR_ONNX_FLOAT, "B S");
        put_encoder(b);
        output(b, "hidden_states", "B T 3584");
        break;
    case SR_OMNI_TALKER:
        input(b, "hidden_states", SR_ONNX_FLOAT, "B T 3584");
        put_talker(b, TALKER_WIDTH);
        output(b, "audio_logits", "B T 8448");
        break;
    case SR_OMNI_VOCODER:
        input(b, "audio_tokens", SR_ONNX_INT64, "B T");
        put_vocoder(b);
        output(b, "waveform", "B L");
        break;
    default:
        input(b, "audio", SR_ONNX_FLOAT, "B S");
        put_monolithic(b);
        output(b, "waveform", "B L");
        output(b, "hidden_states", "B T 3584");
        output(b, "audio_logits", "B T 8448");
    }
}

/* ------------------------------------------------------------------------------------------------------ files -- */

static int open_data(struct builder *b, const char *path, struct sarai_error *error) {
    b->data = fopen(path, "wb");
    return b->data ? SARAI_OK : sr_error_errno(error, SARAI_EIO, path, "can't be written");
}

int sr_omni_fixture(const char *folder, enum sr_omni_kind kind, struct sarai_error *error) {
    const char *name = sr_omni_fixture_names[kind];
    struct builder b = {.random = 0x5ae41 + (uint64_t)kind};
    struct sr_str model = {0};
    char *path = sr_asprintf("%s/%s", folder, name), *data = sr_asprintf("%s/%s.data", folder, name);
    int rc = path && data ? SARAI_OK : sr_error(error, SARAI_ENOMEM, folder, "out of memory");
    if (rc == SARAI_OK && kind == SR_OMNI_TALKER) {
        b.data_name = strrchr(data, '/') + 1;
        rc = open_data(&b, data, error);
    }
    if (rc < 0)
        goto out;
    put_graph(&b, kind);
    sr_onnx_put_model(&model, &b.graph);
    if (b.data && fclose(b.data) != 0)
        rc = sr_error_errno(error, SARAI_EIO, data, "can't be written");
    else if (b.failed && b.data)
        rc = sr_error(error, SARAI_EIO, data, "can't be written");
    else
        rc = b.failed ? sr_error(error, SARAI_ENOMEM, path, "out of memory") : sr_onnx_save(path, &model, error);
out:
    sr_str_deinit(&model);
    sr_str_deinit(&b.graph);
    sr_str_deinit(&b.attributes);
    free(path);
    free(data);
    return rc;
}
