/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SR_PLAYBACK_PLAYBACK_STAGE_H
#define SR_PLAYBACK_PLAYBACK_STAGE_H

#include "base/str.h"
#include "flow/stage.h"
#include "playback/playback.h"

struct sr_playback_stage {
    /* immutable after the threads start */
    struct sr_flow *flow;
    const struct sr_playback_opts *opts;
    const struct sr_playback_backend *backend;
    struct sr_playback *playback;
    size_t block; /* samples a write: 10 ms */
    float duck_gain;
    /* playback thread only */
    struct sr_clip clip; /* being played */
    bool has_clip;
    size_t position;    /* samples of it already written */
    float gain;         /* moves towards its target within a block */
    int64_t owed;       /* samples of written pause still to come */
    uint64_t written;   /* samples since the start: the cursor */
    uint64_t silent_at; /* cursor where the last clip ended, for the gap */
    /* the answer being heard */
    struct sr_str heard;
    int64_t first_audio_us, last_audio_us;
    int gap_count;
    float gaps_ms[SARAI_GAPS_MAX];
    int64_t stopped_us;
};

/** The body of thread 6; `arg` is a struct sr_playback_stage. Returns when the flow stops. [stage:playback] */
void sr_playback_run(void *arg);
/** Frees what the stage holds (not its backend). After the thread ended. */
void sr_playback_stage_deinit(struct sr_playback_stage *stage);

#endif
