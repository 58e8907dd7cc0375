/* SPDX-License-Identifier: Apache-2.0 */
/* The helper's formant voice: robotic, but instant and without a model. It stands in when Kokoro can't be loaded. */
#include "speech/phonemes.h"
#include "speech/tts.h"

#include <stdlib.h>

#define WORDS_PER_MINUTE 175.0f /* espeak-ng's own pace */

struct sr_tts {
    struct sr_espeak *espeak;
    char *language; /* of the configured voice */
    float speed;
};

static void close(struct sr_tts *tts) {
    if (!tts)
        return;
    sr_espeak_close(tts->espeak);
    free(tts->language);
    free(tts);
}

/* A name of Kokoro's stands for its language, any other is a language or voice of espeak-ng. */
static const char *language_of(const char *voice) {
    const char *language = sr_espeak_language_of(voice);
    return language ? language : voice;
}

static int open(const struct sr_tts_opts *opts, const struct sr_model_opts *models, struct sr_ort *ort,
                struct sr_clock *clock, struct sr_tts **out, struct sarai_error *error) {
    (void)models, (void)ort, (void)clock;
    struct sr_tts *tts = calloc(1, sizeof *tts);
    if (!tts)
        return sr_error(error, SARAI_ENOMEM, "espeak", "out of memory");
    int rc = SARAI_OK;
    tts->speed = opts->speed;
    tts->language = sr_strdup(opts->language[0] ? opts->language : language_of(opts->voice));
    if (!tts->language)
        rc = sr_error(error, SARAI_ENOMEM, "espeak", "out of memory");
    else
        rc = sr_espeak_open(&tts->espeak, error);
    if (rc < 0)
        close(tts);
    else
        *out = tts;
    return rc;
}

static int synthesize(struct sr_tts *tts, const struct sr_tts_job *job, const struct sr_abort *abort,
                      struct sr_tts_clip *clip, struct sarai_error *error) {
    const char *language = job->voice && job->voice[0] ? language_of(job->voice) : tts->language;
    const float speed = job->speed > 0 ? job->speed : tts->speed;
    *clip = (struct sr_tts_clip){0};
    if (sr_aborted(abort))
        return SARAI_ESTALE;
    return sr_espeak_speak(tts->espeak, language, (int)(WORDS_PER_MINUTE * speed + 0.5f), job->text, &clip->samples,
                           &clip->count, &clip->rate_hz, error);
}

const struct sr_tts_backend sr_tts_espeak = {.name = "espeak", .open = open, .close = close, .synthesize = synthesize};
