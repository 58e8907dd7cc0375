/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/timers.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

/* Those that are paused come last. */
static int by_time(const void *a, const void *b) {
    const struct sr_timer *const x = a, *const y = b;
    const int64_t left = x->due_us < 0 ? INT64_MAX : x->due_us, right = y->due_us < 0 ? INT64_MAX : y->due_us;
    return (left > right) - (left < right);
}

void sr_timers_moved(struct sr_timers *timers) {
    qsort(timers->list, (size_t)timers->count, sizeof *timers->list, by_time);
}

bool sr_timers_add(struct sr_timers *timers, const struct sr_timer *timer) {
    if (timers->count == SR_TIMERS_MOST)
        return false;
    timers->list[timers->count++] = *timer;
    sr_timers_moved(timers);
    return true;
}

/* Accents and case aside. */
static bool same_name(const char *a, const char *b) {
    struct sr_str left = {0}, right = {0};
    sr_utf8_fold(a, strlen(a), &left);
    sr_utf8_fold(b, strlen(b), &right);
    const bool same = !left.failed && !right.failed && left.len == right.len &&
                      (!left.len || memcmp(left.data, right.data, left.len) == 0);
    sr_str_deinit(&left);
    sr_str_deinit(&right);
    return same;
}

struct sr_timer *sr_timers_find(struct sr_timers *timers, enum sr_timer_kind kind, const char *name, int64_t length_s) {
    for (int i = 0; i < timers->count; i++) {
        struct sr_timer *timer = &timers->list[i];
        if (timer->kind == kind && (!*name || same_name(timer->name, name)) &&
            (!length_s || timer->length_s == length_s))
            return timer;
    }
    return NULL;
}

int sr_timers_count(const struct sr_timers *timers, enum sr_timer_kind kind) {
    int count = 0;
    for (int i = 0; i < timers->count; i++)
        count += timers->list[i].kind == kind;
    return count;
}

void sr_timers_remove(struct sr_timers *timers, struct sr_timer *timer) {
    const int at = (int)(timer - timers->list);
    memmove(timer, timer + 1, (size_t)(timers->count - at - 1) * sizeof *timer);
    timers->count--;
}

int64_t sr_timer_left_us(const struct sr_timer *timer, int64_t now_us) {
    const int64_t left = timer->due_us < 0 ? timer->left_us : timer->due_us - now_us;
    return left > 0 ? left : 0;
}

int64_t sr_timers_next_us(const struct sr_timers *timers) {
    return timers->count && timers->list[0].due_us >= 0 ? timers->list[0].due_us : INT64_MAX;
}

bool sr_timers_ring(struct sr_timers *timers, int64_t now_us, struct sr_timer *out) {
    if (sr_timers_next_us(timers) > now_us)
        return false;
    *out = timers->list[0];
    sr_timers_remove(timers, timers->list);
    return true;
}
