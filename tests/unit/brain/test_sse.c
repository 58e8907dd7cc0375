/* SPDX-License-Identifier: Apache-2.0 */
/* Server-sent events, however the bytes arrive. */
#include "brain/sse.h"
#include "support/failing_alloc.h"
#include "support/test.h"

static int take(void *user, const char *data) {
    sr_str_addf(user, "[%s]", data);
    return strcmp(data, "stop") == 0 ? 7 : 0;
}

static void check(const char *bytes, size_t len, const char *expected) {
    for (size_t step = 1; step <= len; step++) {
        struct sr_sse sse = {0};
        struct sr_str out = {0};
        sr_str_adds(&out, "");
        for (size_t i = 0; i < len; i += step)
            assert_int_equal(sr_sse_feed(&sse, bytes + i, len - i < step ? len - i : step, take, &out), SARAI_OK);
        assert_string_equal(out.data, expected);
        sr_sse_deinit(&sse);
        sr_str_deinit(&out);
    }
}

#define CHECK(bytes, expected) check(bytes, sizeof(bytes) - 1, expected)

static void an_event_is_its_data_up_to_a_blank_line(void **state) {
    (void)state;
    CHECK("data: uno\n\ndata:dos\n\n", "[uno][dos]");
    CHECK("data: a\ndata:  b\ndata\n\n", "[a\n b\n]");
    CHECK("data: sin fin", "");
    CHECK("data: sin fin\n", "");
    CHECK("\n\n\ndata: x\n\n\n\n", "[x]");
}

static void lines_end_in_any_of_three_ways(void **state) {
    (void)state;
    CHECK("data: a\r\n\r\ndata: b\r\rdata: c\n\n", "[a][b][c]");
    CHECK("data: a\r\ndata: b\r\n\r\n", "[a\nb]");
}

static void comments_and_other_fields_mean_nothing(void **state) {
    (void)state;
    CHECK(": ping\n\nevent: x\nid: 3\nretry: 10\ndata: a\n\n", "[a]");
    CHECK("dataset: no\ndat: no\n data: no\n\ndata: a\n\n", "[a]");
    CHECK("\xEF\xBB\xBF"
          "data: a\n\n",
          "[a]");
}

static void the_listener_may_stop(void **state) {
    (void)state;
    struct sr_sse sse = {0};
    struct sr_str out = {0};
    static const char bytes[] = "data: a\n\ndata: stop\n\ndata: b\n\n";
    assert_int_equal(sr_sse_feed(&sse, bytes, sizeof bytes - 1, take, &out), 7);
    assert_string_equal(out.data, "[a][stop]");
    sr_sse_deinit(&sse);
    sr_str_deinit(&out);
}

static void an_event_without_end_is_refused(void **state) {
    (void)state;
    struct sr_sse sse = {0};
    struct sr_str out = {0};
    int status = SARAI_OK;
    for (int i = 0; i < 3000 && status == SARAI_OK; i++) {
        char block[1000];
        memset(block, 'a', sizeof block);
        status = sr_sse_feed(&sse, block, sizeof block, take, &out);
    }
    assert_int_equal(status, SARAI_EINPUT);
    sr_sse_deinit(&sse);
}

static void a_failing_allocation_is_told(void **state) {
    (void)state;
    static const char bytes[] = "data: uno\ndata: dos\n\n";
    for (int n = 1;; n++) {
        struct sr_sse sse = {0};
        struct sr_str out = {0};
        sr_fail_alloc_at(n);
        const int status = sr_sse_feed(&sse, bytes, sizeof bytes - 1, take, &out);
        sr_fail_alloc_off();
        const bool failed = status < 0 || out.failed || sse.data.failed;
        sr_sse_deinit(&sse);
        sr_str_deinit(&out);
        if (!sr_fail_alloc_hit()) {
            assert_int_equal(status, SARAI_OK);
            break;
        }
        assert_true(failed);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_is_its_data_up_to_a_blank_line), cmocka_unit_test(lines_end_in_any_of_three_ways),
        cmocka_unit_test(comments_and_other_fields_mean_nothing),  cmocka_unit_test(the_listener_may_stop),
        cmocka_unit_test(an_event_without_end_is_refused),         cmocka_unit_test(a_failing_allocation_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
