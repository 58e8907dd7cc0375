/* SPDX-License-Identifier: Apache-2.0 */
#include "speech/ort_run.h"

#include <stdlib.h>
#include <string.h>

#define POLL_US 5000
#define MOST_INPUTS 16

/* One call of Run in progress; lives on its caller's stack. */
struct run {
    struct run *next;
    OrtRunOptions *options;
    const struct sr_abort *abort;
};

struct sr_ort_runs {
    /* immutable */
    struct sr_ort *ort;
    struct sr_clock *clock;
    const char *where;
    bool watched;
    /* under lock */
    pthread_mutex_t lock;
    struct run *first;
    bool closing;
    /* watcher */
    struct sr_thread watcher;
    struct sr_event wake;
};

static void watch(void *arg) {
    struct sr_ort_runs *runs = arg;
    for (;;) {
        pthread_mutex_lock(&runs->lock);
        for (struct run *run = runs->first; run; run = run->next)
            if (sr_aborted(run->abort))
                sr_ort_check(runs->ort, runs->ort->api->RunOptionsSetTerminate(run->options), runs->where, NULL);
        const bool busy = runs->first != NULL, closing = runs->closing;
        pthread_mutex_unlock(&runs->lock);
        if (closing)
            return;
        sr_event_wait(&runs->wake, busy ? sr_clock_now_us(runs->clock) + POLL_US : SR_FOREVER);
    }
}

static void begin(struct sr_ort_runs *runs, struct run *run) {
    pthread_mutex_lock(&runs->lock);
    run->next = runs->first;
    runs->first = run;
    pthread_mutex_unlock(&runs->lock);
    sr_event_raise(&runs->wake);
}

static void end(struct sr_ort_runs *runs, struct run *run) {
    pthread_mutex_lock(&runs->lock);
    struct run **at = &runs->first;
    while (*at != run)
        at = &(*at)->next;
    *at = run->next;
    pthread_mutex_unlock(&runs->lock);
}

int sr_ort_runs_new(struct sr_ort *ort, struct sr_clock *clock, const char *where, struct sr_ort_runs **out,
                    struct sarai_error *error) {
    struct sr_ort_runs *runs = calloc(1, sizeof *runs);
    if (!runs)
        return sr_error(error, SARAI_ENOMEM, where, "out of memory");
    int rc = SARAI_OK;
    pthread_mutex_init(&runs->lock, NULL);
    runs->ort = ort;
    runs->clock = clock;
    runs->where = where;
    if (!sr_clock_is_virtual(clock)) {
        if (sr_event_init(&runs->wake, clock) < 0) {
            rc = sr_error(error, SARAI_ENOMEM, where, "no event");
        } else if ((rc = sr_thread_start(&runs->watcher, clock, "sarai-tts-watch", watch, runs)) < 0) {
            sr_event_deinit(&runs->wake);
            sr_error(error, rc, where, "no thread");
        } else {
            runs->watched = true;
        }
    }
    if (rc < 0)
        sr_ort_runs_free(runs);
    else
        *out = runs;
    return rc < 0 ? rc : SARAI_OK;
}

void sr_ort_runs_free(struct sr_ort_runs *runs) {
    if (!runs)
        return;
    if (runs->watched) {
        pthread_mutex_lock(&runs->lock);
        runs->closing = true;
        pthread_mutex_unlock(&runs->lock);
        sr_event_raise(&runs->wake);
        sr_thread_join(&runs->watcher);
        sr_event_deinit(&runs->wake);
    }
    pthread_mutex_destroy(&runs->lock);
    free(runs);
}

static int copy_output(struct sr_ort_runs *runs, OrtValue *value, float **samples, size_t *count,
                       struct sarai_error *error) {
    const OrtApi *api = runs->ort->api;
    OrtTensorTypeAndShapeInfo *info = NULL;
    size_t all = 0;
    void *data = NULL;
    float *copy = NULL;
    int rc = sr_ort_check(runs->ort, api->GetTensorTypeAndShape(value, &info), runs->where, error);
    if (rc == SARAI_OK)
        rc = sr_ort_check(runs->ort, api->GetTensorShapeElementCount(info, &all), runs->where, error);
    if (rc == SARAI_OK)
        rc = sr_ort_check(runs->ort, api->GetTensorMutableData(value, &data), runs->where, error);
    if (info)
        api->ReleaseTensorTypeAndShapeInfo(info);
    if (rc < 0)
        return rc;
    if (all && !(copy = malloc(all * sizeof *copy)))
        return sr_error(error, SARAI_ENOMEM, runs->where, "out of memory");
    if (all)
        memcpy(copy, data, all * sizeof *copy);
    *samples = copy;
    *count = all;
    return SARAI_OK;
}

static int run_watched(struct sr_ort_runs *runs, OrtSession *session, const char *const *names,
                       const OrtValue *const *values, size_t input_count, const char *output,
                       const struct sr_abort *abort, OrtValue **value, struct sarai_error *error) {
    const OrtApi *api = runs->ort->api;
    struct run run = {.abort = abort};
    int rc = sr_ort_check(runs->ort, api->CreateRunOptions(&run.options), runs->where, error);
    if (rc < 0)
        return rc;
    if (runs->watched)
        begin(runs, &run);
    rc = sr_ort_check(runs->ort, api->Run(session, run.options, names, values, input_count, &output, 1, value),
                      runs->where, error);
    if (runs->watched)
        end(runs, &run);
    api->ReleaseRunOptions(run.options);
    return rc;
}

int sr_ort_run(struct sr_ort_runs *runs, OrtSession *session, const struct sr_ort_input *inputs, size_t input_count,
               const char *output, const struct sr_abort *abort, float **samples, size_t *count,
               struct sarai_error *error) {
    const OrtApi *api = runs->ort->api;
    const char *names[MOST_INPUTS];
    OrtValue *values[MOST_INPUTS] = {0}, *value = NULL;
    int rc = input_count <= MOST_INPUTS ? SARAI_OK : SARAI_EUSAGE;
    *samples = NULL;
    *count = 0;
    if (sr_aborted(abort))
        return SARAI_ESTALE;
    for (size_t i = 0; i < input_count && rc == SARAI_OK; i++) {
        names[i] = inputs[i].name;
        rc = sr_ort_check(runs->ort,
                          api->CreateTensorWithDataAsOrtValue(runs->ort->cpu, inputs[i].data, inputs[i].bytes,
                                                              inputs[i].shape, inputs[i].rank, inputs[i].type,
                                                              &values[i]),
                          runs->where, error);
    }
    if (rc == SARAI_OK)
        rc = run_watched(runs, session, names, (const OrtValue *const *)values, input_count, output, abort, &value,
                         error);
    if (sr_aborted(abort))
        rc = SARAI_ESTALE;
    if (rc == SARAI_OK)
        rc = copy_output(runs, value, samples, count, error);
    for (size_t i = 0; i < input_count && i < MOST_INPUTS; i++)
        if (values[i])
            api->ReleaseValue(values[i]);
    if (value)
        api->ReleaseValue(value);
    return rc;
}
