/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Makes the n-th allocation fail. The linker sends malloc, calloc, realloc and aligned_alloc of everything linked into
 * a test program through here (--wrap, see tests/CMakeLists.txt), so the code under test is the code that ships.
 *
 *     for (int n = 1; ; n++) {
 *         sr_fail_alloc_at(n);
 *         int status = thing_new(&thing);
 *         sr_fail_alloc_off();
 *         if (!sr_fail_alloc_hit()) { assert(status == 0); break; }
 *         assert(status < 0);
 *     }
 */
#ifndef SR_TESTS_FAILING_ALLOC_H
#define SR_TESTS_FAILING_ALLOC_H

#include <stdbool.h>

/** The n-th allocation of this thread from now on (1 is the next) returns NULL, and only that one. */
void sr_fail_alloc_at(int n);
void sr_fail_alloc_off(void);
/** Did it happen since sr_fail_alloc_at? */
bool sr_fail_alloc_hit(void);

#endif
