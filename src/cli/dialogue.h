/* SPDX-License-Identifier: Apache-2.0 */
/* A spoken conversation from files, as `chat` and `demo` hold it, and the record of its turns. */
#ifndef SR_CLI_DIALOGUE_H
#define SR_CLI_DIALOGUE_H

#include "cli/cli.h"

struct dialogue {
    struct cli *cli;
    struct sarai_engine *engine;
    const char *const *files; /* questions, in order */
    size_t count;
    const char *reply;      /* the answers' WAV file; NULL: not kept */
    const char *reply_name; /* the name to complain about it with */
    bool fast;              /* virtual time */
    char **metrics;         /* what the session counted, malloc'd; NULL: not asked for */
    /** A turn ended: its record, handed over; NULL when memory ran out. False ends the conversation. */
    bool (*turn)(void *user, const char *file, cJSON *record);
    void *user;
};

/** Plays the files one by one, each after the answers to the one before. A bad file is named and left out (CLI_INPUT);
 *  a file in which nothing is understood gives a record whose `heard` is "". Returns an exit code. */
int cli_dialogue(const struct dialogue *dialogue);

/** One stretch of a turn's timeline. Times are in the record's `times_ms`, from the first sample of the speech. */
struct cli_span {
    const char *from, *to; /* names in times_ms */
    const char *color;     /* CSS class */
    const char *en, *es;
};

/** NULL `from` at the end. */
extern const struct cli_span cli_spans[];
/** False when the turn did not reach both ends. */
bool cli_span_times(const cJSON *record, const struct cli_span *span, double *from_ms, double *to_ms);
/** The end of the last span, at least 1 ms. */
double cli_turn_length(const cJSON *record);
/** The timeline as bars of text. */
void cli_print_bars(struct cli *cli, const cJSON *record);

/** The record of a turn as a document; parts are missing when memory runs out. */
cJSON *cli_turn_record(const struct sarai_turn *turn);
/** A text of a record, "" when it is null. */
const char *cli_record_text(const cJSON *record, const char *name);

#endif
