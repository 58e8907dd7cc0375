/* SPDX-License-Identifier: Apache-2.0 */
/* Holds with and without sound cards. */
#include "audio/device.h"
#include "support/failing_alloc.h"
#include "support/test.h"

static void count(void *user, const struct sarai_device *device) {
    assert_non_null(device->name);
    assert_true(device->inputs > 0 || device->outputs > 0);
    assert_false(device->is_input && device->inputs == 0);
    assert_false(device->is_output && device->outputs == 0);
    ++*(int *)user;
}

static void never(void *user, const float *in, float *out, size_t frames, int64_t latency_us,
                  bool broken) SR_NONBLOCKING {
    (void)user, (void)in, (void)out, (void)frames, (void)latency_us, (void)broken;
}

static void every_device_is_listed_and_counted(void **state) {
    (void)state;
    int seen = 0;
    assert_int_equal(sr_device_each("", "", count, &seen, NULL), seen);
}

static void a_device_that_nobody_has_is_named(void **state) {
    (void)state;
    static const char *const names[] = {"no such thing", "99999", "-1", "99999999999999999999"};
    struct sr_device *device = NULL;
    struct sarai_error error;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct sr_device_request request = {.device = names[i], .block_ms = 10, .callback = never};
        assert_int_equal(sr_device_open(&request, &device, &error), SARAI_EDEVICE);
        assert_non_null(strstr(error.text, names[i]));
        assert_string_equal(error.where, "microphone");
    }
    assert_null(device);
    sr_device_close(NULL);
}

static void running_out_of_memory_harms_nothing(void **state) {
    (void)state;
    const struct sr_device_request request = {
        .output = true, .device = "no such thing", .block_ms = 10, .callback = never};
    struct sr_device *device = NULL;
    sr_fail_alloc_at(1); /* the others are PortAudio's own */
    assert_int_equal(sr_device_open(&request, &device, NULL), SARAI_ENOMEM);
    sr_fail_alloc_off();
    every_device_is_listed_and_counted(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_device_is_listed_and_counted),
        cmocka_unit_test(a_device_that_nobody_has_is_named),
        cmocka_unit_test(running_out_of_memory_harms_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
