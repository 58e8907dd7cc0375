/* SPDX-License-Identifier: Apache-2.0 */
#include "learn/lora.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "learn/adam.h"
#include "learn/random.h"

#define RANK SR_ADAPTER_RANK
#define PRESENT_MAX 1024

struct fit {
    const struct sr_lora_set *set;
    const struct sr_lora_opts *opts;
    struct sr_net *net;
    struct sr_adapter *adapter; /* NULL: the net itself learns */
    float *weights;             /* what learns: one block */
    size_t size;
    struct sr_adam adam;
    float *logits, *back; /* of the outputs */
    uint32_t *order;
    size_t count;
    uint64_t chance;
    /* of the example at hand */
    uint16_t present[PRESENT_MAX];
    float hidden[SR_NET_HIDDEN_MAX], low[2][RANK], low_back[2][RANK];
};

static void add_scaled(float *sum, const float *row, float by, size_t count) {
    for (size_t k = 0; k < count; k++)
        sum[k] += by * row[k];
}

static float dot(const float *a, const float *b, size_t count) {
    float sum = 0;
    for (size_t k = 0; k < count; k++)
        sum += a[k] * b[k];
    return sum;
}

static float spread(uint64_t *state) {
    return sr_random_part(state) * 2 - 1;
}

void sr_lora_begin(struct sr_net *net, uint64_t seed) {
    const size_t rows = net->dense + net->sparse;
    const float first = 1 / sqrtf((float)net->dense), second = 1 / sqrtf((float)net->hidden);
    for (size_t i = 0; i < rows * net->hidden; i++)
        net->first[i] = first * spread(&seed);
    for (size_t i = 0; i < net->hidden * net->outputs; i++)
        net->second[i] = second * spread(&seed);
}

static void begin_adapter(struct sr_adapter *adapter, const struct sr_net *net, uint64_t seed) {
    memset(adapter->first_down, 0, sr_adapter_size(net) * sizeof(float));
    for (size_t i = 0; i < (net->dense + net->sparse) * RANK; i++)
        adapter->first_down[i] = spread(&seed) / sqrtf((float)net->dense);
    for (size_t i = 0; i < net->hidden * RANK; i++)
        adapter->second_down[i] = spread(&seed) / sqrtf((float)net->hidden);
}

static struct sr_net_input drop_some(struct fit *f, size_t i) {
    struct sr_net_input input = sr_lora_input(f->set, i);
    size_t kept = 0;
    for (size_t j = 0; j < input.count && kept < PRESENT_MAX; j++)
        if (sr_random_part(&f->chance) >= f->opts->drop)
            f->present[kept++] = input.present[j];
    input.present = f->present;
    input.count = kept;
    return input;
}

static void forward(struct fit *f, const struct sr_net_input *in) {
    const struct sr_net *net = f->net;
    const struct sr_adapter *a = f->adapter;
    const size_t width = net->hidden;
    memcpy(f->hidden, net->first + (net->dense + net->sparse) * width, width * sizeof *f->hidden);
    memset(f->low, 0, sizeof f->low);
    for (size_t i = 0; i < net->dense + in->count; i++) {
        const size_t row = i < net->dense ? i : net->dense + in->present[i - net->dense];
        const float x = i < net->dense ? in->values[i] : 1;
        add_scaled(f->hidden, net->first + row * width, x, width);
        if (a)
            add_scaled(f->low[0], a->first_down + row * RANK, x, RANK);
    }
    for (size_t r = 0; a && r < RANK; r++)
        add_scaled(f->hidden, a->first_up + r * width, SR_ADAPTER_SCALE * f->low[0][r], width);
    memcpy(f->logits, net->second + width * net->outputs, net->outputs * sizeof *f->logits);
    for (size_t i = 0; i < width; i++) {
        f->hidden[i] = tanhf(f->hidden[i]);
        add_scaled(f->logits, net->second + i * net->outputs, f->hidden[i], net->outputs);
        if (a)
            add_scaled(f->low[1], a->second_down + i * RANK, f->hidden[i], RANK);
    }
    for (size_t r = 0; a && r < RANK; r++)
        add_scaled(f->logits, a->second_up + r * net->outputs, SR_ADAPTER_SCALE * f->low[1][r], net->outputs);
}

/* The slope at the hidden layer, before tanh; the adapter's second layer learns on the way. */
static void back_second(struct fit *f, float *slope) {
    const struct sr_net *net = f->net;
    const struct sr_adapter *a = f->adapter;
    const size_t outputs = net->outputs;
    float *down = a ? f->adam.gradient + (a->second_down - a->first_down) : NULL;
    float *up = a ? f->adam.gradient + (a->second_up - a->first_down) : NULL;
    for (size_t r = 0; a && r < RANK; r++) {
        f->low_back[1][r] = SR_ADAPTER_SCALE * dot(f->back, a->second_up + r * outputs, outputs);
        add_scaled(up + r * outputs, f->back, SR_ADAPTER_SCALE * f->low[1][r], outputs);
    }
    for (size_t i = 0; i < net->hidden; i++) {
        slope[i] = dot(f->back, net->second + i * outputs, outputs);
        if (a) {
            slope[i] += dot(f->low_back[1], a->second_down + i * RANK, RANK);
            add_scaled(down + i * RANK, f->low_back[1], f->hidden[i], RANK);
        } else {
            add_scaled(f->adam.gradient + (net->second - net->first) + i * outputs, f->back, f->hidden[i], outputs);
        }
        slope[i] *= 1 - f->hidden[i] * f->hidden[i];
    }
    if (!a)
        add_scaled(f->adam.gradient + (net->second - net->first) + net->hidden * outputs, f->back, 1, outputs);
}

static void back_first(struct fit *f, const struct sr_net_input *in, const float *slope) {
    const struct sr_net *net = f->net;
    const struct sr_adapter *a = f->adapter;
    const size_t width = net->hidden;
    float *up = a ? f->adam.gradient + (a->first_up - a->first_down) : NULL;
    for (size_t r = 0; a && r < RANK; r++) {
        f->low_back[0][r] = SR_ADAPTER_SCALE * dot(slope, a->first_up + r * width, width);
        add_scaled(up + r * width, slope, SR_ADAPTER_SCALE * f->low[0][r], width);
    }
    for (size_t i = 0; i < net->dense + in->count; i++) {
        const size_t row = i < net->dense ? i : net->dense + in->present[i - net->dense];
        const float x = i < net->dense ? in->values[i] : 1;
        if (a)
            add_scaled(f->adam.gradient + row * RANK, f->low_back[0], x, RANK);
        else
            add_scaled(f->adam.gradient + row * width, slope, x, width);
    }
    if (!a)
        add_scaled(f->adam.gradient + (net->dense + net->sparse) * width, slope, 1, width);
}

static void add_gradient(struct fit *f, size_t i, float share) {
    const float counts = f->set->weight[i] * share;
    const struct sr_net_input input = drop_some(f, i);
    float slope[SR_NET_HIDDEN_MAX];
    forward(f, &input);
    sr_net_softmax(f->logits, f->net->outputs, 1);
    for (size_t k = 0; k < f->net->outputs; k++)
        f->back[k] = counts * (f->logits[k] - (k == f->set->label[i] ? 1.0f : 0.0f));
    back_second(f, slope);
    back_first(f, &input, slope);
}

static void step(struct fit *f, float rate) {
    sr_adam_step(&f->adam);
    for (size_t i = 0; i < f->size; i++) {
        f->weights[i] -= rate * (sr_adam_move(&f->adam, i) + f->opts->decay * f->weights[i]);
    }
}

static void train(struct fit *f) {
    const size_t batch = f->opts->batch > 0 ? (size_t)f->opts->batch : 1;
    const size_t steps = (f->count + batch - 1) / batch * (size_t)f->opts->epochs;
    size_t done = 0;
    for (int epoch = 0; epoch < f->opts->epochs; epoch++) {
        sr_random_shuffle(f->order, f->count, &f->chance);
        for (size_t from = 0; from < f->count; from += batch, done++) {
            const size_t to = from + batch < f->count ? from + batch : f->count;
            memset(f->adam.gradient, 0, f->size * sizeof *f->adam.gradient);
            for (size_t i = from; i < to; i++)
                add_gradient(f, f->order[i], 1 / (float)(to - from));
            step(f, f->opts->rate * (1 - (float)done / (float)steps));
        }
    }
}

int sr_lora_fit(const struct sr_lora_set *set, const bool *held, const struct sr_lora_opts *opts, struct sr_net *net,
                struct sr_adapter *adapter) {
    struct fit *f = calloc(1, sizeof *f);
    if (!f)
        return SARAI_ENOMEM;
    *f = (struct fit){.set = set,
                      .opts = opts,
                      .net = net,
                      .adapter = adapter,
                      .weights = adapter ? adapter->first_down : net->first,
                      .size = adapter ? sr_adapter_size(net) : sr_net_size(net),
                      .chance = opts->seed};
    float *room = calloc(f->size * 3 + net->outputs * 2, sizeof *room);
    f->order = calloc(set->count + 1, sizeof *f->order);
    const int rc = room && f->order ? SARAI_OK : SARAI_ENOMEM;
    for (size_t i = 0; rc == SARAI_OK && i < set->count; i++)
        if (!held || !held[i])
            f->order[f->count++] = (uint32_t)i;
    if (rc == SARAI_OK) {
        f->adam = sr_adam_begin(room, f->size);
        f->logits = room + 3 * f->size;
        f->back = f->logits + net->outputs;
        if (adapter)
            begin_adapter(adapter, net, opts->seed);
        train(f);
    }
    free(f->order);
    free(room);
    free(f);
    return rc;
}
