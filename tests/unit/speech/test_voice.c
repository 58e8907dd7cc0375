/* SPDX-License-Identifier: Apache-2.0 */
#include "speech/voice.h"

#include "audio/level.h"
#include "base/str.h"
#include "support/test.h"

#include <math.h>

/* A voice that keeps what it was given to say. */
struct sr_tts {
    struct sr_str heard;
    struct sr_tts_job job;
    int status;
    float *says; /* its clip: so much silence, speech, silence */
    size_t before, speech, behind;
};

static int synthesize(struct sr_tts *tts, const struct sr_tts_job *job, const struct sr_abort *abort,
                      struct sr_tts_clip *clip, struct sarai_error *error) {
    (void)abort, (void)error;
    const size_t count = tts->before + tts->speech + tts->behind;
    *clip = (struct sr_tts_clip){.rate_hz = 24000};
    if (tts->says && (clip->samples = malloc(count * sizeof(float)))) {
        memcpy(clip->samples, tts->says, count * sizeof(float));
        clip->count = count;
    }
    tts->job = *job;
    sr_str_clear(&tts->heard);
    sr_str_adds(&tts->heard, job->text);
    return tts->status;
}

static const struct sr_tts_backend listener = {.name = "listener", .synthesize = synthesize};

struct fixture {
    struct sr_tts tts, fallback;
    struct sr_voice voice;
};

static int setup(void **state) {
    static struct fixture f;
    const char *source = getenv("SARAI_TEST_SOURCE");
    char *folder = sr_asprintf("%s/data", source ? source : ".");
    f.voice = (struct sr_voice){.backend = &listener,
                                .tts = &f.tts,
                                .fallback_backend = &listener,
                                .fallback = &f.fallback,
                                .name = "ef_dora",
                                .language = ""};
    assert_int_equal(sr_normalizer_new(folder, "es", &f.voice.spanish, NULL), SARAI_OK);
    assert_int_equal(sr_normalizer_new(folder, "en", &f.voice.english, NULL), SARAI_OK);
    char *cues = sr_asprintf("%s/es/styles.tsv", folder);
    assert_int_equal(sr_style_cues_load(cues, &f.voice.spanish_cues, NULL), SARAI_OK);
    free(cues);
    free(folder);
    *state = &f;
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    sr_normalizer_free(f->voice.spanish);
    sr_normalizer_free(f->voice.english);
    sr_style_cues_free(f->voice.spanish_cues);
    sr_str_deinit(&f->tts.heard);
    sr_str_deinit(&f->fallback.heard);
    return 0;
}

static void check(struct fixture *f, const char *text, const char *voice, const char *expected) {
    const struct sr_tts_job job = {.text = text, .voice = voice};
    struct sr_tts_clip clip = {0};
    assert_int_equal(sr_voice_synthesize(&f->voice, &job, NULL, &clip, NULL), SARAI_OK);
    assert_string_equal(f->tts.heard.data, expected);
}

static void a_text_is_given_as_the_language_of_the_voice_speaks_it(void **state) {
    check(*state, "Son 21 casas, a las 10:30.", NULL, "Son veintiuna casas, a las diez y media.");
    check(*state, "It's 10:30.", "af_heart", "It's ten thirty.");
    check(*state, "Il est 10:30.", "ff_siwis", "Il est 10:30.");
    check(*state, "", NULL, "");
}

static void the_sign_that_the_voice_falls_at_stays(void **state) {
    check(*state, "Peras, uvas, etc.", NULL, "Peras, uvas, etcétera.");
    check(*state, "¿En EE. UU.?", NULL, "¿En Estados Unidos?");
    check(*state, "Mide 3 km.", NULL, "Mide tres kilómetros.");
}

static void the_stand_in_gets_the_spoken_text_too(void **state) {
    struct fixture *f = *state;
    const struct sr_tts_job job = {.text = "Pesa 2 kg"};
    struct sr_tts_clip clip = {0};
    f->tts.status = SARAI_EMODEL;
    assert_int_equal(sr_voice_synthesize(&f->voice, &job, NULL, &clip, NULL), SARAI_OK);
    assert_string_equal(f->fallback.heard.data, "Pesa dos kilogramos");
    f->tts.status = SARAI_OK;
}

static void hint(struct fixture *f, const char *text, enum sr_style style, float speed, enum sr_style expected_style,
                 double expected_speed) {
    const struct sr_tts_job job = {.text = text, .style = style, .speed = speed};
    struct sr_tts_clip clip = {0};
    assert_int_equal(sr_voice_synthesize(&f->voice, &job, NULL, &clip, NULL), SARAI_OK);
    assert_int_equal(f->tts.job.style, expected_style);
    assert_float_equal(f->tts.job.speed, expected_speed, 1e-4);
}

static void the_style_of_a_sentence_sets_its_pace(void **state) {
    struct fixture *f = *state;
    hint(f, "Son las tres.", SR_STYLE_AUTO, 0, SR_STYLE_NORMAL, sr_style_pace(SR_STYLE_NORMAL));
    hint(f, "Son las tres.", SR_STYLE_CALM, 0, SR_STYLE_CALM, sr_style_pace(SR_STYLE_CALM));
    hint(f, "Son las tres.", SR_STYLE_CALM, 2, SR_STYLE_CALM, 2 * sr_style_pace(SR_STYLE_CALM));
    hint(f, "¡Cuidado con el escalón!", SR_STYLE_AUTO, 0, SR_STYLE_URGENT, sr_style_pace(SR_STYLE_URGENT));
    f->voice.style = SR_STYLE_MONOTONE;
    f->voice.speed = 1.5f;
    hint(f, "¡Cuidado!", SR_STYLE_CALM, 0, SR_STYLE_MONOTONE, 1.5 * sr_style_pace(SR_STYLE_MONOTONE));
    f->voice.style = SR_STYLE_AUTO;
    f->voice.speed = 0;
}

static uint64_t given(struct fixture *f, const char *text, enum sr_style style) {
    const struct sr_tts_job job = {.text = text, .style = style};
    uint64_t hash = 0;
    assert_int_equal(sr_voice_read(&f->voice, &job, &hash, NULL), SARAI_OK);
    return hash;
}

static void texts_that_sound_the_same_are_given_as_the_same(void **state) {
    struct fixture *f = *state;
    const uint64_t three = given(f, "Mide 3 km.", SR_STYLE_AUTO);
    assert_true(given(f, "Mide tres kilómetros.", SR_STYLE_AUTO) == three);
    assert_true(given(f, "Mide 3 km.", SR_STYLE_NORMAL) == three); /* what it asks for itself */
    assert_true(given(f, "Mide 4 km.", SR_STYLE_AUTO) != three);
    assert_true(given(f, "Mide 3 km?", SR_STYLE_AUTO) != three);
    assert_true(given(f, "Mide 3 km.", SR_STYLE_CALM) != three);
    f->voice.speed = 1.5f;
    assert_true(given(f, "Mide 3 km.", SR_STYLE_AUTO) != three);
    f->voice.speed = 0;
}

/* A second of a sine that swells, between silences with a little noise. */
static void prepare(struct fixture *f, double amplitude) {
    struct sr_tts *tts = &f->tts;
    tts->before = 6000, tts->speech = 24000, tts->behind = 4800;
    tts->says = malloc((tts->before + tts->speech + tts->behind) * sizeof *tts->says);
    for (size_t i = 0; i < tts->before + tts->speech + tts->behind; i++) {
        const bool speaks = i >= tts->before && i < tts->before + tts->speech;
        tts->says[i] = (float)((speaks ? amplitude : amplitude / 1000) * sin((double)i * 0.1));
    }
}

static void every_clip_is_as_loud_and_begins_and_ends_with_sound(void **state) {
    struct fixture *f = *state;
    static const double amplitudes[] = {0.9, 0.3, 0.02};
    f->voice.loudness_db = -23;
    for (size_t i = 0; i < sizeof amplitudes / sizeof *amplitudes; i++) {
        const struct sr_tts_job job = {.text = "Hola."};
        struct sr_tts_clip clip = {0};
        prepare(f, amplitudes[i]);
        assert_int_equal(sr_voice_synthesize(&f->voice, &job, NULL, &clip, NULL), SARAI_OK);
        assert_true(fabsf(sr_level_loudness_db(clip.samples, clip.count, 24000) + 23) < 0.5f);
        assert_in_range(clip.count, f->tts.speech, f->tts.speech + 24000 / 20);
        free(clip.samples);
        free(f->tts.says);
        f->tts.says = NULL;
    }
    f->voice.loudness_db = 0;
}

static void a_peak_is_never_pushed_over_the_limit(void **state) {
    (void)state;
    struct sr_tts_clip clip = {.samples = calloc(24000, sizeof(float)), .count = 24000, .rate_hz = 24000};
    for (size_t i = 0; i < clip.count; i++)
        clip.samples[i] = (float)(0.01 * sin((double)i * 0.1));
    clip.samples[12000] = 0.5f;
    sr_voice_finish(&clip, -6);
    assert_true(sr_level_true_peak_db(clip.samples, clip.count) < -0.9f);
    assert_true(sr_level_true_peak_db(clip.samples, clip.count) > -1.5f);
    free(clip.samples);
}

static void a_clip_of_silence_becomes_empty(void **state) {
    (void)state;
    struct sr_tts_clip clip = {.samples = calloc(24000, sizeof(float)), .count = 24000, .rate_hz = 24000};
    sr_voice_finish(&clip, -23);
    assert_int_equal(clip.count, 0);
    assert_null(clip.samples);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_style_of_a_sentence_sets_its_pace),
        cmocka_unit_test(texts_that_sound_the_same_are_given_as_the_same),
        cmocka_unit_test(every_clip_is_as_loud_and_begins_and_ends_with_sound),
        cmocka_unit_test(a_peak_is_never_pushed_over_the_limit),
        cmocka_unit_test(a_clip_of_silence_becomes_empty),
        cmocka_unit_test(a_text_is_given_as_the_language_of_the_voice_speaks_it),
        cmocka_unit_test(the_sign_that_the_voice_falls_at_stays),
        cmocka_unit_test(the_stand_in_gets_the_spoken_text_too),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
