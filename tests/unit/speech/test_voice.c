/* SPDX-License-Identifier: Apache-2.0 */
#include "speech/speech_stage.h"

#include "base/str.h"
#include "support/test.h"

/* A voice that keeps what it was given to say. */
struct sr_tts {
    struct sr_str heard;
    int status;
};

static int synthesize(struct sr_tts *tts, const struct sr_tts_job *job, const struct sr_abort *abort,
                      struct sr_tts_clip *clip, struct sarai_error *error) {
    (void)abort, (void)clip, (void)error;
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
    free(folder);
    *state = &f;
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    sr_normalizer_free(f->voice.spanish);
    sr_normalizer_free(f->voice.english);
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_is_given_as_the_language_of_the_voice_speaks_it),
        cmocka_unit_test(the_sign_that_the_voice_falls_at_stays),
        cmocka_unit_test(the_stand_in_gets_the_spoken_text_too),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
