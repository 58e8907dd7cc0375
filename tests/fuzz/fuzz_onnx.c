/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A broken ONNX model is refused or loaded, quantized or not, and never harms the process. The input is a list of
 * patches to good models made here: a byte chooses the model, then each three bytes are a place (scaled to the model's
 * structure, at both ends of the weights) and a new byte; first byte 255: the rest is the file itself. What our reader
 * accepts is given to ONNX Runtime where that is installed.
 */
#include "omni/onnx.h"
#include "omni/part.h"
#include "omni/quantize.h"

#include "fuzz/fuzz.h"

#include <sys/stat.h>

#define MODELS 3
#define ROWS 40
#define COLUMNS 32

const unsigned fuzz_rounds = 2500;

const struct fuzz_seed fuzz_seeds[] = {FUZZ_SEED("a talker's shapes", "\0"),
                                       FUZZ_SEED("a convolution", "\1"),
                                       FUZZ_SEED("a graph within a graph", "\2"),
                                       FUZZ_SEED("a length of everything", "\0\0\1\xff\0\2\xff\0\3\xff"),
                                       FUZZ_SEED("no operator", "\1\2\0Z\2\1Z"),
                                       FUZZ_SEED("bytes", "\xff\x3a\x04\x0a\x02\x0a\0"),
                                       FUZZ_SEEDS_END};

static struct sr_str models[MODELS];
static struct sr_ort *ort;
static char out_path[64];

static void put_weight(struct sr_str *graph, const char *name, const int64_t *dims, int rank) {
    static const float values[ROWS * COLUMNS] = {0.5f, -1, 0.25f};
    size_t count = 1;
    for (int i = 0; i < rank; i++)
        count *= (size_t)dims[i];
    sr_onnx_put_weight(graph, name, SR_ONNX_FLOAT, dims, rank, values, count * sizeof *values);
}

/* hidden_states -> its first columns -> MatMul -> repeated to audio_logits */
static void make_talker(struct sr_str *graph) {
    sr_onnx_put_weight(graph, "from", SR_ONNX_INT64, (const int64_t[]){1}, 1, (const int64_t[]){0}, 8);
    sr_onnx_put_weight(graph, "to", SR_ONNX_INT64, (const int64_t[]){1}, 1, (const int64_t[]){ROWS}, 8);
    sr_onnx_put_weight(graph, "axis", SR_ONNX_INT64, (const int64_t[]){1}, 1, (const int64_t[]){2}, 8);
    sr_onnx_put_weight(graph, "times", SR_ONNX_INT64, (const int64_t[]){3}, 1, (const int64_t[]){1, 1, 264}, 24);
    put_weight(graph, "w", (const int64_t[]){ROWS, COLUMNS}, 2);
    sr_onnx_put_value(graph, SR_GRAPH_INPUT, "hidden_states", SR_ONNX_FLOAT, "B T 3584");
    sr_onnx_put_value(graph, SR_GRAPH_OUTPUT, "audio_logits", SR_ONNX_FLOAT, "B T 8448");
    sr_onnx_put_node(graph, "Slice", "hidden_states from to axis", "x", NULL);
    sr_onnx_put_node(graph, "MatMul", "x w", "y", NULL);
    sr_onnx_put_node(graph, "Tile", "y times", "audio_logits", NULL);
}

static void make_convolution(struct sr_str *graph) {
    struct sr_str attributes = {0};
    put_weight(graph, "w", (const int64_t[]){16, 16, 4}, 3);
    put_weight(graph, "b", (const int64_t[]){16}, 1);
    sr_onnx_put_value(graph, SR_GRAPH_INPUT, "audio", SR_ONNX_FLOAT, "B 16 S");
    sr_onnx_put_value(graph, SR_GRAPH_OUTPUT, "waveform", SR_ONNX_FLOAT, "B 16 L");
    sr_onnx_put_ints(&attributes, "strides", (const int64_t[]){2}, 1);
    sr_onnx_put_text(&attributes, "auto_pad", "SAME_UPPER");
    sr_onnx_put_node(graph, "Conv", "audio w b", "waveform", &attributes);
    sr_str_deinit(&attributes);
}

/* An If whose branches use the weight of a MatMul outside. */
static void make_nested(struct sr_str *graph) {
    struct sr_str branch = {0}, attribute = {0}, attributes = {0};
    put_weight(graph, "w", (const int64_t[]){ROWS, COLUMNS}, 2);
    sr_onnx_put_value(graph, SR_GRAPH_INPUT, "x", SR_ONNX_FLOAT, "N 40");
    sr_onnx_put_value(graph, SR_GRAPH_OUTPUT, "y", SR_ONNX_FLOAT, "N M");
    sr_onnx_put_node(graph, "MatMul", "x w", "z", NULL);
    sr_onnx_put_node(&branch, "MatMul", "x w", "in", NULL);
    sr_onnx_put_value(&branch, SR_GRAPH_OUTPUT, "in", SR_ONNX_FLOAT, "N M");
    for (int i = 0; i < 2; i++) {
        sr_wire_put_text(&attribute, SR_ATTRIBUTE_NAME, i ? "then_branch" : "else_branch");
        sr_wire_put_bytes(&attribute, SR_ATTRIBUTE_GRAPH, branch.data, branch.len);
        sr_wire_put_varint(&attribute, SR_ATTRIBUTE_TYPE, 5);
        sr_wire_put_message(&attributes, SR_NODE_ATTRIBUTE, &attribute);
    }
    sr_onnx_put_node(graph, "If", "condition", "y", &attributes);
    sr_str_deinit(&branch);
    sr_str_deinit(&attribute);
    sr_str_deinit(&attributes);
}

static void set_up(void) {
    static void (*const makers[MODELS])(struct sr_str *) = {make_talker, make_convolution, make_nested};
    const char *temporary = getenv("TMPDIR");
    struct sr_str graph = {0};
    for (int i = 0; i < MODELS; i++) {
        sr_wire_put_text(&graph, SR_GRAPH_NAME, "fuzz");
        makers[i](&graph);
        sr_onnx_put_model(&models[i], &graph);
        FUZZ_CHECK(!models[i].failed);
    }
    sr_str_deinit(&graph);
    snprintf(out_path, sizeof out_path, "%.40s/sarai-fuzz-%d", temporary ? temporary : "/tmp", (int)getpid());
    sr_ort_open(NULL, &ort, NULL); /* where it is not, our own code is what is tried */
}

/* The bytes of the model with its patches. */
static char *patched(const uint8_t *data, size_t size, size_t *len) {
    const struct sr_str *model = &models[data[0] % MODELS];
    char *bytes = fuzz_text((const uint8_t *)model->data, model->len);
    *len = model->len;
    for (size_t i = 1; i + 3 <= size; i += 3) {
        const size_t place = data[i] | (size_t)(data[i + 1] & 3) << 8;
        /* Both ends hold structure; in the middle are only weights. */
        bytes[data[i + 1] & 4 ? model->len - 1 - place % model->len : place % model->len] = (char)data[i + 2];
    }
    return bytes;
}

static void load(const char *path) {
    const struct sr_audio_omni_opts opts = {.python = ""};
    for (int kind = 0; ort && kind < SR_OMNI_KINDS; kind++) {
        const struct sr_omni_part_job job = {
            .kind = (enum sr_omni_kind)kind, .path = path, .threads = 1, .ort = ort, .opts = &opts};
        struct sr_omni_part *part = NULL;
        static const float zeros[2 * SR_OMNI_HIDDEN];
        const struct sr_omni_tensor hidden = {.data = zeros, .rank = 3, .shape = {1, 2, SR_OMNI_HIDDEN}};
        struct sr_omni_tensor outputs[SR_OMNI_OUTPUTS];
        if (sr_omni_onnx.open(&job, &part, NULL) < 0)
            continue;
        if (kind == SR_OMNI_TALKER && part->backend->run(part, &hidden, outputs, NULL) == SARAI_OK)
            FUZZ_CHECK(outputs[0].shape[2] == SR_OMNI_LOGITS && sr_omni_count(&outputs[0]) > 0);
        sr_omni_part_close(part);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct sr_onnx *onnx = NULL;
    struct sarai_error error = {.text = ""};
    size_t len = 0;
    if (!out_path[0])
        set_up();
    if (size == 0)
        return 0;
    char *bytes = data[0] == 255 ? fuzz_text(data + 1, size - 1) : patched(data, size, &len);
    const char *path = fuzz_file((const uint8_t *)bytes, data[0] == 255 ? size - 1 : len);
    const int rc = sr_onnx_open(path, &onnx, &error);
    FUZZ_CHECK(rc == SARAI_OK || error.text[0] != '\0');
    sr_onnx_close(onnx);
    if (rc == SARAI_OK) {
        load(path);
        const int layers = sr_omni_quantize_file(path, out_path, &error);
        FUZZ_CHECK(layers > 0 || layers == SARAI_EINPUT);
        if (layers > 0) {
            FUZZ_CHECK(sr_onnx_open(out_path, &onnx, NULL) == SARAI_OK); /* what we write we can read */
            sr_onnx_close(onnx);
            unlink(out_path);
        }
    }
    free(bytes);
    return 0;
}
