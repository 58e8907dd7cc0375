/* SPDX-License-Identifier: Apache-2.0 */
/* Steps of Adam (Kingma and Ba 2015): a weight moves by its mean gradient over the root of its mean square. */
#ifndef SR_LEARN_ADAM_H
#define SR_LEARN_ADAM_H

#include <math.h>
#include <stddef.h>

#define SR_ADAM_MEAN 0.9f
#define SR_ADAM_SQUARE 0.999f
#define SR_ADAM_TINY 1e-8f

struct sr_adam {
    float *gradient, *mean, *square; /* of each weight; zero at first */
    float mean_left, square_left;    /* how much of the moments is still the beginning: 1 at first */
};

/** For `size` weights, in zeroed room for three times as many numbers, which is borrowed. */
static inline struct sr_adam sr_adam_begin(float *room, size_t size) {
    return (struct sr_adam){room, room + size, room + 2 * size, 1, 1};
}

/** A step begins; then sr_adam_move for each weight. */
static inline void sr_adam_step(struct sr_adam *adam) {
    adam->mean_left *= SR_ADAM_MEAN;
    adam->square_left *= SR_ADAM_SQUARE;
}

/** How far weight `i` goes down, times the rate. */
static inline float sr_adam_move(struct sr_adam *adam, size_t i) {
    const float g = adam->gradient[i];
    adam->mean[i] += (1 - SR_ADAM_MEAN) * (g - adam->mean[i]);
    adam->square[i] += (1 - SR_ADAM_SQUARE) * (g * g - adam->square[i]);
    const float mean = adam->mean[i] / (1 - adam->mean_left), square = adam->square[i] / (1 - adam->square_left);
    return mean / (sqrtf(square) + SR_ADAM_TINY);
}

#endif
