/* SPDX-License-Identifier: Apache-2.0 */
#include "support/test.h"
#include "turn/turn.h"

#define FRAME_MS 32

static const struct sr_turn_opts opts = {
    .onset_ms = 96, .confirm_ms = 256, .draft_ms = 160, .end_ms = 512, .preroll_ms = 320, .max_turn_s = 5};

/* Feeds a picture of the sound, a letter a frame ('#' speech, '.' silence); notes where each action came. */
static void feed(struct sr_turn_machine *m, const char *frames, bool answering, char *log) {
    static const struct {
        unsigned action;
        char letter;
    } letters[] = {{SR_TURN_DUCK, 'D'},  {SR_TURN_RESTORE, 'R'}, {SR_TURN_OPEN, 'O'},
                   {SR_TURN_DRAFT, 'd'}, {SR_TURN_RESUME, 'r'},  {SR_TURN_FINAL, 'F'}};
    size_t len = strlen(log);
    for (; *frames; frames++) {
        const unsigned actions = sr_turn_feed(m, *frames == '#', answering);
        for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
            if (actions & letters[i].action)
                log[len++] = letters[i].letter;
    }
    log[len] = '\0';
}

static void expect(const char *frames, bool answering, const char *actions) {
    struct sr_turn_machine m;
    char log[256] = "";
    sr_turn_init(&m, &opts, FRAME_MS);
    feed(&m, frames, answering, log);
    assert_string_equal(log, actions);
}

static void silence_and_clicks_open_no_turn(void **state) {
    (void)state;
    expect("....................", false, "");
    expect("#..#..##..##....#...", false, "");
}

static void a_sentence_opens_is_drafted_and_ends_after_the_silence(void **state) {
    (void)state;
    expect("##", false, "");
    expect("###", false, "O");
    expect("##########....", false, "O");
    expect("##########.....", false, "Od");
    expect("##########...............", false, "Od");
    expect("##########................", false, "OdF");
    expect("##########................................", false, "OdF");
}

static void going_on_after_a_pause_voids_the_draft_each_time(void **state) {
    (void)state;
    expect("#####......####......####................", false, "OdrdrdF");
    expect("#####...####...####................", false, "OdF");
}

static void an_answering_machine_is_ducked_first_and_stopped_when_it_is_confirmed(void **state) {
    (void)state;
    expect("###", true, "D");
    expect("#######", true, "D");
    expect("########", true, "DO");
    expect("########................", true, "DOdF");
}

static void a_cough_while_the_machine_speaks_restores_it(void **state) {
    (void)state;
    expect("####.....", true, "DR");
    expect("####.....####.....", true, "DRDR");
    expect("####..####", true, "DO"); /* two syllables */
}

static void doubt_ends_at_once_when_the_answer_ended_by_itself(void **state) {
    (void)state;
    struct sr_turn_machine m;
    char log[64] = "";
    sr_turn_init(&m, &opts, FRAME_MS);
    feed(&m, "###", true, log);
    feed(&m, "#", false, log);
    assert_string_equal(log, "DO");
}

static void a_turn_without_end_is_cut(void **state) {
    (void)state;
    struct sr_turn_machine m;
    sr_turn_init(&m, &opts, FRAME_MS);
    int finals = 0, opens = 0;
    for (int ms = 0; ms < 16000; ms += FRAME_MS) {
        const unsigned actions = sr_turn_feed(&m, true, false);
        finals += !!(actions & SR_TURN_FINAL);
        opens += !!(actions & SR_TURN_OPEN);
    }
    assert_int_equal(finals, 3);
    assert_int_equal(opens, 4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(silence_and_clicks_open_no_turn),
        cmocka_unit_test(a_sentence_opens_is_drafted_and_ends_after_the_silence),
        cmocka_unit_test(going_on_after_a_pause_voids_the_draft_each_time),
        cmocka_unit_test(an_answering_machine_is_ducked_first_and_stopped_when_it_is_confirmed),
        cmocka_unit_test(a_cough_while_the_machine_speaks_restores_it),
        cmocka_unit_test(doubt_ends_at_once_when_the_answer_ended_by_itself),
        cmocka_unit_test(a_turn_without_end_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
