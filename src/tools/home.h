/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A toy home to try commands on: what the file's "home" lists is there, remembers how it was left and can be asked.
 * Each tool's "effect" says what it does:
 *
 *     {"set": "on", "to": true, "kind": "light"}        of what is named, and of `kind` when nothing is
 *     {"set": ["brightness", "color"], "kind": "light"}  whichever of these was said, or changed by "step"
 *     {"get": "on"}, {"get": "degrees"}                  tells it
 *     {"list": "add", "from": "item"}, "done", "read"    the shopping list
 *     {"count": 1}                                       nothing but what is said
 *
 * What is said stands in "says" under the tool's name, for each kind of thing if need be.
 */
#ifndef SR_TOOLS_HOME_H
#define SR_TOOLS_HOME_H

#include "tools/run.h"

struct sr_home;

/** `box` outlives the home; SARAI_EINPUT when it describes none. The caller owns `*out`. [init] */
int sr_home_new(const struct sr_toolbox *box, const struct sr_tongue *tongue, struct sr_home **out,
                struct sarai_error *error);
void sr_home_free(struct sr_home *home);

/** A struct sr_tool_function whose `user` is the home. [any] */
int sr_home_call(void *home, const struct sr_tool_call *call, struct sr_tool_answer *answer);

#endif
