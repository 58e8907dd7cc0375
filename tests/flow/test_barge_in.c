/* SPDX-License-Identifier: Apache-2.0 */
/* A new epoch at every 10 ms of an answer: nothing of the old answer is heard later than 20 ms after it. */
#include <math.h>

#include "base/clock.h"
#include "flow/rig.h"
#include "support/test.h"

#define RATE 24000
#define STEP_US 10000
#define LONGEST_US 3000000 /* question, thinking, and an answer of two sentences */

static const char *const settings[] = {"capture.script=0,300,700,20000",
                                       "stt.script=¿quién inventó la Tarúsica?",
                                       "stt.delay_ms=80",
                                       "tts.delay_ms=120",
                                       "tts.ms_per_char=25",
                                       "llm.script=No estoy segura. Pregunta otra cosa.",
                                       "llm.delay_ms=20",
                                       NULL};

static bool silent(const float *sound, size_t from, size_t to) {
    for (size_t i = from; i < to; i++)
        if (fabsf(sound[i]) > 1e-4f)
            return false;
    return true;
}

static void after_an_interruption_there_is_silence_within_20_ms(void **state) {
    (void)state;
    int interrupted_while_audible = 0;
    for (int64_t at_us = STEP_US; at_us < LONGEST_US; at_us += STEP_US) {
        struct rig rig;
        rig_open(&rig, settings, true);
        rig_run(&rig, at_us, NULL);
        const int64_t cut_us = sarai_session_now_us(rig.session);
        sarai_session_interrupt(rig.session);
        rig_run(&rig, cut_us + 2500000, NULL);
        const bool user_went_on = at_us < 1000000; /* the user's turn itself came later: it is answered */
        if (!user_went_on && sarai_session_busy(rig.session))
            fail_msg("still busy after an interruption at %lld us", (long long)at_us);
        rig_stop(&rig);
        size_t count;
        float *sound = rig_sound(&rig, &count);
        const size_t cut = (size_t)(cut_us * RATE / 1000000), limit = cut + RATE / 50;
        assert_true(count > limit);
        interrupted_while_audible += !silent(sound, cut > RATE / 50 ? cut - RATE / 50 : 0, cut);
        if (!user_went_on && !silent(sound, limit, count))
            fail_msg("old audio after an interruption at %lld us", (long long)at_us);
        free(sound);
        rig_close(&rig);
    }
    assert_true(interrupted_while_audible > 60);
}

/* What the null voice makes of a text, to be found again in the output. */
static float *voice_of(const char *text, size_t *count) {
    struct rig rig;
    rig_open(&rig, settings, true);
    assert_int_equal(sarai_session_say(rig.session, SARAI_PRIORITY_HIGH, text), 0);
    rig_run(&rig, 1000000, NULL); /* before the question is answered */
    rig_stop(&rig);
    float *sound = rig_sound(&rig, count);
    rig_close(&rig);
    size_t first = 0, last = *count;
    while (first < last && sound[first] == 0)
        first++;
    while (last > first && sound[last - 1] == 0)
        last--;
    memmove(sound, sound + first, (last - first) * sizeof *sound);
    *count = last - first;
    return sound;
}

static void an_urgent_message_is_heard_whole_and_alone_at_every_moment(void **state) {
    (void)state;
    static const char alarm[] = "¡Alarma!";
    size_t wanted;
    float *voice = voice_of(alarm, &wanted);
    assert_true(wanted > RATE / 10);
    for (int64_t at_us = 1700000; at_us < LONGEST_US; at_us += STEP_US) {
        struct rig rig;
        rig_open(&rig, settings, true);
        rig_run(&rig, at_us, NULL);
        const int64_t cut_us = sarai_session_now_us(rig.session);
        assert_int_equal(sarai_session_say(rig.session, SARAI_PRIORITY_HIGH, alarm), 0);
        rig_run(&rig, cut_us + 1500000, NULL);
        rig_stop(&rig);
        size_t count;
        float *sound = rig_sound(&rig, &count);
        size_t at = (size_t)(cut_us * RATE / 1000000) + RATE / 50;
        while (at < count && fabsf(sound[at]) < 1e-4f)
            at++;
        at = at ? at - 1 : 0; /* the tone begins with a zero */
        bool same = at + wanted <= count;
        for (size_t i = 0; same && i < wanted - 1; i++)
            same = fabsf(sound[at + i] - voice[i]) < 2e-4f || fabsf(sound[at + 1 + i] - voice[i]) < 2e-4f;
        if (!same || !silent(sound, at + wanted + 2, count))
            fail_msg("the message was mixed with something else at %lld us", (long long)at_us);
        free(sound);
        rig_close(&rig);
    }
    free(voice);
}

static void the_history_holds_what_was_heard_to_the_word(void **state) {
    (void)state;
    for (int64_t at_us = 1800000; at_us < 2800000; at_us += 100000) {
        struct rig rig;
        struct sr_str log = {0};
        rig_open(&rig, settings, true);
        rig_run(&rig, at_us, NULL);
        sarai_session_interrupt(rig.session);
        rig_run(&rig, at_us + 500000, &log);
        const char *heard = strstr(log.data, "heard_reply=");
        assert_non_null(heard);
        heard += strlen("heard_reply=");
        const size_t len = (size_t)(strstr(heard, " end=") - heard);
        const char whole[] = "No estoy segura. Pregunta otra cosa.";
        assert_true(len <= strlen(whole));
        assert_memory_equal(heard, whole, len);
        assert_true(len == 0 || whole[len] == ' ' || whole[len] == '\0'); /* cut between words */
        sr_str_deinit(&log);
        rig_close(&rig);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(after_an_interruption_there_is_silence_within_20_ms),
        cmocka_unit_test(an_urgent_message_is_heard_whole_and_alone_at_every_moment),
        cmocka_unit_test(the_history_holds_what_was_heard_to_the_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
