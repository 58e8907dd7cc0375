/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The tensors of the pipeline, by component:
 *
 *   encoder     audio [B,S] float          -> hidden_states [B,T,3584] float
 *   talker      hidden_states [B,T,3584]   -> audio_logits [B,T,8448] float
 *   (tokens     the best of the 8448 at each of the T places)
 *   vocoder     audio_tokens [B,T] int64   -> waveform [B,L] float
 *   monolithic  audio [B,S]                -> waveform [B,L], and hidden_states and audio_logits where it tells them
 */
#ifndef SR_OMNI_CONTRACT_H
#define SR_OMNI_CONTRACT_H

#include "base/status.h"

#define SR_OMNI_HIDDEN 3584
#define SR_OMNI_LOGITS 8448
#define SR_OMNI_RANK 3
#define SR_OMNI_OUTPUTS 3

enum sr_omni_kind { SR_OMNI_ENCODER, SR_OMNI_TALKER, SR_OMNI_VOCODER, SR_OMNI_MONOLITHIC, SR_OMNI_KINDS };

/** What a component must take or give. */
struct sr_omni_io {
    const char *name; /* NULL ends a list */
    bool whole;       /* int64, otherwise float */
    bool optional;
    int rank;
    int64_t dims[SR_OMNI_RANK]; /* 0: any */
};

struct sr_omni_contract {
    const char *component; /* "talker" */
    struct sr_omni_io input;
    struct sr_omni_io outputs[SR_OMNI_OUTPUTS + 1];
};

extern const struct sr_omni_contract sr_omni_contracts[SR_OMNI_KINDS];

/** A tensor in somebody's memory; `data` NULL: there is none. */
struct sr_omni_tensor {
    const void *data;
    bool whole;
    int rank;
    int64_t shape[SR_OMNI_RANK];
};

/** Elements; 0 when a dimension is not positive or there are too many. */
size_t sr_omni_count(const struct sr_omni_tensor *tensor);

/** Is a tensor of this type, rank and shape (-1: told only at run time) what `io` asks for? SARAI_EINPUT names it and
 *  says what is wrong. [any] */
int sr_omni_check_tensor(const struct sr_omni_io *io, bool whole, bool known_type, int rank, const int64_t *shape,
                         const char *where, struct sarai_error *error);

#endif
