/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Stretches of time and times of day as people say them: "una hora y media", "las siete menos cuarto de la mañana". The
 * words are in data/LANGUAGE/times.tsv.
 */
#ifndef SR_TEXT_TIMES_H
#define SR_TEXT_TIMES_H

#include "text/number_words.h"

struct sr_times;

/** Reads times.tsv in a language's `folder`; `numbers` is borrowed for the times' life. The caller owns `*out`. [init]
 */
int sr_times_load(const char *folder, const struct sr_number_words *numbers, struct sr_times **out,
                  struct sarai_error *error);
void sr_times_free(struct sr_times *times);

/** The seconds that all of the folded words say; false when they say none. [any] */
bool sr_times_span(const struct sr_times *times, const char *const *words, size_t count, double *seconds);

struct sr_moment {
    int minute; /* of the day, 0 to 1439 */
    bool exact; /* false: twelve hours later may be meant as well */
    int day;    /* from today; -1: not said */
};

/** The time of day that all of the folded words say. [any] */
bool sr_times_moment(const struct sr_times *times, const char *const *words, size_t count, struct sr_moment *out);

/** Appends "una hora y cinco minutos", to the minute from ten minutes on when it is not exact. [any] */
void sr_times_say_span(const struct sr_times *times, int64_t seconds, struct sr_str *out);
/** Appends "las siete y media de la mañana" with the hour and minute in figures, for the normalizer. [any] */
void sr_times_say_minute(const struct sr_times *times, int minute, struct sr_str *out);
/** The words for a day from today (0 to 2, "mañana"); "" when there are none. Borrowed. [any] */
const char *sr_times_day(const struct sr_times *times, int day);

#endif
