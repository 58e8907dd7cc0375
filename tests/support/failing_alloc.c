/* SPDX-License-Identifier: Apache-2.0 */
#include "support/failing_alloc.h"

#include <stddef.h>

static _Thread_local int left; /* allocations until the failing one; 0: none fails */
static _Thread_local bool hit;

void sr_fail_alloc_at(int n) {
    left = n;
    hit = false;
}

void sr_fail_alloc_off(void) {
    left = 0;
}

bool sr_fail_alloc_hit(void) {
    return hit;
}

static bool fails(void) {
    if (!left || --left)
        return false;
    hit = true;
    return true;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);

void *__wrap_malloc(size_t size) {
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size) {
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size) {
    return fails() ? NULL : __real_realloc(old, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size) {
    return fails() ? NULL : __real_aligned_alloc(alignment, size);
}
