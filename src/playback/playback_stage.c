/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Thread 6. Writes a block of 10 ms after the other, clips when there are some and silence when not; the device paces
 * it. `written` counts every sample, so what was heard, how long the gaps were and when it fell silent are all read
 * from one cursor. A clip of an older epoch fades out within its block and is gone: the epoch is looked at before every
 * block, so nothing of an old turn sounds later than 20 ms after a barge-in.
 */
#include "playback/playback_stage.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#define BLOCK_MAX 960 /* 10 ms at 96 kHz */
#define RETRY_MIN_US 100000
#define RETRY_MAX_US 2000000

static int64_t samples_to_us(const struct sr_playback_stage *stage, int64_t samples) {
    return samples * 1000000 / stage->opts->rate_hz;
}

/* When the sample at `offset` of the block being filled will be heard. */
static int64_t heard_at(const struct sr_playback_stage *stage, size_t offset) {
    const int64_t ahead = (int64_t)(stage->backend->delay(stage->playback) + offset);
    return sr_clock_now_us(stage->flow->clock) + samples_to_us(stage, ahead);
}

/* The words of the clip whose sound had begun by `position`: a word counts when its first letter was reached, letters
 * being spread evenly over the clip. */
static void hear(struct sr_playback_stage *stage, size_t position) {
    const char *text = stage->clip.text;
    if (!text || !position || !stage->clip.count)
        return;
    const size_t len = strlen(text);
    size_t reached = position >= stage->clip.count ? len : len * position / stage->clip.count;
    while (reached < len && reached > 0 && text[reached] != ' ')
        reached--; /* a word that was not finished was not said */
    if (!reached)
        return;
    if (stage->heard.len)
        sr_str_addc(&stage->heard, ' ');
    sr_str_add(&stage->heard, text, reached);
}

static void drop_clip(struct sr_playback_stage *stage) {
    stage->has_clip = false;
    sr_clip_deinit(&stage->clip);
}

static void forget_answer(struct sr_playback_stage *stage) {
    sr_str_clear(&stage->heard);
    stage->first_audio_us = stage->last_audio_us = stage->stopped_us = -1;
    stage->gap_count = 0;
    stage->owed = 0;
    stage->silent_at = 0;
}

/* The record is complete: nothing of this turn comes after its `last`. */
static void finish_turn(struct sr_playback_stage *stage, struct sr_clip *last) {
    struct sarai_turn *turn = last->turn;
    if (turn) {
        turn->first_audio_us = stage->first_audio_us;
        turn->last_audio_us = stage->last_audio_us;
        turn->gap_count = stage->gap_count;
        memcpy(turn->gaps_ms, stage->gaps_ms, sizeof turn->gaps_ms);
        turn->interrupted = sr_epoch_stale(&stage->flow->epoch, last->stamp);
        if (turn->interrupted) {
            turn->stop_decided_us = atomic_load(&stage->flow->epoch.opened_us);
            turn->stopped_us = stage->stopped_us;
            sr_flow_emit(stage->flow, SR_PLAYBACK, SARAI_EVENT_INTERRUPTED, turn->id, NULL, NULL);
        }
        sr_str_add(&stage->heard, "", 0);
        sr_turn_set(&turn->heard_reply, stage->heard.data);
        last->turn = NULL;
        sr_flow_publish(stage->flow, SR_PLAYBACK, turn);
    }
    forget_answer(stage);
}

static void start_clip(struct sr_playback_stage *stage, size_t offset) {
    stage->has_clip = true;
    stage->position = 0;
    stage->gain = 1;
    if (stage->first_audio_us < 0) {
        stage->first_audio_us = heard_at(stage, offset);
        sr_flow_emit(stage->flow, SR_PLAYBACK, SARAI_EVENT_AUDIO_STARTED, stage->clip.turn_id, NULL, NULL);
    } else if (stage->gap_count < SARAI_GAPS_MAX) {
        const int64_t gap = (int64_t)(stage->written + offset - stage->silent_at);
        stage->gaps_ms[stage->gap_count++] = (float)samples_to_us(stage, gap) / 1000;
    }
}

/* Takes from the queue what can be dealt with now; true when a clip begins at `offset` of the block. */
static bool next_clip(struct sr_playback_stage *stage, size_t offset) {
    struct sr_edge *edge = &stage->flow->edges[SR_EDGE_CLIPS];
    const struct sr_clip *next;
    while ((next = sr_ring_peek(&edge->ring))) {
        const bool stale = sr_epoch_stale(&stage->flow->epoch, next->stamp);
        if (!next->last && !stale && stage->owed > 0)
            return false; /* the written pause comes first */
        sr_edge_pop(edge, &stage->clip);
        if (stage->clip.last) {
            finish_turn(stage, &stage->clip);
        } else if (!stale && stage->clip.count) {
            start_clip(stage, offset);
            return true;
        }
        sr_clip_deinit(&stage->clip);
    }
    return false;
}

static void end_clip(struct sr_playback_stage *stage, size_t offset) {
    hear(stage, stage->clip.count);
    stage->last_audio_us = heard_at(stage, offset);
    stage->owed = (int64_t)stage->clip.pause_ms * stage->opts->rate_hz / 1000;
    stage->silent_at = stage->written + offset + (uint64_t)stage->owed;
    drop_clip(stage);
}

/* Barge-in: the rest of this block fades out, and the clip is gone. */
static void fade_out(struct sr_playback_stage *stage, float *block) {
    const size_t left = stage->clip.count - stage->position;
    const size_t count = left < stage->block ? left : stage->block;
    for (size_t i = 0; i < count; i++)
        block[i] = stage->clip.samples[stage->position + i] * stage->gain * (1 - (float)(i + 1) / (float)count);
    const size_t delay = stage->backend->delay(stage->playback);
    hear(stage, stage->position > delay ? stage->position - delay : 0);
    stage->last_audio_us = stage->stopped_us = heard_at(stage, count);
    drop_clip(stage);
    stage->owed = 0;
}

static size_t play(struct sr_playback_stage *stage, float *out, size_t room) {
    const float target = sr_epoch_ducked(&stage->flow->epoch) ? stage->duck_gain : 1;
    const size_t left = stage->clip.count - stage->position;
    const size_t count = left < room ? left : room;
    const float step = (target - stage->gain) / (float)stage->block;
    for (size_t i = 0; i < count; i++) {
        out[i] = stage->clip.samples[stage->position + i] * stage->gain;
        stage->gain += step;
    }
    stage->position += count;
    return count;
}

static void fill(struct sr_playback_stage *stage, float *block) {
    memset(block, 0, stage->block * sizeof *block);
    if (stage->has_clip && sr_epoch_stale(&stage->flow->epoch, stage->clip.stamp)) {
        fade_out(stage, block);
        next_clip(stage, stage->block); /* so that a `last` behind it passes at once */
        return;
    }
    size_t filled = 0;
    while (filled < stage->block) {
        if (!stage->has_clip && !next_clip(stage, filled)) {
            const int64_t left = (int64_t)(stage->block - filled);
            if (stage->owed <= 0 || stage->owed >= left) {
                stage->owed -= stage->owed > 0 ? left : 0;
                return;
            }
            filled += (size_t)stage->owed;
            stage->owed = 0;
            continue;
        }
        filled += play(stage, block + filled, stage->block - filled);
        if (stage->position == stage->clip.count)
            end_clip(stage, filled);
    }
}

/* Writes the block; a lost device is an event and a new try with back-off, for as long as the block is wanted. */
static void write_block(struct sr_playback_stage *stage, const float *block) {
    struct sr_flow *flow = stage->flow;
    const sr_stamp stamp = sr_epoch_stamp(&flow->epoch);
    int64_t retry_us = RETRY_MIN_US;
    bool told = false;
    while (stage->backend->write(stage->playback, block, stage->block) < 0) {
        if (!told)
            sr_flow_emit(flow, SR_PLAYBACK, SARAI_EVENT_WARNING, 0, "the playback device was lost; trying again", NULL);
        told = true;
        sr_flow_wait(flow, SR_PLAYBACK, sr_clock_now_us(flow->clock) + retry_us);
        if (sr_flow_stopping(flow) || sr_epoch_stale(&flow->epoch, stamp))
            break;
        retry_us = retry_us < RETRY_MAX_US ? retry_us * 2 : RETRY_MAX_US;
    }
    stage->written += stage->block;
}

void sr_playback_run(void *arg) {
    struct sr_playback_stage *stage = arg;
    float block[BLOCK_MAX];
    stage->block = (size_t)stage->opts->rate_hz / 100;
    stage->duck_gain = powf(10, -stage->opts->duck_db / 20);
    stage->gain = 1;
    forget_answer(stage);
    while (!sr_flow_stopping(stage->flow)) {
        fill(stage, block);
        write_block(stage, block);
    }
}

void sr_playback_stage_deinit(struct sr_playback_stage *stage) {
    sr_clip_deinit(&stage->clip);
    sr_str_deinit(&stage->heard);
}
