/* SPDX-License-Identifier: Apache-2.0 */
/* Dates, years with their era, and times of day. */
#include "base/utf8.h"
#include "text/normalize_es.h"

#include <stdio.h>
#include <string.h>

struct date {
    int day, month; /* 0: not said */
    const char *weekday, *month_name;
    const char *year;
    size_t year_len;
    const char *article; /* what stands before the year, when something does */
    size_t article_len;
};

/* One or two digits with a value between `least` and `most`: how many, or 0. */
static size_t read_small(const struct sr_reading *r, const char *at, int least, int most, int *value) {
    const size_t len = sr_read_digits(r, at);
    *value = len >= 1 && len <= 2 ? sr_number_small(at, len) : -1;
    return *value >= least && *value <= most ? len : 0;
}

static size_t read_month(const struct sr_reading *r, const char *at, const char **name) {
    if (sr_read_digits(r, at))
        return 0;
    const size_t len = sr_lexicon_match(r->words, SR_LEX_MONTH, at, r->end, name);
    return len;
}

static void say_date(const struct sr_reading *r, struct sr_str *out, const struct date *date) {
    if (date->weekday)
        sr_say_text(out, date->weekday);
    if (date->day == 1)
        sr_say_form(r, out, SR_LEX_ORDINAL, "1", 0);
    else if (date->day)
        sr_es_small(r, out, date->day, SR_ES_ALONE);
    if (date->day)
        sr_say_term(r, out, "of");
    if (date->month_name)
        sr_say_text(out, date->month_name);
    else {
        char number[4];
        snprintf(number, sizeof number, "%d", date->month);
        sr_say_form(r, out, SR_LEX_MONTH, number, 0);
    }
    if (!date->year)
        return;
    if (date->article)
        sr_say(out, date->article, date->article_len);
    else
        sr_say_term(r, out, "of");
    sr_es_cardinal(r, out, date->year, date->year_len, SR_ES_ALONE);
}

/* "21/11/2026", "21-11-26", "1.2.2003"; without a year only where the words before it speak of a day. */
static const char *read_numeric(const struct sr_reading *r, const char *at, struct date *date) {
    const size_t day = read_small(r, at, 1, 31, &date->day);
    if (!day)
        return NULL;
    const char sign = at + day < r->end ? at[day] : 0;
    if (sign != '/' && sign != '-' && sign != '.')
        return NULL;
    const size_t month = read_small(r, at + day + 1, 1, 12, &date->month);
    const char *end = at + day + 1 + month;
    if (!month)
        return NULL;
    if (sr_read_is(r, end, sign)) {
        const size_t year = sr_read_digits(r, end + 1);
        if ((year != 4 && year != 2) || end[1] == '0' || !sr_read_ends(r, end + 1 + year) || (sign == '.' && year == 2))
            return NULL;
        date->year = end + 1;
        date->year_len = year;
        return end + 1 + year;
    }
    const char *word;
    const size_t len = sr_read_word_before(r, at, &word);
    /* "21-11" by itself; "26.09", which is no time; "06/07", which is no fraction. */
    const bool alone = at == r->text && end == r->end && (sign == '-' || (sign == '.' && month == 2));
    const bool padded = sign == '/' && day == 2 && month == 2 && (*at == '0' || at[3] == '0');
    const bool of_day =
        sign != '.' && len && (sr_es_cue(r, at, 'd') || sr_lexicon_find(r->words, SR_LEX_DAY, word, len));
    return (alone || padded || of_day) && sr_read_ends(r, end) ? end : NULL;
}

/* "2026-11-21". */
static const char *read_iso(const struct sr_reading *r, const char *at, struct date *date) {
    if (sr_read_digits(r, at) != 4 || *at == '0' || !sr_read_is(r, at + 4, '-'))
        return NULL;
    const size_t month = read_small(r, at + 5, 1, 12, &date->month);
    if (month != 2 || !sr_read_is(r, at + 7, '-'))
        return NULL;
    const size_t day = read_small(r, at + 8, 1, 31, &date->day);
    date->year = at;
    date->year_len = 4;
    return day == 2 && sr_read_ends(r, at + 10) ? at + 10 : NULL;
}

/* The year behind a month: "1990", "de 1990", "del año 2000". */
static const char *read_year(const struct sr_reading *r, const char *at, struct date *date) {
    const char *start = sr_read_spaces(r, at + sr_read_is(r, at, ',')), *what;
    const size_t cue = sr_lexicon_match(r->words, SR_LEX_CUE, start, r->end, &what);
    const bool article = cue && strchr(what, 'y');
    const char *year = article ? sr_read_spaces(r, start + cue) : start;
    const size_t digits = sr_read_digits(r, year);
    if (start == at || digits > 4 || digits < (article ? 2 : 3) || *year == '0' || !sr_read_ends(r, year + digits) ||
        sr_read_is(r, year + digits, ':'))
        return at;
    date->year = year;
    date->year_len = digits;
    date->article = article ? start : NULL;
    date->article_len = cue;
    return year + digits;
}

/* "3 de mayo de 1998", "5 ene. 1990", "mayo 4 2000". */
static const char *read_named(const struct sr_reading *r, const char *at, struct date *date) {
    size_t month, day = read_small(r, at, 1, 31, &date->day);
    const char *p = at;
    if (day) {
        p = sr_read_spaces(r, at + day);
        if (p == at + day)
            return NULL;
        const char *cue;
        const size_t len = sr_lexicon_match(r->words, SR_LEX_CUE, p, r->end, &cue);
        p = len && strchr(cue, 'y') ? sr_read_spaces(r, p + len) : p;
        if (!(month = read_month(r, p, &date->month_name)))
            return NULL;
        p += month;
    } else {
        if (!(month = read_month(r, at, &date->month_name)))
            return NULL;
        p = sr_read_spaces(r, at + month);
        /* "en alta mar 5 barcos" */
        if (p == at + month || (at[month - 1] != '.' && month != strlen(date->month_name)) ||
            !(day = read_small(r, p, 1, 31, &date->day)) || !sr_read_ends(r, p + day))
            return NULL;
        p += day;
        const char *end = read_year(r, p, date), *behind = sr_read_spaces(r, end);
        return end == p && sr_utf8_is_letter(sr_read_char(r, behind)) ? NULL : end;
    }
    return read_year(r, p, date);
}

/* "siglo iii a. C.", "100 a. C.": the era behind a number. */
static const char *read_era(const struct sr_reading *r, const char *at, struct sr_str *out) {
    struct sr_number number;
    const char *spoken;
    if (!sr_read_digits(r, at) || !sr_number_read(r, at, &number) || number.fraction_count)
        return NULL;
    const char *behind = sr_read_spaces(r, number.end);
    const size_t len = sr_lexicon_match(r->words, SR_LEX_ERA, behind, r->end, &spoken);
    if (!len || behind == number.end || !sr_read_ends(r, behind + len))
        return NULL;
    sr_es_cardinal(r, out, number.digits, number.count, SR_ES_ALONE);
    sr_say_text(out, spoken);
    return behind + len;
}

const char *sr_es_read_date(const struct sr_reading *r, const char *at, struct sr_str *out) {
    struct date date = {0};
    const char *end, *p = at;
    if (!sr_read_starts(r, at))
        return NULL;
    if (sr_read_digits(r, at) && (end = read_era(r, at, out)))
        return end;
    const size_t weekday = sr_lexicon_match(r->words, SR_LEX_DAY, at, r->end, &date.weekday);
    if (weekday) {
        p = sr_read_spaces(r, at + weekday);
        if (p == at + weekday || !sr_read_digits(r, p))
            return NULL;
    }
    const struct date blank = date;
    sr_say_again(out);
    if (!(end = read_named(r, p, &date)) && !(date = blank, end = read_iso(r, p, &date)) &&
        !(date = blank, end = read_numeric(r, p, &date)))
        return NULL;
    say_date(r, out, &date);
    return end;
}

/* -------------------------------------------------------------------------------------------------------- times -- */

struct time {
    int hour, minute, second; /* -1: not said */
    bool zero;                /* the hour is written with a zero before it */
    bool letters;             /* with h between, not a colon or a period */
    bool spaced;              /* "2 h 30 min" */
};

/* "10:30", "10.30.05". */
static const char *read_clock(const struct sr_reading *r, const char *at, struct time *time) {
    const size_t hour = read_small(r, at, 0, 24, &time->hour);
    const char sign = hour && at + hour < r->end ? at[hour] : 0;
    if (sign != ':' && sign != '.')
        return NULL;
    const char *p = at + hour + 1;
    if (read_small(r, p, 0, 59, &time->minute) != 2)
        return NULL;
    p += 2;
    if (sr_read_is(r, p, sign) && sr_read_digits(r, p + 1)) {
        if (read_small(r, p + 1, 0, 59, &time->second) != 2)
            return NULL;
        p += 3;
    }
    return sr_read_digits(r, p) ? NULL : p;
}

/* Skips the unit of the clock `what` behind spaces; NULL when there is none. */
static const char *skip_unit(const struct sr_reading *r, const char *at, char what) {
    const char *p = sr_read_spaces(r, at), *found;
    const size_t len = sr_lexicon_match(r->words, SR_LEX_CLOCK, p, r->end, &found);
    return len && *found == what ? p + len : NULL;
}

/* "10h30", "12h02m30s", "2 h 30 min". */
static const char *read_lettered(const struct sr_reading *r, const char *at, struct time *time) {
    const size_t hour = read_small(r, at, 0, 24, &time->hour);
    const char *h = hour ? skip_unit(r, at + hour, 'h') : NULL;
    if (!h || h > at + hour + 2)
        return NULL;
    const char *p = sr_read_spaces(r, h);
    const size_t minute = read_small(r, p, 0, 59, &time->minute);
    if (!minute)
        return NULL;
    time->letters = true;
    time->spaced = p > h;
    const char *m = skip_unit(r, p + minute, 'm');
    if (!m)
        return p == h && minute == 2 && sr_read_ends(r, p + minute) ? p + minute : NULL;
    p = sr_read_spaces(r, m);
    const size_t second = read_small(r, p, 0, 59, &time->second);
    const char *s = second ? skip_unit(r, p + second, 's') : NULL;
    if (!s)
        time->second = -1;
    return s ? s : m;
}

static void say_units(const struct sr_reading *r, struct sr_str *out, int value, const char *unit,
                      enum sr_es_form form) {
    sr_es_small(r, out, value, form);
    sr_say_form(r, out, SR_LEX_TERM, unit, value != 1);
}

static void say_time(const struct sr_reading *r, struct sr_str *out, const struct time *time, bool duration) {
    if (time->second > 0 || duration) {
        say_units(r, out, time->hour, "hour", SR_ES_FEMININE);
        if (time->minute > 0)
            say_units(r, out, time->minute, "minute", SR_ES_MASCULINE);
        if (time->second > 0) {
            sr_say_term(r, out, "and");
            say_units(r, out, time->second, "second", SR_ES_MASCULINE);
        }
        return;
    }
    sr_es_small(r, out, time->hour, SR_ES_FEMININE);
    if (time->minute <= 0)
        return;
    sr_say_term(r, out, "and");
    if (time->minute == 15 || time->minute == 30)
        sr_say_term(r, out, time->minute == 15 ? "quarter" : "half");
    else
        sr_es_small(r, out, time->minute, SR_ES_ALONE);
}

static void say_meridiem(const struct sr_reading *r, struct sr_str *out, const char *half, int hour) {
    const bool after = *half == 'p';
    if (hour == 12)
        sr_say_term(r, out, after ? "noon" : "midnight");
    else if (hour >= 1 && hour < 12)
        sr_say_term(r, out, !after ? "am" : hour < 7 ? "pm" : "night");
}

/* "utc", "utc+1:30", "est"; where it ends, or `at`. */
static const char *read_zone(const struct sr_reading *r, const char *at, struct sr_str *out) {
    const char *spoken, *p = sr_read_spaces(r, at);
    const size_t len = p > at ? sr_lexicon_match(r->words, SR_LEX_ZONE, p, r->end, &spoken) : 0;
    /* "la 1 et al." */
    if (!len || (len < 3 && *p >= 'a' && p + len < r->end))
        return at;
    sr_say_text(out, spoken);
    p += len;
    const char *sign = sr_read_spaces(r, p);
    int hour, minute;
    if (!sr_read_is(r, sign, '+') && !sr_read_is(r, sign, '-'))
        return p;
    const size_t digits = read_small(r, sign + 1, 0, 14, &hour);
    if (!digits)
        return p;
    sr_say_term(r, out, *sign == '+' ? "plus" : "minus");
    p = sign + 1 + digits;
    const bool minutes = sr_read_is(r, p, ':') && read_small(r, p + 1, 0, 59, &minute) == 2;
    sr_es_small(r, out, hour, minutes ? SR_ES_FEMININE : SR_ES_ALONE);
    if (minutes) {
        if (minute)
            sr_es_small(r, out, minute, SR_ES_ALONE);
        p += 3;
    }
    return p;
}

/* A period between hours and minutes may as well be a decimal point: the words around decide, or that there are none.
 */
static bool is_clock(const struct sr_reading *r, const char *at, const char *end) {
    return at == r->text ? end == r->end : sr_es_cue(r, at, 'h');
}

const char *sr_es_read_time(const struct sr_reading *r, const char *at, struct sr_str *out) {
    struct time time = {.minute = -1, .second = -1};
    const char *half;
    if (!sr_read_digits(r, at) || !sr_read_starts(r, at))
        return NULL;
    const char *end = read_clock(r, at, &time);
    const bool point = end && memchr(at, '.', (size_t)(end - at));
    bool sure = end && !point, hour_only = false;
    if (!end) {
        time = (struct time){.minute = -1, .second = -1};
        end = read_lettered(r, at, &time);
        sure = end != NULL;
    }
    if (!end) {
        time = (struct time){.minute = -1, .second = -1};
        const size_t len = read_small(r, at, 0, 24, &time.hour);
        if (!len)
            return NULL;
        end = at + len;
        hour_only = true;
        time.zero = len == 2 && *at == '0';
    }
    /* The unit, "a. m." and the zone may follow, in this order. */
    const char *unit = time.letters ? NULL : skip_unit(r, end, 'h');
    const bool has_unit = unit != NULL;
    end = has_unit ? unit : end;
    const char *p = sr_read_spaces(r, end);
    const size_t len = sr_lexicon_match(r->words, SR_LEX_MERIDIEM, p, r->end, &half);
    const bool has_half = len && (!hour_only || (time.hour >= 1 && time.hour <= 12)) &&
                          !(hour_only && p == end && p[len - 1] != 'm' && !memchr(p, '.', len));
    const size_t said = out->len;
    const bool from_to = time.letters && time.spaced && !(at == r->text && end == r->end);
    say_time(r, out, &time, from_to && !sr_es_cue(r, at, 'h'));
    if (has_half) {
        say_meridiem(r, out, half, time.hour);
        end = p + len;
    }
    const char *zone = read_zone(r, end, out);
    const bool has_zone = zone > end;
    end = zone;
    if (!sure && point && !has_half && !has_zone && !has_unit && !is_clock(r, at, end))
        return NULL;
    if (hour_only && !has_half && !has_zone && !(has_unit && time.zero))
        return NULL;
    if (said == out->len || !sr_read_ends(r, end))
        return NULL;
    return end;
}
