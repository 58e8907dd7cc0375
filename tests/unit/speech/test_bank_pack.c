/* SPDX-License-Identifier: Apache-2.0 */
#include "speech/bank_pack.h"

#include "support/test.h"

#include <math.h>
#include <stdlib.h>

#define COUNT 24000

static uint32_t random_bits(uint32_t *state) {
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* Packs and unpacks; how far the error is below the sound, in dB. */
static double distance_db(const float *samples, size_t count) {
    uint8_t *packed = malloc((size_t)sr_bank_packed_bytes(count));
    float *back = malloc(count * sizeof *back);
    double sound = 0, error = 0;
    sr_bank_pack(samples, count, packed);
    sr_bank_unpack(packed, count, back);
    for (size_t i = 0; i < count; i++) {
        sound += (double)samples[i] * samples[i];
        error += ((double)back[i] - samples[i]) * ((double)back[i] - samples[i]);
    }
    free(packed);
    free(back);
    return error > 0 ? 10 * log10(sound / error) : 200;
}

static void it_takes_half_of_sixteen_bits(void **state) {
    (void)state;
    assert_int_equal(sr_bank_packed_bytes(0), 0);
    assert_int_equal(sr_bank_packed_bytes(1), 2);
    assert_int_equal(sr_bank_packed_bytes(32), 33);
    assert_int_equal(sr_bank_packed_bytes(33), 35);
    assert_true(sr_bank_packed_bytes(COUNT) < COUNT * 2 * 0.52);
}

static void tones_and_noise_come_back_with_little_of_their_own(void **state) {
    (void)state;
    float tone[COUNT], noise[COUNT], fading[COUNT];
    uint32_t seed = 1;
    for (int i = 0; i < COUNT; i++) {
        tone[i] = 0.5f * sinf((float)i * 0.05f) + 0.1f * sinf((float)i * 0.4f);
        noise[i] = 0.2f * ((float)random_bits(&seed) / (float)(1 << 23) - 1);
        fading[i] = tone[i] * expf(-(float)i / 2000);
    }
    assert_true(distance_db(tone, COUNT) > 55);
    assert_true(distance_db(noise, COUNT) > 40);
    assert_true(distance_db(fading, COUNT) > 50);
    assert_true(distance_db(tone, 31) > 45 && distance_db(tone, 33) > 45);
}

static void silence_stays_silent_and_what_is_too_loud_is_cut(void **state) {
    (void)state;
    float sound[200] = {0}, back[200];
    uint8_t packed[256];
    for (int i = 100; i < 200; i++)
        sound[i] = i % 3 ? 7 : -7;
    sr_bank_pack(sound, 200, packed);
    sr_bank_unpack(packed, 200, back);
    for (int i = 0; i < 96; i++)
        assert_true(back[i] == 0);
    for (int i = 100; i < 200; i++)
        assert_true(fabsf(back[i] - (i % 3 ? 1 : -1)) < 0.02f);
}

static void any_bytes_are_some_sound(void **state) {
    (void)state;
    uint8_t packed[330];
    float samples[320];
    uint32_t seed = 7;
    for (int round = 0; round < 2000; round++) {
        for (size_t i = 0; i < sizeof packed; i++)
            packed[i] = (uint8_t)random_bits(&seed);
        sr_bank_unpack(packed, 320, samples);
        for (int i = 0; i < 320; i++)
            assert_true(samples[i] >= -1.001f && samples[i] <= 1);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_takes_half_of_sixteen_bits),
        cmocka_unit_test(tones_and_noise_come_back_with_little_of_their_own),
        cmocka_unit_test(silence_stays_silent_and_what_is_too_loud_is_cut),
        cmocka_unit_test(any_bytes_are_some_sound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
