/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/opt.h"
#include "support/failing_alloc.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

struct opts {
    bool flag;
    int count;
    float part;
    char *mode, *name;
};

static const struct sr_opt table[] = {SR_OPT(struct opts, flag, "false"),
                                      SR_OPT(struct opts, count, "3", .min = 0, .max = 10),
                                      SR_OPT(struct opts, part, "0.6", .min = 0, .max = 1),
                                      SR_OPT(struct opts, mode, "file", .choices = "file|null"),
                                      SR_OPT(struct opts, name, ""),
                                      SR_OPT_END};

static int set(struct opts *opts, const char *name, const char *text, struct sarai_error *error) {
    return sr_opt_set(sr_opt_find(table, name), opts, text, "here:1", error);
}

static void defaults_come_from_the_table(void **state) {
    (void)state;
    struct opts opts;
    assert_int_equal(sr_opt_defaults(table, &opts), SARAI_OK);
    assert_false(opts.flag);
    assert_int_equal(opts.count, 3);
    assert_float_equal(opts.part, 0.6f, 0);
    assert_string_equal(opts.mode, "file");
    assert_string_equal(opts.name, "");
    sr_opt_deinit(table, &opts);
}

static void a_bool_takes_the_eight_words_and_no_other(void **state) {
    (void)state;
    struct opts opts;
    struct sarai_error error;
    sr_opt_defaults(table, &opts);
    const char *yes[] = {"true", "yes", "on", "1"}, *no[] = {"false", "no", "off", "0"};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(set(&opts, "flag", yes[i], &error), SARAI_OK);
        assert_true(opts.flag);
        assert_int_equal(set(&opts, "flag", no[i], &error), SARAI_OK);
        assert_false(opts.flag);
    }
    assert_int_equal(set(&opts, "flag", "True", &error), SARAI_EINPUT);
    assert_string_equal(error.text, "flag must be true or false, not 'True'");
    assert_string_equal(error.where, "here:1");
    sr_opt_deinit(table, &opts);
}

static void a_number_with_anything_behind_it_or_out_of_range_is_refused_and_the_old_value_stays(void **state) {
    (void)state;
    struct opts opts;
    struct sarai_error error;
    sr_opt_defaults(table, &opts);
    const char *whole[] = {"", " 1", "1 ", "1x", "1.5", "0x1", "1e1", "-1", "11", "99999999999999999999", "+", "-"};
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
        assert_int_equal(set(&opts, "count", whole[i], &error), SARAI_EINPUT);
    const char *part[] = {"", "x", "0.5x", " 0.5", "0,5", "nan", "inf", "-inf", "0x1p-1", "1e-99999", "1e999", "1.01"};
    for (size_t i = 0; i < sizeof part / sizeof *part; i++)
        assert_int_equal(set(&opts, "part", part[i], &error), SARAI_EINPUT);
    assert_string_equal(error.text, "part must be a number from 0 to 1, not '1.01'");
    assert_int_equal(opts.count, 3);
    assert_float_equal(opts.part, 0.6f, 0);
    assert_int_equal(set(&opts, "count", "10", &error), SARAI_OK);
    assert_int_equal(set(&opts, "part", "2.5e-1", &error), SARAI_OK);
    assert_float_equal(opts.part, 0.25f, 0);
    sr_opt_deinit(table, &opts);
}

static void a_string_with_choices_takes_only_a_whole_choice(void **state) {
    (void)state;
    struct opts opts;
    struct sarai_error error;
    sr_opt_defaults(table, &opts);
    const char *bad[] = {"", "fil", "files", "file|null", "|"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(set(&opts, "mode", bad[i], &error), SARAI_EINPUT);
    assert_string_equal(error.text, "mode must be one of file|null, not '|'");
    assert_int_equal(set(&opts, "mode", "null", &error), SARAI_OK);
    assert_string_equal(opts.mode, "null");
    sr_opt_deinit(table, &opts);
}

static void a_float_prints_with_the_fewest_digits_that_read_back_the_same(void **state) {
    (void)state;
    struct opts opts;
    sr_opt_defaults(table, &opts);
    const char *texts[] = {"0.6", "0.1", "0.333333343", "1", "1e-05", "0.123456"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct sr_str out = {0};
        const float before = strtof(texts[i], NULL);
        assert_int_equal(set(&opts, "part", texts[i], NULL), SARAI_OK);
        sr_opt_print(sr_opt_find(table, "part"), &opts, &out);
        assert_float_equal(strtof(out.data, NULL), before, 0);
        assert_true(strlen(out.data) <= strlen(texts[i]));
        sr_str_deinit(&out);
    }
    sr_opt_deinit(table, &opts);
}

static void names_match_with_dashes_or_underscores(void **state) {
    (void)state;
    struct {
        int end_ms;
    } opts;
    const struct sr_opt row[] = {{.name = "end_ms", .type = SR_OPT_INT, .fallback = "1"}, SR_OPT_END};
    assert_int_equal(sr_opt_defaults(row, &opts), SARAI_OK);
    assert_ptr_equal(sr_opt_find(row, "end-ms"), row);
    assert_ptr_equal(sr_opt_find(row, "end_ms"), row);
    assert_null(sr_opt_find(row, "end"));
    assert_null(sr_opt_find(row, "end_ms_"));
}

static void a_copy_owns_its_strings(void **state) {
    (void)state;
    struct opts opts, copy;
    sr_opt_defaults(table, &opts);
    set(&opts, "name", "uno", NULL);
    assert_int_equal(sr_opt_copy(table, &copy, &opts), SARAI_OK);
    set(&opts, "name", "dos", NULL);
    assert_string_equal(copy.name, "uno");
    assert_int_equal(copy.count, 3);
    sr_opt_deinit(table, &opts);
    sr_opt_deinit(table, &copy);
}

static void a_failed_allocation_leaves_nothing_behind(void **state) {
    (void)state;
    bool hit = true;
    for (int n = 1; hit; n++) {
        struct opts opts, copy;
        sr_fail_alloc_at(n);
        const int made = sr_opt_defaults(table, &opts);
        const int copied = made == SARAI_OK ? sr_opt_copy(table, &copy, &opts) : SARAI_ENOMEM;
        hit = sr_fail_alloc_hit();
        sr_fail_alloc_off();
        assert_int_equal(copied, hit ? SARAI_ENOMEM : SARAI_OK);
        if (made == SARAI_OK)
            sr_opt_deinit(table, &opts);
        if (copied == SARAI_OK)
            sr_opt_deinit(table, &copy);
    }
}

static void the_nearest_name_is_found_and_a_far_one_is_not_offered(void **state) {
    (void)state;
    struct sr_nearest nearest = {.wanted = "treshold"};
    sr_nearest_offer(&nearest, "release");
    sr_nearest_offer(&nearest, "threshold");
    sr_nearest_offer(&nearest, "thresholds");
    assert_string_equal(nearest.name, "threshold");
    struct sr_nearest none = {.wanted = "zzz"};
    sr_nearest_offer(&none, "say");
    assert_string_equal(none.name, "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_come_from_the_table),
        cmocka_unit_test(a_bool_takes_the_eight_words_and_no_other),
        cmocka_unit_test(a_number_with_anything_behind_it_or_out_of_range_is_refused_and_the_old_value_stays),
        cmocka_unit_test(a_string_with_choices_takes_only_a_whole_choice),
        cmocka_unit_test(a_float_prints_with_the_fewest_digits_that_read_back_the_same),
        cmocka_unit_test(names_match_with_dashes_or_underscores),
        cmocka_unit_test(a_copy_owns_its_strings),
        cmocka_unit_test(a_failed_allocation_leaves_nothing_behind),
        cmocka_unit_test(the_nearest_name_is_found_and_a_far_one_is_not_offered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
