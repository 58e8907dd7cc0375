/* SPDX-License-Identifier: Apache-2.0 */
#include "omni/fixture.h"
#include "omni/onnx.h"
#include "omni/quantize.h"
#include "support/failing_alloc.h"
#include "support/test.h"

#include <math.h>

static char *folder;

static int make_folder(void **state) {
    (void)state;
    folder = test_folder();
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    test_folder_remove(folder);
    return 0;
}

#define ROWS 64
#define COLUMNS 32

/* y = x w, z = x w + w of another node when `shared`: then the floats must stay. */
static char *put_model(bool shared, int64_t opset) {
    struct sr_str graph = {0}, model = {0}, version = {0};
    float weights[ROWS * COLUMNS];
    for (int i = 0; i < ROWS * COLUMNS; i++)
        weights[i] = (float)(i % COLUMNS + 1) * sinf((float)i);
    sr_onnx_put_weight(&graph, "w", SR_ONNX_FLOAT, (const int64_t[]){ROWS, COLUMNS}, 2, weights, sizeof weights);
    sr_onnx_put_weight(&graph, "unused.bias", SR_ONNX_FLOAT, (const int64_t[]){1}, 1, weights, sizeof *weights);
    sr_onnx_put_node(&graph, "MatMul", "x w", "y", NULL);
    sr_onnx_put_node(&graph, shared ? "Identity" : "Relu", shared ? "w" : "y", "z", NULL);
    sr_onnx_put_value(&graph, SR_GRAPH_INPUT, "x", SR_ONNX_FLOAT, "N 64");
    sr_onnx_put_value(&graph, SR_GRAPH_OUTPUT, "z", SR_ONNX_FLOAT, "N M");
    sr_wire_put_varint(&model, SR_MODEL_IR, 8);
    sr_wire_put_message(&model, SR_MODEL_GRAPH, &graph);
    sr_wire_put_varint(&version, 2, (uint64_t)opset);
    sr_wire_put_message(&model, SR_MODEL_OPSET, &version);
    char *path = sr_asprintf("%s/in.onnx", folder);
    assert_int_equal(sr_onnx_save(path, &model, NULL), SARAI_OK);
    sr_str_deinit(&graph);
    sr_str_deinit(&model);
    sr_str_deinit(&version);
    return path;
}

static const struct sr_onnx_weight *find(const struct sr_onnx *onnx, const char *name) {
    return sr_onnx_find(onnx, (struct sr_span){name, strlen(name)});
}

static void each_column_is_rounded_to_a_127th_of_its_largest_weight(void **state) {
    (void)state;
    char *in = put_model(false, 17), *out = sr_asprintf("%s/out.onnx", folder);
    struct sr_onnx *before = NULL, *after = NULL;
    assert_int_equal(sr_omni_quantize_file(in, out, NULL), 1);
    assert_int_equal(sr_onnx_open(in, &before, NULL), SARAI_OK);
    assert_int_equal(sr_onnx_open(out, &after, NULL), SARAI_OK);
    assert_null(find(after, "w")); /* nobody needs the floats any more */
    assert_non_null(find(after, "unused.bias"));
    const struct sr_onnx_weight *rounded = find(after, "w_q8"), *scales = find(after, "w_q8_scale");
    assert_non_null(rounded);
    assert_non_null(scales);
    assert_int_equal(rounded->type, SR_ONNX_INT8);
    assert_int_equal(scales->count, COLUMNS);
    const float *w = (const float *)(const void *)find(before, "w")->data.data;
    for (int c = 0; c < COLUMNS; c++) {
        float scale, largest = 0;
        memcpy(&scale, scales->data.data + (size_t)c * sizeof scale, sizeof scale);
        for (int r = 0; r < ROWS; r++) {
            float value;
            memcpy(&value, w + r * COLUMNS + c, sizeof value);
            const float back = (float)(int8_t)rounded->data.data[r * COLUMNS + c] * scale;
            assert_true(fabsf(back - value) <= 0.501f * scale);
            largest = fmaxf(largest, fabsf(value));
        }
        assert_true(fabsf(scale * 127 - largest) < 1e-4f * largest);
    }
    static const char *const ops[] = {"DynamicQuantizeLinear", "Mul", "MatMulInteger", "Cast", "Mul", "Relu"};
    assert_int_equal(after->node_count, sizeof ops / sizeof *ops);
    for (size_t i = 0; i < after->node_count; i++)
        assert_true(sr_span_is(after->nodes[i].op, ops[i]));
    sr_onnx_close(before);
    sr_onnx_close(after);
    free(in);
    free(out);
}

static void floats_that_another_node_takes_stay(void **state) {
    (void)state;
    char *in = put_model(true, 17), *out = sr_asprintf("%s/out.onnx", folder);
    struct sr_onnx *after = NULL;
    assert_int_equal(sr_omni_quantize_file(in, out, NULL), 1);
    assert_int_equal(sr_onnx_open(out, &after, NULL), SARAI_OK);
    assert_non_null(find(after, "w"));
    assert_non_null(find(after, "w_q8"));
    sr_onnx_close(after);
    free(in);
    free(out);
}

static void the_talker_becomes_a_quarter_in_one_file(void **state) {
    (void)state;
    char *in = sr_asprintf("%s/%s", folder, sr_omni_fixture_names[SR_OMNI_TALKER]);
    char *out = sr_asprintf("%s/out.onnx", folder);
    struct sr_onnx *after = NULL;
    assert_int_equal(sr_omni_fixture(folder, SR_OMNI_TALKER, NULL), SARAI_OK);
    assert_int_equal(sr_omni_quantize_file(in, out, NULL), 2);
    assert_int_equal(sr_onnx_open(out, &after, NULL), SARAI_OK);
    assert_int_equal(after->data_bytes, 0);
    assert_in_range(after->file.len, SR_OMNI_TALKER_BYTES / 4, SR_OMNI_TALKER_BYTES / 4 + 50000);
    sr_onnx_close(after);
    free(in);
    free(out);
}

static void a_model_with_nothing_to_round_or_of_another_age_is_refused(void **state) {
    (void)state;
    struct sarai_error error = {0};
    char *in = put_model(false, 9), *out = sr_asprintf("%s/out.onnx", folder), *again = sr_asprintf("%s/o2", folder);
    assert_int_equal(sr_omni_quantize_file(in, out, &error), SARAI_EINPUT);
    assert_non_null(strstr(error.text, "opset"));
    free(in);
    in = put_model(false, 17);
    assert_int_equal(sr_omni_quantize_file(in, out, NULL), 1);
    assert_int_equal(sr_omni_quantize_file(out, again, &error), SARAI_EINPUT);
    assert_non_null(strstr(error.text, "no float32 MatMul"));
    assert_int_equal(sr_omni_quantize_file(in, "/nowhere/out.onnx", &error), SARAI_EIO);
    free(in);
    free(out);
    free(again);
}

static void running_out_of_memory_is_told(void **state) {
    (void)state;
    char *in = put_model(true, 17), *out = sr_asprintf("%s/out.onnx", folder);
    for (int n = 1;; n++) {
        sr_fail_alloc_at(n);
        const int rc = sr_omni_quantize_file(in, out, NULL);
        sr_fail_alloc_off();
        if (!sr_fail_alloc_hit()) {
            assert_int_equal(rc, 1);
            break;
        }
        assert_int_equal(rc, SARAI_ENOMEM);
    }
    free(in);
    free(out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_column_is_rounded_to_a_127th_of_its_largest_weight),
        cmocka_unit_test(floats_that_another_node_takes_stay),
        cmocka_unit_test(the_talker_becomes_a_quarter_in_one_file),
        cmocka_unit_test(a_model_with_nothing_to_round_or_of_another_age_is_refused),
        cmocka_unit_test(running_out_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
