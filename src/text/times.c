/* SPDX-License-Identifier: Apache-2.0 */
#include "text/times.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "base/utf8.h"
#include "text/said.h"

#define NUMBER_WORDS 5
#define SPAN_MOST (366.0 * 86400)

enum kind { UNIT, SPAN, MORE, AND, AT, HOUR, MINUTE, LESS, PART, DAY, KINDS };
static const char *const kinds[KINDS] = {"unit", "span", "more", "and", "at", "hour", "minute", "less", "part", "day"};

struct entry {
    enum kind kind;
    double value;
    char *phrase; /* folded */
    char *name;   /* as written */
    int variant;  /* 0, 1, ... of its line */
};

struct sr_times {
    struct entry *entries;
    size_t count, room;
    const struct sr_number_words *numbers;
};

/* --------------------------------------------------------------------------------------------------------- table -- */

static int add_variant(struct sr_times *times, enum kind kind, double value, const char *name, size_t len,
                       int variant) {
    if (times->count == times->room) {
        const size_t room = times->room ? times->room * 2 : 64;
        struct entry *entries = realloc(times->entries, room * sizeof *entries);
        if (!entries)
            return SARAI_ENOMEM;
        times->entries = entries;
        times->room = room;
    }
    struct sr_str folded = {0};
    sr_utf8_fold(name, len, &folded);
    sr_str_add(&folded, "", 0);
    struct entry *entry = &times->entries[times->count++];
    *entry = (struct entry){.kind = kind,
                            .value = value,
                            .phrase = sr_str_take(&folded),
                            .name = sr_strndup(name, len),
                            .variant = variant};
    return entry->phrase && entry->name ? SARAI_OK : SARAI_ENOMEM;
}

static int add_row(void *user, int line, char **cells) {
    struct sr_times *times = user;
    (void)line;
    int kind = 0, status = SARAI_OK, variants = 0;
    while (kind < KINDS && strcmp(kinds[kind], cells[0]) != 0)
        kind++;
    char *end = cells[1];
    const double value = strtod(cells[1], &end);
    if (kind == KINDS || *end || (kind == UNIT && value <= 0))
        return SARAI_EINPUT;
    const char *p = cells[2], *name;
    for (size_t len; status >= 0 && (len = sr_table_variant(&p, &name));)
        status = add_variant(times, (enum kind)kind, value, name, len, variants++);
    return status;
}

int sr_times_load(const char *folder, const struct sr_number_words *numbers, struct sr_times **out,
                  struct sarai_error *error) {
    struct sr_times *times = calloc(1, sizeof *times);
    char *path = sr_asprintf("%s/times.tsv", folder);
    int status = times && path ? sr_table_read(path, 3, add_row, times, error)
                               : sr_error(error, SARAI_ENOMEM, "times", "out of memory");
    free(path);
    if (status < 0) {
        sr_times_free(times);
        return status;
    }
    times->numbers = numbers;
    *out = times;
    return SARAI_OK;
}

void sr_times_free(struct sr_times *times) {
    if (!times)
        return;
    for (size_t i = 0; i < times->count; i++) {
        free(times->entries[i].phrase);
        free(times->entries[i].name);
    }
    free(times->entries);
    free(times);
}

/* ---------------------------------------------------------------------------------------------------------- read -- */

struct reader {
    const struct sr_times *times;
    const char *const *words;
    size_t count, at;
};

/* Takes the longest phrase of a kind. */
static const struct entry *take(struct reader *r, enum kind kind) {
    const struct entry *best = NULL;
    size_t most = 0;
    for (size_t i = 0; i < r->times->count; i++) {
        const struct entry *entry = &r->times->entries[i];
        size_t words = 1;
        for (const char *p = entry->phrase; *p; p++)
            words += *p == ' ';
        if (entry->kind != kind || words <= most || r->at + words > r->count ||
            !sr_said_is(r->words + r->at, words, entry->phrase, strlen(entry->phrase)))
            continue;
        most = words;
        best = entry;
    }
    r->at += most;
    return best;
}

static bool take_number(struct reader *r, double *value) {
    for (size_t span = NUMBER_WORDS; span > 0; span--) {
        if (r->at + span > r->count || !sr_number_words_read(r->times->numbers, r->words + r->at, span, value))
            continue;
        r->at += span;
        return true;
    }
    return false;
}

bool sr_times_span(const struct sr_times *times, const char *const *words, size_t count, double *seconds) {
    struct reader r = {.times = times, .words = words, .count = count};
    double total = 0;
    while (r.at < r.count) {
        const struct entry *entry;
        double number;
        if (r.at > 0)
            take(&r, AND);
        if ((entry = take(&r, SPAN))) {
            total += entry->value;
        } else if (take_number(&r, &number) && (entry = take(&r, UNIT))) {
            const struct entry *more = take(&r, MORE);
            total += (number + (more ? more->value : 0)) * entry->value;
        } else {
            return false;
        }
    }
    *seconds = round(total);
    return *seconds > 0 && *seconds <= SPAN_MOST;
}

/* "siete y media", "siete treinta", "una menos diez": minutes of the day, or negative. */
static int take_clock(struct reader *r) {
    const struct entry *fixed = take(r, HOUR), *minute;
    double hour = fixed ? fixed->value : 0, minutes = 0;
    size_t span = 2;
    if (!fixed) {
        while (span > 0 &&
               (r->at + span > r->count || !sr_number_words_read(r->times->numbers, r->words + r->at, span, &hour)))
            span--;
        r->at += span;
        if (!span)
            return -1;
    }
    if ((minute = take(r, MINUTE))) {
        minutes = minute->value;
    } else if (take(r, LESS)) {
        if (!take_number(r, &minutes))
            return -1;
        minutes = -minutes;
    } else {
        const size_t before = r->at;
        take(r, AND);
        if (!take_number(r, &minutes))
            r->at = before;
    }
    if (hour < 0 || hour > 24 || floor(hour) != hour || minutes < -59 || minutes > 59 || floor(minutes) != minutes)
        return -1;
    return ((int)hour * 60 + (int)minutes + 1440) % 1440;
}

bool sr_times_moment(const struct sr_times *times, const char *const *words, size_t count, struct sr_moment *out) {
    struct reader r = {.times = times, .words = words, .count = count};
    const struct entry *day = take(&r, DAY);
    take(&r, AT);
    const size_t begin = r.at;
    const int minute = take_clock(&r);
    if (minute < 0)
        return false;
    struct reader named = {.times = times, .words = words, .count = count, .at = begin};
    const struct entry *part = take(&r, PART);
    if (!day)
        day = take(&r, DAY);
    if (!part)
        part = take(&r, PART);
    *out = (struct sr_moment){.minute = minute, .day = day ? (int)day->value : -1};
    out->exact = part || minute >= 13 * 60 || minute < 60 || take(&named, HOUR);
    if (part && part->value >= 12 && out->minute < 12 * 60 && !(out->minute < 6 * 60 && part->value > 18))
        out->minute += 12 * 60; /* in the afternoon; but "la una de la noche" is one o'clock */
    else if (part && part->value < 12 && out->minute >= 12 * 60)
        out->minute -= 12 * 60;
    return r.at == r.count;
}

/* --------------------------------------------------------------------------------------------------------- write -- */

/* "1 hora", "5 minutos". */
static void put_unit(const struct sr_times *times, int64_t seconds, int64_t number, struct sr_str *out) {
    const char *name = "";
    for (size_t i = 0; i < times->count; i++) {
        const struct entry *entry = &times->entries[i];
        if (entry->kind == UNIT && entry->value == (double)seconds && entry->variant <= (number == 1 ? 0 : 1))
            name = entry->name;
    }
    sr_str_addf(out, "%lld %s", (long long)number, name);
}

static const char *first_name(const struct sr_times *times, enum kind kind, double value) {
    for (size_t i = 0; i < times->count; i++)
        if (times->entries[i].kind == kind && times->entries[i].value == value)
            return times->entries[i].name;
    return "";
}

void sr_times_say_span(const struct sr_times *times, int64_t seconds, struct sr_str *out) {
    static const int64_t units[] = {86400, 3600, 60, 1};
    int said = 0;
    if (seconds >= 600)
        seconds = (seconds + 30) / 60 * 60;
    for (size_t i = 0; i < sizeof units / sizeof *units && said < 2; i++) {
        const int64_t number = seconds / units[i];
        if (!number && !(units[i] == 1 && !said))
            continue;
        if (said)
            sr_str_addf(out, " %s ", first_name(times, AND, 0));
        put_unit(times, units[i], number, out);
        seconds -= number * units[i];
        said++;
    }
}

void sr_times_say_minute(const struct sr_times *times, int minute, struct sr_str *out) {
    const int hour = minute / 60, shown = hour % 12 ? hour % 12 : 12;
    const double part = hour < 6 ? 3 : hour < 12 ? 8 : hour < 20 ? 16 : 22;
    sr_str_addf(out, "%s %d", first_name(times, AT, shown == 1), shown);
    if (minute % 60)
        sr_str_addf(out, ":%02d", minute % 60);
    sr_str_addf(out, " %s", first_name(times, PART, part));
}

const char *sr_times_day(const struct sr_times *times, int day) {
    return first_name(times, DAY, day);
}
