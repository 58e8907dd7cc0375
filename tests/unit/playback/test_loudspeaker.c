/* SPDX-License-Identifier: Apache-2.0 */
#include "playback/playback.h"
#include "support/failing_alloc.h"
#include "support/fake_card.h"

#include <math.h>
#include <pthread.h>
#include <time.h>

#define TWO_PI 6.283185307179586

struct fixture {
    struct sr_clock *clock;
    struct sr_playback_opts opts;
    struct sr_playback *playback;
};

static int setup(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    memset(&card, 0, sizeof card);
    card.rate_hz = CARD_HZ;
    assert_int_equal(sr_clock_new(false, &f->clock), SARAI_OK);
    assert_int_equal(sr_opt_defaults(sr_playback_opts_table, &f->opts), SARAI_OK);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    assert_int_equal(sr_playback_device.close(f->playback, NULL), SARAI_OK);
    assert_int_equal(card.opened, card.closed);
    sr_opt_deinit(sr_playback_opts_table, &f->opts);
    sr_clock_free(f->clock);
    free(f);
    return 0;
}

static void choose(struct fixture *f, const char *device) {
    assert_int_equal(sr_opt_set(sr_opt_find(sr_playback_opts_table, "device"), &f->opts, device, "test", NULL),
                     SARAI_OK);
}

static void open_playback(struct fixture *f) {
    f->opts.rate_hz = CARD_HZ;
    assert_int_equal(sr_playback_device.open(&f->opts, NULL, f->clock, &f->playback, NULL), SARAI_OK);
}

static int write_level(struct fixture *f, float value) {
    float block[BLOCK];
    for (size_t i = 0; i < BLOCK; i++)
        block[i] = value;
    return sr_playback_device.write(f->playback, block, BLOCK);
}

static void what_was_written_is_heard_and_then_silence(void **state) {
    struct fixture *f = *state;
    float out[3 * BLOCK];
    open_playback(f);
    assert_int_equal(write_level(f, 0.25f), SARAI_OK);
    assert_int_equal(write_level(f, 0.5f), SARAI_OK);
    assert_int_equal(sr_playback_device.delay(f->playback), 2 * BLOCK);
    ask(out, 3 * BLOCK, 30000);
    for (size_t i = 0; i < 3 * BLOCK; i++)
        assert_float_equal(out[i], i < BLOCK ? 0.25f : i < 2 * BLOCK ? 0.5f : 0, 0);
    const size_t delay = sr_playback_device.delay(f->playback); /* 30 ms in the card and the 20 ms it took */
    assert_in_range(delay, CARD_HZ * 30 / 1000, CARD_HZ * 50 / 1000);
}

struct asker {
    size_t heard, wrong;
};

/* A card that asks at its own pace until it heard a tenth of a second. */
static void *run_card(void *arg) {
    struct asker *asker = arg;
    float out[BLOCK / 2], expected = 1;
    while (asker->heard < CARD_HZ / 10) {
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        ask(out, BLOCK / 2, 0);
        for (size_t i = 0; i < BLOCK / 2; i++) {
            if (out[i] == 0)
                continue;
            asker->wrong += out[i] != expected;
            asker->heard++;
            expected = out[i] + 1;
        }
    }
    return NULL;
}

static void the_card_paces_the_writer_and_nothing_is_lost(void **state) {
    struct fixture *f = *state;
    struct asker asker = {0};
    pthread_t thread;
    float block[BLOCK], next = 1;
    open_playback(f);
    assert_int_equal(pthread_create(&thread, NULL, run_card, &asker), 0);
    for (int b = 0; b < 10; b++) {
        for (size_t i = 0; i < BLOCK; i++)
            block[i] = next++;
        assert_int_equal(sr_playback_device.write(f->playback, block, BLOCK), SARAI_OK);
    }
    pthread_join(thread, NULL);
    assert_int_equal(asker.heard, CARD_HZ / 10);
    assert_int_equal(asker.wrong, 0);
}

static void each_underrun_makes_room_for_one_more_block(void **state) {
    struct fixture *f = *state;
    float out[20 * BLOCK];
    open_playback(f);
    ask(out, BLOCK, 0); /* before anything was written: no underrun */
    for (size_t blocks = 2; blocks <= 12; blocks++) {
        const size_t fit = blocks < 10 ? blocks : 10;
        for (size_t i = 0; i < fit; i++)
            assert_int_equal(write_level(f, 1), SARAI_OK); /* would wait if it did not fit */
        assert_int_equal(sr_playback_device.delay(f->playback), fit * BLOCK);
        ask(out, fit * BLOCK, -1000000);
        ask(out, 1, -1000000);
    }
}

static void a_card_of_another_rate_hears_the_same(void **state) {
    struct fixture *f = *state;
    float block[240], out[BLOCK];
    double energy = 0;
    assert_int_equal(f->opts.rate_hz, 24000);
    assert_int_equal(sr_playback_device.open(&f->opts, NULL, f->clock, &f->playback, NULL), SARAI_OK);
    for (int b = 0; b < 100; b++) {
        for (size_t i = 0; i < 240; i++)
            block[i] = (float)sin(TWO_PI * 500 * (double)(b * 240 + (int)i) / 24000);
        assert_int_equal(sr_playback_device.write(f->playback, block, 240), SARAI_OK);
        ask(out, BLOCK, -1000000);
        for (size_t i = 0; i < BLOCK; i++)
            energy += (double)out[i] * (double)out[i];
    }
    assert_true(fabs(energy / CARD_HZ - 0.5) < 0.02);
}

static void a_lost_loudspeaker_is_opened_again_under_its_name(void **state) {
    struct fixture *f = *state;
    float out[BLOCK];
    choose(f, "usb");
    open_playback(f);
    assert_int_equal(write_level(f, 1), SARAI_OK);
    assert_int_equal(write_level(f, 1), SARAI_OK);
    card.dead = card.absent = true;
    assert_int_equal(write_level(f, 1), SARAI_EDEVICE);
    assert_int_equal(sr_playback_device.delay(f->playback), 0);
    assert_int_equal(write_level(f, 1), SARAI_EDEVICE);
    card.absent = false;
    assert_int_equal(write_level(f, 0.5f), SARAI_OK);
    assert_string_equal(card.asked_for, "USB Audio: Mic (hw:3,0)");
    ask(out, BLOCK, 0);
    assert_float_equal(out[0], 0.5f, 0); /* nothing from before */
}

/* A card that asks a moment later, for one block and then another. */
static void *ask_twice(void *arg) {
    float *out = arg;
    nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    ask(out, BLOCK, -1000000);
    ask(out + BLOCK, BLOCK, -1000000);
    return NULL;
}

static size_t drop_while_asked(struct fixture *f, float *out, size_t fade, size_t *faded) {
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, ask_twice, out), 0);
    const size_t dropped = sr_playback_device.drop(f->playback, fade, faded);
    pthread_join(thread, NULL);
    return dropped;
}

static void what_the_card_has_not_taken_fades_out_and_is_forgotten(void **state) {
    struct fixture *f = *state;
    enum { FADE = BLOCK / 2 };
    float out[2 * BLOCK];
    size_t faded = 0;
    open_playback(f);
    assert_int_equal(write_level(f, 0.5f), SARAI_OK);
    assert_int_equal(write_level(f, 0.5f), SARAI_OK);
    assert_int_equal(drop_while_asked(f, out, FADE, &faded), 2 * BLOCK - FADE);
    assert_int_equal(faded, FADE);
    for (size_t i = 0; i < 2 * BLOCK; i++)
        assert_float_equal(out[i], i < FADE ? 0.5f * (1 - (float)(i + 1) / FADE) : 0, 1e-6);
    assert_int_equal(sr_playback_device.delay(f->playback), 0);
    assert_int_equal(write_level(f, 0.25f), SARAI_OK); /* what comes after it is heard whole */
    ask(out, BLOCK, 0);
    assert_float_equal(out[0], 0.25f, 0);
    assert_float_equal(out[BLOCK - 1], 0.25f, 0);
}

static void a_fade_longer_than_what_waits_is_left_to_the_caller(void **state) {
    struct fixture *f = *state;
    float out[2 * BLOCK];
    size_t faded = 0;
    open_playback(f);
    assert_int_equal(write_level(f, 1), SARAI_OK);
    assert_int_equal(drop_while_asked(f, out, 4 * BLOCK, &faded), 0);
    assert_int_equal(faded, BLOCK);
    assert_float_equal(out[BLOCK - 1], 0.75f, 1e-6);
    assert_float_equal(out[BLOCK], 0, 0);
}

static void a_fade_longer_than_a_turn_of_the_card_goes_on_in_the_next(void **state) {
    struct fixture *f = *state;
    float out[2 * BLOCK];
    size_t faded = 0;
    open_playback(f);
    for (int b = 0; b < 2; b++)
        assert_int_equal(write_level(f, 1), SARAI_OK);
    assert_int_equal(drop_while_asked(f, out, BLOCK * 3 / 2, &faded), BLOCK / 2);
    assert_int_equal(faded, BLOCK * 3 / 2);
    assert_float_equal(out[BLOCK], 1 - (BLOCK + 1) / (BLOCK * 1.5f), 1e-6);
    assert_float_equal(out[BLOCK * 3 / 2 - 1], 0, 1e-6);
    assert_float_equal(out[BLOCK * 3 / 2], 0, 0);
}

static void a_card_that_stopped_asking_does_not_hold_a_cut_up(void **state) {
    struct fixture *f = *state;
    float out[2 * BLOCK];
    size_t faded = 1;
    open_playback(f);
    assert_int_equal(write_level(f, 1), SARAI_OK);
    assert_int_equal(sr_playback_device.drop(f->playback, 100, &faded), BLOCK);
    assert_int_equal(faded, 0);
    assert_int_equal(write_level(f, 0.5f), SARAI_OK);
    ask(out, 2 * BLOCK, 0); /* it comes back: what was dropped is not heard, what came after is */
    assert_float_equal(out[100], 0.5f, 0);
    assert_float_equal(out[100 + BLOCK], 0, 0);
}

static void *raise_later(void *arg) {
    nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    sr_event_raise(arg);
    return NULL;
}

static void a_waiting_write_returns_when_woken_and_nothing_is_lost(void **state) {
    struct fixture *f = *state;
    float out[4 * BLOCK];
    pthread_t thread;
    open_playback(f);
    assert_int_equal(write_level(f, 0.25f), SARAI_OK);
    assert_int_equal(write_level(f, 0.25f), SARAI_OK);
    assert_int_equal(pthread_create(&thread, NULL, raise_later, sr_playback_device.wake(f->playback)), 0);
    assert_int_equal(write_level(f, 0.5f), SARAI_OK); /* nobody asks: it would wait for ever */
    pthread_join(thread, NULL);
    assert_int_equal(sr_playback_device.delay(f->playback), 3 * BLOCK);
    ask(out, 3 * BLOCK, -1000000);
    assert_float_equal(out[3 * BLOCK - 1], 0.5f, 0);
}

static void without_a_device_nothing_opens_nor_in_virtual_time(void **state) {
    struct fixture *f = *state;
    struct sarai_error error = {0};
    struct sr_clock *clock = NULL;
    card.absent = true;
    assert_int_equal(sr_playback_device.open(&f->opts, NULL, f->clock, &f->playback, &error), SARAI_EDEVICE);
    assert_string_equal(error.text, "there is none");
    card.absent = false;
    assert_int_equal(sr_clock_new(true, &clock), SARAI_OK);
    assert_int_equal(sr_playback_device.open(&f->opts, NULL, clock, &f->playback, NULL), SARAI_EUSAGE);
    assert_null(f->playback);
    sr_clock_free(clock);
}

static void running_out_of_memory_leaves_nothing(void **state) {
    struct fixture *f = *state;
    for (int n = 1;; n++) {
        sr_fail_alloc_at(n);
        const int rc = sr_playback_device.open(&f->opts, NULL, f->clock, &f->playback, NULL);
        sr_fail_alloc_off();
        if (!sr_fail_alloc_hit()) {
            assert_int_equal(rc, SARAI_OK);
            break;
        }
        assert_int_equal(rc, SARAI_ENOMEM);
        assert_int_equal(card.opened, card.closed);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(what_was_written_is_heard_and_then_silence),
        TEST(the_card_paces_the_writer_and_nothing_is_lost),
        TEST(each_underrun_makes_room_for_one_more_block),
        TEST(a_card_of_another_rate_hears_the_same),
        TEST(a_lost_loudspeaker_is_opened_again_under_its_name),
        TEST(what_the_card_has_not_taken_fades_out_and_is_forgotten),
        TEST(a_fade_longer_than_what_waits_is_left_to_the_caller),
        TEST(a_fade_longer_than_a_turn_of_the_card_goes_on_in_the_next),
        TEST(a_card_that_stopped_asking_does_not_hold_a_cut_up),
        TEST(a_waiting_write_returns_when_woken_and_nothing_is_lost),
        TEST(without_a_device_nothing_opens_nor_in_virtual_time),
        TEST(running_out_of_memory_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
