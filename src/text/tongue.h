/* SPDX-License-Identifier: Apache-2.0 */
/* What reading a request needs of a language: its normalizer, its numbers and its times. */
#ifndef SR_TEXT_TONGUE_H
#define SR_TEXT_TONGUE_H

#include "text/normalize.h"
#include "text/times.h"

struct sr_tongue {
    struct sr_normalizer *normalizer;
    struct sr_number_words *numbers;
    struct sr_times *times;
    bool spanish; /* its words can be told by their sound, see text/sound_es.h */
};

/** Loads the tables of `language` from the folder `data`. On failure nothing is left to free. [init] */
int sr_tongue_init(struct sr_tongue *tongue, const char *data, const char *language, struct sarai_error *error);
void sr_tongue_deinit(struct sr_tongue *tongue);

/** The spoken form of `written`, with a capital in front, malloc'd; NULL when out of memory. [any] */
char *sr_tongue_say(const struct sr_tongue *tongue, const char *written);

#endif
