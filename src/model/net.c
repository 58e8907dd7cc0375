/* SPDX-License-Identifier: Apache-2.0 */
#include "model/net.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SIZE_LIMIT ((size_t)1 << 16)

static size_t first_size(const struct sr_net *net) {
    return (net->dense + net->sparse + 1) * net->hidden;
}

size_t sr_net_size(const struct sr_net *net) {
    return first_size(net) + (net->hidden + 1) * net->outputs;
}

int sr_net_init(struct sr_net *net, size_t dense, size_t sparse, size_t hidden, size_t outputs) {
    *net = (struct sr_net){.dense = dense, .sparse = sparse, .hidden = hidden, .outputs = outputs};
    if (dense > SIZE_LIMIT || sparse > SIZE_LIMIT || !dense || !hidden || hidden > SR_NET_HIDDEN_MAX || !outputs ||
        outputs > SIZE_LIMIT)
        return SARAI_EUSAGE;
    net->first = calloc(sr_net_size(net), sizeof *net->first);
    net->second = net->first ? net->first + first_size(net) : NULL;
    return net->first ? SARAI_OK : SARAI_ENOMEM;
}

void sr_net_deinit(struct sr_net *net) {
    free(net->first);
    net->first = net->second = NULL;
}

size_t sr_adapter_size(const struct sr_net *net) {
    return (net->dense + net->sparse + 2 * net->hidden + net->outputs) * SR_ADAPTER_RANK;
}

int sr_adapter_init(struct sr_adapter *adapter, const struct sr_net *net) {
    float *room = calloc(sr_adapter_size(net), sizeof *room);
    *adapter = (struct sr_adapter){0};
    if (!room)
        return SARAI_ENOMEM;
    adapter->first_down = room;
    adapter->first_up = adapter->first_down + (net->dense + net->sparse) * SR_ADAPTER_RANK;
    adapter->second_down = adapter->first_up + SR_ADAPTER_RANK * net->hidden;
    adapter->second_up = adapter->second_down + net->hidden * SR_ADAPTER_RANK;
    return SARAI_OK;
}

void sr_adapter_deinit(struct sr_adapter *adapter) {
    free(adapter->first_down);
    *adapter = (struct sr_adapter){0};
}

static void merge_layer(float *weights, size_t inputs, size_t outputs, const float *down, const float *up) {
    for (size_t i = 0; i < inputs; i++)
        for (size_t r = 0; r < SR_ADAPTER_RANK; r++) {
            const float d = SR_ADAPTER_SCALE * down[i * SR_ADAPTER_RANK + r];
            for (size_t k = 0; k < outputs; k++)
                weights[i * outputs + k] += d * up[r * outputs + k];
        }
}

void sr_net_merge(struct sr_net *net, const struct sr_adapter *adapter) {
    merge_layer(net->first, net->dense + net->sparse, net->hidden, adapter->first_down, adapter->first_up);
    merge_layer(net->second, net->hidden, net->outputs, adapter->second_down, adapter->second_up);
}

static void add_row(float *sum, const float *row, float by, size_t count) {
    for (size_t k = 0; k < count; k++)
        sum[k] += by * row[k];
}

void sr_net_logits(const struct sr_net *net, const struct sr_net_input *input, float *logits) {
    float hidden[SR_NET_HIDDEN_MAX];
    const size_t width = net->hidden;
    memcpy(hidden, net->first + (net->dense + net->sparse) * width, width * sizeof *hidden);
    for (size_t i = 0; i < net->dense; i++)
        add_row(hidden, net->first + i * width, input->values[i], width);
    for (size_t i = 0; i < input->count; i++)
        add_row(hidden, net->first + (net->dense + input->present[i]) * width, 1, width);
    memcpy(logits, net->second + width * net->outputs, net->outputs * sizeof *logits);
    for (size_t i = 0; i < width; i++)
        add_row(logits, net->second + i * net->outputs, tanhf(hidden[i]), net->outputs);
}

void sr_net_softmax(float *logits, size_t count, float temperature) {
    float most = logits[0], sum = 0;
    for (size_t k = 1; k < count; k++)
        most = logits[k] > most ? logits[k] : most;
    for (size_t k = 0; k < count; k++)
        sum += logits[k] = expf((logits[k] - most) / temperature);
    for (size_t k = 0; k < count; k++)
        logits[k] /= sum;
}
