/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/config.h"
#include "support/failing_alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct fixture {
    char path[64];
    struct sarai_config *config;
    struct sarai_error error;
};

static int set_up(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    strcpy(f->path, "/tmp/sarai-test-config-XXXXXX");
    const int fd = mkstemp(f->path);
    if (fd < 0)
        return -1;
    close(fd);
    *state = f;
    return sarai_config_new(&f->config, &f->error);
}

static int tear_down(void **state) {
    struct fixture *f = *state;
    unlink(f->path);
    sarai_config_free(f->config);
    free(f);
    return 0;
}

static int load(struct fixture *f, const char *yaml) {
    FILE *file = fopen(f->path, "w");
    assert_non_null(file);
    fputs(yaml, file);
    fclose(file);
    return sarai_config_load(f->config, f->path, &f->error);
}

static void assert_value(struct fixture *f, const char *key, const char *value) {
    assert_string_equal(sarai_config_get(f->config, key), value);
}

/* The error is at that line of the file and says `text`. */
static void assert_refused(struct fixture *f, const char *yaml, int line, const char *text) {
    char where[160];
    assert_int_equal(load(f, yaml), SARAI_EINPUT);
    snprintf(where, sizeof where, "%s:%d", f->path, line);
    assert_string_equal(f->error.where, where);
    assert_non_null(strstr(f->error.text, text));
}

static void a_file_changes_what_it_names_and_nothing_else(void **state) {
    struct fixture *f = *state;
    assert_int_equal(load(f, "# a comment\nvad:\n  threshold: 0.7\ntts:\n  voice: \"em_alex\"\nstt:\n"), SARAI_OK);
    assert_value(f, "vad.threshold", "0.7");
    assert_value(f, "tts.voice", "em_alex");
    assert_value(f, "vad.backend", "silero");
}

static void an_empty_file_is_a_good_one(void **state) {
    struct fixture *f = *state;
    assert_int_equal(load(f, ""), SARAI_OK);
    assert_int_equal(load(f, "# nothing\n"), SARAI_OK);
    assert_int_equal(load(f, "---\n"), SARAI_OK);
}

static void an_unknown_key_is_named_with_its_line_and_the_nearest_one(void **state) {
    struct fixture *f = *state;
    assert_refused(f, "vad:\n  backend: null\n  treshold: 0.6\n", 3,
                   "unknown key 'vad.treshold'; did you mean 'vad.threshold'?");
    assert_refused(f, "vda:\n  threshold: 0.6\n", 1, "unknown section 'vda'; did you mean 'vad'?");
}

static void what_is_no_simple_setting_is_refused_with_its_line(void **state) {
    struct fixture *f = *state;
    assert_refused(f, "vad:\n  threshold: 0.5\n  threshold: 0.6\n", 3, "given twice");
    assert_refused(f, "vad:\n  threshold: 0.5\nvad:\n  release: 0.1\n", 3, "given twice");
    assert_refused(f, "vad:\n  threshold: [1, 2]\n", 2, "lists");
    assert_refused(f, "- vad\n", 1, "lists");
    assert_refused(f, "vad:\n  threshold: &a 0.5\n", 2, "anchors");
    assert_refused(f, "vad:\n  threshold: *a\n", 2, "anchors");
    assert_refused(f, "vad:\n  threshold: !!str 0.5\n", 2, "tags");
    assert_refused(f, "vad:\n  threshold:\n", 2, "no value");
    assert_refused(f, "vad:\n  threshold:\n    deep: 1\n", 3, "one value");
    assert_refused(f, "vad: 5\n", 1, "must hold");
    assert_refused(f, "vad\n", 1, "begin with a section");
    assert_refused(f, "vad:\n  threshold: high\n", 2, "must be a number from 0 to 1, not 'high'");
    assert_refused(f, "vad:\n  threshold: 1.5\n", 2, "must be a number from 0 to 1, not '1.5'");
    assert_refused(f, "tts:\n  threads: 1.5\n", 2, "whole number");
    assert_refused(f, "vad: {}\n---\nvad: {}\n", 2, "one document");
    assert_int_equal(load(f, "vad:\n\tthreshold: 1\n"), SARAI_EINPUT);
    assert_int_equal(load(f, "vad:\n  threshold: \"0.5\n"), SARAI_EINPUT);
}

static void a_refused_file_changes_nothing(void **state) {
    struct fixture *f = *state;
    assert_int_equal(load(f, "vad:\n  threshold: 0.9\n  nothing: 1\n"), SARAI_EINPUT);
    assert_value(f, "vad.threshold", "0.5");
}

static void a_missing_file_is_bad_input_and_named(void **state) {
    struct fixture *f = *state;
    assert_int_equal(sarai_config_load(f->config, "/nowhere/sarai.yaml", &f->error), SARAI_EINPUT);
    assert_int_equal(f->error.code, SARAI_EINPUT);
    assert_string_equal(f->error.where, "/nowhere/sarai.yaml");
}

static void the_command_line_wins_over_the_environment_over_the_file_in_any_order(void **state) {
    struct fixture *f = *state;
    struct sarai_config *config = NULL;
    setenv("SARAI_VAD_RELEASE", "0.2", 1);
    setenv("SARAI_VAD_THRESHOLD", "0.8", 1);
    assert_int_equal(sarai_config_new(&config, &f->error), SARAI_OK);
    sarai_config_free(f->config);
    f->config = config;
    assert_int_equal(sarai_config_set(config, "vad.threshold", "0.9", &f->error), SARAI_OK);
    assert_int_equal(load(f, "vad:\n  threshold: 0.1\n  release: 0.1\ntts:\n  speed: 1.5\n"), SARAI_OK);
    assert_value(f, "vad.threshold", "0.9");
    assert_value(f, "vad.release", "0.2");
    assert_value(f, "tts.speed", "1.5");
    assert_int_equal(sarai_config_set(config, "tts.speed", "2", &f->error), SARAI_OK);
    assert_value(f, "tts.speed", "2");
    assert_refused(f, "vad:\n  threshold: 7\n", 2, "from 0 to 1"); /* checked though it would not be used */
    unsetenv("SARAI_VAD_RELEASE");
    unsetenv("SARAI_VAD_THRESHOLD");
}

static void a_bad_environment_variable_is_named(void **state) {
    struct fixture *f = *state;
    struct sarai_config *config = NULL;
    setenv("SARAI_VAD_THRESHOLD", "loud", 1);
    assert_int_equal(sarai_config_new(&config, &f->error), SARAI_EINPUT);
    unsetenv("SARAI_VAD_THRESHOLD");
    assert_null(config);
    assert_string_equal(f->error.where, "SARAI_VAD_THRESHOLD");
}

static void an_unknown_key_on_the_command_line_is_wrong_use(void **state) {
    struct fixture *f = *state;
    assert_int_equal(sarai_config_set(f->config, "vad.treshold", "0.5", &f->error), SARAI_EUSAGE);
    assert_non_null(strstr(f->error.text, "'vad.threshold'"));
    assert_null(sarai_config_get(f->config, "vad.treshold"));
    assert_null(sarai_config_get(f->config, "threshold"));
}

static void every_option_has_a_key_an_environment_name_and_help_in_both_languages(void **state) {
    struct fixture *f = *state;
    struct sarai_option option;
    size_t count = 0;
    for (; sarai_config_option(count, &option); count++) {
        assert_non_null(sarai_config_get(f->config, option.key));
        if (strncmp(option.key, "audio_omni.", 11) != 0) /* its specification names its variables */
            assert_int_equal(strncmp(option.env, "SARAI_", 6), 0);
        assert_true(strlen(option.env) > 0);
        assert_non_null(option.help_en);
        assert_non_null(option.help_es);
        assert_int_equal(sarai_config_set(f->config, option.key, option.fallback, &f->error), SARAI_OK);
    }
    assert_true(count > 30);
}

static void the_generated_file_reads_back_as_the_defaults(void **state) {
    struct fixture *f = *state;
    struct sarai_option option;
    struct sarai_config *defaults = NULL;
    char *yaml = sarai_config_yaml();
    assert_non_null(yaml);
    assert_int_equal(load(f, yaml), SARAI_OK);
    assert_int_equal(sarai_config_new(&defaults, NULL), SARAI_OK);
    for (size_t i = 0; sarai_config_option(i, &option); i++)
        assert_string_equal(sarai_config_get(f->config, option.key), sarai_config_get(defaults, option.key));
    sarai_config_free(defaults);
    free(yaml);
}

static void the_committed_file_is_the_generated_one(void **state) {
    (void)state;
    char *path = sr_asprintf("%s/config/sarai.yaml", getenv("SARAI_TEST_SOURCE")), *committed = NULL;
    char *yaml = sarai_config_yaml();
    size_t len = 0;
    assert_int_equal(sr_read_file(path, 1 << 20, &committed, &len, NULL), SARAI_OK);
    if (strcmp(committed, yaml) != 0)
        fail_msg("%s is out of date; run: build/sarai config > config/sarai.yaml", path);
    free(committed);
    free(yaml);
    free(path);
}

static void a_copy_keeps_the_values_and_who_set_them(void **state) {
    struct fixture *f = *state;
    struct sarai_config *copy = NULL;
    sarai_config_set(f->config, "tts.voice", "em_santa", NULL);
    assert_int_equal(sr_config_copy(f->config, &copy, &f->error), SARAI_OK);
    sarai_config_free(f->config);
    f->config = copy;
    assert_int_equal(load(f, "tts:\n  voice: ef_dora\n"), SARAI_OK);
    assert_value(f, "tts.voice", "em_santa");
}

static void a_failed_allocation_leaves_no_half_configuration(void **state) {
    struct fixture *f = *state;
    bool hit = true;
    assert_int_equal(load(f, "vad:\n  threshold: 0.7\n"), SARAI_OK);
    for (int n = 1; hit; n++) {
        struct sarai_config *config = NULL, *copy = NULL;
        sr_fail_alloc_at(n);
        int rc = sarai_config_new(&config, &f->error);
        if (rc == SARAI_OK)
            rc = sarai_config_load(config, f->path, &f->error);
        if (rc == SARAI_OK)
            rc = sr_config_copy(config, &copy, &f->error);
        hit = sr_fail_alloc_hit();
        sr_fail_alloc_off();
        if (!hit)
            assert_int_equal(rc, SARAI_OK);
        else if (rc != SARAI_OK)
            assert_int_equal(rc, SARAI_ENOMEM);
        sarai_config_free(config);
        sarai_config_free(copy);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_file_changes_what_it_names_and_nothing_else),
        TEST(an_empty_file_is_a_good_one),
        TEST(an_unknown_key_is_named_with_its_line_and_the_nearest_one),
        TEST(what_is_no_simple_setting_is_refused_with_its_line),
        TEST(a_refused_file_changes_nothing),
        TEST(a_missing_file_is_bad_input_and_named),
        TEST(the_command_line_wins_over_the_environment_over_the_file_in_any_order),
        TEST(a_bad_environment_variable_is_named),
        TEST(an_unknown_key_on_the_command_line_is_wrong_use),
        TEST(every_option_has_a_key_an_environment_name_and_help_in_both_languages),
        TEST(the_generated_file_reads_back_as_the_defaults),
        TEST(the_committed_file_is_the_generated_one),
        TEST(a_copy_keeps_the_values_and_who_set_them),
        TEST(a_failed_allocation_leaves_no_half_configuration),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
