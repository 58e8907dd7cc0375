/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Kokoro-82M on ONNX Runtime: text, phonemes of espeak-ng, token ids, one run of the graph, samples.
 *
 * A voice is a table of 510 style vectors, one for each length in tokens; a table is read when its voice is first asked
 * for and stays. The session and the tables are only read while speaking, so several threads may synthesize at once.
 */
#include "audio/level.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "model/paths.h"
#include "speech/g2p_es.h"
#include "speech/kokoro_graph.h"
#include "speech/kokoro_tokens.h"
#include "speech/ort_run.h"
#include "speech/phonemes.h"
#include "speech/tts.h"

#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RATE_HZ 24000
#define LONGEST_MURMUR_MS 80 /* a syllable is longer */
#define STYLE_LEN 256
#define STYLE_ROWS SR_KOKORO_MAX_TOKENS

struct voice {
    struct voice *next;
    char *name;
    char *styles; /* float[STYLE_ROWS][STYLE_LEN], as read */
};

struct sr_tts {
    /* immutable after open */
    struct sr_ort *ort;
    OrtSession *session;
    struct sr_ort_runs *runs;
    struct sr_kokoro_tokens *tokens;
    struct sr_g2p_es *g2p; /* NULL: espeak-ng reads Spanish too */
    char *folder;          /* of the voices */
    char *voice, *language;
    float speed;
    bool has_melody; /* the graph takes it */
    /* under lock */
    pthread_mutex_t lock;
    struct voice *voices;
    struct sr_espeak *espeak; /* started by the first text that needs it; stays */
};

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
    sr_ort_runs_free(tts->runs);
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
        rc = sr_kokoro_graph_load(tts->ort, model, opts->threads, &tts->session, &tts->has_melody, error);
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
    tts->speed = opts->speed;
    tts->voice = sr_strdup(opts->voice);
    tts->language = sr_strdup(opts->language);
    if (!tts->voice || !tts->language)
        rc = sr_error(error, SARAI_ENOMEM, "kokoro", "out of memory");
    else if ((rc = load_files(tts, opts, models, error)) == SARAI_OK &&
             (rc = load_phonemes(tts, opts, models, error)) == SARAI_OK)
        rc = sr_ort_runs_new(ort, clock, "kokoro", &tts->runs, error);
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

/* The first sound is p, t, k or the like, which is silent until it bursts. */
static bool begins_closed(const char *ipa) {
    while (*ipa && !strchr("abcdefghijklmnopqrstuvwxyz", *ipa) && (*ipa & 0x80 || *ipa == ' '))
        ipa++; /* stress marks */
    return *ipa && strchr("ptk", *ipa);
}

/* The tokens of a text, a zero at both ends; 0 when there is nothing to read. */
static int encode(struct sr_tts *tts, const char *voice, const char *text, int64_t *ids, size_t *count, bool *closed,
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
    *closed = ipa.len && begins_closed(ipa.data);
    sr_str_deinit(&ipa);
    return rc;
}

/* Tokens, the voice's style for so many of them, pace and melody in; the wave out. */
static int infer(struct sr_tts *tts, int64_t *ids, size_t count, const struct voice *voice, float speed, float melody,
                 const struct sr_abort *abort, struct sr_tts_clip *clip, struct sarai_error *error) {
    const size_t row = count - 1 < STYLE_ROWS ? count - 1 : STYLE_ROWS - 1;
    const ONNXTensorElementDataType floats = ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT;
    const struct sr_ort_input inputs[] = {
        {"tokens", ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64, ids, (count + 2) * sizeof *ids, 2, {1, (int64_t)count + 2}},
        {"style",
         floats,
         voice->styles + row * STYLE_LEN * sizeof(float),
         STYLE_LEN * sizeof(float),
         2,
         {1, STYLE_LEN}},
        {"speed", floats, &speed, sizeof speed, 1, {1}},
        {SR_KOKORO_MELODY, floats, &melody, sizeof melody, 1, {1}},
    };
    const size_t wanted = sizeof inputs / sizeof *inputs - !tts->has_melody;
    return sr_ort_run(tts->runs, tts->session, inputs, wanted, "audio", abort, &clip->samples, &clip->count, error);
}

/* Before some stops the model sings a short murmur, as at the head of "Perdona". */
static void drop_murmur(struct sr_tts_clip *clip, float speed) {
    const size_t at =
        sr_level_behind_click(clip->samples, clip->count, clip->rate_hz, (int)(LONGEST_MURMUR_MS / fmaxf(speed, 1)));
    clip->count -= at;
    if (at)
        memmove(clip->samples, clip->samples + at, clip->count * sizeof *clip->samples);
}

static int synthesize(struct sr_tts *tts, const struct sr_tts_job *job, const struct sr_abort *abort,
                      struct sr_tts_clip *clip, struct sarai_error *error) {
    const char *name = job->voice && job->voice[0] ? job->voice : tts->voice;
    int64_t ids[SR_KOKORO_MAX_TOKENS + 2];
    const struct voice *voice;
    size_t count = 0;
    bool closed = false;
    const float speed = job->speed > 0 ? job->speed : tts->speed;
    *clip = (struct sr_tts_clip){.rate_hz = RATE_HZ};
    if (sr_aborted(abort))
        return SARAI_ESTALE;
    int rc = find_voice(tts, name, &voice, error);
    if (rc == SARAI_OK)
        rc = encode(tts, name, job->text, ids, &count, &closed, error);
    if (rc < 0 || !count)
        return rc;
    rc = infer(tts, ids, count, voice, speed, sr_style_effect(job->style)->melody, abort, clip, error);
    if (rc == SARAI_OK && closed)
        drop_murmur(clip, speed);
    return rc;
}

static int read(struct sr_tts *tts, const struct sr_tts_job *job, uint64_t *given, struct sarai_error *error) {
    int64_t ids[SR_KOKORO_MAX_TOKENS + 2];
    size_t count = 0;
    bool closed = false;
    const int rc =
        encode(tts, job->voice && job->voice[0] ? job->voice : tts->voice, job->text, ids, &count, &closed, error);
    if (rc == SARAI_OK)
        *given = sr_hash_bytes(sr_hash_bytes(*given, ids, (count + 2) * sizeof *ids), &closed, sizeof closed);
    return rc;
}

const struct sr_tts_backend sr_tts_kokoro = {
    .name = "kokoro", .open = open, .close = close, .synthesize = synthesize, .read = read};
