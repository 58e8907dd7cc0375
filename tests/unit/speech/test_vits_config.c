/* SPDX-License-Identifier: Apache-2.0 */
#include "speech/vits_config.h"

#include "support/failing_alloc.h"
#include "support/test.h"

#define PIPER                                                                                                          \
    "{\"audio\": {\"sample_rate\": 22050}, \"espeak\": {\"voice\": \"es\"}, \"inference\": {\"noise_scale\": 0.5, "    \
    "\"length_scale\": 1.1, \"noise_w\": 0.7}, \"phoneme_id_map\": {\"_\": [0], \"^\": [1], \"$\": [2], \"a\": [14], " \
    "\"t\": [32], \"ʃ\": [96], \"c\": [16], \"\xCC\xA7\": [140], \"ab\": [99], \"\": [98]}}"
#define MELO                                                                                                           \
    "{\"symbols\": [\"_\", \"AA\", \"a\", \"t\", \"ʃ\"], \"data\": {\"sampling_rate\": 44100, \"add_blank\": true, "  \
    "\"spk2id\": {\"ES\": 3}}}"

static int load(const char *text, struct sr_vits_config *config, struct sarai_error *error) {
    char *folder = test_folder(), *path = test_file(folder, "voice.onnx.json", text);
    const int rc = sr_vits_config_load(path, config, error);
    free(path);
    test_folder_remove(folder);
    return rc;
}

static void check(const char *text, const char *ipa, const int64_t *expected, size_t count) {
    struct sr_vits_config config;
    int64_t ids[SR_VITS_MAX_IDS];
    assert_int_equal(load(text, &config, NULL), SARAI_OK);
    assert_int_equal(sr_vits_encode(&config, ipa, ids), count);
    assert_memory_equal(ids, expected, count * sizeof *ids);
    sr_vits_config_deinit(&config);
}

static void piper_puts_a_blank_behind_every_sign_and_marks_both_ends(void **state) {
    (void)state;
    check(PIPER, "t͡ʃa", (int64_t[]){1, 0, 32, 0, 96, 0, 14, 0, 2}, 9);
    check(PIPER, "ç", (int64_t[]){1, 0, 16, 0, 140, 0, 2}, 7);
    check(PIPER, "zz\xFF", NULL, 0);
    check(PIPER, "", NULL, 0);
}

static void melo_puts_blanks_around_every_sign_and_marks_both_ends(void **state) {
    (void)state;
    check(MELO, "t͡ʃa", (int64_t[]){0, 0, 0, 3, 0, 4, 0, 2, 0, 0, 0}, 11);
}

static void the_settings_of_a_voice_are_read(void **state) {
    (void)state;
    struct sr_vits_config config;
    assert_int_equal(load(PIPER, &config, NULL), SARAI_OK);
    assert_int_equal(config.rate_hz, 22050);
    assert_string_equal(config.language, "es");
    assert_true(config.noise_scale == 0.5f && config.length_scale == 1.1f && config.noise_w == 0.7f);
    sr_vits_config_deinit(&config);
    assert_int_equal(load(MELO, &config, NULL), SARAI_OK);
    assert_int_equal(config.rate_hz, 44100);
    assert_int_equal(config.speaker, 3);
    assert_int_equal(config.tone, 12);
    sr_vits_config_deinit(&config);
}

static void what_is_missing_is_named(void **state) {
    (void)state;
    static const char *const bad[][2] = {
        {"{}", "phoneme_id_map"},
        {"no json", "phoneme_id_map"},
        {"{\"phoneme_id_map\": {\"a\": [1]}, \"espeak\": {\"voice\": \"es\"}}", "sample rate"},
        {"{\"phoneme_id_map\": {\"a\": [1]}, \"audio\": {\"sample_rate\": 22050}}", "espeak.voice"},
        {"{\"symbols\": [\"AA\"], \"data\": {\"sampling_rate\": 44100}}", "symbols of one sign"},
        {"{\"symbols\": [\"a\"], \"data\": {\"sampling_rate\": -4}}", "sample rate"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct sr_vits_config config;
        struct sarai_error error = {0};
        assert_int_equal(load(bad[i][0], &config, &error), SARAI_EMODEL);
        assert_non_null(strstr(error.text, bad[i][1]));
        sr_vits_config_deinit(&config);
    }
}

static void a_text_that_is_too_long_is_cut(void **state) {
    (void)state;
    static char ipa[5000];
    int64_t ids[SR_VITS_MAX_IDS];
    struct sr_vits_config config;
    memset(ipa, 'a', sizeof ipa - 1);
    assert_int_equal(load(PIPER, &config, NULL), SARAI_OK);
    const size_t count = sr_vits_encode(&config, ipa, ids);
    assert_in_range(count, SR_VITS_MAX_IDS - 10, SR_VITS_MAX_IDS);
    assert_int_equal(ids[count - 1], 2);
    sr_vits_config_deinit(&config);
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    char *folder = test_folder(), *path = test_file(folder, "voice.onnx.json", PIPER);
    for (int n = 1;; n++) {
        struct sr_vits_config config;
        sr_fail_alloc_at(n);
        const int rc = sr_vits_config_load(path, &config, NULL);
        sr_fail_alloc_off();
        sr_vits_config_deinit(&config);
        assert_true(rc <= SARAI_OK);
        if (!sr_fail_alloc_hit()) {
            assert_int_equal(rc, SARAI_OK);
            break;
        }
    }
    free(path);
    test_folder_remove(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(piper_puts_a_blank_behind_every_sign_and_marks_both_ends),
        cmocka_unit_test(melo_puts_blanks_around_every_sign_and_marks_both_ends),
        cmocka_unit_test(the_settings_of_a_voice_are_read),
        cmocka_unit_test(what_is_missing_is_named),
        cmocka_unit_test(a_text_that_is_too_long_is_cut),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
