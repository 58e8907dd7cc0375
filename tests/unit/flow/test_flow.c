/* SPDX-License-Identifier: Apache-2.0 */
/* Epochs, edges and compute tickets. */
#include "flow/sched.h"
#include "flow/stage.h"
#include "support/failing_alloc.h"
#include "support/test.h"

static struct sr_clock *new_clock(bool is_virtual) {
    struct sr_clock *clock = NULL;
    assert_int_equal(sr_clock_new(is_virtual, &clock), 0);
    assert_int_equal(sr_clock_join(clock), 0);
    return clock;
}

static void free_clock(struct sr_clock *clock) {
    sr_clock_leave(clock);
    sr_clock_free(clock);
}

static void a_new_epoch_makes_all_older_stamps_stale(void **state) {
    (void)state;
    struct sr_clock *clock = new_clock(false);
    struct sr_epoch epoch;
    sr_epoch_init(&epoch, clock);
    assert_true(sr_epoch_stale(&epoch, 0));
    const sr_stamp first = sr_epoch_open(&epoch);
    assert_false(sr_epoch_stale(&epoch, first));
    const sr_stamp revised = sr_epoch_revise(&epoch);
    assert_false(sr_epoch_stale(&epoch, first));     /* the turn goes on ... */
    assert_true(sr_epoch_superseded(&epoch, first)); /* ... but drafts of it are void */
    assert_int_equal(sr_stamp_revision(revised), 1);
    const sr_stamp second = sr_epoch_open(&epoch);
    assert_true(sr_epoch_stale(&epoch, revised));
    assert_int_equal(sr_stamp_epoch(second), sr_stamp_epoch(first) + 1);
    assert_int_equal(sr_stamp_revision(second), 0);
    free_clock(clock);
}

static void yielding_changes_no_stamp_and_ends_with_the_epoch(void **state) {
    (void)state;
    struct sr_clock *clock = new_clock(false);
    struct sr_epoch epoch;
    sr_epoch_init(&epoch, clock);
    const sr_stamp stamp = sr_epoch_open(&epoch);
    for (enum sr_yield yield = SR_YIELD_NOTHING; yield <= SR_YIELD_HOLD; yield++) {
        sr_epoch_yield(&epoch, yield);
        assert_int_equal(sr_epoch_yielded(&epoch), yield);
        assert_false(sr_epoch_superseded(&epoch, stamp));
    }
    sr_epoch_revise(&epoch);
    assert_int_equal(sr_epoch_yielded(&epoch), SR_YIELD_HOLD);
    sr_epoch_open(&epoch);
    assert_int_equal(sr_epoch_yielded(&epoch), SR_YIELD_NOTHING);
    free_clock(clock);
}

static void work_is_given_up_for_a_new_epoch_a_revision_a_deadline_or_the_end(void **state) {
    (void)state;
    struct sr_clock *clock = new_clock(true);
    struct sr_epoch epoch;
    atomic_bool stop = false;
    sr_epoch_init(&epoch, clock);
    struct sr_abort abort = {.epoch = &epoch, .stamp = sr_epoch_open(&epoch), .stop = &stop};
    assert_false(sr_aborted(&abort));
    assert_false(sr_aborted(NULL));
    sr_epoch_revise(&epoch);
    assert_false(sr_aborted(&abort));
    abort.draft = true;
    assert_true(sr_aborted(&abort));
    abort.draft = false;
    abort.clock = clock;
    abort.deadline_us = 1000;
    assert_false(sr_aborted(&abort));
    sr_clock_sleep_until(clock, 1001);
    assert_true(sr_aborted(&abort));
    abort.clock = NULL;
    atomic_store(&stop, true);
    assert_true(sr_aborted(&abort));
    atomic_store(&stop, false);
    sr_epoch_open(&epoch);
    assert_true(sr_aborted(&abort));
    free_clock(clock);
}

static void a_full_edge_that_drops_counts_every_drop(void **state) {
    (void)state;
    struct sr_clock *clock = new_clock(true);
    struct sr_flow *flow = NULL;
    assert_int_equal(sr_flow_new(clock, NULL, &flow), 0);
    struct sr_edge *edge = &flow->edges[SR_EDGE_FRAMES];
    struct sr_frame frame = {0};
    for (int i = 0; i < 100; i++)
        assert_int_equal(sr_edge_push(edge, &frame), 0);
    for (int i = 0; i < 7; i++)
        assert_int_equal(sr_edge_push(edge, &frame), SARAI_EFULL);
    assert_int_equal(atomic_load(&edge->dropped), 7);
    assert_int_equal(atomic_load(&edge->pushed), 100);
    assert_int_equal(atomic_load(&edge->deepest), 100);
    sr_flow_free(flow);
    free_clock(clock);
}

static void pop_one_later(void *arg) {
    struct sr_flow *flow = arg;
    sr_clock_sleep_until(flow->clock, 500000);
    struct sr_clip clip;
    assert_true(sr_edge_pop(&flow->edges[SR_EDGE_CLIPS], &clip));
    sr_clip_deinit(&clip);
}

static void a_full_edge_that_waits_goes_on_when_there_is_room(void **state) {
    (void)state;
    struct sr_clock *clock = new_clock(true);
    struct sr_flow *flow = NULL;
    struct sr_thread thread = {0};
    assert_int_equal(sr_flow_new(clock, NULL, &flow), 0);
    assert_int_equal(sr_thread_start(&thread, clock, "consumer", pop_one_later, flow), 0);
    for (int i = 0; i < 4; i++) {
        struct sr_clip clip = {.text = strdup("clip")};
        assert_int_equal(sr_edge_push(&flow->edges[SR_EDGE_CLIPS], &clip), 0);
    }
    assert_int_equal(sr_clock_now_us(clock), 500000);
    sr_thread_join(&thread);
    sr_flow_free(flow); /* frees the three clips left inside */
    free_clock(clock);
}

static void stopping_frees_what_can_not_be_handed_over(void **state) {
    (void)state;
    struct sr_clock *clock = new_clock(true);
    struct sr_flow *flow = NULL;
    assert_int_equal(sr_flow_new(clock, NULL, &flow), 0);
    sr_flow_stop(flow);
    for (int i = 0; i < 5; i++) {
        struct sr_clip clip = {.text = strdup("clip"), .turn = sr_turn_new()};
        assert_int_equal(sr_edge_push(&flow->edges[SR_EDGE_CLIPS], &clip), i < 3 ? 0 : SARAI_ECLOSED);
    }
    sr_flow_free(flow);
    free_clock(clock);
}

static void a_flow_survives_every_failing_allocation(void **state) {
    (void)state;
    struct sr_clock *clock = new_clock(false);
    for (int n = 1;; n++) {
        struct sr_flow *flow = NULL;
        sr_fail_alloc_at(n);
        const int status = sr_flow_new(clock, NULL, &flow);
        sr_fail_alloc_off();
        if (!sr_fail_alloc_hit()) {
            assert_int_equal(status, 0);
            sr_flow_free(flow);
            break;
        }
        assert_int_equal(status, SARAI_ENOMEM);
        assert_null(flow);
    }
    free_clock(clock);
}

struct worker {
    struct sr_sched *sched;
    struct sr_clock *clock;
    enum sr_urgency urgency;
    char *log;
    char letter;
    int tickets;
};

static void work_a_while(void *arg) {
    struct worker *w = arg;
    assert_int_equal(sr_sched_take(w->sched, w->clock, w->urgency, w->tickets, NULL), 0);
    const char text[] = {w->letter, '\0'};
    strcat(w->log, text);
    sr_clock_sleep_until(w->clock, sr_clock_now_us(w->clock) + 1000);
    sr_sched_give(w->sched, w->tickets);
}

static void the_most_urgent_work_computes_first(void **state) {
    (void)state;
    struct sr_clock *clock = new_clock(true);
    struct sr_sched *sched = NULL;
    char log[8] = "";
    assert_int_equal(sr_sched_new(2, &sched), 0);
    struct worker workers[] = {{sched, clock, SR_LEARNING, log, 'l', 1},
                               {sched, clock, SR_LLM_TOKEN, log, 'm', 2},
                               {sched, clock, SR_STT_FINAL, log, 's', 1},
                               {sched, clock, SR_TTS_FIRST, log, 't', 2}};
    struct sr_thread threads[4] = {0};
    assert_int_equal(sr_sched_take(sched, clock, SR_LEARNING, 2, NULL), 0);
    for (int i = 0; i < 4; i++)
        assert_int_equal(sr_thread_start(&threads[i], clock, "worker", work_a_while, &workers[i]), 0);
    sr_clock_sleep_until(clock, 100);
    sr_sched_give(sched, 2);
    for (int i = 0; i < 4; i++)
        sr_thread_join(&threads[i]);
    assert_string_equal(log, "stml");
    sr_sched_free(sched);
    free_clock(clock);
}

static void whoever_is_not_wanted_any_more_gives_up_its_place(void **state) {
    (void)state;
    struct sr_clock *clock = new_clock(true);
    struct sr_sched *sched = NULL;
    struct sr_epoch epoch;
    sr_epoch_init(&epoch, clock);
    const struct sr_abort abort = {.epoch = &epoch, .stamp = 0};
    assert_int_equal(sr_sched_new(1, &sched), 0);
    assert_int_equal(sr_sched_take(sched, clock, SR_STT_FINAL, 9, NULL), 0);
    assert_int_equal(sr_sched_take(sched, clock, SR_STT_FINAL, 1, &abort), SARAI_ESTALE);
    sr_sched_give(sched, 1);
    assert_int_equal(sr_sched_take(sched, clock, SR_STT_FINAL, 1, &abort), 0); /* free tickets cost no wait */
    sr_sched_give(sched, 1);
    sr_sched_free(sched);
    free_clock(clock);
}

static void work_that_can_be_done_again_sees_that_something_urgent_waits(void **state) {
    (void)state;
    struct sr_clock *clock = new_clock(true);
    struct sr_sched *sched = NULL;
    char log[8] = "";
    assert_int_equal(sr_sched_new(1, &sched), 0);
    assert_int_equal(sr_sched_take(sched, clock, SR_TTS_NEXT, 1, NULL), 0);
    assert_false(sr_sched_wanted(sched, SR_TTS_NEXT));
    static const enum sr_urgency urgencies[] = {SR_STT_DRAFT, SR_TTS_NEXT, SR_STT_FINAL};
    struct worker workers[3];
    struct sr_thread threads[3] = {{0}};
    for (int i = 0; i < 3; i++) {
        workers[i] = (struct worker){sched, clock, urgencies[i], log, (char)('a' + i), 1};
        assert_int_equal(sr_thread_start(&threads[i], clock, "worker", work_a_while, &workers[i]), 0);
        sr_clock_sleep_until(clock, sr_clock_now_us(clock) + 1000);
        assert_int_equal(sr_sched_wanted(sched, SR_TTS_NEXT), urgencies[i] < SR_TTS_NEXT);
    }
    sr_sched_give(sched, 1);
    for (int i = 0; i < 3; i++)
        sr_thread_join(&threads[i]);
    assert_false(sr_sched_wanted(sched, SR_TTS_NEXT) || sr_sched_wanted(NULL, SR_TTS_NEXT));
    assert_string_equal(log, "cba");
    sr_sched_free(sched);
    free_clock(clock);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(work_that_can_be_done_again_sees_that_something_urgent_waits),
        cmocka_unit_test(a_new_epoch_makes_all_older_stamps_stale),
        cmocka_unit_test(yielding_changes_no_stamp_and_ends_with_the_epoch),
        cmocka_unit_test(work_is_given_up_for_a_new_epoch_a_revision_a_deadline_or_the_end),
        cmocka_unit_test(a_full_edge_that_drops_counts_every_drop),
        cmocka_unit_test(a_full_edge_that_waits_goes_on_when_there_is_room),
        cmocka_unit_test(stopping_frees_what_can_not_be_handed_over),
        cmocka_unit_test(a_flow_survives_every_failing_allocation),
        cmocka_unit_test(the_most_urgent_work_computes_first),
        cmocka_unit_test(whoever_is_not_wanted_any_more_gives_up_its_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
