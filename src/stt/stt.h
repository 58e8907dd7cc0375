/* SPDX-License-Identifier: Apache-2.0 */
/* Speech to text. */
#ifndef SR_STT_STT_H
#define SR_STT_STT_H

#include "base/clock.h"
#include "base/opt.h"
#include "flow/epoch.h"
#include "flow/message.h"

/** Section "stt". */
struct sr_stt_opts {
    char *backend;  /* "whisper", "vosk" or "null" */
    char *model;    /* Whisper's weights, a file in the models folder */
    char *vosk;     /* Vosk's model, a folder there */
    char *language; /* "es", "en", "auto" */
    char *prompt;   /* the user's own words, between commas: names, things; may be "" */
    float bias;     /* nats by which a known phrase is likelier than Whisper takes it to be; 0: none is */
    int threads;
    int search; /* decoder steps spent on a text in doubt */
    /* null backend */
    int delay_ms;    /* time a decoding takes */
    int fail_after;  /* decodings until it fails; 0 = never */
    char *script;    /* "text one|text two": what it hears, in turn, repeated */
    char *overheard; /* what it hears while the machine speaks; "": the next text of the script */
};

extern const struct sr_opt sr_stt_opts_table[];

struct sr_model_opts;
struct sr_stt_model; /* weights, shared [any] */
struct sr_stt;       /* decoding state of one session */

struct sr_stt_segment {
    int64_t start_ms, end_ms;
    char *text;
};

/** Zero-initialize; sr_stt_result_deinit frees. */
struct sr_stt_result {
    char *text; /* trimmed; "" when nothing was said */
    char language[8];
    struct sr_stt_segment *segments;
    size_t count;
};

void sr_stt_result_deinit(struct sr_stt_result *result);

struct sr_stt_backend {
    const char *name;
    int (*load)(const struct sr_stt_opts *opts, const struct sr_model_opts *models, struct sr_stt_model **out,
                struct sarai_error *error);
    void (*unload)(struct sr_stt_model *model);
    /** `clock` times the simulated work of the null backend. `opts` outlives it. */
    int (*open)(struct sr_stt_model *model, const struct sr_stt_opts *opts, struct sr_clock *clock, struct sr_stt **out,
                struct sarai_error *error);
    void (*close)(struct sr_stt *stt);
    /** Decodes one utterance of at most 30 s (16 kHz mono). Polls `abort` between the steps of its work and then
     *  returns SARAI_ESTALE; a step of Whisper takes longer the longer the utterance is. [stage:stt] */
    int (*decode)(struct sr_stt *stt, const float *samples, size_t count, enum sr_purpose purpose,
                  const struct sr_abort *abort, struct sr_stt_result *result);
    /** Hears `language` (borrowed) from now on; known phrases are those of `opts` and of no other. NULL: it knows but
     *  one. [stage:stt] */
    void (*listen_for)(struct sr_stt *stt, const char *language);
};

extern const struct sr_stt_backend sr_stt_whisper, sr_stt_vosk, sr_stt_null;

#endif
