/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SR_VAD_VAD_STAGE_H
#define SR_VAD_VAD_STAGE_H

#include "flow/stage.h"
#include "turn/turn.h"
#include "vad/vad.h"

struct sr_vad_stage {
    /* immutable after the threads start */
    struct sr_flow *flow;
    const struct sr_vad_opts *opts;
    const struct sr_turn_opts *turn_opts;
    const struct sr_vad_backend *backend;
    struct sr_vad *vad;
    /* vad thread only */
    struct sr_turn_machine machine;
    bool speech; /* the last frame was */
    struct sarai_turn *turn;
    sr_stamp stamp;
    float *audio; /* the turn so far, or the pre-roll */
    size_t count, room;
    int64_t onset_us;       /* start of the first frame of speech */
    int64_t last_speech_us; /* end of the last frame of speech */
};

/** The body of thread 2; `arg` is a struct sr_vad_stage. Returns when the flow stops. [stage:vad] */
void sr_vad_run(void *arg);
/** Frees what the stage gathered (not its backend). After the thread ended. */
void sr_vad_stage_deinit(struct sr_vad_stage *stage);

#endif
