/* SPDX-License-Identifier: Apache-2.0 */
#include "omni/plan.h"

#include "omni/onnx.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* As the user wrote it where that exists, else in the models folder ("models/" is what the user calls that). */
static char *find_file(const struct sr_model_opts *models, const char *path) {
    if (path[0] == '/' || access(path, F_OK) == 0)
        return sr_strdup(path);
    return sr_path_model(models, strncmp(path, "models/", strlen("models/")) == 0 ? path + strlen("models/") : path);
}

static const char *option_path(const struct sr_audio_omni_opts *opts, enum sr_omni_kind kind, bool torch) {
    switch (kind) {
    case SR_OMNI_ENCODER:
        return torch ? opts->encoder_torch : opts->encoder_path;
    case SR_OMNI_VOCODER:
        return torch ? opts->vocoder_torch : opts->vocoder_path;
    case SR_OMNI_TALKER:
        return opts->talker_path;
    default:
        return opts->model_path;
    }
}

char *sr_omni_path(const struct sr_omni_home *home, enum sr_omni_kind kind) {
    return find_file(home->models, option_path(home->opts, kind, false));
}

static bool wants_torch(const struct sr_audio_omni_opts *opts, enum sr_omni_kind kind) {
    return (kind == SR_OMNI_ENCODER && strcmp(opts->encoder_backend, "pytorch") == 0) ||
           (kind == SR_OMNI_VOCODER && strcmp(opts->vocoder_backend, "pytorch") == 0);
}

static int missing(const struct sr_omni_plan *plan, struct sarai_error *error) {
    return sr_error(error, SARAI_EMODEL, plan->path,
                    "the %s model is not there; see docs/omni.md, or try: sarai omni fixture DIR",
                    sr_omni_contracts[plan->kind].component);
}

static int measure_torch(struct sr_omni_plan *plan, struct sarai_error *error) {
    struct stat info;
    if (stat(plan->path, &info) != 0 || !S_ISREG(info.st_mode))
        return missing(plan, error);
    plan->bytes = (uint64_t)info.st_size;
    return SARAI_OK;
}

/* Reads through the model's structure: what is broken or cut off never reaches the runtime. */
static int measure_onnx(struct sr_omni_plan *plan, struct sarai_error *error) {
    struct sr_onnx *onnx = NULL;
    if (access(plan->path, F_OK) != 0)
        return missing(plan, error);
    const int rc = sr_onnx_open(plan->path, &onnx, error);
    if (rc == SARAI_OK)
        plan->bytes = onnx->file.len + onnx->data_bytes;
    sr_onnx_close(onnx);
    return rc;
}

static int make_plan(const struct sr_omni_home *home, enum sr_omni_kind kind, bool torch, struct sr_omni_plan *out,
                     struct sarai_error *error) {
    *out = (struct sr_omni_plan){.kind = kind, .backend = torch ? &sr_omni_pytorch : &sr_omni_onnx};
    out->path = find_file(home->models, option_path(home->opts, kind, torch));
    if (!out->path)
        return sr_error(error, SARAI_ENOMEM, "audio_omni", "out of memory");
    return torch ? measure_torch(out, error) : measure_onnx(out, error);
}

int sr_omni_plan(const struct sr_omni_home *home, enum sr_omni_kind kind, struct sr_omni_plan *out,
                 struct sarai_error *error) {
    return make_plan(home, kind, wants_torch(home->opts, kind), out, error);
}

int sr_omni_plan_stand_in(const struct sr_omni_home *home, struct sr_omni_plan *plan, struct sarai_error *error) {
    sr_log(home->log, SARAI_LOG_WARN, "omni", "PyTorch can't run the %s: %s: %s; trying its ONNX model",
           sr_omni_contracts[plan->kind].component, error->where, error->text);
    sr_omni_plan_deinit(plan);
    return make_plan(home, plan->kind, false, plan, error);
}

void sr_omni_plan_deinit(struct sr_omni_plan *plan) {
    free(plan->path);
    plan->path = NULL;
}

int sr_omni_plan_open(const struct sr_omni_home *home, const struct sr_omni_plan *plan, struct sr_omni_part **out,
                      struct sarai_error *error) {
    const struct sr_omni_part_job job = {
        .kind = plan->kind, .path = plan->path, .threads = home->threads, .ort = home->ort, .opts = home->opts};
    return plan->backend->open(&job, out, error);
}

int sr_omni_check(const struct sr_omni_home *home, void (*each)(void *user, const struct sarai_omni_part *part),
                  void *user, struct sarai_error *error) {
    bool ok[SR_OMNI_KINDS];
    for (int kind = 0; kind < SR_OMNI_KINDS; kind++) {
        struct sr_omni_plan plan;
        struct sr_omni_part *part = NULL;
        struct sarai_error why = {.text = ""};
        const int64_t start_us = sr_clock_now_us(home->clock);
        int rc = sr_omni_plan(home, (enum sr_omni_kind)kind, &plan, &why);
        if (rc == SARAI_OK)
            rc = sr_omni_plan_open(home, &plan, &part, &why);
        ok[kind] = rc == SARAI_OK;
        const struct sarai_omni_part told = {.component = sr_omni_contracts[kind].component,
                                             .backend = plan.backend->name,
                                             .path = plan.path ? plan.path : "",
                                             .ok = ok[kind],
                                             .problem = why.text,
                                             .bytes = plan.bytes,
                                             .load_ms = (double)(sr_clock_now_us(home->clock) - start_us) / 1000};
        each(user, &told);
        sr_omni_part_close(part);
        sr_omni_plan_deinit(&plan);
    }
    if (ok[SR_OMNI_MONOLITHIC] || (ok[SR_OMNI_ENCODER] && ok[SR_OMNI_TALKER] && ok[SR_OMNI_VOCODER]))
        return SARAI_OK;
    return sr_error(error, SARAI_EMODEL, "audio_omni", "neither the modular nor the monolithic pipeline is whole");
}
