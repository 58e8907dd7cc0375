/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What is said by halves, made whole: "¿y de Italia?" after the capital of France is the capital of Italy, "¿y la
 * mitad?" after a sum is half of what came out. Only the words are made here; whether they are the better question is
 * for who answers to say, for what was said may as well be whole.
 *
 * Computations are followed by what followups.tsv says. Topics are known by the names of the passages: a name alone
 * takes the place of the one in the last question, anything short without a name of its own is asked of the last topic.
 */
#ifndef SR_BRAIN_FOLLOWUP_H
#define SR_BRAIN_FOLLOWUP_H

#include "brain/context.h"
#include "memory/memory.h"

struct sr_followups;

/** Reads followups.tsv in a language's `folder` and the names of the passages of `memory`. `tongue` outlives it. The
 *  caller owns `*out`. [init] */
int sr_followups_new(const char *folder, const struct sr_tongue *tongue, struct sr_memory *memory,
                     struct sr_followups **out, struct sarai_error *error);
void sr_followups_free(struct sr_followups *followups);

enum sr_followup_kind {
    SR_FOLLOWUP_NONE,  /* it is whole */
    SR_FOLLOWUP_SKILL, /* its whole is worth asking if it is computed */
    SR_FOLLOWUP_NAME,  /* another topic in the last question */
    SR_FOLLOWUP_ASIDE, /* it begins like a half: something else of what was spoken of */
    SR_FOLLOWUP_SHORT, /* so little that it is a half, if what was spoken of knows it */
    SR_FOLLOWUP_LAST,  /* a half if it means nothing by itself */
};

#define SR_FOLLOWUP_WHOLES 4

struct sr_followup {
    enum sr_followup_kind kind;
    int count;
    struct {
        char *text;               /* malloc'd */
        const char *topic;        /* id of the passage it should be about; borrowed, NULL: any */
    } wholes[SR_FOLLOWUP_WHOLES]; /* what may have been meant: of the last topic, of those in the last answer, ... */
    char *bare; /* what was said without what it begins with ("y", "hola"); NULL: it begins with nothing of the kind */
};

/** Finds out what `said` may be the other half of. SARAI_ENOMEM. [any] */
int sr_followup_find(const struct sr_followups *followups, const struct sr_said *said, const struct sr_skills *skills,
                     const struct sr_context *context, struct sr_followup *out);
/** The id of the passage that a question names and that is not the one of `id`, if that one is a known topic that it
 *  does not name; else NULL. Borrowed. [any] */
const char *sr_followups_named(const struct sr_followups *followups, const struct sr_said *said, const char *id);
/** Does it name the passage `id`? [any] */
bool sr_followups_names(const struct sr_followups *followups, const struct sr_said *said, const char *id);
/** What was said with the name of a topic in the place of a long word that sounds nearly like it ("cerremoto"), in
 *  Spanish; malloc'd. NULL: there is no such word, or no memory. [any] */
char *sr_followups_misheard(const struct sr_followups *followups, const struct sr_said *said);
void sr_followup_deinit(struct sr_followup *followup);

#endif
