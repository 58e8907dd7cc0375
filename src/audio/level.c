/* SPDX-License-Identifier: Apache-2.0 */
#include "audio/level.h"

#include <math.h>

#define FLOOR_DB -120.0f

float sr_level_db(const float *samples, size_t count) {
    double energy = 0;
    for (size_t i = 0; i < count; i++)
        energy += (double)samples[i] * samples[i];
    if (count == 0 || energy <= 0)
        return FLOOR_DB;
    return fmaxf(FLOOR_DB, (float)(10 * log10(energy / (double)count)));
}

static size_t at_most(size_t a, size_t b) {
    return a < b ? a : b;
}

void sr_level_trim(const float *samples, int rate_hz, float threshold_db, size_t *first, size_t *last) {
    size_t window = (size_t)(rate_hz > 200 ? rate_hz / 200 : 1);
    size_t begin = *first, end = *last;
    while (begin < end && sr_level_db(samples + begin, at_most(window, end - begin)) <= threshold_db)
        begin += at_most(window, end - begin);
    while (begin < end &&
           sr_level_db(samples + end - at_most(window, end - begin), at_most(window, end - begin)) <= threshold_db)
        end -= at_most(window, end - begin);
    *first = begin;
    *last = end;
}

#define HEARD_DB 30.0f /* below the loudest window it is quiet */
#define CLICK_DB 3.0f  /* and so much softer is a click */
#define QUIET_WINDOWS 6
#define LEAD_WINDOWS 3 /* kept before the speech */

size_t sr_level_behind_click(const float *samples, size_t count, int rate_hz, int most_ms) {
    const size_t window = (size_t)(rate_hz > 200 ? rate_hz / 200 : 1), windows = count / window;
    float loudest = FLOOR_DB, click = FLOOR_DB;
    for (size_t i = 0; i < windows; i++)
        loudest = fmaxf(loudest, sr_level_db(samples + i * window, window));
    size_t first = 0, quiet, end;
    while (first < windows && sr_level_db(samples + first * window, window) <= loudest - HEARD_DB)
        first++;
    for (quiet = first, end = first; end < windows; end++) {
        const float level = sr_level_db(samples + end * window, window);
        if (level <= loudest - HEARD_DB)
            continue;
        if (end - quiet >= QUIET_WINDOWS)
            break;
        quiet = end + 1;
        click = fmaxf(click, level);
        if ((quiet - first) * 5 > (size_t)most_ms || click > loudest - CLICK_DB)
            return 0;
    }
    return end < windows ? (end - LEAD_WINDOWS) * window : 0;
}

/* ---------------------------------------------------------------------------------------------------- loudness -- */

#define PI 3.14159265358979323846
#define HOPS 4 /* of 100 ms in a block */
#define ABSOLUTE_GATE_DB -70.0
#define RELATIVE_GATE_DB -10.0
#define OFFSET_DB -0.691 /* makes a sine of 1 kHz measure what it is */

struct biquad {
    double b0, b1, b2, a1, a2, z1, z2;
};

static double filter(struct biquad *f, double x) {
    const double y = f->b0 * x + f->z1;
    f->z1 = f->b1 * x - f->a1 * y + f->z2;
    f->z2 = f->b2 * x - f->a2 * y;
    return y;
}

/* The two filters of BS.1770, which gives them at 48 kHz, as the analog ones they come from: a shelf for the head, and
 * a high pass. */
static void weighting(int rate_hz, struct biquad out[2]) {
    const double shelf_q = 0.7071752369554196, shelf = tan(PI * 1681.974450955533 / rate_hz);
    const double high = pow(10, 3.999843853973347 / 20), band = pow(high, 0.4996667741545416);
    const double pass_q = 0.5003270373238773, pass = tan(PI * 38.13547087602444 / rate_hz);
    const double s0 = 1 + shelf / shelf_q + shelf * shelf, p0 = 1 + pass / pass_q + pass * pass;
    out[0] = (struct biquad){.b0 = (high + band * shelf / shelf_q + shelf * shelf) / s0,
                             .b1 = 2 * (shelf * shelf - high) / s0,
                             .b2 = (high - band * shelf / shelf_q + shelf * shelf) / s0,
                             .a1 = 2 * (shelf * shelf - 1) / s0,
                             .a2 = (1 - shelf / shelf_q + shelf * shelf) / s0};
    out[1] = (struct biquad){
        .b0 = 1, .b1 = -2, .b2 = 1, .a1 = 2 * (pass * pass - 1) / p0, .a2 = (1 - pass / pass_q + pass * pass) / p0};
}

/* The mean energy of the blocks above the gate; 0 when there are none. */
static double gated_energy(const float *samples, size_t count, int rate_hz, double gate_db) {
    const size_t hop = rate_hz / 10 > 0 ? (size_t)rate_hz / 10 : 1, length = hop * HOPS < count ? hop * HOPS : count;
    struct biquad ear[2];
    double hops[HOPS] = {0}, sum = 0, kept = 0;
    weighting(rate_hz, ear);
    for (size_t i = 0; i < count; i++) {
        const double y = filter(&ear[1], filter(&ear[0], samples[i]));
        hops[i / hop % HOPS] += y * y;
        if (i + 1 < length || ((i + 1) % hop != 0 && length != count))
            continue;
        const double energy = (hops[0] + hops[1] + hops[2] + hops[3]) / (double)length;
        if (energy > 0 && OFFSET_DB + 10 * log10(energy) > gate_db) {
            sum += energy;
            kept += 1;
        }
        hops[(i + 1) / hop % HOPS] = 0; /* the oldest one */
    }
    return kept > 0 ? sum / kept : 0;
}

float sr_level_loudness_db(const float *samples, size_t count, int rate_hz) {
    const double loud = gated_energy(samples, count, rate_hz, ABSOLUTE_GATE_DB);
    if (loud <= 0)
        return FLOOR_DB;
    const double gate_db = OFFSET_DB + 10 * log10(loud) + RELATIVE_GATE_DB;
    const double energy = gated_energy(samples, count, rate_hz, gate_db);
    return energy > 0 ? (float)(OFFSET_DB + 10 * log10(energy)) : FLOOR_DB;
}

#define PHASES 4
#define TAPS 12

float sr_level_true_peak_db(const float *samples, size_t count) {
    float taps[PHASES][TAPS], peak = 0;
    for (int phase = 0; phase < PHASES; phase++)
        for (int tap = 0; tap < TAPS; tap++) {
            const double x = tap - TAPS / 2 + 1 - (double)phase / PHASES; /* a sinc under a raised cosine */
            taps[phase][tap] = (float)(x == 0 ? 1 : sin(PI * x) / (PI * x) * (0.5 + 0.5 * cos(2 * PI * x / TAPS)));
        }
    for (size_t i = 0; i < count; i++)
        for (int phase = 0; phase < PHASES; phase++) {
            float sum = 0;
            for (int tap = 0; tap < TAPS; tap++) {
                const size_t at = i + (size_t)tap; /* of the sample TAPS/2-1 further on */
                sum += at >= TAPS / 2 - 1 && at - (TAPS / 2 - 1) < count
                           ? samples[at - (TAPS / 2 - 1)] * taps[phase][tap]
                           : 0;
            }
            peak = fmaxf(peak, fabsf(sum));
        }
    return peak > 0 ? fmaxf(FLOOR_DB, 20 * log10f(peak)) : FLOOR_DB;
}
