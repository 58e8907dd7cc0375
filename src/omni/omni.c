/* SPDX-License-Identifier: Apache-2.0 */
#include "omni/omni.h"

#include "base/metric.h"
#include "omni/cache.h"
#include "omni/decode.h"
#include "omni/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST_S 300
#define REASON (sizeof((struct sarai_error *)0)->where + sizeof((struct sarai_error *)0)->text + 4)
#define MEGABYTE ((uint64_t)1000000)

static const char modular[] = "modular", monolithic[] = "monolithic";
static const enum sr_omni_kind modular_kinds[] = {SR_OMNI_ENCODER, SR_OMNI_TALKER, SR_OMNI_VOCODER};

struct sr_omni {
    /* immutable after new */
    struct sr_omni_home home;
    /* under lock */
    pthread_mutex_t lock;
    struct sr_omni_part *parts[SR_OMNI_KINDS];
    uint64_t bytes[SR_OMNI_KINDS]; /* of the loaded parts */
    int64_t retry_us;              /* the modular pipeline did not load and is let be until then; 0: it did */
    struct sarai_error why;        /* why it did not load, or its last run failed */
    int64_t *tokens;
    size_t token_room;
    struct sr_omni_cache cache;
    uint64_t answered[2], fallbacks, failures; /* modular, monolithic */
    struct sr_histogram encoder, talker, vocoder, pipeline;
};

static int64_t now_us(const struct sr_omni *omni) {
    return sr_clock_now_us(omni->home.clock);
}

static bool is_modular(const struct sr_omni *omni) {
    return strcmp(omni->home.opts->pipeline_mode, modular) == 0;
}

static double ms_since(const struct sr_omni *omni, int64_t start_us) {
    return (double)(now_us(omni) - start_us) / 1000;
}

/* ---------------------------------------------------------------------------------------------------- loading -- */

static void unload(struct sr_omni *omni, enum sr_omni_kind kind) {
    sr_omni_part_close(omni->parts[kind]);
    omni->parts[kind] = NULL;
    omni->bytes[kind] = 0;
}

static void unload_modular(struct sr_omni *omni) {
    for (size_t i = 0; i < sizeof modular_kinds / sizeof *modular_kinds; i++)
        unload(omni, modular_kinds[i]);
}

static uint64_t loaded_bytes(const struct sr_omni *omni) {
    uint64_t sum = 0;
    for (int kind = 0; kind < SR_OMNI_KINDS; kind++)
        sum += omni->bytes[kind];
    return sum;
}

static int check_budget(const struct sr_omni *omni, uint64_t more, struct sarai_error *error) {
    const uint64_t needed = loaded_bytes(omni) + more, most = (uint64_t)omni->home.opts->max_memory_mb * MEGABYTE;
    if (needed <= most)
        return SARAI_OK;
    return sr_error(error, SARAI_EFULL, "audio_omni.max_memory_mb",
                    "%llu MB of models are needed and %d MB are allowed",
                    (unsigned long long)((needed + MEGABYTE - 1) / MEGABYTE), omni->home.opts->max_memory_mb);
}

/* The component's part as planned; ONNX stands in for PyTorch. */
static int open_part(struct sr_omni *omni, struct sr_omni_plan *plan, struct sarai_error *error) {
    struct sr_omni_part **part = &omni->parts[plan->kind];
    int rc = sr_omni_plan_open(&omni->home, plan, part, error);
    if (rc < 0 && plan->backend == &sr_omni_pytorch && (rc = sr_omni_plan_stand_in(&omni->home, plan, error)) >= 0 &&
        (rc = check_budget(omni, plan->bytes, error)) >= 0)
        rc = sr_omni_plan_open(&omni->home, plan, part, error);
    if (rc == SARAI_OK)
        omni->bytes[plan->kind] = plan->bytes;
    return rc;
}

/* Loads those of `kinds` that are not, all or none. */
static int load(struct sr_omni *omni, const enum sr_omni_kind *kinds, size_t count, struct sarai_error *error) {
    struct sr_omni_plan plans[SR_OMNI_KINDS] = {0};
    struct sarai_error unread;
    uint64_t bytes = 0;
    size_t planned = 0;
    int rc = SARAI_OK;
    error = error ? error : &unread;
    for (size_t i = 0; i < count && rc == SARAI_OK; i++) {
        if (omni->parts[kinds[i]])
            continue;
        rc = sr_omni_plan(&omni->home, kinds[i], &plans[planned], error);
        if (rc < 0 && plans[planned].backend == &sr_omni_pytorch)
            rc = sr_omni_plan_stand_in(&omni->home, &plans[planned], error);
        bytes += plans[planned++].bytes;
    }
    if (rc == SARAI_OK)
        rc = check_budget(omni, bytes, error);
    for (size_t i = 0; i < planned && rc == SARAI_OK; i++)
        rc = open_part(omni, &plans[i], error);
    for (size_t i = 0; i < planned; i++) {
        if (rc < 0)
            unload(omni, plans[i].kind);
        sr_omni_plan_deinit(&plans[i]);
    }
    return rc;
}

/* ---------------------------------------------------------------------------------------------------- running -- */

static int decode(struct sr_omni *omni, const struct sr_omni_tensor *logits, struct sarai_error *error) {
    const size_t count = (size_t)(logits->shape[0] * logits->shape[1]);
    if (count > omni->token_room) {
        int64_t *tokens = realloc(omni->tokens, count * sizeof *tokens);
        if (!tokens)
            return sr_error(error, SARAI_ENOMEM, "audio_omni", "out of memory");
        omni->tokens = tokens;
        omni->token_room = count;
    }
    sr_omni_decode(logits->data, count, omni->tokens);
    return SARAI_OK;
}

static void tell_tensor(const struct sr_omni_tensor *tensor, const float **data, int64_t shape[SR_OMNI_RANK]) {
    *data = tensor->data;
    memcpy(shape, tensor->shape, sizeof tensor->shape);
}

static void tell_waveform(const struct sr_omni *omni, const struct sr_omni_part *part,
                          const struct sr_omni_tensor *wave, struct sarai_omni_result *result) {
    result->waveform = wave->data;
    result->sample_count = (size_t)wave->shape[1];
    result->rate_hz = part->rate_hz ? part->rate_hz : omni->home.opts->sample_rate;
}

static int check_one(const struct sr_omni_tensor *tensor, int64_t steps, const char *what, struct sarai_error *error) {
    if (tensor->shape[0] == 1 && (steps == 0 || tensor->shape[1] == steps))
        return SARAI_OK;
    return sr_error(error, SARAI_EINPUT, what, "came out as [%lld,%lld,...] for one sound of %lld steps",
                    (long long)tensor->shape[0], (long long)tensor->shape[1], (long long)steps);
}

/* Encoder and talker, then tokens; the time of each goes into `result`. */
static int run_to_tokens(struct sr_omni *omni, const struct sr_omni_tensor *audio, struct sr_omni_tensor *hidden,
                         struct sr_omni_tensor *logits, struct sarai_omni_result *result, struct sarai_error *error) {
    struct sr_omni_part *encoder = omni->parts[SR_OMNI_ENCODER], *talker = omni->parts[SR_OMNI_TALKER];
    struct sr_omni_tensor outputs[SR_OMNI_OUTPUTS];
    int64_t start_us = now_us(omni);
    int rc = encoder->backend->run(encoder, audio, outputs, error);
    *hidden = outputs[0];
    if (rc == SARAI_OK)
        rc = check_one(hidden, 0, "hidden_states", error);
    result->encoder_ms = ms_since(omni, start_us);
    start_us = now_us(omni);
    if (rc == SARAI_OK)
        rc = talker->backend->run(talker, hidden, outputs, error);
    *logits = outputs[0];
    if (rc == SARAI_OK)
        rc = check_one(logits, hidden->shape[1], "audio_logits", error);
    result->talker_ms = ms_since(omni, start_us);
    return rc == SARAI_OK ? decode(omni, logits, error) : rc;
}

static int run_modular(struct sr_omni *omni, const float *samples, size_t count, struct sarai_omni_result *result,
                       struct sarai_error *error) {
    struct sr_omni_part *encoder = omni->parts[SR_OMNI_ENCODER], *vocoder = omni->parts[SR_OMNI_VOCODER];
    const struct sr_omni_tensor audio = {.data = samples, .rank = 2, .shape = {1, (int64_t)count}};
    struct sr_omni_tensor hidden, logits, outputs[SR_OMNI_OUTPUTS];
    int rc = run_to_tokens(omni, &audio, &hidden, &logits, result, error);
    if (rc < 0)
        return rc;
    const struct sr_omni_tensor tokens = {
        .data = omni->tokens, .whole = true, .rank = 2, .shape = {1, logits.shape[1]}};
    const int64_t start_us = now_us(omni);
    rc = vocoder->backend->run(vocoder, &tokens, outputs, error);
    if (rc == SARAI_OK)
        rc = check_one(&outputs[0], 0, "waveform", error);
    result->vocoder_ms = ms_since(omni, start_us);
    if (rc < 0)
        return rc;
    result->mode = modular;
    result->encoder_backend = encoder->backend->name;
    result->vocoder_backend = vocoder->backend->name;
    tell_tensor(&hidden, &result->hidden_states, result->hidden_states_shape);
    tell_tensor(&logits, &result->audio_logits, result->audio_logits_shape);
    result->tokens = omni->tokens;
    result->token_count = (size_t)logits.shape[1];
    tell_waveform(omni, vocoder, &outputs[0], result);
    return SARAI_OK;
}

static int run_monolithic(struct sr_omni *omni, const float *samples, size_t count, struct sarai_omni_result *result,
                          struct sarai_error *error) {
    struct sr_omni_part *part = omni->parts[SR_OMNI_MONOLITHIC];
    const struct sr_omni_tensor audio = {.data = samples, .rank = 2, .shape = {1, (int64_t)count}};
    struct sr_omni_tensor outputs[SR_OMNI_OUTPUTS];
    int rc = part->backend->run(part, &audio, outputs, error);
    for (int i = 0; i < SR_OMNI_OUTPUTS && rc == SARAI_OK; i++)
        if (outputs[i].data)
            rc = check_one(&outputs[i], 0, sr_omni_contracts[SR_OMNI_MONOLITHIC].outputs[i].name, error);
    if (rc == SARAI_OK && outputs[2].data)
        rc = decode(omni, &outputs[2], error);
    if (rc < 0)
        return rc;
    result->mode = monolithic;
    tell_tensor(&outputs[1], &result->hidden_states, result->hidden_states_shape);
    tell_tensor(&outputs[2], &result->audio_logits, result->audio_logits_shape);
    if (outputs[2].data) {
        result->tokens = omni->tokens;
        result->token_count = (size_t)outputs[2].shape[1];
    }
    tell_waveform(omni, part, &outputs[0], result);
    return SARAI_OK;
}

typedef int runner(struct sr_omni *omni, const float *samples, size_t count, struct sarai_omni_result *result,
                   struct sarai_error *error);

/* The first run of a model finds memory and plans; half a second of silence has it done before anybody waits. */
static int warm_up(struct sr_omni *omni, runner *run, struct sarai_error *error) {
    const size_t count = (size_t)omni->home.opts->sample_rate / 2;
    struct sarai_omni_result result = {0};
    float *silence = calloc(count, sizeof *silence);
    const int rc = silence ? run(omni, silence, count, &result, error)
                           : sr_error(error, SARAI_ENOMEM, "audio_omni", "out of memory");
    free(silence);
    return rc;
}

/* -------------------------------------------------------------------------------------------------- the two ways -- */

static void give_up_modular(struct sr_omni *omni) {
    unload_modular(omni);
    omni->retry_us = now_us(omni) + 1 + (int64_t)omni->home.opts->retry_s * 1000000;
    sr_log(omni->home.log, SARAI_LOG_WARN, "omni", "falling back to the monolithic model: %s: %s", omni->why.where,
           omni->why.text);
}

/* Has the modular pipeline loaded and warm; `omni->why` says why not. */
static int need_modular(struct sr_omni *omni) {
    if (omni->retry_us && now_us(omni) < omni->retry_us)
        return omni->why.code;
    omni->retry_us = 0;
    if (omni->parts[SR_OMNI_ENCODER] && omni->parts[SR_OMNI_TALKER] && omni->parts[SR_OMNI_VOCODER])
        return SARAI_OK;
    const int64_t start_us = now_us(omni);
    int rc = load(omni, modular_kinds, sizeof modular_kinds / sizeof *modular_kinds, &omni->why);
    if (rc == SARAI_OK)
        rc = warm_up(omni, run_modular, &omni->why);
    if (rc < 0)
        give_up_modular(omni);
    else
        sr_log(omni->home.log, SARAI_LOG_INFO, "omni", "%s: modular, ready after %.0f ms", omni->home.opts->name,
               ms_since(omni, start_us));
    return rc;
}

static int need_monolithic(struct sr_omni *omni, struct sarai_error *error) {
    static const enum sr_omni_kind kind[] = {SR_OMNI_MONOLITHIC};
    if (omni->parts[SR_OMNI_MONOLITHIC])
        return SARAI_OK;
    int rc = load(omni, kind, 1, error);
    if (rc == SARAI_EFULL && omni->parts[SR_OMNI_TALKER]) {
        unload_modular(omni);
        rc = load(omni, kind, 1, error);
    }
    if (rc == SARAI_OK && (rc = warm_up(omni, run_monolithic, error)) < 0)
        unload(omni, SR_OMNI_MONOLITHIC);
    return rc;
}

/* An answer from the cache, or SARAI_ESTALE. */
static int answer_again(struct sr_omni *omni, const float *samples, size_t count, const char *mode,
                        struct sarai_omni_result *result) {
    const struct sarai_omni_result *kept = sr_omni_cache_find(&omni->cache, samples, count, mode);
    if (!kept)
        return SARAI_ESTALE;
    *result = *kept;
    result->cached = true;
    return SARAI_OK;
}

static int answer_modular(struct sr_omni *omni, const float *samples, size_t count, struct sarai_omni_result *result) {
    if (answer_again(omni, samples, count, modular, result) == SARAI_OK)
        return SARAI_OK;
    int rc = need_modular(omni);
    if (rc == SARAI_OK && (rc = run_modular(omni, samples, count, result, &omni->why)) < 0)
        sr_log(omni->home.log, SARAI_LOG_WARN, "omni", "this request falls back to the monolithic model: %s: %s",
               omni->why.where, omni->why.text);
    return rc;
}

static int answer_monolithic(struct sr_omni *omni, const float *samples, size_t count, struct sarai_omni_result *result,
                             struct sarai_error *error) {
    *result = (struct sarai_omni_result){.encoder_ms = -1, .talker_ms = -1, .vocoder_ms = -1};
    if (answer_again(omni, samples, count, monolithic, result) == SARAI_OK)
        return SARAI_OK;
    const int rc = need_monolithic(omni, error);
    return rc < 0 ? rc : run_monolithic(omni, samples, count, result, error);
}

static int answer(struct sr_omni *omni, const float *samples, size_t count, struct sarai_omni_result *result,
                  char reason[REASON], struct sarai_error *error) {
    struct sarai_error second = {.text = ""};
    if (is_modular(omni) && answer_modular(omni, samples, count, result) == SARAI_OK)
        return SARAI_OK;
    const int rc = answer_monolithic(omni, samples, count, result, &second);
    if (is_modular(omni)) {
        snprintf(reason, REASON, "%s: %s", omni->why.where, omni->why.text);
        result->fallback_reason = reason;
        omni->fallbacks++;
    }
    if (rc == SARAI_OK)
        return rc;
    if (!is_modular(omni))
        return sr_error(error, rc, second.where, "%s", second.text);
    /* What is missing outweighs what is wrong: the user can get it. */
    const int code = omni->why.code == SARAI_EMODEL || rc == SARAI_EMODEL ? SARAI_EMODEL : rc;
    return sr_error(error, code, "audio_omni", "no pipeline can answer; modular: %.140s; monolithic: %.70s: %.70s",
                    reason, second.where, second.text);
}

static void record(struct sr_omni *omni, const struct sarai_omni_result *result) {
    omni->answered[result->mode == monolithic]++;
    sr_histogram_add(&omni->pipeline, (int64_t)(result->pipeline_ms * 1000));
    if (result->cached)
        return;
    sr_histogram_add(&omni->encoder, (int64_t)(result->encoder_ms * 1000));
    sr_histogram_add(&omni->talker, (int64_t)(result->talker_ms * 1000));
    sr_histogram_add(&omni->vocoder, (int64_t)(result->vocoder_ms * 1000));
}

static void finish(struct sr_omni *omni, int64_t start_us, struct sarai_omni_result *result) {
    struct sr_omni_cache *cache = &omni->cache;
    *(result->cached ? &cache->hits : &cache->misses) += 1;
    if (result->cached)
        result->encoder_ms = result->talker_ms = result->vocoder_ms = -1;
    result->pipeline_ms = ms_since(omni, start_us);
    result->cache_hits = cache->hits;
    result->cache_misses = cache->misses;
    record(omni, result);
}

int sr_omni_run(struct sr_omni *omni, const float *samples, size_t sample_count, sarai_omni_done *done, void *user,
                struct sarai_error *error) {
    struct sarai_omni_result result = {0};
    char reason[REASON];
    if (sample_count == 0)
        return sr_error(error, SARAI_EINPUT, "audio", "there is no sound");
    if (sample_count > (size_t)omni->home.opts->sample_rate * LONGEST_S)
        return sr_error(error, SARAI_EINPUT, "audio", "is longer than %d s: cut it", LONGEST_S);
    pthread_mutex_lock(&omni->lock);
    const int64_t start_us = now_us(omni);
    const int rc = answer(omni, samples, sample_count, &result, reason, error);
    if (rc == SARAI_OK) {
        finish(omni, start_us, &result);
        if (!result.cached)
            sr_omni_cache_add(&omni->cache, samples, sample_count, &result);
        result.cache_entries = omni->cache.count;
        result.cache_bytes = omni->cache.bytes;
        done(user, &result);
    } else {
        omni->failures++;
    }
    if (!omni->home.opts->permanent)
        for (int kind = 0; kind < SR_OMNI_KINDS; kind++)
            unload(omni, (enum sr_omni_kind)kind);
    pthread_mutex_unlock(&omni->lock);
    return rc;
}

int sr_omni_talk(struct sr_omni *omni, const struct sr_omni_tensor *hidden, sarai_omni_done *done, void *user,
                 struct sarai_error *error) {
    static const enum sr_omni_kind kind[] = {SR_OMNI_TALKER};
    struct sarai_omni_result result = {.mode = modular, .encoder_ms = -1, .vocoder_ms = -1};
    struct sr_omni_tensor outputs[SR_OMNI_OUTPUTS];
    pthread_mutex_lock(&omni->lock);
    int rc = load(omni, kind, 1, error);
    const int64_t start_us = now_us(omni);
    struct sr_omni_part *talker = omni->parts[SR_OMNI_TALKER];
    if (rc == SARAI_OK)
        rc = talker->backend->run(talker, hidden, outputs, error);
    result.talker_ms = result.pipeline_ms = ms_since(omni, start_us);
    if (rc == SARAI_OK)
        rc = decode(omni, &outputs[0], error);
    if (rc == SARAI_OK) {
        tell_tensor(hidden, &result.hidden_states, result.hidden_states_shape);
        tell_tensor(&outputs[0], &result.audio_logits, result.audio_logits_shape);
        result.tokens = omni->tokens;
        result.token_count = (size_t)(outputs[0].shape[0] * outputs[0].shape[1]);
        done(user, &result);
    }
    pthread_mutex_unlock(&omni->lock);
    return rc;
}

/* --------------------------------------------------------------------------------------------------- lifecycle -- */

int sr_omni_new(const struct sr_omni_home *home, struct sr_omni **out, struct sarai_error *error) {
    struct sr_omni *omni = calloc(1, sizeof *omni);
    if (!omni)
        return sr_error(error, SARAI_ENOMEM, "audio_omni", "out of memory");
    omni->home = *home;
    pthread_mutex_init(&omni->lock, NULL);
    omni->cache.most_bytes = (uint64_t)home->opts->cache_mb * MEGABYTE;
    if (home->opts->load_on_startup && home->opts->permanent) {
        struct sarai_error why = {.text = ""};
        if ((!is_modular(omni) || need_modular(omni) < 0) && need_monolithic(omni, &why) < 0)
            sr_log(home->log, SARAI_LOG_WARN, "omni", "the monolithic model did not load: %s: %s", why.where, why.text);
    }
    *out = omni;
    return SARAI_OK;
}

void sr_omni_free(struct sr_omni *omni) {
    if (!omni)
        return;
    for (int kind = 0; kind < SR_OMNI_KINDS; kind++)
        unload(omni, (enum sr_omni_kind)kind);
    sr_omni_cache_deinit(&omni->cache);
    pthread_mutex_destroy(&omni->lock);
    free(omni->tokens);
    free(omni);
}

void sr_omni_print(struct sr_omni *omni, struct sr_str *out) {
    pthread_mutex_lock(&omni->lock);
    sr_counter_print(omni->answered[0], "omni_modular_total", "Sounds the modular pipeline answered.", out);
    sr_counter_print(omni->answered[1], "omni_monolithic_total", "Sounds the monolithic model answered.", out);
    sr_counter_print(omni->fallbacks, "omni_fallback_total", "Requests the modular pipeline could not answer.", out);
    sr_counter_print(omni->failures, "omni_failed_total", "Requests that nobody could answer.", out);
    sr_counter_print(omni->cache.hits, "omni_cache_hits_total", "Answers from the cache.", out);
    sr_counter_print(omni->cache.misses, "omni_cache_misses_total", "Answers that were computed.", out);
    sr_histogram_print(&omni->encoder, "omni_encoder_seconds", "Time of the encoder.", out);
    sr_histogram_print(&omni->talker, "omni_talker_seconds", "Time of the talker.", out);
    sr_histogram_print(&omni->vocoder, "omni_vocoder_seconds", "Time of the vocoder.", out);
    sr_histogram_print(&omni->pipeline, "omni_pipeline_seconds", "Time of a whole request.", out);
    pthread_mutex_unlock(&omni->lock);
}
