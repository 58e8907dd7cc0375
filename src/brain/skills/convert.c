/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "brain/skills/skills.h"

/* Degrees have another zero, so they are no factor of each other. */
static bool degrees(struct sr_slots *s) {
    const bool from_celsius = strcmp(s->from->kind, "celsius") == 0, to_celsius = strcmp(s->to->kind, "celsius") == 0;
    const bool from_fahrenheit = strcmp(s->from->kind, "fahrenheit") == 0;
    const bool to_fahrenheit = strcmp(s->to->kind, "fahrenheit") == 0;
    if (from_celsius && to_fahrenheit)
        s->result = s->a * 9 / 5 + 32;
    else if (from_fahrenheit && to_celsius)
        s->result = (s->a - 32) * 5 / 9;
    else
        return false;
    return true;
}

static const char *convert(const struct sr_skills *skills, struct sr_slots *s) {
    (void)skills;
    if (degrees(s))
        return NULL;
    if (strcmp(s->from->kind, s->to->kind) != 0)
        return "different_kinds";
    s->result = s->a * s->from->value / s->to->value;
    return NULL;
}

const struct sr_skill sr_skills_convert[] = {{"convert", convert}, {NULL, NULL}};
