/* SPDX-License-Identifier: Apache-2.0 */
#include "omni/broken.h"

#include "omni/contract.h"
#include "omni/onnx.h"
#include "support/test.h"

#include <unistd.h>

static char *path_in(const char *folder, const char *name) {
    char *path = sr_asprintf("%s/%s", folder, name);
    assert_non_null(path);
    return path;
}

void test_cut_talker(const char *folder, const char *name, size_t bytes, off_t data_bytes) {
    char *from = path_in(folder, "qwen25_7b_audio.onnx"), *to = path_in(folder, name), *model = NULL;
    size_t len = 0;
    assert_int_equal(sr_read_file(from, 1 << 20, &model, &len, NULL), SARAI_OK);
    for (char *p = model; data_bytes && p + 25 < model + len; p++) /* "qwen25_7b_audio.onnx.data" */
        if (memcmp(p, "qwen25_7b_audio.onnx.data", 25) == 0)
            memcpy(p, "cut_____b_audio.onnx.data", 25);
    FILE *file = fopen(to, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(model, 1, bytes && bytes < len ? bytes : len, file), bytes && bytes < len ? bytes : len);
    fclose(file);
    if (data_bytes) {
        char *data = path_in(folder, "cut_____b_audio.onnx.data");
        file = fopen(data, "wb");
        assert_non_null(file);
        fclose(file);
        assert_int_equal(truncate(data, data_bytes), 0);
        free(data);
    }
    free(model);
    free(from);
    free(to);
}

void test_brittle_encoder(const char *folder, const char *name) {
    struct sr_str graph = {0}, model = {0};
    char *path = path_in(folder, name);
    float *weights = calloc(80 * SR_OMNI_HIDDEN, sizeof *weights);
    assert_non_null(weights);
    sr_wire_put_text(&graph, SR_GRAPH_NAME, "brittle");
    sr_onnx_put_value(&graph, SR_GRAPH_INPUT, "audio", SR_ONNX_FLOAT, "B S");
    sr_onnx_put_weight(&graph, "shape", SR_ONNX_INT64, (const int64_t[]){3}, 1, (const int64_t[]){1, -1, 80}, 24);
    sr_onnx_put_weight(&graph, "w", SR_ONNX_FLOAT, (const int64_t[]){80, SR_OMNI_HIDDEN}, 2, weights,
                       80 * SR_OMNI_HIDDEN * sizeof *weights);
    sr_onnx_put_node(&graph, "Reshape", "audio shape", "pieces", NULL);
    sr_onnx_put_node(&graph, "MatMul", "pieces w", "hidden_states", NULL);
    sr_onnx_put_value(&graph, SR_GRAPH_OUTPUT, "hidden_states", SR_ONNX_FLOAT, "B T 3584");
    sr_onnx_put_model(&model, &graph);
    assert_int_equal(sr_onnx_save(path, &model, NULL), SARAI_OK);
    sr_str_deinit(&graph);
    sr_str_deinit(&model);
    free(weights);
    free(path);
}
