/* SPDX-License-Identifier: Apache-2.0 */
/* What the machine does in its own conversation: timers, repeating, speaking louder or slower. The tools that ask for
 * it are those of data/LANGUAGE/session.json. */
#ifndef SR_BRAIN_ACTS_H
#define SR_BRAIN_ACTS_H

#include "brain/context.h"
#include "tools/run.h"

struct sr_act_scene {
    const struct sr_toolbox *box;
    const struct sr_tongue *tongue;
    struct sr_context *context;
};

/** A struct sr_tool_function whose `user` is a struct sr_act_scene. SARAI_EUNSUPPORTED: there is nothing to do it with
 *  (no answer to repeat), so that it was not meant. [the context's thread] */
int sr_act(void *scene, const struct sr_tool_call *call, struct sr_tool_answer *answer);

/** Is the tool one whose words are not worth repeating? */
bool sr_act_is_about_speech(const char *name);

/** What is said when a timer rings, malloc'd; NULL when out of memory. */
char *sr_act_ring(const struct sr_act_scene *scene, const struct sr_timer *timer);

#endif
