/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a sound file: refused with a reason, or finite samples; read in pieces of odd sizes. */
#include "audio/decode.h"

#include "fuzz/fuzz.h"

#include <math.h>

#define RATE_HZ 16000
#define MOST_SAMPLES (RATE_HZ * 60) /* a forged header may announce hours */

const unsigned fuzz_rounds = 8000;

#define FMT(format, channels, rate, bytes_rate, block, bits)                                                           \
    "RIFF\x60\0\0\0WAVEfmt \x10\0\0\0" format "\0" channels "\0" rate bytes_rate block "\0" bits "\0"
#define WAVES "0Oo~oO0 0Oo~oO0 0Oo~oO0 0Oo~oO0 0Oo~oO0 0Oo~oO0 0Oo~oO0 0Oo~oO0 "
#define SOUND WAVES WAVES WAVES WAVES

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_SEED("wav of 8 bits", FMT("\1", "\1", "\x40\x1f\0\0", "\x40\x1f\0\0", "\1", "\x8") "data\0\1\0\0" SOUND),
    FUZZ_SEED("wav of 16 bits", FMT("\1", "\2", "\x40\x1f\0\0", "\0\x7d\0\0", "\4", "\x10") "data\0\1\0\0" SOUND),
    FUZZ_SEED("wav of floats", FMT("\3", "\1", "\x40\x1f\0\0", "\0\x7d\0\0", "\4", "\x20") "data\0\1\0\0" SOUND),
    FUZZ_SEED("wav of floats beyond all numbers",
              FMT("\3", "\1", "\x40\x1f\0\0", "\0\x7d\0\0", "\4",
                  "\x20") "data\x20\1\0\0\0\0\x80\x3f\0\0\xc0\x7f\0\0\x80\xff"
                          "\xff\xff\x7f\x7f\0\0\x80\xbf\0\0\0\0\0\0\x80\x3f\0\0\x80\x3f" SOUND),
    FUZZ_SEED("wav of mu-law",
              FMT("\7", "\1", "\x40\x1f\0\0", "\x40\x1f\0\0", "\1", "\x8") "data\xff\xff\xff\xff" SOUND),
    FUZZ_SEED("wav at 1 Hz, hours of silence for few bytes",
              FMT("\1", "\1", "\1\0\0\0", "\1\0\0\0", "\1", "\x8") "data\0\1\0\0" SOUND),
    FUZZ_SEED("wav shorter than the converter's filter",
              FMT("\1", "\1", "\x40\x1f\0\0", "\x40\x1f\0\0", "\1", "\x8") "data\x8\0\0\0"
                                                                           "12345678"),
    FUZZ_SEED("wav cut off in its header", "RIFF\x60\0\0\0WAVEfmt \x10\0\0\0\1\0\1"),
    FUZZ_SEED("au", ".snd\0\0\0\x18\0\0\0\x40\0\0\0\1\0\0\x1f\x40\0\0\0\1" SOUND),
    FUZZ_SEED("aiff", "FORM\0\0\0\x6e"
                      "AIFFCOMM\0\0\0\x12\0\1\0\0\0\x40\0\x8\x40\x0b\xfa\0\0\0\0\0\0\0SSND\0\0\0\x48"
                      "\0\0\0\0\0\0\0\0" SOUND),
    FUZZ_SEED("flac cut off in its header", "fLaC\x80\0\0\x22\x10\0\x10\0\0\0\0\0\0\0\x0a\xc4\x42\xf0\0\0\0\x40"),
    FUZZ_SEED("ogg page", "OggS\0\2\0\0\0\0\0\0\0\0\1\2\3\4\0\0\0\0\1\2\3\4\1\x1e\1vorbis\0\0\0\0\1\x44\xac\0\0"),
    FUZZ_SEED("a playlist of files", "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:/dev/zero\n"),
    FUZZ_SEED("a list of files", "ffconcat version 1.0\nfile /dev/zero\n"),
    FUZZ_SEED("text", "Esto no es sonido.\n"),
    FUZZ_SEEDS_END,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static float samples[4801];
    struct sr_decoder *decoder = NULL;
    struct sarai_error error = {0};
    const char *path = fuzz_file(data, size);
    int64_t got = sr_decoder_open(path, RATE_HZ, &decoder, &error);
    if (got == SARAI_OK) {
        FUZZ_CHECK(!isnan(sr_decoder_announced_s(decoder)));
        for (int64_t total = 0; total < MOST_SAMPLES; total += got) {
            got = sr_decoder_read(decoder, samples, sizeof samples / sizeof *samples, &error);
            if (got <= 0)
                break;
            for (int64_t i = 0; i < got; i++)
                FUZZ_CHECK(fabsf(samples[i]) <= 1);
        }
    } else {
        FUZZ_CHECK(!decoder);
    }
    FUZZ_CHECK(got >= 0 || (got != SARAI_EIO && error.code == got && error.text[0] && strcmp(error.where, path) == 0));
    sr_decoder_close(decoder);
    return 0;
}
