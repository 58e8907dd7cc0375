/* SPDX-License-Identifier: Apache-2.0 */
#include "speech/priority.h"

#define NORMAL 1
#define LOW 2

struct sr_priority_choice sr_priority_choose(struct sr_priority *priority, const int64_t queued_us[SR_PRIORITIES],
                                             int64_t now_us) {
    struct sr_priority_choice choice = {.queue = -1};
    int best = SR_PRIORITIES;
    for (int i = 0; i < SR_PRIORITIES; i++) {
        if (queued_us[i] < 0)
            continue;
        const bool boosted = i == LOW && now_us - queued_us[i] >= SR_PRIORITY_BOOST_US;
        const int rank = boosted ? NORMAL : i;
        /* Among equals whoever has begun goes on, then whoever waits for longer. */
        const int chosen = choice.queue;
        const bool first =
            chosen < 0 ||
            (priority->begun[i] != priority->begun[chosen] ? priority->begun[i] : queued_us[i] < queued_us[chosen]);
        if (rank < best || (rank == best && first)) {
            best = rank;
            choice = (struct sr_priority_choice){.queue = i, .boosted = boosted};
        }
    }
    if (choice.queue < 0)
        return choice;
    choice.preempts = priority->begun[priority->last] && priority->last != choice.queue;
    priority->begun[choice.queue] = true;
    priority->last = choice.queue;
    return choice;
}

void sr_priority_done(struct sr_priority *priority, int queue) {
    priority->begun[queue] = false;
}
