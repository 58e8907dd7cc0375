/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Thread 5. Text in, clips out. Each of three queues has a lane that cuts its text into pieces: sentences of the bank,
 * which are there, and clauses, which are synthesized. The most urgent lane hands its next piece to playback, just in
 * time: made so early that no gap is heard, and so late that little was made in vain when the user interrupts. Less
 * urgent text is pre-empted between two pieces and goes on afterwards. Text of an older epoch is dropped, and a clause
 * in the middle of its synthesis is given up; only a `last` passes, for it carries the turn's record.
 */
#include "speech/speech_stage.h"

#include <stdlib.h>
#include <string.h>

#include "audio/resample.h"
#include "base/str.h"
#include "model/paths.h"
#include "speech/bank_pack.h"
#include "speech/join.h"

static int new_split(const struct sr_split_limits *limits, const struct sr_model_opts *models, struct sr_split **out,
                     struct sarai_error *error) {
    char *abbreviations = sr_path_share(models, "es/abbreviations.txt");
    if (!abbreviations)
        return sr_error(error, SARAI_ENOMEM, "speech", "out of memory");
    const int status = sr_split_new(limits, abbreviations, out, error);
    free(abbreviations);
    return status;
}

int sr_speech_split_new(const struct sr_speech_opts *opts, const struct sr_model_opts *models, struct sr_split **out,
                        struct sarai_error *error) {
    const struct sr_split_limits limits = {
        .first_min = opts->first_min_chars, .first_max = opts->first_max_chars, .max = opts->max_clause_chars};
    return new_split(&limits, models, out, error);
}

int sr_speech_sentences_new(const struct sr_model_opts *models, struct sr_split **out, struct sarai_error *error) {
    return new_split(NULL, models, out, error);
}

int sr_speech_pause_ms(const struct sr_speech_opts *opts, enum sr_split_end end) {
    return end == SR_SPLIT_SENTENCE ? opts->pause_ms : end == SR_SPLIT_CLAUSE ? opts->comma_ms : 0;
}

/* ------------------------------------------------------------------------------------------------------- clips -- */

/* Brings the clip to the rate of playback. */
static int at_rate(struct sr_tts_clip *clip, int rate_hz) {
    float *samples = NULL;
    size_t count = 0;
    if (clip->rate_hz == rate_hz || !clip->count)
        return SARAI_OK;
    const int status = sr_resample(clip->samples, clip->count, clip->rate_hz, rate_hz, &samples, &count);
    if (status < 0)
        return status;
    free(clip->samples);
    *clip = (struct sr_tts_clip){.samples = samples, .count = count, .rate_hz = rate_hz};
    return SARAI_OK;
}

static int from_bank(const struct sr_bank_clip *banked, struct sr_tts_clip *clip) {
    *clip = (struct sr_tts_clip){.count = banked->count, .rate_hz = banked->rate_hz};
    clip->samples = malloc(banked->count * sizeof *clip->samples);
    if (!clip->samples)
        return SARAI_ENOMEM;
    sr_bank_unpack(banked->packed, banked->count, clip->samples);
    return SARAI_OK;
}

static bool more_urgent_waits(void *user) {
    const struct sr_speech_stage *stage = user;
    return sr_sched_wanted(stage->sched, stage->urgency);
}

/* Synthesizes with tickets, and notes what it cost. What is urgent, most of all the words of somebody who interrupts,
 * does not wait for a long clause: that is given up, once, and made again. */
static int synthesize(struct sr_speech_stage *stage, const struct sr_lane *lane, struct sr_tts_clip *clip,
                      struct sarai_error *error) {
    struct sr_flow *flow = stage->flow;
    const int pace = atomic_load(&flow->delivery.pace);
    const float speed = stage->voice->speed > 0 ? stage->voice->speed : 1;
    const struct sr_tts_job job = {.text = lane->piece.text,
                                   .voice = atomic_load(&flow->delivery.other) ? stage->other : NULL,
                                   .style = (enum sr_style)lane->style,
                                   .speed = pace == 100 ? 0 : speed * (float)pace / 100,
                                   .clock = flow->clock};
    const struct sr_abort stale = sr_flow_abort(flow, lane->stamp, false);
    struct sr_abort abort = stale;
    stage->urgency = lane->spoke ? SR_TTS_NEXT : SR_TTS_FIRST;
    abort.also = more_urgent_waits;
    abort.user = stage;
    for (;;) {
        if (sr_sched_take(stage->sched, flow->clock, stage->urgency, stage->threads, &stale) < 0)
            return SARAI_ESTALE;
        const int64_t start_us = sr_clock_now_us(flow->clock);
        const int status = sr_voice_synthesize(stage->voice, &job, &abort, clip, error);
        sr_sched_give(stage->sched, stage->threads);
        if (status == SARAI_OK)
            sr_pace_add(&stage->pace, sr_pace_units(job.text), sr_clock_now_us(flow->clock) - start_us,
                        (int64_t)clip->count * 1000000 / clip->rate_hz);
        if (status != SARAI_ESTALE || !abort.also || sr_aborted(&stale))
            return status;
        abort.also = NULL;
    }
}

static void hand_over(struct sr_speech_stage *stage, struct sr_clip *clip) {
    const int64_t now_us = clip->ready_us = sr_clock_now_us(stage->flow->clock);
    const int64_t from_us = stage->ahead_until_us > now_us ? stage->ahead_until_us : now_us;
    stage->ahead_until_us = from_us + (int64_t)clip->count * 1000000 / stage->rate_hz + (int64_t)clip->pause_ms * 1000;
    sr_edge_push(&stage->flow->edges[SR_EDGE_CLIPS], clip);
}

static void speak(struct sr_speech_stage *stage, struct sr_lane *lane) {
    struct sr_flow *flow = stage->flow;
    const struct sr_piece *piece = &lane->piece;
    struct sr_tts_clip clip = {0};
    struct sarai_error error = {0};
    /* the bank has but one pace and one voice */
    const bool banked =
        piece->banked && atomic_load(&flow->delivery.pace) == 100 && !atomic_load(&flow->delivery.other);
    int status = banked ? from_bank(&piece->clip, &clip) : synthesize(stage, lane, &clip, &error);
    if (status == SARAI_OK)
        status = at_rate(&clip, stage->rate_hz);
    if (status < 0 && status != SARAI_ESTALE)
        sr_flow_emit(flow, SR_SPEECH, SARAI_EVENT_WARNING, lane->turn_id,
                     error.text[0] ? error.text : sarai_strerror(status), NULL);
    if (status == SARAI_OK)
        clip.count = sr_join_edges(clip.samples, clip.count, stage->rate_hz, piece->joins);
    if (status < 0 || !clip.count) {
        free(clip.samples);
        return;
    }
    atomic_fetch_add(banked ? &flow->metrics.banked : &flow->metrics.synthesized, 1);
    struct sr_clip message = {.stamp = lane->stamp,
                              .turn_id = lane->turn_id,
                              .samples = clip.samples,
                              .count = clip.count,
                              .overlap = (piece->joins & SR_JOIN_BEHIND) ? sr_join_overlap(stage->rate_hz) : 0,
                              .pause_ms = sr_speech_pause_ms(stage->opts, piece->end),
                              .text = sr_strdup(piece->text)};
    if (!lane->spoke)
        lane->first_clip_us = sr_clock_now_us(flow->clock);
    lane->spoke = true;
    sr_flow_emit(flow, SR_SPEECH, SARAI_EVENT_REPLY, lane->turn_id, piece->text, NULL);
    hand_over(stage, &message);
}

/* A filler is only heard when it is at hand and nothing else was to be said meanwhile. */
static void speak_filler(struct sr_speech_stage *stage, const struct sr_lane *lane, const struct sr_say *say) {
    const struct sr_bank *bank = lane->shelf ? sr_bank_shelf_get(lane->shelf) : NULL;
    struct sr_bank_clip banked;
    struct sr_tts_clip clip = {0};
    if (lane->first_text_us >= 0 || sr_epoch_stale(&stage->flow->epoch, say->stamp) ||
        !sr_bank_find(bank, say->text, say->style, &banked) || from_bank(&banked, &clip) < 0)
        return;
    const double stretch = (double)stage->rate_hz / banked.rate_hz;
    if (at_rate(&clip, stage->rate_hz) < 0) {
        free(clip.samples);
        return;
    }
    struct sr_clip message = {.stamp = say->stamp,
                              .turn_id = say->turn_id,
                              .samples = clip.samples,
                              .count = sr_join_edges(clip.samples, clip.count, stage->rate_hz, 0),
                              .filler = true,
                              .pause_ms = stage->opts->comma_ms};
    for (int i = 0; i < banked.cut_count; i++)
        message.cuts[message.cut_count++] = (size_t)(banked.cuts[i] * stretch);
    atomic_fetch_add(&stage->flow->metrics.fillers, 1);
    hand_over(stage, &message);
}

/* ------------------------------------------------------------------------------------------------------- turns -- */

static void end_turn(struct sr_speech_stage *stage, int queue) {
    struct sr_lane *lane = &stage->lanes[queue];
    struct sr_clip message = {.stamp = lane->stamp, .turn_id = lane->turn_id, .last = true, .turn = lane->last.turn};
    if (message.turn) {
        message.turn->first_text_us = lane->first_text_us;
        message.turn->first_clip_us = lane->first_clip_us;
    }
    lane->last.turn = NULL;
    sr_say_deinit(&lane->last);
    sr_lane_begin(lane, 0, 0);
    sr_priority_done(&stage->priority, queue);
    sr_edge_push(&stage->flow->edges[SR_EDGE_CLIPS], &message);
}

static void take(struct sr_speech_stage *stage, struct sr_lane *lane, struct sr_say *say) {
    struct sr_flow *flow = stage->flow;
    if (say->stamp != lane->stamp || say->turn_id != lane->turn_id) {
        if (sr_stamp_epoch(say->stamp) != stage->epoch)
            stage->ahead_until_us = 0; /* what was made for another epoch is not heard */
        stage->epoch = sr_stamp_epoch(say->stamp);
        sr_lane_begin(lane, say->stamp, say->turn_id);
        lane->queued_us = say->queued_us;
        sr_histogram_add(&flow->metrics.say_wait, sr_clock_now_us(flow->clock) - say->queued_us);
    }
    if (say->filler) {
        speak_filler(stage, lane, say);
    } else if (!sr_epoch_stale(&flow->epoch, say->stamp)) {
        if (say->text && lane->first_text_us < 0)
            lane->first_text_us = sr_clock_now_us(flow->clock);
        sr_lane_feed(lane, say->text, say->style, say->flush || say->last);
    }
    if (say->last) {
        lane->ended = true;
        lane->last = *say;
    } else {
        sr_say_deinit(say);
    }
}

static struct sr_edge *edge_of(struct sr_speech_stage *stage, int queue) {
    static const enum sr_edge_name edges[] = {SR_EDGE_SAY_HIGH, SR_EDGE_SAY_NORMAL, SR_EDGE_SAY_LOW};
    return &stage->flow->edges[edges[queue]];
}

/* Sound that was handed over and not yet heard. */
static int64_t ahead_us(const struct sr_speech_stage *stage) {
    const int64_t now_us = sr_clock_now_us(stage->flow->clock);
    return stage->ahead_until_us > now_us ? stage->ahead_until_us - now_us : 0;
}

static bool is_ready(const struct sr_speech_stage *stage, struct sr_lane *lane) {
    return sr_lane_ready(lane, ahead_us(stage));
}

/* What is stale goes first, so that the `last` of an old turn never comes behind the text of a new one. The queues are
 * looked at from the most to the least urgent and only then for stale text: the brain pushes an old `last` before
 * anything new, so whoever sees the new one also sees that. */
static int choose(struct sr_speech_stage *stage) {
    struct sr_flow *flow = stage->flow;
    int64_t queued_us[SR_PRIORITIES];
    bool open = false; /* a more urgent turn waits for its text */
    for (int i = 0; i < SR_PRIORITIES; i++) {
        struct sr_lane *lane = &stage->lanes[i];
        const struct sr_say *head = sr_ring_peek(&edge_of(stage, i)->ring);
        const bool waits = head || lane->ended || is_ready(stage, lane);
        queued_us[i] = !waits || open ? -1 : lane->stamp ? lane->queued_us : head->queued_us;
        open = open || lane->stamp;
    }
    for (int i = 0; i < SR_PRIORITIES; i++) {
        struct sr_lane *lane = &stage->lanes[i];
        const struct sr_say *head = sr_ring_peek(&edge_of(stage, i)->ring);
        const sr_stamp stamp = lane->stamp ? lane->stamp : head ? head->stamp : 0;
        const bool ready = is_ready(stage, lane);
        if (!ready && (lane->ended || (lane->stamp && head && head->last && !head->text)))
            return i; /* its record is all that is left */
        if (stamp && sr_epoch_stale(&flow->epoch, stamp) && (head || ready))
            return i;
    }
    const struct sr_priority_choice choice =
        sr_priority_choose(&stage->priority, queued_us, sr_clock_now_us(flow->clock));
    if (choice.preempts)
        atomic_fetch_add(&flow->metrics.preemptions, 1);
    return choice.queue;
}

/* How long the piece may still wait. */
static int64_t wait_us(struct sr_speech_stage *stage, const struct sr_lane *lane) {
    struct sr_flow *flow = stage->flow;
    const int64_t now_us = sr_clock_now_us(flow->clock);
    const struct sr_pace_answer answer = {
        .sentences_left = lane->sentences_left,
        .yield = sr_epoch_yielded(&flow->epoch),
        .ahead_us = ahead_us(stage),
        .clips_ahead = (int)sr_ring_depth(&flow->edges[SR_EDGE_CLIPS].ring),
    };
    if (answer.yield == SR_YIELD_HOLD && stage->looked_us > 0 && answer.ahead_us)
        stage->ahead_until_us += now_us - stage->looked_us; /* nothing was heard meanwhile */
    stage->looked_us = now_us;
    return sr_pace_wait_us(&stage->pace, lane->piece.banked ? 0 : sr_pace_units(lane->piece.text), &answer);
}

/* Does the next thing there is to do; false: nothing before `*until_us`. */
static bool step(struct sr_speech_stage *stage, int64_t *until_us) {
    struct sr_flow *flow = stage->flow;
    const int queue = choose(stage);
    struct sr_say say;
    if (queue < 0)
        return false;
    struct sr_lane *lane = &stage->lanes[queue];
    if (lane->stamp && is_ready(stage, lane)) {
        if (!sr_epoch_stale(&flow->epoch, lane->stamp)) {
            const int64_t wait = wait_us(stage, lane);
            *until_us = sr_clock_now_us(flow->clock) + wait;
            if (wait > 0)
                return false;
            speak(stage, lane);
        }
        sr_lane_drop(lane);
    } else if (lane->ended) {
        end_turn(stage, queue);
    } else if (sr_edge_pop(edge_of(stage, queue), &say)) {
        take(stage, lane, &say);
    }
    return true;
}

void sr_speech_run(void *arg) {
    struct sr_speech_stage *stage = arg;
    struct sr_flow *flow = stage->flow;
    while (!sr_flow_stopping(flow)) {
        int64_t until_us = sr_clock_now_us(flow->clock) + 1000000;
        if (!step(stage, &until_us))
            sr_flow_wait(flow, SR_SPEECH, until_us);
    }
}

int sr_speech_stage_init(struct sr_speech_stage *stage, const struct sr_model_opts *models,
                         const struct sr_bank_shelf *shelf, struct sarai_error *error) {
    int status = SARAI_OK;
    for (int i = 0; i < SR_PRIORITIES && status >= 0; i++) {
        struct sr_lane *lane = &stage->lanes[i];
        lane->shelf = shelf;
        lane->pace = &stage->pace;
        status = sr_speech_split_new(stage->opts, models, &lane->clauses, error);
        if (status >= 0)
            status = sr_speech_sentences_new(models, &lane->sentences, error);
        if (status >= 0)
            sr_lane_begin(lane, 0, 0);
    }
    return status;
}

void sr_speech_stage_deinit(struct sr_speech_stage *stage) {
    for (int i = 0; i < SR_PRIORITIES; i++)
        sr_lane_deinit(&stage->lanes[i]);
}
