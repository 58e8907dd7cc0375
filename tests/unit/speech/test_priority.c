/* SPDX-License-Identifier: Apache-2.0 */
#include "speech/priority.h"

#include "support/test.h"

enum { HIGH, NORMAL, LOW };

#define S INT64_C(1000000)

static struct sr_priority_choice choose(struct sr_priority *p, int64_t high, int64_t normal, int64_t low, int64_t now) {
    const int64_t queued_us[] = {high, normal, low};
    return sr_priority_choose(p, queued_us, now);
}

static void the_most_urgent_speaks_first(void **state) {
    (void)state;
    struct sr_priority p = {0};
    assert_int_equal(choose(&p, -1, -1, -1, 0).queue, -1);
    assert_int_equal(choose(&p, -1, -1, 0, 1).queue, LOW);
    sr_priority_done(&p, LOW);
    assert_int_equal(choose(&p, -1, 0, 0, 1).queue, NORMAL);
    sr_priority_done(&p, NORMAL);
    const struct sr_priority_choice high = choose(&p, 5, 0, 0, 6);
    assert_int_equal(high.queue, HIGH);
    assert_false(high.preempts || high.boosted);
}

static void what_is_less_urgent_is_preempted_once_and_goes_on_afterwards(void **state) {
    (void)state;
    struct sr_priority p = {0};
    assert_int_equal(choose(&p, -1, -1, 0, 1).queue, LOW);
    struct sr_priority_choice c = choose(&p, -1, 2, 0, 2);
    assert_true(c.queue == NORMAL && c.preempts);
    c = choose(&p, -1, 2, 0, 3);
    assert_true(c.queue == NORMAL && !c.preempts);
    sr_priority_done(&p, NORMAL);
    c = choose(&p, -1, -1, 0, 4);
    assert_true(c.queue == LOW && !c.preempts);
    c = choose(&p, -1, -1, 0, 5);
    assert_true(c.queue == LOW && !c.preempts);
}

static void after_30_s_the_lowest_takes_its_turn_among_the_others(void **state) {
    (void)state;
    struct sr_priority p = {0};
    assert_int_equal(choose(&p, -1, 20 * S, 0, 30 * S - 1).queue, NORMAL);
    /* What speaks is not cut for it ... */
    assert_int_equal(choose(&p, -1, 20 * S, 0, 31 * S).queue, NORMAL);
    sr_priority_done(&p, NORMAL);
    /* ... but what came later waits. */
    struct sr_priority_choice c = choose(&p, -1, 20 * S, 0, 31 * S);
    assert_true(c.queue == LOW && c.boosted && !c.preempts);
    c = choose(&p, -1, 20 * S, 0, 32 * S);
    assert_true(c.queue == LOW && !c.preempts);
    /* An alarm is still more urgent. */
    c = choose(&p, 33 * S, 20 * S, 0, 33 * S);
    assert_true(c.queue == HIGH && c.preempts);
}

static void nothing_starves_and_order_is_kept_whatever_comes(void **state) {
    (void)state;
    struct sr_priority p = {0};
    uint32_t random = 7;
    int64_t queued[3] = {-1, -1, -1}, longest[3] = {0, 0, 0};
    int clauses[3] = {0, 0, 0};
    for (int64_t now = 0; now < 4000 * S; now += S) {
        for (int i = 0; i < 3; i++) {
            random = random * 1664525u + 1013904223u;
            if (queued[i] < 0 && random >> 24 < (i == 0 ? 2 : 200))
                queued[i] = now;
        }
        const struct sr_priority_choice c = sr_priority_choose(&p, queued, now);
        if (c.queue < 0)
            continue;
        for (int i = 0; i < c.queue; i++)
            assert_true(queued[i] < 0 || (c.boosted && i == NORMAL));
        if (now - queued[c.queue] > longest[c.queue] && !clauses[c.queue])
            longest[c.queue] = now - queued[c.queue];
        if (++clauses[c.queue] == 4) { /* a turn is four clauses */
            sr_priority_done(&p, c.queue);
            clauses[c.queue] = 0;
            queued[c.queue] = -1;
        }
    }
    assert_int_equal(longest[HIGH], 0);
    assert_true(longest[LOW] >= 0 && longest[LOW] < 45 * S);
    assert_true(longest[NORMAL] < 20 * S);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_most_urgent_speaks_first),
        cmocka_unit_test(what_is_less_urgent_is_preempted_once_and_goes_on_afterwards),
        cmocka_unit_test(after_30_s_the_lowest_takes_its_turn_among_the_others),
        cmocka_unit_test(nothing_starves_and_order_is_kept_whatever_comes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
