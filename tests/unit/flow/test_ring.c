/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <sched.h>

#include "flow/ring.h"
#include "support/failing_alloc.h"
#include "support/test.h"

static void a_ring_holds_exactly_its_capacity(void **state) {
    (void)state;
    static const uint32_t capacities[] = {1, 2, 3, 20, 50, 64, 100};
    for (size_t c = 0; c < sizeof capacities / sizeof *capacities; c++) {
        struct sr_ring ring;
        assert_int_equal(sr_ring_init(&ring, capacities[c], sizeof(int)), 0);
        for (int round = 0; round < 5; round++) {
            for (int i = 0; i < (int)capacities[c]; i++)
                assert_true(sr_ring_push(&ring, &i));
            int value = -1;
            assert_false(sr_ring_push(&ring, &value));
            assert_int_equal(sr_ring_depth(&ring), capacities[c]);
            for (int i = 0; i < (int)capacities[c]; i++) {
                assert_int_equal(*(const int *)sr_ring_peek(&ring), i);
                assert_true(sr_ring_pop(&ring, &value));
                assert_int_equal(value, i);
            }
            assert_false(sr_ring_pop(&ring, &value));
            assert_null(sr_ring_peek(&ring));
        }
        sr_ring_deinit(&ring);
    }
}

static void the_counters_may_wrap_around(void **state) {
    (void)state;
    struct sr_ring ring;
    assert_int_equal(sr_ring_init(&ring, 3, sizeof(int)), 0);
    atomic_store(&ring.head, UINT32_MAX - 1);
    atomic_store(&ring.tail, UINT32_MAX - 1);
    ring.head_seen = ring.tail_seen = UINT32_MAX - 1;
    for (int i = 0; i < 10; i++) {
        int value;
        assert_true(sr_ring_push(&ring, &i));
        assert_true(sr_ring_push(&ring, &i));
        assert_true(sr_ring_push(&ring, &i));
        assert_false(sr_ring_push(&ring, &i));
        for (int k = 0; k < 3; k++)
            assert_true(sr_ring_pop(&ring, &value) && value == i);
    }
    sr_ring_deinit(&ring);
}

static void many_items_at_once_keep_their_order_over_the_end_of_the_memory(void **state) {
    (void)state;
    struct sr_ring ring;
    int in[7], out[7], pushed = 0, popped = 0;
    assert_int_equal(sr_ring_init(&ring, 5, sizeof(int)), 0); /* 8 slots */
    atomic_store(&ring.head, UINT32_MAX - 9);
    atomic_store(&ring.tail, UINT32_MAX - 9);
    ring.head_seen = ring.tail_seen = UINT32_MAX - 9;
    for (uint32_t round = 0; round < 40; round++) {
        const uint32_t wanted = round % 8, inside = (uint32_t)(pushed - popped), room = 5 - inside;
        for (uint32_t i = 0; i < wanted; i++)
            in[i] = pushed + (int)i;
        const uint32_t moved = sr_ring_push_many(&ring, in, wanted);
        assert_int_equal(moved, wanted < room ? wanted : room);
        pushed += (int)moved;
        const uint32_t got = sr_ring_pop_many(&ring, out, round * 3 % 8);
        assert_int_equal(got, round * 3 % 8 < inside + moved ? round * 3 % 8 : inside + moved);
        for (uint32_t i = 0; i < got; i++)
            assert_int_equal(out[i], popped++);
        assert_int_equal(sr_ring_depth(&ring), pushed - popped);
    }
    sr_ring_deinit(&ring);
}

struct item {
    uint64_t number, check[7];
};

enum { ITEMS = 300000 };

static void *produce(void *arg) {
    for (uint64_t i = 0; i < ITEMS; i++) {
        struct item item = {.number = i};
        for (int k = 0; k < 7; k++)
            item.check[k] = i * (uint64_t)(k + 3);
        while (!sr_ring_push(arg, &item))
            sched_yield();
    }
    return NULL;
}

static void two_threads_exchange_every_item_whole_and_in_order(void **state) {
    (void)state;
    struct sr_ring ring;
    pthread_t producer;
    assert_int_equal(sr_ring_init(&ring, 100, sizeof(struct item)), 0);
    assert_int_equal(pthread_create(&producer, NULL, produce, &ring), 0);
    for (uint64_t i = 0; i < ITEMS; i++) {
        struct item item;
        while (!sr_ring_pop(&ring, &item))
            sched_yield();
        assert_int_equal(item.number, i);
        for (int k = 0; k < 7; k++)
            assert_int_equal(item.check[k], i * (uint64_t)(k + 3));
    }
    pthread_join(producer, NULL);
    sr_ring_deinit(&ring);
}

static void a_ring_without_memory_or_sense_is_refused(void **state) {
    (void)state;
    struct sr_ring ring = {0};
    sr_fail_alloc_at(1);
    assert_int_equal(sr_ring_init(&ring, 8, 8), SARAI_ENOMEM);
    sr_fail_alloc_off();
    assert_int_equal(sr_ring_init(&ring, 0, 8), SARAI_EUSAGE);
    assert_int_equal(sr_ring_init(&ring, 8, 0), SARAI_EUSAGE);
    assert_int_equal(sr_ring_init(&ring, UINT32_MAX, 8), SARAI_EUSAGE);
}

static void what_is_skipped_is_gone_and_the_places_tell_how_much(void **state) {
    (void)state;
    struct sr_ring ring;
    int value = 0;
    assert_int_equal(sr_ring_init(&ring, 8, sizeof value), SARAI_OK);
    for (int i = 0; i < 8; i++)
        assert_true(sr_ring_push(&ring, &i));
    assert_int_equal(sr_ring_skip(&ring, 3), 3);
    assert_true(sr_ring_pop(&ring, &value));
    assert_int_equal(value, 3);
    assert_int_equal(sr_ring_skip(&ring, 100), 4);
    assert_int_equal(sr_ring_skip(&ring, 1), 0);
    assert_int_equal(sr_ring_pushed(&ring), 8);
    assert_int_equal(sr_ring_popped(&ring), 8);
    assert_int_equal(sr_ring_depth(&ring), 0);
    assert_true(sr_ring_push(&ring, &value));
    sr_ring_deinit(&ring);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ring_holds_exactly_its_capacity),
        cmocka_unit_test(the_counters_may_wrap_around),
        cmocka_unit_test(many_items_at_once_keep_their_order_over_the_end_of_the_memory),
        cmocka_unit_test(what_is_skipped_is_gone_and_the_places_tell_how_much),
        cmocka_unit_test(two_threads_exchange_every_item_whole_and_in_order),
        cmocka_unit_test(a_ring_without_memory_or_sense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
