/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A small network of two layers, tanh between them, over numbers (`dense`) and features that are either there or not
 * (`sparse`). Weights stand by input, so that absent features cost nothing. A low-rank adapter (LoRA, Hu et al. 2021)
 * bends frozen weights: W + scale * down * up on each layer.
 */
#ifndef SR_MODEL_NET_H
#define SR_MODEL_NET_H

#include "base/status.h"

#define SR_NET_HIDDEN_MAX 128
#define SR_ADAPTER_RANK 16
#define SR_ADAPTER_SCALE 2.0f /* alpha 32 over rank 16 */

struct sr_net {
    size_t dense, sparse, hidden, outputs;
    float *first;  /* (dense + sparse + 1) x hidden, the last row the bias; owns all four layers as one block */
    float *second; /* (hidden + 1) x outputs */
};

struct sr_adapter {
    float *first_down;  /* (dense + sparse) x rank; owns all as one block */
    float *first_up;    /* rank x hidden */
    float *second_down; /* hidden x rank */
    float *second_up;   /* rank x outputs */
};

/** What goes in: `dense` numbers, and the indices of `count` sparse features that are there. Borrowed. */
struct sr_net_input {
    const float *values;
    const uint16_t *present;
    size_t count;
};

/** Zeroed weights; SARAI_EUSAGE for sizes that are none. The caller deinits `*net`. [any] */
int sr_net_init(struct sr_net *net, size_t dense, size_t sparse, size_t hidden, size_t outputs);
void sr_net_deinit(struct sr_net *net);
/** How many weights the net has, from `first` on. [any] */
size_t sr_net_size(const struct sr_net *net);
int sr_adapter_init(struct sr_adapter *adapter, const struct sr_net *net);
void sr_adapter_deinit(struct sr_adapter *adapter);
size_t sr_adapter_size(const struct sr_net *net);

/** Adds the adapter to the weights for good. [any] */
void sr_net_merge(struct sr_net *net, const struct sr_adapter *adapter);
/** The logits, `outputs` numbers. Allocates nothing. [any] */
void sr_net_logits(const struct sr_net *net, const struct sr_net_input *input, float *logits);
/** Logits to probabilities, in place, of logits divided by `temperature`. [any] */
void sr_net_softmax(float *logits, size_t count, float temperature);

#endif
