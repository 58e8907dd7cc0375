/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/manifest.h"
#include "support/failing_alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEADER "model\tpart\tfile\tbytes\tsha256\tlicense\tdefault\tpackages\tupstream\tabout\n"
#define SUM "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" /* of "abc" */
#define GOOD "tiny\tpart\ttiny/a.bin\t3\t" SUM "\tMIT\tyes\tpack\thttps://example.org\tThree letters\n"

struct fixture {
    char dir[64], path[128];
    struct sarai_error error;
};

static int set_up(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    strcpy(f->dir, "/tmp/sarai-test-manifest-XXXXXX");
    *state = f;
    if (mkdtemp(f->dir) == NULL)
        return -1;
    snprintf(f->path, sizeof f->path, "%s/models.tsv", f->dir);
    setenv("SARAI_SHARE_DIR", f->dir, 1);
    setenv("SARAI_MODELS_DIR", f->dir, 1);
    return 0;
}

static int tear_down(void **state) {
    struct fixture *f = *state;
    char command[128];
    snprintf(command, sizeof command, "rm -r '%s'", f->dir);
    free(f);
    return system(command);
}

static void write_file(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void assert_refused(struct fixture *f, const char *text, int line, const char *reason) {
    struct sr_manifest *manifest = NULL;
    char where[160];
    write_file(f->path, text);
    assert_int_equal(sr_manifest_load(f->path, &manifest, &f->error), SARAI_EINPUT);
    assert_null(manifest);
    snprintf(where, sizeof where, "%s:%d", f->path, line);
    assert_string_equal(f->error.where, where);
    assert_non_null(strstr(f->error.text, reason));
}

static void a_good_table_is_read_with_its_comments_left_out(void **state) {
    struct fixture *f = *state;
    struct sr_manifest *manifest = NULL;
    write_file(f->path, "# models\n" HEADER "\n" GOOD "# end\n");
    assert_int_equal(sr_manifest_load(f->path, &manifest, &f->error), SARAI_OK);
    assert_int_equal(manifest->count, 1);
    assert_string_equal(manifest->rows[0].model, "tiny");
    assert_string_equal(manifest->rows[0].file, "tiny/a.bin");
    assert_int_equal(manifest->rows[0].bytes, 3);
    assert_true(manifest->rows[0].by_default);
    assert_string_equal(manifest->rows[0].about, "Three letters");
    sr_manifest_free(manifest);
}

static void a_bad_line_is_named_with_what_is_expected(void **state) {
    struct fixture *f = *state;
    assert_refused(f, GOOD, 1, "column 1 must be 'model'");
    assert_refused(f, HEADER "tiny\tpart\n", 2, "10 columns");
    assert_refused(f, HEADER GOOD "x\t\tf\t0\t" SUM "\t\tyes\t\t\t\n", 3, "bytes must be");
    assert_refused(f, HEADER "x\t\tf\t1x\t" SUM "\t\tyes\t\t\t\n", 2, "bytes must be");
    assert_refused(f, HEADER "x\t\tf\t99999999999999999999\t" SUM "\t\tyes\t\t\t\n", 2, "bytes must be");
    assert_refused(f, HEADER "x\t\tf\t1\tabc\t\tyes\t\t\t\n", 2, "sha256 must be");
    assert_refused(f, HEADER "x\t\tf\t1\t" SUM "\t\tmaybe\t\t\t\n", 2, "default must be yes or no");
    assert_refused(f, HEADER "x\t\t../f\t1\t" SUM "\t\tyes\t\t\t\n", 2, "inside the models folder");
    assert_refused(f, HEADER "x\t\t/f\t1\t" SUM "\t\tyes\t\t\t\n", 2, "inside the models folder");
    assert_refused(f, HEADER "\t\tf\t1\t" SUM "\t\tyes\t\t\t\n", 2, "no name");
}

static void the_sum_of_a_file_is_the_known_one_and_a_missing_file_is_an_error(void **state) {
    struct fixture *f = *state;
    char sum[SR_SHA256_HEX];
    write_file(f->path, "abc");
    assert_int_equal(sr_sha256_file(f->path, sum, &f->error), SARAI_OK);
    assert_string_equal(sum, SUM);
    unlink(f->path);
    assert_int_equal(sr_sha256_file(f->path, sum, &f->error), SARAI_EIO);
    assert_int_equal(sr_sha256_file(f->dir, sum, &f->error), SARAI_EIO);
}

static int take_state(void *user, const struct sarai_model_file *file) {
    *(int *)user = (int)file->state;
    return 0;
}

static void a_model_is_missing_then_bad_then_present(void **state) {
    struct fixture *f = *state;
    char folder[80], path[96];
    int found = -1;
    write_file(f->path, HEADER GOOD);
    assert_int_equal(sarai_models_each(NULL, "tiny", true, take_state, &found, &f->error), SARAI_OK);
    assert_int_equal(found, SARAI_MODEL_MISSING);
    snprintf(folder, sizeof folder, "%s/tiny", f->dir);
    snprintf(path, sizeof path, "%s/tiny/a.bin", f->dir);
    char command[128];
    snprintf(command, sizeof command, "mkdir '%s'", folder);
    assert_int_equal(system(command), 0);
    write_file(path, "ab");
    sarai_models_each(NULL, NULL, false, take_state, &found, &f->error);
    assert_int_equal(found, SARAI_MODEL_BAD);
    write_file(path, "abd");
    sarai_models_each(NULL, NULL, false, take_state, &found, &f->error);
    assert_int_equal(found, SARAI_MODEL_PRESENT); /* only the size was looked at */
    sarai_models_each(NULL, NULL, true, take_state, &found, &f->error);
    assert_int_equal(found, SARAI_MODEL_BAD);
    write_file(path, "abc");
    sarai_models_each(NULL, NULL, true, take_state, &found, &f->error);
    assert_int_equal(found, SARAI_MODEL_PRESENT);
}

static void an_unknown_model_is_answered_with_the_nearest_name(void **state) {
    struct fixture *f = *state;
    int found = -1;
    write_file(f->path, HEADER GOOD);
    assert_int_equal(sarai_models_each(NULL, "tyni", false, take_state, &found, &f->error), SARAI_EUSAGE);
    assert_non_null(strstr(f->error.text, "'tiny'"));
    assert_int_equal(found, -1);
    assert_int_equal(sarai_models_pull(NULL, "tyni", &f->error), SARAI_EUSAGE);
}

/* A stand-in for the set-up's program that tells what it was given. */
static void pulling_runs_the_fetch_program_and_maps_its_exit_code(void **state) {
    struct fixture *f = *state;
    char program[96], command[256];
    write_file(f->path, HEADER GOOD);
    snprintf(program, sizeof program, "%s/fetch", f->dir);
    setenv("SARAI_LIBEXEC_DIR", f->dir, 1);
    const struct {
        const char *script;
        int result;
    } cases[] = {{"#!/bin/sh\ntest \"$1\" = tiny && test -d \"$SARAI_MODELS_DIR\"\n", SARAI_OK},
                 {"#!/bin/sh\nexit 1\n", SARAI_EIO},
                 {"#!/bin/sh\nexit 4\n", SARAI_EMODEL},
                 {"#!/bin/sh\nkill -TERM $$\n", SARAI_EIO},
                 {"#!/nowhere/sh\n", SARAI_EMODEL}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_file(program, cases[i].script);
        snprintf(command, sizeof command, "chmod +x '%s'", program);
        assert_int_equal(system(command), 0);
        assert_int_equal(sarai_models_pull(NULL, "tiny", &f->error), cases[i].result);
    }
    unsetenv("SARAI_LIBEXEC_DIR");
}

static void a_missing_model_is_named_with_the_command_that_gets_it(void **state) {
    struct fixture *f = *state;
    assert_int_equal(sr_path_check_model("/nowhere/m.onnx", "silero-vad", &f->error), SARAI_EMODEL);
    assert_string_equal(f->error.where, "/nowhere/m.onnx");
    assert_non_null(strstr(f->error.text, "sarai models pull silero-vad"));
    assert_int_equal(sr_path_check_model(f->dir, "silero-vad", &f->error), SARAI_EMODEL);
}

static void the_models_folder_follows_option_then_environment_then_the_users_folders(void **state) {
    (void)state;
    struct sr_model_opts opts = {.dir = "/opt/m", .share = "/opt/s"};
    const struct {
        const struct sr_model_opts *opts;
        const char *models, *data, *expected;
    } cases[] = {{&opts, "/env", "/data", "/opt/m/a/b"},
                 {NULL, "/env", "/data", "/env/a/b"},
                 {NULL, "", "/data", "/data/sarai/models/a/b"},
                 {NULL, "", "", "/homes/x/.local/share/sarai/models/a/b"}};
    char *home = sr_strdup(getenv("HOME"));
    setenv("HOME", "/homes/x", 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        setenv("SARAI_MODELS_DIR", cases[i].models, 1);
        setenv("XDG_DATA_HOME", cases[i].data, 1);
        char *path = sr_path_model(cases[i].opts, "a/b");
        assert_string_equal(path, cases[i].expected);
        free(path);
    }
    char *path = sr_path_model(NULL, "/abs/model.gguf");
    assert_string_equal(path, "/abs/model.gguf");
    free(path);
    unsetenv("XDG_DATA_HOME");
    if (home != NULL)
        setenv("HOME", home, 1);
    free(home);
}

static void a_failed_allocation_leaves_no_half_table(void **state) {
    struct fixture *f = *state;
    bool hit = true;
    write_file(f->path, HEADER GOOD GOOD);
    for (int n = 1; hit; n++) {
        struct sr_manifest *manifest = NULL;
        sr_fail_alloc_at(n);
        const int rc = sr_manifest_load(f->path, &manifest, &f->error);
        hit = sr_fail_alloc_hit();
        sr_fail_alloc_off();
        if (!hit)
            assert_int_equal(rc, SARAI_OK);
        assert_true((rc == SARAI_OK) == (manifest != NULL));
        sr_manifest_free(manifest);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_good_table_is_read_with_its_comments_left_out),
        TEST(a_bad_line_is_named_with_what_is_expected),
        TEST(the_sum_of_a_file_is_the_known_one_and_a_missing_file_is_an_error),
        TEST(a_model_is_missing_then_bad_then_present),
        TEST(an_unknown_model_is_answered_with_the_nearest_name),
        TEST(pulling_runs_the_fetch_program_and_maps_its_exit_code),
        TEST(a_missing_model_is_named_with_the_command_that_gets_it),
        TEST(the_models_folder_follows_option_then_environment_then_the_users_folders),
        TEST(a_failed_allocation_leaves_no_half_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
