/* SPDX-License-Identifier: Apache-2.0 */
/* What the application has said: the more urgent text is heard first, what it cut in on goes on, and each record tells
 * its own. */
#include <math.h>

#include "flow/rig.h"
#include "support/test.h"

static const char *const settings[] = {"capture.script=0,600000", "tts.delay_ms=60", "tts.ms_per_char=40", NULL};

static const char notice[] = "La lavadora ha terminado. La ropa ya se puede tender. Afuera hace sol y no hay viento.";
static const char news[] = "Ha llegado un paquete. Está en la puerta.";

struct record {
    char *heard;
    bool interrupted;
    int64_t first_us, last_us;
};

static void listen(struct rig *rig, int64_t us, struct record records[8]) {
    struct sarai_event event;
    const int64_t until_us = sarai_session_now_us(rig->session) + us;
    for (int64_t now_us; (now_us = sarai_session_now_us(rig->session)) < until_us;) {
        if (sarai_session_next_event(rig->session, &event, (int)((until_us - now_us + 999) / 1000)) <= 0)
            continue;
        if (event.turn && event.turn->id < 8)
            records[event.turn->id] = (struct record){.heard = sr_strdup(event.turn->heard_reply),
                                                      .interrupted = event.turn->interrupted,
                                                      .first_us = event.turn->first_audio_us,
                                                      .last_us = event.turn->last_audio_us};
        sarai_event_deinit(&event);
    }
}

static long metric(const struct rig *rig, const char *name) {
    char *all = sarai_session_metrics(rig->session), *found = strstr(all, name);
    while (found && found[strlen(name)] != ' ')
        found = strstr(found + 1, name);
    while (found && found > all && found[-1] != '\n')
        found = strstr(found + 1, name);
    const long value = found ? atol(found + strlen(name)) : -1;
    free(all);
    return value;
}

static void forget(struct record records[8]) {
    for (int i = 0; i < 8; i++)
        free(records[i].heard);
}

static void what_is_less_urgent_is_cut_in_on_and_goes_on_afterwards(void **state) {
    (void)state;
    int cut_in = 0;
    for (int64_t at_us = 200000; at_us < 3000000; at_us += 65000) {
        struct rig rig;
        struct record records[8] = {{.heard = NULL}};
        rig_open(&rig, settings, true);
        assert_int_equal(sarai_session_say(rig.session, SARAI_PRIORITY_LOW, notice), 0);
        listen(&rig, at_us, records);
        assert_int_equal(sarai_session_say(rig.session, SARAI_PRIORITY_NORMAL, news), 0);
        listen(&rig, 20000000, records);
        assert_non_null(records[1].heard);
        assert_non_null(records[2].heard);
        if (strcmp(records[1].heard, notice) != 0 || strcmp(records[2].heard, news) != 0 || records[1].interrupted)
            fail_msg("after %lld us: '%s', '%s'", (long long)at_us, records[1].heard, records[2].heard);
        const bool preempted = metric(&rig, "sarai_speech_preemptions_total") == 1;
        assert_true(records[1].first_us < records[2].first_us);
        if (preempted != (records[2].last_us < records[1].last_us)) /* later nothing is left to cut in on */
            fail_msg("after %lld us: %d", (long long)at_us, preempted);
        cut_in += preempted;
        assert_false(sarai_session_busy(rig.session));
        forget(records);
        rig_close(&rig);
    }
    assert_true(cut_in >= 3);
}

static void an_alarm_ends_what_is_said_at_once_and_for_good(void **state) {
    (void)state;
    for (int64_t at_us = 200000; at_us < 2000000; at_us += 130000) {
        struct rig rig;
        struct record records[8] = {{.heard = NULL}};
        rig_open(&rig, settings, true);
        assert_int_equal(sarai_session_say(rig.session, SARAI_PRIORITY_LOW, notice), 0);
        listen(&rig, at_us, records);
        const int64_t alarm_us = sarai_session_now_us(rig.session);
        assert_int_equal(sarai_session_say(rig.session, SARAI_PRIORITY_HIGH, "¡Fuego en la cocina!"), 0);
        listen(&rig, 20000000, records);
        assert_string_equal(records[2].heard, "¡Fuego en la cocina!");
        assert_true(records[1].interrupted && strlen(records[1].heard) < strlen(notice));
        assert_true(records[1].last_us < 0 || records[1].last_us <= alarm_us + 20000);
        assert_true(records[2].first_us <= alarm_us + 100000);
        forget(records);
        rig_close(&rig);
    }
}

static void a_long_wait_lifts_the_lowest_over_what_came_later(void **state) {
    (void)state;
    struct rig rig;
    struct record records[8] = {{.heard = NULL}};
    char *lecture = sr_asprintf("%s %s %s %s %s %s", notice, notice, notice, notice, notice, notice);
    char *all = sr_asprintf("%s %s %s", lecture, lecture, lecture);
    rig_open(&rig, settings, true);
    assert_int_equal(sarai_session_say(rig.session, SARAI_PRIORITY_NORMAL, all), 0);
    assert_int_equal(sarai_session_say(rig.session, SARAI_PRIORITY_LOW, notice), 0);
    listen(&rig, 31000000, records);
    assert_int_equal(sarai_session_say(rig.session, SARAI_PRIORITY_NORMAL, news), 0);
    listen(&rig, 100000000, records);
    assert_string_equal(records[1].heard, all);
    assert_string_equal(records[2].heard, notice);
    assert_string_equal(records[3].heard, news);
    assert_true(records[1].last_us <= records[2].first_us && records[2].last_us <= records[3].first_us);
    assert_true(metric(&rig, "sarai_speech_wait_seconds_count") == 3);
    forget(records);
    rig_close(&rig);
    free(lecture);
    free(all);
}

/* How many turns were heard to say just this. */
static int count_heard(const struct record records[8], const char *text) {
    int count = 0;
    for (int i = 0; i < 8; i++)
        count += records[i].heard && strcmp(records[i].heard, text) == 0;
    return count;
}

static void a_notice_that_waited_while_the_user_spoke_is_said_afterwards(void **state) {
    (void)state;
    static const char *const talks[] = {"capture.script=0,2000,1500,30000",
                                        "stt.script=cualquier cosa rara",
                                        "llm.script=Vale.",
                                        "tts.delay_ms=60",
                                        "tts.ms_per_char=40",
                                        NULL};
    const enum sarai_priority priorities[] = {SARAI_PRIORITY_LOW, SARAI_PRIORITY_NORMAL};
    for (int k = 0; k < 2; k++)
        for (int64_t at_us = 100000; at_us < 3000000; at_us += 290000) {
            struct rig rig;
            struct record records[8] = {{.heard = NULL}};
            rig_open(&rig, talks, true);
            char *lecture = sr_asprintf("%s %s %s", notice, notice, notice);
            assert_int_equal(sarai_session_say(rig.session, SARAI_PRIORITY_NORMAL, lecture), 0);
            listen(&rig, at_us, records);
            assert_int_equal(sarai_session_say(rig.session, priorities[k], news), 0);
            listen(&rig, 25000000, records);
            if (count_heard(records, news) != 1)
                fail_msg("after %lld us the news were heard %d times", (long long)at_us, count_heard(records, news));
            assert_true(records[1].interrupted && records[1].heard[0]);
            assert_int_equal(count_heard(records, lecture), 0); /* it was heard in part */
            assert_false(sarai_session_busy(rig.session));
            forget(records);
            rig_close(&rig);
            free(lecture);
        }
}

static void the_stop_button_ends_what_waits_too(void **state) {
    (void)state;
    struct rig rig;
    struct record records[8] = {{.heard = NULL}};
    rig_open(&rig, settings, true);
    assert_int_equal(sarai_session_say(rig.session, SARAI_PRIORITY_NORMAL, notice), 0);
    assert_int_equal(sarai_session_say(rig.session, SARAI_PRIORITY_LOW, news), 0);
    listen(&rig, 1000000, records);
    sarai_session_interrupt(rig.session);
    listen(&rig, 10000000, records);
    assert_int_equal(count_heard(records, news), 0);
    assert_non_null(records[2].heard);
    assert_false(sarai_session_busy(rig.session));
    forget(records);
    rig_close(&rig);
}

/* The steepest step between two samples. */
static float steepest(const float *sound, size_t count) {
    float most = 0;
    for (size_t i = 1; i < count; i++)
        most = fmaxf(most, fabsf(sound[i] - sound[i - 1]));
    return most;
}

static void pieces_of_a_sentence_join_without_a_click_or_a_silence(void **state) {
    (void)state;
    static const char *const pieces[] = {"capture.script=0,600000",    "tts.delay_ms=20",
                                         "tts.ms_per_char=40",         "speech.first_max_chars=16",
                                         "speech.max_clause_chars=40", NULL};
    struct rig rig;
    struct record records[8] = {{.heard = NULL}};
    rig_open(&rig, pieces, true);
    const char *text =
        "La ropa limpia que estaba dentro de la lavadora nueva ha quedado tendida en la terraza de arriba";
    assert_int_equal(sarai_session_say(rig.session, SARAI_PRIORITY_NORMAL, text), 0);
    listen(&rig, 10000000, records);
    assert_string_equal(records[1].heard, text);
    assert_true(metric(&rig, "sarai_speech_synthesized_total") >= 3);
    rig_stop(&rig);
    size_t count, from = 0, quiet = 0;
    float *sound = rig_sound(&rig, &count);
    while (from < count && fabsf(sound[from]) < 0.01f)
        from++;
    size_t to = count;
    while (to > from && fabsf(sound[to - 1]) < 0.01f)
        to--;
    for (size_t i = from, run = 0; i < to; i++) {
        run = fabsf(sound[i]) < 0.01f ? run + 1 : 0;
        quiet = run > quiet ? run : quiet;
    }
    assert_true(quiet < 24000 / 200); /* 5 ms */
    const float steep = steepest(sound + from, to - from);
    if (steep > 0.085f) /* the highest of the tones moves by 0.078, and the fade by 0.005 */
        fail_msg("a jump of %g", (double)steep);
    free(sound);
    forget(records);
    rig_close(&rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_less_urgent_is_cut_in_on_and_goes_on_afterwards),
        cmocka_unit_test(an_alarm_ends_what_is_said_at_once_and_for_good),
        cmocka_unit_test(a_long_wait_lifts_the_lowest_over_what_came_later),
        cmocka_unit_test(a_notice_that_waited_while_the_user_spoke_is_said_afterwards),
        cmocka_unit_test(the_stop_button_ends_what_waits_too),
        cmocka_unit_test(pieces_of_a_sentence_join_without_a_click_or_a_silence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
