/* SPDX-License-Identifier: Apache-2.0 */
#include "base/metric.h"
#include "support/test.h"

static void a_histogram_counts_each_duration_once_in_its_bucket_and_all_above(void **state) {
    (void)state;
    struct sr_histogram h = {0};
    struct sr_str out = {0};
    sr_histogram_add(&h, 0);
    sr_histogram_add(&h, 1000); /* a bound belongs to its bucket */
    sr_histogram_add(&h, 1001);
    sr_histogram_add(&h, 450000);
    sr_histogram_add(&h, 99000000);
    sr_histogram_add(&h, -1); /* never reached */
    sr_histogram_print(&h, "x_seconds", "Help.", &out);
    assert_non_null(strstr(out.data, "# TYPE sarai_x_seconds histogram\n"));
    assert_non_null(strstr(out.data, "sarai_x_seconds_bucket{le=\"0.001\"} 2\n"));
    assert_non_null(strstr(out.data, "sarai_x_seconds_bucket{le=\"0.002\"} 3\n"));
    assert_non_null(strstr(out.data, "sarai_x_seconds_bucket{le=\"0.35\"} 3\n"));
    assert_non_null(strstr(out.data, "sarai_x_seconds_bucket{le=\"0.5\"} 4\n"));
    assert_non_null(strstr(out.data, "sarai_x_seconds_bucket{le=\"10\"} 4\n"));
    assert_non_null(strstr(out.data, "sarai_x_seconds_bucket{le=\"+Inf\"} 5\n"));
    assert_non_null(strstr(out.data, "sarai_x_seconds_sum 99.452\n"));
    assert_non_null(strstr(out.data, "sarai_x_seconds_count 5\n"));
    sr_str_deinit(&out);
}

static void a_counter_says_what_it_counts(void **state) {
    (void)state;
    struct sr_str out = {0};
    sr_counter_print(7, "y_total", "Things.", &out);
    assert_string_equal(out.data, "# HELP sarai_y_total Things.\n# TYPE sarai_y_total counter\nsarai_y_total 7\n");
    sr_str_deinit(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_histogram_counts_each_duration_once_in_its_bucket_and_all_above),
        cmocka_unit_test(a_counter_says_what_it_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
