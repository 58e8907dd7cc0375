/* SPDX-License-Identifier: Apache-2.0 */
/* Counters and latency histograms that any thread may add to without a lock, written in Prometheus' text format. */
#ifndef SR_BASE_METRIC_H
#define SR_BASE_METRIC_H

#include <stdatomic.h>

#include "base/str.h"

/** Upper bounds of the buckets, in milliseconds; one more bucket is for what is longer. */
#define SR_HISTOGRAM_BOUNDS_MS                                                                                         \
    { 1, 2, 5, 10, 20, 50, 100, 200, 350, 500, 700, 1000, 1500, 2000, 5000, 10000 }
#define SR_HISTOGRAM_BUCKETS 17

/** Zero-initialize. */
struct sr_histogram {
    _Atomic uint64_t buckets[SR_HISTOGRAM_BUCKETS];
    _Atomic int64_t sum_us;
};

/** Counts one duration; a negative one, which was never reached, is not counted. [any][rt] */
void sr_histogram_add(struct sr_histogram *histogram, int64_t us);

/** Append a metric with its help and type lines; `name` without the "sarai_" in front, seconds where it is a time. */
void sr_histogram_print(const struct sr_histogram *histogram, const char *name, const char *help, struct sr_str *out);
void sr_counter_print(uint64_t value, const char *name, const char *help, struct sr_str *out);

#endif
