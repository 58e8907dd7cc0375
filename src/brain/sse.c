/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/sse.h"

#include <string.h>

void sr_sse_deinit(struct sr_sse *sse) {
    sr_str_deinit(&sse->line);
    sr_str_deinit(&sse->data);
    *sse = (struct sr_sse){0};
}

/* A field is a name and what follows ':' and one space; only "data" means something here. */
static void take_field(struct sr_sse *sse, const char *line) {
    if (strncmp(line, "data", 4) != 0 || (line[4] != ':' && line[4] != '\0'))
        return;
    const char *value = line[4] ? line + 5 : line + 4;
    if (*value == ' ')
        value++;
    if (sse->filled)
        sr_str_addc(&sse->data, '\n');
    sr_str_adds(&sse->data, value);
    sse->filled = true;
}

static int end_line(struct sr_sse *sse, int (*event)(void *user, const char *data), void *user) {
    int status = 0;
    if (sse->line.len) {
        take_field(sse, sse->line.data + (!sse->begun && strncmp(sse->line.data, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0));
    } else if (sse->filled) {
        status = event(user, sse->data.data ? sse->data.data : "");
        sr_str_clear(&sse->data);
        sse->filled = false;
    }
    sse->begun = true;
    sr_str_clear(&sse->line);
    return status;
}

int sr_sse_feed(struct sr_sse *sse, const char *bytes, size_t len, int (*event)(void *user, const char *data),
                void *user) {
    for (const char *p = bytes, *end = bytes + len; p < end;) {
        const char *stop = p;
        while (stop < end && *stop != '\n' && *stop != '\r')
            stop++;
        sr_str_add(&sse->line, p, (size_t)(stop - p));
        if (sse->line.failed || sse->data.failed)
            return SARAI_ENOMEM;
        if (sse->line.len + sse->data.len > SR_SSE_EVENT_MAX)
            return SARAI_EINPUT;
        if (stop == end)
            break;
        const bool second = *stop == '\n' && sse->cr && stop == p && !sse->line.len;
        const int status = second ? 0 : end_line(sse, event, user);
        sse->cr = *stop == '\r';
        p = stop + 1;
        if (status)
            return status;
    }
    return SARAI_OK;
}
