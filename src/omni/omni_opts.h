/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SR_OMNI_OMNI_OPTS_H
#define SR_OMNI_OMNI_OPTS_H

#include "base/opt.h"

/** Section "audio_omni". Relative paths are looked for where the program was started, then in the models folder. */
struct sr_audio_omni_opts {
    char *name;            /* for people */
    char *pipeline_mode;   /* "modular" (monolithic stands in) or "monolithic" */
    char *encoder_backend; /* "pytorch" (onnx stands in) or "onnx" */
    char *vocoder_backend; /* the same */
    char *talker_path;
    char *encoder_path;
    char *vocoder_path;
    char *encoder_torch; /* TorchScript files of the backend pytorch */
    char *vocoder_torch;
    char *model_path; /* the monolithic model */
    int max_memory_mb;
    int sample_rate; /* of the sound that goes in, in Hz; of what comes out too unless the model says another */
    bool permanent;  /* models stay loaded between two requests */
    bool load_on_startup;
    int threads;  /* of one call; 0 = those of the engine */
    int cache_mb; /* answers kept; 0 = none */
    int retry_s;  /* a modular pipeline that did not load is tried again after so long */
    char *python; /* program that runs the worker of the backend pytorch */
    char *worker; /* the worker's script; "" = our own */
    int worker_timeout_ms;
};

extern const struct sr_opt sr_audio_omni_opts_table[];

#endif
