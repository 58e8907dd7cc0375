/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SR_SPEECH_SPEECH_STAGE_H
#define SR_SPEECH_SPEECH_STAGE_H

#include "flow/sched.h"
#include "flow/stage.h"
#include "speech/tts.h"
#include "text/normalize.h"
#include "text/split.h"

/** A voice and the one that stands in when it fails; shared by all sessions. */
struct sr_voice {
    const struct sr_tts_backend *backend, *fallback_backend;
    struct sr_tts *tts, *fallback;           /* either may be NULL */
    struct sr_normalizer *spanish, *english; /* how written text is read; either may be NULL */
    const char *name, *language;             /* the configured ones; borrowed */
};

/** Speaks one clause with the voice, or else with its stand-in. The text of `job` is as written; the voice gets it as
 * it is spoken in the language of the voice. [any] */
int sr_voice_synthesize(const struct sr_voice *voice, const struct sr_tts_job *job, const struct sr_abort *abort,
                        struct sr_tts_clip *clip, struct sarai_error *error);

/** The splitter of spoken text, with the language's abbreviations. The caller owns `*out`. [init] */
int sr_speech_split_new(const struct sr_speech_opts *opts, const struct sr_model_opts *models, struct sr_split **out,
                        struct sarai_error *error);
/** The silence that belongs behind a piece. */
int sr_speech_pause_ms(const struct sr_speech_opts *opts, enum sr_split_end end);

struct sr_speech_stage {
    /* immutable after the threads start */
    struct sr_flow *flow;
    struct sr_sched *sched;
    const struct sr_speech_opts *opts;
    const struct sr_voice *voice;
    struct sr_split *split;
    int rate_hz; /* of playback */
    int threads; /* that a synthesis takes */
    /* speech thread only */
    sr_stamp stamp; /* of the text inside `split` */
    uint32_t turn_id;
    bool first; /* the next clause is the first of its turn */
    int64_t first_clip_us, first_text_us;
};

/** The body of thread 5; `arg` is a struct sr_speech_stage. Returns when the flow stops. [stage:speech] */
void sr_speech_run(void *arg);

#endif
