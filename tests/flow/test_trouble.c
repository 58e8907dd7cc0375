/* SPDX-License-Identifier: Apache-2.0 */
/* Stopping at any moment, devices that go and come back, backends that fail: the session goes on or ends cleanly. */
#include "base/clock.h"
#include "engine/session.h"
#include "flow/rig.h"
#include "support/failing_alloc.h"
#include "support/test.h"

static const char *const settings[] = {"capture.script=0,300,700,6000",
                                       "stt.script=¿quién inventó la Tarúsica?",
                                       "stt.delay_ms=300",
                                       "tts.delay_ms=400",
                                       "tts.ms_per_char=40",
                                       "llm.script=No estoy segura. Pregunta otra cosa.",
                                       "llm.delay_ms=150",
                                       NULL};

static size_t count(const struct sr_str *log, const char *part) {
    size_t n = 0;
    for (const char *p = log->data ? log->data : ""; (p = strstr(p, part)); p += strlen(part))
        n++;
    return n;
}

static void a_session_stops_within_200_ms_at_every_moment(void **state) {
    (void)state;
    int64_t longest_us = 0;
    for (int64_t at_us = 0; at_us < 7000000; at_us += 25000) {
        struct rig rig;
        rig_open(&rig, settings, true);
        rig_run(&rig, at_us, NULL);
        const int64_t took_us = sr_session_stop(rig.session);
        longest_us = took_us > longest_us ? took_us : longest_us;
        if (took_us > 200000)
            fail_msg("stopping at %lld us took %lld us", (long long)at_us, (long long)took_us);
        rig_close(&rig);
    }
    print_message("longest stop: %lld us of session time\n", (long long)longest_us);
}

static struct sr_str run_with(const char *extra[4], int64_t until_us) {
    const char *all[16] = {NULL};
    size_t n = 0;
    for (size_t i = 0; settings[i]; i++)
        all[n++] = settings[i];
    for (size_t i = 0; i < 4 && extra[i]; i++)
        all[n++] = extra[i];
    struct rig rig;
    struct sr_str log = {0};
    rig_open(&rig, all, true);
    rig_run(&rig, until_us, &log);
    rig_close(&rig);
    sr_str_add(&log, "", 0);
    return log;
}

static void lost_and_back(const struct sr_str *log, const char *device, size_t turns) {
    char *lost = sr_asprintf("device-lost 0 %s", device), *back = sr_asprintf("device-back 0 %s", device);
    const size_t times = count(log, lost);
    if (times < 5 || times > 12 || count(log, back) + 1 < times || count(log, " turn ") < turns)
        fail_msg("%s", log->data);
    free(lost);
    free(back);
}

static void a_lost_microphone_is_one_event_and_its_return_another(void **state) {
    (void)state;
    struct sr_str log = run_with((const char *[4]){"capture.fail_after=100", "capture.return_ms=3000"}, 60000000);
    lost_and_back(&log, "capture", 2);
    sr_str_deinit(&log);
}

static void a_lost_loudspeaker_is_one_event_and_its_return_another(void **state) {
    (void)state;
    struct sr_str log = run_with(
        (const char *[4]){"playback.backend=null", "playback.fail_after=500", "playback.return_ms=700"}, 60000000);
    lost_and_back(&log, "playback", 5);
    sr_str_deinit(&log);
}

/* When the first event of a name came; fails when there is none. */
static int64_t first(const struct sr_str *log, const char *name) {
    for (const char *line = log->data; line && *line; line = strchr(line, '\n') + 1) {
        char *rest;
        const int64_t us = strtoll(line, &rest, 10);
        if (strncmp(rest + 1, name, strlen(name)) == 0)
            return us;
    }
    fail_msg("no %s in:\n%s", name, log->data);
    return -1;
}

/* Pulled 0.8 s into an endless speech: the user fell silent, is answered, and is heard again afterwards. */
static void a_microphone_pulled_in_the_middle_of_speech_ends_the_turn_and_loses_no_session(void **state) {
    (void)state;
    struct sr_str log = run_with(
        (const char *[4]){"capture.script=60000,1000", "capture.fail_after=25", "capture.return_ms=8000"}, 30000000);
    const int64_t lost_us = first(&log, "device-lost"), silent_us = first(&log, "silence");
    if (silent_us - lost_us < 0 || silent_us - lost_us > 2000000 || first(&log, "turn") > first(&log, "device-back") ||
        count(&log, "cut=0") < 3 || count(&log, " speech ") < 3)
        fail_msg("%s", log.data);
    sr_str_deinit(&log);
}

/* Pulled while it speaks: the answer waits and is heard to its end. */
static void a_loudspeaker_pulled_in_the_middle_of_an_answer_goes_on_with_it(void **state) {
    (void)state;
    struct sr_str log = run_with((const char *[4]){"capture.script=0,300,700,60000", "playback.backend=null",
                                                   "playback.fail_after=280", "playback.return_ms=2000"},
                                 12000000);
    const int64_t started_us = first(&log, "audio"), lost_us = first(&log, "device-lost");
    if (started_us > lost_us || first(&log, "turn") < first(&log, "device-back") ||
        !count(&log, "heard_reply=No estoy segura. Pregunta otra cosa.") || !count(&log, "cut=0"))
        fail_msg("%s", log.data);
    sr_str_deinit(&log);
}

static void a_failing_recognizer_loses_its_turn_and_nothing_else(void **state) {
    (void)state;
    struct sr_str log = run_with((const char *[4]){"stt.fail_after=2"}, 60000000);
    if (count(&log, "speech recognition failed") < 1 || count(&log, "route=llm") < 4)
        fail_msg("%s", log.data);
    sr_str_deinit(&log);
}

static void a_failing_language_model_is_replaced_by_an_honest_reply(void **state) {
    (void)state;
    struct sr_str log = run_with((const char *[4]){"llm.fail_after=1"}, 60000000);
    if (count(&log, "No estoy segura.") < 1 || count(&log, " sé") < 4 || count(&log, "cut=1"))
        fail_msg("%s", log.data);
    sr_str_deinit(&log);
}

static void a_language_model_that_breaks_off_is_owned_up_to(void **state) {
    (void)state;
    struct sr_str log = run_with((const char *[4]){"llm.break_after=5"}, 60000000);
    if (count(&log, "heard_reply=No estoy segura.") < 4 || count(&log, "cortado") < 4 || count(&log, "Pregunta otra") ||
        count(&log, "breaks off") < 4)
        fail_msg("%s", log.data);
    sr_str_deinit(&log);
}

static void a_failing_voice_is_a_warning_and_every_turn_still_ends(void **state) {
    (void)state;
    struct sr_str log = run_with((const char *[4]){"tts.fail_after=3"}, 60000000);
    if (count(&log, "warning") < 4 || count(&log, " turn ") < 7)
        fail_msg("%s", log.data);
    sr_str_deinit(&log);
}

static void a_session_survives_every_failing_allocation(void **state) {
    (void)state;
    struct rig rig;
    rig_open(&rig, settings, true);
    rig_stop(&rig);
    for (int n = 1;; n++) {
        const struct sarai_session_options options = {
            .struct_size = sizeof options, .playback_path = rig.wav, .virtual_time = true};
        struct sarai_session *session = NULL;
        struct sarai_error error = {0};
        sr_fail_alloc_at(n);
        const int status = sarai_session_new(rig.engine, &options, &session, &error);
        sr_fail_alloc_off();
        if (!sr_fail_alloc_hit()) {
            assert_int_equal(status, 0);
            sarai_session_free(session);
            break;
        }
        if (status >= 0)
            sarai_session_free(session);
        else
            assert_true(session == NULL && error.text[0]);
    }
    rig_close(&rig);
}

static void an_engine_survives_every_failing_allocation(void **state) {
    (void)state;
    struct rig rig;
    rig_open(&rig, settings, true);
    rig_stop(&rig);
    for (int n = 1;; n += n < 400 ? 1 : 97) { /* the tables repeat themselves */
        struct sarai_engine *engine = NULL;
        sr_fail_alloc_at(n);
        const int status = sarai_engine_new(rig.config, SARAI_USE_ALL, &engine, NULL);
        sr_fail_alloc_off();
        sarai_engine_free(engine);
        if (!sr_fail_alloc_hit()) {
            assert_int_equal(status, 0);
            break;
        }
    }
    rig_close(&rig);
}

static void real_time_holds_the_same_dialogue(void **state) {
    (void)state;
    const char *const quick[] = {"capture.script=0,200,700,1500",
                                 "stt.script=hola",
                                 "stt.delay_ms=20",
                                 "tts.delay_ms=20",
                                 "tts.ms_per_char=10",
                                 "llm.backend=none",
                                 NULL};
    struct rig rig;
    struct sr_str log = {0};
    rig_open(&rig, quick, false);
    rig_run(&rig, 5000000, &log);
    rig_close(&rig);
    if (count(&log, "route=template") < 2 || count(&log, "warning"))
        fail_msg("%s", log.data);
    sr_str_deinit(&log);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_stops_within_200_ms_at_every_moment),
        cmocka_unit_test(a_lost_microphone_is_one_event_and_its_return_another),
        cmocka_unit_test(a_lost_loudspeaker_is_one_event_and_its_return_another),
        cmocka_unit_test(a_microphone_pulled_in_the_middle_of_speech_ends_the_turn_and_loses_no_session),
        cmocka_unit_test(a_loudspeaker_pulled_in_the_middle_of_an_answer_goes_on_with_it),
        cmocka_unit_test(a_failing_recognizer_loses_its_turn_and_nothing_else),
        cmocka_unit_test(a_failing_language_model_is_replaced_by_an_honest_reply),
        cmocka_unit_test(a_language_model_that_breaks_off_is_owned_up_to),
        cmocka_unit_test(a_failing_voice_is_a_warning_and_every_turn_still_ends),
        cmocka_unit_test(a_session_survives_every_failing_allocation),
        cmocka_unit_test(an_engine_survives_every_failing_allocation),
        cmocka_unit_test(real_time_holds_the_same_dialogue),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
