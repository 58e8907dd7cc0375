/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SR_BRAIN_LLM_STAGE_H
#define SR_BRAIN_LLM_STAGE_H

#include "brain/brain.h"
#include "flow/stage.h"

struct sr_llm_stage {
    /* immutable after the threads start */
    struct sr_flow *flow;
    struct sr_brain *brain;
    struct sr_brain *other; /* of the other language; NULL: none */
    const struct sr_llm_opts *opts;
};

/** The body of thread 4c; `arg` is a struct sr_llm_stage. Returns when the flow stops. [stage:llm] */
void sr_llm_run(void *arg);

#endif
