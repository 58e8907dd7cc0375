/* SPDX-License-Identifier: Apache-2.0 */
/* Short things people say while somebody else speaks: "ajá" means go on, "para" means stop. */
#ifndef SR_TURN_REMARKS_H
#define SR_TURN_REMARKS_H

#include "base/status.h"
#include "flow/verdict.h"

struct sr_remarks;

/** Reads a table of two columns, "backchannel" or "request" and the phrases, '|' between them. Anything else is
 *  SARAI_EINPUT with its line. The caller owns `*out`. [init] */
int sr_remarks_load(const char *path, struct sr_remarks **out, struct sarai_error *error);
void sr_remarks_free(struct sr_remarks *remarks);

/** What a text of so much speech is, said while the machine spoke. What consists of backchannels is one; a short
 *  remark is what it sounds most like, for recognizers mishear short words ("bale"), and when it sounds like nothing
 *  known it counts as none, as does what nobody can say in that time; all else is a request. [any] */
enum sr_remark sr_remarks_judge(const struct sr_remarks *remarks, const char *text, int speech_ms);

#endif
