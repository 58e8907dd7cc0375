/* SPDX-License-Identifier: Apache-2.0 */
/* The voices as the program uses them: five styles, one loudness, and the VITS family. Fails, and does not skip, when
 * a model is missing. */
#include "audio/level.h"
#include "engine/registry.h"
#include "model/ort.h"
#include "speech/voice.h"
#include "support/failing_alloc.h"
#include "support/pitch.h"
#include "support/test.h"

#include <math.h>
#include <unistd.h>

#define SPANISH "El tren llega a la estación del norte a las siete de la mañana."
#define ENGLISH "The early train to the coast leaves at seven in the morning."
#define PIPER "en_US-joe-medium"

struct fixture {
    struct sr_clock *clock;
    struct sr_ort *ort;
    struct sr_voice voice;
};

static char *data_folder(void) {
    const char *source = getenv("SARAI_TEST_SOURCE");
    return sr_asprintf("%s/data", source ? source : ".");
}

static struct sr_tts_opts options(char *backend, char *voice) {
    return (struct sr_tts_opts){.backend = backend,
                                .voice = voice,
                                .style = "auto",
                                .language = "",
                                .phonemes = "rules",
                                .accent = "castilian",
                                .speed = 1,
                                .loudness_db = -23,
                                .noise_scale = -1,
                                .noise_scale_w = -1,
                                .sdp_ratio = 0.2f,
                                .threads = 2};
}

static void open_voice(struct fixture *f, const struct sr_tts_opts *opts) {
    struct sarai_error error = {0};
    char *folder = data_folder();
    *f = (struct fixture){.voice.backend = sr_find_tts(opts->backend)};
    assert_int_equal(sr_clock_new(false, &f->clock), SARAI_OK);
    if (sr_ort_open(NULL, &f->ort, &error) < 0 || sr_voice_init(&f->voice, opts, folder, &error) < 0 ||
        f->voice.backend->open(opts, NULL, f->ort, f->clock, &f->voice.tts, &error) < 0)
        fail_msg("%s: %s", error.where, error.text);
    free(folder);
}

static void close_voice(struct fixture *f) {
    sr_voice_deinit(&f->voice);
    sr_ort_close(f->ort);
    sr_clock_free(f->clock);
}

static struct sr_tts_clip say(struct fixture *f, const struct sr_tts_job *job) {
    struct sr_tts_clip clip = {0};
    struct sarai_error error = {0};
    if (sr_voice_synthesize(&f->voice, job, NULL, &clip, &error) < 0)
        fail_msg("%s: %s", error.where, error.text);
    assert_true(clip.count > 0);
    return clip;
}

struct measure {
    double seconds, spread_st;
};

static struct measure measure(struct fixture *f, const char *text, enum sr_style style, float speed) {
    const struct sr_tts_job job = {.text = text, .style = style, .speed = speed};
    struct sr_tts_clip clip = say(f, &job);
    const struct measure out = {(double)clip.count / clip.rate_hz,
                                test_pitch_spread_st(clip.samples, clip.count, clip.rate_hz)};
    free(clip.samples);
    return out;
}

static void check_styles(char *voice) {
    static const char *const names[] = {[SR_STYLE_NORMAL] = "normal",
                                        [SR_STYLE_EXPRESSIVE] = "expressive",
                                        [SR_STYLE_MONOTONE] = "monotone",
                                        [SR_STYLE_URGENT] = "urgent",
                                        [SR_STYLE_CALM] = "calm"};
    const struct sr_tts_opts opts = options("kokoro", voice);
    struct measure of[SR_STYLES] = {0};
    struct fixture f;
    open_voice(&f, &opts);
    for (int style = SR_STYLE_NORMAL; style < SR_STYLES; style++) {
        of[style] = measure(&f, SPANISH, (enum sr_style)style, 0);
        print_message("%s, %s: %.2f s, pitch moves %.2f semitones\n", voice, names[style], of[style].seconds,
                      of[style].spread_st);
    }
    close_voice(&f);
    assert_true(of[SR_STYLE_MONOTONE].spread_st < 0.5 * of[SR_STYLE_EXPRESSIVE].spread_st);
    assert_true(of[SR_STYLE_MONOTONE].spread_st < 0.7 * of[SR_STYLE_NORMAL].spread_st);
    assert_true(of[SR_STYLE_EXPRESSIVE].spread_st > 1.1 * of[SR_STYLE_NORMAL].spread_st);
    assert_true(of[SR_STYLE_CALM].seconds > 1.4 * of[SR_STYLE_URGENT].seconds);
    assert_true(of[SR_STYLE_CALM].seconds > of[SR_STYLE_MONOTONE].seconds);
    assert_true(of[SR_STYLE_MONOTONE].seconds > of[SR_STYLE_NORMAL].seconds);
    assert_true(of[SR_STYLE_NORMAL].seconds > of[SR_STYLE_EXPRESSIVE].seconds);
    assert_true(of[SR_STYLE_EXPRESSIVE].seconds > of[SR_STYLE_URGENT].seconds);
}

static void the_styles_of_dora_differ_in_pace_and_melody(void **state) {
    (void)state;
    check_styles("ef_dora");
}

static void the_styles_of_alex_differ_in_pace_and_melody(void **state) {
    (void)state;
    check_styles("em_alex");
}

/* Nothing but silence lies around the voice; what is quieter by `quiet_db` counts as that. */
static void check_clip(struct fixture *f, const char *name, const char *text, float quiet_db) {
    const struct sr_tts_job job = {.text = text};
    struct sr_tts_clip clip = say(f, &job);
    const float loudness_db = sr_level_loudness_db(clip.samples, clip.count, clip.rate_hz);
    const float peak_db = sr_level_true_peak_db(clip.samples, clip.count);
    size_t first = 0, last = clip.count;
    sr_level_trim(clip.samples, clip.rate_hz, loudness_db - quiet_db, &first, &last);
    print_message("%s: %.1f LUFS, peak %.1f dB, silence %zu and %zu ms\n", name, (double)loudness_db, (double)peak_db,
                  first * 1000 / (size_t)clip.rate_hz, (clip.count - last) * 1000 / (size_t)clip.rate_hz);
    assert_true(fabsf(loudness_db + 23) < 1);
    assert_true(peak_db < -0.9f);
    assert_true(first < (size_t)clip.rate_hz / 10);
    assert_true(clip.count - last < (size_t)clip.rate_hz / 5);
    free(clip.samples);
}

static void every_voice_is_as_loud_and_has_no_silence_around_it(void **state) {
    (void)state;
    static const struct {
        char *backend, *voice;
        const char *texts[2];
        float quiet_db;
    } voices[] = {
        {"kokoro", "ef_dora", {SPANISH, "Claro que sí."}, 35},  {"kokoro", "em_alex", {SPANISH, "Claro que sí."}, 35},
        {"kokoro", "em_santa", {SPANISH, "Claro que sí."}, 35}, {"kokoro", "af_heart", {ENGLISH, "Of course."}, 35},
        {"vits", PIPER, {ENGLISH, "Of course."}, 41}, /* its noise may be a breath */
        {"espeak", "ef_dora", {SPANISH, "Claro que sí."}, 35}};
    for (size_t i = 0; i < sizeof voices / sizeof *voices; i++) {
        const struct sr_tts_opts opts = options(voices[i].backend, voices[i].voice);
        struct fixture f;
        open_voice(&f, &opts);
        for (int k = 0; k < 2; k++)
            check_clip(&f, voices[i].voice, voices[i].texts[k], voices[i].quiet_db);
        close_voice(&f);
    }
}

static void no_word_begins_with_a_murmur_before_its_stop(void **state) {
    (void)state;
    static char *const voices[] = {"ef_dora", "em_alex", "em_santa"};
    static const char *const texts[] = {"Perdona, no lo sé.", "Perdón, no te oigo.", "Te toca a ti.", "¿Qué te pasa?"};
    for (size_t i = 0; i < 3; i++) {
        const struct sr_tts_opts opts = options("kokoro", voices[i]);
        struct fixture f;
        open_voice(&f, &opts);
        for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
            const struct sr_tts_job job = {.text = texts[k]};
            struct sr_tts_clip clip = say(&f, &job);
            if (sr_level_behind_click(clip.samples, clip.count, clip.rate_hz, 80))
                fail_msg("%s begins '%s' with something else", voices[i], texts[k]);
            assert_true(clip.count > (size_t)clip.rate_hz / 2);
            free(clip.samples);
        }
        close_voice(&f);
    }
}

static uint64_t given(struct fixture *f, const char *text) {
    const struct sr_tts_job job = {.text = text};
    struct sarai_error error = {0};
    uint64_t hash = 0;
    if (sr_voice_read(&f->voice, &job, &hash, &error) < 0)
        fail_msg("%s: %s", error.where, error.text);
    return hash;
}

static void texts_of_the_same_phonemes_are_known_to_sound_the_same(void **state) {
    (void)state;
    static const struct {
        char *backend, *voice;
        const char *text, *same, *other, *ending;
    } voices[] = {{"kokoro", "ef_dora", "La vaca bebe.", "La baca vebe.", "La vaca debe.", "La vaca bebe?"},
                  {"kokoro", "em_alex", "Son las 3.", "Son las tres.", "Son las tras.", "Son las 3?"},
                  {"vits", PIPER, "The knight came.", "The night came.", "The light came.", "The knight came?"}};
    for (size_t i = 0; i < sizeof voices / sizeof *voices; i++) {
        const struct sr_tts_opts opts = options(voices[i].backend, voices[i].voice);
        struct fixture f;
        open_voice(&f, &opts);
        const uint64_t known = given(&f, voices[i].text);
        assert_true(given(&f, voices[i].same) == known);
        assert_true(given(&f, voices[i].other) != known);
        assert_true(given(&f, voices[i].ending) != known);
        close_voice(&f);
    }
}

static void a_piper_voice_speaks_at_the_pace_asked_for(void **state) {
    (void)state;
    const struct sr_tts_opts opts = options("vits", PIPER);
    struct fixture f;
    open_voice(&f, &opts);
    const double slow = measure(&f, ENGLISH, SR_STYLE_CALM, 0).seconds;
    const double fast = measure(&f, ENGLISH, SR_STYLE_URGENT, 0).seconds;
    const double fastest = measure(&f, ENGLISH, SR_STYLE_URGENT, 2).seconds;
    print_message("calm %.2f s, urgent %.2f s, twice as fast %.2f s\n", slow, fast, fastest);
    assert_true(slow > 2 && slow < 8);
    assert_true(slow > 1.3 * fast && fast > 1.25 * fastest);
    close_voice(&f);
}

/* Without noise a voice says the same thing the same way; with it, never. */
static void noise_makes_a_piper_voice_vary(void **state) {
    (void)state;
    for (int noisy = 0; noisy < 2; noisy++) {
        struct sr_tts_opts opts = options("vits", PIPER);
        struct fixture f;
        opts.noise_scale = opts.noise_scale_w = noisy ? 0.8f : 0;
        open_voice(&f, &opts);
        const struct sr_tts_job job = {.text = ENGLISH};
        struct sr_tts_clip one = say(&f, &job), two = say(&f, &job);
        const bool same =
            one.count == two.count && memcmp(one.samples, two.samples, one.count * sizeof *one.samples) == 0;
        assert_true(same == !noisy);
        free(one.samples);
        free(two.samples);
        close_voice(&f);
    }
}

static void open_wrong(char *voice, int status, const char *says) {
    const struct sr_tts_opts opts = options("vits", voice);
    struct sr_clock *clock = NULL;
    struct sr_ort *ort = NULL;
    struct sr_tts *tts = NULL;
    struct sarai_error error = {0};
    assert_int_equal(sr_clock_new(false, &clock), SARAI_OK);
    assert_int_equal(sr_ort_open(NULL, &ort, &error), SARAI_OK);
    assert_int_equal(sr_tts_vits.open(&opts, NULL, ort, clock, &tts, &error), status);
    assert_non_null(strstr(error.text, says));
    assert_null(tts);
    sr_ort_close(ort);
    sr_clock_free(clock);
}

static void an_unknown_or_foreign_model_is_told_with_what_is_wrong(void **state) {
    (void)state;
    char *folder = test_folder(), *from = sr_path_model(NULL, "silero-vad/silero_vad.onnx");
    char *model = sr_asprintf("%s/voice.onnx", folder), *config = NULL;
    open_wrong("nobody", SARAI_EINPUT, PIPER);
    assert_int_equal(symlink(from, model), 0);
    config = test_file(folder, "voice.onnx.json",
                       "{\"phoneme_id_map\": {\"a\": [1]}, \"espeak\": {\"voice\": \"es\"}, \"audio\": "
                       "{\"sample_rate\": 16000}}");
    open_wrong(model, SARAI_EMODEL, "'input'");
    free(config);
    free(model);
    free(from);
    test_folder_remove(folder);
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    const struct sr_tts_opts opts = options("vits", PIPER);
    struct sr_clock *clock = NULL;
    struct sr_ort *ort = NULL;
    assert_int_equal(sr_clock_new(false, &clock), SARAI_OK);
    assert_int_equal(sr_ort_open(NULL, &ort, NULL), SARAI_OK);
    for (int n = 1;; n++) {
        struct sr_tts *tts = NULL;
        struct sr_tts_clip clip = {0};
        const struct sr_tts_job job = {.text = "Yes."};
        sr_fail_alloc_at(n);
        int rc = sr_tts_vits.open(&opts, NULL, ort, clock, &tts, NULL);
        if (rc == SARAI_OK)
            rc = sr_tts_vits.synthesize(tts, &job, NULL, &clip, NULL);
        sr_fail_alloc_off();
        free(clip.samples);
        sr_tts_vits.close(tts);
        assert_true(rc <= SARAI_OK);
        if (!sr_fail_alloc_hit()) {
            assert_int_equal(rc, SARAI_OK);
            break;
        }
    }
    sr_ort_close(ort);
    sr_clock_free(clock);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_styles_of_dora_differ_in_pace_and_melody),
        cmocka_unit_test(the_styles_of_alex_differ_in_pace_and_melody),
        cmocka_unit_test(every_voice_is_as_loud_and_has_no_silence_around_it),
        cmocka_unit_test(no_word_begins_with_a_murmur_before_its_stop),
        cmocka_unit_test(texts_of_the_same_phonemes_are_known_to_sound_the_same),
        cmocka_unit_test(a_piper_voice_speaks_at_the_pace_asked_for),
        cmocka_unit_test(noise_makes_a_piper_voice_vary),
        cmocka_unit_test(an_unknown_or_foreign_model_is_told_with_what_is_wrong),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
