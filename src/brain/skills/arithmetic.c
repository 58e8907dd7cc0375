/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "brain/skills/skills.h"

static const char *add(const struct sr_skills *skills, struct sr_slots *s) {
    (void)skills;
    s->result = s->a + s->b;
    return NULL;
}

static const char *subtract(const struct sr_skills *skills, struct sr_slots *s) {
    (void)skills;
    s->result = s->a - s->b;
    return NULL;
}

static const char *multiply(const struct sr_skills *skills, struct sr_slots *s) {
    (void)skills;
    s->result = s->a * s->b;
    return NULL;
}

static const char *divide(const struct sr_skills *skills, struct sr_slots *s) {
    (void)skills;
    s->result = s->b != 0 ? s->a / s->b : 0;
    return s->b != 0 ? NULL : "divide_by_zero";
}

static const char *percent(const struct sr_skills *skills, struct sr_slots *s) {
    (void)skills;
    s->result = s->a * s->b / 100;
    return NULL;
}

static const char *percent_off(const struct sr_skills *skills, struct sr_slots *s) {
    (void)skills;
    s->result = s->b - s->a * s->b / 100;
    return NULL;
}

static const char *percent_on(const struct sr_skills *skills, struct sr_slots *s) {
    (void)skills;
    s->result = s->b + s->a * s->b / 100;
    return NULL;
}

static const char *percent_of(const struct sr_skills *skills, struct sr_slots *s) {
    (void)skills;
    s->result = s->b != 0 ? s->a / s->b * 100 : 0;
    return s->b != 0 ? NULL : "divide_by_zero";
}

static const char *times_in(const struct sr_skills *skills, struct sr_slots *s) {
    (void)skills;
    s->result = s->a != 0 ? s->b / s->a : 0;
    return s->a != 0 ? NULL : "divide_by_zero";
}

static const char *half(const struct sr_skills *skills, struct sr_slots *s) {
    (void)skills;
    s->result = s->a / 2;
    return NULL;
}

static const char *twice(const struct sr_skills *skills, struct sr_slots *s) {
    (void)skills;
    s->result = s->a * 2;
    return NULL;
}

static const char *square(const struct sr_skills *skills, struct sr_slots *s) {
    (void)skills;
    s->result = s->a * s->a;
    return NULL;
}

static const char *square_root(const struct sr_skills *skills, struct sr_slots *s) {
    (void)skills;
    s->result = s->a >= 0 ? sqrt(s->a) : 0;
    return s->a >= 0 ? NULL : "no_root";
}

const struct sr_skill sr_skills_arithmetic[] = {
    {"add", add},
    {"subtract", subtract},
    {"multiply", multiply},
    {"divide", divide},
    {"percent", percent},
    {"percent_off", percent_off},
    {"percent_on", percent_on},
    {"percent_of", percent_of},
    {"times_in", times_in},
    {"half", half},
    {"double", twice},
    {"square", square},
    {"square_root", square_root},
    {NULL, NULL},
};
