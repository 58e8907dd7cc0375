/* SPDX-License-Identifier: Apache-2.0 */
#include "speech/tts.h"

#include "audio/level.h"
#include "support/test.h"

static struct sr_tts *open_voice(char *voice, char *language) {
    const struct sr_tts_opts opts = {.speed = 1, .voice = voice, .language = language};
    struct sr_tts *tts = NULL;
    struct sarai_error error = {0};
    if (sr_tts_espeak.open(&opts, NULL, NULL, NULL, &tts, &error) < 0)
        fail_msg("%s: %s", error.where, error.text);
    return tts;
}

static int say(struct sr_tts *tts, const char *text, const char *voice, float speed, struct sr_tts_clip *clip) {
    const struct sr_tts_job job = {.text = text, .voice = voice, .speed = speed};
    const struct sr_abort never = {0};
    return sr_tts_espeak.synthesize(tts, &job, &never, clip, NULL);
}

static void a_sentence_is_spoken_without_silence_around_it(void **state) {
    (void)state;
    struct sr_tts *tts = open_voice("ef_dora", "");
    struct sr_tts_clip clip = {0};
    assert_int_equal(say(tts, "Buenos días.", NULL, 0, &clip), SARAI_OK);
    assert_true(clip.count > (size_t)clip.rate_hz / 2 && clip.count < (size_t)clip.rate_hz * 2);
    assert_true(sr_level_db(clip.samples + clip.rate_hz / 100, (size_t)clip.rate_hz / 50) > -60);
    free(clip.samples);
    sr_tts_espeak.close(tts);
    sr_tts_espeak.close(NULL);
}

static void speed_shortens_it(void **state) {
    (void)state;
    struct sr_tts *tts = open_voice("es", "");
    struct sr_tts_clip slow = {0}, fast = {0};
    assert_int_equal(say(tts, "Buenos días.", NULL, 0.5f, &slow), SARAI_OK);
    assert_int_equal(say(tts, "Buenos días.", NULL, 2, &fast), SARAI_OK);
    assert_true(slow.count > 2 * fast.count);
    free(slow.samples);
    free(fast.samples);
    sr_tts_espeak.close(tts);
}

static void nothing_to_read_is_an_empty_clip(void **state) {
    (void)state;
    static const char *const texts[] = {"", " ", "...", "😀", "¿¡!?"};
    struct sr_tts *tts = open_voice("ef_dora", "es");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct sr_tts_clip clip = {0};
        assert_int_equal(say(tts, texts[i], NULL, 0, &clip), SARAI_OK);
        assert_null(clip.samples);
        assert_int_equal(clip.count, 0);
    }
    sr_tts_espeak.close(tts);
}

static void an_unknown_voice_is_bad_input_and_a_stale_job_is_not_spoken(void **state) {
    (void)state;
    struct sr_tts *tts = open_voice("ef_dora", "");
    struct sr_tts_clip clip = {0};
    struct sr_epoch epoch;
    struct sr_clock *clock = NULL;
    assert_int_equal(sr_clock_new(false, &clock), SARAI_OK);
    sr_epoch_init(&epoch, clock);
    const struct sr_abort abort = {.epoch = &epoch, .stamp = sr_epoch_stamp(&epoch)};
    const struct sr_tts_job job = {.text = "Hola."};
    assert_int_equal(say(tts, "Hola.", "nobody", 0, &clip), SARAI_EINPUT);
    sr_epoch_open(&epoch);
    assert_int_equal(sr_tts_espeak.synthesize(tts, &job, &abort, &clip, NULL), SARAI_ESTALE);
    assert_null(clip.samples);
    sr_tts_espeak.close(tts);
    sr_clock_free(clock);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sentence_is_spoken_without_silence_around_it),
        cmocka_unit_test(speed_shortens_it),
        cmocka_unit_test(nothing_to_read_is_an_empty_clip),
        cmocka_unit_test(an_unknown_voice_is_bad_input_and_a_stale_job_is_not_spoken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
