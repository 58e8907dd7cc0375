/* SPDX-License-Identifier: Apache-2.0 */
/* Thread 3 alone, with a recognizer that says what the test wants to be heard. */
#include "base/str.h"
#include "stt/stt_stage.h"
#include "support/test.h"

#include <stdatomic.h>

struct sr_stt {
    _Atomic(const char *) text; /* of the next decoding */
    atomic_bool slow;           /* decodes until it is aborted */
    atomic_int begun, decoded, aborted, longest;
};

static int decode(struct sr_stt *stt, const float *samples, size_t count, enum sr_purpose purpose,
                  const struct sr_abort *abort, struct sr_stt_result *result) {
    (void)samples, (void)purpose;
    atomic_fetch_add(&stt->begun, 1);
    while (atomic_load(&stt->slow))
        if (sr_aborted(abort)) {
            atomic_store(&stt->slow, false);
            atomic_fetch_add(&stt->aborted, 1);
            return SARAI_ESTALE;
        }
    if ((int)count > atomic_load(&stt->longest))
        atomic_store(&stt->longest, (int)count);
    atomic_fetch_add(&stt->decoded, 1);
    *result = (struct sr_stt_result){.text = sr_strdup(atomic_load(&stt->text))};
    return SARAI_OK;
}

static const struct sr_stt_backend backend = {.name = "test", .decode = decode};

struct fixture {
    struct sr_clock *clock;
    struct sr_flow *flow;
    struct sr_stt stt;
    struct sr_stt_stage stage;
    struct sr_thread thread;
    uint32_t serial; /* of the last utterance that was not final */
};

static int setup(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    *state = f;
    if (sr_clock_new(false, &f->clock) < 0 || sr_flow_new(f->clock, NULL, &f->flow) < 0)
        return -1;
    f->stage = (struct sr_stt_stage){.flow = f->flow, .backend = &backend, .stt = &f->stt, .threads = 1};
    return sr_thread_start(&f->thread, f->clock, "stt", sr_stt_run, &f->stage);
}

static int teardown(void **state) {
    struct fixture *f = *state;
    sr_flow_stop(f->flow);
    sr_thread_join(&f->thread);
    sr_stt_stage_deinit(&f->stage);
    sr_flow_free(f->flow);
    sr_clock_free(f->clock);
    free(f);
    return 0;
}

static void push(struct fixture *f, uint32_t turn, enum sr_purpose purpose, double seconds) {
    struct sr_utterance utterance = {.stamp = sr_epoch_stamp(&f->flow->epoch),
                                     .purpose = purpose,
                                     .turn_id = turn,
                                     .serial = purpose == SR_FINAL ? f->serial : ++f->serial,
                                     .count = (size_t)(seconds * SR_RATE_HZ)};
    utterance.samples = calloc(utterance.count, sizeof *utterance.samples);
    utterance.turn = purpose == SR_FINAL ? sr_turn_new() : NULL;
    sr_edge_push(&f->flow->edges[SR_EDGE_UTTERANCES], &utterance);
}

/* The event that the stage shows within `ms`: "type revision text", or "" when it shows none. */
static const char *shown(struct fixture *f, int ms) {
    static char line[200];
    struct sarai_event event;
    const int64_t end_us = sr_clock_now_us(f->clock) + ms * 1000;
    line[0] = '\0';
    while (!line[0] && sr_clock_now_us(f->clock) < end_us) {
        if (!sr_edge_pop(&f->flow->edges[SR_EDGE_STT_EVENTS], &event)) {
            sr_event_wait(&f->flow->wakes[SR_APP], end_us);
            continue;
        }
        snprintf(line, sizeof line, "%s %u %s", event.type == SARAI_EVENT_FINAL ? "final" : "partial", event.revision,
                 event.text ? event.text : "-");
        sr_event_message_deinit(&event);
    }
    return line;
}

static void wait_for(atomic_int *counter, int value) {
    while (atomic_load(counter) < value)
        ;
}

static const char *hear(struct fixture *f, enum sr_purpose purpose, double seconds, const char *text, bool silent) {
    const int before = atomic_load(&f->stt.decoded);
    atomic_store(&f->stt.text, text);
    push(f, 1, purpose, seconds);
    if (silent)
        wait_for(&f->stt.decoded, before + 1);
    return shown(f, silent ? 50 : 5000);
}

static void only_what_two_decodings_agree_on_is_shown_while_the_user_speaks(void **state) {
    struct fixture *f = *state;
    assert_string_equal(hear(f, SR_PARTIAL, 1, "Pon la", true), "");
    assert_string_equal(hear(f, SR_PARTIAL, 2, "Pon las luces del", false), "partial 1 Pon");
    assert_string_equal(hear(f, SR_PARTIAL, 3, "pon las luces de", false), "partial 2 pon las luces");
    assert_string_equal(hear(f, SR_PARTIAL, 3, "Pon las nubes", true), "");
    assert_string_equal(hear(f, SR_DRAFT, 4, "Pon las luces.", false), "partial 3 Pon las luces.");
    assert_string_equal(hear(f, SR_DRAFT, 4, "Pon las luces.", true), "");
    /* The draft was the final text, so nothing is decoded again. */
    assert_string_equal(hear(f, SR_FINAL, 4, "otra cosa", false), "final 4 Pon las luces.");
    struct sr_text text;
    int drafts = 0;
    while (sr_edge_pop(&f->flow->edges[SR_EDGE_TEXTS], &text)) {
        drafts += text.draft;
        assert_string_equal(text.text, "Pon las luces.");
        sr_turn_free(text.turn);
        text.turn = NULL;
        sr_text_deinit(&text);
    }
    assert_int_equal(drafts, 2); /* the brain never sees a partial text */
}

static void a_new_turn_begins_at_revision_one(void **state) {
    struct fixture *f = *state;
    assert_string_equal(hear(f, SR_DRAFT, 1, "uno", false), "partial 1 uno");
    push(f, 2, SR_DRAFT, 1);
    assert_string_equal(shown(f, 5000), "partial 1 uno");
}

static void a_partial_makes_way_and_an_old_draft_is_skipped(void **state) {
    struct fixture *f = *state;
    atomic_store(&f->stt.text, "uno");
    atomic_store(&f->stt.slow, true);
    push(f, 1, SR_PARTIAL, 1);
    wait_for(&f->stt.begun, 1);
    push(f, 1, SR_PARTIAL, 2); /* a newer partial does not stop the one being decoded ... */
    assert_string_equal(shown(f, 50), "");
    assert_int_equal(atomic_load(&f->stt.aborted), 0);
    push(f, 1, SR_DRAFT, 3); /* ... a draft does, and the partial before it is not decoded at all */
    wait_for(&f->stt.aborted, 1);
    assert_string_equal(shown(f, 5000), "partial 1 uno");
    assert_int_equal(atomic_load(&f->stt.decoded), 1);
}

static void an_utterance_of_a_minute_is_heard_in_pieces_and_each_of_them_once(void **state) {
    struct fixture *f = *state;
    atomic_store(&f->stt.text, "la");
    push(f, 1, SR_PARTIAL, 28);
    wait_for(&f->stt.decoded, 2);
    push(f, 1, SR_PARTIAL, 28.5);
    assert_string_equal(shown(f, 5000), "partial 1 la la");
    assert_int_equal(atomic_load(&f->stt.decoded), 3);
    push(f, 1, SR_FINAL, 65);
    const char *line = shown(f, 5000);
    assert_memory_equal(line, "final 2 la la la", 16);
    assert_true(atomic_load(&f->stt.longest) <= 20 * SR_RATE_HZ);
    struct sr_text text;
    while (sr_edge_pop(&f->flow->edges[SR_EDGE_TEXTS], &text)) {
        sr_turn_free(text.turn);
        text.turn = NULL;
        sr_text_deinit(&text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(only_what_two_decodings_agree_on_is_shown_while_the_user_speaks, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_new_turn_begins_at_revision_one, setup, teardown),
        cmocka_unit_test_setup_teardown(a_partial_makes_way_and_an_old_draft_is_skipped, setup, teardown),
        cmocka_unit_test_setup_teardown(an_utterance_of_a_minute_is_heard_in_pieces_and_each_of_them_once, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
