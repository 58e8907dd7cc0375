/* SPDX-License-Identifier: Apache-2.0 */
#include "learn/softmax.h"

#include "learn/random.h"
#include "support/failing_alloc.h"
#include "support/test.h"

#include <math.h>

#define COUNT 600

static const struct sr_learn_opts opts = {.outputs = 1, .epochs = 40, .batch = 16, .rate = 0.05f, .seed = 3};

struct points {
    float values[COUNT * 2];
    uint32_t first[COUNT + 1], present[COUNT];
    uint8_t label[COUNT];
    float weight[COUNT];
    struct sr_learn_set set;
};

/* Points in a square; those right of the diagonal are of class 1. */
static struct points *diagonal(void) {
    struct points *p = calloc(1, sizeof *p);
    uint64_t seed = 5;
    for (size_t i = 0; i < COUNT; i++) {
        p->values[2 * i] = 2 * sr_random_part(&seed) - 1;
        p->values[2 * i + 1] = 2 * sr_random_part(&seed) - 1;
        p->label[i] = p->values[2 * i] > p->values[2 * i + 1];
        p->weight[i] = 1;
    }
    p->set =
        (struct sr_learn_set){.count = COUNT, .dense = 2, .values = p->values, .label = p->label, .weight = p->weight};
    return p;
}

static void a_logistic_head_finds_a_line_between_two_classes(void **state) {
    (void)state;
    struct points *p = diagonal();
    float weights[3] = {0};
    bool held[COUNT];
    for (size_t i = 0; i < COUNT; i++)
        held[i] = i % 5 == 0;
    assert_int_equal(sr_learn_fit(&p->set, held, &opts, weights), SARAI_OK);
    const struct sr_learn_score score = sr_learn_judge(&p->set, held, 1, weights);
    assert_int_equal(score.count, COUNT / 5);
    assert_true(score.right > 0.97 && score.right_of[0] > 0.94 && score.right_of[1] > 0.94 && score.loss < 0.15);
    assert_true(weights[0] > 0 && weights[1] < 0 && fabsf(weights[0] + weights[1]) < 0.2f * weights[0]);
    free(p);
}

static void a_softmax_head_tells_three_classes_apart(void **state) {
    (void)state;
    struct points *p = diagonal();
    float weights[9] = {0};
    struct sr_learn_opts three = opts;
    three.outputs = 3;
    for (size_t i = 0; i < COUNT; i++)
        p->label[i] = p->values[2 * i] > 0.3f ? 2 : p->values[2 * i + 1] > 0 ? 1 : 0;
    assert_int_equal(sr_learn_fit(&p->set, NULL, &three, weights), SARAI_OK);
    assert_true(sr_learn_judge(&p->set, NULL, 3, weights).right > 0.95);
    float logits[3];
    sr_learn_logits(&p->set, 0, 3, weights, logits);
    assert_true(logits[p->label[0]] >= logits[(p->label[0] + 1) % 3]);
    free(p);
}

static void features_that_are_there_or_not_are_learned_too(void **state) {
    (void)state;
    struct points *p = diagonal();
    float weights[3] = {0};
    for (size_t i = 0; i < COUNT; i++) {
        p->first[i] = (uint32_t)i;
        p->present[i] = p->label[i] ? 1 : 0;
    }
    p->first[COUNT] = COUNT;
    p->set.dense = 0;
    p->set.sparse = 2;
    p->set.first = p->first;
    p->set.present = p->present;
    assert_int_equal(sr_learn_fit(&p->set, NULL, &opts, weights), SARAI_OK);
    assert_true(weights[0] < -1 && weights[1] > 1);
    assert_true(sr_learn_judge(&p->set, NULL, 1, weights).right == 1);
    free(p);
}

static void examples_count_by_their_weight(void **state) {
    (void)state;
    struct points *p = diagonal();
    float weights[3] = {0};
    for (size_t i = 0; i < COUNT; i++) { /* nothing to tell them apart by */
        p->values[2 * i] = p->values[2 * i + 1] = 0;
        p->weight[i] = p->label[i] ? 3 : 1;
    }
    assert_int_equal(sr_learn_fit(&p->set, NULL, &opts, weights), SARAI_OK);
    double ones = 0, zeros = 0;
    for (size_t i = 0; i < COUNT; i++)
        *(p->label[i] ? &ones : &zeros) += p->weight[i];
    assert_float_equal(weights[2], log(ones / zeros), 0.05);
    free(p);
}

static void decay_keeps_weights_small(void **state) {
    (void)state;
    struct points *p = diagonal();
    float loose[3] = {0}, tight[3] = {0};
    struct sr_learn_opts decay = opts;
    decay.dense_decay = 1;
    assert_int_equal(sr_learn_fit(&p->set, NULL, &opts, loose), SARAI_OK);
    assert_int_equal(sr_learn_fit(&p->set, NULL, &decay, tight), SARAI_OK);
    assert_true(fabsf(tight[0]) < 0.5f * fabsf(loose[0]));
    free(p);
}

static void the_same_seed_gives_the_same_weights(void **state) {
    (void)state;
    struct points *p = diagonal();
    float a[3] = {0}, b[3] = {0}, c[3] = {0};
    struct sr_learn_opts other = opts;
    other.seed++;
    assert_int_equal(sr_learn_fit(&p->set, NULL, &opts, a), SARAI_OK);
    assert_int_equal(sr_learn_fit(&p->set, NULL, &opts, b), SARAI_OK);
    assert_int_equal(sr_learn_fit(&p->set, NULL, &other, c), SARAI_OK);
    assert_memory_equal(a, b, sizeof a);
    assert_memory_not_equal(a, c, sizeof a);
    free(p);
}

static void fitting_survives_every_failing_allocation(void **state) {
    (void)state;
    struct points *p = diagonal();
    struct sr_learn_opts quick = opts;
    quick.epochs = 1;
    for (int n = 1;; n++) {
        float weights[3] = {0};
        sr_fail_alloc_at(n);
        const int status = sr_learn_fit(&p->set, NULL, &quick, weights);
        sr_fail_alloc_off();
        if (!sr_fail_alloc_hit()) {
            assert_int_equal(status, SARAI_OK);
            break;
        }
        assert_int_equal(status, SARAI_ENOMEM);
    }
    free(p);
}

static void no_output_is_wrong_use(void **state) {
    (void)state;
    const struct sr_learn_opts none = {.outputs = 0};
    const struct sr_learn_set set = {.count = 0};
    float weights[1] = {0};
    assert_int_equal(sr_learn_fit(&set, NULL, &none, weights), SARAI_EUSAGE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_logistic_head_finds_a_line_between_two_classes),
        cmocka_unit_test(a_softmax_head_tells_three_classes_apart),
        cmocka_unit_test(features_that_are_there_or_not_are_learned_too),
        cmocka_unit_test(examples_count_by_their_weight),
        cmocka_unit_test(decay_keeps_weights_small),
        cmocka_unit_test(the_same_seed_gives_the_same_weights),
        cmocka_unit_test(fitting_survives_every_failing_allocation),
        cmocka_unit_test(no_output_is_wrong_use),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
