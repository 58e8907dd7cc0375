/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/pending.h"

#include "support/test.h"

static void add(struct sr_pending *pending, uint32_t turn_id, uint32_t epoch, const char *text) {
    const struct sarai_turn turn = {.id = turn_id, .epoch = epoch};
    sr_pending_add(pending, &turn, SARAI_PRIORITY_LOW, text);
}

static void hear(struct sr_pending *pending, uint32_t turn_id, char *text, uint32_t hushed) {
    const struct sr_heard heard = {.turn_id = turn_id, .text = text};
    sr_pending_heard(pending, &heard, hushed);
}

static void what_was_not_heard_comes_again_in_its_order(void **state) {
    (void)state;
    struct sr_pending pending = {.count = 0};
    add(&pending, 4, 2, "uno");
    add(&pending, 5, 2, "dos");
    add(&pending, 6, 2, "tres");
    assert_false(sr_pending_waits(&pending));
    hear(&pending, 6, "", 0);
    hear(&pending, 9, "", 0); /* nobody's */
    hear(&pending, 4, "", 0);
    const char *const wanted[] = {"uno", "tres"};
    for (int i = 0; i < 2; i++) {
        assert_true(sr_pending_waits(&pending));
        struct sr_order order = sr_pending_take(&pending);
        assert_string_equal(order.text, wanted[i]);
        assert_int_equal(order.priority, SARAI_PRIORITY_LOW);
        sr_order_deinit(&order);
    }
    assert_false(sr_pending_waits(&pending));
    assert_int_equal(pending.count, 1);
    sr_pending_deinit(&pending);
    assert_int_equal(pending.count, 0);
}

static void what_was_heard_or_hushed_does_not(void **state) {
    (void)state;
    struct sr_pending pending = {.count = 0};
    add(&pending, 1, 2, "oído a medias");
    add(&pending, 2, 2, "callado");
    add(&pending, 3, 3, "posterior");
    hear(&pending, 1, "oído", 0);
    hear(&pending, 2, "", 3);
    hear(&pending, 3, "", 3);
    assert_int_equal(pending.count, 1);
    struct sr_order order = sr_pending_take(&pending);
    assert_string_equal(order.text, "posterior");
    sr_order_deinit(&order);
}

static void what_finds_no_room_is_not_kept(void **state) {
    (void)state;
    struct sr_pending pending = {.count = 0};
    for (uint32_t i = 0; i < SR_PENDING_MAX + 3; i++)
        add(&pending, i + 1, 1, "aviso");
    assert_int_equal(pending.count, SR_PENDING_MAX);
    hear(&pending, SR_PENDING_MAX + 2, "", 0);
    assert_false(sr_pending_waits(&pending));
    sr_pending_deinit(&pending);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_not_heard_comes_again_in_its_order),
        cmocka_unit_test(what_was_heard_or_hushed_does_not),
        cmocka_unit_test(what_finds_no_room_is_not_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
