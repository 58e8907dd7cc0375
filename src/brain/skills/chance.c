/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Coins, dice and numbers. What comes up follows from the second at which it is asked for, so that a recorded
 * conversation replays to the same end; nobody can tell it from luck.
 */
#include <math.h>

#include "brain/skills/skills.h"

#define WIDEST 1e9

/* Mixes all bits of the second into all bits of the result (the finalizer of SplitMix64). */
static uint64_t mix(uint64_t x) {
    x += UINT64_C(0x9E3779B97F4A7C15);
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}

static double draw(const struct sr_slots *s, double low, double high) {
    const struct tm *t = &s->now;
    const uint64_t second =
        ((((uint64_t)t->tm_year * 366 + (uint64_t)t->tm_mon * 31 + (uint64_t)t->tm_mday) * 24 + (uint64_t)t->tm_hour) *
             60 +
         (uint64_t)t->tm_min) *
            60 +
        (uint64_t)t->tm_sec;
    return low + (double)(mix(second) % (uint64_t)(high - low + 1));
}

static const char *coin(const struct sr_skills *skills, struct sr_slots *s) {
    (void)skills;
    s->result = draw(s, 0, 1);
    return s->result > 0 ? "coin_tails" : NULL;
}

static const char *die(const struct sr_skills *skills, struct sr_slots *s) {
    (void)skills;
    s->result = draw(s, 1, 6);
    return NULL;
}

static const char *number_from_ten(const struct sr_skills *skills, struct sr_slots *s) {
    (void)skills;
    s->result = draw(s, 1, 10);
    return NULL;
}

static const char *number_between(const struct sr_skills *skills, struct sr_slots *s) {
    (void)skills;
    const double low = s->a < s->b ? s->a : s->b, high = s->a < s->b ? s->b : s->a;
    if (low != floor(low) || high != floor(high) || high - low > WIDEST)
        return "number_of_no_range";
    s->result = draw(s, low, high);
    return NULL;
}

const struct sr_skill sr_skills_chance[] = {
    {"coin", coin}, {"die", die}, {"number", number_from_ten}, {"number_between", number_between}, {NULL, NULL},
};
