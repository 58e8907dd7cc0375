/* SPDX-License-Identifier: Apache-2.0 */
#include "speech/voice.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audio/level.h"
#include "base/hash.h"
#include "base/str.h"
#include "speech/phonemes.h"

#define PEAK_DB -1.0f
#define SILENCE_DB 40.0f /* below the speech nothing is heard */
#define LEAST_DB -70.0f  /* no clip is speech that is softer */
#define KEEP_BEFORE_MS 15
#define KEEP_BEHIND_MS 30

static char *table_in(const char *folder, const char *language) {
    return sr_asprintf("%s/%s/styles.tsv", folder, language);
}

static int load_cues(struct sr_voice *voice, const char *folder, struct sarai_error *error) {
    char *spanish = table_in(folder, "es"), *english = table_in(folder, "en");
    int status = spanish && english ? SARAI_OK : sr_error(error, SARAI_ENOMEM, "tts", "out of memory");
    if (status == SARAI_OK)
        status = sr_style_cues_load(spanish, &voice->spanish_cues, error);
    if (status == SARAI_OK)
        status = sr_style_cues_load(english, &voice->english_cues, error);
    free(spanish);
    free(english);
    return status;
}

int sr_voice_init(struct sr_voice *voice, const struct sr_tts_opts *opts, const char *folder,
                  struct sarai_error *error) {
    voice->name = opts->voice;
    voice->language = opts->language;
    voice->speed = opts->speed;
    voice->loudness_db = opts->loudness_db;
    int status = sr_style_find(opts->style, &voice->style, error);
    if (status == SARAI_OK)
        status = sr_normalizer_new(folder, "es", &voice->spanish, error);
    if (status == SARAI_OK)
        status = sr_normalizer_new(folder, "en", &voice->english, error);
    return status < 0 ? status : load_cues(voice, folder, error);
}

void sr_voice_deinit(struct sr_voice *voice) {
    if (voice->tts)
        voice->backend->close(voice->tts);
    if (voice->fallback)
        voice->fallback_backend->close(voice->fallback);
    sr_normalizer_free(voice->spanish);
    sr_normalizer_free(voice->english);
    sr_style_cues_free(voice->spanish_cues);
    sr_style_cues_free(voice->english_cues);
    *voice = (struct sr_voice){0};
}

/* ----------------------------------------------------------------------------------------------------- reading -- */

/* Begins with "es" or "en" when it is that. Piper's voices have names like "es_ES-davefx-medium". */
static const char *language_of(const struct sr_voice *voice, const struct sr_tts_job *job) {
    const char *name = job->voice && job->voice[0] ? job->voice : voice->name;
    if (voice->language && voice->language[0])
        return voice->language;
    if (!name)
        return "";
    const char *language = sr_espeak_language_of(name), *folder_end = strrchr(name, '/');
    return language ? language : folder_end ? folder_end + 1 : name;
}

/* The text as it is spoken. A sign at its end that became part of a word, as in "etc.", is put back: it is what the
 * voice falls at. */
static int to_spoken(const struct sr_normalizer *normalizer, const char *text, struct sr_str *spoken) {
    const size_t len = strlen(text);
    if (!normalizer || !len)
        sr_str_add(spoken, text, len);
    else if (sr_normalize(normalizer, text, len, spoken) < 0)
        return SARAI_ENOMEM;
    const char last = len ? text[len - 1] : '\0';
    if (spoken->len && last && strchr(".,;:?!", last) && spoken->data[spoken->len - 1] != last)
        sr_str_addc(spoken, last);
    return spoken->failed ? SARAI_ENOMEM : SARAI_OK;
}

/* ----------------------------------------------------------------------------------------------------- finishing -- */

static void trim(struct sr_tts_clip *clip, float silence_db) {
    const size_t before = (size_t)clip->rate_hz * KEEP_BEFORE_MS / 1000;
    const size_t behind = (size_t)clip->rate_hz * KEEP_BEHIND_MS / 1000;
    size_t first = 0, last = clip->count;
    sr_level_trim(clip->samples, clip->rate_hz, silence_db, &first, &last);
    if (first < last) {
        first -= first < before ? first : before;
        last += clip->count - last < behind ? clip->count - last : behind;
        memmove(clip->samples, clip->samples + first, (last - first) * sizeof *clip->samples);
    }
    clip->count = last - first;
}

void sr_voice_finish(struct sr_tts_clip *clip, float loudness_db) {
    trim(clip, fmaxf(sr_level_loudness_db(clip->samples, clip->count, clip->rate_hz), LEAST_DB) - SILENCE_DB);
    if (!clip->count) {
        free(clip->samples);
        clip->samples = NULL;
        return;
    }
    const float spoken_db = sr_level_loudness_db(clip->samples, clip->count, clip->rate_hz);
    if (loudness_db != 0 && spoken_db > LEAST_DB) {
        const float room_db = PEAK_DB - sr_level_true_peak_db(clip->samples, clip->count);
        const float gain = powf(10, fminf(loudness_db - spoken_db, room_db) / 20);
        for (size_t i = 0; i < clip->count; i++)
            clip->samples[i] *= gain;
    }
}

/* -------------------------------------------------------------------------------------------------- synthesizing -- */

/* The job with its text as it is spoken and its style chosen. */
static int read_job(const struct sr_voice *voice, const struct sr_tts_job *job, struct sr_str *spoken,
                    struct sr_tts_job *read, struct sarai_error *error) {
    const char *language = language_of(voice, job);
    const bool spanish = strncmp(language, "es", 2) == 0, english = strncmp(language, "en", 2) == 0;
    const struct sr_style_cues *cues = spanish ? voice->spanish_cues : english ? voice->english_cues : NULL;
    const int status = to_spoken(spanish ? voice->spanish : english ? voice->english : NULL, job->text, spoken);
    if (status < 0)
        return sr_error(error, status, "voice", "out of memory");
    *read = *job;
    read->text = spoken->data;
    read->style = sr_style_of(cues, job->text, voice->style != SR_STYLE_AUTO ? voice->style : job->style);
    return SARAI_OK;
}

static float speed_of(const struct sr_voice *voice, const struct sr_tts_job *read) {
    const float speed = read->speed > 0 ? read->speed : voice->speed;
    return (speed > 0 ? speed : 1) * sr_style_pace(read->style);
}

static int run(const struct sr_voice *voice, const struct sr_tts_backend *backend, struct sr_tts *tts,
               const struct sr_tts_job *read, const struct sr_abort *abort, struct sr_tts_clip *clip,
               struct sarai_error *error) {
    struct sr_tts_job styled = *read;
    if (backend->bare)
        return backend->synthesize(tts, read, abort, clip, error);
    styled.speed = speed_of(voice, read);
    const int status = backend->synthesize(tts, &styled, abort, clip, error);
    if (status == SARAI_OK && clip->count)
        sr_voice_finish(clip, voice->loudness_db);
    return status;
}

int sr_voice_synthesize(const struct sr_voice *voice, const struct sr_tts_job *job, const struct sr_abort *abort,
                        struct sr_tts_clip *clip, struct sarai_error *error) {
    struct sr_str spoken = {0};
    struct sr_tts_job read;
    int status = read_job(voice, job, &spoken, &read, error);
    if (status < 0)
        goto out;
    status = SARAI_EMODEL;
    if (voice->tts)
        status = run(voice, voice->backend, voice->tts, &read, abort, clip, error);
    if (status == SARAI_OK || status == SARAI_ESTALE || status == SARAI_EINPUT || !voice->fallback)
        goto out;
    read.voice = NULL;
    status = run(voice, voice->fallback_backend, voice->fallback, &read, abort, clip, error);
out:
    sr_str_deinit(&spoken);
    return status;
}

int sr_voice_read(const struct sr_voice *voice, const struct sr_tts_job *job, uint64_t *given,
                  struct sarai_error *error) {
    const struct sr_tts_backend *backend = voice->tts ? voice->backend : voice->fallback_backend;
    struct sr_tts *tts = voice->tts ? voice->tts : voice->fallback;
    struct sr_str spoken = {0};
    struct sr_tts_job read;
    uint64_t h = SR_HASH_BEGIN;
    int status = read_job(voice, job, &spoken, &read, error);
    if (status == SARAI_OK) {
        read.speed = speed_of(voice, &read);
        h = sr_hash_bytes(h, &read.style, sizeof read.style);
        h = sr_hash_bytes(h, &read.speed, sizeof read.speed);
        if (backend->read)
            status = backend->read(tts, &read, &h, error);
        else
            h = sr_hash_bytes(h, spoken.data, spoken.len);
    }
    if (status == SARAI_OK)
        *given = h;
    sr_str_deinit(&spoken);
    return status;
}
