/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A component as an ONNX model. The input is bound where the caller has it and the outputs where the runtime left them
 * the last time, so that a run of a known shape copies and allocates nothing. Threads spin while a run is going on,
 * which halves the time of its short pieces, and sleep as soon as it ends.
 */
#include "omni/part.h"

#include <stdlib.h>
#include <string.h>

#define MOST_TENSORS 16

struct part {
    struct sr_omni_part base;
    const struct sr_omni_contract *contract;
    struct sr_ort *ort;
    char *path;
    OrtSession *session;
    OrtIoBinding *binding;
    OrtAllocator *allocator;
    OrtValue *input, *outputs[SR_OMNI_OUTPUTS];
    bool present[SR_OMNI_OUTPUTS];
    struct sr_omni_tensor bound; /* the input that is bound now */
};

/* ---------------------------------------------------------------------------------------------------- contract -- */

static bool number_type(ONNXTensorElementDataType type, bool *whole) {
    *whole = type == ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64;
    return *whole || type == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT;
}

static int check_shape(struct part *part, const OrtTensorTypeAndShapeInfo *info, const struct sr_omni_io *io,
                       struct sr_omni_tensor *out, struct sarai_error *error) {
    const OrtApi *api = part->ort->api;
    ONNXTensorElementDataType type = ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
    int64_t dims[8] = {0};
    size_t rank = 0;
    bool whole = false;
    int rc = sr_ort_check(part->ort, api->GetTensorElementType(info, &type), part->path, error);
    if (rc == SARAI_OK)
        rc = sr_ort_check(part->ort, api->GetDimensionsCount(info, &rank), part->path, error);
    if (rc == SARAI_OK && rank <= 8)
        rc = sr_ort_check(part->ort, api->GetDimensions(info, dims, rank), part->path, error);
    if (rc < 0)
        return rc;
    const bool known = number_type(type, &whole);
    rc = sr_omni_check_tensor(io, whole, known, (int)(rank < 100 ? rank : 100), dims, part->path, error);
    if (rc == SARAI_OK && out) {
        *out = (struct sr_omni_tensor){.whole = whole, .rank = (int)rank};
        memcpy(out->shape, dims, rank * sizeof *dims);
    }
    return rc;
}

/* The place of the tensor `name` among the model's inputs or outputs; SARAI_EINPUT when it is not among them. */
static int find_tensor(struct part *part, bool is_input, const char *name, size_t *at, struct sarai_error *error) {
    const OrtApi *api = part->ort->api;
    struct sr_str names = {0};
    size_t count = 0;
    bool found = false;
    int rc = sr_ort_check(part->ort,
                          is_input ? api->SessionGetInputCount(part->session, &count)
                                   : api->SessionGetOutputCount(part->session, &count),
                          part->path, error);
    if (count > MOST_TENSORS)
        count = MOST_TENSORS;
    for (size_t i = 0; rc == SARAI_OK && i < count && !found; i++) {
        char *text = NULL;
        rc = sr_ort_check(part->ort,
                          is_input ? api->SessionGetInputName(part->session, i, part->allocator, &text)
                                   : api->SessionGetOutputName(part->session, i, part->allocator, &text),
                          part->path, error);
        if (rc < 0)
            break;
        found = strcmp(text, name) == 0;
        *at = i;
        sr_str_addf(&names, "%s%s", i > 0 ? ", " : "", text);
        sr_ort_check(part->ort, api->AllocatorFree(part->allocator, text), part->path, NULL);
    }
    if (rc == SARAI_OK && !found)
        rc = sr_error(error, SARAI_EINPUT, part->path, "%s %s is missing; it has: %.200s",
                      is_input ? "input" : "output", name, names.data ? names.data : "none");
    sr_str_deinit(&names);
    return rc;
}

static int check_io(struct part *part, bool is_input, const struct sr_omni_io *io, struct sarai_error *error) {
    const OrtApi *api = part->ort->api;
    const OrtTensorTypeAndShapeInfo *info = NULL;
    OrtTypeInfo *type = NULL;
    size_t at = 0;
    int rc = find_tensor(part, is_input, io->name, &at, error);
    if (rc < 0)
        return rc;
    rc = sr_ort_check(part->ort,
                      is_input ? api->SessionGetInputTypeInfo(part->session, at, &type)
                               : api->SessionGetOutputTypeInfo(part->session, at, &type),
                      part->path, error);
    if (rc == SARAI_OK)
        rc = sr_ort_check(part->ort, api->CastTypeInfoToTensorInfo(type, &info), part->path, error);
    if (rc == SARAI_OK && !info)
        rc = sr_error(error, SARAI_EINPUT, part->path, "%s is no tensor", io->name);
    if (rc == SARAI_OK)
        rc = check_shape(part, info, io, NULL, error);
    if (type)
        api->ReleaseTypeInfo(type);
    return rc;
}

static int check_contract(struct part *part, struct sarai_error *error) {
    size_t count = 0;
    int rc = check_io(part, true, &part->contract->input, error);
    if (rc == SARAI_OK)
        rc = sr_ort_check(part->ort, part->ort->api->SessionGetInputCount(part->session, &count), part->path, error);
    if (rc == SARAI_OK && count != 1)
        rc = sr_error(error, SARAI_EINPUT, part->path, "it must have one input, %s, and has %zu",
                      part->contract->input.name, count);
    for (int i = 0; rc == SARAI_OK && part->contract->outputs[i].name; i++) {
        const struct sr_omni_io *io = &part->contract->outputs[i];
        size_t at;
        part->present[i] = !io->optional || find_tensor(part, false, io->name, &at, NULL) == SARAI_OK;
        if (part->present[i])
            rc = check_io(part, false, io, error);
    }
    return rc;
}

/* The custom metadata "sample_rate" of a model that makes sound. */
static int read_rate(struct part *part, struct sarai_error *error) {
    const OrtApi *api = part->ort->api;
    OrtModelMetadata *metadata = NULL;
    char *text = NULL;
    int rc = sr_ort_check(part->ort, api->SessionGetModelMetadata(part->session, &metadata), part->path, error);
    if (rc < 0)
        return rc;
    rc = sr_ort_check(part->ort,
                      api->ModelMetadataLookupCustomMetadataMap(metadata, part->allocator, "sample_rate", &text),
                      part->path, error);
    if (rc == SARAI_OK && text) {
        const long rate_hz = strtol(text, NULL, 10);
        if (rate_hz < 8000 || rate_hz > 192000)
            rc = sr_error(error, SARAI_EINPUT, part->path, "its sample_rate '%.20s' is not from 8000 to 192000", text);
        else
            part->base.rate_hz = (int)rate_hz;
        sr_ort_check(part->ort, api->AllocatorFree(part->allocator, text), part->path, NULL);
    }
    api->ReleaseModelMetadata(metadata);
    return rc;
}

/* --------------------------------------------------------------------------------------------------- lifecycle -- */

static void release_values(struct part *part) {
    const OrtApi *api = part->ort->api;
    if (part->input)
        api->ReleaseValue(part->input);
    part->input = NULL;
    for (int i = 0; i < SR_OMNI_OUTPUTS; i++) {
        if (part->outputs[i])
            api->ReleaseValue(part->outputs[i]);
        part->outputs[i] = NULL;
    }
    part->bound = (struct sr_omni_tensor){0};
}

static void close(struct sr_omni_part *base) {
    struct part *part = (struct part *)base;
    const OrtApi *api = part->ort->api;
    if (part->binding)
        api->ReleaseIoBinding(part->binding);
    release_values(part);
    if (part->session)
        api->ReleaseSession(part->session);
    free(part->path);
    free(part);
}

static int load(struct part *part, int threads, struct sarai_error *error) {
    static const char *const entries[][2] = {{"session.intra_op.allow_spinning", "1"},
                                             {"session.force_spinning_stop", "1"}};
    const OrtApi *api = part->ort->api;
    OrtSessionOptions *options = NULL;
    int rc = sr_ort_check(part->ort, api->CreateSessionOptions(&options), part->path, error);
    if (rc < 0)
        return rc;
    rc = sr_ort_check(part->ort, api->SetIntraOpNumThreads(options, threads), part->path, error);
    for (size_t i = 0; rc == SARAI_OK && i < sizeof entries / sizeof *entries; i++)
        rc = sr_ort_check(part->ort, api->AddSessionConfigEntry(options, entries[i][0], entries[i][1]), part->path,
                          error);
    if (rc == SARAI_OK &&
        sr_ort_check(part->ort, api->CreateSession(part->ort->env, part->path, options, &part->session), part->path,
                     error) < 0) {
        rc = SARAI_EINPUT; /* whatever the runtime has against it, the file is what is wrong */
        if (error)
            error->code = rc;
    }
    api->ReleaseSessionOptions(options);
    return rc;
}

static int open(const struct sr_omni_part_job *job, struct sr_omni_part **out, struct sarai_error *error) {
    struct part *part = calloc(1, sizeof *part);
    if (!part)
        return sr_error(error, SARAI_ENOMEM, job->path, "out of memory");
    part->base.backend = &sr_omni_onnx;
    part->contract = &sr_omni_contracts[job->kind];
    part->ort = job->ort;
    part->path = sr_strdup(job->path);
    int rc = part->path ? SARAI_OK : sr_error(error, SARAI_ENOMEM, job->path, "out of memory");
    if (rc == SARAI_OK)
        rc = sr_ort_check(part->ort, part->ort->api->GetAllocatorWithDefaultOptions(&part->allocator), part->path,
                          error);
    if (rc == SARAI_OK)
        rc = load(part, job->threads, error);
    if (rc == SARAI_OK)
        rc = check_contract(part, error);
    if (rc == SARAI_OK)
        rc = read_rate(part, error);
    if (rc == SARAI_OK)
        rc = sr_ort_check(part->ort, part->ort->api->CreateIoBinding(part->session, &part->binding), part->path, error);
    if (rc < 0)
        close(&part->base);
    else
        *out = &part->base;
    return rc;
}

/* --------------------------------------------------------------------------------------------------------- run -- */

static bool same_shape(const struct sr_omni_tensor *a, const struct sr_omni_tensor *b) {
    return a->rank == b->rank && memcmp(a->shape, b->shape, (size_t)a->rank * sizeof *a->shape) == 0;
}

static int bind_input(struct part *part, const struct sr_omni_tensor *input, struct sarai_error *error) {
    const OrtApi *api = part->ort->api;
    const size_t count = sr_omni_count(input);
    OrtValue *value = NULL;
    if (count == 0)
        return sr_error(error, SARAI_EINPUT, part->contract->input.name, "is empty or too large");
    int rc =
        sr_omni_check_tensor(&part->contract->input, input->whole, true, input->rank, input->shape, part->path, error);
    if (rc < 0)
        return rc;
    rc = sr_ort_check(part->ort,
                      api->CreateTensorWithDataAsOrtValue(
                          part->ort->cpu, (void *)input->data, count * (input->whole ? sizeof(int64_t) : sizeof(float)),
                          input->shape, (size_t)input->rank,
                          input->whole ? ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64 : ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT,
                          &value),
                      part->path, error);
    if (rc < 0)
        return rc;
    if (part->input)
        api->ReleaseValue(part->input);
    part->input = value;
    return sr_ort_check(part->ort, api->BindInput(part->binding, part->contract->input.name, value), part->path, error);
}

/* Outputs of a shape not known yet: the runtime finds memory for them. */
static int bind_outputs(struct part *part, struct sarai_error *error) {
    const OrtApi *api = part->ort->api;
    int rc = SARAI_OK;
    api->ClearBoundOutputs(part->binding);
    for (int i = 0; i < SR_OMNI_OUTPUTS && rc == SARAI_OK; i++) {
        if (part->outputs[i])
            api->ReleaseValue(part->outputs[i]);
        part->outputs[i] = NULL;
        if (part->present[i])
            rc = sr_ort_check(part->ort,
                              api->BindOutputToDevice(part->binding, part->contract->outputs[i].name, part->ort->cpu),
                              part->path, error);
    }
    return rc;
}

/* Keeps the outputs that the runtime found memory for, bound for the next run of this shape. */
static int keep_outputs(struct part *part, struct sarai_error *error) {
    const OrtApi *api = part->ort->api;
    OrtValue **values = NULL;
    size_t count = 0, next = 0;
    int rc = sr_ort_check(part->ort, api->GetBoundOutputValues(part->binding, part->allocator, &values, &count),
                          part->path, error);
    if (rc < 0)
        return rc;
    for (int i = 0; i < SR_OMNI_OUTPUTS; i++) {
        if (!part->present[i] || next >= count)
            continue;
        part->outputs[i] = values[next++];
        if (rc == SARAI_OK)
            rc = sr_ort_check(part->ort,
                              api->BindOutput(part->binding, part->contract->outputs[i].name, part->outputs[i]),
                              part->path, error);
    }
    for (; next < count; next++)
        api->ReleaseValue(values[next]);
    if (values)
        sr_ort_check(part->ort, api->AllocatorFree(part->allocator, values), part->path, NULL);
    return rc;
}

static int tell_output(struct part *part, int i, struct sr_omni_tensor *out, struct sarai_error *error) {
    const OrtApi *api = part->ort->api;
    OrtTensorTypeAndShapeInfo *info = NULL;
    void *data = NULL;
    int rc = sr_ort_check(part->ort, api->GetTensorTypeAndShape(part->outputs[i], &info), part->path, error);
    if (rc < 0)
        return rc;
    rc = check_shape(part, info, &part->contract->outputs[i], out, error);
    api->ReleaseTensorTypeAndShapeInfo(info);
    if (rc == SARAI_OK)
        rc = sr_ort_check(part->ort, api->GetTensorMutableData(part->outputs[i], &data), part->path, error);
    if (rc == SARAI_OK && sr_omni_count(out) == 0)
        rc = sr_error(error, SARAI_EINPUT, part->path, "output %s came out empty", part->contract->outputs[i].name);
    out->data = data;
    return rc;
}

static int run(struct sr_omni_part *base, const struct sr_omni_tensor *input,
               struct sr_omni_tensor outputs[SR_OMNI_OUTPUTS], struct sarai_error *error) {
    struct part *part = (struct part *)base;
    const bool again = part->bound.data && same_shape(&part->bound, input);
    int rc = SARAI_OK;
    memset(outputs, 0, SR_OMNI_OUTPUTS * sizeof *outputs);
    if (!again || part->bound.data != input->data)
        rc = bind_input(part, input, error);
    if (rc == SARAI_OK && !again)
        rc = bind_outputs(part, error);
    part->bound = (struct sr_omni_tensor){0}; /* nothing is, until this run is well */
    if (rc == SARAI_OK)
        rc = sr_ort_check(part->ort, part->ort->api->RunWithBinding(part->session, NULL, part->binding), part->path,
                          error);
    if (rc == SARAI_OK && !again)
        rc = keep_outputs(part, error);
    for (int i = 0; i < SR_OMNI_OUTPUTS && rc == SARAI_OK; i++)
        if (part->outputs[i])
            rc = tell_output(part, i, &outputs[i], error);
    if (rc == SARAI_OK)
        part->bound = *input;
    return rc;
}

const struct sr_omni_backend sr_omni_onnx = {.name = "onnx", .open = open, .close = close, .run = run};

void sr_omni_part_close(struct sr_omni_part *part) {
    if (part)
        part->backend->close(part);
}
