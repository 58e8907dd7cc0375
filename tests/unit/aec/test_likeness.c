/* SPDX-License-Identifier: Apache-2.0 */
/* Speech-like sound in rooms made here: an echo is alike at any delay and level, another person is not. */
#include "aec/likeness.h"
#include "support/failing_alloc.h"
#include "support/room.h"
#include "support/test.h"

#include <math.h>

#define RATE SR_RATE_HZ
#define FRAME SR_FRAME_SAMPLES
#define COUNT ((size_t)8 * RATE / FRAME * FRAME)
#define MS 384
#define EARLY 1024

static struct sr_likeness *likeness;

static int setup(void **state) {
    (void)state;
    return sr_likeness_open(&likeness);
}

static int teardown(void **state) {
    (void)state;
    sr_likeness_close(likeness);
    return 0;
}

/* Feeds the whole; gives the mean likeness of the frames from `from` on that tell something, and the last lag. */
static double compare(const float *mic, const float *far, size_t from, int *lag) {
    double sum = 0;
    int count = 0;
    sr_likeness_reset(likeness, EARLY);
    for (size_t i = 0; i + FRAME + EARLY <= COUNT; i += FRAME) {
        sr_likeness_feed(likeness, mic + i, mic + i, far + i + EARLY);
        const float like = sr_likeness_now(likeness, SR_LIKENESS_LEFT, MS, lag);
        assert_true(like >= -1 && like <= 1.001f);
        if (i < from || like < 0)
            continue;
        sum += like;
        count++;
    }
    assert_true(count > 20);
    return sum / count;
}

static void an_echo_is_alike_at_any_delay_and_level_from_its_first_syllable_on(void **state) {
    static const struct room rooms[] = {
        {.meters = 0.3f, .noise_db = -80},
        {.rt60_s = 0.3f, .meters = 0.5f, .delay_ms = 80, .noise_db = -65},
        {.rt60_s = 0.3f, .meters = 0.5f, .delay_ms = 400, .echo_db = 6, .noise_db = -65},
        {.rt60_s = 0.2f, .meters = 0.5f, .delay_ms = 200, .echo_db = -20, .noise_db = -80},
        {.rt60_s = 0.3f, .meters = 0.5f, .drive = 8, .clip = true, .noise_db = -65},
    };
    float *far = room_babble(3, 200, COUNT);
    (void)state;
    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++) {
        int lag = 0;
        float *mic = room_echo(&rooms[i], far, COUNT);
        room_noise(&rooms[i], mic, COUNT);
        const double like = compare(mic, far, 0, &lag);
        print_message("%3d ms, %3.0f dB: %.2f, found at %d ms\n", rooms[i].delay_ms, (double)rooms[i].echo_db, like,
                      lag * 1000 / RATE);
        assert_true(like > 0.85);
        assert_in_range(lag * 1000 / RATE + 100, rooms[i].delay_ms + 80, rooms[i].delay_ms + 130);
        free(mic);
    }
    free(far);
}

static void another_person_is_not(void **state) {
    float *far = room_babble(3, 200, COUNT);
    (void)state;
    for (uint32_t seed = 11; seed < 15; seed++) {
        const struct room room = {.noise_db = -70};
        float *user = room_babble(seed, 115, COUNT);
        room_noise(&room, user, COUNT);
        const double like = compare(user, far, RATE, NULL);
        print_message("%.2f\n", like);
        assert_true(like < 0.6);
        free(user);
    }
    free(far);
}

static void where_nothing_is_heard_or_nothing_was_played_it_says_so(void **state) {
    static float silence[COUNT];
    float *babble = room_babble(3, 200, COUNT);
    (void)state;
    for (size_t i = 0; i < COUNT / 2; i += FRAME)
        sr_likeness_feed(likeness, silence, silence, babble + i);
    assert_true(sr_likeness_now(likeness, SR_LIKENESS_NEAR, MS, NULL) == -1);
    sr_likeness_reset(likeness, EARLY);
    for (size_t i = 0; i < COUNT / 2; i += FRAME)
        sr_likeness_feed(likeness, babble + i, silence, silence);
    assert_true(sr_likeness_now(likeness, SR_LIKENESS_NEAR, MS, NULL) == 0);
    assert_true(sr_likeness_now(likeness, SR_LIKENESS_LEFT, MS, NULL) == -1);
    free(babble);
}

static void what_was_heard_before_it_began_anew_does_not_count(void **state) {
    (void)state;
    const struct room room = {.rt60_s = 0.3f, .meters = 0.5f, .noise_db = -65};
    float *far = room_babble(3, 200, COUNT), *user = room_babble(7, 120, COUNT), *mic = room_echo(&room, far, COUNT);
    float fresh[24];
    room_noise(&room, mic, COUNT);
    for (int again = 0; again < 2; again++) {
        sr_likeness_reset(likeness, 0);
        for (size_t i = 0; i < sizeof fresh / sizeof *fresh; i++) {
            sr_likeness_feed(likeness, mic + i * FRAME, mic + i * FRAME, far + i * FRAME);
            const float like = sr_likeness_now(likeness, SR_LIKENESS_NEAR, MS, NULL);
            assert_true(!again || fabsf(like - fresh[i]) < 1e-6f);
            fresh[i] = like;
        }
        for (size_t i = 0; i + FRAME <= COUNT / 8; i += FRAME)
            sr_likeness_feed(likeness, user + i, user + i, far + i);
    }
    free(far);
    free(user);
    free(mic);
}

static void any_length_may_be_asked_for(void **state) {
    float *babble = room_babble(3, 200, COUNT);
    (void)state;
    sr_likeness_reset(likeness, EARLY);
    for (size_t i = 0; i + EARLY + FRAME <= COUNT; i += FRAME)
        sr_likeness_feed(likeness, babble + i, babble + i, babble + i + EARLY);
    for (int ms = 0; ms < 3000; ms += 50)
        assert_true(sr_likeness_now(likeness, SR_LIKENESS_NEAR, ms, NULL) <= 1.001f);
    assert_true(sr_likeness_now(likeness, SR_LIKENESS_NEAR, 3000, NULL) > 0.95f);
    free(babble);
}

static void running_out_of_memory_is_told(void **state) {
    (void)state;
    for (int n = 1;; n++) {
        struct sr_likeness *none = NULL;
        sr_fail_alloc_at(n);
        const int status = sr_likeness_open(&none);
        sr_fail_alloc_off();
        sr_likeness_close(none);
        if (!sr_fail_alloc_hit()) {
            assert_int_equal(status, SARAI_OK);
            return;
        }
        assert_int_equal(status, SARAI_ENOMEM);
        assert_null(none);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_echo_is_alike_at_any_delay_and_level_from_its_first_syllable_on, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(another_person_is_not, setup, teardown),
        cmocka_unit_test_setup_teardown(where_nothing_is_heard_or_nothing_was_played_it_says_so, setup, teardown),
        cmocka_unit_test_setup_teardown(what_was_heard_before_it_began_anew_does_not_count, setup, teardown),
        cmocka_unit_test_setup_teardown(any_length_may_be_asked_for, setup, teardown),
        cmocka_unit_test(running_out_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
