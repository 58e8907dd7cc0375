/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SR_SPEECH_SPEECH_STAGE_H
#define SR_SPEECH_SPEECH_STAGE_H

#include "flow/sched.h"
#include "flow/stage.h"
#include "speech/lane.h"
#include "speech/pace.h"
#include "speech/priority.h"
#include "speech/voice.h"
#include "text/split.h"

/** The splitter of spoken text, with the language's abbreviations. The caller owns `*out`. [init] */
int sr_speech_split_new(const struct sr_speech_opts *opts, const struct sr_model_opts *models, struct sr_split **out,
                        struct sarai_error *error);
/** The splitter into whole sentences, the units of the audio bank. */
int sr_speech_sentences_new(const struct sr_model_opts *models, struct sr_split **out, struct sarai_error *error);
/** The silence that belongs behind a piece. */
int sr_speech_pause_ms(const struct sr_speech_opts *opts, enum sr_split_end end);

struct sr_speech_stage {
    /* immutable after the threads start */
    struct sr_flow *flow;
    struct sr_sched *sched;
    const struct sr_speech_opts *opts;
    const struct sr_voice *voice;
    const char *other; /* the voice's name for the other language */
    int rate_hz;       /* of playback */
    int threads;       /* that a synthesis takes */
    /* speech thread only */
    struct sr_lane lanes[SR_PRIORITIES]; /* of the queues HIGH, NORMAL, LOW */
    struct sr_priority priority;
    struct sr_pace pace;
    enum sr_urgency urgency; /* of the synthesis in progress */
    uint32_t epoch;          /* of what is handed over */
    int64_t ahead_until_us;  /* when all that was handed over will have been heard */
    int64_t looked_us;       /* when that was last looked at */
};

/** Makes the lanes of a stage whose immutable fields are set. `shelf` NULL: no bank. Deinit also after a failure.
 *  [init] */
int sr_speech_stage_init(struct sr_speech_stage *stage, const struct sr_model_opts *models,
                         const struct sr_bank_shelf *shelf, struct sarai_error *error);
void sr_speech_stage_deinit(struct sr_speech_stage *stage);
/** The body of thread 5; `arg` is a struct sr_speech_stage. Returns when the flow stops. [stage:speech] */
void sr_speech_run(void *arg);

#endif
