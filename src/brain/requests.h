/* SPDX-License-Identifier: Apache-2.0 */
/** Templates that answer a command nobody can carry out ("todavía no puedo encender luces"), and what the command is.
 */
#ifndef SR_BRAIN_REQUESTS_H
#define SR_BRAIN_REQUESTS_H

#include "base/status.h"

#define SR_REQUEST_FACT "knowledge" /* in place of a command */

struct sr_requests;

/** Reads a table "template intent". The caller owns `*out`. [init] */
int sr_requests_load(const char *path, struct sr_requests **out, struct sarai_error *error);
/** Accepts NULL. */
void sr_requests_free(struct sr_requests *requests);
/** The command that a template answers, or NULL; the first of several. Borrowed. `requests` may be NULL. [any] */
const char *sr_requests_intent(const struct sr_requests *requests, const char *id);
/** The template that answers a command, or NULL; the first of several. [any] */
const char *sr_requests_template(const struct sr_requests *requests, const char *intent);

#endif
