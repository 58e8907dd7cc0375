/* SPDX-License-Identifier: Apache-2.0 */
#include "omni/npy.h"
#include "support/failing_alloc.h"
#include "support/test.h"

#include "base/str.h"

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

/* A file of that header (version 1, or 2 when `wide`) and `count` floats 0, 1, 2, ... */
static char *put(const char *header, bool wide, int count) {
    char *path = sr_asprintf("%s/a.npy", folder);
    const size_t len = strlen(header);
    FILE *file = fopen(path, "wb");
    fwrite("\x93NUMPY", 1, 6, file);
    const unsigned char prefix[] = {wide ? 2 : 1, 0, (unsigned char)len, (unsigned char)(len >> 8), 0, 0};
    fwrite(prefix, 1, wide ? 6 : 4, file);
    fwrite(header, 1, len, file);
    for (int i = 0; i < count; i++) {
        const float value = (float)i;
        fwrite(&value, sizeof value, 1, file);
    }
    fclose(file);
    return path;
}

static void arrays_come_back_as_they_were_written(void **state) {
    (void)state;
    static const float numbers[] = {1, -2, 3.5f, 4, 5, 6};
    const struct sr_omni_tensor tensor = {.data = numbers, .rank = 3, .shape = {1, 2, 3}};
    struct sr_omni_tensor back;
    float *values = NULL;
    char *path = sr_asprintf("%s/b.npy", folder);
    assert_int_equal(sr_npy_write(path, &tensor, NULL), SARAI_OK);
    assert_int_equal(sr_npy_read(path, &values, &back, NULL), SARAI_OK);
    assert_int_equal(back.rank, 3);
    assert_memory_equal(back.shape, tensor.shape, sizeof tensor.shape);
    assert_memory_equal(values, numbers, sizeof numbers);
    free(values);
    free(path);
    assert_int_equal(sr_npy_write("/nowhere/b.npy", &tensor, NULL), SARAI_EIO);
}

static void headers_of_both_versions_are_read(void **state) {
    (void)state;
    for (int wide = 0; wide < 2; wide++) {
        struct sr_omni_tensor back;
        float *values = NULL;
        char *path = put("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }      \n", wide, 6);
        assert_int_equal(sr_npy_read(path, &values, &back, NULL), SARAI_OK);
        assert_int_equal(back.rank, 2);
        assert_true(back.shape[0] == 2 && back.shape[1] == 3 && values[5] == 5);
        free(values);
        free(path);
    }
}

static void what_is_no_such_array_is_refused_with_the_reason(void **state) {
    (void)state;
    static const struct {
        const char *header;
        int count;
        const char *reason;
    } cases[] = {
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (6,), }", 6, "float32"},
        {"{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }", 6, "C order"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (), }", 1, "dimensions"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (0, 3), }", 0, "dimensions"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (-1, 3), }", 6, "dimensions"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 2, 3), }", 6, "dimensions"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999, 99999999), }", 6, "dimensions"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", 5, "20 bytes of numbers, its header tells 24"},
        {"{'descr': '<f4', 'shape': (2, 3), }", 6, "header is broken"},
        {"", 6, "header is broken"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sr_omni_tensor back;
        struct sarai_error error = {0};
        float *values = NULL;
        char *path = put(cases[i].header, false, cases[i].count);
        assert_int_equal(sr_npy_read(path, &values, &back, &error), SARAI_EINPUT);
        if (!strstr(error.text, cases[i].reason))
            fail_msg("'%s' does not say '%s'", error.text, cases[i].reason);
        assert_null(values);
        free(path);
    }
    struct sr_omni_tensor back;
    float *values = NULL;
    char *path = test_file(folder, "c.npy", "no array at all");
    assert_int_equal(sr_npy_read(path, &values, &back, NULL), SARAI_EINPUT);
    assert_int_equal(sr_npy_read("/nowhere.npy", &values, &back, NULL), SARAI_EIO);
    free(path);
}

static void running_out_of_memory_is_told(void **state) {
    (void)state;
    char *path = put("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n", false, 6);
    for (int n = 1;; n++) {
        struct sr_omni_tensor back;
        float *values = NULL;
        sr_fail_alloc_at(n);
        const int rc = sr_npy_read(path, &values, &back, NULL);
        sr_fail_alloc_off();
        const bool hit = sr_fail_alloc_hit();
        if (rc == SARAI_OK)
            free(values);
        if (!hit)
            break;
        assert_true(rc == SARAI_ENOMEM || rc == SARAI_OK); /* a file's buffer may be done without */
    }
    free(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arrays_come_back_as_they_were_written),
        cmocka_unit_test(headers_of_both_versions_are_read),
        cmocka_unit_test(what_is_no_such_array_is_refused_with_the_reason),
        cmocka_unit_test(running_out_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
