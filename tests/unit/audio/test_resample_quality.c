/* SPDX-License-Identifier: Apache-2.0 */
/* What the resampler does to sound, measured on tones: distortion and noise, pass band, and what folds over. */
#include "audio/resample.h"
#include "support/test.h"

#include <math.h>

#define TWO_PI 6.283185307179586
#define OUT_HZ 16000
#define SECONDS 1
#define EDGE 2000 /* samples left out at both ends: the filter's own */

/* A tone of 0.5 through the streaming resampler, 10 ms at a time; the caller frees `*out`. */
static size_t through(int in_hz, int out_hz, double tone_hz, float **out) {
    struct sr_resampler *resampler = NULL;
    const size_t count = (size_t)in_hz * SECONDS, room = (size_t)out_hz * SECONDS + 4096;
    float *in = calloc(count, sizeof *in);
    *out = calloc(room, sizeof **out);
    for (size_t i = 0; i < count; i++)
        in[i] = 0.5f * (float)sin(TWO_PI * tone_hz * (double)i / in_hz);
    assert_int_equal(sr_resampler_new(in_hz, out_hz, &resampler), SARAI_OK);
    size_t got = 0;
    const size_t block = (size_t)in_hz / 100;
    for (size_t at = 0; at < count; at += block) {
        const size_t part = count - at < block ? count - at : block;
        const int n = sr_resampler_feed(resampler, in + at, part, *out + got, room - got);
        assert_true(n >= 0);
        got += (size_t)n;
    }
    sr_resampler_free(resampler);
    free(in);
    return got;
}

struct tone {
    double gain_db; /* of the tone */
    double snr_db;  /* the tone over all the rest */
    double all_db;  /* of everything, relative to the tone that went in */
};

/* Fits a sine of `hz`: what it does not explain is noise. */
static struct tone fit(const float *samples, size_t count, int rate_hz, double hz) {
    double ss = 0, cc = 0, sc = 0, xs = 0, xc = 0, all = 0, rest = 0;
    for (size_t i = EDGE; i < count - EDGE; i++) {
        const double s = sin(TWO_PI * hz * (double)i / rate_hz), c = cos(TWO_PI * hz * (double)i / rate_hz);
        ss += s * s, cc += c * c, sc += s * c;
        xs += samples[i] * s, xc += samples[i] * c;
        all += (double)samples[i] * (double)samples[i];
    }
    const double det = ss * cc - sc * sc, a = (xs * cc - xc * sc) / det, b = (xc * ss - xs * sc) / det;
    for (size_t i = EDGE; i < count - EDGE; i++) {
        const double error =
            samples[i] - a * sin(TWO_PI * hz * (double)i / rate_hz) - b * cos(TWO_PI * hz * (double)i / rate_hz);
        rest += error * error;
    }
    const double n = (double)(count - 2 * EDGE);
    return (struct tone){.gain_db = 20 * log10(hypot(a, b) / 0.5),
                         .snr_db = 10 * log10((a * a + b * b) / 2 / (rest / n)),
                         .all_db = 10 * log10(all / n / 0.125 + 1e-20)};
}

static const int rates_hz[] = {8000, 11025, 22050, 24000, 44100, 48000, 96000};
#define RATES (sizeof rates_hz / sizeof *rates_hz)

/* Of a slower source, the pass band ends below its own half rate. */
static double pass_hz(int in_hz) {
    return in_hz < OUT_HZ ? 0.4375 * in_hz : 7000;
}

static void a_tone_stays_a_clean_tone_over_the_whole_pass_band(void **state) {
    (void)state;
    for (size_t r = 0; r < RATES; r++) {
        struct tone worst = {.gain_db = 0, .snr_db = 1000};
        for (double hz = 100.7; hz <= pass_hz(rates_hz[r]); hz += 433.3) {
            float *out;
            const size_t count = through(rates_hz[r], OUT_HZ, hz, &out);
            const struct tone tone = fit(out, count, OUT_HZ, hz);
            worst.gain_db = fmax(worst.gain_db, fabs(tone.gain_db));
            worst.snr_db = fmin(worst.snr_db, tone.snr_db);
            free(out);
        }
        print_message("%5d -> %d Hz up to %.0f Hz: SNR %.1f dB, ripple %.3f dB\n", rates_hz[r], OUT_HZ,
                      pass_hz(rates_hz[r]), worst.snr_db, worst.gain_db);
        assert_true(worst.snr_db >= 90);
        assert_true(worst.gain_db <= 0.1);
    }
}

static void what_does_not_fit_into_the_output_is_gone(void **state) {
    (void)state;
    for (size_t r = 0; r < RATES; r++) {
        double loudest_db = -1000;
        for (double hz = 9001; hz < rates_hz[r] * 0.49; hz += 977) {
            float *out;
            const size_t count = through(rates_hz[r], OUT_HZ, hz, &out);
            loudest_db = fmax(loudest_db, fit(out, count, OUT_HZ, 1000).all_db);
            free(out);
        }
        if (loudest_db > -1000)
            print_message("%5d -> %d Hz: aliases below %.1f dB\n", rates_hz[r], OUT_HZ, loudest_db);
        assert_true(loudest_db <= -80);
    }
}

static void the_way_to_the_loudspeaker_is_as_clean(void **state) {
    (void)state;
    static const int to_hz[] = {16000, 44100, 48000};
    for (size_t r = 0; r < sizeof to_hz / sizeof *to_hz; r++) {
        float *out;
        const size_t count = through(24000, to_hz[r], 997, &out);
        const struct tone tone = fit(out, count, to_hz[r], 997);
        print_message("24000 -> %d Hz: SNR %.1f dB\n", to_hz[r], tone.snr_db);
        assert_true(tone.snr_db >= 90 && fabs(tone.gain_db) <= 0.1);
        free(out);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tone_stays_a_clean_tone_over_the_whole_pass_band),
        cmocka_unit_test(what_does_not_fit_into_the_output_is_gone),
        cmocka_unit_test(the_way_to_the_loudspeaker_is_as_clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
