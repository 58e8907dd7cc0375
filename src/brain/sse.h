/* SPDX-License-Identifier: Apache-2.0 */
/* Server-sent events (WHATWG HTML, 9.2): bytes from a server, in pieces of any size, to the data of each event. */
#ifndef SR_BRAIN_SSE_H
#define SR_BRAIN_SSE_H

#include "base/str.h"

#define SR_SSE_EVENT_MAX (1 << 20) /* an event that is longer is an error */

/** Zero-initialize. */
struct sr_sse {
    struct sr_str line, data;
    bool begun;  /* a byte order mark can't come any more */
    bool cr;     /* the last line ended in a carriage return: a newline behind it is none */
    bool filled; /* the event has data, if only an empty line */
};

void sr_sse_deinit(struct sr_sse *sse);
/** Calls `event` with the data of every event that is complete now, NUL-terminated and borrowed; a non-zero return
 * stops and is returned. An event without its blank line is none. SARAI_EINPUT: one is too long. */
int sr_sse_feed(struct sr_sse *sse, const char *bytes, size_t len, int (*event)(void *user, const char *data),
                void *user);

#endif
