/* SPDX-License-Identifier: Apache-2.0 */
/* One component of the pipeline, run by ONNX Runtime in this process or by PyTorch in another. */
#ifndef SR_OMNI_PART_H
#define SR_OMNI_PART_H

#include "base/clock.h"
#include "model/ort.h"
#include "omni/contract.h"
#include "omni/omni_opts.h"

struct sr_omni_backend;

/** Backends put this first in their own struct. */
struct sr_omni_part {
    const struct sr_omni_backend *backend;
    int rate_hz; /* of the waveform, when the model tells it; else 0 */
};

/** What to open; borrowed. */
struct sr_omni_part_job {
    enum sr_omni_kind kind;
    const char *path;
    int threads;
    struct sr_ort *ort;
    const struct sr_audio_omni_opts *opts;
};

struct sr_omni_backend {
    const char *name;
    /** Loads and checks the contract. SARAI_EMODEL: not there; SARAI_EINPUT: it is no such model. */
    int (*open)(const struct sr_omni_part_job *job, struct sr_omni_part **out, struct sarai_error *error);
    void (*close)(struct sr_omni_part *part);
    /** `outputs` in the contract's order, borrowed until the next run; what is optional and not there has no data.
     *  [one] */
    int (*run)(struct sr_omni_part *part, const struct sr_omni_tensor *input,
               struct sr_omni_tensor outputs[SR_OMNI_OUTPUTS], struct sarai_error *error);
};

extern const struct sr_omni_backend sr_omni_onnx, sr_omni_pytorch;

/** Accepts NULL. */
void sr_omni_part_close(struct sr_omni_part *part);

#endif
