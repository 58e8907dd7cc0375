/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Thread 5. Text in, clips out: takes the most urgent text, cuts it into clauses, synthesizes each and hands it to
 * playback, whose queue of three clips is what paces it: one is heard while the next ones are made. Text of an older
 * epoch is dropped, and a clause in the middle of its synthesis is given up; only a `last` passes, for it carries the
 * turn's record.
 */
#include "speech/speech_stage.h"

#include <stdlib.h>
#include <string.h>

#include "audio/resample.h"
#include "base/str.h"
#include "model/paths.h"

int sr_speech_split_new(const struct sr_speech_opts *opts, const struct sr_model_opts *models, struct sr_split **out,
                        struct sarai_error *error) {
    const struct sr_split_limits limits = {
        .first_min = opts->first_min_chars, .first_max = opts->first_max_chars, .max = opts->max_clause_chars};
    char *abbreviations = sr_path_share(models, "es/abbreviations.txt");
    if (!abbreviations)
        return sr_error(error, SARAI_ENOMEM, "speech", "out of memory");
    const int status = sr_split_new(&limits, abbreviations, out, error);
    free(abbreviations);
    return status;
}

int sr_speech_pause_ms(const struct sr_speech_opts *opts, enum sr_split_end end) {
    return end == SR_SPLIT_SENTENCE ? opts->pause_ms : end == SR_SPLIT_CLAUSE ? opts->comma_ms : 0;
}

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

static enum sr_urgency urgency(const struct sr_speech_stage *stage) {
    return stage->first ? SR_TTS_FIRST : SR_TTS_NEXT;
}

static bool more_urgent_waits(void *user) {
    const struct sr_speech_stage *stage = user;
    return sr_sched_wanted(stage->sched, urgency(stage));
}

/* Synthesizes with tickets. What is urgent, most of all the words of somebody who interrupts, does not wait for a long
 * clause: that is given up, once, and made again. */
static int synthesize(struct sr_speech_stage *stage, const struct sr_tts_job *job, struct sr_tts_clip *clip,
                      struct sarai_error *error) {
    struct sr_flow *flow = stage->flow;
    const struct sr_abort stale = sr_flow_abort(flow, stage->stamp, false);
    struct sr_abort abort = stale;
    abort.also = more_urgent_waits;
    abort.user = stage;
    for (;;) {
        if (sr_sched_take(stage->sched, flow->clock, urgency(stage), stage->threads, &stale) < 0)
            return SARAI_ESTALE;
        const int status = sr_voice_synthesize(stage->voice, job, &abort, clip, error);
        sr_sched_give(stage->sched, stage->threads);
        if (status != SARAI_ESTALE || !abort.also || sr_aborted(&stale))
            return status;
        abort.also = NULL;
    }
}

static void speak(struct sr_speech_stage *stage, const char *text, enum sr_split_end end) {
    struct sr_flow *flow = stage->flow;
    const struct sr_tts_job job = {.text = text, .clock = flow->clock};
    struct sr_tts_clip clip = {0};
    struct sarai_error error = {0};
    int status = synthesize(stage, &job, &clip, &error);
    if (status == SARAI_OK)
        status = at_rate(&clip, stage->rate_hz);
    if (status < 0 && status != SARAI_ESTALE)
        sr_flow_emit(flow, SR_SPEECH, SARAI_EVENT_WARNING, stage->turn_id,
                     error.text[0] ? error.text : sarai_strerror(status), NULL);
    if (status < 0 || !clip.count) {
        free(clip.samples);
        return;
    }
    struct sr_clip message = {.stamp = stage->stamp,
                              .turn_id = stage->turn_id,
                              .samples = clip.samples,
                              .count = clip.count,
                              .pause_ms = sr_speech_pause_ms(stage->opts, end),
                              .text = sr_strdup(text),
                              .ready_us = sr_clock_now_us(flow->clock)};
    if (stage->first)
        stage->first_clip_us = message.ready_us;
    stage->first = false;
    sr_flow_emit(flow, SR_SPEECH, SARAI_EVENT_REPLY, stage->turn_id, text, NULL);
    sr_edge_push(&flow->edges[SR_EDGE_CLIPS], &message);
}

static void begin(struct sr_speech_stage *stage, sr_stamp stamp, uint32_t turn_id) {
    sr_split_reset(stage->split);
    stage->stamp = stamp;
    stage->turn_id = turn_id;
    stage->first = true;
    stage->first_clip_us = stage->first_text_us = -1;
}

static void pass_last(struct sr_speech_stage *stage, struct sr_say *say) {
    struct sr_clip message = {.stamp = say->stamp, .turn_id = say->turn_id, .last = true, .turn = say->turn};
    if (say->turn) {
        say->turn->first_text_us = stage->first_text_us;
        say->turn->first_clip_us = stage->first_clip_us;
    }
    say->turn = NULL;
    sr_edge_push(&stage->flow->edges[SR_EDGE_CLIPS], &message);
}

static void take(struct sr_speech_stage *stage, struct sr_say *say) {
    struct sr_flow *flow = stage->flow;
    if (say->stamp != stage->stamp)
        begin(stage, say->stamp, say->turn_id);
    if (say->text && !sr_epoch_stale(&flow->epoch, say->stamp)) {
        if (stage->first_text_us < 0)
            stage->first_text_us = sr_clock_now_us(flow->clock);
        sr_split_feed(stage->split, say->text, strlen(say->text));
    }
    if (say->flush || say->last)
        sr_split_flush(stage->split);
    const char *text;
    enum sr_split_end end;
    while (!sr_epoch_stale(&flow->epoch, say->stamp) && !sr_flow_stopping(flow) &&
           sr_split_next(stage->split, &text, &end) > 0)
        speak(stage, text, end);
    if (say->last) {
        pass_last(stage, say);
        begin(stage, 0, 0);
    }
}

/* The next text: the most urgent one, after whatever is stale, so that the `last` of an old turn never comes behind the
 * text of a new one. The queues are looked at from the most to the least urgent and only then for stale text: the brain
 * pushes an old `last` before anything new, so whoever sees the new one also sees that. */
static bool pop_next(struct sr_speech_stage *stage, struct sr_say *say) {
    static const enum sr_edge_name by_urgency[] = {SR_EDGE_SAY_HIGH, SR_EDGE_SAY_NORMAL, SR_EDGE_SAY_LOW};
    struct sr_edge *edges = stage->flow->edges, *chosen = NULL;
    for (int i = 0; i < 3 && !chosen; i++)
        if (sr_ring_peek(&edges[by_urgency[i]].ring))
            chosen = &edges[by_urgency[i]];
    for (int i = 0; i < 3; i++) {
        const struct sr_say *head = sr_ring_peek(&edges[by_urgency[i]].ring);
        if (head && sr_epoch_stale(&stage->flow->epoch, head->stamp))
            chosen = &edges[by_urgency[i]];
    }
    return chosen && sr_edge_pop(chosen, say);
}

void sr_speech_run(void *arg) {
    struct sr_speech_stage *stage = arg;
    struct sr_flow *flow = stage->flow;
    struct sr_say say;
    begin(stage, 0, 0);
    while (!sr_flow_stopping(flow)) {
        if (pop_next(stage, &say)) {
            take(stage, &say);
            sr_say_deinit(&say);
        } else {
            sr_flow_wait(flow, SR_SPEECH, sr_clock_now_us(flow->clock) + 1000000);
        }
    }
}
