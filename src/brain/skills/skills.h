/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What is computed instead of looked up: sums, units, days, spelling. A table says how each is asked for and answered
 * (data/LANGUAGE/skills.tsv); here is only the arithmetic between the two. Phrases have slots: {a} {b} are quantities,
 * {u} {v} units, {m} a month, {w} any word. The question is normalized first, so that "25 %" and "veinticinco por
 * ciento" are the same to them.
 */
#ifndef SR_BRAIN_SKILLS_H
#define SR_BRAIN_SKILLS_H

#include <time.h>

#include "base/str.h"

#define SR_SKILL_WORD_MAX 96

struct sr_skills;

/** Loads skills.tsv, units.tsv and the normalizer's tables of `language` from the folder `data`. The caller owns
 * `*out`. [init] */
int sr_skills_open(const char *data, const char *language, struct sr_skills **out, struct sarai_error *error);
void sr_skills_close(struct sr_skills *skills);

/** A phrase by which the skill `id` is asked for without anything to fill in, folded; its length, 0 when there is none.
 *  Borrowed for the skills' life. [any] */
size_t sr_skills_phrase(const struct sr_skills *skills, const char *id, const char **phrase);

struct sr_unit {
    char *kind, *names, *folded; /* '|' between singular, plural and others */
    double value;
};

/** What a phrase's slots held, and in the same places what the reply says. */
struct sr_slots {
    double a, b, result;
    const struct sr_unit *from, *to; /* {u} {v} */
    int month;                       /* 1 to 12 */
    char word[SR_SKILL_WORD_MAX];
    char text[4 * SR_SKILL_WORD_MAX]; /* {r}, when it is no number */
    struct tm now;
};

/** Answers `text` at the local time `now`: the skill's id (borrowed for the skills' life) with the malloc'd `*reply`,
 * or NULL when no skill is asked for or memory is out. `*slots` (may be NULL) becomes what it was asked about. [any] */
const char *sr_skills_answer(const struct sr_skills *skills, const char *text, const struct tm *now,
                             struct sr_slots *slots, char **reply);
/** Fills slots into a form as into a reply: "{r} más", malloc'd; NULL when out of memory. [any] */
char *sr_skills_write(const struct sr_skills *skills, const struct sr_slots *slots, const char *form);
/** `text` as it is read aloud, malloc'd; NULL when out of memory. [any] */
char *sr_skills_spoken(const struct sr_skills *skills, const char *text);

/** `text` with the words of the row "signs" for the signs between its figures, malloc'd; NULL: it has none, or there is
 *  no memory. [any] */
char *sr_skills_words_for_signs(const struct sr_skills *skills, const char *text);

/** One thing that is computed. `run` turns what was asked into what is answered; it returns NULL, or the id of another
 *  row whose reply is said instead. [any] */
struct sr_skill {
    const char *id;
    const char *(*run)(const struct sr_skills *skills, struct sr_slots *slots);
};

/** Ends with an id of NULL. */
extern const struct sr_skill sr_skills_arithmetic[], sr_skills_convert[], sr_skills_calendar[], sr_skills_spell[],
    sr_skills_chance[];

/** The `index`-th variant of a row's replies, borrowed; its length, 0 when there is none. [any] */
size_t sr_skills_variant(const struct sr_skills *skills, const char *id, int index, const char **variant);

/** Calls `each` with every reply, slots and all, and its style (none); a negative return stops and is returned. [any]
 */
int sr_skills_each(const struct sr_skills *skills, int (*each)(void *user, const char *reply, int style), void *user);

#endif
