/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Training of a linear head: logistic with one output, softmax with more. Adam (Kingma and Ba 2015) over minibatches,
 * weight decay apart from the gradient (Loshchilov and Hutter 2019). The same set, options and seed give the same
 * weights.
 */
#ifndef SR_LEARN_SOFTMAX_H
#define SR_LEARN_SOFTMAX_H

#include "base/status.h"

/** Examples: each has `dense` numbers and some of `sparse` features that are either there or not. All borrowed. */
struct sr_learn_set {
    size_t count, dense, sparse;
    const float *values;     /* count x dense; NULL when dense is 0 */
    const uint32_t *first;   /* count + 1: where the features of each example begin in `present`; NULL: sparse is 0 */
    const uint32_t *present; /* each below `sparse` */
    const uint8_t *label;    /* below outputs, or 0 and 1 when there is one output */
    const float *weight;     /* how much each example counts; NULL: 1 */
};

struct sr_learn_opts {
    size_t outputs; /* 1: logistic */
    int epochs, batch;
    float rate;                      /* of the first step; falls to 0 */
    float dense_decay, sparse_decay; /* part of a weight lost in a step of rate 1; the bias loses nothing */
    uint64_t seed;
};

/** Weights of one output: `dense` numbers, `sparse` numbers, the bias. */
static inline size_t sr_learn_width(const struct sr_learn_set *set) {
    return set->dense + set->sparse + 1;
}

/** Trains on the examples that `held` (count flags, or NULL) does not hold back. `weights` (outputs x width, owned by
 *  the caller) begins as it is given. [any] */
int sr_learn_fit(const struct sr_learn_set *set, const bool *held, const struct sr_learn_opts *opts, float *weights);

/** The logits of example `i`, one for each output. [any] */
void sr_learn_logits(const struct sr_learn_set *set, size_t i, size_t outputs, const float *weights, float *logits);

struct sr_learn_score {
    size_t count;
    double loss;        /* mean, in nats, weighted */
    double right;       /* part of all, unweighted */
    double right_of[2]; /* of the labels 0 and 1 */
};

/** How the weights do on the examples for which `held` is true, or on all. [any] */
struct sr_learn_score sr_learn_judge(const struct sr_learn_set *set, const bool *held, size_t outputs,
                                     const float *weights);

#endif
