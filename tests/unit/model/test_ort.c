/* SPDX-License-Identifier: Apache-2.0 */
#include "model/ort.h"

#include "support/test.h"

#include <unistd.h>

static int use_no_variable(void **state) {
    (void)state;
    return unsetenv("SARAI_ORT");
}

static void a_missing_runtime_is_named_with_the_command_that_gets_it(void **state) {
    (void)state;
    const struct sr_model_opts opts = {.dir = "/nowhere", .share = ""};
    struct sr_ort *ort = NULL;
    struct sarai_error error = {0};
    assert_int_equal(sr_ort_open(&opts, &ort, &error), SARAI_EMODEL);
    assert_null(ort);
    assert_string_equal(error.where, "/nowhere/onnxruntime/libonnxruntime.so");
    assert_non_null(strstr(error.text, "sarai models pull onnxruntime"));
    sr_ort_close(NULL);
}

static void the_variable_wins_over_the_models_folder(void **state) {
    (void)state;
    const struct sr_model_opts opts = {.dir = "/nowhere", .share = ""};
    struct sr_ort *ort = NULL;
    struct sarai_error error = {0};
    assert_int_equal(setenv("SARAI_ORT", "/elsewhere/libonnxruntime.so", 1), 0);
    assert_int_equal(sr_ort_open(&opts, &ort, &error), SARAI_EMODEL);
    assert_string_equal(error.where, "/elsewhere/libonnxruntime.so");
}

static void a_file_that_is_no_library_is_refused(void **state) {
    (void)state;
    char path[] = "/tmp/sarai-test-XXXXXX";
    struct sr_ort *ort = NULL;
    struct sarai_error error = {0};
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "no library\n", 11), 11);
    close(fd);
    assert_int_equal(setenv("SARAI_ORT", path, 1), 0);
    assert_int_equal(sr_ort_open(NULL, &ort, &error), SARAI_EMODEL);
    assert_string_equal(error.where, path);
    assert_true(error.text[0] != '\0');
    unlink(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_missing_runtime_is_named_with_the_command_that_gets_it, use_no_variable),
        cmocka_unit_test_teardown(the_variable_wins_over_the_models_folder, use_no_variable),
        cmocka_unit_test_teardown(a_file_that_is_no_library_is_refused, use_no_variable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
