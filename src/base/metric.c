/* SPDX-License-Identifier: Apache-2.0 */
#include "base/metric.h"

static const int64_t bounds_ms[] = SR_HISTOGRAM_BOUNDS_MS;

void sr_histogram_add(struct sr_histogram *histogram, int64_t us) {
    if (us < 0)
        return;
    int i = 0;
    while (i < SR_HISTOGRAM_BUCKETS - 1 && us > bounds_ms[i] * 1000)
        i++;
    atomic_fetch_add_explicit(&histogram->buckets[i], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&histogram->sum_us, us, memory_order_relaxed);
}

void sr_histogram_print(const struct sr_histogram *histogram, const char *name, const char *help, struct sr_str *out) {
    uint64_t count = 0;
    sr_str_addf(out, "# HELP sarai_%s %s\n# TYPE sarai_%s histogram\n", name, help, name);
    for (int i = 0; i < SR_HISTOGRAM_BUCKETS; i++) {
        count += atomic_load_explicit(&histogram->buckets[i], memory_order_relaxed);
        if (i < SR_HISTOGRAM_BUCKETS - 1)
            sr_str_addf(out, "sarai_%s_bucket{le=\"%g\"} %llu\n", name, (double)bounds_ms[i] / 1000,
                        (unsigned long long)count);
    }
    sr_str_addf(out, "sarai_%s_bucket{le=\"+Inf\"} %llu\n", name, (unsigned long long)count);
    sr_str_addf(out, "sarai_%s_sum %g\n", name,
                (double)atomic_load_explicit(&histogram->sum_us, memory_order_relaxed) / 1e6);
    sr_str_addf(out, "sarai_%s_count %llu\n", name, (unsigned long long)count);
}

void sr_counter_print(uint64_t value, const char *name, const char *help, struct sr_str *out) {
    sr_str_addf(out, "# HELP sarai_%s %s\n# TYPE sarai_%s counter\nsarai_%s %llu\n", name, help, name, name,
                (unsigned long long)value);
}
