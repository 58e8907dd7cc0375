/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long after somebody has stopped speaking the final text is there. A session in real time on network backends
 * hears utterances of about five seconds, of our own voices (spoken once, then kept in the cache folder) or from files;
 * so drafts, the decision about the end of the turn and whatever else the engine does meanwhile count as they do in
 * use. Beside it, what decoding alone takes: in the context that fits the utterance, and padded to the 30 s that
 * Whisper was made for.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "audio/decode.h"
#include "audio/level.h"
#include "audio/resample.h"
#include "audio/wav.h"
#include "base/hash.h"
#include "base/table.h"
#include "engine/session.h"

#define STEP 160 /* samples: 10 ms */
#define STEP_US 10000
#define ROOM_GAIN 0.0006f /* noise of the microphone */
#define VOICE_DB -24.0f
#define FADED_DB -25.0f /* beside the level of the whole: what comes behind the last such step is not speech */
#define UTTERANCES_MAX 64
#define LEAD_MS 500
#define ANSWER_MAX_MS 3000 /* a text that is not there by then is none */
#define COUNT_MAX (30 * SR_RATE_HZ)

struct utterance {
    float *samples; /* ends with the last sample of speech */
    size_t count;
};

struct figures {
    double ms[UTTERANCES_MAX];
    int count;
};

struct bench {
    struct sarai_engine *engine;
    struct sarai_session *session;
    struct utterance list[UTTERANCES_MAX];
    int count;
    int64_t start_us, steps;
    int64_t final_us; /* of the last final text; -1: there was none since it was cleared */
    uint32_t random;
    struct figures final, decode, padded;
    int cut_off; /* utterances that were called over before their end */
};

/* --------------------------------------------------------------------------------------------------- utterances -- */

/* Takes `samples` over, up to the last step that is not faded. */
static void add(struct bench *b, float *samples, size_t count) {
    const float faded_db = sr_level_db(samples, count) + FADED_DB;
    while (count > STEP && sr_level_db(samples + count - STEP, STEP) < faded_db)
        count -= STEP;
    if (count > COUNT_MAX)
        count = COUNT_MAX;
    b->list[b->count++] = (struct utterance){samples, count};
}

static int synthesize(struct bench *b, const char *text, const char *voice, const char *path,
                      struct sarai_error *error) {
    const struct sr_tts_job job = {.text = text, .voice = voice};
    struct sr_tts_clip clip = {0};
    struct sr_wav *wav = NULL;
    int status = sr_voice_synthesize(&b->engine->voice, &job, NULL, &clip, error);
    if (status >= 0)
        status = sr_wav_create(path, clip.rate_hz, 1, &wav, error);
    if (status >= 0 && (status = sr_wav_write(wav, clip.samples, clip.count)) < 0)
        sr_wav_abandon(wav);
    else if (status >= 0)
        status = sr_wav_commit(wav, error);
    free(clip.samples);
    return status;
}

/* bench/VOICE-HASH.wav in the cache folder, which is made; malloc'd. */
static char *cached(const char *voice, const char *text) {
    const uint64_t hash = sr_hash_text(SR_HASH_BEGIN, text);
    char *folder = sr_path_cache("bench");
    char *path = folder && (mkdir(folder, 0777) == 0 || errno == EEXIST)
                     ? sr_asprintf("%s/%s-%016llx.wav", folder, voice, (unsigned long long)hash)
                     : NULL;
    free(folder);
    return path;
}

static int add_voice(struct bench *b, const char *text, struct sarai_error *error) {
    static const char *const voices[] = {"ef_dora", "em_alex", "em_santa"};
    const char *voice = voices[b->count % 3];
    char *path = cached(voice, text);
    float *samples = NULL;
    size_t count = 0;
    struct stat info;
    int status = path ? SARAI_OK : sr_error(error, SARAI_EIO, "bench stt", "there is no cache folder to write to");
    if (status >= 0 && stat(path, &info) != 0)
        status = synthesize(b, text, voice, path, error);
    if (status >= 0 && (status = sr_decode_file(path, SR_RATE_HZ, &samples, &count, error)) >= 0) {
        const float gain = powf(10, (VOICE_DB - sr_level_db(samples, count)) / 20);
        for (size_t i = 0; i < count; i++)
            samples[i] *= gain;
        add(b, samples, count);
    }
    free(path);
    return status;
}

struct reading {
    struct bench *bench;
    struct sarai_error *error;
};

static int add_row(void *user, int line, char **cells) {
    struct reading *reading = user;
    const char *p = cells[1], *variant;
    int status = SARAI_OK;
    (void)line;
    if (strcmp(cells[0], "utterance") != 0)
        return SARAI_OK;
    for (size_t len; status >= 0 && reading->bench->count < UTTERANCES_MAX && (len = sr_table_variant(&p, &variant));) {
        char *text = sr_strndup(variant, len);
        status = text ? add_voice(reading->bench, text, reading->error) : SARAI_ENOMEM;
        free(text);
    }
    return status;
}

static int add_voices(struct bench *b, struct sarai_error *error) {
    const struct sarai_config *config = b->engine->config;
    char *path = sr_path_table(&config->model, config->brain.language, "", "bench.tsv");
    int status = path ? sr_table_read(path, 2, add_row, &(struct reading){b, error}, error)
                      : sr_error(error, SARAI_ENOMEM, "bench stt", "out of memory");
    if (status >= 0 && !b->count)
        status = sr_error(error, SARAI_EINPUT, path, "needs a row utterance");
    free(path);
    return status;
}

static int add_files(struct bench *b, const char *const *files, size_t count, struct sarai_error *error) {
    int status = SARAI_OK;
    for (size_t i = 0; i < count && i < UTTERANCES_MAX && status >= 0; i++) {
        float *samples = NULL;
        size_t length = 0;
        status = sr_decode_file(files[i], SR_RATE_HZ, &samples, &length, error);
        if (status >= 0)
            add(b, samples, length);
    }
    return status;
}

/* ------------------------------------------------------------------------------------------------------ hearing -- */

static float noise(struct bench *b) {
    b->random = b->random * 1664525u + 1013904223u;
    return (float)(int32_t)b->random / 2147483648.0f * ROOM_GAIN;
}

/* 10 ms: `samples` (NULL: nobody speaks) go in, what the loudspeaker plays is not listened to. */
static int step(struct bench *b, const float *samples, size_t count) {
    float heard[STEP], played[STEP];
    struct sarai_event event;
    for (size_t i = 0; i < STEP; i++)
        heard[i] = noise(b) + (i < count ? samples[i] : 0);
    b->steps++;
    sr_clock_sleep_until(b->session->clock, b->start_us + b->steps * STEP_US);
    const int status = sarai_session_push_audio(b->session, heard, STEP, SR_RATE_HZ, 1);
    if (sarai_session_pull_audio(b->session, played, STEP, 0) < 0)
        return SARAI_EUNSUPPORTED;
    while (sarai_session_next_event(b->session, &event, 0) > 0) {
        if (event.type == SARAI_EVENT_FINAL)
            b->final_us = event.time_us;
        sarai_event_deinit(&event);
    }
    return status == SARAI_EFULL ? SARAI_OK : status;
}

static int pass(struct bench *b, int ms) {
    int status = SARAI_OK;
    for (int i = 0; i < ms / 10 && status >= 0; i++)
        status = step(b, NULL, 0);
    return status;
}

/* Says an utterance and waits for its text. */
static int hear(struct bench *b, const struct utterance *utterance) {
    bool early = false;
    int status = pass(b, LEAD_MS);
    b->final_us = -1;
    for (size_t at = 0; at < utterance->count && status >= 0; at += STEP) {
        status = step(b, utterance->samples + at, utterance->count - at);
        early = early || b->final_us >= 0;
    }
    const int64_t end_us = b->start_us + b->steps * STEP_US;
    b->final_us = -1;
    for (int waited = 0; b->final_us < 0 && waited < ANSWER_MAX_MS && status >= 0; waited += 10)
        status = step(b, NULL, 0);
    b->cut_off += early;
    if (b->final_us >= 0)
        b->final.ms[b->final.count++] = (double)(b->final_us - end_us) / 1000;
    /* What it would answer is of no interest. */
    sarai_session_interrupt(b->session);
    for (int waited = 0; sarai_session_busy(b->session) && waited < ANSWER_MAX_MS && status >= 0; waited += 10)
        status = step(b, NULL, 0);
    return status;
}

static int hear_all(struct bench *b, struct sarai_error *error) {
    int status = sarai_session_new(b->engine, NULL, &b->session, error);
    if (status < 0)
        return status;
    b->start_us = sr_clock_now_us(b->session->clock);
    for (int i = 0; i < b->count && status >= 0; i++)
        status = hear(b, &b->list[i]);
    if (status < 0)
        sr_error(error, status, "bench stt", "%s", sarai_strerror(status));
    sarai_session_free(b->session);
    b->session = NULL;
    return status;
}

/* ----------------------------------------------------------------------------------------------------- decoding -- */

static int decode(struct bench *b, struct sr_stt *stt, const float *samples, size_t count, struct figures *figures) {
    const struct sr_abort never = {0};
    struct sr_stt_result result = {0};
    const int64_t start_us = sr_clock_now_us(b->engine->clock);
    const int status = b->engine->stt_backend->decode(stt, samples, count, SR_FINAL, &never, &result);
    figures->ms[figures->count++] = (double)(sr_clock_now_us(b->engine->clock) - start_us) / 1000;
    sr_stt_result_deinit(&result);
    return status;
}

static int decode_all(struct bench *b, struct sarai_error *error) {
    struct sr_stt *stt = NULL;
    float *padded = malloc(COUNT_MAX * sizeof *padded);
    int status =
        padded ? b->engine->stt_backend->open(b->engine->stt, &b->engine->config->stt, b->engine->clock, &stt, error)
               : sr_error(error, SARAI_ENOMEM, "bench stt", "out of memory");
    for (int i = 0; i < b->count && status >= 0; i++) {
        const struct utterance *utterance = &b->list[i];
        for (size_t k = 0; k < COUNT_MAX; k++)
            padded[k] = k < utterance->count ? utterance->samples[k] : noise(b);
        status = decode(b, stt, utterance->samples, utterance->count, &b->decode);
        if (status >= 0)
            status = decode(b, stt, padded, COUNT_MAX, &b->padded);
        if (status < 0)
            sr_error(error, status, "bench stt", "%s", sarai_strerror(status));
    }
    if (stt)
        b->engine->stt_backend->close(stt);
    free(padded);
    return status;
}

/* ------------------------------------------------------------------------------------------------------- report -- */

static int by_value(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double quantile(struct figures *figures, double part) {
    qsort(figures->ms, (size_t)figures->count, sizeof *figures->ms, by_value);
    return figures->count ? figures->ms[(int)ceil(part * figures->count) - 1] : NAN;
}

static void tell(struct bench *b, void (*each)(void *user, const struct sarai_figure *figure), void *user) {
    static const char alone[] = "decoding the utterance padded to 30 s";
    const double padded_ms = quantile(&b->padded, 0.5);
    const struct {
        const char *name;
        struct figures *figures;
        double part;
    } rows[] = {
        {"final_ms_5s", &b->final, 0.5}, {"final_p90_ms_5s", &b->final, 0.9}, {"decode_ms_5s", &b->decode, 0.5}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const double value = quantile(rows[i].figures, rows[i].part);
        const struct sarai_figure figure = {.bench = "stt",
                                            .figure = rows[i].name,
                                            .unit = "ms",
                                            .value = value,
                                            .baseline = alone,
                                            .ratio = value / padded_ms,
                                            .runs = rows[i].figures->count};
        each(user, &figure);
    }
    const double cut_off = (double)b->cut_off / b->count;
    const struct sarai_figure figure = {.bench = "stt",
                                        .figure = "cut_off_rate",
                                        .unit = "of utterances",
                                        .value = cut_off,
                                        .baseline = "cutting all of them off",
                                        .ratio = cut_off,
                                        .runs = b->count};
    each(user, &figure);
}

int sarai_bench_stt(struct sarai_engine *engine, const char *const *files, size_t count,
                    void (*each)(void *user, const struct sarai_figure *figure), void *user,
                    struct sarai_error *error) {
    const struct sarai_config *config = engine->config;
    if (strcmp(config->capture.backend, "network") != 0 || strcmp(config->playback.backend, "network") != 0 ||
        config->playback.rate_hz != SR_RATE_HZ)
        return sr_error(error, SARAI_EUSAGE, "bench stt",
                        "needs capture.backend=network, playback.backend=network, playback.rate_hz=16000");
    struct bench *b = calloc(1, sizeof *b);
    if (!b)
        return sr_error(error, SARAI_ENOMEM, "bench stt", "out of memory");
    b->engine = engine;
    b->random = 1;
    int status = count ? add_files(b, files, count, error) : add_voices(b, error);
    if (status >= 0)
        status = hear_all(b, error);
    if (status >= 0)
        status = decode_all(b, error);
    if (status >= 0)
        tell(b, each, user);
    for (int i = 0; i < b->count; i++)
        free(b->list[i].samples);
    free(b);
    return status < 0 ? status : SARAI_OK;
}
