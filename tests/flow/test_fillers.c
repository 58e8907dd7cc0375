/* SPDX-License-Identifier: Apache-2.0 */
/* What is said while an answer is awaited, and what is there before it is asked for. The fillers of the null voice are
 * tones, so the output tells what was heard. */
#include <math.h>
#include <unistd.h>

#include "base/clock.h"
#include "flow/rig.h"
#include "support/test.h"

#define RATE 24000

/* The turn ends at 1.55 s: 0.7 s of speech from 0.3 s on, and the pause. */
static const char *const common[] = {"capture.script=0,300,700,20000",
                                     "stt.delay_ms=80",
                                     "tts.delay_ms=120",
                                     "tts.ms_per_char=80",
                                     "speech.bank=read",
                                     "llm.deadline_ms=0"};

struct told {
    char *folder;
    struct sr_str log;
    int64_t filler_us, endpoint_us, first_audio_us, route_us, first_clip_us;
    char *heard_reply, *reply, *metrics;
    float *sound;
    size_t count;
};

static void build_bank(const struct rig *rig) {
    struct sarai_bank bank = {.path = ""};
    struct sarai_error error = {0};
    if (sarai_bank_build(rig->engine, NULL, NULL, &bank, &error) < 0)
        fail_msg("%s: %s", error.where, error.text);
    assert_true(bank.sentences > 24);
    assert_int_equal(bank.ready, bank.sentences);
}

/* A bank of the null voice, made once for all tests. */
static char *bank_folder, *data_folder, *templates;

static void open_rig(struct rig *rig, const char *const *settings) {
    const char *all[24];
    size_t n = 0;
    char *dir = sr_asprintf("speech.bank_dir=%s", bank_folder);
    for (size_t i = 0; i < sizeof common / sizeof *common; i++)
        all[n++] = common[i];
    char *table = sr_asprintf("brain.templates=%s", templates);
    all[n++] = dir;
    all[n++] = table;
    for (; *settings; settings++)
        all[n++] = *settings;
    all[n] = NULL;
    rig_open(rig, all, true);
    free(dir);
    free(table);
}

static int make_bank(void **state) {
    static const char *const none[] = {"tts.delay_ms=0", NULL};
    struct rig rig;
    (void)state;
    bank_folder = test_folder();
    data_folder = test_folder();
    templates = test_file(data_folder, "templates.tsv",
                          "id\tphrases\treplies\nhello\thola\tHola. Te escucho.\n"
                          "sad\testoy triste\t[calm] Lo siento mucho.\n");
    open_rig(&rig, none);
    build_bank(&rig);
    rig_close(&rig);
    return 0;
}

static int remove_bank(void **state) {
    (void)state;
    test_folder_remove(bank_folder);
    test_folder_remove(data_folder);
    free(templates);
    return 0;
}

/* Lets the session run for `us` and keeps the last turn's record. */
static void listen(struct rig *rig, int64_t us, struct told *told) {
    struct sarai_event event;
    const int64_t until_us = sarai_session_now_us(rig->session) + us;
    for (int64_t now_us; (now_us = sarai_session_now_us(rig->session)) < until_us;) {
        if (sarai_session_next_event(rig->session, &event, (int)((until_us - now_us + 999) / 1000)) <= 0)
            continue;
        if (event.turn) {
            told->filler_us = event.turn->filler_us;
            told->endpoint_us = event.turn->endpoint_us;
            told->first_audio_us = event.turn->first_audio_us;
            told->route_us = event.turn->route_us;
            told->first_clip_us = event.turn->first_clip_us;
            free(told->heard_reply);
            free(told->reply);
            told->heard_reply = sr_strdup(event.turn->heard_reply);
            told->reply = sr_strdup(event.turn->reply);
        }
        sarai_event_deinit(&event);
    }
}

static struct told hold_turn(const char *const *settings) {
    struct rig rig;
    struct told told = {.filler_us = -2};
    open_rig(&rig, settings);
    listen(&rig, 12000000, &told);
    told.metrics = sarai_session_metrics(rig.session);
    rig_stop(&rig);
    told.sound = rig_sound(&rig, &told.count);
    rig_close(&rig);
    assert_non_null(told.reply);
    return told;
}

static void forget(struct told *told) {
    free(told->heard_reply);
    free(told->reply);
    free(told->metrics);
    free(told->sound);
}

static bool has_metric(const struct told *told, const char *name, const char *value) {
    const char *found = told->metrics;
    while ((found = strstr(found, name)) && (found > told->metrics && found[-1] != '\n'))
        found++;
    return found && strncmp(found + strlen(name), value, strlen(value)) == 0 &&
           found[strlen(name) + strlen(value)] == '\n';
}

static void a_slow_answer_is_preceded_by_one_filler_that_is_no_part_of_it(void **state) {
    (void)state;
    static const char *const settings[] = {"stt.script=¿quién inventó la Tarúsica?",
                                           "llm.script=No estoy segura. Pregunta otra cosa.", "llm.delay_ms=500", NULL};
    struct told told = hold_turn(settings);
    assert_true(told.filler_us >= told.endpoint_us + 800000);
    assert_true(told.filler_us <= told.endpoint_us + 800000 + 20000); /* two blocks */
    assert_true(told.first_audio_us > told.filler_us);
    assert_string_equal(told.heard_reply, "No estoy segura. Pregunta otra cosa.");
    assert_string_equal(told.reply, "No estoy segura. Pregunta otra cosa.");
    assert_true(has_metric(&told, "sarai_speech_fillers_total ", "1"));
    forget(&told);
}

static void a_quick_answer_has_none(void **state) {
    (void)state;
    static const char *const settings[] = {"stt.script=¿quién inventó la Tarúsica?", "llm.script=No estoy segura.",
                                           "llm.delay_ms=10", NULL};
    static const char *const never[] = {"stt.script=¿quién inventó la Tarúsica?", "llm.script=No estoy segura.",
                                        "llm.delay_ms=500", "brain.filler_ms=0", NULL};
    struct told told = hold_turn(settings), silent = hold_turn(never);
    assert_int_equal(told.filler_us, -1);
    assert_true(has_metric(&told, "sarai_speech_fillers_total ", "0"));
    assert_int_equal(silent.filler_us, -1);
    forget(&told);
    forget(&silent);
}

static void a_very_slow_answer_is_asked_patience_for_again(void **state) {
    (void)state;
    static const char *const settings[] = {"stt.script=busca la Tarúsica", "llm.script=No estoy segura.",
                                           "llm.delay_ms=2500", NULL};
    struct told told = hold_turn(settings);
    assert_true(has_metric(&told, "sarai_speech_fillers_total ", "2"));
    assert_string_equal(told.heard_reply, "No estoy segura.");
    forget(&told);
}

static void a_filler_stops_between_two_words_when_the_answer_is_there(void **state) {
    (void)state;
    int shortened = 0;
    for (int delay_ms = 250; delay_ms < 600; delay_ms += 10) {
        char delay[32];
        snprintf(delay, sizeof delay, "llm.delay_ms=%d", delay_ms);
        const char *const settings[] = {"stt.script=¿quién inventó la Tarúsica?", "llm.script=No estoy segura.", delay,
                                        NULL};
        struct told told = hold_turn(settings);
        if (told.filler_us >= 0) {
            /* "Déjame pensar." and its like: from the filler's beginning to the answer there is no jump. */
            const size_t from = (size_t)(told.filler_us * RATE / 1000000),
                         to = (size_t)(told.first_audio_us * RATE / 1000000);
            float jump = 0;
            assert_true(to > from && to < told.count);
            for (size_t i = from + 1; i < to + RATE / 100; i++)
                jump = fmaxf(jump, fabsf(told.sound[i] - told.sound[i - 1]));
            assert_true(jump < 0.1f); /* the highest tone of the null voice moves by 0.08 a sample */
            shortened += told.first_audio_us - told.filler_us < 900000;
        }
        assert_string_equal(told.heard_reply, "No estoy segura.");
        forget(&told);
    }
    assert_true(shortened > 5);
}

static void an_interruption_at_any_moment_of_a_filler_is_silent_in_time(void **state) {
    (void)state;
    static const char *const settings[] = {"stt.script=¿quién inventó la Tarúsica?", "llm.script=No estoy segura.",
                                           "llm.delay_ms=900", NULL};
    int audible = 0;
    for (int64_t at_us = 2300000; at_us < 3400000; at_us += 10000) {
        struct rig rig;
        struct told told = {.filler_us = -2};
        open_rig(&rig, settings);
        listen(&rig, at_us, &told);
        const int64_t cut_us = sarai_session_now_us(rig.session);
        sarai_session_interrupt(rig.session);
        listen(&rig, 1500000, &told);
        assert_false(sarai_session_busy(rig.session));
        assert_string_equal(told.heard_reply, "");
        rig_stop(&rig);
        size_t count, cut = (size_t)(cut_us * RATE / 1000000);
        float *sound = rig_sound(&rig, &count);
        for (size_t i = cut - RATE / 50; i < cut; i++)
            if (sound[i] != 0) {
                audible++;
                break;
            }
        for (size_t i = cut + RATE / 50; i < count; i++)
            if (fabsf(sound[i]) > 1e-4f)
                fail_msg("the filler was heard after an interruption at %lld us", (long long)at_us);
        free(sound);
        rig_close(&rig);
        free(told.heard_reply);
        free(told.reply);
    }
    assert_true(audible > 20);
}

static void a_fixed_reply_is_there_at_once_and_nothing_is_synthesized_for_it(void **state) {
    (void)state;
    static const char *const settings[] = {"stt.script=hola", "tts.delay_ms=700", NULL};
    struct told told = hold_turn(settings);
    assert_true(told.first_clip_us - told.route_us <= 10000);
    assert_true(told.first_audio_us - told.route_us <= 20000);
    assert_string_equal(told.heard_reply, told.reply);
    assert_true(has_metric(&told, "sarai_speech_synthesized_total ", "0"));
    assert_false(has_metric(&told, "sarai_speech_banked_total ", "0"));
    forget(&told);
}

static void a_reply_that_names_its_style_is_in_the_bank_in_that_style(void **state) {
    (void)state;
    static const char *const settings[] = {"stt.script=estoy triste", "tts.delay_ms=700", NULL};
    struct told told = hold_turn(settings);
    assert_string_equal(told.reply, "Lo siento mucho.");
    assert_string_equal(told.heard_reply, "Lo siento mucho.");
    assert_true(told.first_clip_us - told.route_us <= 10000);
    assert_true(has_metric(&told, "sarai_speech_synthesized_total ", "0"));
    forget(&told);
}

/* What a session says to "cuánto es la mitad de ocho" once it knows what synthesis costs. */
static struct told halve_eight(const char *delay) {
    const char *const settings[] = {"stt.script=cuánto es la mitad de ocho", "capture.script=0,3000,700,20000", delay,
                                    NULL};
    struct rig rig;
    struct told told = {.filler_us = -2};
    open_rig(&rig, settings);
    assert_int_equal(sarai_session_say(rig.session, SARAI_PRIORITY_NORMAL, "Esto se sintetiza."), 0);
    listen(&rig, 12000000, &told);
    told.metrics = sarai_session_metrics(rig.session);
    rig_stop(&rig);
    told.sound = rig_sound(&rig, &told.count);
    rig_close(&rig);
    assert_string_equal(told.heard_reply, "La mitad de ocho es cuatro.");
    return told;
}

static void a_sentence_with_slots_begins_with_its_head_and_goes_on_without_a_gap(void **state) {
    (void)state;
    struct told told = halve_eight("tts.delay_ms=300");
    assert_true(has_metric(&told, "sarai_speech_banked_total ", "1"));
    assert_true(told.first_clip_us - told.route_us <= 10000);
    /* The rest of the sentence sounds for at least a second; before it there is no silence and no jump. */
    const size_t from = (size_t)((told.first_audio_us + 40000) * RATE / 1000000), to = from + 3 * RATE / 2;
    size_t quiet = 0;
    float jump = 0;
    assert_true(to < told.count);
    for (size_t i = from, run = 0; i < to; i++) {
        run = fabsf(told.sound[i]) < 0.01f ? run + 1 : 0;
        quiet = run > quiet ? run : quiet;
        jump = fmaxf(jump, fabsf(told.sound[i] - told.sound[i - 1]));
    }
    assert_true(quiet < RATE / 200);
    assert_true(jump < 0.09f);
    forget(&told);
}

static void a_head_that_would_leave_a_gap_behind_it_is_not_used(void **state) {
    (void)state;
    struct told told = halve_eight("tts.delay_ms=2000");
    assert_true(has_metric(&told, "sarai_speech_banked_total ", "0"));
    forget(&told);
}

static void a_damaged_bank_is_refused_and_the_reply_is_synthesized(void **state) {
    (void)state;
    static const char *const settings[] = {"stt.script=hola", NULL};
    char *folder = test_folder(), *usual = bank_folder;
    bank_folder = folder;
    struct rig rig;
    struct sarai_bank bank = {.path = ""};
    static const char *const none[] = {"tts.delay_ms=0", NULL};
    open_rig(&rig, none);
    assert_int_equal(sarai_bank_build(rig.engine, NULL, NULL, &bank, NULL), SARAI_OK);
    rig_close(&rig);
    assert_int_equal(truncate(bank.path, (off_t)bank.bytes / 2), 0);
    struct told told = hold_turn(settings);
    assert_true(has_metric(&told, "sarai_speech_banked_total ", "0"));
    assert_string_equal(told.heard_reply, told.reply);
    forget(&told);
    open_rig(&rig, none);
    build_bank(&rig); /* and is made anew */
    rig_close(&rig);
    told = hold_turn(settings);
    assert_true(has_metric(&told, "sarai_speech_synthesized_total ", "0"));
    forget(&told);
    bank_folder = usual;
    test_folder_remove(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slow_answer_is_preceded_by_one_filler_that_is_no_part_of_it),
        cmocka_unit_test(a_quick_answer_has_none),
        cmocka_unit_test(a_very_slow_answer_is_asked_patience_for_again),
        cmocka_unit_test(a_filler_stops_between_two_words_when_the_answer_is_there),
        cmocka_unit_test(an_interruption_at_any_moment_of_a_filler_is_silent_in_time),
        cmocka_unit_test(a_fixed_reply_is_there_at_once_and_nothing_is_synthesized_for_it),
        cmocka_unit_test(a_reply_that_names_its_style_is_in_the_bank_in_that_style),
        cmocka_unit_test(a_sentence_with_slots_begins_with_its_head_and_goes_on_without_a_gap),
        cmocka_unit_test(a_head_that_would_leave_a_gap_behind_it_is_not_used),
        cmocka_unit_test(a_damaged_bank_is_refused_and_the_reply_is_synthesized),
    };
    return cmocka_run_group_tests(tests, make_bank, remove_bank);
}
