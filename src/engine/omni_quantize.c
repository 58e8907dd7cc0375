/* SPDX-License-Identifier: Apache-2.0 */
/* INT8 copies of the omni models, and what they cost: both models answer the same made-up input. */
#include "engine/omni_api.h"
#include "learn/random.h"
#include "omni/onnx.h"
#include "omni/quantize.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STEPS 50 /* two seconds */
#define RUNS 9

struct sample {
    struct sr_omni_tensor tensor;
    void *data;
};

/* Numbers with the spread of a bell, which activations have: twelve even ones added. */
static float bell(uint64_t *random) {
    float sum = -6;
    for (int i = 0; i < 12; i++)
        sum += sr_random_part(random);
    return sum;
}

static int make_sample(enum sr_omni_kind kind, int rate_hz, struct sample *out) {
    const struct sr_omni_io *io = &sr_omni_contracts[kind].input;
    uint64_t random = 7;
    out->tensor = (struct sr_omni_tensor){.whole = io->whole, .rank = io->rank, .shape = {1, STEPS, SR_OMNI_HIDDEN}};
    if (kind == SR_OMNI_ENCODER || kind == SR_OMNI_MONOLITHIC)
        out->tensor.shape[1] = 2 * rate_hz;
    const size_t count = sr_omni_count(&out->tensor);
    out->data = calloc(count, io->whole ? sizeof(int64_t) : sizeof(float));
    out->tensor.data = out->data;
    for (size_t i = 0; i < count && out->data; i++) {
        if (io->whole)
            ((int64_t *)out->data)[i] = (int64_t)sr_random_below(&random, SR_OMNI_LOGITS);
        else
            ((float *)out->data)[i] = bell(&random) * (kind == SR_OMNI_TALKER ? 1 : 0.1f);
    }
    return out->data ? SARAI_OK : SARAI_ENOMEM;
}

/* The component whose contract the model keeps; the error is that of the last one when it keeps none. */
static int open_any(const struct sr_omni_home *home, const char *path, enum sr_omni_kind *kind,
                    struct sr_omni_part **out, struct sarai_error *error) {
    static const enum sr_omni_kind order[] = {SR_OMNI_MONOLITHIC, SR_OMNI_ENCODER, SR_OMNI_VOCODER, SR_OMNI_TALKER};
    int rc = SARAI_EINPUT;
    for (size_t i = 0; i < sizeof order / sizeof *order && rc < 0; i++) {
        const struct sr_omni_part_job job = {
            .kind = order[i], .path = path, .threads = home->threads, .ort = home->ort, .opts = home->opts};
        *kind = order[i];
        rc = sr_omni_onnx.open(&job, out, error);
    }
    if (rc == SARAI_EINPUT)
        sr_error(error, rc, path, "is no encoder, talker, vocoder or monolithic model; see docs/omni.md");
    return rc;
}

/* The output to compare: a monolithic model's logits, for its sound jumps where a token does. */
static const struct sr_omni_tensor *compared(const struct sr_omni_tensor outputs[SR_OMNI_OUTPUTS]) {
    return outputs[2].data ? &outputs[2] : &outputs[0];
}

static int by_value(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int run_timed(const struct sr_omni_home *home, struct sr_omni_part *part, const struct sr_omni_tensor *input,
                     struct sr_omni_tensor outputs[SR_OMNI_OUTPUTS], double *ms, struct sarai_error *error) {
    double times[RUNS];
    int rc = part->backend->run(part, input, outputs, error);
    for (int i = 0; i < RUNS && rc == SARAI_OK; i++) {
        const int64_t start_us = sr_clock_now_us(home->clock);
        rc = part->backend->run(part, input, outputs, error);
        times[i] = (double)(sr_clock_now_us(home->clock) - start_us) / 1000;
    }
    if (rc == SARAI_OK) {
        qsort(times, RUNS, sizeof *times, by_value);
        *ms = times[RUNS / 2];
    }
    return rc;
}

static void compare(const struct sr_omni_tensor *a, const struct sr_omni_tensor *b,
                    struct sarai_omni_quantized *result) {
    const float *x = a->data, *y = b->data;
    double xy = 0, xx = 0, yy = 0;
    result->max_error = 0;
    for (size_t i = 0, count = sr_omni_count(a); i < count; i++) {
        const double error = fabs((double)x[i] - y[i]);
        xy += (double)x[i] * y[i];
        xx += (double)x[i] * x[i];
        yy += (double)y[i] * y[i];
        result->max_error = error > result->max_error ? error : result->max_error;
    }
    result->cosine = xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : 0;
}

static int measure(const struct sr_omni_home *home, const char *in, const char *out,
                   struct sarai_omni_quantized *result, struct sarai_error *error) {
    struct sr_omni_part *before = NULL, *after = NULL;
    struct sr_omni_tensor whole[SR_OMNI_OUTPUTS], rounded[SR_OMNI_OUTPUTS];
    struct sample sample = {.data = NULL};
    enum sr_omni_kind kind, same;
    int rc = open_any(home, in, &kind, &before, error);
    if (rc == SARAI_OK)
        rc = open_any(home, out, &same, &after, error);
    if (rc == SARAI_OK && make_sample(kind, home->opts->sample_rate, &sample) < 0)
        rc = sr_error(error, SARAI_ENOMEM, in, "out of memory");
    if (rc == SARAI_OK)
        rc = run_timed(home, before, &sample.tensor, whole, &result->before_ms, error);
    if (rc == SARAI_OK)
        rc = run_timed(home, after, &sample.tensor, rounded, &result->after_ms, error);
    if (rc == SARAI_OK && sr_omni_count(compared(whole)) != sr_omni_count(compared(rounded)))
        rc = sr_error(error, SARAI_EINTERNAL, out, "gives another shape than the model it was made from");
    if (rc == SARAI_OK) {
        result->component = sr_omni_contracts[kind].component;
        compare(compared(whole), compared(rounded), result);
    }
    sr_omni_part_close(before);
    sr_omni_part_close(after);
    free(sample.data);
    return rc;
}

static int count_bytes(const char *path, uint64_t *bytes, struct sarai_error *error) {
    struct sr_onnx *onnx = NULL;
    const int rc = sr_onnx_open(path, &onnx, error);
    if (rc == SARAI_OK)
        *bytes = onnx->file.len + onnx->data_bytes;
    sr_onnx_close(onnx);
    return rc;
}

int sarai_omni_quantize(const struct sarai_config *config, const char *in, const char *out,
                        struct sarai_omni_quantized *result, struct sarai_error *error) {
    struct sr_omni_home home;
    struct sr_ort *ort = NULL;
    struct sr_clock *clock = NULL;
    *result = (struct sarai_omni_quantized){.component = ""};
    if (strcmp(in, out) == 0)
        return sr_error(error, SARAI_EUSAGE, out, "the INT8 copy needs a name of its own");
    int rc = sr_clock_new(false, &clock);
    if (rc < 0)
        return sr_error(error, rc, "omni", "%s", sarai_strerror(rc));
    rc = sr_ort_open(&config->model, &ort, error);
    if (rc < 0)
        goto out;
    sr_omni_home_of(config, ort, clock, &home);
    rc = sr_omni_quantize_file(in, out, error);
    if (rc < 0)
        goto out;
    result->layers = rc;
    rc = count_bytes(in, &result->bytes_before, error);
    if (rc == SARAI_OK)
        rc = count_bytes(out, &result->bytes_after, error);
    if (rc == SARAI_OK)
        rc = measure(&home, in, out, result, error);
    if (rc < 0)
        unlink(out);
out:
    sr_ort_close(ort);
    sr_clock_free(clock);
    return rc;
}
