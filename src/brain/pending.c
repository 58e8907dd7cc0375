/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/pending.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"

static void forget(struct sr_pending *pending, int at) {
    free(pending->list[at].text);
    pending->count--;
    memmove(&pending->list[at], &pending->list[at + 1], (size_t)(pending->count - at) * sizeof pending->list[at]);
}

void sr_pending_deinit(struct sr_pending *pending) {
    while (pending->count)
        forget(pending, pending->count - 1);
}

void sr_pending_add(struct sr_pending *pending, const struct sarai_turn *turn, enum sarai_priority priority,
                    const char *text) {
    char *copy = pending->count < SR_PENDING_MAX ? sr_strdup(text) : NULL;
    if (copy)
        pending->list[pending->count++] =
            (struct sr_notice){.turn_id = turn->id, .epoch = turn->epoch, .priority = priority, .text = copy};
}

void sr_pending_heard(struct sr_pending *pending, const struct sr_heard *heard, uint32_t hushed) {
    for (int i = 0; i < pending->count; i++) {
        struct sr_notice *notice = &pending->list[i];
        if (notice->turn_id != heard->turn_id)
            continue;
        notice->again = !heard->text[0] && notice->epoch >= hushed;
        if (!notice->again)
            forget(pending, i);
        return;
    }
}

static int oldest(const struct sr_pending *pending) {
    int i = 0;
    while (i < pending->count && !pending->list[i].again)
        i++;
    return i;
}

bool sr_pending_waits(const struct sr_pending *pending) {
    return oldest(pending) < pending->count;
}

struct sr_order sr_pending_take(struct sr_pending *pending) {
    const int i = oldest(pending);
    const struct sr_order order = {.priority = pending->list[i].priority, .text = pending->list[i].text};
    pending->list[i].text = NULL;
    forget(pending, i);
    return order;
}
