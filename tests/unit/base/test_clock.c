/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "support/failing_alloc.h"
#include "support/test.h"

#define THREADS 4

struct trace {
    struct sr_clock *clock;
    int *order, *count;
    int id;
    int64_t period_us;
};

static void tick_five_times(void *arg) {
    struct trace *t = arg;
    for (int i = 1; i <= 5; i++) {
        sr_clock_sleep_until(t->clock, i * t->period_us);
        t->order[(*t->count)++] = t->id;
    }
}

static int run_four_threads(int order[5 * THREADS]) {
    struct sr_clock *clock;
    struct sr_thread threads[THREADS] = {0};
    struct trace traces[THREADS];
    int count = 0;
    assert_int_equal(sr_clock_new(true, &clock), 0);
    assert_int_equal(sr_clock_join(clock), 0);
    for (int i = 0; i < THREADS; i++) {
        traces[i] = (struct trace){clock, order, &count, i, 1000 * (i + 1)};
        assert_int_equal(sr_thread_start(&threads[i], clock, "test", tick_five_times, &traces[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        sr_thread_join(&threads[i]);
    assert_int_equal(sr_clock_now_us(clock), 20000);
    sr_clock_leave(clock);
    sr_clock_free(clock);
    return count;
}

static void virtual_threads_run_in_the_order_of_their_deadlines_every_time(void **state) {
    (void)state;
    int first[5 * THREADS], again[5 * THREADS];
    assert_int_equal(run_four_threads(first), 20);
    for (int run = 0; run < 20; run++) {
        assert_int_equal(run_four_threads(again), 20);
        assert_memory_equal(first, again, sizeof first);
    }
    assert_int_equal(first[0], 0); /* t = 1 ms: only the first thread */
    assert_int_equal(first[1], 0); /* t = 2 ms: first and second, in the order in which they joined */
    assert_int_equal(first[2], 1);
}

static void virtual_time_jumps_over_an_hour_of_sleep(void **state) {
    (void)state;
    struct sr_clock *clock;
    assert_int_equal(sr_clock_new(true, &clock), 0);
    assert_int_equal(sr_clock_join(clock), 0);
    sr_clock_sleep_until(clock, INT64_C(3600) * 1000000);
    assert_int_equal(sr_clock_now_us(clock), INT64_C(3600) * 1000000);
    sr_clock_sleep_until(clock, 5);
    assert_int_equal(sr_clock_now_us(clock), INT64_C(3600) * 1000000);
    sr_clock_leave(clock);
    sr_clock_free(clock);
}

static void real_time_never_wakes_early(void **state) {
    (void)state;
    struct sr_clock *clock;
    assert_int_equal(sr_clock_new(false, &clock), 0);
    for (int i = 0; i < 5; i++) {
        const int64_t until = sr_clock_now_us(clock) + 2000;
        sr_clock_sleep_until(clock, until);
        assert_true(sr_clock_now_us(clock) >= until);
    }
    sr_clock_free(clock);
}

static void a_raised_event_is_kept_until_it_is_waited_for(void **state) {
    (void)state;
    for (int is_virtual = 0; is_virtual < 2; is_virtual++) {
        struct sr_clock *clock;
        struct sr_event event;
        assert_int_equal(sr_clock_new(is_virtual, &clock), 0);
        assert_int_equal(sr_clock_join(clock), 0);
        assert_int_equal(sr_event_init(&event, clock), 0);
        sr_event_raise(&event);
        sr_event_raise(&event);
        assert_true(sr_event_wait(&event, sr_clock_now_us(clock) + 1000));
        assert_false(sr_event_wait(&event, sr_clock_now_us(clock) + 1000)); /* two raises are one */
        sr_event_deinit(&event);
        sr_clock_leave(clock);
        sr_clock_free(clock);
    }
}

struct pair {
    struct sr_event ping, pong;
    int count;
};

static void answer_pings(void *arg) {
    struct pair *pair = arg;
    for (int i = 0; i < 1000; i++) {
        if (!sr_event_wait(&pair->ping, SR_FOREVER))
            break;
        pair->count++;
        sr_event_raise(&pair->pong);
    }
}

static void no_wake_up_is_lost_between_two_threads(void **state) {
    (void)state;
    for (int is_virtual = 0; is_virtual < 2; is_virtual++) {
        struct sr_clock *clock;
        struct sr_thread thread = {0};
        struct pair pair = {.count = 0};
        assert_int_equal(sr_clock_new(is_virtual, &clock), 0);
        assert_int_equal(sr_clock_join(clock), 0);
        sr_event_init(&pair.ping, clock);
        sr_event_init(&pair.pong, clock);
        assert_int_equal(sr_thread_start(&thread, clock, "pong", answer_pings, &pair), 0);
        for (int i = 0; i < 1000; i++) {
            sr_event_raise(&pair.ping);
            assert_true(sr_event_wait(&pair.pong, sr_clock_now_us(clock) + 5000000));
        }
        sr_thread_join(&thread);
        assert_int_equal(pair.count, 1000);
        sr_event_deinit(&pair.ping);
        sr_event_deinit(&pair.pong);
        sr_clock_leave(clock);
        sr_clock_free(clock);
    }
}

static void a_clock_without_memory_is_an_error(void **state) {
    (void)state;
    struct sr_clock *clock = NULL;
    sr_fail_alloc_at(1);
    assert_int_equal(sr_clock_new(true, &clock), SARAI_ENOMEM);
    sr_fail_alloc_off();
    assert_null(clock);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(virtual_threads_run_in_the_order_of_their_deadlines_every_time),
        cmocka_unit_test(virtual_time_jumps_over_an_hour_of_sleep),
        cmocka_unit_test(real_time_never_wakes_early),
        cmocka_unit_test(a_raised_event_is_kept_until_it_is_waited_for),
        cmocka_unit_test(no_wake_up_is_lost_between_two_threads),
        cmocka_unit_test(a_clock_without_memory_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
