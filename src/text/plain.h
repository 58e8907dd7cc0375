/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What a language model writes to what can be read aloud, as a stream: Markdown's marks, tables, code blocks, tags,
 * thoughts in <think> and emoji go; items of a list become sentences; a link becomes its text and an address the name
 * of its site. What comes out does not depend on how the text was cut into pieces.
 */
#ifndef SR_TEXT_PLAIN_H
#define SR_TEXT_PLAIN_H

#include "base/str.h"

/** Zero-initialize. */
struct sr_plain {
    struct sr_str held; /* came in, but what it is shows only in what follows */
    const char *skip;   /* until this */
    bool in_line;       /* something of the line was read */
    bool item;          /* the line is an item, a heading or a row: it ends a sentence */
    bool row;           /* of a table */
    bool space, comma;  /* behind `last`: given when something follows */
    uint32_t last;      /* what was given last; 0: nothing yet */
};

void sr_plain_deinit(struct sr_plain *plain);
/** Takes more text, whole UTF-8 characters, and appends what can be read aloud to `out`; `end`: that was all, and the
 *  next text is another one. SARAI_ENOMEM: some of it is lost. */
int sr_plain_feed(struct sr_plain *plain, const char *text, size_t len, bool end, struct sr_str *out);

#endif
