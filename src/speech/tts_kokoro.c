/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Kokoro-82M on ONNX Runtime: text, phonemes of espeak-ng, token ids, one run of the graph, samples.
 *
 * A voice is a table of 510 style vectors, one for each length in tokens; a table is read when its voice is first asked
 * for and stays. The session and the tables are only read while speaking, so several threads may synthesize at once.
 *
 * OrtApi::Run blocks. In real time a watcher thread looks at the runs in progress every few milliseconds and sets the
 * terminate flag of those that nobody wants any more; it sleeps while there are none. Virtual time stands still during
 * a run, so that nothing can become stale meanwhile and no watcher is needed.
 */
#include "audio/level.h"
#include "base/utf8.h"
#include "model/ort.h"
#include "model/paths.h"
#include "speech/g2p_es.h"
#include "speech/kokoro_tokens.h"
#include "speech/phonemes.h"
#include "speech/tts.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#define RATE_HZ 24000
#define STYLE_LEN 256
#define STYLE_ROWS SR_KOKORO_MAX_TOKENS
#define POLL_US 5000
#define SILENCE_DB -60.0f
#define KEEP_BEFORE (RATE_HZ / 100)     /* 10 ms */
#define KEEP_BEHIND (RATE_HZ * 3 / 100) /* 30 ms */

struct voice {
    struct voice *next;
    char *name;
    char *styles; /* float[STYLE_ROWS][STYLE_LEN], as read */
};

/* One call of Run in progress; lives on its caller's stack. */
struct run {
    struct run *next;
    OrtRunOptions *options;
    const struct sr_abort *abort;
};

struct sr_tts {
    /* immutable after open */
    struct sr_ort *ort;
    OrtSession *session;
    struct sr_clock *clock;
    struct sr_kokoro_tokens *tokens;
    struct sr_g2p_es *g2p; /* NULL: espeak-ng reads Spanish too */
    char *folder;          /* of the voices */
    char *voice, *language;
    float speed;
    bool watched;
    /* under lock */
    pthread_mutex_t lock;
    struct voice *voices;
    struct sr_espeak *espeak; /* started by the first text that needs it; stays */
    struct run *runs;
    bool closing;
    /* watcher */
    struct sr_thread watcher;
    struct sr_event wake;
};

/* ----------------------------------------------------------------------------------------------------- watching -- */

static void watch(void *arg) {
    struct sr_tts *tts = arg;
    for (;;) {
        pthread_mutex_lock(&tts->lock);
        for (struct run *run = tts->runs; run; run = run->next)
            if (sr_aborted(run->abort))
                sr_ort_check(tts->ort, tts->ort->api->RunOptionsSetTerminate(run->options), "kokoro", NULL);
        const bool busy = tts->runs != NULL, closing = tts->closing;
        pthread_mutex_unlock(&tts->lock);
        if (closing)
            return;
        sr_event_wait(&tts->wake, busy ? sr_clock_now_us(tts->clock) + POLL_US : SR_FOREVER);
    }
}

static void begin_watching(struct sr_tts *tts, struct run *run) {
    pthread_mutex_lock(&tts->lock);
    run->next = tts->runs;
    tts->runs = run;
    pthread_mutex_unlock(&tts->lock);
    sr_event_raise(&tts->wake);
}

static void end_watching(struct sr_tts *tts, struct run *run) {
    pthread_mutex_lock(&tts->lock);
    struct run **at = &tts->runs;
    while (*at != run)
        at = &(*at)->next;
    *at = run->next;
    pthread_mutex_unlock(&tts->lock);
}

/* ------------------------------------------------------------------------------------------------------- voices -- */

/* Appends the names of all voices; false when there is none. */
static bool list_voices(const struct sr_tts *tts, struct sr_str *out) {
    DIR *dir = opendir(tts->folder);
    const size_t start = out->len;
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        const size_t len = strlen(entry->d_name);
        if (len > 4 && strcmp(entry->d_name + len - 4, ".bin") == 0)
            sr_str_addf(out, "%s%.*s", out->len > start ? ", " : "", (int)(len - 4), entry->d_name);
    }
    if (dir)
        closedir(dir);
    return out->len > start;
}

static int unknown_voice(const struct sr_tts *tts, const char *name, struct sarai_error *error) {
    struct sr_str names = {0};
    const int rc =
        list_voices(tts, &names)
            ? sr_error(error, SARAI_EINPUT, "voice", "there is no voice '%.40s'; there are: %s", name, names.data)
            : sr_error(error, SARAI_EMODEL, tts->folder, "no voices there; run: sarai models pull kokoro");
    sr_str_deinit(&names);
    return rc;
}

static int read_voice(const struct sr_tts *tts, const char *name, struct voice **out, struct sarai_error *error) {
    size_t len = 0;
    int rc = SARAI_OK;
    if (!name[0] || strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != strlen(name))
        return unknown_voice(tts, name, error);
    struct voice *voice = calloc(1, sizeof *voice);
    char *path = sr_asprintf("%s/%s.bin", tts->folder, name);
    if (!voice || !path || !(voice->name = sr_strdup(name))) {
        rc = sr_error(error, SARAI_ENOMEM, "voice", "out of memory");
        goto out;
    }
    if (sr_path_check_model(path, "kokoro", NULL) < 0) {
        rc = unknown_voice(tts, name, error);
        goto out;
    }
    const size_t expected = sizeof(float) * STYLE_ROWS * STYLE_LEN;
    if ((rc = sr_read_file(path, expected, &voice->styles, &len, error)) < 0)
        goto out;
    if (len != expected) {
        rc = sr_error(error, SARAI_EMODEL, path, "%zu bytes instead of %zu; run: sarai models pull kokoro", len,
                      expected);
        goto out;
    }
    *out = voice;
    voice = NULL;
out:
    free(path);
    if (voice) {
        free(voice->name);
        free(voice->styles);
        free(voice);
    }
    return rc;
}

/* The table of that voice, read now if it was not yet. Tables stay until close, so the pointer does too. */
static int find_voice(struct sr_tts *tts, const char *name, const struct voice **out, struct sarai_error *error) {
    int rc = SARAI_OK;
    pthread_mutex_lock(&tts->lock);
    struct voice *voice = tts->voices;
    while (voice && strcmp(voice->name, name) != 0)
        voice = voice->next;
    if (!voice && (rc = read_voice(tts, name, &voice, error)) == SARAI_OK) {
        voice->next = tts->voices;
        tts->voices = voice;
    }
    pthread_mutex_unlock(&tts->lock);
    *out = voice;
    return rc;
}

/* ----------------------------------------------------------------------------------------------------- lifecycle -- */

static void close(struct sr_tts *tts) {
    if (!tts)
        return;
    if (tts->watched) {
        pthread_mutex_lock(&tts->lock);
        tts->closing = true;
        pthread_mutex_unlock(&tts->lock);
        sr_event_raise(&tts->wake);
        sr_thread_join(&tts->watcher);
        sr_event_deinit(&tts->wake);
    }
    while (tts->voices) {
        struct voice *voice = tts->voices;
        tts->voices = voice->next;
        free(voice->name);
        free(voice->styles);
        free(voice);
    }
    if (tts->session)
        tts->ort->api->ReleaseSession(tts->session);
    sr_kokoro_tokens_free(tts->tokens);
    sr_espeak_close(tts->espeak);
    sr_g2p_es_free(tts->g2p);
    pthread_mutex_destroy(&tts->lock);
    free(tts->folder);
    free(tts->voice);
    free(tts->language);
    free(tts);
}

static int start_watcher(struct sr_tts *tts, struct sarai_error *error) {
    if (sr_clock_is_virtual(tts->clock))
        return SARAI_OK;
    if (sr_event_init(&tts->wake, tts->clock) < 0)
        return sr_error(error, SARAI_ENOMEM, "kokoro", "no event");
    const int rc = sr_thread_start(&tts->watcher, tts->clock, "sarai-tts-watch", watch, tts);
    if (rc < 0) {
        sr_event_deinit(&tts->wake);
        return sr_error(error, rc, "kokoro", "no thread");
    }
    tts->watched = true;
    return SARAI_OK;
}

static int load_files(struct sr_tts *tts, const struct sr_tts_opts *opts, const struct sr_model_opts *models,
                      struct sarai_error *error) {
    char *model = sr_path_model(models, "kokoro/model.onnx"), *config = sr_path_model(models, "kokoro/config.json");
    const struct voice *voice;
    int rc;
    tts->folder = sr_path_model(models, "kokoro/voices");
    if (!model || !config || !tts->folder)
        rc = sr_error(error, SARAI_ENOMEM, "kokoro", "out of memory");
    else if ((rc = sr_path_check_model(config, "kokoro", error)) == SARAI_OK &&
             (rc = sr_kokoro_tokens_load(config, &tts->tokens, error)) == SARAI_OK &&
             (rc = find_voice(tts, tts->voice, &voice, error)) == SARAI_OK)
        rc = sr_ort_load(tts->ort, model, "kokoro", opts->threads, &tts->session, error);
    free(model);
    free(config);
    return rc;
}

static const char *language_of(const struct sr_tts *tts, const char *voice) {
    return tts->language[0] ? tts->language : sr_espeak_language_of(voice);
}

static bool by_rule(const struct sr_tts *tts, const char *language) {
    return tts->g2p && strncmp(language, "es", 2) == 0;
}

/* The helper of espeak-ng, started when it was not yet. */
static int find_espeak(struct sr_tts *tts, struct sr_espeak **out, struct sarai_error *error) {
    pthread_mutex_lock(&tts->lock);
    const int rc = tts->espeak ? SARAI_OK : sr_espeak_open(&tts->espeak, error);
    *out = tts->espeak;
    pthread_mutex_unlock(&tts->lock);
    return rc;
}

/* What turns text into phonemes; the helper now only when the configured voice needs it. */
static int load_phonemes(struct sr_tts *tts, const struct sr_tts_opts *opts, const struct sr_model_opts *models,
                         struct sarai_error *error) {
    const char *language = language_of(tts, tts->voice);
    struct sr_espeak *espeak;
    int rc = SARAI_OK;
    if (strcmp(opts->phonemes, "rules") == 0) {
        char *folder = sr_path_share(models, "es");
        rc = folder ? sr_g2p_es_new(folder, strcmp(opts->accent, "seseo") == 0, &tts->g2p, error)
                    : sr_error(error, SARAI_ENOMEM, "kokoro", "out of memory");
        free(folder);
    }
    if (rc < 0 || (language && by_rule(tts, language)))
        return rc;
    return find_espeak(tts, &espeak, error);
}

static int open(const struct sr_tts_opts *opts, const struct sr_model_opts *models, struct sr_ort *ort,
                struct sr_clock *clock, struct sr_tts **out, struct sarai_error *error) {
    struct sr_tts *tts = calloc(1, sizeof *tts);
    if (!tts)
        return sr_error(error, SARAI_ENOMEM, "kokoro", "out of memory");
    int rc;
    pthread_mutex_init(&tts->lock, NULL);
    tts->ort = ort;
    tts->clock = clock;
    tts->speed = opts->speed;
    tts->voice = sr_strdup(opts->voice);
    tts->language = sr_strdup(opts->language);
    if (!tts->voice || !tts->language)
        rc = sr_error(error, SARAI_ENOMEM, "kokoro", "out of memory");
    else if ((rc = load_files(tts, opts, models, error)) == SARAI_OK &&
             (rc = load_phonemes(tts, opts, models, error)) == SARAI_OK)
        rc = start_watcher(tts, error);
    if (rc < 0)
        close(tts);
    else
        *out = tts;
    return rc;
}

/* -------------------------------------------------------------------------------------------------- synthesizing -- */

/* There are letters in it that the rules of Spanish don't know. */
static bool is_foreign(const char *text) {
    for (const char *p = text, *end = p + strlen(p); p < end;) {
        const uint32_t cp = sr_utf8_next(&p, end);
        if (cp >= 0x370 && sr_utf8_is_letter(cp))
            return true;
    }
    return false;
}

static int phonemes_of(struct sr_tts *tts, const char *language, const char *text, struct sr_str *ipa,
                       struct sarai_error *error) {
    struct sr_espeak *espeak;
    const bool rules = by_rule(tts, language);
    int rc = rules ? sr_g2p_es(tts->g2p, text, ipa) : SARAI_OK;
    if (rc < 0)
        return sr_error(error, rc, "phonemes", "out of memory");
    /* A text in another script is read by the helper, or not at all without it. */
    if (rules && (ipa->len || !is_foreign(text) || find_espeak(tts, &espeak, NULL) < 0))
        return SARAI_OK;
    rc = find_espeak(tts, &espeak, error);
    return rc < 0 ? rc : sr_espeak_phonemes(espeak, language, text, ipa, error);
}

/* The tokens of a text, a zero at both ends; 0 when there is nothing to read. */
static int encode(struct sr_tts *tts, const char *voice, const char *text, int64_t *ids, size_t *count,
                  struct sarai_error *error) {
    const char *language = language_of(tts, voice);
    struct sr_str ipa = {0};
    *count = 0;
    if (!language)
        return sr_error(error, SARAI_EINPUT, "voice", "%.40s: set tts.language, its name does not tell it", voice);
    const int rc = phonemes_of(tts, language, text, &ipa, error);
    if (rc == SARAI_OK && ipa.len)
        *count = sr_kokoro_tokens_encode(tts->tokens, language, ipa.data, ids + 1);
    ids[0] = ids[*count + 1] = 0;
    sr_str_deinit(&ipa);
    return rc;
}

/* Copies the samples without the silence around them. */
static int copy_clip(struct sr_tts *tts, OrtValue *audio, struct sr_tts_clip *clip, struct sarai_error *error) {
    const OrtApi *api = tts->ort->api;
    OrtTensorTypeAndShapeInfo *info = NULL;
    float *samples = NULL;
    size_t count = 0;
    int rc = sr_ort_check(tts->ort, api->GetTensorTypeAndShape(audio, &info), "kokoro", error);
    if (rc == SARAI_OK)
        rc = sr_ort_check(tts->ort, api->GetTensorShapeElementCount(info, &count), "kokoro", error);
    if (rc == SARAI_OK)
        rc = sr_ort_check(tts->ort, api->GetTensorMutableData(audio, (void **)&samples), "kokoro", error);
    if (info)
        api->ReleaseTensorTypeAndShapeInfo(info);
    if (rc < 0)
        return rc;
    size_t first = 0, last = count;
    sr_level_trim(samples, RATE_HZ, SILENCE_DB, &first, &last);
    if (first == last)
        return SARAI_OK;
    first -= first < KEEP_BEFORE ? first : KEEP_BEFORE;
    last += count - last < KEEP_BEHIND ? count - last : KEEP_BEHIND;
    clip->samples = malloc((last - first) * sizeof *samples);
    if (!clip->samples)
        return sr_error(error, SARAI_ENOMEM, "kokoro", "out of memory");
    memcpy(clip->samples, samples + first, (last - first) * sizeof *samples);
    clip->count = last - first;
    return SARAI_OK;
}

static int run_graph(struct sr_tts *tts, const OrtValue *const inputs[3], const struct sr_abort *abort,
                     OrtValue **audio, struct sarai_error *error) {
    static const char *const names[] = {"tokens", "style", "speed"}, *const outputs[] = {"audio"};
    const OrtApi *api = tts->ort->api;
    struct run run = {.abort = abort};
    int rc = sr_ort_check(tts->ort, api->CreateRunOptions(&run.options), "kokoro", error);
    if (rc < 0)
        return rc;
    if (tts->watched)
        begin_watching(tts, &run);
    rc = sr_ort_check(tts->ort, api->Run(tts->session, run.options, names, inputs, 3, outputs, 1, audio), "kokoro",
                      error);
    if (tts->watched)
        end_watching(tts, &run);
    api->ReleaseRunOptions(run.options);
    return rc;
}

static int infer(struct sr_tts *tts, int64_t *ids, size_t count, const struct voice *voice, float speed,
                 const struct sr_abort *abort, struct sr_tts_clip *clip, struct sarai_error *error) {
    const OrtApi *api = tts->ort->api;
    const size_t row = count - 1 < STYLE_ROWS ? count - 1 : STYLE_ROWS - 1;
    const struct {
        void *data;
        size_t bytes;
        int64_t shape[2];
        size_t rank;
        ONNXTensorElementDataType type;
    } tensors[3] = {{ids, (count + 2) * sizeof *ids, {1, (int64_t)count + 2}, 2, ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64},
                    {voice->styles + row * STYLE_LEN * sizeof(float),
                     STYLE_LEN * sizeof(float),
                     {1, STYLE_LEN},
                     2,
                     ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT},
                    {&speed, sizeof speed, {1}, 1, ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT}};
    OrtValue *inputs[3] = {0}, *audio = NULL;
    int rc = SARAI_OK;
    for (int i = 0; i < 3 && rc == SARAI_OK; i++)
        rc = sr_ort_check(tts->ort,
                          api->CreateTensorWithDataAsOrtValue(tts->ort->cpu, tensors[i].data, tensors[i].bytes,
                                                              tensors[i].shape, tensors[i].rank, tensors[i].type,
                                                              &inputs[i]),
                          "kokoro", error);
    if (rc == SARAI_OK)
        rc = run_graph(tts, (const OrtValue *const *)inputs, abort, &audio, error);
    if (sr_aborted(abort))
        rc = SARAI_ESTALE;
    if (rc == SARAI_OK)
        rc = copy_clip(tts, audio, clip, error);
    for (int i = 0; i < 3; i++)
        if (inputs[i])
            api->ReleaseValue(inputs[i]);
    if (audio)
        api->ReleaseValue(audio);
    return rc;
}

static int synthesize(struct sr_tts *tts, const struct sr_tts_job *job, const struct sr_abort *abort,
                      struct sr_tts_clip *clip, struct sarai_error *error) {
    const char *name = job->voice && job->voice[0] ? job->voice : tts->voice;
    int64_t ids[SR_KOKORO_MAX_TOKENS + 2];
    const struct voice *voice;
    size_t count = 0;
    *clip = (struct sr_tts_clip){.rate_hz = RATE_HZ};
    if (sr_aborted(abort))
        return SARAI_ESTALE;
    int rc = find_voice(tts, name, &voice, error);
    if (rc == SARAI_OK)
        rc = encode(tts, name, job->text, ids, &count, error);
    if (rc < 0 || !count)
        return rc;
    return infer(tts, ids, count, voice, job->speed > 0 ? job->speed : tts->speed, abort, clip, error);
}

const struct sr_tts_backend sr_tts_kokoro = {.name = "kokoro", .open = open, .close = close, .synthesize = synthesize};
