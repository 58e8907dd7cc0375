/* SPDX-License-Identifier: Apache-2.0 */
/* The real voice detector: fails, and does not skip, when the model is missing. */
#include "audio/level.h"
#include "support/failing_alloc.h"
#include "support/test.h"
#include "support/voice.h"
#include "vad/vad.h"

#include <math.h>
#include <time.h>

struct fixture {
    struct sr_ort *ort;
    struct sr_vad_model *model;
    struct sr_vad *vad;
};

static int setup(void **state) {
    static struct fixture f;
    struct sarai_error error = {0};
    *state = &f;
    if (sr_ort_open(NULL, &f.ort, &error) < 0 || sr_vad_silero.load(NULL, f.ort, &f.model, &error) < 0 ||
        sr_vad_silero.open(f.model, &f.vad, &error) < 0) {
        print_error("%s: %s\n", error.where, error.text);
        return -1;
    }
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    sr_vad_silero.close(f->vad);
    sr_vad_silero.unload(f->model);
    sr_ort_close(f->ort);
    return 0;
}

/* Feeds whole frames; writes their probabilities and returns how many. */
static size_t judge(struct sr_vad *vad, const float *samples, size_t count, float *probabilities) {
    size_t frames = count / SR_FRAME_SAMPLES;
    sr_vad_silero.reset(vad);
    for (size_t i = 0; i < frames; i++)
        assert_int_equal(sr_vad_silero.feed(vad, samples + i * SR_FRAME_SAMPLES, &probabilities[i]), SARAI_OK);
    return frames;
}

static void speech_is_told_from_the_silence_around_it(void **state) {
    struct fixture *f = *state;
    float probabilities[1000];
    size_t count = 0, speech = 0, silence = 0;
    float *samples = test_voice(f->ort, "Buenos días, me gustaría saber qué hora es.", 1000, &count);
    size_t frames = judge(f->vad, samples, count, probabilities);
    for (size_t i = 0; i < frames; i++) {
        bool inside = i > 33 && i + 36 < frames;
        speech += inside && probabilities[i] > 0.5f;
        silence += i < 29 && probabilities[i] < 0.35f;
    }
    assert_int_equal(silence, 29);
    assert_true(speech * 10 > (frames - 69) * 8);
    free(samples);
}

/* Somebody at a distance and wind: a rumble 20 dB louder, most of it below any voice. */
static void speech_is_heard_over_a_loud_rumble(void **state) {
    struct fixture *f = *state;
    float quiet[1000], loud[1000];
    size_t count = 0, speech = 0, kept = 0, made = 0;
    float *samples = test_voice(f->ort, "Buenos días, me gustaría saber qué hora es.", 1000, &count);
    const float gain = powf(10, (-40 - sr_level_db(samples, count)) / 20);
    for (size_t i = 0; i < count; i++)
        samples[i] *= gain;
    size_t frames = judge(f->vad, samples, count, quiet);
    uint32_t random = 1;
    float rumble = 0;
    for (size_t i = 0; i < count; i++) {
        random = random * 1664525u + 1013904223u;
        rumble = 0.998f * rumble + (float)(random >> 8) / 8388608.0f - 1;
        samples[i] += 0.011f * rumble;
    }
    judge(f->vad, samples, count, loud);
    for (size_t i = 16; i < frames; i++) { /* half a second after it began */
        speech += quiet[i] > 0.5f;
        kept += quiet[i] > 0.5f && loud[i] > 0.5f;
        made += quiet[i] < 0.35f && loud[i] > 0.5f;
    }
    print_message("%zu of %zu frames of speech, %zu of silence\n", kept, speech, made);
    assert_true(speech > 40 && kept * 10 >= speech * 8 && made <= 5);
    free(samples);
}

static void noise_is_no_speech(void **state) {
    struct fixture *f = *state;
    static float samples[16000 * 5], probabilities[200];
    uint32_t random = 1;
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        random = random * 1664525u + 1013904223u;
        samples[i] = ((float)(random >> 8) / 8388608.0f - 1) * 0.05f;
    }
    size_t frames = judge(f->vad, samples, sizeof samples / sizeof *samples, probabilities);
    for (size_t i = 0; i < frames; i++)
        assert_true(probabilities[i] < 0.5f);
}

static void after_a_reset_the_same_sound_gives_the_same_judgement(void **state) {
    struct fixture *f = *state;
    float first[1000], second[1000];
    size_t count = 0;
    float *samples = test_voice(f->ort, "Claro que sí.", 200, &count);
    size_t frames = judge(f->vad, samples, count, first);
    assert_int_equal(judge(f->vad, samples, count, second), frames);
    assert_memory_equal(first, second, frames * sizeof *first);
    free(samples);
}

static void streams_over_one_model_do_not_mix(void **state) {
    struct fixture *f = *state;
    float alone[1000];
    static const float silence[SR_FRAME_SAMPLES];
    size_t count = 0;
    struct sr_vad *other = NULL;
    float *samples = test_voice(f->ort, "Claro que sí.", 200, &count);
    size_t frames = judge(f->vad, samples, count, alone);
    assert_int_equal(sr_vad_silero.open(f->model, &other, NULL), SARAI_OK);
    sr_vad_silero.reset(f->vad);
    for (size_t i = 0; i < frames; i++) {
        float here = -1, there = -1;
        assert_int_equal(sr_vad_silero.feed(f->vad, samples + i * SR_FRAME_SAMPLES, &here), SARAI_OK);
        assert_int_equal(sr_vad_silero.feed(other, silence, &there), SARAI_OK);
        assert_true(here == alone[i]);
        assert_true(there < 0.35f);
    }
    sr_vad_silero.close(other);
    free(samples);
}

static void a_frame_costs_far_less_than_its_32_ms(void **state) {
    struct fixture *f = *state;
    static const float silence[SR_FRAME_SAMPLES];
    struct timespec from, to;
    float probability;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(sr_vad_silero.feed(f->vad, silence, &probability), SARAI_OK);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
    double us = ((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) / 1e6;
    print_message("%.1f us of one core a frame\n", us);
    assert_true(us < 3200);
}

static void a_missing_model_is_named_with_the_command_that_gets_it(void **state) {
    struct fixture *f = *state;
    char *folder = test_folder();
    struct sr_model_opts opts = {.dir = folder};
    struct sr_vad_model *model = NULL;
    struct sarai_error error = {0};
    assert_int_equal(sr_vad_silero.load(&opts, f->ort, &model, &error), SARAI_EMODEL);
    assert_null(model);
    assert_non_null(strstr(error.text, "sarai models pull silero-vad"));
    test_folder_remove(folder);
}

static void running_out_of_memory_is_told(void **state) {
    struct fixture *f = *state;
    for (int n = 1;; n++) {
        struct sr_vad_model *model = NULL;
        struct sr_vad *vad = NULL;
        sr_fail_alloc_at(n);
        int rc = sr_vad_silero.load(NULL, f->ort, &model, NULL);
        if (rc == SARAI_OK)
            rc = sr_vad_silero.open(model, &vad, NULL);
        sr_fail_alloc_off();
        assert_int_equal(rc, sr_fail_alloc_hit() ? SARAI_ENOMEM : SARAI_OK);
        sr_vad_silero.close(vad);
        sr_vad_silero.unload(model);
        if (rc == SARAI_OK)
            break;
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(speech_is_told_from_the_silence_around_it),
        cmocka_unit_test(speech_is_heard_over_a_loud_rumble),
        cmocka_unit_test(noise_is_no_speech),
        cmocka_unit_test(after_a_reset_the_same_sound_gives_the_same_judgement),
        cmocka_unit_test(streams_over_one_model_do_not_mix),
        cmocka_unit_test(a_frame_costs_far_less_than_its_32_ms),
        cmocka_unit_test(a_missing_model_is_named_with_the_command_that_gets_it),
        cmocka_unit_test(running_out_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
