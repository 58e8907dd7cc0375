/* SPDX-License-Identifier: Apache-2.0 */
#include "stt/cut.h"

#include "audio/level.h"
#include "flow/message.h"

/* Long pieces are heard better, short ones are ready sooner. */
#define MOST ((size_t)20 * SR_RATE_HZ)
#define EARLIEST ((size_t)10 * SR_RATE_HZ)
#define LATEST ((size_t)18 * SR_RATE_HZ)
#define WINDOW ((size_t)SR_RATE_HZ / 5)
#define STEP ((size_t)SR_RATE_HZ / 50)

size_t sr_cut(const float *samples, size_t count) {
    if (count <= MOST)
        return 0;
    size_t quietest = EARLIEST;
    float least = 0;
    for (size_t at = EARLIEST; at + WINDOW <= LATEST; at += STEP) {
        const float db = sr_level_db(samples + at, WINDOW);
        if (at == EARLIEST || db < least) {
            least = db;
            quietest = at;
        }
    }
    return quietest + WINDOW / 2;
}
