/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/llama_load.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/str.h"
#include "model/paths.h"

#define ADAPTERS 8

static void ignore_log(enum ggml_log_level level, const char *text, void *user) {
    (void)level;
    (void)text;
    (void)user;
}

/* llama.cpp's own log is one for the whole process: whoever loads something has it to himself. */
static pthread_mutex_t loading = PTHREAD_MUTEX_INITIALIZER;

/* The first error of a loading says why it failed, behind the name of a function. */
static void keep_reason(enum ggml_log_level level, const char *text, void *user) {
    struct sr_str *reason = user;
    if (level != GGML_LOG_LEVEL_ERROR || reason->len)
        return;
    const char *colon = strstr(text, ": ");
    const char *start = colon ? colon + 2 : text;
    sr_str_add(reason, start, strcspn(start, "\n"));
}

static void begin_loading(struct sr_str *reason) {
    pthread_mutex_lock(&loading);
    llama_log_set(keep_reason, reason);
}

static void end_loading(void) {
    llama_log_set(ignore_log, NULL);
    pthread_mutex_unlock(&loading);
}

static char *path_of(const struct sr_model_opts *models, const char *file) {
    return *file == '/' ? sr_strdup(file) : sr_path_model(models, file);
}

/* A file that is not there is named with the model that it belongs to, the folder it should be in. */
static int find_file(const struct sr_model_opts *models, const char *file, char **path, struct sarai_error *error) {
    struct stat info;
    char *model = sr_strndup(file, strcspn(file, "/"));
    *path = path_of(models, file);
    int status = model && *path ? SARAI_OK : sr_error(error, SARAI_ENOMEM, "llm", "out of memory");
    if (status == SARAI_OK && *file != '/')
        status = sr_path_check_model(*path, model, error);
    else if (status == SARAI_OK && stat(*path, &info) != 0)
        status = sr_error_errno(error, SARAI_EMODEL, *path, "can't be read");
    free(model);
    return status;
}

int sr_llama_load(const struct sr_llm_opts *opts, const struct sr_model_opts *models, struct llama_model **out,
                  struct sarai_error *error) {
    struct llama_model *model = NULL;
    char *path = NULL;
    struct sr_str reason = {0};
    int status = find_file(models, opts->model, &path, error);
    if (status == SARAI_OK) {
        struct llama_model_params params = llama_model_default_params();
        params.n_gpu_layers = 0;
        begin_loading(&reason);
        llama_backend_init();
        model = llama_model_load_from_file(path, params);
        end_loading();
        if (!model)
            status = sr_error(error, SARAI_EMODEL, path, "is no model that llama.cpp can load: %.200s",
                              reason.len ? reason.data : "no reason given");
        else if (!llama_model_has_decoder(model))
            status = sr_error(error, SARAI_EMODEL, path, "is no language model: it has no decoder");
    }
    if (status < 0 && model)
        llama_model_free(model);
    else if (status == SARAI_OK)
        *out = model;
    sr_str_deinit(&reason);
    free(path);
    return status;
}

int sr_llama_adapt(struct llama_model *model, struct llama_context *context, const struct sr_llm_opts *opts,
                   const struct sr_model_opts *models, struct sarai_error *error) {
    struct llama_adapter_lora *adapters[ADAPTERS];
    float scales[ADAPTERS];
    size_t count = 0;
    int status = SARAI_OK;
    for (const char *p = opts->lora; *p && status == SARAI_OK; p += strspn(p, ",")) {
        struct sr_str reason = {0};
        char *file = sr_strndup(p, strcspn(p, ",")), *path = NULL;
        p += strcspn(p, ",");
        status = !file               ? sr_error(error, SARAI_ENOMEM, "llm.lora", "out of memory")
                 : count == ADAPTERS ? sr_error(error, SARAI_EUSAGE, "llm.lora", "more than %d adapters", ADAPTERS)
                                     : find_file(models, file, &path, error);
        if (status == SARAI_OK) {
            begin_loading(&reason);
            adapters[count] = llama_adapter_lora_init(model, path);
            end_loading();
            if (!adapters[count])
                status = sr_error(error, SARAI_EMODEL, path, "is no adapter for %.60s: %.160s", opts->model,
                                  reason.len ? reason.data : "no reason given");
            scales[count++] = opts->lora_scale;
        }
        sr_str_deinit(&reason);
        free(path);
        free(file);
    }
    if (status == SARAI_OK && count && llama_set_adapters_lora(context, adapters, count, scales) != 0)
        status = sr_error(error, SARAI_EMODEL, "llm.lora", "llama.cpp can't apply the adapters");
    return status;
}
