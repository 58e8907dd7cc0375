/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Silero VAD 6. Each run sees the 64 samples before the frame, the frame, and the recurrent state of the run before.
 *
 * The tensors are made once, on buffers of this struct, and bound to the model's inputs and outputs. The state comes
 * out into the buffer that the next run does not read, so there are two bindings, used in turn; a frame copies its
 * samples and runs, nothing else.
 *
 * Before that, hum and rumble below any voice are taken away by a high-pass filter of second order: where they are
 * loud, Silero misses people.
 */
#include "model/ort.h"
#include "vad/vad.h"

#include <stdlib.h>
#include <string.h>

#define MODEL "silero-vad"
#define MODEL_FILE "silero-vad/silero_vad.onnx"
#define CONTEXT 64
#define INPUT (CONTEXT + SR_FRAME_SAMPLES)
#define STATE (2 * 128)
/* Butterworth, 60 Hz at 16 kHz: gain of the input, and what the last two outputs add. */
#define GAIN 0.98347720f
#define BACK_1 1.96668139f
#define BACK_2 -0.96722743f

struct sr_vad_model {
    struct sr_ort *ort;
    OrtSession *session;
};

struct sr_vad {
    struct sr_ort *ort;
    OrtSession *session;
    OrtIoBinding *binding[2]; /* binding[i] reads state[i] and writes state[1 - i] */
    OrtValue *input, *rate, *output, *states[2];
    int turn;
    float samples[INPUT];
    float state[2][STATE];
    float in[2], out[2]; /* the last two samples before and behind the filter, newest first */
    float probability;
    int64_t rate_hz;
};

static int load(const struct sr_model_opts *models, struct sr_ort *ort, struct sr_vad_model **out,
                struct sarai_error *error) {
    char *path = sr_path_model(models, MODEL_FILE);
    struct sr_vad_model *model = calloc(1, sizeof *model);
    int rc =
        path && model ? sr_path_check_model(path, MODEL, error) : sr_error(error, SARAI_ENOMEM, MODEL, "out of memory");
    if (rc == SARAI_OK) {
        model->ort = ort;
        rc = sr_ort_load(ort, path, MODEL, 1, &model->session, error);
    }
    if (rc == SARAI_OK)
        *out = model;
    else
        free(model);
    free(path);
    return rc;
}

static void unload(struct sr_vad_model *model) {
    if (!model)
        return;
    model->ort->api->ReleaseSession(model->session);
    free(model);
}

/* A tensor over memory of ours. */
static OrtStatus *make_tensor(struct sr_ort *ort, void *data, size_t bytes, const int64_t *shape, size_t rank,
                              ONNXTensorElementDataType type, OrtValue **out) {
    return ort->api->CreateTensorWithDataAsOrtValue(ort->cpu, data, bytes, shape, rank, type, out);
}

static OrtStatus *make_tensors(struct sr_vad *vad) {
    static const int64_t input_shape[] = {1, INPUT}, state_shape[] = {2, 1, 128}, output_shape[] = {1, 1};
    const ONNXTensorElementDataType real = ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT;
    OrtStatus *status = make_tensor(vad->ort, vad->samples, sizeof vad->samples, input_shape, 2, real, &vad->input);
    for (int i = 0; i < 2 && !status; i++)
        status = make_tensor(vad->ort, vad->state[i], sizeof vad->state[i], state_shape, 3, real, &vad->states[i]);
    if (!status)
        status = make_tensor(vad->ort, &vad->probability, sizeof vad->probability, output_shape, 2, real, &vad->output);
    if (!status)
        status = make_tensor(vad->ort, &vad->rate_hz, sizeof vad->rate_hz, NULL, 0, ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64,
                             &vad->rate);
    return status;
}

static OrtStatus *bind(struct sr_vad *vad, int from) {
    const OrtApi *api = vad->ort->api;
    OrtStatus *status = api->CreateIoBinding(vad->session, &vad->binding[from]);
    OrtIoBinding *binding = vad->binding[from];
    if (!status)
        status = api->BindInput(binding, "input", vad->input);
    if (!status)
        status = api->BindInput(binding, "state", vad->states[from]);
    if (!status)
        status = api->BindInput(binding, "sr", vad->rate);
    if (!status)
        status = api->BindOutput(binding, "output", vad->output);
    if (!status)
        status = api->BindOutput(binding, "stateN", vad->states[1 - from]);
    return status;
}

static void close(struct sr_vad *vad) {
    if (!vad)
        return;
    const OrtApi *api = vad->ort->api;
    for (int i = 0; i < 2; i++)
        api->ReleaseIoBinding(vad->binding[i]);
    for (int i = 0; i < 2; i++)
        api->ReleaseValue(vad->states[i]);
    api->ReleaseValue(vad->input);
    api->ReleaseValue(vad->rate);
    api->ReleaseValue(vad->output);
    free(vad);
}

static int open(struct sr_vad_model *model, struct sr_vad **out, struct sarai_error *error) {
    struct sr_vad *vad = calloc(1, sizeof *vad);
    if (!vad)
        return sr_error(error, SARAI_ENOMEM, MODEL, "out of memory");
    vad->ort = model->ort;
    vad->session = model->session;
    vad->rate_hz = SR_RATE_HZ;
    OrtStatus *status = make_tensors(vad);
    for (int i = 0; i < 2 && !status; i++)
        status = bind(vad, i);
    int rc = sr_ort_check(vad->ort, status, MODEL, error);
    if (rc < 0) {
        close(vad);
        return rc;
    }
    *out = vad;
    return SARAI_OK;
}

static float filter(struct sr_vad *vad, float sample) {
    const float out =
        GAIN * (sample - 2 * vad->in[0] + vad->in[1]) + BACK_1 * vad->out[0] + BACK_2 * vad->out[1] + 1e-20f;
    vad->in[1] = vad->in[0];
    vad->in[0] = sample;
    vad->out[1] = vad->out[0];
    return vad->out[0] = out;
}

static int feed(struct sr_vad *vad, const float *samples, float *probability) {
    memmove(vad->samples, vad->samples + SR_FRAME_SAMPLES, CONTEXT * sizeof *samples);
    for (int i = 0; i < SR_FRAME_SAMPLES; i++)
        vad->samples[CONTEXT + i] = filter(vad, samples[i]);
    OrtStatus *status = vad->ort->api->RunWithBinding(vad->session, NULL, vad->binding[vad->turn]);
    if (status)
        return sr_ort_check(vad->ort, status, MODEL, NULL);
    vad->turn = 1 - vad->turn;
    *probability = vad->probability;
    return SARAI_OK;
}

static void reset(struct sr_vad *vad) {
    memset(vad->samples, 0, sizeof vad->samples);
    memset(vad->state, 0, sizeof vad->state);
    memset(vad->in, 0, sizeof vad->in);
    memset(vad->out, 0, sizeof vad->out);
    vad->turn = 0;
}

const struct sr_vad_backend sr_vad_silero = {"silero", load, unload, open, close, feed, reset};
