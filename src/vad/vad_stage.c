/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Thread 2. Judges each frame, lets the turn machine decide, and sends the audio of the turn to speech recognition: a
 * partial now and then, a draft at each pause, the whole when the turn is over. `audio` always holds what is known of
 * the turn; while nobody speaks it is kept at the length of the pre-roll. Opening a turn opens an epoch, which is all
 * that a barge-in is. Somebody who goes on before the answer is heard was not done: the turn that seemed over becomes
 * the beginning of the new one. A failing model or an empty memory costs the frame or the turn, never the conversation.
 */
#include "vad/vad_stage.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FRAME_MS (SR_FRAME_US / 1000)
#define SAMPLES_PER_MS (SR_RATE_HZ / 1000)
#define OWN_MS 224                 /* so much of a doubt tells our own voice from another */
#define ALIKE_FRAMES 2             /* in a row: for a moment two voices may be alike */
#define ONSET_MS 128               /* and what was just before it */
#define JOIN_MAX (14 * SR_RATE_HZ) /* a turn longer than that is not continued */

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
    stage->joinable = false;
    if (stage->count <= keep)
        return;
    memmove(stage->audio, stage->audio + stage->count - keep, keep * sizeof *stage->audio);
    stage->count = keep;
}

/* The last pause was no end: this speaker makes such pauses. */
static void go_on(struct sr_vad_stage *stage) {
    sr_turn_pace_add(&stage->pause.pace, (float)stage->pause_us / 1000);
    stage->stamp = sr_epoch_revise(&stage->flow->epoch);
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
    stage->machine.turn_ms = (int)(stage->count / SAMPLES_PER_MS);
    if (stage->joinable)
        go_on(stage);
    sr_flow_emit(flow, SR_VAD, SARAI_EVENT_SPEECH_STARTED, stage->turn->id, NULL, NULL);
}

/* Sends the audio so far; the record of the turn comes along with the final one. Whatever is being decoded for an
 * earlier moment is superseded by anything but the final. It belongs to the epoch that runs now: an alert or a button
 * ends what the machine does, not what the user is saying. */
static void send(struct sr_vad_stage *stage, enum sr_purpose purpose) {
    const bool final = purpose == SR_FINAL, pause = !stage->speech;
    stage->stamp = final ? sr_epoch_stamp(&stage->flow->epoch) : sr_epoch_revise(&stage->flow->epoch);
    struct sr_utterance utterance = {.stamp = stage->stamp,
                                     .purpose = purpose,
                                     .turn_id = stage->turn ? stage->turn->id : 0,
                                     .serial = final && stage->covered ? stage->covered : ++stage->serial,
                                     .speech_ms = stage->speech_ms,
                                     .count = stage->count};
    utterance.samples = malloc(stage->count * sizeof *utterance.samples);
    if (utterance.samples)
        memcpy(utterance.samples, stage->audio, stage->count * sizeof *utterance.samples);
    else
        utterance.count = 0;
    if (!final && !utterance.count)
        return;
    if (purpose == SR_PROBE)
        stage->probe = utterance.serial;
    if (pause)
        stage->covered = utterance.serial;
    if (final) {
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
    stage->turn->epoch = sr_stamp_epoch(sr_epoch_stamp(&stage->flow->epoch));
    sr_flow_emit(stage->flow, SR_VAD, SARAI_EVENT_SPEECH_STOPPED, stage->turn->id, NULL, NULL);
    stage->joinable = !stage->speech; /* unless it was cut */
    send(stage, SR_FINAL);
}

/* Hysteresis: between `release` and `threshold` a frame is what the one before it was. The machine's own voice is
 * nobody's speech. */
static void judge(struct sr_vad_stage *stage, const struct sr_frame *frame, enum sr_speaker speaker) {
    float probability = 0;
    if (stage->backend->feed(stage->vad, frame->samples, &probability) == SARAI_OK)
        stage->voice = probability >= (stage->voice ? stage->opts->release : stage->opts->threshold);
    stage->speech = stage->voice && speaker == SR_SPEAKER_OTHER;
    stage->maybe = (stage->voice || probability >= stage->opts->duck) && speaker != SR_SPEAKER_OWN;
}

static void note_speech(struct sr_vad_stage *stage, const struct sr_frame *frame) {
    const struct sr_turn_machine *machine = &stage->machine;
    const bool first = (machine->state == SR_TURN_LISTEN && !machine->run_ms) ||
                       (machine->state == SR_TURN_DOUBT && !machine->spoken_ms);
    if (stage->last_speech_us < frame->time_us - SR_FRAME_US)
        stage->pause_us = frame->time_us - SR_FRAME_US - stage->last_speech_us;
    stage->last_speech_us = frame->time_us;
    stage->covered = 0;
    if (first && !stage->joinable) {
        stage->onset_us = frame->time_us - SR_FRAME_US;
        stage->speech_ms = 0;
    }
    stage->speech_ms += FRAME_MS;
}

/* Whether those who seem to begin a turn, or to interrupt, are an echo on a way that nobody knew. */
static bool is_own(struct sr_vad_stage *stage) {
    const struct sr_turn_machine *machine = &stage->machine;
    stage->doubt_ms = machine->state == SR_TURN_DOUBT ? stage->doubt_ms + FRAME_MS : 0;
    if (machine->state == SR_TURN_LISTEN)
        return stage->speech && machine->run_ms + FRAME_MS >= stage->turn_opts->onset_ms &&
               sr_aec_recognizes(stage->aec, machine->run_ms + ONSET_MS);
    const bool alike = stage->doubt_ms >= OWN_MS && sr_aec_recognizes(stage->aec, stage->doubt_ms + ONSET_MS);
    stage->alike = alike ? stage->alike + 1 : 0;
    if (stage->alike < ALIKE_FRAMES)
        return false;
    sr_aec_forget_room(stage->aec);
    return true;
}

static struct sr_turn_frame look(struct sr_vad_stage *stage, bool answering) {
    struct sr_flow *flow = stage->flow;
    const struct sr_verdict verdict = sr_verdict_unpack(atomic_load(&flow->verdict));
    const uint32_t epoch = sr_stamp_epoch(sr_epoch_stamp(&flow->epoch));
    const bool of_pause = stage->covered && verdict.serial == stage->covered && verdict.has_over;
    return (struct sr_turn_frame){.speech = stage->speech,
                                  .maybe = stage->maybe,
                                  .own = is_own(stage),
                                  .heard = answering && atomic_load(&flow->audible_epoch) == epoch,
                                  .remark = verdict.serial == stage->probe ? verdict.remark : SR_REMARK_UNKNOWN,
                                  .end_ms = sr_pause_end_ms(&stage->pause, of_pause ? verdict.over : NAN)};
}

static void take(struct sr_vad_stage *stage, struct sr_frame *frame) {
    struct sr_epoch *epoch = &stage->flow->epoch;
    if (frame->flags & SR_FRAME_LOST)
        stage->backend->reset(stage->vad);
    judge(stage, frame, sr_aec_clean(stage->aec, &stage->flow->edges[SR_EDGE_ECHO], frame));
    /* Turns before this one are still being answered. */
    const bool answering = atomic_load(&stage->flow->open_turns) > (stage->turn ? 1 : 0);
    const struct sr_turn_frame input = look(stage, answering);
    const bool may_go_on = stage->joinable && answering && !input.heard && stage->count < JOIN_MAX;
    if (stage->machine.state == SR_TURN_LISTEN && !may_go_on)
        keep_preroll(stage);
    append(stage, frame->samples, SR_FRAME_SAMPLES);
    if (stage->speech)
        note_speech(stage, frame);
    const unsigned actions = sr_turn_feed(&stage->machine, &input);

    if (actions & SR_TURN_DUCK)
        sr_epoch_yield(epoch, SR_YIELD_DUCK);
    if (actions & SR_TURN_HOLD)
        sr_epoch_yield(epoch, SR_YIELD_HOLD);
    if (actions & SR_TURN_RESTORE)
        sr_epoch_yield(epoch, SR_YIELD_NOTHING);
    if (actions & SR_TURN_PROBE)
        send(stage, SR_PROBE);
    if (actions & SR_TURN_OPEN)
        open_turn(stage);
    if ((actions & SR_TURN_OPEN) && !stage->speech)
        sr_pause_begin(&stage->pause, stage->audio, stage->count, stage->machine.silence_ms);
    if ((actions & SR_TURN_RESUME) && stage->turn)
        go_on(stage);
    if ((actions & SR_TURN_PARTIAL) && stage->turn)
        send(stage, SR_PARTIAL);
    if ((actions & SR_TURN_DRAFT) && stage->turn) {
        send(stage, SR_DRAFT);
        sr_pause_begin(&stage->pause, stage->audio, stage->count, stage->machine.silence_ms);
    }
    if (actions & SR_TURN_FINAL)
        finish_turn(stage, frame->time_us);
}

void sr_vad_run(void *arg) {
    struct sr_vad_stage *stage = arg;
    struct sr_frame frame;
    sr_turn_init(&stage->machine, stage->turn_opts, FRAME_MS);
    sr_turn_pace_init(&stage->pause.pace);
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
