/* SPDX-License-Identifier: Apache-2.0 */
#include "support/failing_alloc.h"
#include "support/test.h"
#include "vad/vad.h"

static void what_is_louder_than_50_db_below_full_scale_is_speech(void **state) {
    (void)state;
    static const struct { float peak, probability; } cases[] = {{0, 0}, {0.002f, 0}, {0.004f, 1}, {1, 1}};
    struct sr_vad_model *model = NULL;
    struct sr_vad *vad = NULL;
    assert_int_equal(sr_vad_null.load(NULL, NULL, &model, NULL), SARAI_OK);
    assert_int_equal(sr_vad_null.open(model, &vad, NULL), SARAI_OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        float samples[SR_FRAME_SAMPLES], probability = -1;
        for (int k = 0; k < SR_FRAME_SAMPLES; k++)
            samples[k] = k % 2 ? cases[i].peak : -cases[i].peak;
        assert_int_equal(sr_vad_null.feed(vad, samples, &probability), SARAI_OK);
        assert_true(probability == cases[i].probability);
        sr_vad_null.reset(vad);
    }
    sr_vad_null.close(vad);
    sr_vad_null.unload(model);
}

static void running_out_of_memory_is_told(void **state) {
    (void)state;
    struct sr_vad_model *model = NULL;
    struct sr_vad *vad = NULL;
    sr_fail_alloc_at(1);
    assert_int_equal(sr_vad_null.load(NULL, NULL, &model, NULL), SARAI_ENOMEM);
    sr_fail_alloc_at(1);
    assert_int_equal(sr_vad_null.open(model, &vad, NULL), SARAI_ENOMEM);
    sr_fail_alloc_off();
    assert_null(model);
    assert_null(vad);
}

static void the_defaults_let_go_below_where_they_take_hold(void **state) {
    (void)state;
    struct sr_vad_opts opts;
    assert_int_equal(sr_opt_defaults(sr_vad_opts_table, &opts), SARAI_OK);
    assert_string_equal(opts.backend, "silero");
    assert_true(opts.release < opts.threshold);
    sr_opt_deinit(sr_vad_opts_table, &opts);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_louder_than_50_db_below_full_scale_is_speech),
        cmocka_unit_test(running_out_of_memory_is_told),
        cmocka_unit_test(the_defaults_let_go_below_where_they_take_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
