/* SPDX-License-Identifier: Apache-2.0 */
/* The real recognizer: fails, and does not skip, when the model is missing. */
#include "base/utf8.h"
#include "stt/stt.h"
#include "support/test.h"
#include "support/voice.h"

#include <math.h>

#define SENTENCE "Buenos días, me gustaría saber qué tiempo hace hoy en Madrid."

struct fixture {
    struct sr_clock *clock;
    struct sr_ort *ort;
    struct sr_stt_opts opts;
    struct sr_stt_model *model;
    struct sr_stt *stt;
    float *speech;
    size_t count;
};

static int setup(void **state) {
    static struct fixture f;
    struct sarai_error error = {0};
    *state = &f;
    if (sr_clock_new(false, &f.clock) < 0 || sr_ort_open(NULL, &f.ort, &error) < 0 ||
        sr_opt_defaults(sr_stt_opts_table, &f.opts) < 0 || sr_stt_whisper.load(&f.opts, NULL, &f.model, &error) < 0 ||
        sr_stt_whisper.open(f.model, &f.opts, f.clock, &f.stt, &error) < 0) {
        print_error("%s: %s\n", error.where, error.text);
        return -1;
    }
    f.speech = test_voice(f.ort, SENTENCE, 200, &f.count);
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    sr_stt_whisper.close(f->stt);
    sr_stt_whisper.unload(f->model);
    sr_opt_deinit(sr_stt_opts_table, &f->opts);
    sr_ort_close(f->ort);
    sr_clock_free(f->clock);
    free(f->speech);
    return 0;
}

static char *folded(const char *text) {
    struct sr_str out = {0};
    sr_utf8_fold(text, strlen(text), &out);
    sr_str_adds(&out, "");
    return sr_str_take(&out);
}

/* What is heard in the samples; malloc'd. */
static char *hear(struct sr_stt *stt, const float *samples, size_t count, bool draft) {
    struct sr_stt_result result = {0};
    assert_int_equal(sr_stt_whisper.decode(stt, samples, count, draft, NULL, &result), SARAI_OK);
    assert_string_equal(result.language, "es");
    assert_true((result.count == 0) == (result.text[0] == '\0'));
    for (size_t i = 0; i < result.count; i++) {
        assert_true(result.segments[i].start_ms >= 0);
        assert_true(result.segments[i].start_ms <= result.segments[i].end_ms);
        assert_true(result.segments[i].end_ms <= (int64_t)(count / 16));
    }
    char *text = folded(result.text);
    sr_stt_result_deinit(&result);
    return text;
}

static void a_spoken_sentence_is_understood_as_draft_and_as_final(void **state) {
    struct fixture *f = *state;
    char *expected = folded(SENTENCE);
    for (int draft = 0; draft < 2; draft++) {
        int64_t start = sr_clock_now_us(f->clock);
        char *text = hear(f->stt, f->speech, f->count, draft);
        print_message("%.1f s of speech in %.0f ms: %s\n", (double)f->count / 16000,
                      (double)(sr_clock_now_us(f->clock) - start) / 1000, text);
        assert_string_equal(text, expected);
        free(text);
    }
    free(expected);
}

static void an_utterance_does_not_depend_on_the_one_before(void **state) {
    struct fixture *f = *state;
    size_t count = 0;
    float *other = test_voice(f->ort, "Claro que sí.", 200, &count);
    char *fresh = hear(f->stt, other, count, false);
    free(hear(f->stt, f->speech, f->count, false));
    char *after = hear(f->stt, other, count, false);
    assert_string_equal(after, fresh);
    free(fresh);
    free(after);
    free(other);
}

/* Each prefix is decoded with the words of the one before expected, right ones and wrong ones. */
static void an_utterance_that_goes_on_gets_the_text_it_gets_alone(void **state) {
    struct fixture *f = *state;
    size_t count = 0;
    float *other = test_voice(f->ort, "Claro que sí.", 200, &count);
    for (size_t at = SR_RATE_HZ; at <= f->count; at += SR_RATE_HZ * 3 / 5) {
        char *behind = hear(f->stt, f->speech, at, false);
        free(hear(f->stt, other, count, false));
        char *alone = hear(f->stt, f->speech, at, false);
        assert_string_equal(behind, alone);
        free(hear(f->stt, f->speech, at, false));
        free(behind);
        free(alone);
    }
    free(other);
}

static void silence_noise_and_almost_nothing_are_no_words(void **state) {
    struct fixture *f = *state;
    static float samples[16000 * 4];
    static const struct {
        float peak;
        size_t count;
    } cases[] = {{0, 0}, {0, 100}, {0, 64000}, {0.0005f, 64000}, {0.01f, 64000}, {0.1f, 64000}, {0.1f, 1600}, {1, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t random = 1;
        for (size_t k = 0; k < cases[i].count; k++) {
            random = random * 1664525u + 1013904223u;
            samples[k] = ((float)(random >> 8) / 8388608.0f - 1) * cases[i].peak;
        }
        char *text = hear(f->stt, samples, cases[i].count, false);
        assert_string_equal(text, "");
        free(text);
    }
}

/* White noise, up to a fifth of the loudest sample. */
static void add_noise(float *samples, size_t count) {
    uint32_t random = 1;
    float peak = 0;
    for (size_t i = 0; i < count; i++)
        peak = fabsf(samples[i]) > peak ? fabsf(samples[i]) : peak;
    for (size_t i = 0; i < count; i++) {
        random = random * 1664525u + 1013904223u;
        samples[i] += ((float)(random >> 8) / 8388608.0f - 1) * peak * 0.2f;
    }
}

static void what_is_clearly_said_is_no_known_phrase_and_heard_once(void **state) {
    struct fixture *f = *state;
    static const char *const cases[][2] = {{"¿Cuántos metros son tres kilómetros?", "tres"},
                                           {"Pon un temporizador de diez minutos para la pasta.", "pasta"},
                                           {"¿Por qué hay mareas?", "marea"},
                                           {"Los cisnes del lago.", "lago"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t count = 0;
        float *samples = test_voice(f->ort, cases[i][0], 300, &count);
        char *heard = hear(f->stt, samples, count, false);
        const char *first = strstr(heard, cases[i][1]);
        if (!first || strstr(first + 1, cases[i][1]))
            fail_msg("'%s' was heard as '%s'", cases[i][0], heard);
        free(samples);
        free(heard);
    }
}

static void known_phrases_are_heard_in_noise_that_hides_them_from_whisper_alone(void **state) {
    struct fixture *f = *state;
    static const char *const phrases[] = {"El estor.",      "Deshumidificador.", "Los visillos.",
                                          "¿Cuánto queda?", "Abre el cerrojo.",  "El fogón."};
    struct sr_stt_opts opts = f->opts;
    struct sr_stt_model *model = NULL;
    struct sr_stt *alone = NULL;
    int known = 0, unknown = 0;
    opts.bias = 0;
    assert_int_equal(sr_stt_whisper.load(&opts, NULL, &model, NULL), SARAI_OK);
    assert_int_equal(sr_stt_whisper.open(model, &opts, f->clock, &alone, NULL), SARAI_OK);
    for (size_t i = 0; i < sizeof phrases / sizeof *phrases; i++) {
        size_t count = 0;
        float *samples = test_voice(f->ort, phrases[i], 300, &count);
        add_noise(samples, count);
        char *said = folded(phrases[i]), *with = hear(f->stt, samples, count, false),
             *without = hear(alone, samples, count, false);
        print_message("%s: %s, without known phrases: %s\n", said, with, without);
        known += strcmp(with, said) == 0;
        unknown += strcmp(without, said) == 0;
        free(samples);
        free(said);
        free(with);
        free(without);
    }
    assert_true(known > unknown);
    sr_stt_whisper.close(alone);
    sr_stt_whisper.unload(model);
}

static void half_a_minute_is_taken_and_more_is_refused(void **state) {
    struct fixture *f = *state;
    size_t count = 30 * SR_RATE_HZ;
    float *samples = calloc(count + 1, sizeof *samples);
    struct sr_stt_result result = {0};
    memcpy(samples + count - f->count, f->speech, f->count * sizeof *samples);
    assert_int_equal(sr_stt_whisper.decode(f->stt, samples, count, false, NULL, &result), SARAI_OK);
    assert_non_null(strstr(result.text, "Madrid"));
    sr_stt_result_deinit(&result);
    assert_int_equal(sr_stt_whisper.decode(f->stt, samples, count + 1, false, NULL, &result), SARAI_EINPUT);
    free(samples);
}

struct interruption {
    struct sr_clock *clock;
    struct sr_epoch *epoch;
    int64_t at_us, done_us;
};

static void interrupt(void *arg) {
    struct interruption *i = arg;
    sr_clock_sleep_until(i->clock, i->at_us);
    sr_epoch_open(i->epoch);
    i->done_us = sr_clock_now_us(i->clock);
}

static int by_size(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void an_abort_is_obeyed_at_once_and_the_next_utterance_is_heard(void **state) {
    struct fixture *f = *state;
    int64_t late_us[20];
    int aborts = 0;
    struct sr_epoch epoch;
    struct sr_stt_result result = {0};
    sr_epoch_init(&epoch, f->clock);
    for (int64_t delay_us = 1000; delay_us < 161000; delay_us += 8000) {
        struct sr_thread thread = {0};
        struct interruption i = {.clock = f->clock, .epoch = &epoch, .at_us = sr_clock_now_us(f->clock) + delay_us};
        const struct sr_abort abort = {.epoch = &epoch, .stamp = sr_epoch_stamp(&epoch)};
        assert_int_equal(sr_thread_start(&thread, f->clock, "interrupt", interrupt, &i), SARAI_OK);
        int rc = sr_stt_whisper.decode(f->stt, f->speech, f->count, false, &abort, &result);
        int64_t now = sr_clock_now_us(f->clock);
        sr_thread_join(&thread);
        if (rc == SARAI_ESTALE)
            late_us[aborts++] = now - i.done_us;
        assert_true(rc == SARAI_ESTALE || rc == SARAI_OK);
        sr_stt_result_deinit(&result);
    }
    assert_true(aborts >= 3);
    qsort(late_us, (size_t)aborts, sizeof *late_us, by_size);
    print_message("%d aborts obeyed within %.1f ms (median), %.1f ms (worst)\n", aborts,
                  (double)late_us[aborts / 2] / 1000, (double)late_us[aborts - 1] / 1000);
    assert_true(late_us[aborts / 2] < 20000);
    char *text = hear(f->stt, f->speech, f->count, false), *expected = folded(SENTENCE);
    assert_string_equal(text, expected);
    free(text);
    free(expected);
}

static void sessions_over_one_model_do_not_mix(void **state) {
    struct fixture *f = *state;
    struct sr_stt *other = NULL;
    assert_int_equal(sr_stt_whisper.open(f->model, &f->opts, f->clock, &other, NULL), SARAI_OK);
    char *a = hear(f->stt, f->speech, f->count, false), *b = hear(other, f->speech, f->count, false);
    assert_string_equal(a, b);
    free(a);
    free(b);
    sr_stt_whisper.close(other);
}

static void what_cannot_be_loaded_is_named_with_what_to_do(void **state) {
    struct fixture *f = *state;
    char *folder = test_folder(), *bad = test_file(folder, "bad.bin", "no model");
    struct sr_model_opts models = {.dir = folder};
    struct sr_stt_opts opts = f->opts;
    struct sr_stt_model *model = NULL;
    struct sarai_error error = {0};
    assert_int_equal(sr_stt_whisper.load(&opts, &models, &model, &error), SARAI_EMODEL);
    assert_non_null(strstr(error.text, "sarai models pull whisper-base"));
    opts.model = (char[]){"bad.bin"};
    assert_int_equal(sr_stt_whisper.load(&opts, &models, &model, &error), SARAI_EMODEL);
    assert_string_equal(error.where, bad);
    opts.language = (char[]){"klingon"};
    assert_int_equal(sr_stt_whisper.load(&opts, &models, &model, &error), SARAI_EINPUT);
    assert_string_equal(error.where, "stt.language");
    assert_null(model);
    test_folder_remove(folder);
    free(bad);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_spoken_sentence_is_understood_as_draft_and_as_final),
        cmocka_unit_test(an_utterance_does_not_depend_on_the_one_before),
        cmocka_unit_test(an_utterance_that_goes_on_gets_the_text_it_gets_alone),
        cmocka_unit_test(silence_noise_and_almost_nothing_are_no_words),
        cmocka_unit_test(known_phrases_are_heard_in_noise_that_hides_them_from_whisper_alone),
        cmocka_unit_test(what_is_clearly_said_is_no_known_phrase_and_heard_once),
        cmocka_unit_test(half_a_minute_is_taken_and_more_is_refused),
        cmocka_unit_test(an_abort_is_obeyed_at_once_and_the_next_utterance_is_heard),
        cmocka_unit_test(sessions_over_one_model_do_not_mix),
        cmocka_unit_test(what_cannot_be_loaded_is_named_with_what_to_do),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
