/* SPDX-License-Identifier: Apache-2.0 */
/* The real voice: fails, and does not skip, when the model is missing. */
#include "model/ort.h"
#include "speech/tts.h"
#include "support/failing_alloc.h"
#include "support/test.h"

#define LONG_TEXT "Mañana por la mañana lloverá mucho en Madrid y en Toledo, y por la noche nevará en toda la sierra"

struct fixture {
    struct sr_clock *clock;
    struct sr_ort *ort;
    struct sr_tts *tts;
    struct sr_epoch epoch;
};

static int open_kokoro(struct fixture *f, bool is_virtual, char *voice, struct sarai_error *error) {
    const struct sr_tts_opts opts = {
        .voice = voice, .language = "", .phonemes = "rules", .accent = "castilian", .speed = 1, .threads = 1};
    int rc = sr_clock_new(is_virtual, &f->clock);
    if (rc == SARAI_OK)
        rc = sr_ort_open(NULL, &f->ort, error);
    if (rc == SARAI_OK)
        rc = sr_tts_kokoro.open(&opts, NULL, f->ort, f->clock, &f->tts, error);
    sr_epoch_init(&f->epoch, f->clock);
    return rc;
}

static void close_kokoro(struct fixture *f) {
    sr_tts_kokoro.close(f->tts);
    sr_ort_close(f->ort);
    sr_clock_free(f->clock);
}

static int setup(void **state) {
    static struct fixture fixture;
    struct sarai_error error = {0};
    *state = &fixture;
    if (open_kokoro(&fixture, false, "ef_dora", &error) < 0) {
        print_error("%s: %s\n", error.where, error.text);
        return -1;
    }
    return 0;
}

static int teardown(void **state) {
    close_kokoro(*state);
    return 0;
}

static int say(struct fixture *f, const struct sr_tts_job *job, struct sr_tts_clip *clip, struct sarai_error *error) {
    const struct sr_abort abort = {.epoch = &f->epoch, .stamp = sr_epoch_stamp(&f->epoch)};
    return sr_tts_kokoro.synthesize(f->tts, job, &abort, clip, error);
}

static double seconds(struct fixture *f, const char *text, const char *voice, float speed) {
    const struct sr_tts_job job = {.text = text, .voice = voice, .speed = speed};
    struct sr_tts_clip clip = {0};
    struct sarai_error error = {0};
    if (say(f, &job, &clip, &error) < 0)
        fail_msg("%s: %s", error.where, error.text);
    assert_int_equal(clip.rate_hz, 24000);
    free(clip.samples);
    return (double)clip.count / clip.rate_hz;
}

static void a_sentence_is_spoken_at_a_natural_pace(void **state) {
    const double length = seconds(*state, "Mañana por la mañana lloverá mucho en Madrid y Toledo.", NULL, 0);
    assert_true(length > 2 && length < 5);
}

static void one_word_has_a_clip_of_its_own_length(void **state) {
    static const char *const words[] = {"Sí.", "No.", "Vale.", "a"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const double length = seconds(*state, words[i], NULL, 0);
        assert_true(length > 0.1 && length < 1.2);
    }
}

static void speed_changes_the_length(void **state) {
    const double slow = seconds(*state, "Claro que sí, mañana mismo.", NULL, 0.7f);
    const double fast = seconds(*state, "Claro que sí, mañana mismo.", NULL, 1.6f);
    assert_true(slow > 1.5 * fast);
}

static void nothing_to_read_is_an_empty_clip(void **state) {
    static const char *const texts[] = {"", "   ", "...", "¿¡!?", "😀🎉", "\xFF\xFE", "\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_true(seconds(*state, texts[i], NULL, 0) == 0);
}

static void odd_text_does_no_harm(void **state) {
    static const char *const texts[] = {
        "你好", "мир", "שלום",  "a\u0301\u0301\u0301", "1234567890 1234567890", "€%$&@#", "(((", "\"hola", "ﬁn",
        "ᏣᎳᎩ",  "-",   "sí\xC3"};
    struct sr_tts_clip clip = {0};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const struct sr_tts_job job = {.text = texts[i]};
        const int rc = say(*state, &job, &clip, NULL);
        assert_true(rc == SARAI_OK || rc == SARAI_EINPUT);
        free(clip.samples);
    }
}

static void a_text_longer_than_the_model_takes_is_cut(void **state) {
    char text[1600] = "";
    for (int i = 0; i < 100; i++)
        strcat(text, "palabra larga ");
    const double length = seconds(*state, text, NULL, 2);
    assert_true(length > 5 && length < 40);
}

static void another_voice_is_loaded_when_asked_for(void **state) {
    assert_true(seconds(*state, "Buenos días.", "em_alex", 0) > 0.3);
    assert_true(seconds(*state, "Good morning.", "af_heart", 0) > 0.3);
}

static void an_unknown_voice_is_told_with_the_list_of_voices(void **state) {
    static const char *const names[] = {"nobody", "../model", "ef_dora.bin", "x/y"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct sr_tts_job job = {.text = "Hola.", .voice = names[i]};
        struct sr_tts_clip clip = {0};
        struct sarai_error error = {0};
        assert_int_equal(say(*state, &job, &clip, &error), SARAI_EINPUT);
        assert_non_null(strstr(error.text, "ef_dora"));
        assert_null(clip.samples);
    }
}

static void a_configured_voice_that_is_unknown_is_told_at_once(void **state) {
    (void)state;
    struct fixture f = {0};
    struct sarai_error error = {0};
    assert_int_equal(open_kokoro(&f, false, "nobody", &error), SARAI_EINPUT);
    assert_null(f.tts);
    close_kokoro(&f);
}

struct interruption {
    struct fixture *fixture;
    int64_t at_us;
};

static void interrupt(void *arg) {
    struct interruption *interruption = arg;
    struct fixture *f = interruption->fixture;
    sr_clock_sleep_until(f->clock, sr_clock_now_us(f->clock) + 150000);
    interruption->at_us = sr_clock_now_us(f->clock);
    sr_epoch_open(&f->epoch);
}

/* The bound is generous: the machine may be busy, and the runtime looks at the flag between two nodes of its graph. */
static void an_interrupted_clause_ends_at_once(void **state) {
    struct fixture *f = *state;
    const struct sr_tts_job job = {.text = LONG_TEXT};
    int64_t worst_us = 0;
    for (int i = 0; i < 3; i++) {
        struct interruption interruption = {.fixture = f};
        struct sr_thread thread = {0};
        struct sr_tts_clip clip = {0};
        assert_int_equal(sr_thread_start(&thread, f->clock, "interrupt", interrupt, &interruption), SARAI_OK);
        const int rc = say(f, &job, &clip, NULL);
        const int64_t end_us = sr_clock_now_us(f->clock);
        sr_thread_join(&thread);
        assert_int_equal(rc, SARAI_ESTALE);
        assert_null(clip.samples);
        const int64_t took_us = end_us - interruption.at_us;
        worst_us = took_us > worst_us ? took_us : worst_us;
    }
    print_message("from interruption to return: at most %.1f ms\n", (double)worst_us / 1000);
    assert_true(worst_us < 400000);
    assert_true(seconds(f, "Vale.", NULL, 0) > 0.1);
}

static void speak_twice(void *arg) {
    struct fixture *f = arg;
    for (int i = 0; i < 2; i++)
        assert_true(seconds(f, "Vale, de acuerdo.", i ? "em_alex" : NULL, 0) > 0.5);
}

static void two_threads_speak_at_the_same_time(void **state) {
    struct fixture *f = *state;
    struct sr_thread threads[2] = {0};
    for (int i = 0; i < 2; i++)
        assert_int_equal(sr_thread_start(&threads[i], f->clock, "speaker", speak_twice, f), SARAI_OK);
    for (int i = 0; i < 2; i++)
        sr_thread_join(&threads[i]);
}

static void it_speaks_in_virtual_time_too(void **state) {
    (void)state;
    struct fixture f = {0};
    struct sarai_error error = {0};
    assert_int_equal(open_kokoro(&f, true, "ef_dora", &error), SARAI_OK);
    assert_true(seconds(&f, "Vale.", NULL, 0) > 0.1);
    close_kokoro(&f);
}

/* The runtime's own allocations are not made to fail: ours are. */
static void every_allocation_may_fail(void **state) {
    (void)state;
    for (int n = 1;; n++) {
        struct fixture f = {0};
        struct sr_tts_clip clip = {0};
        const struct sr_tts_job job = {.text = "Sí."};
        sr_fail_alloc_at(n);
        int rc = open_kokoro(&f, false, "ef_dora", NULL);
        if (rc == SARAI_OK)
            rc = say(&f, &job, &clip, NULL);
        sr_fail_alloc_off();
        free(clip.samples);
        close_kokoro(&f);
        assert_true(rc <= SARAI_OK);
        if (!sr_fail_alloc_hit()) {
            assert_int_equal(rc, SARAI_OK);
            return;
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sentence_is_spoken_at_a_natural_pace),
        cmocka_unit_test(one_word_has_a_clip_of_its_own_length),
        cmocka_unit_test(speed_changes_the_length),
        cmocka_unit_test(nothing_to_read_is_an_empty_clip),
        cmocka_unit_test(odd_text_does_no_harm),
        cmocka_unit_test(a_text_longer_than_the_model_takes_is_cut),
        cmocka_unit_test(another_voice_is_loaded_when_asked_for),
        cmocka_unit_test(an_unknown_voice_is_told_with_the_list_of_voices),
        cmocka_unit_test(a_configured_voice_that_is_unknown_is_told_at_once),
        cmocka_unit_test(an_interrupted_clause_ends_at_once),
        cmocka_unit_test(two_threads_speak_at_the_same_time),
        cmocka_unit_test(it_speaks_in_virtual_time_too),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
