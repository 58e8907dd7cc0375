/* SPDX-License-Identifier: Apache-2.0 */
#include "base/opt.h"

#include <errno.h>
#include <float.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *field(const struct sr_opt *opt, void *opts) {
    return (char *)opts + opt->offset;
}

static const void *const_field(const struct sr_opt *opt, const void *opts) {
    return (const char *)opts + opt->offset;
}

static size_t field_size(enum sr_opt_type type) {
    switch (type) {
    case SR_OPT_BOOL:
        return sizeof(bool);
    case SR_OPT_INT:
        return sizeof(int);
    case SR_OPT_FLOAT:
        return sizeof(float);
    case SR_OPT_STRING:
        return sizeof(char *);
    }
    return 0;
}

/* ----------------------------------------------------------------------------------------------------- parsing -- */

/* Decimal notation only, and with a point whatever the locale of the program that we are linked into: glibc's "C"
 * locale object is static, so this neither allocates nor fails. */
static bool parse_number(const char *text, double *value) {
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (c == (locale_t)0)
        return false;
    char *end = NULL;
    errno = 0;
    double parsed = strtod_l(text, &end, c);
    bool good = text[0] != '\0' && strspn(text, "+-.0123456789eE") == strlen(text) && *end == '\0' && errno == 0 &&
                parsed >= -FLT_MAX && parsed <= FLT_MAX;
    freelocale(c);
    if (good)
        *value = parsed;
    return good;
}

static bool parse_whole(const char *text, int *value) {
    const char *digits = text + (*text == '-' || *text == '+');
    if (*digits == '\0' || strspn(digits, "0123456789") != strlen(digits))
        return false;
    errno = 0;
    long parsed = strtol(text, NULL, 10);
    if (errno != 0 || parsed < INT_MIN || parsed > INT_MAX)
        return false;
    *value = (int)parsed;
    return true;
}

static bool parse_bool(const char *text, bool *value) {
    static const char *const yes[] = {"true", "yes", "on", "1"}, *const no[] = {"false", "no", "off", "0"};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
        if (strcmp(text, yes[i]) == 0 || strcmp(text, no[i]) == 0) {
            *value = strcmp(text, yes[i]) == 0;
            return true;
        }
    }
    return false;
}

static bool is_choice(const char *choices, const char *text) {
    size_t len = strlen(text);
    for (const char *p = choices; len > 0;) {
        size_t part = strcspn(p, "|");
        if (part == len && memcmp(p, text, len) == 0)
            return true;
        if (p[part] == '\0')
            return false;
        p += part + 1;
    }
    return false;
}

static bool in_range(const struct sr_opt *opt, double value) {
    return opt->min >= opt->max || (value >= opt->min && value <= opt->max);
}

static int refuse(const struct sr_opt *opt, const char *text, const char *where, struct sarai_error *error) {
    if (opt->type == SR_OPT_BOOL)
        return sr_error(error, SARAI_EINPUT, where, "%s must be true or false, not '%s'", opt->name, text);
    if (opt->type == SR_OPT_STRING)
        return sr_error(error, SARAI_EINPUT, where, "%s must be one of %s, not '%s'", opt->name, opt->choices, text);
    const char *kind = opt->type == SR_OPT_INT ? "a whole number" : "a number";
    if (opt->min < opt->max)
        return sr_error(error, SARAI_EINPUT, where, "%s must be %s from %.10g to %.10g, not '%s'", opt->name, kind,
                        opt->min, opt->max, text);
    return sr_error(error, SARAI_EINPUT, where, "%s must be %s, not '%s'", opt->name, kind, text);
}

static int set_string(const struct sr_opt *opt, void *opts, const char *text, const char *where,
                      struct sarai_error *error) {
    if (opt->choices != NULL && !is_choice(opt->choices, text))
        return refuse(opt, text, where, error);
    char *copy = sr_strdup(text);
    if (copy == NULL)
        return sr_error(error, SARAI_ENOMEM, where, "out of memory");
    char **value = field(opt, opts);
    free(*value);
    *value = copy;
    return SARAI_OK;
}

int sr_opt_set(const struct sr_opt *opt, void *opts, const char *text, const char *where, struct sarai_error *error) {
    double number = 0;
    int whole = 0;
    bool flag = false;
    switch (opt->type) {
    case SR_OPT_BOOL:
        if (!parse_bool(text, &flag))
            return refuse(opt, text, where, error);
        *(bool *)field(opt, opts) = flag;
        return SARAI_OK;
    case SR_OPT_INT:
        if (!parse_whole(text, &whole) || !in_range(opt, whole))
            return refuse(opt, text, where, error);
        *(int *)field(opt, opts) = whole;
        return SARAI_OK;
    case SR_OPT_FLOAT:
        if (!parse_number(text, &number) || !in_range(opt, number))
            return refuse(opt, text, where, error);
        *(float *)field(opt, opts) = (float)number;
        return SARAI_OK;
    case SR_OPT_STRING:
        return set_string(opt, opts, text, where, error);
    }
    return sr_error(error, SARAI_EINTERNAL, where, "%s has no type", opt->name);
}

/* ------------------------------------------------------------------------------------------------------ tables -- */

/* Every field starts as zero bytes, so that sr_opt_deinit is right after a failure half-way. */
static void clear(const struct sr_opt *table, void *opts) {
    for (const struct sr_opt *opt = table; opt->name != NULL; opt++)
        memset(field(opt, opts), 0, field_size(opt->type));
}

int sr_opt_defaults(const struct sr_opt *table, void *opts) {
    clear(table, opts);
    for (const struct sr_opt *opt = table; opt->name != NULL; opt++) {
        char *value = NULL;
        int rc = SARAI_OK;
        if (opt->type != SR_OPT_STRING)
            rc = sr_opt_set(opt, opts, opt->fallback, "default", NULL);
        else if ((value = sr_strdup(opt->fallback)) == NULL)
            rc = SARAI_ENOMEM;
        else
            *(char **)field(opt, opts) = value;
        if (rc < 0) {
            sr_opt_deinit(table, opts);
            return rc;
        }
    }
    return SARAI_OK;
}

void sr_opt_deinit(const struct sr_opt *table, void *opts) {
    for (const struct sr_opt *opt = table; opt->name != NULL; opt++) {
        if (opt->type == SR_OPT_STRING) {
            char **value = field(opt, opts);
            free(*value);
            *value = NULL;
        }
    }
}

int sr_opt_copy(const struct sr_opt *table, void *to, const void *from) {
    clear(table, to);
    for (const struct sr_opt *opt = table; opt->name != NULL; opt++) {
        if (opt->type != SR_OPT_STRING) {
            memcpy(field(opt, to), const_field(opt, from), field_size(opt->type));
            continue;
        }
        char *copy = sr_strdup(*(char *const *)const_field(opt, from));
        if (copy == NULL) {
            sr_opt_deinit(table, to);
            return SARAI_ENOMEM;
        }
        *(char **)field(opt, to) = copy;
    }
    return SARAI_OK;
}

static bool same_name(const char *a, const char *b) {
    while (*a != '\0' && (*a == '-' ? '_' : *a) == (*b == '-' ? '_' : *b)) {
        a++;
        b++;
    }
    return *a == '\0' && *b == '\0';
}

const struct sr_opt *sr_opt_find(const struct sr_opt *table, const char *name) {
    for (const struct sr_opt *opt = table; opt->name != NULL; opt++) {
        if (same_name(opt->name, name))
            return opt;
    }
    return NULL;
}

/* The fewest digits that read back as the same float: "0.6", not "0.600000024". */
static void print_float(float value, struct sr_str *out) {
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0), old = uselocale(c);
    char text[32];
    for (int digits = 6; digits <= 9; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, (double)value);
        if (strtof(text, NULL) == value)
            break;
    }
    uselocale(old);
    freelocale(c);
    sr_str_adds(out, text);
}

void sr_opt_print(const struct sr_opt *opt, const void *opts, struct sr_str *out) {
    const void *value = const_field(opt, opts);
    switch (opt->type) {
    case SR_OPT_BOOL:
        sr_str_adds(out, *(const bool *)value ? "true" : "false");
        break;
    case SR_OPT_INT:
        sr_str_addf(out, "%d", *(const int *)value);
        break;
    case SR_OPT_FLOAT:
        print_float(*(const float *)value, out);
        break;
    case SR_OPT_STRING:
        sr_str_adds(out, *(char *const *)value);
        break;
    }
}

void sr_nearest_offer(struct sr_nearest *nearest, const char *name) {
    unsigned distance = sr_edit_distance(nearest->wanted, name);
    unsigned limit = strlen(nearest->wanted) < 6 ? 2 : 3;
    if (distance > limit || distance >= strlen(name) || (nearest->name[0] != '\0' && distance >= nearest->distance))
        return;
    nearest->distance = distance;
    snprintf(nearest->name, sizeof nearest->name, "%s", name);
}
