/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sound from a peer: each step of the input pushes a piece of some size, rate and channel count, made of the bytes that
 * follow, or reads a frame. What comes out are samples, in time, and as many as went in.
 */
#include "capture/capture.h"

#include "fuzz/fuzz.h"

#include <math.h>

const unsigned fuzz_rounds = 3000;

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_SEED("one rate", "\1\200\4\0\0\20\30\1\200\4\0\0\20\30\0\0"),
    FUZZ_SEED("rates and channels", "\1\377\2\1abcd\1\20\7\3xy\0\1\1\0\0pq\0\0\0"),
    FUZZ_SEED("too much", "\1\377\0\0a\1\377\0\0a\1\377\0\0a\1\377\0\0a\0\0\0\0\0"),
    FUZZ_SEEDS_END,
};

static const int rates_hz[] = {1000, 8000, 11025, 16000, 22050, 24000, 44100, 48000, 96000, 768000, 0, -1, 768001};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct sr_clock *clock;
    if (!clock)
        FUZZ_CHECK(sr_clock_new(true, &clock) == SARAI_OK && sr_clock_join(clock) == SARAI_OK);
    const struct sr_capture_opts opts = {.buffer_ms = 300};
    struct sr_capture *capture = NULL;
    FUZZ_CHECK(sr_capture_network.open(&opts, clock, &capture, NULL) == SARAI_OK);
    int64_t before_us = sr_clock_now_us(clock);
    while (size > 0) {
        if (fuzz_byte(&data, &size) % 2) {
            const size_t frames = fuzz_byte(&data, &size) * 9;
            const int rate_hz = rates_hz[fuzz_byte(&data, &size) % (sizeof rates_hz / sizeof *rates_hz)];
            const int channels = (int)(fuzz_byte(&data, &size) % 67) - 1;
            const size_t count = frames * (size_t)(channels > 0 ? channels : 1);
            float *samples = malloc((count + 1) * sizeof *samples);
            FUZZ_CHECK(samples);
            const unsigned value = fuzz_byte(&data, &size);
            for (size_t i = 0; i < count; i++)
                samples[i] = value == 255 ? NAN : value == 254 ? INFINITY : (float)((value + i) % 7) - 3;
            const int rc = sr_capture_network.push(capture, samples, frames, rate_hz, channels);
            FUZZ_CHECK(rc == SARAI_OK || rc == SARAI_EFULL || rc == SARAI_EUSAGE);
            free(samples);
            continue;
        }
        struct sr_frame frame;
        const int rc = sr_capture_network.read(capture, &frame);
        FUZZ_CHECK(rc == 0 || rc == 1);
        for (int i = 0; rc == 1 && i < SR_FRAME_SAMPLES; i++)
            FUZZ_CHECK(fabsf(frame.samples[i]) < 2);
        FUZZ_CHECK(sr_clock_now_us(clock) - before_us <= 200000);
        before_us = sr_clock_now_us(clock);
    }
    sr_capture_network.close(capture);
    return 0;
}
