/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Thread 6. Writes a block of 10 ms after the other, clips when there are some and silence when not; the device paces
 * it. `written` counts every sample, so what was heard, how long the gaps were and when it fell silent are all read
 * from one cursor. The epoch is looked at before every block: when what sounds is of an older one, what waits in front
 * of the card is taken back and fades out with the clip it came from, so nothing of an old turn leaves the program
 * later than 20 ms after a barge-in. Taken back is not heard: the cursor goes back, and the text with it. While it
 * is unclear whether there is a barge-in, the clip plays softly, or is held: it falls silent in the same way, and goes
 * on behind the last sample that was heard.
 */
#include "playback/playback_stage.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#define BLOCK_MAX 1920 /* 10 ms at 192 kHz */
#define FADE_MS 5
#define ECHO_TAIL_BLOCKS 5

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
static void hear(struct sr_playback_stage *stage, const struct sr_clip *clip, size_t position) {
    const char *text = clip->text;
    if (!text || !position || !clip->count)
        return;
    const size_t len = strlen(text);
    size_t reached = position >= clip->count ? len : len * position / clip->count;
    while (reached < len && reached > 0 && text[reached] != ' ')
        reached--; /* a word that was not finished was not said */
    if (!reached)
        return;
    if (stage->heard.len)
        sr_str_addc(&stage->heard, ' ');
    sr_str_add(&stage->heard, text, reached);
}

/* True while the last clip is being played or on its way to the loudspeaker's air. */
static bool sounding(const struct sr_playback_stage *stage) {
    return stage->has_clip || stage->next.samples ||
           (stage->end_at && stage->written < stage->end_at + stage->backend->delay(stage->playback));
}

static void forget_answer(struct sr_playback_stage *stage) {
    sr_str_clear(&stage->heard);
    stage->first_audio_us = stage->last_audio_us = stage->stopped_us = stage->filler_us = -1;
    stage->gap_count = 0;
    stage->owed = 0;
    stage->silent_at = 0;
    stage->stop_decided_us = -1;
    stage->before_heard = 0;
    sr_clip_deinit(&stage->before);
}

/* A turn that a more urgent one cut in on goes on where it was: what was heard of it is put aside, and taken up again
 * with its next clip or its `last`. What was put aside of a third turn is of an older epoch and forgotten. */
static void take_up(struct sr_playback_stage *stage, uint32_t turn_id) {
    if (turn_id == stage->answer_id)
        return;
    struct sr_answer now = {.id = stage->answer_id,
                            .heard = stage->heard,
                            .first_at = stage->first_at,
                            .first_audio_us = stage->first_audio_us,
                            .last_audio_us = stage->last_audio_us,
                            .filler_us = stage->filler_us,
                            .gap_count = stage->gap_count};
    memcpy(now.gaps_ms, stage->gaps_ms, sizeof now.gaps_ms);
    const struct sr_answer then = stage->aside;
    stage->aside = now;
    stage->heard = then.heard;
    sr_clip_deinit(&stage->before);
    if (then.id != turn_id) {
        forget_answer(stage);
    } else {
        stage->first_at = then.first_at;
        stage->first_audio_us = then.first_audio_us;
        stage->last_audio_us = then.last_audio_us;
        stage->filler_us = then.filler_us;
        stage->gap_count = then.gap_count;
        memcpy(stage->gaps_ms, then.gaps_ms, sizeof then.gaps_ms);
        stage->silent_at = stage->written; /* what was between is no gap of its own */
    }
    stage->answer_id = turn_id;
}

/* The record is complete: nothing of this turn comes after its `last`. */
static void finish_turn(struct sr_playback_stage *stage, struct sr_clip *last) {
    take_up(stage, last->turn_id);
    struct sarai_turn *turn = last->turn;
    if (turn) {
        turn->first_audio_us = stage->first_audio_us;
        turn->last_audio_us = stage->last_audio_us;
        turn->filler_us = stage->filler_us;
        turn->gap_count = stage->gap_count;
        memcpy(turn->gaps_ms, stage->gaps_ms, sizeof turn->gaps_ms);
        turn->interrupted = sr_epoch_stale(&stage->flow->epoch, last->stamp);
        if (turn->interrupted) {
            turn->stop_decided_us =
                stage->stop_decided_us >= 0 ? stage->stop_decided_us : atomic_load(&stage->flow->epoch.opened_us);
            turn->stopped_us = stage->stopped_us;
            sr_flow_emit(stage->flow, SR_PLAYBACK, SARAI_EVENT_INTERRUPTED, turn->id, NULL, NULL);
        }
        sr_str_add(&stage->heard, "", 0);
        sr_turn_set(&turn->heard_reply, stage->heard.data);
        last->turn = NULL;
        struct sr_heard heard = {
            .turn_id = turn->id, .end_us = stage->last_audio_us, .text = sr_strdup(stage->heard.data)};
        if (heard.text)
            sr_edge_push(&stage->flow->edges[SR_EDGE_HEARD], &heard);
        sr_flow_publish(stage->flow, SR_PLAYBACK, turn);
    }
    forget_answer(stage);
}

/* As the user wants it heard, and softer while it is unclear who has the turn. */
static float wanted_gain(const struct sr_playback_stage *stage) {
    return stage->gains[stage->yield] * (float)atomic_load(&stage->flow->delivery.volume) / 100;
}

static void start_clip(struct sr_playback_stage *stage, size_t offset) {
    take_up(stage, stage->clip.turn_id);
    stage->has_clip = true;
    stage->position = 0;
    stage->clip_at = stage->written + offset;
    stage->gain = wanted_gain(stage);
    stage->answer = stage->clip.stamp;
    atomic_store(&stage->flow->audible_epoch, sr_stamp_epoch(stage->answer));
    if (stage->clip.filler) {
        if (stage->filler_us < 0)
            stage->filler_us = heard_at(stage, offset);
    } else if (stage->first_audio_us < 0) {
        stage->first_at = stage->clip_at;
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
    if (stage->next.samples && stage->owed <= 0) {
        stage->clip = stage->next;
        stage->next = (struct sr_clip){.samples = NULL};
        start_clip(stage, offset);
        return true;
    }
    while (!stage->next.samples && (next = sr_ring_peek(&edge->ring))) {
        const bool stale = sr_epoch_stale(&stage->flow->epoch, next->stamp);
        if (!next->last && !stale && stage->owed > 0)
            return false; /* the written pause comes first */
        if (sounding(stage) && (next->last || sr_epoch_stale(&stage->flow->epoch, stage->answer)))
            return false; /* the record waits for what is on its way; what is stale is cut first */
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
    sr_clip_deinit(&stage->before);
    stage->before = stage->clip;
    stage->before_at = stage->clip_at;
    stage->before_heard = stage->heard.len;
    stage->clip = (struct sr_clip){.samples = NULL};
    stage->has_clip = false;
    stage->tail_at = 0;
    stage->tail_count = stage->tail_kept ? stage->tail_count : 0;
    stage->tail_kept = false;
    hear(stage, &stage->before, stage->before.count);
    stage->last_audio_us = heard_at(stage, offset);
    stage->end_at = stage->written + offset;
    stage->owed = (int64_t)stage->before.pause_ms * stage->opts->rate_hz / 1000;
    stage->silent_at = stage->written + offset + (uint64_t)stage->owed;
}

/* The clip that sounds begins again later, after what is left of the pause in front of it. */
static void unstart(struct sr_playback_stage *stage, uint64_t cursor) {
    stage->next = stage->clip;
    stage->clip = (struct sr_clip){.samples = NULL};
    stage->has_clip = false;
    stage->owed = (int64_t)(stage->clip_at - cursor);
    stage->gap_count -= stage->gap_count > 0;
    stage->tail_at = 0;
}

/* The last samples written were not heard: the cursor goes back, into the clip before this one if need be, and the
 * text and the echo canceller's reference with it. More than one whole clip is never taken back. */
static void take_back(struct sr_playback_stage *stage, size_t dropped) {
    const uint64_t cursor = stage->written -= dropped;
    stage->echo_fed -= (int64_t)dropped;
    stage->echo_position -= (int64_t)dropped * SR_RATE_HZ / stage->opts->rate_hz;
    stage->first_at = cursor < stage->first_at ? cursor : stage->first_at;
    if (stage->has_clip && cursor < stage->clip_at && stage->before.samples) {
        unstart(stage, cursor);
    } else if (stage->has_clip) {
        stage->position = cursor > stage->clip_at ? (size_t)(cursor - stage->clip_at) : 0;
        stage->clip_at = cursor - stage->position;
        if (!stage->tail_kept)
            stage->tail_at = stage->position < stage->tail_count ? stage->position : stage->tail_count;
    } else if (cursor < stage->silent_at) {
        stage->owed = (int64_t)(stage->silent_at - cursor);
    }
    if (stage->has_clip || !stage->before.samples || cursor >= stage->before_at + stage->before.count)
        return;
    stage->clip = stage->before;
    stage->before = (struct sr_clip){.samples = NULL};
    stage->has_clip = true;
    stage->position = cursor > stage->before_at ? (size_t)(cursor - stage->before_at) : 0;
    stage->clip_at = cursor - stage->position;
    stage->end_at = 0;
    stage->owed = 0;
    stage->tail_at = stage->tail_count;
    stage->tail_kept = true;
    sr_str_cut(&stage->heard, stage->before_heard);
}

/* What waits in front of the card fades out and is taken back, and where that is too little for a fade the clip fades
 * on in this block. Returns how many samples that is; the clip goes on behind them. */
static size_t fall_silent(struct sr_playback_stage *stage, float *block) {
    const size_t fade = (size_t)stage->opts->rate_hz * FADE_MS / 1000;
    size_t faded = 0, own = 0;
    if (stage->backend->drop)
        take_back(stage, stage->backend->drop(stage->playback, fade, &faded));
    if (stage->has_clip) {
        const size_t left = stage->clip.count - stage->position;
        own = left < fade - faded ? left : fade - faded;
    }
    for (size_t i = 0; i < own; i++)
        block[i] = stage->clip.samples[stage->position + i] * stage->gain * (1 - (float)(faded + i + 1) / (float)fade);
    stage->position += own;
    stage->gain = 0;
    return own;
}

/* Barge-in: nothing of the answer is heard any more. */
static void cut(struct sr_playback_stage *stage, float *block) {
    const bool held = stage->held_us >= 0; /* then it fell silent before */
    const size_t own = held ? 0 : fall_silent(stage, block);
    const uint64_t cursor = stage->written + own;
    stage->stop_decided_us = held ? stage->hold_asked_us : atomic_load(&stage->flow->epoch.opened_us);
    if (cursor <= stage->first_at)
        stage->first_audio_us = stage->last_audio_us = -1; /* all of the answer was taken back */
    else if (stage->has_clip || cursor < stage->end_at)
        stage->last_audio_us = held ? stage->held_us : heard_at(stage, own);
    stage->stopped_us = stage->last_audio_us;
    if (stage->has_clip)
        hear(stage, &stage->clip, stage->position);
    stage->has_clip = false;
    sr_clip_deinit(&stage->clip);
    sr_clip_deinit(&stage->before);
    sr_clip_deinit(&stage->next);
    stage->end_at = 0;
    stage->owed = 0;
    stage->tail_count = stage->tail_at = 0;
    stage->tail_kept = false;
}

/* What follows is there: a filler ends at the next word, and a clip that goes on in the next one is heard over its
 * beginning. */
static void make_way(struct sr_playback_stage *stage) {
    const struct sr_clip *next = sr_ring_peek(&stage->flow->edges[SR_EDGE_CLIPS].ring);
    struct sr_clip *clip = &stage->clip;
    if (!next || next->last || sr_epoch_stale(&stage->flow->epoch, next->stamp))
        return;
    const size_t fade = (size_t)stage->opts->rate_hz * FADE_MS / 1000;
    for (int i = 0; clip->filler && i < clip->cut_count; i++) {
        const size_t cut = clip->cuts[i];
        if (cut < stage->position + fade || cut >= clip->count)
            continue;
        for (size_t k = 0; k < fade; k++)
            clip->samples[cut - 1 - k] *= (float)k / (float)fade;
        clip->count = cut;
    }
    if (stage->tail_at == stage->tail_count && clip->overlap && clip->overlap <= SR_PLAYBACK_FADE_MAX &&
        stage->position + clip->overlap <= clip->count) {
        clip->count -= clip->overlap;
        memcpy(stage->tail, clip->samples + clip->count, clip->overlap * sizeof *stage->tail);
        stage->tail_at = stage->tail_count = clip->overlap;
        stage->tail_kept = true;
        clip->overlap = 0;
    }
}

/* All of the answer was taken back. */
static bool unheard(const struct sr_playback_stage *stage) {
    return stage->has_clip && stage->position == 0 && stage->clip_at == stage->first_at;
}

/* A block of silence, in which the answer keeps its place; the first one falls silent. */
static void hold(struct sr_playback_stage *stage, float *block) {
    size_t own = 0;
    if (stage->held_us < 0) {
        own = sounding(stage) ? fall_silent(stage, block) : 0;
        stage->held_us = heard_at(stage, own);
    }
    if (unheard(stage))
        stage->first_at += stage->block;
    stage->silent_at += stage->block - own; /* no gap: it is silent on purpose */
    stage->clip_at += stage->block - own;
}

/* Follows what the vad stage asks for, and tells the application when that is heard. */
static void follow_yield(struct sr_playback_stage *stage) {
    static const enum sarai_event_type events[] = {SARAI_EVENT_RESTORED, SARAI_EVENT_DUCKED, SARAI_EVENT_HELD};
    struct sr_flow *flow = stage->flow;
    const enum sr_yield yield = sr_epoch_yielded(&flow->epoch);
    if (yield == stage->yield)
        return;
    stage->yield = yield;
    if (stage->held_us >= 0 && unheard(stage))
        stage->first_audio_us = heard_at(stage, 0);
    stage->hold_asked_us = yield == SR_YIELD_HOLD ? atomic_load(&flow->epoch.yielded_us) : -1;
    stage->held_us = -1;
    if ((stage->first_audio_us >= 0 || stage->filler_us >= 0) && !sr_epoch_stale(&flow->epoch, stage->answer))
        sr_flow_emit(flow, SR_PLAYBACK, events[yield], stage->answer_id, NULL, NULL);
}

static size_t play(struct sr_playback_stage *stage, float *out, size_t room) {
    const float target = wanted_gain(stage);
    const size_t left = stage->clip.count - stage->position;
    const size_t count = left < room ? left : room;
    const float step = (target - stage->gain) / (float)stage->block;
    for (size_t i = 0; i < count; i++) {
        out[i] = stage->clip.samples[stage->position + i] * stage->gain;
        if (stage->tail_at < stage->tail_count)
            out[i] += stage->tail[stage->tail_at++] * stage->gain;
        stage->gain += step;
    }
    stage->position += count;
    return count;
}

static void fill(struct sr_playback_stage *stage, float *block) {
    memset(block, 0, stage->block * sizeof *block);
    if (sr_epoch_stale(&stage->flow->epoch, stage->answer) && sounding(stage)) {
        cut(stage, block);
        next_clip(stage, stage->block); /* so that a `last` behind it passes at once */
        return;
    }
    follow_yield(stage);
    if (stage->yield == SR_YIELD_HOLD) {
        hold(stage, block);
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
        make_way(stage);
        filled += play(stage, block + filled, stage->block - filled);
        if (stage->position == stage->clip.count)
            end_clip(stage, filled);
    }
}

/* Tells the echo canceller what comes now. Before the block is written, for a reference must not come later than its
 * echo. The resampler takes silences too, so that its output is one line of samples. */
static void tell_echo(struct sr_playback_stage *stage, const float *block) {
    struct sr_echo echo = {.position = stage->echo_position};
    const int64_t fed = stage->echo_fed;
    const int count =
        sr_resampler_feed(stage->echo, block, stage->block, echo.samples, sizeof echo.samples / sizeof *echo.samples);
    if (count < 0)
        return;
    for (size_t i = 0; i < stage->block; i++)
        if (block[i] != 0)
            stage->echo_blocks = ECHO_TAIL_BLOCKS;
    stage->echo_fed += (int64_t)stage->block;
    stage->echo_position += count;
    if (stage->echo_blocks == 0)
        return;
    stage->echo_blocks--;
    echo.count = (uint16_t)count;
    echo.heard_us = heard_at(stage, 0) + echo.position * 1000000 / SR_RATE_HZ - samples_to_us(stage, fed);
    sr_edge_push(&stage->flow->edges[SR_EDGE_ECHO], &echo);
}

/* Writes the block; a lost device is tried again for as long as the block is wanted. */
static void write_block(struct sr_playback_stage *stage, const float *block) {
    struct sr_flow *flow = stage->flow;
    const sr_stamp stamp = sr_epoch_stamp(&flow->epoch);
    while (stage->backend->write(stage->playback, block, stage->block) < 0) {
        sr_flow_wait(flow, SR_PLAYBACK, sr_outage_failed(&stage->outage, flow, SR_PLAYBACK));
        if (sr_flow_stopping(flow) || sr_epoch_stale(&flow->epoch, stamp)) {
            stage->written += stage->block;
            return;
        }
    }
    sr_outage_worked(&stage->outage, flow, SR_PLAYBACK);
    stage->written += stage->block;
}

void sr_playback_run(void *arg) {
    struct sr_playback_stage *stage = arg;
    float block[BLOCK_MAX];
    stage->block = (size_t)stage->opts->rate_hz / 100;
    stage->gains[SR_YIELD_NOTHING] = 1;
    stage->gains[SR_YIELD_DUCK] = powf(10, -stage->opts->duck_db / 20);
    stage->held_us = stage->hold_asked_us = -1;
    forget_answer(stage);
    while (!sr_flow_stopping(stage->flow)) {
        fill(stage, block);
        if (stage->echo)
            tell_echo(stage, block);
        write_block(stage, block);
    }
}

void sr_playback_stage_deinit(struct sr_playback_stage *stage) {
    sr_clip_deinit(&stage->before);
    sr_clip_deinit(&stage->clip);
    sr_clip_deinit(&stage->next);
    sr_str_deinit(&stage->heard);
    sr_str_deinit(&stage->aside.heard);
}
