/* SPDX-License-Identifier: Apache-2.0 */
/* Does the compiler really watch the functions marked SR_NONBLOCKING? Built with -fsanitize=realtime it must. */
#include "base/realtime.h"
#include "support/test.h"

#include <sys/wait.h>
#include <unistd.h>

static void *volatile taken;

static void allocate(void) SR_NONBLOCKING;

static void allocate(void) SR_NONBLOCKING {
    taken = malloc(100);
}

static void an_allocation_in_a_real_time_function_ends_the_program(void **state) {
    (void)state;
#if defined(__has_feature)
#if __has_feature(realtime_sanitizer)
    int status = 0;
    const pid_t child = fork();
    if (child == 0) {
        assert_non_null(freopen("/dev/null", "w", stderr));
        allocate();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    return;
#endif
#endif
    allocate(); /* nobody watches in this build */
    free(taken);
    skip();
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(an_allocation_in_a_real_time_function_ends_the_program)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
