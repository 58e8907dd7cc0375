/* SPDX-License-Identifier: Apache-2.0 */
/* The omni pipeline as an endpoint of the engine. */
#include "engine/omni_api.h"

#include "audio/decode.h"
#include "audio/resample.h"
#include "audio/wav.h"
#include "omni/fixture.h"
#include "omni/npy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int need_omni(const struct sarai_engine *engine, struct sarai_error *error) {
    return engine->omni ? SARAI_OK : sr_error(error, SARAI_EUSAGE, "omni", "needs an engine made with SARAI_USE_OMNI");
}

void sr_omni_home_of(const struct sarai_config *config, struct sr_ort *ort, struct sr_clock *clock,
                     struct sr_omni_home *out) {
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    const int threads = config->model.threads ? config->model.threads : (int)(cores > 0 ? cores : 1);
    const int wanted = config->audio_omni.threads;
    *out = (struct sr_omni_home){.opts = &config->audio_omni,
                                 .models = &config->model,
                                 .ort = ort,
                                 .clock = clock,
                                 .log = &config->log,
                                 .threads = wanted > 0 && wanted < threads ? wanted : threads};
}

/* ------------------------------------------------------------------------------------------------------ sounds -- */

/* Waits for the cores that a request computes on; returns how many, to be given back. */
static int take_cores(struct sarai_engine *engine, struct sarai_error *error) {
    struct sr_omni_home home;
    sr_omni_home_of(engine->config, engine->ort, engine->clock, &home);
    const int rc = sr_sched_take(engine->sched, engine->clock, SR_TTS_NEXT, home.threads, NULL);
    return rc < 0 ? sr_error(error, rc, "omni", "%s", sarai_strerror(rc)) : home.threads;
}

static int run(struct sarai_engine *engine, const float *samples, size_t count, sarai_omni_done *done, void *user,
               struct sarai_error *error) {
    const int threads = take_cores(engine, error);
    if (threads < 0)
        return threads;
    const int rc = sr_omni_run(engine->omni, samples, count, done, user, error);
    sr_sched_give(engine->sched, threads);
    return rc;
}

int sarai_omni_run(struct sarai_engine *engine, const float *samples, size_t count, int rate_hz, sarai_omni_done *done,
                   void *user, struct sarai_error *error) {
    int rc = need_omni(engine, error);
    if (rc < 0)
        return rc;
    const int wanted = engine->config->audio_omni.sample_rate;
    if (rate_hz == wanted || count == 0)
        return run(engine, samples, count, done, user, error);
    if (rate_hz < 1000 || rate_hz > 768000)
        return sr_error(error, SARAI_EINPUT, "audio", "a rate of %d Hz is not from 1 to 768 kHz", rate_hz);
    float *resampled = NULL;
    size_t made = 0;
    rc = sr_resample(samples, count, rate_hz, wanted, &resampled, &made);
    if (rc < 0)
        return sr_error(error, rc, "audio", "%s", sarai_strerror(rc));
    rc = run(engine, resampled, made, done, user, error);
    free(resampled);
    return rc;
}

int sarai_omni_run_file(struct sarai_engine *engine, const char *path, sarai_omni_done *done, void *user,
                        struct sarai_error *error) {
    float *samples = NULL;
    size_t count = 0;
    int rc = need_omni(engine, error);
    if (rc == SARAI_OK)
        rc = sr_decode_file(path, engine->config->audio_omni.sample_rate, &samples, &count, error);
    if (rc == SARAI_OK)
        rc = run(engine, samples, count, done, user, error);
    free(samples);
    return rc;
}

int sarai_write_wav(const char *path, const float *samples, size_t count, int rate_hz, struct sarai_error *error) {
    struct sr_wav *wav = NULL;
    int rc = sr_wav_create(path, rate_hz, 1, &wav, error);
    if (rc < 0)
        return rc;
    if ((rc = sr_wav_write(wav, samples, count)) == SARAI_OK)
        return sr_wav_commit(wav, error);
    sr_wav_abandon(wav);
    return sr_error(error, rc, path, "%s", sarai_strerror(rc));
}

/* ------------------------------------------------------------------------------------------------------ talker -- */

static int talk(struct sarai_engine *engine, const struct sr_omni_tensor *hidden, sarai_omni_done *done, void *user,
                struct sarai_error *error) {
    const int threads = take_cores(engine, error);
    if (threads < 0)
        return threads;
    const int rc = sr_omni_talk(engine->omni, hidden, done, user, error);
    sr_sched_give(engine->sched, threads);
    return rc;
}

int sarai_omni_talker(struct sarai_engine *engine, const float *hidden_states, int64_t batch, int64_t steps,
                      sarai_omni_done *done, void *user, struct sarai_error *error) {
    const struct sr_omni_tensor hidden = {.data = hidden_states, .rank = 3, .shape = {batch, steps, SR_OMNI_HIDDEN}};
    const int rc = need_omni(engine, error);
    return rc < 0 ? rc : talk(engine, &hidden, done, user, error);
}

/* Writes what the talker gave, then tells. */
struct writing {
    const char *path;
    int rank; /* of the input: a [T,3584] gives a [T,8448] */
    sarai_omni_done *done;
    void *user;
    int rc;
    struct sarai_error *error;
};

static void write_logits(void *user, const struct sarai_omni_result *result) {
    struct writing *writing = user;
    const int skip = SR_OMNI_RANK - writing->rank;
    struct sr_omni_tensor logits = {.data = result->audio_logits, .rank = writing->rank};
    memcpy(logits.shape, result->audio_logits_shape + skip, (size_t)writing->rank * sizeof *logits.shape);
    writing->rc = sr_npy_write(writing->path, &logits, writing->error);
    if (writing->rc == SARAI_OK && writing->done)
        writing->done(writing->user, result);
}

int sarai_omni_talker_file(struct sarai_engine *engine, const char *in, const char *out, sarai_omni_done *done,
                           void *user, struct sarai_error *error) {
    struct sr_omni_tensor hidden;
    float *values = NULL;
    int rc = need_omni(engine, error);
    if (rc == SARAI_OK)
        rc = sr_npy_read(in, &values, &hidden, error);
    if (rc < 0)
        return rc;
    struct writing writing = {.path = out, .rank = hidden.rank, .done = done, .user = user, .error = error};
    if (hidden.rank == 2) {
        hidden.shape[2] = hidden.shape[1];
        hidden.shape[1] = hidden.shape[0];
        hidden.shape[0] = 1;
        hidden.rank = 3;
    }
    rc = sr_omni_check_tensor(&sr_omni_contracts[SR_OMNI_TALKER].input, false, true, hidden.rank, hidden.shape, in,
                              error);
    if (rc == SARAI_OK)
        rc = talk(engine, &hidden, write_logits, &writing, error);
    free(values);
    return rc < 0 ? rc : writing.rc;
}

char *sarai_omni_metrics(struct sarai_engine *engine) {
    struct sr_str out = {0};
    if (need_omni(engine, NULL) < 0)
        return NULL;
    sr_omni_print(engine->omni, &out);
    return sr_str_take(&out);
}

/* ------------------------------------------------------------------------------------------------------ models -- */

int sarai_omni_check(const struct sarai_config *config, void (*each)(void *user, const struct sarai_omni_part *part),
                     void *user, struct sarai_error *error) {
    struct sr_omni_home home;
    struct sr_ort *ort = NULL;
    struct sr_clock *clock = NULL;
    int rc = sr_clock_new(false, &clock);
    if (rc < 0)
        return sr_error(error, rc, "omni", "%s", sarai_strerror(rc));
    rc = sr_ort_open(&config->model, &ort, error);
    if (rc == SARAI_OK) {
        sr_omni_home_of(config, ort, clock, &home);
        rc = sr_omni_check(&home, each, user, error);
    }
    sr_ort_close(ort);
    sr_clock_free(clock);
    return rc;
}

int sarai_omni_fixture(const char *folder, void (*each)(void *user, const struct sarai_omni_part *part), void *user,
                       struct sarai_error *error) {
    if (mkdir(folder, 0777) < 0 && errno != EEXIST)
        return sr_error_errno(error, SARAI_EIO, folder, "can't be made");
    for (int kind = 0; kind < SR_OMNI_KINDS; kind++) {
        struct stat info;
        const int rc = sr_omni_fixture(folder, (enum sr_omni_kind)kind, error);
        if (rc < 0)
            return rc;
        char *path = sr_asprintf("%s/%s", folder, sr_omni_fixture_names[kind]);
        if (!path)
            return sr_error(error, SARAI_ENOMEM, folder, "out of memory");
        const struct sarai_omni_part part = {.component = sr_omni_contracts[kind].component,
                                             .backend = "onnx",
                                             .path = path,
                                             .ok = true,
                                             .problem = "",
                                             .bytes = (stat(path, &info) == 0 ? (uint64_t)info.st_size : 0) +
                                                      (kind == SR_OMNI_TALKER ? SR_OMNI_TALKER_BYTES : 0)};
        if (each)
            each(user, &part);
        free(path);
    }
    return SARAI_OK;
}
