/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Voices of the VITS family on ONNX Runtime. A voice is a model NAME.onnx with its NAME.onnx.json, in the folder "vits"
 * of the models or at any path. Two contracts, told apart by their tensors:
 *   Piper    input int64[1,N], input_lengths int64[1], scales float[3] (noise, length, noise of the lengths), and with
 *            several speakers sid int64[1]; output
 *   MeloTTS  x int64[1,N], x_lengths int64[1], tones int64[1,N], sid int64[1], noise_scale, length_scale,
 *            noise_scale_w and maybe sdp_ratio float[1]; y. As sherpa-onnx exports them.
 * The phonemes are espeak-ng's. A voice is loaded when it is first asked for and stays.
 */
#include "base/hash.h"
#include "model/paths.h"
#include "speech/ort_run.h"
#include "speech/phonemes.h"
#include "speech/tts.h"
#include "speech/vits_config.h"

#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EXTENSION ".onnx"
#define MOST_INPUTS 8

enum kind { IDS, LENGTH, TONES, SPEAKER, SCALES, NOISE, PACE, NOISE_W, SDP_RATIO };

/* One input of a contract. */
struct tensor {
    const char *name;
    enum kind kind;
    bool optional, floats;
    size_t rank;
};

static const struct contract {
    const char *name, *output;
    struct tensor inputs[MOST_INPUTS + 1];
} contracts[] = {
    {"Piper",
     "output",
     {{"input", IDS, false, false, 2},
      {"input_lengths", LENGTH, false, false, 1},
      {"scales", SCALES, false, true, 1},
      {"sid", SPEAKER, true, false, 1}}},
    {"MeloTTS",
     "y",
     {{"x", IDS, false, false, 2},
      {"x_lengths", LENGTH, false, false, 1},
      {"tones", TONES, false, false, 2},
      {"sid", SPEAKER, false, false, 1},
      {"noise_scale", NOISE, false, true, 1},
      {"length_scale", PACE, false, true, 1},
      {"noise_scale_w", NOISE_W, false, true, 1},
      {"sdp_ratio", SDP_RATIO, true, true, 1}}},
};

struct voice {
    struct voice *next;
    char *name;
    OrtSession *session;
    const struct contract *contract;
    const struct tensor *inputs[MOST_INPUTS]; /* those that the model has */
    size_t input_count;
    struct sr_vits_config config;
};

struct sr_tts {
    /* immutable after open */
    struct sr_ort *ort;
    struct sr_ort_runs *runs;
    struct sr_espeak *espeak;
    char *folder, *name, *language;
    float speed, noise_scale, noise_scale_w, sdp_ratio;
    int threads;
    /* under lock */
    pthread_mutex_t lock;
    struct voice *voices;
};

/* ---------------------------------------------------------------------------------------------------- contract -- */

static int check_tensor(struct sr_tts *tts, struct voice *voice, const char *path, size_t i, const char *name,
                        struct sarai_error *error) {
    const OrtApi *api = tts->ort->api;
    const struct tensor *tensor = voice->contract->inputs;
    OrtTypeInfo *info = NULL;
    const OrtTensorTypeAndShapeInfo *shape = NULL;
    enum ONNXTensorElementDataType type = ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
    size_t rank = 0;
    while (tensor->name && strcmp(tensor->name, name) != 0)
        tensor++;
    if (!tensor->name || voice->input_count == MOST_INPUTS)
        return sr_error(error, SARAI_EMODEL, path, "the contract of %s has no input '%.60s'", voice->contract->name,
                        name);
    int rc = sr_ort_check(tts->ort, api->SessionGetInputTypeInfo(voice->session, i, &info), path, error);
    if (rc == SARAI_OK)
        rc = sr_ort_check(tts->ort, api->CastTypeInfoToTensorInfo(info, &shape), path, error);
    if (rc == SARAI_OK && shape)
        rc = sr_ort_check(tts->ort, api->GetTensorElementType(shape, &type), path, error);
    if (rc == SARAI_OK && shape)
        rc = sr_ort_check(tts->ort, api->GetDimensionsCount(shape, &rank), path, error);
    if (info)
        api->ReleaseTypeInfo(info);
    const enum ONNXTensorElementDataType wanted =
        tensor->floats ? ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT : ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64;
    if (rc == SARAI_OK && (type != wanted || rank != tensor->rank))
        rc = sr_error(error, SARAI_EMODEL, path, "the input '%s' of %s must be %s of rank %zu, not type %d of rank %zu",
                      name, voice->contract->name, tensor->floats ? "float" : "int64", tensor->rank, (int)type, rank);
    if (rc == SARAI_OK)
        voice->inputs[voice->input_count++] = tensor;
    return rc;
}

static bool has_input(const struct voice *voice, const char *name) {
    for (size_t i = 0; i < voice->input_count; i++)
        if (strcmp(voice->inputs[i]->name, name) == 0)
            return true;
    return false;
}

static bool holds(const struct contract *contract, const char *name) {
    for (const struct tensor *tensor = contract->inputs; tensor->name; tensor++)
        if (strcmp(tensor->name, name) == 0)
            return true;
    return false;
}

/* The contract is that of the first tensor that only one of them knows. */
static int check_inputs(struct sr_tts *tts, struct voice *voice, const char *path, char *const *names, size_t count,
                        struct sarai_error *error) {
    int rc = SARAI_OK;
    for (size_t i = 0; i < count && !voice->contract; i++)
        for (size_t c = 0; c < sizeof contracts / sizeof *contracts; c++)
            if (holds(&contracts[c], names[i]) && strcmp(names[i], "sid") != 0)
                voice->contract = &contracts[c];
    if (!voice->contract)
        return sr_error(error, SARAI_EMODEL, path,
                        "its input '%.60s' belongs neither to a Piper voice (input) nor to a MeloTTS one (x)",
                        count ? names[0] : "");
    for (size_t i = 0; i < count && rc == SARAI_OK; i++)
        rc = check_tensor(tts, voice, path, i, names[i], error);
    for (const struct tensor *tensor = voice->contract->inputs; tensor->name && rc == SARAI_OK; tensor++)
        if (!tensor->optional && !has_input(voice, tensor->name))
            rc = sr_error(error, SARAI_EMODEL, path, "it has no input '%s', which %s has", tensor->name,
                          voice->contract->name);
    return rc;
}

static int check_output(struct sr_tts *tts, struct voice *voice, const char *path, OrtAllocator *allocator,
                        struct sarai_error *error) {
    const OrtApi *api = tts->ort->api;
    char *name = NULL;
    int rc = sr_ort_check(tts->ort, api->SessionGetOutputName(voice->session, 0, allocator, &name), path, error);
    if (rc == SARAI_OK && strcmp(name, voice->contract->output) != 0)
        rc = sr_error(error, SARAI_EMODEL, path, "its output '%.60s' should be '%s', as %s has it", name,
                      voice->contract->output, voice->contract->name);
    if (name)
        allocator->Free(allocator, name);
    return rc;
}

static int check_contract(struct sr_tts *tts, struct voice *voice, const char *path, struct sarai_error *error) {
    const OrtApi *api = tts->ort->api;
    OrtAllocator *allocator = NULL;
    char *names[2 * MOST_INPUTS] = {0};
    size_t count = 0;
    int rc = sr_ort_check(tts->ort, api->GetAllocatorWithDefaultOptions(&allocator), path, error);
    if (rc == SARAI_OK)
        rc = sr_ort_check(tts->ort, api->SessionGetInputCount(voice->session, &count), path, error);
    if (count > 2 * MOST_INPUTS)
        return sr_error(error, SARAI_EMODEL, path, "%zu inputs: this is no VITS voice", count);
    for (size_t i = 0; i < count && rc == SARAI_OK; i++)
        rc = sr_ort_check(tts->ort, api->SessionGetInputName(voice->session, i, allocator, &names[i]), path, error);
    if (rc == SARAI_OK)
        rc = check_inputs(tts, voice, path, names, count, error);
    if (rc == SARAI_OK)
        rc = check_output(tts, voice, path, allocator, error);
    for (size_t i = 0; i < count; i++)
        if (names[i])
            allocator->Free(allocator, names[i]);
    return rc;
}

/* ------------------------------------------------------------------------------------------------------ voices -- */

static void free_voice(struct sr_tts *tts, struct voice *voice) {
    if (voice->session)
        tts->ort->api->ReleaseSession(voice->session);
    sr_vits_config_deinit(&voice->config);
    free(voice->name);
    free(voice);
}

static int unknown_voice(const struct sr_tts *tts, const char *name, struct sarai_error *error) {
    struct sr_str names = {0};
    DIR *dir = opendir(tts->folder);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        const size_t len = strlen(entry->d_name), tail = sizeof EXTENSION - 1;
        if (len > tail && strcmp(entry->d_name + len - tail, EXTENSION) == 0)
            sr_str_addf(&names, "%s%.*s", names.len ? ", " : "", (int)(len - tail), entry->d_name);
    }
    if (dir)
        closedir(dir);
    const int rc =
        names.len
            ? sr_error(error, SARAI_EINPUT, "voice", "there is no VITS voice '%.60s'; there are: %s", name, names.data)
            : sr_error(error, SARAI_EMODEL, tts->folder, "no VITS voices there; run: sarai models pull piper-joe");
    sr_str_deinit(&names);
    return rc;
}

/* A name of the folder, or a path. */
static char *path_of(const struct sr_tts *tts, const char *name) {
    const size_t len = strlen(name), tail = sizeof EXTENSION - 1;
    const bool is_path = strchr(name, '/') != NULL;
    const bool has_extension = len > tail && strcmp(name + len - tail, EXTENSION) == 0;
    return sr_asprintf("%s%s%s%s", is_path ? "" : tts->folder, is_path ? "" : "/", name,
                       has_extension ? "" : EXTENSION);
}

static int read_voice(struct sr_tts *tts, const char *name, struct voice **out, struct sarai_error *error) {
    struct voice *voice = calloc(1, sizeof *voice);
    char *path = path_of(tts, name), *config = path ? sr_asprintf("%s.json", path) : NULL;
    int rc = SARAI_OK;
    if (!voice || !config || !(voice->name = sr_strdup(name)))
        rc = sr_error(error, SARAI_ENOMEM, "voice", "out of memory");
    else if (sr_path_check_model(path, "piper-joe", NULL) < 0)
        rc = unknown_voice(tts, name, error);
    else if ((rc = sr_vits_config_load(config, &voice->config, error)) == SARAI_OK &&
             (rc = sr_ort_load(tts->ort, path, "piper-joe", tts->threads, &voice->session, error)) == SARAI_OK)
        rc = check_contract(tts, voice, path, error);
    free(path);
    free(config);
    if (rc == SARAI_OK)
        *out = voice;
    else if (voice)
        free_voice(tts, voice);
    return rc;
}

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

/* --------------------------------------------------------------------------------------------------- lifecycle -- */

static void close(struct sr_tts *tts) {
    if (!tts)
        return;
    sr_ort_runs_free(tts->runs);
    while (tts->voices) {
        struct voice *voice = tts->voices;
        tts->voices = voice->next;
        free_voice(tts, voice);
    }
    sr_espeak_close(tts->espeak);
    pthread_mutex_destroy(&tts->lock);
    free(tts->folder);
    free(tts->name);
    free(tts->language);
    free(tts);
}

static int open(const struct sr_tts_opts *opts, const struct sr_model_opts *models, struct sr_ort *ort,
                struct sr_clock *clock, struct sr_tts **out, struct sarai_error *error) {
    struct sr_tts *tts = calloc(1, sizeof *tts);
    const struct voice *voice;
    if (!tts)
        return sr_error(error, SARAI_ENOMEM, "vits", "out of memory");
    int rc;
    pthread_mutex_init(&tts->lock, NULL);
    tts->ort = ort;
    tts->speed = opts->speed;
    tts->noise_scale = opts->noise_scale;
    tts->noise_scale_w = opts->noise_scale_w;
    tts->sdp_ratio = opts->sdp_ratio;
    tts->threads = opts->threads;
    tts->folder = sr_path_model(models, "vits");
    tts->name = sr_strdup(opts->voice);
    tts->language = sr_strdup(opts->language);
    if (!tts->folder || !tts->name || !tts->language)
        rc = sr_error(error, SARAI_ENOMEM, "vits", "out of memory");
    else if ((rc = sr_espeak_open(&tts->espeak, error)) == SARAI_OK &&
             (rc = sr_ort_runs_new(ort, clock, "vits", &tts->runs, error)) == SARAI_OK)
        rc = find_voice(tts, tts->name, &voice, error);
    if (rc < 0)
        close(tts);
    else
        *out = tts;
    return rc;
}

/* ------------------------------------------------------------------------------------------------ synthesizing -- */

/* What goes into the tensors. */
struct values {
    int64_t ids[SR_VITS_MAX_IDS], tones[SR_VITS_MAX_IDS], length, speaker;
    float scales[3], sdp_ratio;
};

/* Every second id is a blank, which has no tone. */
static void fill(const struct sr_tts *tts, const struct voice *voice, const struct sr_tts_job *job, size_t count,
                 struct values *v) {
    const struct sr_vits_config *config = &voice->config;
    const struct sr_style_effect *effect = sr_style_effect(job->style);
    const float noise = tts->noise_scale >= 0 ? tts->noise_scale : config->noise_scale;
    const float noise_w = tts->noise_scale_w >= 0 ? tts->noise_scale_w : config->noise_w;
    const float speed = job->speed > 0 ? job->speed : tts->speed;
    v->length = (int64_t)count;
    v->speaker = config->speaker;
    v->scales[0] = noise * effect->variety;
    v->scales[1] = config->length_scale / (speed > 0 ? speed : 1);
    v->scales[2] = noise_w * effect->variety;
    v->sdp_ratio = fminf(1, tts->sdp_ratio * effect->variety);
    for (size_t i = 0; i < count; i++)
        v->tones[i] = config->blank >= 0 && i % 2 == 0 ? 0 : config->tone;
}

static struct sr_ort_input input_of(const struct tensor *tensor, struct values *v) {
    struct sr_ort_input input = {.name = tensor->name, .rank = tensor->rank, .shape = {1, v->length}};
    size_t values = 1;
    input.type = tensor->floats ? ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT : ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64;
    switch (tensor->kind) {
    case IDS:
    case TONES:
        input.data = tensor->kind == IDS ? v->ids : v->tones;
        values = (size_t)v->length;
        break;
    case LENGTH:
        input.data = &v->length;
        break;
    case SPEAKER:
        input.data = &v->speaker;
        break;
    case SCALES:
        input.data = v->scales;
        input.shape[0] = 3;
        values = 3;
        break;
    case NOISE:
    case PACE:
    case NOISE_W:
        input.data = &v->scales[tensor->kind - NOISE];
        break;
    case SDP_RATIO:
        input.data = &v->sdp_ratio;
        break;
    }
    input.bytes = values * (tensor->floats ? sizeof(float) : sizeof(int64_t));
    return input;
}

/* The voice of a job and the ids of its text, none when there is nothing to read. */
static int encode(struct sr_tts *tts, const struct sr_tts_job *job, const struct voice **voice, int64_t *ids,
                  size_t *count, struct sarai_error *error) {
    struct sr_str ipa = {0};
    *count = 0;
    int rc = find_voice(tts, job->voice && job->voice[0] ? job->voice : tts->name, voice, error);
    if (rc == SARAI_OK)
        rc = sr_espeak_phonemes(tts->espeak, tts->language[0] ? tts->language : (*voice)->config.language, job->text,
                                &ipa, error);
    if (rc == SARAI_OK && ipa.len)
        *count = sr_vits_encode(&(*voice)->config, ipa.data, ids);
    sr_str_deinit(&ipa);
    return rc;
}

static int synthesize(struct sr_tts *tts, const struct sr_tts_job *job, const struct sr_abort *abort,
                      struct sr_tts_clip *clip, struct sarai_error *error) {
    const struct voice *voice;
    struct sr_ort_input inputs[MOST_INPUTS];
    size_t count;
    *clip = (struct sr_tts_clip){0};
    if (sr_aborted(abort))
        return SARAI_ESTALE;
    struct values *values = calloc(1, sizeof *values);
    if (!values)
        return sr_error(error, SARAI_ENOMEM, "vits", "out of memory");
    int rc = encode(tts, job, &voice, values->ids, &count, error);
    if (rc == SARAI_OK)
        clip->rate_hz = voice->config.rate_hz;
    if (count) {
        fill(tts, voice, job, count, values);
        for (size_t i = 0; i < voice->input_count; i++)
            inputs[i] = input_of(voice->inputs[i], values);
        rc = sr_ort_run(tts->runs, voice->session, inputs, voice->input_count, voice->contract->output, abort,
                        &clip->samples, &clip->count, error);
    }
    free(values);
    return rc;
}

static int read(struct sr_tts *tts, const struct sr_tts_job *job, uint64_t *given, struct sarai_error *error) {
    const struct voice *voice;
    int64_t ids[SR_VITS_MAX_IDS];
    size_t count;
    const int rc = encode(tts, job, &voice, ids, &count, error);
    if (rc == SARAI_OK)
        *given = sr_hash_bytes(*given, ids, count * sizeof *ids);
    return rc;
}

const struct sr_tts_backend sr_tts_vits = {
    .name = "vits", .open = open, .close = close, .synthesize = synthesize, .read = read};
