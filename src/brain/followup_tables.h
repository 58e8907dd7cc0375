/* SPDX-License-Identifier: Apache-2.0 */
/* What followups.tsv says, and the names of the passages. Private to the follow-ups. */
#ifndef SR_BRAIN_FOLLOWUP_TABLES_H
#define SR_BRAIN_FOLLOWUP_TABLES_H

#include "text/pattern.h"
#include "text/tongue.h"

struct sr_followup_row {
    char *after, *whole;
    struct sr_pattern *pattern;
};

struct sr_topic {
    char *name;   /* folded */
    char *spoken; /* as the table writes it */
    char *id;
    char *sound; /* of a long name of one word, see text/sound_es.h; NULL: not known, or it is not one */
    bool first;  /* of the names of its passage */
};

struct sr_followups {
    const struct sr_tongue *tongue;
    struct sr_followup_row *rows;
    size_t row_count, row_room;
    struct sr_topic *topics; /* sorted by name */
    size_t topic_count, topic_room;
    char *lead, *small, *back; /* folded words: those that a follow-up begins with, that carry no topic, that mean one
                                  named before */
    struct sarai_error problem;
};

/** For bsearch and qsort: topics by their names. */
int sr_topic_by_name(const void *a, const void *b);

#endif
