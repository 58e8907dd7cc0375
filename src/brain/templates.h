/* SPDX-License-Identifier: Apache-2.0 */
/* Fixed answers to fixed phrases: one hash look-up on the folded text (see sr_utf8_fold). */
#ifndef SR_BRAIN_TEMPLATES_H
#define SR_BRAIN_TEMPLATES_H

#include "text/style.h"

struct sr_templates;

/** Reads a table "id phrases replies". Replies that begin with the name of a style in brackets, "[calm] Lo
 * siento.|Vaya.", ask to be said in it. A phrase that folds to one already there is SARAI_EINPUT with both lines. The
 *  caller owns `*out`. [init] */
int sr_templates_load(const char *path, struct sr_templates **out, struct sarai_error *error);
/** The same without the rows whose ids are among the variants `except`. [init] */
int sr_templates_load_except(const char *path, const char *except, struct sr_templates **out,
                             struct sarai_error *error);
void sr_templates_free(struct sr_templates *templates);

/** The id (borrowed for the table's life) of the template for `text`, or NULL; `*reply` becomes a malloc'd variant,
 *  another one each time; `reply` NULL: none is taken. [any] */
const char *sr_templates_match(struct sr_templates *templates, const char *text, char **reply);
/** A variant of the template of that id, malloc'd, or NULL. [any] */
char *sr_templates_reply(struct sr_templates *templates, const char *id);
/** The style that the replies of that id ask for; SR_STYLE_AUTO: none. [any] */
enum sr_style sr_templates_style(const struct sr_templates *templates, const char *id);
/** Calls `each` with every reply and its style, whatever it answers; a negative return stops and is returned. [any] */
int sr_templates_each(const struct sr_templates *templates, int (*each)(void *user, const char *reply, int style),
                      void *user);

#endif
