/* SPDX-License-Identifier: Apache-2.0 */
/* ONNX Runtime, loaded with dlopen so that the program starts, and says what is missing, without it. */
#ifndef SR_MODEL_ORT_H
#define SR_MODEL_ORT_H

#include "model/paths.h"

#include <onnxruntime_c_api.h>

/** One per engine; shared by its sessions. */
struct sr_ort {
    void *library;
    const OrtApi *api;
    OrtEnv *env;
    OrtMemoryInfo *cpu;
};

/** Opens onnxruntime/libonnxruntime.so of the models folder (or $SARAI_ORT). The caller owns `*out`. [init] */
int sr_ort_open(const struct sr_model_opts *opts, struct sr_ort **out, struct sarai_error *error);
void sr_ort_close(struct sr_ort *ort);

/** Loads a model with `threads` intra-op threads that do not spin. [init] */
int sr_ort_load(struct sr_ort *ort, const char *path, const char *model, int threads, OrtSession **out,
                struct sarai_error *error);

/** The same for a model in memory, borrowed until it returns; `path` names it in errors. [init] */
int sr_ort_load_bytes(struct sr_ort *ort, const void *bytes, size_t len, const char *path, int threads,
                      OrtSession **out, struct sarai_error *error);

/** Turns an OrtStatus (released here) into a code and an error; SARAI_OK for NULL. */
int sr_ort_check(struct sr_ort *ort, OrtStatus *status, const char *where, struct sarai_error *error);

#endif
