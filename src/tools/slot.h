/* SPDX-License-Identifier: Apache-2.0 */
/* What a tool's parameter takes of what was said: one of a list's names, a number, a time, or a few words. */
#ifndef SR_TOOLS_SLOT_H
#define SR_TOOLS_SLOT_H

#include <cjson/cJSON.h>

#include "text/said.h"
#include "text/tongue.h"

#define SR_SLOT_TEXT_MOST 256

struct sr_slot_lists;

/** Reads {"list": {"value": ["other name", ...], ...}, ...}, a value being one of its own names. `lists` NULL: none; it
 *  outlives them. SARAI_EINPUT with the reason. The caller owns `*out`. [init] */
int sr_slot_lists_new(const cJSON *lists, struct sr_slot_lists **out, const char **why);
void sr_slot_lists_free(struct sr_slot_lists *lists);
/** Calls `each` with every name (folded); a negative return stops and is returned. [any] */
int sr_slot_lists_each(const struct sr_slot_lists *lists, int (*each)(void *user, const char *name), void *user);

bool sr_slot_has_list(const struct sr_slot_lists *lists, const char *list);

/** Why a parameter can't be filled, or NULL. [any] */
const char *sr_slot_wrong(const cJSON *schema, const struct sr_slot_lists *lists);

/** A parameter where it is filled. */
struct sr_slot {
    const cJSON *schema;
    const char *list; /* of the names it takes here; NULL: as the schema says */
    const struct sr_slot_lists *lists;
    const struct sr_tongue *tongue;
};

/** What the words [at, at + count) are worth to it: all that is understood counts like a pattern's own words, free text
 *  nothing; -1: they don't fit. [any] */
int sr_slot_judge(const struct sr_slot *slot, const struct sr_said *said, size_t at, size_t count);
/** Their value for it; a moment is {"minute", "exact", "day"}. The caller owns it; NULL when out of memory. [any] */
cJSON *sr_slot_value(const struct sr_slot *slot, const struct sr_said *said, size_t at, size_t count);

#endif
