/* SPDX-License-Identifier: Apache-2.0 */
#include "speech/kokoro_graph.h"

#include "base/str.h"
#include "support/failing_alloc.h"
#include "support/test.h"

#define OUTPUT "\x12\x1E/encoder/F0_proj/Conv_output_0" /* as a node names what it makes */
#define INPUT "\x0A\x1E/encoder/F0_proj/Conv_output_0"  /* as one names what it takes */

static void check(const char *bytes, size_t len, bool expected) {
    struct sr_str model = {0};
    sr_str_add(&model, bytes, len);
    assert_true(sr_kokoro_graph_add_melody(&model) == expected);
    if (expected) {
        assert_true(model.len > len);
        assert_non_null(memmem(model.data, len, "Conv_output_P", 13));
        assert_non_null(memmem(model.data, len, INPUT, sizeof INPUT - 1)); /* who takes it sees the new one */
        assert_int_equal((unsigned char)model.data[len], 7 << 3 | 2);      /* one more graph */
        assert_non_null(memmem(model.data + len, model.len - len, OUTPUT, sizeof OUTPUT - 1));
    } else if (len) {
        assert_int_equal(model.len, len);
        assert_memory_equal(model.data, bytes, len);
    }
    sr_str_deinit(&model);
}

static void the_layer_of_the_pitch_gets_a_new_name_and_its_readers_a_new_source(void **state) {
    (void)state;
    static const char model[] = "xx" INPUT "yy" OUTPUT "zz" INPUT;
    check(model, sizeof model - 1, true);
}

static void a_model_without_that_layer_or_with_two_stays_as_it_is(void **state) {
    (void)state;
    static const char without[] = "xx" INPUT "yy", twice[] = OUTPUT "a" OUTPUT INPUT;
    check(without, sizeof without - 1, false);
    check(twice, sizeof twice - 1, false);
    check("", 0, false);
    check("/encoder/F0_proj/Conv_output_0", 30, false);
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    for (int n = 1;; n++) {
        struct sr_str model = {0};
        sr_str_add(&model, OUTPUT INPUT, sizeof OUTPUT INPUT - 1);
        sr_fail_alloc_at(n);
        const bool added = sr_kokoro_graph_add_melody(&model);
        sr_fail_alloc_off();
        if (!added)
            assert_memory_equal(model.data, OUTPUT, sizeof OUTPUT - 1);
        sr_str_deinit(&model);
        if (!sr_fail_alloc_hit()) {
            assert_true(added);
            return;
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_layer_of_the_pitch_gets_a_new_name_and_its_readers_a_new_source),
        cmocka_unit_test(a_model_without_that_layer_or_with_two_stays_as_it_is),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
