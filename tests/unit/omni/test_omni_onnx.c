/* SPDX-License-Identifier: Apache-2.0 */
#include "omni/fixture.h"
#include "omni/onnx.h"
#include "support/failing_alloc.h"
#include "support/test.h"

#include <unistd.h>

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

static char *write_bytes(const char *name, const struct sr_str *bytes) {
    char *path = sr_asprintf("%s/%s", folder, name);
    assert_int_equal(sr_onnx_save(path, bytes, NULL), SARAI_OK);
    return path;
}

static void fields_are_read_as_they_were_written(void **state) {
    (void)state;
    struct sr_str out = {0}, inner = {0};
    struct sr_wire_field field;
    sr_wire_put_varint(&out, 1, 300);
    sr_wire_put_varint(&out, 536870911, UINT64_MAX);
    sr_wire_put_float(&out, 3, 1.5f);
    sr_wire_put_text(&inner, 7, "within");
    sr_wire_put_message(&out, 4, &inner);
    assert_int_equal(inner.len, 0);
    struct sr_span rest = {out.data, out.len};
    assert_int_equal(sr_wire_next(&rest, &field), 1);
    assert_int_equal(field.number, 1);
    assert_int_equal(field.value, 300);
    assert_int_equal(field.whole.len, 3);
    assert_int_equal(sr_wire_next(&rest, &field), 1);
    assert_true(field.number == 536870911 && field.value == UINT64_MAX);
    assert_int_equal(sr_wire_next(&rest, &field), 1);
    assert_int_equal(field.value, 0x3fc00000);
    assert_int_equal(sr_wire_next(&rest, &field), 1);
    assert_int_equal(field.type, SR_WIRE_BYTES);
    struct sr_span within = field.bytes;
    assert_int_equal(sr_wire_next(&within, &field), 1);
    assert_true(sr_span_is(field.bytes, "within"));
    assert_int_equal(sr_wire_next(&rest, &field), 0);
    sr_str_deinit(&out);
    sr_str_deinit(&inner);
}

static void what_is_no_field_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
    } cases[] = {{"\x08", 1},                                              /* a tag alone */
                 {"\x08\x80", 2},                                          /* a number that goes on */
                 {"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12}, /* for ever */
                 {"\x0a\x05hola", 6},                                      /* longer than the file */
                 {"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11},     /* as long as can be */
                 {"\x0d\x01\x02", 3},                                      /* half a float */
                 {"\x0b", 1},                                              /* a group */
                 {"\x02\x00", 2}};                                         /* field 0 */
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sr_span rest = {cases[i].bytes, cases[i].len};
        struct sr_wire_field field;
        assert_int_equal(sr_wire_next(&rest, &field), SARAI_EINPUT);
    }
}

/* A model of one MatMul whose weight is in the file `data`, at `offset`, of `len` bytes. */
static char *put_external(const char *name, const char *data, uint64_t offset, uint64_t len) {
    struct sr_str graph = {0}, model = {0};
    sr_onnx_put_external(&graph, "w", SR_ONNX_FLOAT, (const int64_t[]){2, 3}, 2, data, offset, len);
    sr_onnx_put_node(&graph, "MatMul", "x w", "y", NULL);
    sr_onnx_put_model(&model, &graph);
    char *path = write_bytes(name, &model);
    sr_str_deinit(&graph);
    sr_str_deinit(&model);
    return path;
}

static void weights_are_found_in_the_data_file(void **state) {
    (void)state;
    struct sr_onnx *onnx = NULL;
    char *data = test_file(folder, "w.data", "........abcdefghijklmnopqrstuvwx");
    char *path = put_external("m.onnx", "w.data", 8, 24);
    assert_int_equal(sr_onnx_open(path, &onnx, NULL), SARAI_OK);
    const struct sr_onnx_weight *weight = sr_onnx_find(onnx, onnx->nodes[0].inputs[1]);
    assert_non_null(weight);
    assert_int_equal(weight->rank, 2);
    assert_int_equal(weight->count, 6);
    assert_int_equal(onnx->data_bytes, 32);
    assert_true(sr_span_is(weight->data, "abcdefghijklmnopqrstuvwx"));
    sr_onnx_close(onnx);
    free(path);
    free(data);
}

static void data_that_is_elsewhere_cut_off_or_of_another_size_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *data;
        uint64_t offset, len;
        int code;
        const char *reason;
    } cases[] = {{"../w.data", 0, 24, SARAI_EINPUT, "plain name"},
                 {"/etc/passwd", 0, 24, SARAI_EINPUT, "plain name"},
                 {"..", 0, 24, SARAI_EINPUT, "plain name"},
                 {"", 0, 24, SARAI_EINPUT, "plain name"},
                 {"none.data", 0, 24, SARAI_EMODEL, "can't be opened"},
                 {"w.data", 9, 24, SARAI_EINPUT, "w.data is cut off: it has 32 bytes and 33 are needed"},
                 {"w.data", UINT64_MAX / 16, 24, SARAI_EINPUT, "cut off"},
                 {"w.data", 0, 23, SARAI_EINPUT, "the weight w has 23 bytes and needs 24"}};
    char *data = test_file(folder, "w.data", "........abcdefghijklmnopqrstuvwx");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sr_onnx *onnx = NULL;
        struct sarai_error error = {0};
        char *path = put_external("bad.onnx", cases[i].data, cases[i].offset, cases[i].len);
        assert_int_equal(sr_onnx_open(path, &onnx, &error), cases[i].code);
        if (!strstr(error.text, cases[i].reason))
            fail_msg("'%s' does not say '%s'", error.text, cases[i].reason);
        free(path);
    }
    free(data);
}

static void a_file_that_is_no_model_is_refused(void **state) {
    (void)state;
    static const char *const texts[] = {"", "no model", "\x3a\x04nope", "\x08\x08"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct sr_onnx *onnx = NULL;
        struct sarai_error error = {0};
        char *path = test_file(folder, "no.onnx", texts[i]);
        assert_int_equal(sr_onnx_open(path, &onnx, &error), SARAI_EINPUT);
        assert_true(error.text[0] != '\0');
        free(path);
    }
    struct sr_onnx *onnx = NULL;
    assert_int_equal(sr_onnx_open("/nowhere.onnx", &onnx, NULL), SARAI_EMODEL);
    assert_int_equal(sr_onnx_open("/tmp", &onnx, NULL), SARAI_EINPUT);
}

static void a_model_is_refused_wherever_it_is_cut_off(void **state) {
    (void)state;
    char *data = test_file(folder, "w.data", "........abcdefghijklmnopqrstuvwx");
    char *path = put_external("whole.onnx", "w.data", 8, 24), *bytes = NULL;
    size_t len = 0;
    assert_int_equal(sr_read_file(path, 4096, &bytes, &len, NULL), SARAI_OK);
    int refused = 0;
    for (size_t cut = 1; cut < len; cut++) {
        struct sr_onnx *onnx = NULL;
        assert_int_equal(truncate(path, (off_t)cut), 0);
        const int rc = sr_onnx_open(path, &onnx, NULL);
        assert_true(rc == SARAI_OK || rc == SARAI_EINPUT); /* after the graph only its opset is missing */
        refused += rc == SARAI_EINPUT;
        sr_onnx_close(onnx);
        FILE *file = fopen(path, "wb");
        assert_int_equal(fwrite(bytes, 1, len, file), len);
        fclose(file);
    }
    assert_true(refused > (int)len - 8);
    free(bytes);
    free(path);
    free(data);
}

static void the_same_models_are_made_every_time(void **state) {
    (void)state;
    for (int kind = 0; kind < SR_OMNI_KINDS; kind++) {
        char *path = sr_asprintf("%s/%s", folder, sr_omni_fixture_names[kind]), *bytes[2] = {NULL};
        size_t len[2];
        for (int i = 0; i < 2; i++) {
            assert_int_equal(sr_omni_fixture(folder, (enum sr_omni_kind)kind, NULL), SARAI_OK);
            assert_int_equal(sr_read_file(path, 1 << 26, &bytes[i], &len[i], NULL), SARAI_OK);
        }
        assert_int_equal(len[0], len[1]);
        assert_memory_equal(bytes[0], bytes[1], len[0]);
        free(bytes[0]);
        free(bytes[1]);
        free(path);
    }
    assert_int_equal(sr_omni_fixture("/nowhere", SR_OMNI_TALKER, NULL), SARAI_EIO);
    assert_int_equal(sr_omni_fixture("/nowhere", SR_OMNI_VOCODER, NULL), SARAI_EIO);
}

static void running_out_of_memory_leaves_nothing(void **state) {
    (void)state;
    char *data = test_file(folder, "w.data", "........abcdefghijklmnopqrstuvwx");
    char *path = put_external("m.onnx", "w.data", 8, 24);
    for (int n = 1;; n++) {
        struct sr_onnx *onnx = NULL;
        sr_fail_alloc_at(n);
        const int rc = sr_onnx_open(path, &onnx, NULL);
        sr_fail_alloc_off();
        if (!sr_fail_alloc_hit()) {
            assert_int_equal(rc, SARAI_OK);
            sr_onnx_close(onnx);
            break;
        }
        assert_int_equal(rc, SARAI_ENOMEM);
        assert_null(onnx);
    }
    for (int n = 1; n < 400; n++) {
        sr_fail_alloc_at(n);
        const int rc = sr_omni_fixture(folder, SR_OMNI_ENCODER, NULL);
        sr_fail_alloc_off();
        assert_int_equal(rc, sr_fail_alloc_hit() ? SARAI_ENOMEM : SARAI_OK);
        if (rc == SARAI_OK)
            break;
    }
    free(path);
    free(data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_read_as_they_were_written),
        cmocka_unit_test(what_is_no_field_is_refused),
        cmocka_unit_test(weights_are_found_in_the_data_file),
        cmocka_unit_test(data_that_is_elsewhere_cut_off_or_of_another_size_is_refused),
        cmocka_unit_test(a_file_that_is_no_model_is_refused),
        cmocka_unit_test(a_model_is_refused_wherever_it_is_cut_off),
        cmocka_unit_test(the_same_models_are_made_every_time),
        cmocka_unit_test(running_out_of_memory_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
