/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The phrases that are likely in a short utterance: what the engine answers to (templates), what people tell a house
 * (commands.txt) and the user's own words (stt.prompt).
 *
 * commands.txt: '#' starts a comment; "name: words" adds words to a list, '_' standing for a space inside one; any
 * other line is a phrase, in which {name} stands for each word of a list above it. {prompt} is the user's words.
 */
#ifndef SR_STT_VOCABULARY_H
#define SR_STT_VOCABULARY_H

#include "base/status.h"

/** Calls `phrase` for every phrase of the table at `path`, lists multiplied out, as written there with single spaces.
 *  `words` is the user's, between commas, or between spaces when there is no comma. A negative return of `phrase`
 * stops. SARAI_EIO, SARAI_EINPUT with the line. [any] */
int sr_vocabulary_commands(const char *path, const char *words, int (*phrase)(void *user, const char *text), void *user,
                           struct sarai_error *error);

/** The same for the phrases of a table of templates (data/README.md). */
int sr_vocabulary_templates(const char *path, int (*phrase)(void *user, const char *text), void *user,
                            struct sarai_error *error);

#endif
