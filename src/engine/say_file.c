/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "audio/resample.h"
#include "audio/wav.h"
#include "engine/engine.h"
#include "speech/join.h"

struct speaker {
    struct sarai_engine *engine;
    const char *voice;
    float speed;
    struct sr_wav *wav;
    const char *path;
    int64_t start_us, synth_us, samples;
    bool joined; /* the clause before this one goes on in it */
    struct sarai_speech result;
};

static int write_silence(struct speaker *s, int ms) {
    const float silence[256] = {0};
    const size_t rate = (size_t)s->engine->config->playback.rate_hz;
    int status = SARAI_OK;
    for (size_t left = rate * (size_t)ms / 1000; left && status >= 0;) {
        const size_t count = left < 256 ? left : 256;
        status = sr_wav_write(s->wav, silence, count);
        s->samples += (int64_t)count;
        left -= count;
    }
    return status;
}

static int speak(struct speaker *s, const char *text, enum sr_split_end end, struct sarai_error *error) {
    const struct sarai_config *config = s->engine->config;
    const struct sr_tts_job job = {.text = text, .voice = s->voice, .speed = s->speed};
    struct sr_tts_clip clip = {0};
    float *samples = NULL;
    size_t count = 0;
    const int64_t before_us = sr_clock_now_us(s->engine->clock);
    int status = sr_sched_take(s->engine->sched, s->engine->clock, SR_TTS_NEXT, config->tts.threads, NULL);
    if (status < 0)
        return status;
    status = sr_voice_synthesize(&s->engine->voice, &job, NULL, &clip, error);
    sr_sched_give(s->engine->sched, config->tts.threads);
    const int64_t now_us = sr_clock_now_us(s->engine->clock);
    s->synth_us += now_us - before_us;
    const unsigned joins = (s->joined ? SR_JOIN_BEFORE : 0) | (end == SR_SPLIT_JOINT ? SR_JOIN_BEHIND : 0);
    s->joined = end == SR_SPLIT_JOINT;
    if (status >= 0)
        clip.count = sr_join_edges(clip.samples, clip.count, clip.rate_hz, joins);
    if (status >= 0 && clip.count)
        status = sr_resample(clip.samples, clip.count, clip.rate_hz, config->playback.rate_hz, &samples, &count);
    if (status >= 0 && count) {
        if (!s->samples)
            s->result.first_audio_ms = (double)(now_us - s->start_us) / 1000;
        s->samples += (int64_t)count;
        status = sr_wav_write(s->wav, samples, count);
        if (status >= 0)
            status = write_silence(s, sr_speech_pause_ms(&config->speech, end));
        if (status < 0)
            sr_error(error, status, s->path, "can't write the sound: is the disk full?");
    }
    free(clip.samples);
    free(samples);
    return status;
}

int sarai_say_file(struct sarai_engine *engine, const char *text, const char *voice, double speed, const char *path,
                   struct sarai_speech *result, struct sarai_error *error) {
    struct sr_split *split = NULL;
    struct speaker s = {.engine = engine,
                        .voice = voice,
                        .speed = (float)speed,
                        .path = path,
                        .start_us = sr_clock_now_us(engine->clock)};
    if (!engine->voice.tts && !engine->voice.fallback)
        return sr_error(error, SARAI_EUSAGE, path, "needs an engine made with SARAI_USE_TTS");
    int status = sr_wav_create(path, engine->config->playback.rate_hz, 1, &s.wav, error);
    if (status >= 0)
        status = sr_speech_split_new(&engine->config->speech, &engine->config->model, &split, error);
    if (status >= 0)
        status = sr_split_feed(split, text, strlen(text));
    if (status >= 0)
        sr_split_flush(split);
    const char *clause;
    enum sr_split_end end;
    while (status >= 0 && sr_split_next(split, &clause, &end) > 0)
        status = speak(&s, clause, end, error);
    if (status >= 0 && !s.samples)
        status = sr_error(error, SARAI_EINPUT, "text", "holds nothing that can be read aloud");
    if (status >= 0) {
        status = sr_wav_commit(s.wav, error);
        s.wav = NULL;
    }
    sr_wav_abandon(s.wav);
    sr_split_free(split);
    if (status >= 0 && result) {
        s.result.rate_hz = engine->config->playback.rate_hz;
        s.result.audio_s = (double)s.samples / s.result.rate_hz;
        s.result.synth_s = (double)s.synth_us / 1e6;
        *result = s.result;
    }
    return status;
}
