/* SPDX-License-Identifier: Apache-2.0 */
#include "memory/points.h"

#include <math.h>

#include "base/status.h"
#include "support/failing_alloc.h"
#include "support/test.h"

/* A point of length 1 that leans towards one axis, or between two. */
static struct sr_point towards(int axis, int other) {
    float values[SR_POINT_SIZE] = {0};
    values[axis] = other < 0 ? 1 : sqrtf(0.5F);
    if (other >= 0)
        values[other] = sqrtf(0.5F);
    struct sr_point point;
    sr_point_pack(values, &point);
    return point;
}

static void the_product_of_two_points_is_their_cosine(void **state) {
    (void)state;
    const struct sr_point a = towards(3, -1), b = towards(3, 200), c = towards(9, -1);
    assert_float_equal(sr_point_dot(&a, &a), 1, 0.01);
    assert_float_equal(sr_point_dot(&a, &b), sqrt(0.5), 0.01);
    assert_float_equal(sr_point_dot(&a, &c), 0, 0.01);
    const struct sr_point nothing = {0};
    assert_float_equal(sr_point_dot(&a, &nothing), 0, 0);
}

static void the_nearest_passage_comes_first_by_its_whole_and_its_best_sentence(void **state) {
    (void)state;
    struct sr_points *points = NULL;
    assert_int_equal(sr_points_new(&points), 0);
    const struct sr_point far[] = {towards(1, -1), towards(2, -1)};
    const struct sr_point near[] = {towards(5, 6), towards(7, -1), towards(5, -1)};
    const struct sr_point single = towards(5, 8);
    assert_int_equal(sr_points_add(points, 11, far, 2), 0);
    assert_int_equal(sr_points_add(points, 22, near, 3), 0);
    assert_int_equal(sr_points_add(points, 33, &single, 1), 0);
    struct sr_near found[3];
    const struct sr_point question = towards(5, -1);
    assert_int_equal(sr_points_nearest(points, &question, found, 3), 3);
    assert_int_equal(found[0].key, 22);
    assert_float_equal(found[0].whole, sqrt(0.5), 0.01);
    assert_float_equal(found[0].sentence, 1, 0.01);
    assert_int_equal(found[1].key, 33); /* without sentences of its own the whole stands for them */
    assert_float_equal(found[1].sentence, found[1].whole, 1e-6);
    assert_int_equal(found[2].key, 11);
    assert_int_equal(sr_points_nearest(points, &question, found, 1), 1);
    assert_int_equal(sr_points_nearest(points, &question, found, 0), 0);
    size_t count = 0;
    assert_float_equal(sr_point_dot(&sr_points_sentences(points, 22, &count)[1], &question), 1, 0.01);
    assert_int_equal(count, 2);
    sr_points_free(points);
}

static void what_is_removed_is_not_found_again(void **state) {
    (void)state;
    struct sr_points *points = NULL;
    assert_int_equal(sr_points_new(&points), 0);
    for (int i = 0; i < 200; i++) {
        const struct sr_point all[] = {towards(i, -1), towards(i + 1, -1)};
        assert_int_equal(sr_points_add(points, i, all, 2), 0);
    }
    struct sr_near found[1];
    const struct sr_point question = towards(50, -1);
    sr_points_nearest(points, &question, found, 1);
    assert_true(found[0].key == 50 || found[0].key == 49);
    assert_true(sr_points_remove(points, 50));
    assert_true(sr_points_remove(points, 49));
    assert_false(sr_points_remove(points, 50));
    assert_int_equal(sr_points_count(points), 198);
    sr_points_nearest(points, &question, found, 1);
    assert_true(found[0].key != 50 && found[0].key != 49);
    const struct sr_point last = towards(199, -1);
    sr_points_nearest(points, &last, found, 1);
    assert_true(found[0].key == 199 || found[0].key == 198);
    sr_points_free(points);
}

static void a_failing_allocation_leaves_what_was_there(void **state) {
    (void)state;
    for (int n = 1;; n++) {
        struct sr_points *points = NULL;
        const struct sr_point all[] = {towards(1, -1), towards(2, -1)};
        sr_fail_alloc_at(n);
        int status = sr_points_new(&points);
        if (status == 0)
            status = sr_points_add(points, 1, all, 2);
        sr_fail_alloc_off();
        if (status < 0 && points)
            assert_int_equal(sr_points_count(points), 0);
        sr_points_free(points);
        if (!sr_fail_alloc_hit()) {
            assert_int_equal(status, 0);
            break;
        }
        assert_int_equal(status, SARAI_ENOMEM);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_product_of_two_points_is_their_cosine),
        cmocka_unit_test(the_nearest_passage_comes_first_by_its_whole_and_its_best_sentence),
        cmocka_unit_test(what_is_removed_is_not_found_again),
        cmocka_unit_test(a_failing_allocation_leaves_what_was_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
