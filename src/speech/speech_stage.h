/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SR_SPEECH_SPEECH_STAGE_H
#define SR_SPEECH_SPEECH_STAGE_H

#include "flow/sched.h"
#include "flow/stage.h"
#include "speech/voice.h"
#include "text/split.h"

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
