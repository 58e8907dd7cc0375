/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Option tables: one row describes a setting once, and the command line, the YAML file, the environment, --help, the
 * man page, shell completion and the generated config/sarai.yaml all read that row.
 *
 *     struct sr_vad_opts { char *backend; float threshold; int pause_ms; };
 *     const struct sr_opt sr_vad_opts_table[] = {
 *         SR_OPT(struct sr_vad_opts, threshold, "0.5", .min = 0, .max = 1,
 *                .en = "speech probability that starts a turn", .es = "probabilidad de voz que abre un turno"),
 *         SR_OPT_END};
 *
 * The type comes from the field by _Generic: bool, int, float, or char * (an owned string, NULL never).
 */
#ifndef SR_BASE_OPT_H
#define SR_BASE_OPT_H

#include "base/str.h"

enum sr_opt_type { SR_OPT_BOOL, SR_OPT_INT, SR_OPT_FLOAT, SR_OPT_STRING };

struct sr_opt {
    const char *name; /* NULL ends a table */
    enum sr_opt_type type;
    size_t offset;        /* of the field in the options struct */
    const char *fallback; /* the default, as text */
    double min, max;      /* numbers: range when min < max */
    const char *choices;  /* strings: "a|b|c", or NULL for any text */
    const char *env;      /* an environment variable of another name than SARAI_SECTION_NAME, or NULL */
    const char *arg;      /* what --help calls the value: "FILE" */
    char letter;          /* command line only: -o; 0 for none */
    const char *en, *es;  /* one line of help */
};

#define SR_OPT_TYPE(owner, field)                                                                                      \
    _Generic(((owner *)0)->field, bool : SR_OPT_BOOL, int : SR_OPT_INT, float : SR_OPT_FLOAT, char * : SR_OPT_STRING)
#define SR_OPT(owner, field, fallback_text, ...)                                                                       \
    {                                                                                                                  \
        .name = #field, .type = SR_OPT_TYPE(owner, field), .offset = offsetof(owner, field),                           \
        .fallback = (fallback_text), __VA_ARGS__                                                                       \
    }
#define SR_OPT_END                                                                                                     \
    { .name = NULL }

/** Fills `opts` with the table's defaults (strings are copied). */
int sr_opt_defaults(const struct sr_opt *table, void *opts);
/** Frees the strings. */
void sr_opt_deinit(const struct sr_opt *table, void *opts);
/** Deep copy of `from` into uninitialized `to`. */
int sr_opt_copy(const struct sr_opt *table, void *to, const void *from);
/** The row of that name, '-' and '_' being the same, or NULL. */
const struct sr_opt *sr_opt_find(const struct sr_opt *table, const char *name);
/** Parses and range-checks `text` into the field; on failure the field keeps its value and `error` says what is
 *  expected ("must be a number from 0 to 1, not 'x'"). `where` names the place, "config.yaml:12" for example. */
int sr_opt_set(const struct sr_opt *opt, void *opts, const char *text, const char *where, struct sarai_error *error);
/** The field as text, appended. */
void sr_opt_print(const struct sr_opt *opt, const void *opts, struct sr_str *out);

/** Finds what a mistyped name may have meant: set `wanted`, zero the rest, offer each known name. `name` is then the
 *  nearest one, or "" when none is near. */
struct sr_nearest {
    const char *wanted;
    char name[64];
    unsigned distance;
};

void sr_nearest_offer(struct sr_nearest *nearest, const char *name);

#endif
