/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time of day and days. Days are counted as a number since a fixed one (the civil-calendar arithmetic of Howard
 * Hinnant's "chrono-compatible low-level date algorithms"), so no time zone or summer time can lose one.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "brain/skills/skills.h"

#define FARTHEST_DAYS 400000

static int64_t day_number(int year, int month, int day) {
    const int64_t y = year - (month <= 2), era = (y >= 0 ? y : y - 399) / 400, of_era = y - era * 400;
    const int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year;
}

static int64_t today(const struct sr_slots *s) {
    return day_number(s->now.tm_year + 1900, s->now.tm_mon + 1, s->now.tm_mday);
}

static bool leap(int year) {
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int month_days(int year, int month) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && leap(year));
}

static void put_weekday(const struct sr_skills *skills, int64_t number, struct sr_slots *s) {
    const char *name;
    const int weekday = (int)(((number + 3) % 7 + 7) % 7); /* day 0 was a Wednesday */
    const size_t len = sr_skills_variant(skills, "weekdays", weekday, &name);
    snprintf(s->word, sizeof s->word, "%.*s", (int)len, len ? name : "");
}

/* The day `days` from today into {w} {a} {m} {r}. */
static const char *put_day(const struct sr_skills *skills, double days, struct sr_slots *s) {
    if (fabs(days) > FARTHEST_DAYS || days != floor(days))
        return "day_out_of_reach";
    int year = s->now.tm_year + 1900, month = s->now.tm_mon + 1;
    const int64_t wanted = today(s) + (int64_t)days;
    while (day_number(year, month, 1) > wanted) {
        year -= month == 1;
        month = month == 1 ? 12 : month - 1;
    }
    while (day_number(year, month, month_days(year, month)) < wanted) {
        year += month == 12;
        month = month == 12 ? 1 : month + 1;
    }
    put_weekday(skills, wanted, s);
    s->a = (double)(wanted - day_number(year, month, 1) + 1);
    s->month = month;
    s->result = year;
    return year > 0 ? NULL : "day_out_of_reach";
}

static const char *date(const struct sr_skills *skills, struct sr_slots *s) {
    return put_day(skills, 0, s);
}

static const char *tomorrow(const struct sr_skills *skills, struct sr_slots *s) {
    return put_day(skills, 1, s);
}

static const char *yesterday(const struct sr_skills *skills, struct sr_slots *s) {
    return put_day(skills, -1, s);
}

static const char *day_in(const struct sr_skills *skills, struct sr_slots *s) {
    s->b = s->a;
    return put_day(skills, s->b, s);
}

static const char *day_ago(const struct sr_skills *skills, struct sr_slots *s) {
    s->b = s->a;
    return put_day(skills, -s->b, s);
}

/* The next such day, today included; negative when no year has it soon. */
static int64_t next(const struct sr_slots *s, double day, int month) {
    const int this_year = s->now.tm_year + 1900;
    for (int year = this_year; year <= this_year + 8; year++)
        if (day >= 1 && day == floor(day) && day <= month_days(year, month) &&
            day_number(year, month, (int)day) >= today(s))
            return day_number(year, month, (int)day);
    return -1;
}

static const char *days_until(const struct sr_skills *skills, struct sr_slots *s) {
    (void)skills;
    const int64_t day = next(s, s->a, s->month);
    s->result = (double)(day - today(s));
    return day < 0 ? "no_such_day" : s->result == 0 ? "that_is_today" : s->result == 1 ? "one_day_left" : NULL;
}

static const char *days_until_christmas(const struct sr_skills *skills, struct sr_slots *s) {
    s->a = 25;
    s->month = 12;
    return days_until(skills, s);
}

static const char *days_until_new_year(const struct sr_skills *skills, struct sr_slots *s) {
    s->a = s->month = 1;
    return days_until(skills, s);
}

static const char *weekday_of(const struct sr_skills *skills, struct sr_slots *s) {
    const int64_t day = next(s, s->a, s->month);
    if (day < 0)
        return "no_such_day";
    put_weekday(skills, day, s);
    return NULL;
}

/* {r} is the clock of twelve hours, {w} the part of the day. */
static const char *tell_time(const struct sr_skills *skills, struct sr_slots *s) {
    const int hour = s->now.tm_hour, of_twelve = hour % 12 ? hour % 12 : 12;
    const int part = hour < 6 ? 0 : hour < 12 ? 1 : hour < 14 ? 2 : hour < 21 ? 3 : 4;
    const char *name;
    const size_t len = sr_skills_variant(skills, "parts_of_day", part, &name);
    snprintf(s->word, sizeof s->word, "%.*s", (int)len, len ? name : "");
    snprintf(s->text, sizeof s->text, "%d:%02d", of_twelve, s->now.tm_min);
    return of_twelve == 1 ? "time_one" : NULL;
}

const struct sr_skill sr_skills_calendar[] = {
    {"time", tell_time},
    {"date", date},
    {"weekday", date},
    {"month", date},
    {"year", date},
    {"tomorrow", tomorrow},
    {"yesterday", yesterday},
    {"day_in", day_in},
    {"day_ago", day_ago},
    {"days_until", days_until},
    {"days_until_christmas", days_until_christmas},
    {"days_until_new_year", days_until_new_year},
    {"weekday_of", weekday_of},
    {NULL, NULL},
};
