/* SPDX-License-Identifier: Apache-2.0 */
#include "support/voice.h"

#include "audio/resample.h"
#include "speech/voice.h"
#include "support/test.h"

float *test_voice(struct sr_ort *ort, const char *text, int pad_ms, size_t *count) {
    struct sr_clock *clock = NULL;
    struct sr_tts *tts = NULL;
    struct sr_tts_opts opts;
    struct sarai_error error = {0};
    struct sr_tts_clip clip = {0};
    float *speech = NULL;
    size_t spoken = 0, pad = (size_t)pad_ms * 16;
    assert_int_equal(sr_clock_new(false, &clock), SARAI_OK);
    assert_int_equal(sr_opt_defaults(sr_tts_opts_table, &opts), SARAI_OK);
    const struct sr_tts_job job = {.text = text};
    if (sr_tts_kokoro.open(&opts, NULL, ort, clock, &tts, &error) < 0 ||
        sr_tts_kokoro.synthesize(tts, &job, NULL, &clip, &error) < 0)
        fail_msg("%s: %s", error.where, error.text);
    sr_voice_finish(&clip, 0);
    assert_int_equal(sr_resample(clip.samples, clip.count, clip.rate_hz, 16000, &speech, &spoken), SARAI_OK);
    float *samples = calloc(spoken + 2 * pad, sizeof *samples);
    assert_non_null(samples);
    memcpy(samples + pad, speech, spoken * sizeof *samples);
    *count = spoken + 2 * pad;
    free(speech);
    free(clip.samples);
    sr_tts_kokoro.close(tts);
    sr_opt_deinit(sr_tts_opts_table, &opts);
    sr_clock_free(clock);
    return samples;
}
