/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Thread 2. Judges each frame, lets the turn machine decide, and sends the audio of the turn to speech recognition: a
 * draft at each pause, the whole when the turn is over. `audio` always holds what is known of the turn; while nobody
 * speaks it is kept at the length of the pre-roll. Opening a turn opens an epoch, which is all that a barge-in is.
 * A failing model or an empty memory costs the frame or the turn, never the conversation.
 */
#include "vad/vad_stage.h"

#include <stdlib.h>
#include <string.h>

#define FRAME_MS (SR_FRAME_US / 1000)
#define SAMPLES_PER_MS (SR_RATE_HZ / 1000)

static bool append(struct sr_vad_stage *stage, const float *samples, size_t count) {
    if (stage->count + count > stage->room) {
        const size_t room = (stage->room ? stage->room : SR_RATE_HZ) * 2;
        float *audio = realloc(stage->audio, room * sizeof *audio);
        if (!audio)
            return false;
        stage->audio = audio;
        stage->room = room;
    }
    memcpy(stage->audio + stage->count, samples, count * sizeof *samples);
    stage->count += count;
    return true;
}

static void keep_preroll(struct sr_vad_stage *stage) {
    const size_t keep = (size_t)(stage->turn_opts->preroll_ms + stage->turn_opts->onset_ms) * SAMPLES_PER_MS;
    if (stage->count <= keep)
        return;
    memmove(stage->audio, stage->audio + stage->count - keep, keep * sizeof *stage->audio);
    stage->count = keep;
}

static void open_turn(struct sr_vad_stage *stage) {
    struct sr_flow *flow = stage->flow;
    stage->turn = sr_turn_new();
    if (!stage->turn)
        return;
    atomic_fetch_add(&flow->open_turns, 1);
    stage->stamp = sr_epoch_open(&flow->epoch);
    stage->turn->id = sr_flow_next_turn(flow);
    stage->turn->epoch = sr_stamp_epoch(stage->stamp);
    stage->turn->speech_start_us = stage->onset_us;
    sr_flow_emit(flow, SR_VAD, SARAI_EVENT_SPEECH_STARTED, stage->turn->id, NULL, NULL);
}

/* Sends the audio so far; `turn` comes along with the final one. */
static void send(struct sr_vad_stage *stage, bool draft) {
    struct sr_utterance utterance = {
        .stamp = stage->stamp, .turn_id = stage->turn->id, .draft = draft, .count = stage->count};
    utterance.samples = malloc(stage->count * sizeof *utterance.samples);
    if (utterance.samples)
        memcpy(utterance.samples, stage->audio, stage->count * sizeof *utterance.samples);
    else
        utterance.count = 0;
    if (draft && !utterance.count)
        return;
    if (!draft) {
        utterance.turn = stage->turn;
        stage->turn = NULL;
    }
    sr_edge_push(&stage->flow->edges[SR_EDGE_UTTERANCES], &utterance);
}

static void finish_turn(struct sr_vad_stage *stage, int64_t now_us) {
    if (!stage->turn)
        return;
    stage->turn->speech_end_us = stage->last_speech_us;
    stage->turn->endpoint_us = now_us;
    sr_flow_emit(stage->flow, SR_VAD, SARAI_EVENT_SPEECH_STOPPED, stage->turn->id, NULL, NULL);
    send(stage, false);
    stage->count = 0;
}

/* Hysteresis: between `release` and `threshold` a frame is what the one before it was. */
static bool is_speech(struct sr_vad_stage *stage, const struct sr_frame *frame) {
    float probability = 0;
    if (stage->backend->feed(stage->vad, frame->samples, &probability) < 0)
        return stage->speech;
    stage->speech = probability >= (stage->speech ? stage->opts->release : stage->opts->threshold);
    return stage->speech;
}

static void take(struct sr_vad_stage *stage, const struct sr_frame *frame) {
    struct sr_flow *flow = stage->flow;
    if (frame->flags & SR_FRAME_LOST)
        stage->backend->reset(stage->vad);
    const bool speech = is_speech(stage, frame);
    if (speech)
        stage->last_speech_us = frame->time_us;
    if (speech && stage->machine.state == SR_TURN_LISTEN && !stage->machine.run_ms)
        stage->onset_us = frame->time_us - SR_FRAME_US;
    /* Turns before this one are still being answered. */
    const bool answering = atomic_load(&flow->open_turns) > (stage->turn ? 1 : 0);
    const unsigned actions = sr_turn_feed(&stage->machine, speech, answering);
    append(stage, frame->samples, SR_FRAME_SAMPLES);

    if (actions & (SR_TURN_DUCK | SR_TURN_RESTORE))
        sr_epoch_duck(&flow->epoch, actions & SR_TURN_DUCK);
    if (actions & SR_TURN_OPEN)
        open_turn(stage);
    if ((actions & SR_TURN_RESUME) && stage->turn)
        stage->stamp = sr_epoch_revise(&flow->epoch);
    if ((actions & SR_TURN_DRAFT) && stage->turn)
        send(stage, true);
    if (actions & SR_TURN_FINAL)
        finish_turn(stage, frame->time_us);
    if (stage->machine.state == SR_TURN_LISTEN)
        keep_preroll(stage);
}

void sr_vad_run(void *arg) {
    struct sr_vad_stage *stage = arg;
    struct sr_frame frame;
    sr_turn_init(&stage->machine, stage->turn_opts, FRAME_MS);
    while (!sr_flow_stopping(stage->flow)) {
        if (sr_edge_pop(&stage->flow->edges[SR_EDGE_FRAMES], &frame))
            take(stage, &frame);
        else
            sr_flow_wait(stage->flow, SR_VAD, sr_clock_now_us(stage->flow->clock) + 1000000);
    }
}

void sr_vad_stage_deinit(struct sr_vad_stage *stage) {
    sr_turn_free(stage->turn);
    free(stage->audio);
    stage->turn = NULL;
    stage->audio = NULL;
}
