/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tensors are made once, on buffers of the stream, and bound to the model's input and output: a judgement computes
 * the features into one of them and runs. The output is called logits but has passed the sigmoid already.
 */
#include "vad/smart_turn.h"

#include "model/ort.h"
#include "vad/mel.h"

#include <stdlib.h>

#define MODEL "smart-turn"
#define MODEL_FILE "smart-turn/smart-turn-v3.2-cpu.onnx"

struct sr_smart_turn_model {
    struct sr_ort *ort;
    OrtSession *session;
};

struct sr_smart_turn {
    struct sr_smart_turn_model *model;
    struct sr_mel *mel;
    OrtIoBinding *binding;
    OrtValue *input, *output;
    float features[SR_MEL_BANDS * SR_MEL_FRAMES];
    float probability;
};

int sr_smart_turn_load(const struct sr_model_opts *models, struct sr_ort *ort, struct sr_smart_turn_model **out,
                       struct sarai_error *error) {
    char *path = sr_path_model(models, MODEL_FILE);
    struct sr_smart_turn_model *model = calloc(1, sizeof *model);
    int rc = SARAI_OK;
    if (!path || !model)
        rc = sr_error(error, SARAI_ENOMEM, MODEL, "out of memory");
    else
        rc = sr_ort_load(ort, path, MODEL, 1, &model->session, error);
    if (rc == SARAI_OK) {
        model->ort = ort;
        *out = model;
    } else {
        free(model);
    }
    free(path);
    return rc;
}

void sr_smart_turn_unload(struct sr_smart_turn_model *model) {
    if (!model)
        return;
    model->ort->api->ReleaseSession(model->session);
    free(model);
}

static OrtStatus *bind(struct sr_smart_turn *st) {
    static const int64_t input_shape[] = {1, SR_MEL_BANDS, SR_MEL_FRAMES}, output_shape[] = {1, 1};
    const ONNXTensorElementDataType real = ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT;
    const OrtApi *api = st->model->ort->api;
    const OrtMemoryInfo *cpu = st->model->ort->cpu;
    OrtStatus *status =
        api->CreateTensorWithDataAsOrtValue(cpu, st->features, sizeof st->features, input_shape, 3, real, &st->input);
    if (!status)
        status = api->CreateTensorWithDataAsOrtValue(cpu, &st->probability, sizeof st->probability, output_shape, 2,
                                                     real, &st->output);
    if (!status)
        status = api->CreateIoBinding(st->model->session, &st->binding);
    if (!status)
        status = api->BindInput(st->binding, "input_features", st->input);
    if (!status)
        status = api->BindOutput(st->binding, "logits", st->output);
    return status;
}

int sr_smart_turn_open(struct sr_smart_turn_model *model, struct sr_smart_turn **out, struct sarai_error *error) {
    struct sr_smart_turn *st = calloc(1, sizeof *st);
    int rc = SARAI_ENOMEM;
    if (st) {
        st->model = model;
        rc = sr_mel_new(&st->mel);
    }
    if (rc < 0)
        sr_error(error, rc, MODEL, "out of memory");
    else
        rc = sr_ort_check(model->ort, bind(st), MODEL, error);
    if (rc < 0)
        sr_smart_turn_close(st);
    else
        *out = st;
    return rc;
}

void sr_smart_turn_close(struct sr_smart_turn *st) {
    if (!st)
        return;
    const OrtApi *api = st->model->ort->api;
    api->ReleaseIoBinding(st->binding);
    api->ReleaseValue(st->input);
    api->ReleaseValue(st->output);
    sr_mel_free(st->mel);
    free(st);
}

int sr_smart_turn_judge(struct sr_smart_turn *st, const float *samples, size_t count, float *probability) {
    struct sr_ort *ort = st->model->ort;
    sr_mel_compute(st->mel, samples, count, st->features);
    OrtStatus *status = ort->api->RunWithBinding(st->model->session, NULL, st->binding);
    if (status)
        return sr_ort_check(ort, status, MODEL, NULL);
    *probability = st->probability;
    return SARAI_OK;
}
