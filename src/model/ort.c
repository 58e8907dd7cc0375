/* SPDX-License-Identifier: Apache-2.0 */
#include "model/ort.h"

#include <dlfcn.h>
#include <stdlib.h>

#define LIBRARY "onnxruntime/libonnxruntime.so"

/* The runtime logs to the terminal unless it is given another place; what matters comes back as a status. */
static void ORT_API_CALL ignore_log(void *user, OrtLoggingLevel level, const char *category, const char *id,
                                    const char *place, const char *message) {
    (void)user, (void)level, (void)category, (void)id, (void)place, (void)message;
}

int sr_ort_check(struct sr_ort *ort, OrtStatus *status, const char *where, struct sarai_error *error) {
    if (!status)
        return SARAI_OK;
    const int rc = sr_error(error, SARAI_EINTERNAL, where, "%s", ort->api->GetErrorMessage(status));
    ort->api->ReleaseStatus(status);
    return rc;
}

static int open_library(struct sr_ort *ort, const char *path, struct sarai_error *error) {
    ort->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!ort->library)
        return sr_error(error, SARAI_EMODEL, path, "%s", dlerror());
    /* ISO C has no conversion from an object pointer to a function pointer; POSIX promises this one. */
    const OrtApiBase *(ORT_API_CALL * get_base)(void)NO_EXCEPTION;
    *(void **)&get_base = dlsym(ort->library, "OrtGetApiBase");
    if (!get_base)
        return sr_error(error, SARAI_EMODEL, path, "this library is not ONNX Runtime");
    const OrtApiBase *base = get_base();
    ort->api = base->GetApi(ORT_API_VERSION);
    if (!ort->api)
        return sr_error(error, SARAI_EMODEL, path,
                        "ONNX Runtime %s is too old, API %d is needed; run: sarai models pull onnxruntime",
                        base->GetVersionString(), ORT_API_VERSION);
    return SARAI_OK;
}

int sr_ort_open(const struct sr_model_opts *opts, struct sr_ort **out, struct sarai_error *error) {
    const char *chosen = getenv("SARAI_ORT");
    struct sr_ort *ort = calloc(1, sizeof *ort);
    char *path = chosen && chosen[0] ? sr_strdup(chosen) : sr_path_model(opts, LIBRARY);
    int rc = SARAI_OK;
    if (!ort || !path) {
        rc = sr_error(error, SARAI_ENOMEM, LIBRARY, "out of memory");
        goto out;
    }
    if ((rc = sr_path_check_model(path, "onnxruntime", error)) < 0 || (rc = open_library(ort, path, error)) < 0)
        goto out;
    rc = sr_ort_check(
        ort, ort->api->CreateEnvWithCustomLogger(ignore_log, NULL, ORT_LOGGING_LEVEL_ERROR, "sarai", &ort->env), path,
        error);
    if (rc < 0)
        goto out;
    /* An old or special build may refuse; nothing is lost then. */
    sr_ort_check(ort, ort->api->DisableTelemetryEvents(ort->env), path, NULL);
    rc = sr_ort_check(ort, ort->api->CreateCpuMemoryInfo(OrtArenaAllocator, OrtMemTypeDefault, &ort->cpu), path, error);
    if (rc < 0)
        goto out;
    *out = ort;
    ort = NULL;
out:
    free(path);
    sr_ort_close(ort);
    return rc;
}

void sr_ort_close(struct sr_ort *ort) {
    if (!ort)
        return;
    if (ort->cpu)
        ort->api->ReleaseMemoryInfo(ort->cpu);
    if (ort->env)
        ort->api->ReleaseEnv(ort->env);
    if (ort->library)
        dlclose(ort->library);
    free(ort);
}

/* Threads that spin between two calls would take a whole core from the other models. */
static int new_options(struct sr_ort *ort, const char *path, int threads, OrtSessionOptions **out,
                       struct sarai_error *error) {
    const OrtApi *api = ort->api;
    int rc = sr_ort_check(ort, api->CreateSessionOptions(out), path, error);
    if (rc == SARAI_OK && (rc = sr_ort_check(ort, api->SetIntraOpNumThreads(*out, threads), path, error)) == SARAI_OK &&
        (rc = sr_ort_check(ort, api->SetInterOpNumThreads(*out, 1), path, error)) == SARAI_OK)
        rc = sr_ort_check(ort, api->AddSessionConfigEntry(*out, "session.intra_op.allow_spinning", "0"), path, error);
    return rc;
}

int sr_ort_load(struct sr_ort *ort, const char *path, const char *model, int threads, OrtSession **out,
                struct sarai_error *error) {
    OrtSessionOptions *options = NULL;
    int rc = sr_path_check_model(path, model, error);
    if (rc == SARAI_OK && (rc = new_options(ort, path, threads, &options, error)) == SARAI_OK)
        rc = sr_ort_check(ort, ort->api->CreateSession(ort->env, path, options, out), path, error);
    if (options)
        ort->api->ReleaseSessionOptions(options);
    return rc;
}

int sr_ort_load_bytes(struct sr_ort *ort, const void *bytes, size_t len, const char *path, int threads,
                      OrtSession **out, struct sarai_error *error) {
    OrtSessionOptions *options = NULL;
    int rc = new_options(ort, path, threads, &options, error);
    if (rc == SARAI_OK)
        rc = sr_ort_check(ort, ort->api->CreateSessionFromArray(ort->env, bytes, len, options, out), path, error);
    if (options)
        ort->api->ReleaseSessionOptions(options);
    return rc;
}
