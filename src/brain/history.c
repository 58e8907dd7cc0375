/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/history.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"

static void forget(struct sr_history *history, size_t count) {
    for (size_t i = 0; i < count; i++) {
        free(history->told[i].said.user);
        free(history->told[i].said.reply);
    }
    history->count -= count;
    memmove(history->told, history->told + count, history->count * sizeof *history->told);
}

void sr_history_deinit(struct sr_history *history) {
    if (history->told)
        forget(history, history->count);
    free(history->told);
    history->told = NULL;
    history->capacity = 0;
}

static size_t bytes(const struct sr_exchange *said) {
    return strlen(said->user) + strlen(said->reply);
}

/* Too long: what is left is the younger half of it, and always the last turn. */
static void shorten(struct sr_history *history) {
    size_t all = 0, gone = 0, count = 0;
    for (size_t i = 0; i < history->count; i++)
        all += bytes(&history->told[i].said);
    if (all <= history->bytes_max)
        return;
    while (count + 1 < history->count && all - gone > history->bytes_max / 2)
        gone += bytes(&history->told[count++].said);
    forget(history, count);
}

int sr_history_add(struct sr_history *history, uint32_t turn_id, const char *user, const char *reply) {
    if (!*user && !*reply)
        return SARAI_OK;
    if (history->count == history->capacity) {
        const size_t capacity = history->capacity ? 2 * history->capacity : 8;
        struct sr_told *told = realloc(history->told, capacity * sizeof *told);
        if (!told)
            return SARAI_ENOMEM;
        history->told = told;
        history->capacity = capacity;
    }
    const struct sr_told told = {turn_id, {sr_strdup(user), sr_strdup(reply)}};
    if (!told.said.user || !told.said.reply) {
        free(told.said.user);
        free(told.said.reply);
        return SARAI_ENOMEM;
    }
    history->told[history->count++] = told;
    shorten(history);
    return SARAI_OK;
}

int sr_history_heard(struct sr_history *history, uint32_t turn_id, const char *heard) {
    for (size_t i = history->count; i-- > 0;) {
        struct sr_exchange *said = &history->told[i].said;
        if (history->told[i].turn_id != turn_id)
            continue;
        char *copy = sr_strdup(heard);
        if (!copy)
            return SARAI_ENOMEM;
        free(said->reply);
        said->reply = copy;
        shorten(history);
        break;
    }
    return SARAI_OK;
}

int sr_history_copy(const struct sr_history *history, struct sr_exchange **out, size_t *count) {
    struct sr_exchange *copy = calloc(history->count ? history->count : 1, sizeof *copy);
    bool failed = !copy;
    for (size_t i = 0; !failed && i < history->count; i++) {
        copy[i].user = sr_strdup(history->told[i].said.user);
        copy[i].reply = sr_strdup(history->told[i].said.reply);
        failed = !copy[i].user || !copy[i].reply;
    }
    if (failed) {
        if (copy)
            sr_exchanges_free(copy, history->count);
        return SARAI_ENOMEM;
    }
    *out = copy;
    *count = history->count;
    return SARAI_OK;
}
