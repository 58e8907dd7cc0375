/* SPDX-License-Identifier: Apache-2.0 */
#include "audio/resample.h"
#include "support/failing_alloc.h"
#include "support/test.h"

#include <math.h>

#define TWO_PI 6.283185307179586

static void piece_by_piece_is_the_same_as_the_whole(void **state) {
    (void)state;
    enum { COUNT = 44100 };
    struct sr_resampler *resampler = NULL;
    float *in = calloc(COUNT, sizeof *in), *pieces = calloc(COUNT, sizeof *pieces), *whole = NULL;
    size_t whole_count = 0, got = 0, done = 0;
    for (int i = 0; i < COUNT; i++)
        in[i] = (float)sin(TWO_PI * 700 * i / 44100);
    assert_int_equal(sr_resample(in, COUNT, 44100, 16000, &whole, &whole_count), SARAI_OK);
    assert_int_equal(sr_resampler_new(44100, 16000, &resampler), SARAI_OK);
    for (size_t part = 1; done < COUNT; done += part, part = part % 441 + 7) {
        part = part < COUNT - done ? part : COUNT - done;
        const int n = sr_resampler_feed(resampler, in + done, part, pieces + got, COUNT - got);
        assert_true(n >= 0);
        got += (size_t)n;
    }
    assert_in_range(got, whole_count - 40, whole_count); /* the filter keeps its last taps back */
    for (size_t i = 0; i < got; i++)
        assert_float_equal(pieces[i], whole[i], 1e-5);
    sr_resampler_free(resampler);
    free(whole);
    free(pieces);
    free(in);
}

static void what_finds_no_room_comes_with_the_next_piece(void **state) {
    (void)state;
    struct sr_resampler *resampler = NULL;
    const float in[320] = {0};
    float out[320];
    int got = 0;
    assert_int_equal(sr_resampler_new(48000, 48000 / 3, &resampler), SARAI_OK);
    for (int i = 0; i < 30; i++)
        got += sr_resampler_feed(resampler, in, 320, out, i < 15 ? 10 : 320);
    assert_in_range(got, 30 * 320 / 3 - 40, 30 * 320 / 3);
    sr_resampler_free(resampler);
    sr_resampler_free(NULL);
}

static void a_resampler_that_cannot_be_made_leaves_nothing(void **state) {
    (void)state;
    struct sr_resampler *resampler = NULL;
    assert_int_equal(sr_resampler_new(0, 16000, &resampler), SARAI_EUSAGE);
    sr_fail_alloc_at(1);
    assert_int_equal(sr_resampler_new(48000, 16000, &resampler), SARAI_ENOMEM);
    sr_fail_alloc_off();
    assert_null(resampler);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(piece_by_piece_is_the_same_as_the_whole),
        cmocka_unit_test(what_finds_no_room_comes_with_the_next_piece),
        cmocka_unit_test(a_resampler_that_cannot_be_made_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
