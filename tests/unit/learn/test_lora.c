/* SPDX-License-Identifier: Apache-2.0 */
/* Training a small net, and an adapter over it while it is frozen. */
#include "learn/lora.h"

#include "learn/random.h"
#include "support/failing_alloc.h"
#include "support/test.h"

#define COUNT 400

static const struct sr_lora_opts opts = {.epochs = 40, .batch = 16, .rate = 0.02f, .seed = 3};

struct points {
    float values[COUNT * 2], weight[COUNT];
    uint32_t first[COUNT + 1];
    uint16_t present[COUNT], label[COUNT];
    struct sr_lora_set set;
};

/* Two quadrants are of class 1: no line parts them. Feature 0 is there for the first half. */
static struct points *chessboard(void) {
    struct points *p = calloc(1, sizeof *p);
    uint64_t seed = 5;
    for (size_t i = 0; i < COUNT; i++) {
        p->values[2 * i] = 2 * sr_random_part(&seed) - 1;
        p->values[2 * i + 1] = 2 * sr_random_part(&seed) - 1;
        p->label[i] = p->values[2 * i] * p->values[2 * i + 1] > 0;
        p->weight[i] = 1;
        p->first[i] = (uint32_t)(i < COUNT / 2 ? i : COUNT / 2);
    }
    p->first[COUNT] = COUNT / 2;
    p->set = (struct sr_lora_set){.count = COUNT,
                                  .dense = 2,
                                  .values = p->values,
                                  .first = p->first,
                                  .present = p->present,
                                  .label = p->label,
                                  .weight = p->weight};
    return p;
}

static size_t right(const struct points *p, const struct sr_net *net) {
    size_t count = 0;
    for (size_t i = 0; i < COUNT; i++) {
        const struct sr_net_input input = sr_lora_input(&p->set, i);
        float logits[2];
        sr_net_logits(net, &input, logits);
        count += (logits[1] > logits[0]) == p->label[i];
    }
    return count;
}

static void a_net_learns_what_no_line_can_part(void **state) {
    (void)state;
    struct points *p = chessboard();
    struct sr_net net = {0};
    bool held[COUNT];
    for (size_t i = 0; i < COUNT; i++)
        held[i] = i % 4 == 0;
    assert_int_equal(sr_net_init(&net, 2, 1, 8, 2), SARAI_OK);
    sr_lora_begin(&net, 1);
    assert_int_equal(sr_lora_fit(&p->set, held, &opts, &net, NULL), SARAI_OK);
    assert_true(right(p, &net) > COUNT * 92 / 100);
    sr_net_deinit(&net);
    free(p);
}

static void an_adapter_learns_while_the_net_stays_as_it_is(void **state) {
    (void)state;
    struct points *p = chessboard();
    struct sr_net net = {0};
    struct sr_adapter adapter = {0};
    assert_int_equal(sr_net_init(&net, 2, 1, 8, 2), SARAI_OK);
    assert_int_equal(sr_adapter_init(&adapter, &net), SARAI_OK);
    sr_lora_begin(&net, 1);
    assert_int_equal(sr_lora_fit(&p->set, NULL, &opts, &net, NULL), SARAI_OK);
    float *frozen = malloc(sr_net_size(&net) * sizeof *frozen);
    memcpy(frozen, net.first, sr_net_size(&net) * sizeof *frozen);
    for (size_t i = 0; i < COUNT / 2; i++) /* with the feature it is the other way round */
        p->label[i] = !p->label[i];
    const size_t before = right(p, &net);
    assert_int_equal(sr_lora_fit(&p->set, NULL, &opts, &net, &adapter), SARAI_OK);
    assert_memory_equal(frozen, net.first, sr_net_size(&net) * sizeof *frozen);
    sr_net_merge(&net, &adapter);
    assert_true(right(p, &net) > before + COUNT / 10);
    free(frozen);
    sr_adapter_deinit(&adapter);
    sr_net_deinit(&net);
    free(p);
}

static void a_new_adapter_changes_nothing(void **state) {
    (void)state;
    struct points *p = chessboard();
    struct sr_net net = {0};
    struct sr_adapter adapter = {0};
    struct sr_lora_opts none = opts;
    none.epochs = 0;
    assert_int_equal(sr_net_init(&net, 2, 1, 8, 2), SARAI_OK);
    assert_int_equal(sr_adapter_init(&adapter, &net), SARAI_OK);
    sr_lora_begin(&net, 1);
    const float weight = net.first[3];
    assert_int_equal(sr_lora_fit(&p->set, NULL, &none, &net, &adapter), SARAI_OK);
    sr_net_merge(&net, &adapter);
    assert_true(net.first[3] == weight && weight != 0);
    sr_adapter_deinit(&adapter);
    sr_net_deinit(&net);
    free(p);
}

static void the_same_seed_gives_the_same_weights(void **state) {
    (void)state;
    struct points *p = chessboard();
    struct sr_net nets[2];
    struct sr_lora_opts dropping = opts;
    dropping.drop = 0.5f;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(sr_net_init(&nets[i], 2, 1, 8, 2), SARAI_OK);
        sr_lora_begin(&nets[i], 1);
        assert_int_equal(sr_lora_fit(&p->set, NULL, &dropping, &nets[i], NULL), SARAI_OK);
    }
    assert_memory_equal(nets[0].first, nets[1].first, sr_net_size(&nets[0]) * sizeof(float));
    sr_net_deinit(&nets[0]);
    sr_net_deinit(&nets[1]);
    free(p);
}

static void sizes_that_are_none_are_refused(void **state) {
    (void)state;
    struct sr_net net;
    assert_int_equal(sr_net_init(&net, 0, 1, 8, 2), SARAI_EUSAGE);
    assert_int_equal(sr_net_init(&net, 2, 1, SR_NET_HIDDEN_MAX + 1, 2), SARAI_EUSAGE);
    assert_int_equal(sr_net_init(&net, 2, 1, 8, 0), SARAI_EUSAGE);
    assert_null(net.first);
}

static void training_survives_every_failing_allocation(void **state) {
    (void)state;
    struct points *p = chessboard();
    struct sr_net net = {0};
    struct sr_lora_opts brief = opts;
    brief.epochs = 1;
    assert_int_equal(sr_net_init(&net, 2, 1, 8, 2), SARAI_OK);
    for (int n = 1;; n++) {
        sr_fail_alloc_at(n);
        const int status = sr_lora_fit(&p->set, NULL, &brief, &net, NULL);
        sr_fail_alloc_off();
        if (!sr_fail_alloc_hit()) {
            assert_int_equal(status, SARAI_OK);
            break;
        }
        assert_int_equal(status, SARAI_ENOMEM);
    }
    sr_net_deinit(&net);
    free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_net_learns_what_no_line_can_part),
        cmocka_unit_test(an_adapter_learns_while_the_net_stays_as_it_is),
        cmocka_unit_test(a_new_adapter_changes_nothing),
        cmocka_unit_test(the_same_seed_gives_the_same_weights),
        cmocka_unit_test(sizes_that_are_none_are_refused),
        cmocka_unit_test(training_survives_every_failing_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
