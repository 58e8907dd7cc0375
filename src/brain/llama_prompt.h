/* SPDX-License-Identifier: Apache-2.0 */
/* A job as the tokens that a model was taught to answer. */
#ifndef SR_BRAIN_LLAMA_PROMPT_H
#define SR_BRAIN_LLAMA_PROMPT_H

#include <llama.h>

#include "brain/llm.h"

/** Through the model's chat template, or for a base model as lines to go on with. The longest prompt of at most `room`
 * (1 or more) tokens: first the oldest exchanges go, half of what is left at a time, then the beginning of the context,
 * then that of the question; the instructions stay. Returns how many tokens `*out`, which the caller frees, holds, or
 *  SARAI_ENOMEM. [any] */
int sr_llama_prompt(const struct llama_model *model, const struct sr_llm_job *job, int32_t room, llama_token **out);

#endif
