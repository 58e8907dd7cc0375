/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A session: the flow, six stages (and the language model's thread), and the application's end of the event queues.
 * Everything is made before the first thread starts and freed after the last has ended.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/bank.h"
#include "engine/session.h"

static int open_input(struct sarai_session *s, struct sarai_error *error) {
    const struct sarai_config *config = s->engine->config;
    s->capture = (struct sr_capture_stage){.flow = s->flow, .backend = sr_find_capture(config->capture.backend)};
    if (!s->capture.backend)
        return sr_error(error, SARAI_EUSAGE, "capture.backend", "there is no backend '%s'", config->capture.backend);
    int status = s->capture.backend->open(&config->capture, s->clock, &s->capture.capture, error);
    if (status < 0)
        return status;
    s->vad = (struct sr_vad_stage){.flow = s->flow,
                                   .opts = &config->vad,
                                   .turn_opts = &config->turn,
                                   .backend = s->engine->vad_backend,
                                   .pause = {.opts = &config->turn, .end = s->engine->turn_end}};
    if (s->engine->smart_turn)
        status = sr_smart_turn_open(s->engine->smart_turn, &s->vad.pause.smart, error);
    if (status >= 0)
        status = s->vad.backend->open(s->engine->vad, &s->vad.vad, error);
    if (status < 0)
        return status;
    if (sr_aec_wanted(&config->aec, config->capture.backend, config->playback.backend) &&
        (status = sr_aec_open(&config->aec, &s->vad.aec, error)) < 0)
        return status;
    s->stt = (struct sr_stt_stage){.flow = s->flow,
                                   .sched = s->engine->sched,
                                   .backend = s->engine->stt_backend,
                                   .threads = config->stt.threads,
                                   .remarks = s->engine->remarks,
                                   .end = s->engine->turn_end,
                                   .end_language = config->brain.language,
                                   .embed = s->engine->embed};
    if (s->engine->talk.other && strcmp(config->stt.language, "auto") != 0) {
        s->stt.languages[0] = config->stt.language;
        s->stt.languages[1] = config->brain.other;
    }
    return s->stt.backend->open(s->engine->stt, &config->stt, s->clock, &s->stt.stt, error);
}

static int open_output(struct sarai_session *s, const char *path, struct sarai_error *error) {
    const struct sarai_config *config = s->engine->config;
    s->brain = (struct sr_brain_stage){.flow = s->flow,
                                       .talk = &s->engine->talk,
                                       .follow = strcmp(config->stt.language, "auto") == 0,
                                       .history = {.bytes_max = (size_t)config->llm.context}};
    sr_context_init(&s->brain.context, s->clock, &s->flow->delivery);
    s->llm = (struct sr_llm_stage){.flow = s->flow,
                                   .brain = &s->engine->brain,
                                   .other = s->engine->talk.other ? &s->engine->other_brain : NULL,
                                   .opts = &config->llm};
    s->speech = (struct sr_speech_stage){.flow = s->flow,
                                         .sched = s->engine->sched,
                                         .opts = &config->speech,
                                         .voice = &s->engine->voice,
                                         .other = config->tts.other,
                                         .rate_hz = config->playback.rate_hz,
                                         .threads = config->tts.threads};
    int status = sr_speech_stage_init(&s->speech, &config->model, &s->engine->bank, error);
    if (status < 0)
        return status;
    s->playback = (struct sr_playback_stage){
        .flow = s->flow, .opts = &config->playback, .backend = sr_find_playback(config->playback.backend)};
    if (!s->playback.backend)
        return sr_error(error, SARAI_EUSAGE, "playback.backend", "there is no backend '%s'", config->playback.backend);
    if (s->vad.aec && (status = sr_resampler_new(config->playback.rate_hz, SR_RATE_HZ, &s->playback.echo)) < 0)
        return sr_error(error, status, "playback", "%s", sarai_strerror(status));
    status = s->playback.backend->open(&config->playback, path, s->clock, &s->playback.playback, error);
    if (status >= 0 && s->playback.backend->wake)
        sr_epoch_watch(&s->flow->epoch, s->playback.backend->wake(s->playback.playback));
    return status;
}

static int start_threads(struct sarai_session *s) {
    static const char *const names[SR_APP] = {
        [SR_CAPTURE] = "sarai-capture",  [SR_VAD] = "sarai-vad", [SR_STT] = "sarai-stt",
        [SR_BRAIN] = "sarai-brain",      [SR_LLM] = "sarai-llm", [SR_SPEECH] = "sarai-speech",
        [SR_PLAYBACK] = "sarai-playback"};
    void (*const runs[SR_APP])(void *) = {
        [SR_CAPTURE] = sr_capture_run,  [SR_VAD] = sr_vad_run, [SR_STT] = sr_stt_run,
        [SR_BRAIN] = sr_brain_run,      [SR_LLM] = sr_llm_run, [SR_SPEECH] = sr_speech_run,
        [SR_PLAYBACK] = sr_playback_run};
    void *const stages[SR_APP] = {
        [SR_CAPTURE] = &s->capture, [SR_VAD] = &s->vad,       [SR_STT] = &s->stt,          [SR_BRAIN] = &s->brain,
        [SR_LLM] = &s->llm,         [SR_SPEECH] = &s->speech, [SR_PLAYBACK] = &s->playback};
    for (int i = 0; i < SR_APP; i++) {
        if (i == SR_LLM && !s->engine->brain.llm)
            continue;
        const int status = sr_thread_start(&s->threads[i], s->clock, names[i], runs[i], stages[i]);
        if (status < 0)
            return status;
    }
    return SARAI_OK;
}

int sarai_session_new(struct sarai_engine *engine, const struct sarai_session_options *options,
                      struct sarai_session **out, struct sarai_error *error) {
    const struct sarai_session_options none = {.struct_size = sizeof none};
    if (!options)
        options = &none;
    if (options->struct_size < sizeof none)
        return sr_error(error, SARAI_EUSAGE, "session", "set options.struct_size = sizeof options");
    if (!engine->vad || !engine->stt || !engine->brain.templates || (!engine->voice.tts && !engine->voice.fallback))
        return sr_error(error, SARAI_EUSAGE, "session", "a session needs an engine made with SARAI_USE_ALL");
    struct sarai_session *s = aligned_alloc(SR_CACHE_LINE, sizeof *s + SR_CACHE_LINE - sizeof *s % SR_CACHE_LINE);
    if (!s)
        return sr_error(error, SARAI_ENOMEM, "session", "out of memory");
    memset(s, 0, sizeof *s);
    s->engine = engine;
    pthread_mutex_init(&s->order_lock, NULL);
    int status = sr_clock_new(options->virtual_time, &s->clock);
    if (status >= 0)
        status = sr_flow_new(s->clock, &engine->config->log, &s->flow);
    if (status < 0) {
        sr_error(error, status, "session", "%s", sarai_strerror(status));
        goto out;
    }
    if ((status = open_input(s, error)) < 0 || (status = open_output(s, options->playback_path, error)) < 0)
        goto out;
    if ((status = sr_clock_join(s->clock)) >= 0) {
        s->joined = true;
        status = start_threads(s);
    }
    if (status < 0)
        sr_error(error, status, "session", "can't start the threads: %s", sarai_strerror(status));
    else if (!options->virtual_time)
        sr_engine_bank_start(engine);
out:
    if (status < 0)
        sarai_session_free(s);
    else
        *out = s;
    return status;
}

void sarai_session_free(struct sarai_session *s) {
    sarai_session_close(s, NULL);
}

int64_t sr_session_stop(struct sarai_session *s) {
    const int64_t start_us = sr_clock_now_us(s->clock);
    sr_flow_stop(s->flow);
    for (int i = 0; i < SR_APP; i++)
        sr_thread_join(&s->threads[i]);
    return sr_clock_now_us(s->clock) - start_us;
}

int sarai_session_close(struct sarai_session *s, struct sarai_error *error) {
    int status = SARAI_OK;
    if (!s)
        return status;
    if (s->flow)
        sr_session_stop(s);
    if (s->joined)
        sr_clock_leave(s->clock);
    if (s->capture.capture)
        s->capture.backend->close(s->capture.capture);
    if (s->vad.vad)
        s->vad.backend->close(s->vad.vad);
    sr_smart_turn_close(s->vad.pause.smart);
    sr_vad_stage_deinit(&s->vad);
    sr_aec_close(s->vad.aec);
    if (s->stt.stt)
        s->stt.backend->close(s->stt.stt);
    sr_stt_stage_deinit(&s->stt);
    sr_brain_stage_deinit(&s->brain);
    sr_brain_leave(&s->engine->brain, s->flow);
    sr_speech_stage_deinit(&s->speech);
    sr_playback_stage_deinit(&s->playback);
    sr_resampler_free(s->playback.echo);
    if (s->playback.playback)
        status = s->playback.backend->close(s->playback.playback, error);
    sr_flow_free(s->flow);
    sr_clock_free(s->clock);
    pthread_mutex_destroy(&s->order_lock);
    free(s);
    return status;
}

/* ------------------------------------------------------------------------------------------------------- events -- */

/* The oldest event of all queues; events of one stage keep their order. */
static bool pop_event(struct sr_flow *flow, struct sarai_event *event) {
    struct sr_edge *oldest = NULL;
    int64_t oldest_us = INT64_MAX;
    for (int i = SR_EDGE_CAPTURE_EVENTS; i <= SR_EDGE_PLAYBACK_EVENTS; i++) {
        const struct sarai_event *head = sr_ring_peek(&flow->edges[i].ring);
        if (head && head->time_us < oldest_us) {
            oldest = &flow->edges[i];
            oldest_us = head->time_us;
        }
    }
    return oldest && sr_edge_pop(oldest, event);
}

int sarai_session_next_event(struct sarai_session *s, struct sarai_event *event, int timeout_ms) {
    const int64_t deadline_us = sr_clock_now_us(s->clock) + (int64_t)timeout_ms * 1000;
    while (!pop_event(s->flow, event)) {
        if (sr_flow_stopping(s->flow))
            return SARAI_ECLOSED;
        if (sr_clock_now_us(s->clock) >= deadline_us)
            return 0;
        sr_event_wait(&s->flow->wakes[SR_APP], deadline_us);
    }
    return 1;
}

/* ------------------------------------------------------------------------------------------------------ control -- */

int sarai_session_hear_file(struct sarai_session *s, const char *path, struct sarai_error *error) {
    if (!s->capture.backend->hear_file)
        return sr_error(error, SARAI_EUNSUPPORTED, path, "capture backend '%s' plays no files",
                        s->capture.backend->name);
    return s->capture.backend->hear_file(s->capture.capture, path, error);
}

int sarai_session_push_audio(struct sarai_session *s, const float *samples, size_t frames, int rate_hz, int channels) {
    if (!s->capture.backend->push)
        return SARAI_EUNSUPPORTED;
    return s->capture.backend->push(s->capture.capture, samples, frames, rate_hz, channels);
}

int64_t sarai_session_pull_audio(struct sarai_session *s, float *samples, size_t count, int timeout_ms) {
    if (!s->playback.backend->pull)
        return SARAI_EUNSUPPORTED;
    return s->playback.backend->pull(s->playback.playback, samples, count, timeout_ms);
}

int sarai_session_say(struct sarai_session *s, enum sarai_priority priority, const char *text) {
    struct sr_flow *flow = s->flow;
    struct sr_order order = {.priority = priority, .text = sr_strdup(text)};
    if (!order.text)
        return SARAI_ENOMEM;
    pthread_mutex_lock(&s->order_lock);
    order.stamp = priority == SARAI_PRIORITY_HIGH ? sr_epoch_open(&flow->epoch) : sr_epoch_stamp(&flow->epoch);
    atomic_fetch_add(&flow->open_turns, 1);
    const int status = sr_edge_push(&flow->edges[SR_EDGE_ORDERS], &order);
    if (status < 0)
        atomic_fetch_sub(&flow->open_turns, 1);
    pthread_mutex_unlock(&s->order_lock);
    return status;
}

void sarai_session_interrupt(struct sarai_session *s) {
    atomic_store(&s->flow->hushed_epoch, sr_stamp_epoch(sr_epoch_stamp(&s->flow->epoch)) + 1);
    sr_epoch_open(&s->flow->epoch);
}

int64_t sarai_session_now_us(const struct sarai_session *s) {
    return sr_clock_now_us(s->clock);
}

char *sarai_session_metrics(const struct sarai_session *s) {
    struct sr_str out = {0};
    sr_flow_print_metrics(s->flow, &out);
    if (s->capture.backend->dropped)
        sr_counter_print(s->capture.backend->dropped(s->capture.capture), "capture_dropped_samples_total",
                         "Pushed sound that found no room.", &out);
    if (s->playback.backend->dropped)
        sr_counter_print(s->playback.backend->dropped(s->playback.playback), "playback_dropped_samples_total",
                         "Sound that nobody pulled in time.", &out);
    return sr_str_take(&out);
}

bool sarai_session_busy(const struct sarai_session *s) {
    return atomic_load(&s->flow->open_turns) > 0;
}
