/* SPDX-License-Identifier: Apache-2.0 */
/* What a user keeps in files, as passages. */
#ifndef SR_MEMORY_IMPORT_H
#define SR_MEMORY_IMPORT_H

#include "base/str.h"

/** By the end of the file's name: .md and .markdown, .jsonl; anything else is text. */
enum sarai_note_form sr_import_form_of(const char *path);

/** Cuts `text` (changed) into passages of a few sentences and calls `each` with every one, borrowed; a negative return
 *  stops. Ids of text and Markdown are `name`#1, #2, ... Returns how many; SARAI_EINPUT names the line, with `where` in
 *  front of it. [any] */
int sr_import(char *text, enum sarai_note_form form, const char *name, const char *where,
              int (*each)(void *user, const char *id, const char *names, const char *passage), void *user,
              struct sarai_error *error);

#endif
