/* SPDX-License-Identifier: Apache-2.0 */
#include "support/test.h"
#include "turn/turn.h"

#define FRAME_MS 32

static const struct sr_turn_opts opts = {.onset_ms = 96,
                                         .probe_ms = 192,
                                         .confirm_ms = 256,
                                         .yield_ms = 800,
                                         .doubt_ms = 320,
                                         .draft_ms = 96,
                                         .end_ms = 512,
                                         .preroll_ms = 320,
                                         .max_turn_s = 5};

/* Feeds a picture of the sound, a letter a frame ('#' speech, '.' silence; 'n', 'b', 'r' silence in which the verdict
 * none, backchannel or request is there; 'B' speech with the verdict backchannel; 'o' speech and 'q' a request, known
 * to be the machine's own voice; '?' what may become speech); notes where each action came. */
static void feed(struct sr_turn_machine *m, const char *frames, bool heard, char *log) {
    static const struct {
        unsigned action;
        char letter;
    } letters[] = {{SR_TURN_DUCK, 'D'},  {SR_TURN_HOLD, 'H'},   {SR_TURN_RESTORE, 'R'},
                   {SR_TURN_OPEN, 'O'},  {SR_TURN_PROBE, 'p'},  {SR_TURN_PARTIAL, 'P'},
                   {SR_TURN_DRAFT, 'd'}, {SR_TURN_RESUME, 'r'}, {SR_TURN_FINAL, 'F'}};
    size_t len = strlen(log);
    for (; *frames; frames++) {
        struct sr_turn_frame input = {
            .speech = strchr("#Bo", *frames), .own = strchr("oq", *frames), .heard = heard, .end_ms = m->opts->end_ms};
        input.maybe = input.speech || *frames == '?';
        if (*frames == 'b' || *frames == 'B')
            input.remark = SR_REMARK_BACKCHANNEL;
        else if (strchr("nrq", *frames))
            input.remark = *frames == 'n' ? SR_REMARK_NONE : SR_REMARK_REQUEST;
        const unsigned actions = sr_turn_feed(m, &input);
        for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
            if (actions & letters[i].action)
                log[len++] = letters[i].letter;
    }
    log[len] = '\0';
}

static void expect(const char *frames, bool heard, const char *actions) {
    struct sr_turn_machine m;
    char log[256] = "";
    sr_turn_init(&m, &opts, FRAME_MS);
    feed(&m, frames, heard, log);
    assert_string_equal(log, actions);
}

static void what_turns_out_to_be_its_own_voice_is_no_interruption_whatever_its_words(void **state) {
    (void)state;
    expect("ooooooo", false, "");
    expect("ooooooo#", false, "O");
    expect("#######o", true, "DpR");
    expect("########o##", true, "DpHRD");
    expect("####....q....", true, "DpR");
    expect("##############################o", true, "DpHO"); /* the turn was given up */
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
    expect("##########..", false, "O");
    expect("##########...", false, "Od");
    expect("##########...............", false, "Od");
    expect("##########................", false, "OdF");
    expect("##########................................", false, "OdF");
}

static void going_on_after_a_pause_voids_the_draft_each_time(void **state) {
    (void)state;
    expect("#####......####......####................", false, "OdrdrdF");
    expect("#####..####..####................", false, "OdF");
}

static void a_turn_ends_as_soon_as_it_is_known_to_be_over_but_not_before_its_draft(void **state) {
    (void)state;
    struct sr_turn_machine m;
    char log[64] = "";
    sr_turn_init(&m, &opts, FRAME_MS);
    feed(&m, "##########.....", false, log);
    assert_string_equal(log, "Od");
    assert_int_equal(sr_turn_feed(&m, &(struct sr_turn_frame){.end_ms = 200}), 0); /* 192 ms */
    assert_int_equal(sr_turn_feed(&m, &(struct sr_turn_frame){.end_ms = 200}), SR_TURN_FINAL);
    sr_turn_init(&m, &opts, FRAME_MS);
    log[0] = '\0';
    feed(&m, "##########", false, log);
    for (int i = 0; i < 2; i++)
        assert_int_equal(sr_turn_feed(&m, &(struct sr_turn_frame){.end_ms = 0}), 0);
    assert_int_equal(sr_turn_feed(&m, &(struct sr_turn_frame){.end_ms = 0}), SR_TURN_DRAFT);
    assert_int_equal(sr_turn_feed(&m, &(struct sr_turn_frame){.end_ms = 0}), SR_TURN_FINAL);
}

static void long_speech_is_decoded_now_and_then(void **state) {
    (void)state;
    struct sr_turn_opts often = opts;
    struct sr_turn_machine m;
    char log[64] = "";
    often.partial_ms = 320;
    sr_turn_init(&m, &often, FRAME_MS);
    feed(&m, "#################################...####...", false, log);
    assert_string_equal(log, "OPPPdrd");
}

static void a_heard_machine_is_ducked_at_once_held_when_it_goes_on_and_stopped_in_the_end(void **state) {
    (void)state;
    expect("#", true, "D");
    expect("#####", true, "D");
    expect("######", true, "Dp");
    expect("########", true, "DpH");
    expect("########################", true, "DpH");
    expect("#########################", true, "DpHO");
    expect("#########################................", true, "DpHOdF");
}

static void a_stop_within_a_word_does_not_make_holding_later(void **state) {
    (void)state;
    expect("##..####", true, "DpH");
    expect("##...###", true, "DRDpH");           /* "¿Y cuál?" */
    expect("##.....######", true, "DRDp");       /* after so much it is something new */
    expect("#....#....#....#", true, "DRDRDRD"); /* clicks */
}

static void a_cough_while_the_machine_is_heard_restores_it(void **state) {
    (void)state;
    expect("##...", true, "DR");
    expect("##.....##...", true, "DRDR");
    expect("##...##...", true, "DRDpR"); /* one that is as long as a word is listened to */
    expect("####...n", true, "DpR");
    expect("########...n", true, "DpHpR");
}

static void what_may_become_speech_makes_the_machine_softer_once(void **state) {
    (void)state;
    expect("?...", true, "DR");
    expect("????????????", true, "DR");
    expect("????.???", true, "DRD");
    expect("?##########", true, "DpH");
    expect("?????##########", true, "DRDpH");
    expect("????????????", false, "");
    expect("??##", false, "");
    expect("??###", false, "O");
}

static void a_backchannel_restores_the_answer_and_an_early_one_does_not_even_hold_it(void **state) {
    (void)state;
    expect("########...b", true, "DpHpR");
    expect("######BBBBBB...b", true, "DppR");
    expect("######BBBBBBBBBBBBBBBBBBBB", true, "DpHO"); /* nobody nods for that long */
}

static void a_short_request_takes_the_turn_and_its_probe_is_its_draft(void **state) {
    (void)state;
    expect("####....r", true, "DpO");
    expect("####....r............", true, "DpOF");
    expect("####....r###", true, "DpOr");
}

static void a_remark_nobody_understood_is_forgotten_after_a_while(void **state) {
    (void)state;
    expect("####.........", true, "Dp");
    expect("####..........", true, "DpR");
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
        const unsigned actions = sr_turn_feed(&m, &(struct sr_turn_frame){.speech = true, .end_ms = 512});
        finals += !!(actions & SR_TURN_FINAL);
        opens += !!(actions & SR_TURN_OPEN);
    }
    assert_int_equal(finals, 3);
    assert_int_equal(opens, 4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_turns_out_to_be_its_own_voice_is_no_interruption_whatever_its_words),
        cmocka_unit_test(silence_and_clicks_open_no_turn),
        cmocka_unit_test(a_sentence_opens_is_drafted_and_ends_after_the_silence),
        cmocka_unit_test(going_on_after_a_pause_voids_the_draft_each_time),
        cmocka_unit_test(a_turn_ends_as_soon_as_it_is_known_to_be_over_but_not_before_its_draft),
        cmocka_unit_test(long_speech_is_decoded_now_and_then),
        cmocka_unit_test(a_heard_machine_is_ducked_at_once_held_when_it_goes_on_and_stopped_in_the_end),
        cmocka_unit_test(a_stop_within_a_word_does_not_make_holding_later),
        cmocka_unit_test(a_cough_while_the_machine_is_heard_restores_it),
        cmocka_unit_test(what_may_become_speech_makes_the_machine_softer_once),
        cmocka_unit_test(a_backchannel_restores_the_answer_and_an_early_one_does_not_even_hold_it),
        cmocka_unit_test(a_short_request_takes_the_turn_and_its_probe_is_its_draft),
        cmocka_unit_test(a_remark_nobody_understood_is_forgotten_after_a_while),
        cmocka_unit_test(doubt_ends_at_once_when_the_answer_ended_by_itself),
        cmocka_unit_test(a_turn_without_end_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
