/* SPDX-License-Identifier: Apache-2.0 */
#include "audio/wav.h"
#include "base/str.h"
#include "support/failing_alloc.h"
#include "support/test.h"

#include <math.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

static int setup(void **state) {
    *state = test_folder();
    return 0;
}

static int teardown(void **state) {
    test_folder_remove(*state);
    return 0;
}

static char *target(void **state) {
    return sr_asprintf("%s/out.wav", (char *)*state);
}

static void a_finished_file_has_the_bytes_of_the_format(void **state) {
    static const uint8_t expected[] = {'R', 'I', 'F', 'F',  42, 0, 0, 0,    'W',  'A',  'V', 'E',  'f',
                                       'm', 't', ' ', 16,   0,  0, 0, 1,    0,    1,    0,   0x80, 0x3e,
                                       0,   0,   0,   0x7d, 0,  0, 2, 0,    16,   0,    'd', 'a',  't',
                                       'a', 6,   0,   0,    0,  0, 0, 0xff, 0x7f, 0x01, 0x80};
    const float samples[] = {NAN, 2, -2};
    char *path = target(state), *bytes = NULL;
    struct sr_wav *wav = NULL;
    size_t len = 0;
    assert_int_equal(sr_wav_create(path, 16000, 1, &wav, NULL), SARAI_OK);
    assert_int_equal(sr_wav_write(wav, samples, 3), SARAI_OK);
    assert_int_equal(sr_wav_commit(wav, NULL), SARAI_OK);
    assert_int_equal(sr_read_file(path, 1000, &bytes, &len, NULL), SARAI_OK);
    assert_int_equal(len, sizeof expected);
    assert_memory_equal(bytes, expected, sizeof expected);
    assert_int_equal(test_folder_count(*state), 1);
    free(bytes);
    free(path);
}

static void others_may_read_it_as_the_umask_says(void **state) {
    char *path = target(state);
    struct sr_wav *wav = NULL;
    struct stat st;
    mode_t before = umask(027);
    assert_int_equal(sr_wav_create(path, 8000, 2, &wav, NULL), SARAI_OK);
    assert_int_equal(sr_wav_commit(wav, NULL), SARAI_OK);
    umask(before);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640);
    free(path);
}

static void an_abandoned_file_leaves_nothing_and_keeps_the_old_one(void **state) {
    char *path = test_file(*state, "out.wav", "old"), *bytes = NULL;
    struct sr_wav *wav = NULL;
    size_t len;
    assert_int_equal(sr_wav_create(path, 16000, 1, &wav, NULL), SARAI_OK);
    assert_int_equal(sr_wav_write(wav, (float[]){1}, 1), SARAI_OK);
    assert_int_equal(test_folder_count(*state), 2);
    sr_wav_abandon(wav);
    sr_wav_abandon(NULL);
    assert_int_equal(test_folder_count(*state), 1);
    assert_int_equal(sr_read_file(path, 100, &bytes, &len, NULL), SARAI_OK);
    assert_string_equal(bytes, "old");
    free(bytes);
    free(path);
}

static void two_writers_of_one_name_do_not_meet(void **state) {
    char *path = target(state);
    struct sr_wav *a = NULL, *b = NULL;
    assert_int_equal(sr_wav_create(path, 16000, 1, &a, NULL), SARAI_OK);
    assert_int_equal(sr_wav_create(path, 16000, 1, &b, NULL), SARAI_OK);
    assert_int_equal(test_folder_count(*state), 2);
    assert_int_equal(sr_wav_commit(a, NULL), SARAI_OK);
    assert_int_equal(sr_wav_commit(b, NULL), SARAI_OK);
    assert_int_equal(test_folder_count(*state), 1);
    free(path);
}

static void a_full_disk_is_told_at_the_end_and_leaves_nothing(void **state) {
    char *path = target(state);
    struct sr_wav *wav = NULL;
    struct sarai_error error = {0};
    struct rlimit before, small = {.rlim_cur = 10000};
    float *samples = calloc(100000, sizeof *samples);
    assert_int_equal(sr_wav_create(path, 16000, 1, &wav, NULL), SARAI_OK);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    small.rlim_max = before.rlim_max;
    setrlimit(RLIMIT_FSIZE, &small);
    int rc = sr_wav_write(wav, samples, 100000);
    int again = sr_wav_write(wav, samples, 1);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_int_equal(rc, SARAI_EIO);
    assert_int_equal(again, SARAI_EIO);
    assert_int_equal(sr_wav_commit(wav, &error), SARAI_EIO);
    assert_non_null(strstr(error.text, "File too large"));
    assert_string_equal(error.where, path);
    assert_int_equal(test_folder_count(*state), 0);
    free(samples);
    free(path);
}

static void more_than_4_gb_is_refused_before_a_byte_is_written(void **state) {
    char *path = target(state);
    struct sr_wav *wav = NULL;
    struct sarai_error error = {0};
    const float sample = 0;
    assert_int_equal(sr_wav_create(path, 16000, 1, &wav, NULL), SARAI_OK);
    assert_int_equal(sr_wav_write(wav, &sample, (size_t)1 << 31), SARAI_EFULL);
    assert_int_equal(sr_wav_commit(wav, &error), SARAI_EFULL);
    assert_non_null(strstr(error.text, "4 GB"));
    assert_int_equal(test_folder_count(*state), 0);
    free(path);
}

static void a_place_that_cannot_be_written_is_named_with_its_reason(void **state) {
    char *folder = sr_strdup(*state), *missing = sr_asprintf("%s/no/out.wav", (char *)*state);
    const struct {
        const char *path, *reason;
    } cases[] = {{missing, "No such file or directory"}, {folder, "is a folder"}, {"/dev/null", "is a device"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sr_wav *wav = NULL;
        struct sarai_error error = {0};
        assert_int_equal(sr_wav_create(cases[i].path, 16000, 1, &wav, &error), SARAI_EIO);
        assert_null(wav);
        assert_non_null(strstr(error.text, cases[i].reason));
        assert_string_equal(error.where, cases[i].path);
    }
    free(folder);
    free(missing);
}

static void running_out_of_memory_leaves_no_file(void **state) {
    char *path = target(state);
    for (int n = 1;; n++) {
        struct sr_wav *wav = NULL;
        sr_fail_alloc_at(n);
        int rc = sr_wav_create(path, 16000, 1, &wav, NULL);
        sr_fail_alloc_off();
        if (!sr_fail_alloc_hit()) {
            assert_int_equal(rc, SARAI_OK);
            sr_wav_abandon(wav);
            break;
        }
        assert_int_equal(rc, SARAI_ENOMEM);
        assert_null(wav);
        assert_int_equal(test_folder_count(*state), 0);
    }
    free(path);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_finished_file_has_the_bytes_of_the_format),
        TEST(others_may_read_it_as_the_umask_says),
        TEST(an_abandoned_file_leaves_nothing_and_keeps_the_old_one),
        TEST(two_writers_of_one_name_do_not_meet),
        TEST(a_full_disk_is_told_at_the_end_and_leaves_nothing),
        TEST(more_than_4_gb_is_refused_before_a_byte_is_written),
        TEST(a_place_that_cannot_be_written_is_named_with_its_reason),
        TEST(running_out_of_memory_leaves_no_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
