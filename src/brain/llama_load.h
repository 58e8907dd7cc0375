/* SPDX-License-Identifier: Apache-2.0 */
/* GGUF files into llama.cpp, and what it says when it refuses one. */
#ifndef SR_BRAIN_LLAMA_LOAD_H
#define SR_BRAIN_LLAMA_LOAD_H

#include <llama.h>

#include "brain/brain_opts.h"

struct sr_model_opts;

/** Loads `llm.model`. The caller owns `*out`. SARAI_EMODEL: it is not there, or no language model that llama.cpp can
 *  load, and the error says why. [init] */
int sr_llama_load(const struct sr_llm_opts *opts, const struct sr_model_opts *models, struct llama_model **out,
                  struct sarai_error *error);
/** Applies the adapters of `llm.lora`, all as strongly; they are freed with the model. SARAI_EMODEL: one of them is not
 *  there or does not fit. [init] */
int sr_llama_adapt(struct llama_model *model, struct llama_context *context, const struct sr_llm_opts *opts,
                   const struct sr_model_opts *models, struct sarai_error *error);

#endif
