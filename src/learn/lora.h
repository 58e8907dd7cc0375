/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Training of a net (model/net.h): all of it, or only a low-rank adapter over it while it is frozen. Adam over
 * minibatches, decay apart from the gradient, sparse features dropped by chance so that no single word decides.
 * The same set, options and seed give the same weights.
 */
#ifndef SR_LEARN_LORA_H
#define SR_LEARN_LORA_H

#include "model/net.h"

/** Examples; all borrowed. */
struct sr_lora_set {
    size_t count, dense;
    const float *values;     /* count x dense */
    const uint32_t *first;   /* count + 1: where the features of each example begin in `present` */
    const uint16_t *present; /* each below the net's `sparse` */
    const uint16_t *label;   /* below the net's `outputs` */
    const float *weight;     /* how much each example counts */
};

struct sr_lora_opts {
    int epochs, batch;
    float rate; /* of the first step; falls to 0 */
    float decay;
    float drop; /* part of the sparse features that an example goes without each time */
    uint64_t seed;
};

static inline struct sr_net_input sr_lora_input(const struct sr_lora_set *set, size_t i) {
    return (struct sr_net_input){.values = set->values + i * set->dense,
                                 .present = set->present + set->first[i],
                                 .count = set->first[i + 1] - set->first[i]};
}

/** Small random weights to begin with. [any] */
void sr_lora_begin(struct sr_net *net, uint64_t seed);
/** Trains on the examples that `held` (count flags, or NULL) does not hold back: the adapter if there is one, which
 *  begins anew and changes nothing else, or the net. [any] */
int sr_lora_fit(const struct sr_lora_set *set, const bool *held, const struct sr_lora_opts *opts, struct sr_net *net,
                struct sr_adapter *adapter);

#endif
