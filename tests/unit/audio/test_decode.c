/* SPDX-License-Identifier: Apache-2.0 */
#include "audio/decode.h"
#include "audio/resample.h"
#include "audio/wav.h"
#include "base/str.h"
#include "support/failing_alloc.h"
#include "support/test.h"

#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

#define TONE_HZ 440
#define PI 3.14159265358979

static int setup(void **state) {
    *state = test_folder();
    return 0;
}

static int teardown(void **state) {
    test_folder_remove(*state);
    return 0;
}

static float *tone(int rate_hz, double seconds, int channels, size_t *count) {
    *count = (size_t)(rate_hz * seconds);
    float *samples = malloc(*count * (size_t)channels * sizeof *samples);
    for (size_t i = 0; i < *count; i++)
        for (int c = 0; c < channels; c++)
            samples[i * (size_t)channels + (size_t)c] = 0.5f * (float)sin(2 * PI * TONE_HZ * (double)i / rate_hz);
    return samples;
}

static char *tone_file(const char *folder, const char *name, int rate_hz, double seconds, int channels) {
    char *path = sr_asprintf("%s/%s", folder, name);
    size_t count;
    float *samples = tone(rate_hz, seconds, channels, &count);
    struct sr_wav *wav = NULL;
    assert_int_equal(sr_wav_create(path, rate_hz, channels, &wav, NULL), SARAI_OK);
    assert_int_equal(sr_wav_write(wav, samples, count), SARAI_OK);
    assert_int_equal(sr_wav_commit(wav, NULL), SARAI_OK);
    free(samples);
    return path;
}

/* How far the samples are from the very same tone, edges aside. */
static double snr_db(const float *samples, size_t count, int rate_hz) {
    double signal = 0, noise = 0;
    for (size_t i = count / 10; i < count - count / 10; i++) {
        double expected = 0.5 * sin(2 * PI * TONE_HZ * (double)i / rate_hz), error = samples[i] - expected;
        signal += expected * expected;
        noise += error * error;
    }
    return 10 * log10(signal / noise);
}

static void a_tone_of_any_rate_and_width_comes_out_as_the_same_tone(void **state) {
    static const struct {
        int from_hz, to_hz, channels;
        double snr_db;
    } cases[] = {{16000, 16000, 1, 80}, {44100, 16000, 1, 60}, {48000, 16000, 2, 60}, {8000, 16000, 1, 60},
                 {22050, 24000, 1, 60}, {96000, 16000, 6, 60}, {16000, 16000, 9, 60}, {16000, 16000, 40, 60}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *path = tone_file(*state, "tone.wav", cases[i].from_hz, 0.5, cases[i].channels);
        float *samples = NULL;
        size_t count = 0;
        struct sarai_error error = {0};
        if (sr_decode_file(path, cases[i].to_hz, &samples, &count, &error) != SARAI_OK)
            fail_msg("%d Hz, %d channels: %s", cases[i].from_hz, cases[i].channels, error.text);
        double snr = snr_db(samples, count, cases[i].to_hz);
        print_message("%d Hz, %d channels -> %d Hz: %.1f dB\n", cases[i].from_hz, cases[i].channels, cases[i].to_hz,
                      snr);
        assert_true(labs((long)count - cases[i].to_hz / 2) <= 64);
        assert_true(snr > cases[i].snr_db);
        free(samples);
        free(path);
    }
}

static void a_clip_is_resampled_without_delay(void **state) {
    (void)state;
    static const int rates[][2] = {{24000, 16000}, {22050, 24000}, {16000, 48000}, {44100, 8000}, {24000, 24000}};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        size_t count, out_count;
        float *in = tone(rates[i][0], 0.5, 1, &count), *out = NULL;
        assert_int_equal(sr_resample(in, count, rates[i][0], rates[i][1], &out, &out_count), SARAI_OK);
        assert_int_equal(out_count, rates[i][1] / 2);
        double snr = snr_db(out, out_count, rates[i][1]);
        print_message("%d -> %d Hz: %.1f dB\n", rates[i][0], rates[i][1], snr);
        assert_true(snr > 60);
        free(in);
        free(out);
    }
}

static void an_empty_clip_and_a_silly_rate_are_no_trouble(void **state) {
    (void)state;
    float *out = NULL;
    size_t count = 1;
    assert_int_equal(sr_resample(NULL, 0, 24000, 16000, &out, &count), SARAI_OK);
    assert_int_equal(count, 0);
    free(out);
    assert_int_equal(sr_resample(&(float){0}, 1, 0, 16000, &out, &count), SARAI_EUSAGE);
}

static void reading_in_pieces_of_any_size_gives_the_same_samples(void **state) {
    char *path = tone_file(*state, "tone.wav", 44100, 0.7, 2);
    float *whole = NULL, piece[777];
    size_t count = 0, at = 0;
    struct sr_decoder *decoder = NULL;
    assert_int_equal(sr_decode_file(path, 16000, &whole, &count, NULL), SARAI_OK);
    assert_int_equal(sr_decoder_open(path, 16000, &decoder, NULL), SARAI_OK);
    for (size_t size = 1;; size = size * 7 % 776 + 1) {
        int64_t got = sr_decoder_read(decoder, piece, size, NULL);
        assert_true(got >= 0);
        assert_memory_equal(piece, whole + at, (size_t)got * sizeof *piece);
        at += (size_t)got;
        if ((size_t)got < size)
            break;
    }
    assert_int_equal(at, count);
    assert_int_equal(sr_decoder_read(decoder, piece, 10, NULL), 0);
    sr_decoder_close(decoder);
    free(whole);
    free(path);
}

/* ------------------------------------------------------------------------------------------------- bad files -- */

/* Replaces bytes of a file, or cuts it. */
static void damage(const char *path, long offset, const char *bytes, size_t len, long size) {
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    fseek(file, offset, SEEK_SET);
    fwrite(bytes, 1, len, file);
    fclose(file);
    if (size >= 0)
        assert_int_equal(truncate(path, size), 0);
}

static void a_bad_file_is_refused_with_one_clear_line(void **state) {
    const char *folder = *state;
    char *text = test_file(folder, "text.wav", "This is no sound at all.\n");
    char *empty = test_file(folder, "empty.wav", "");
    char *header = tone_file(folder, "header.wav", 16000, 0.1, 1);
    char *cut = tone_file(folder, "cut.wav", 16000, 2, 1);
    char *bare = tone_file(folder, "bare.wav", 16000, 2, 1);
    char *silent = test_file(folder, "picture.ppm", "P3\n1 1\n255\n255 0 0\n");
    char *missing = sr_asprintf("%s/missing.wav", folder);
    char *playlist = test_file(folder, "list.m3u8", "#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/a.wav\n#EXT-X-ENDLIST\n");
    damage(header, 0, "", 0, 30);
    damage(cut, 0, "", 0, 44 + 32000);
    damage(bare, 0, "", 0, 44);
    const struct {
        const char *path;
        int code;
        const char *reason;
    } cases[] = {
        {text, SARAI_EINPUT, "not a sound file"},
        {empty, SARAI_EINPUT, "is empty"},
        {header, SARAI_EINPUT, "cut off"},
        {cut, SARAI_EINPUT, "ends after 1.0 s of 2.0 s"},
        {bare, SARAI_EINPUT, ""},
        {silent, SARAI_EINPUT, "holds no sound"},
        {folder, SARAI_EINPUT, "is a folder"},
        {missing, SARAI_EIO, "No such file or directory"},
        {playlist, SARAI_EINPUT, ""},
        {"http://127.0.0.1:9/a.wav", SARAI_EIO, "No such file"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sarai_error error = {0};
        float *samples = NULL;
        size_t count;
        int rc = sr_decode_file(cases[i].path, 16000, &samples, &count, &error);
        print_message("%s: %s\n", strrchr(cases[i].path, '/') + 1, error.text);
        assert_int_equal(rc, cases[i].code);
        assert_null(samples);
        assert_non_null(strstr(error.text, cases[i].reason));
        assert_null(strchr(error.text, '\n'));
        assert_string_equal(error.where, cases[i].path);
    }
    char *paths[] = {text, empty, header, cut, bare, silent, missing, playlist};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        free(paths[i]);
}

static void a_file_without_permission_is_refused(void **state) {
    char *path = tone_file(*state, "mine.wav", 16000, 0.1, 1);
    struct sarai_error error = {0};
    struct sr_decoder *decoder = NULL;
    assert_int_equal(chmod(path, 0), 0);
    bool root = geteuid() == 0 && seteuid(65534) == 0; /* root may read everything */
    int rc = sr_decoder_open(path, 16000, &decoder, &error);
    assert_true(!root || seteuid(0) == 0);
    assert_int_equal(rc, SARAI_EIO);
    assert_non_null(strstr(error.text, "Permission denied"));
    free(path);
}

static void what_is_there_of_a_cut_file_is_read_before_it_is_called_broken(void **state) {
    char *path = tone_file(*state, "cut.wav", 16000, 2, 1);
    struct sr_decoder *decoder = NULL;
    float *samples = calloc(32000, sizeof *samples);
    damage(path, 0, "", 0, 44 + 32000);
    assert_int_equal(sr_decoder_open(path, 16000, &decoder, NULL), SARAI_OK);
    assert_true(fabs(sr_decoder_announced_s(decoder) - 2) < 0.01);
    assert_int_equal(sr_decoder_read(decoder, samples, 32000, NULL), 16000);
    assert_int_equal(sr_decoder_read(decoder, samples, 32000, NULL), SARAI_EINPUT);
    sr_decoder_close(decoder);
    free(samples);
    free(path);
}

static void a_recording_whose_size_was_never_filled_in_is_good(void **state) {
    char *path = tone_file(*state, "live.wav", 16000, 0.5, 1);
    float *samples = NULL;
    size_t count = 0;
    damage(path, 4, "\xff\xff\xff\xff", 4, -1);
    damage(path, 40, "\xff\xff\xff\xff", 4, -1);
    assert_int_equal(sr_decode_file(path, 16000, &samples, &count, NULL), SARAI_OK);
    assert_int_equal(count, 8000);
    free(samples);
    damage(path, 40, "\x00\x00\xff\x7f", 4, -1);
    assert_int_equal(sr_decode_file(path, 16000, &samples, &count, NULL), SARAI_OK);
    assert_int_equal(count, 8000);
    free(samples);
    free(path);
}

static void a_forged_header_never_crashes(void **state) {
    char *path = tone_file(*state, "forged.wav", 16000, 0.05, 1), *good = NULL;
    size_t len = 0;
    assert_int_equal(sr_read_file(path, 100000, &good, &len, NULL), SARAI_OK);
    for (long offset = 0; offset < 44; offset++)
        for (int value = 0; value < 256; value += 51) {
            float *samples = NULL;
            size_t count = 0;
            damage(path, 0, good, len, -1);
            damage(path, offset, &(char){(char)value}, 1, -1);
            if (sr_decode_file(path, 16000, &samples, &count, NULL) == SARAI_OK)
                assert_true(count > 0);
            free(samples);
        }
    free(good);
    free(path);
}

static void running_out_of_memory_is_told(void **state) {
    char *path = tone_file(*state, "tone.wav", 44100, 0.1, 2);
    for (int n = 1;; n++) {
        float *samples = NULL;
        size_t count = 0;
        sr_fail_alloc_at(n);
        int rc = sr_decode_file(path, 16000, &samples, &count, NULL);
        sr_fail_alloc_off();
        if (!sr_fail_alloc_hit()) {
            assert_int_equal(rc, SARAI_OK);
            free(samples);
            break;
        }
        assert_int_equal(rc, SARAI_ENOMEM);
        assert_null(samples);
    }
    free(path);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_tone_of_any_rate_and_width_comes_out_as_the_same_tone),
        TEST(a_clip_is_resampled_without_delay),
        TEST(an_empty_clip_and_a_silly_rate_are_no_trouble),
        TEST(reading_in_pieces_of_any_size_gives_the_same_samples),
        TEST(a_bad_file_is_refused_with_one_clear_line),
        TEST(a_file_without_permission_is_refused),
        TEST(what_is_there_of_a_cut_file_is_read_before_it_is_called_broken),
        TEST(a_recording_whose_size_was_never_filled_in_is_good),
        TEST(a_forged_header_never_crashes),
        TEST(running_out_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
