/* SPDX-License-Identifier: Apache-2.0 */
#include "speech/pace.h"

#include "base/utf8.h"

#include <string.h>

#define CLAUSE_UNITS 8 /* what any clause costs, in characters */
#define DIGIT_UNITS 5  /* a digit is read as a word */
#define CARE 1.5       /* a prediction is missed by so much now and then */
#define SIZE_CARE 1.2  /* ... and by so much often */
#define MOST_CHARS 10000
#define CALM_US 1500000
#define WARY_US 500000
#define POLL_US 20000
#define LONG_SENTENCES 5
#define DEPTH 3

int sr_pace_units(const char *text) {
    int units = CLAUSE_UNITS;
    for (const char *p = text, *end = p + strlen(p); p < end;)
        units += sr_utf8_is_digit(sr_utf8_next(&p, end)) ? DIGIT_UNITS : 1;
    return units;
}

void sr_pace_add(struct sr_pace *pace, int units, int64_t us, int64_t sound_us) {
    if (units <= 0 || us < 0 || sound_us < 0)
        return;
    const double weight = pace->clauses ? SR_PACE_ALPHA : 1;
    pace->us_per_unit += weight * ((double)us / units - pace->us_per_unit);
    pace->sound_us_per_unit += weight * ((double)sound_us / units - pace->sound_us_per_unit);
    if (pace->clauses < INT32_MAX)
        pace->clauses++;
}

int64_t sr_pace_predict_us(const struct sr_pace *pace, int units) {
    return (int64_t)(pace->us_per_unit * units);
}

int sr_pace_chars(const struct sr_pace *pace, int64_t ahead_us) {
    if (ahead_us <= 0 || pace->us_per_unit <= 0 || pace->us_per_unit >= pace->sound_us_per_unit)
        return 0;
    const double chars = (double)ahead_us / (SIZE_CARE * pace->us_per_unit) - CLAUSE_UNITS;
    return chars < 1 ? 1 : chars > MOST_CHARS ? MOST_CHARS : (int)chars;
}

float sr_pace_interrupt(const struct sr_pace_answer *answer) {
    if (answer->yield == SR_YIELD_HOLD)
        return 0.95f;
    if (answer->yield == SR_YIELD_DUCK)
        return 0.8f;
    return answer->sentences_left > LONG_SENTENCES ? 0.6f : answer->sentences_left <= 1 ? 0.2f : 0.4f;
}

int sr_pace_depth(float p) {
    return p > 0.9f ? 0 : p > 0.7f ? 2 : DEPTH;
}

int64_t sr_pace_wait_us(const struct sr_pace *pace, int units, const struct sr_pace_answer *answer) {
    const float p = sr_pace_interrupt(answer);
    if (answer->clips_ahead >= sr_pace_depth(p) && (answer->clips_ahead || answer->ahead_us > 0))
        return POLL_US;
    const int64_t cost_us = sr_pace_predict_us(pace, units);
    const int64_t needed_us = (int64_t)(CARE * (double)cost_us) + (p > 0.7f ? WARY_US : CALM_US);
    return answer->ahead_us > needed_us ? answer->ahead_us - needed_us : 0;
}
