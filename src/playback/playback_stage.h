/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SR_PLAYBACK_PLAYBACK_STAGE_H
#define SR_PLAYBACK_PLAYBACK_STAGE_H

#include "audio/resample.h"
#include "base/str.h"
#include "flow/outage.h"
#include "playback/playback.h"

/** What was heard of an answer that another one cut in on. */
struct sr_answer {
    uint32_t id;
    struct sr_str heard;
    uint64_t first_at;
    int64_t first_audio_us, last_audio_us, filler_us;
    int gap_count;
    float gaps_ms[SARAI_GAPS_MAX];
};

struct sr_playback_stage {
    /* immutable after the threads start */
    struct sr_flow *flow;
    const struct sr_playback_opts *opts;
    const struct sr_playback_backend *backend;
    struct sr_playback *playback;
    struct sr_resampler *echo; /* from the playback rate to 16 kHz; NULL: nobody wants to know what is played */
    size_t block;              /* samples a write: 10 ms */
    float gains[3];            /* of each enum sr_yield */
    /* playback thread only */
    struct sr_outage outage;
    struct sr_clip clip; /* being played */
    bool has_clip;
    size_t position;                  /* samples of it already written */
    uint64_t clip_at;                 /* cursor where it began */
    uint64_t end_at;                  /* cursor where the last clip ended; 0: it was cut */
    struct sr_clip before;            /* the clip before it: some of that may still be taken back */
    uint64_t before_at;               /* cursor where that one began */
    size_t before_heard;              /* length of `heard` without it */
    struct sr_clip next;              /* had begun and was taken back to its first sample; no samples: none */
    float tail[SR_PLAYBACK_FADE_MAX]; /* the end of the last clip, heard over the beginning of this one */
    size_t tail_count, tail_at;       /* as much of it as there is, and as was heard */
    bool tail_kept;                   /* of the clip that sounds: not yet to be heard */
    float gain;                       /* moves towards its target within a block */
    int64_t owed;                     /* samples of written pause still to come */
    uint64_t written;                 /* samples since the start, less those taken back: the cursor */
    uint64_t silent_at;               /* cursor where the last clip ended, for the gap */
    enum sr_yield yield;              /* as this block plays it */
    int64_t hold_asked_us, held_us;   /* when it was asked for, when it was silent; -1: not held */
    /* the answer being heard */
    sr_stamp answer;
    uint32_t answer_id; /* its turn */
    struct sr_str heard;
    uint64_t first_at; /* cursor of its first sample */
    int64_t first_audio_us, last_audio_us;
    int64_t filler_us; /* when a filler was first heard */
    int gap_count;
    float gaps_ms[SARAI_GAPS_MAX];
    int64_t stop_decided_us, stopped_us;
    struct sr_answer aside;
    /* what the echo canceller is told */
    int64_t echo_fed;      /* samples at the playback rate so far, less those taken back */
    int64_t echo_position; /* the same at 16 kHz */
    int echo_blocks;       /* still to be told after the last sound, for the resampler holds some back */
};

/** The body of thread 6; `arg` is a struct sr_playback_stage. Returns when the flow stops. [stage:playback] */
void sr_playback_run(void *arg);
/** Frees what the stage holds (not its backend). After the thread ended. */
void sr_playback_stage_deinit(struct sr_playback_stage *stage);

#endif
