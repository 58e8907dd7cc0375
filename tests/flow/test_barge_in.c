/* SPDX-License-Identifier: Apache-2.0 */
/* A new epoch at every 10 ms of an answer: nothing of the old answer is heard later than 20 ms after it. */
#include <math.h>

#include "base/clock.h"
#include "flow/rig.h"
#include "support/test.h"

#define RATE 24000
#define STEP_US 10000
#define TURN_END_US 1550000
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
        const bool user_went_on = at_us < TURN_END_US; /* the user's own turn is not touched: it is answered */
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

/* The question is over at 1.02 s and its answer heard from about 2 s on; `second` is the script of what the user says
 * after that, and `overheard` the words of it. */
static struct sr_str speak_over(const char *second, const char *overheard, struct rig *rig) {
    char *script = sr_asprintf("capture.script=0,300,700,%s,20000", second);
    char *words = sr_asprintf("stt.overheard=%s", overheard);
    const char *all[16] = {script, words};
    struct sr_str log = {0};
    size_t n = 2;
    for (size_t i = 1; settings[i]; i++)
        all[n++] = settings[i];
    rig_open(rig, all, true);
    rig_run(rig, 9000000, &log);
    rig_stop(rig);
    free(script);
    free(words);
    return log;
}

static int64_t event_us(const struct sr_str *log, const char *name) {
    const char *found = strstr(log->data, name);
    while (found && found > log->data && found[-1] != '\n')
        found--;
    return found ? atoll(found) : -1;
}

static bool whole_answer_was_heard(const struct sr_str *log, const char *turn) {
    const char *record = strstr(log->data, turn), *heard = record ? strstr(record, "heard_reply=") : NULL;
    static const char whole[] = "heard_reply=No estoy segura. Pregunta otra cosa. ";
    return heard && strncmp(heard, whole, strlen(whole)) == 0;
}

static void a_user_who_speaks_at_any_moment_of_the_answer_silences_it_within_350_ms(void **state) {
    (void)state;
    int stopped = 0;
    for (int pause_ms = 600; pause_ms < 2000; pause_ms += 10) {
        struct rig rig;
        char second[32];
        snprintf(second, sizeof second, "%d,1500", pause_ms);
        struct sr_str log = speak_over(second, "espera, otra cosa", &rig);
        const int64_t onset_us = 1000000 + pause_ms * 1000;
        const int64_t ducked_us = event_us(&log, " ducked "), held_us = event_us(&log, " held ");
        size_t count;
        float *sound = rig_sound(&rig, &count);
        const size_t from = (size_t)((onset_us + 350000) * RATE / 1000000), to = from + (size_t)(800 * RATE / 1000);
        if (!silent(sound, from, to))
            fail_msg("still heard 350 ms after %lld us:\n%s", (long long)onset_us, log.data);
        if (event_us(&log, " audio 1") < onset_us && ducked_us > onset_us + 60000)
            fail_msg("ducked after %lld us", (long long)(ducked_us - onset_us));
        if (held_us >= 0 && whole_answer_was_heard(&log, " turn 1 "))
            fail_msg("the first answer went on:\n%s", log.data);
        stopped += held_us >= 0;
        free(sound);
        sr_str_deinit(&log);
        rig_close(&rig);
    }
    assert_true(stopped > 80);
}

static void a_backchannel_at_any_moment_leaves_the_answer_whole(void **state) {
    (void)state;
    static const char *const remarks[] = {"vale", "sí, sí", "mm", "ajá"};
    int ducked = 0;
    for (int pause_ms = 760; pause_ms < 1400; pause_ms += 10) {
        struct rig rig;
        char second[32];
        snprintf(second, sizeof second, "%d,%d", pause_ms, 250 + pause_ms % 300);
        struct sr_str log = speak_over(second, remarks[pause_ms / 10 % 4], &rig);
        if (strstr(log.data, " ducked ")) {
            ducked++;
            if (!whole_answer_was_heard(&log, " turn 1 ") || strstr(log.data, "cut=1") ||
                !strstr(log.data, " restored "))
                fail_msg("a nod after %d ms:\n%s", pause_ms, log.data);
        }
        sr_str_deinit(&log);
        rig_close(&rig);
    }
    assert_true(ducked > 40);
}

static void who_goes_on_before_the_answer_is_heard_is_answered_once_as_a_whole(void **state) {
    (void)state;
    for (int pause_ms = 560; pause_ms < 700; pause_ms += 10) {
        struct rig rig;
        char second[32];
        snprintf(second, sizeof second, "%d,600", pause_ms);
        struct sr_str log = speak_over(second, "", &rig);
        const char *first = strstr(log.data, " turn 1 "), *next = strstr(log.data, " turn 2 ");
        assert_non_null(first);
        assert_non_null(next);
        assert_true(strstr(first, "heard_reply= ") < next);
        assert_true(whole_answer_was_heard(&log, " turn 2 "));
        assert_null(strstr(next + 1, " turn 3 "));
        sr_str_deinit(&log);
        rig_close(&rig);
    }
}

/* Interrupts at `at_us` and gives the record that ends; NULL when no turn was being answered. */
static char *interrupted_at(int64_t at_us, const char *buffer, int64_t *stop_us) {
    const char *all[16];
    size_t n = 0;
    for (; settings[n]; n++)
        all[n] = settings[n];
    all[n++] = "playback.backend=null";
    all[n++] = "playback.latency_ms=50";
    all[n++] = buffer;
    all[n] = NULL;
    struct rig rig;
    struct sarai_event event;
    char *heard = NULL;
    rig_open(&rig, all, true);
    rig_run(&rig, at_us, NULL);
    sarai_session_interrupt(rig.session);
    while (!heard && sarai_session_next_event(rig.session, &event, 300) == 1) {
        if (event.turn && event.turn->interrupted) {
            heard = sr_strdup(event.turn->heard_reply);
            *stop_us = event.turn->stopped_us - event.turn->stop_decided_us;
        }
        sarai_event_deinit(&event);
    }
    rig_close(&rig);
    return heard;
}

static void what_was_taken_back_is_silent_in_time_and_was_not_heard(void **state) {
    (void)state;
    int cut_words = 0;
    for (int64_t at_us = 1800000; at_us < 2700000; at_us += 7000) {
        /* Sound is heard 80 ms later with the buffer, so a cut 80 ms later leaves the same words. */
        int64_t stop_us = -1, later_us = -1;
        char *bare = interrupted_at(at_us, "playback.buffer_ms=0", &stop_us);
        char *buffered = interrupted_at(at_us + 80000, "playback.buffer_ms=80", &later_us);
        assert_non_null(bare);
        assert_non_null(buffered);
        if (strcmp(bare, buffered) != 0 || later_us > 70000)
            fail_msg("cut at %lld us: '%s' or '%s', %lld us", (long long)at_us, bare, buffered, (long long)later_us);
        cut_words += strlen(buffered) < strlen("No estoy segura. Pregunta otra cosa.");
        free(bare);
        free(buffered);
    }
    assert_true(cut_words > 50);
}

/* What a card plays that takes each sample `LAG` after it was written; the question is over at 1.02 s, `second` is the
 * script of what is said after that. Counts the holds. */
#define LAG (RATE * 48 / 1000)
static float *play_late(const char *second, size_t *count, int *holds) {
    char *script = sr_asprintf("capture.script=0,300,700,%s,20000", second);
    const char *all[16] = {script, "playback.backend=network", "playback.duck_db=0", "stt.overheard=vale"};
    float *sound = calloc(6 * RATE, sizeof *sound);
    struct rig rig;
    struct sarai_event event;
    size_t n = 4, pulled = 0;
    for (size_t i = 1; settings[i]; i++)
        all[n++] = settings[i];
    assert_non_null(sound);
    rig_open(&rig, all, true);
    while (pulled + LAG < 6 * RATE) {
        const int got = sarai_session_next_event(rig.session, &event, 10);
        *holds += got > 0 && event.type == SARAI_EVENT_HELD;
        if (got > 0)
            sarai_event_deinit(&event);
        const size_t due = (size_t)(sarai_session_now_us(rig.session) * RATE / 1000000);
        if (due > pulled + LAG && due < 6 * RATE)
            pulled += (size_t)sarai_session_pull_audio(rig.session, sound + pulled, due - LAG - pulled, 0);
        else if (due >= 6 * RATE)
            break;
    }
    rig_close(&rig);
    free(script);
    *count = pulled;
    return sound;
}

/* From the end backwards both are the same sound up to where the hold ended, from the beginning on up to where it
 * began: there, nothing is missing and nothing is heard twice. */
static void what_was_held_goes_on_behind_the_last_sample_that_was_heard(void **state) {
    (void)state;
    enum { FADE = RATE * 5 / 1000, BLOCK = RATE / 100, ROUNDED = 2 };
    size_t whole_count, count;
    int none = 0, held = 0;
    float *whole = play_late("20000,0", &whole_count, &none);
    assert_int_equal(none, 0);
    while (whole_count > 0 && whole[whole_count - 1] == 0)
        whole_count--;
    for (int pause_ms = 700; pause_ms < 1500; pause_ms += 10) {
        char second[32];
        int holds = 0;
        snprintf(second, sizeof second, "%d,450", pause_ms);
        float *sound = play_late(second, &count, &holds);
        while (count > 0 && sound[count - 1] == 0)
            count--;
        held += holds;
        if (holds == 1) {
            size_t first = 0, last = 0;
            while (first < whole_count && fabsf(sound[first] - whole[first]) < 1e-6f)
                first++;
            while (last < whole_count && fabsf(sound[count - 1 - last] - whole[whole_count - 1 - last]) < 1e-6f)
                last++;
            /* Between the two there are the fade and the first block after the hold; or both reach into one pause. */
            const size_t from = whole_count - last;
            if (count < whole_count + RATE / 10 || (first < from && from - first > FADE + BLOCK + ROUNDED) ||
                (first > from && !silent(whole, from, first)))
                fail_msg("held %d ms after the question: %zu samples of the answer, %zu before, %zu after", pause_ms,
                         whole_count, first, last);
        }
        free(sound);
    }
    assert_true(held > 40);
    free(whole);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(after_an_interruption_there_is_silence_within_20_ms),
        cmocka_unit_test(an_urgent_message_is_heard_whole_and_alone_at_every_moment),
        cmocka_unit_test(the_history_holds_what_was_heard_to_the_word),
        cmocka_unit_test(a_user_who_speaks_at_any_moment_of_the_answer_silences_it_within_350_ms),
        cmocka_unit_test(a_backchannel_at_any_moment_leaves_the_answer_whole),
        cmocka_unit_test(who_goes_on_before_the_answer_is_heard_is_answered_once_as_a_whole),
        cmocka_unit_test(what_was_held_goes_on_behind_the_last_sample_that_was_heard),
        cmocka_unit_test(what_was_taken_back_is_silent_in_time_and_was_not_heard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
