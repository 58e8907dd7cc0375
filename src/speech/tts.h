/* SPDX-License-Identifier: Apache-2.0 */
/* Text to speech backends: one clause in, one clip out. */
#ifndef SR_SPEECH_TTS_H
#define SR_SPEECH_TTS_H

#include "base/clock.h"
#include "flow/epoch.h"
#include "speech/speech_opts.h"
#include "text/style.h"

struct sr_ort;
struct sr_model_opts;
struct sr_tts; /* weights and voice; shared by all sessions, `synthesize` may run on several threads at once */

/** What to say and how. */
struct sr_tts_job {
    const char *text;       /* one clause, normalized: what is to be read, with its closing punctuation */
    const char *voice;      /* NULL: the configured one */
    float speed;            /* of the voice's own pace; 0: the configured one */
    enum sr_style style;    /* SR_STYLE_AUTO for a backend: nothing changed; for sr_voice_synthesize: the text's own */
    struct sr_clock *clock; /* of the session: the null backend's work takes its time; NULL: that of `open` */
};

/** Zero-initialize; the caller frees `samples`. */
struct sr_tts_clip {
    float *samples;
    size_t count;
    int rate_hz;
};

struct sr_tts_backend {
    const char *name;
    bool bare; /* its clips are used as they are: no style, no trimming, no loudness */
    /** `clock` times the watch for aborts. */
    int (*open)(const struct sr_tts_opts *opts, const struct sr_model_opts *models, struct sr_ort *ort,
                struct sr_clock *clock, struct sr_tts **out, struct sarai_error *error);
    void (*close)(struct sr_tts *tts);
    /** SARAI_ESTALE when `abort` (polled, or ORT's terminate flag) says so; SARAI_EINPUT when `voice` is unknown (the
     *  error lists the voices); an empty clip when the text holds nothing to read. [any] */
    int (*synthesize)(struct sr_tts *tts, const struct sr_tts_job *job, const struct sr_abort *abort,
                      struct sr_tts_clip *clip, struct sarai_error *error);
    /** Reads the text without speaking: `*given`, a hash, goes on with the phonemes that the model would be given.
     * NULL: the model is given the text. [any] */
    int (*read)(struct sr_tts *tts, const struct sr_tts_job *job, uint64_t *given, struct sarai_error *error);
};

extern const struct sr_tts_backend sr_tts_kokoro, sr_tts_vits, sr_tts_espeak, sr_tts_null;

#endif
