/* SPDX-License-Identifier: Apache-2.0 */
/* Which file and backend each component is to have, and what they take, before anything is loaded. */
#ifndef SR_OMNI_PLAN_H
#define SR_OMNI_PLAN_H

#include "omni/omni.h"

struct sr_omni_plan {
    enum sr_omni_kind kind;
    const struct sr_omni_backend *backend;
    char *path;     /* owned */
    uint64_t bytes; /* of model and data files */
};

/** Plans a component with its configured backend. Looks at the file: SARAI_EMODEL when it is missing, SARAI_EINPUT when
 *  it is broken. Release with sr_omni_plan_deinit in every case. */
int sr_omni_plan(const struct sr_omni_home *home, enum sr_omni_kind kind, struct sr_omni_plan *out,
                 struct sarai_error *error);
/** Plans the ONNX model in place of PyTorch, which failed because of what `*error` says, and logs that. */
int sr_omni_plan_stand_in(const struct sr_omni_home *home, struct sr_omni_plan *plan, struct sarai_error *error);
void sr_omni_plan_deinit(struct sr_omni_plan *plan);
/** Opens what was planned. */
int sr_omni_plan_open(const struct sr_omni_home *home, const struct sr_omni_plan *plan, struct sr_omni_part **out,
                      struct sarai_error *error);

#endif
