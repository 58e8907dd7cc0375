/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SR_VAD_VAD_STAGE_H
#define SR_VAD_VAD_STAGE_H

#include "aec/aec.h"
#include "flow/stage.h"
#include "vad/pause.h"
#include "vad/vad.h"

struct sr_vad_stage {
    /* immutable after the threads start */
    struct sr_flow *flow;
    const struct sr_vad_opts *opts;
    const struct sr_turn_opts *turn_opts;
    const struct sr_vad_backend *backend;
    struct sr_vad *vad;
    struct sr_aec *aec; /* NULL: no echo to cancel */
    /* vad thread only */
    struct sr_pause pause;
    struct sr_turn_machine machine;
    bool voice;  /* the last frame was somebody's voice ... */
    bool speech; /* ... and not the machine's own */
    bool maybe;  /* it may become that */
    struct sarai_turn *turn;
    sr_stamp stamp;
    float *audio; /* the turn so far, or the pre-roll */
    size_t count, room;
    bool joinable;          /* `audio` still holds the turn that just ended */
    int doubt_ms;           /* since the turn machine is in doubt */
    int alike;              /* frames of it in a row that are like the machine's own voice */
    int speech_ms;          /* in `audio`, as far as it belongs to the turn */
    int64_t onset_us;       /* start of the first frame of speech */
    int64_t last_speech_us; /* end of the last frame of speech */
    int64_t pause_us;       /* length of the last silence between speech and speech */
    uint32_t serial;        /* of the utterance sent last */
    uint32_t covered;       /* serial of the utterance after which nothing was said; 0: there is none */
    uint32_t probe;         /* serial of the last probe */
};

/** The body of thread 2; `arg` is a struct sr_vad_stage. Returns when the flow stops. [stage:vad] */
void sr_vad_run(void *arg);
/** Frees what the stage gathered (not its backend). After the thread ended. */
void sr_vad_stage_deinit(struct sr_vad_stage *stage);

#endif
