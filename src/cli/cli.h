/* SPDX-License-Identifier: Apache-2.0 */
/* The command line: one file per verb over sarai.h; the verb table drives help, man page and completion. */
#ifndef SR_CLI_CLI_H
#define SR_CLI_CLI_H

#include "base/opt.h"

#include <cjson/cJSON.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

/** What the program returns to the shell. */
enum cli_exit { CLI_WELL = 0, CLI_FAILED = 1, CLI_USAGE = 2, CLI_INPUT = 3, CLI_MISSING = 4, CLI_INTERRUPTED = 130 };

/** Options that every verb takes. */
struct cli_globals {
    bool json, quiet, verbose, help;
    char *config; /* "": the user's file, if any */
    char *set;    /* KEY=VALUE; stays empty, the pairs go to struct cli_args */
};

extern const struct sr_opt cli_globals_table[];

/** A parsed command line. */
struct cli_args {
    struct cli_globals globals;
    void *opts;        /* the verb's own, by its table; NULL when it has none */
    const char **rest; /* what is no option, borrowed from argv */
    size_t count;
    char **sets; /* "vad.threshold=0.6", owned */
    size_t set_count;
};

struct cli {
    const struct cli_verb *verb;
    struct cli_args args;
    struct sarai_config *config; /* NULL for verbs that take none */
    bool spanish;
    bool live;        /* stderr is a terminal: progress may be shown */
    bool line_open;   /* a progress line stands there */
    int output_error; /* errno of the first failed write to stdout */
    pthread_t watcher;
    bool watching;
    atomic_bool gentle;      /* Ctrl-C is a wish */
    atomic_int ended;        /* the signal that wished it; 0: none */
    _Atomic(char *) scratch; /* folder of files being written, removed when interrupted */
};

struct cli_verb {
    const char *name;
    const char *words; /* "list|pull|verify": the first argument must be one of them; NULL: any */
    const char *usage; /* arguments, as help shows them */
    int min_args, max_args;
    const char *list_option;    /* the option whose values join the arguments: chat --in A B == chat A B */
    const struct sr_opt *table; /* NULL: no options of its own */
    size_t opts_size;
    bool bare;                     /* runs without a configuration */
    const char *en, *es;           /* one line */
    const char *more_en, *more_es; /* a paragraph for --help and the man page, or NULL */
    const char *examples;          /* command lines, one a line, or NULL */
    int (*run)(struct cli *cli, const void *opts);
};

extern const struct cli_verb cli_demo, cli_chat, cli_say, cli_transcribe, cli_vad, cli_turn, cli_learn, cli_ask,
    cli_route, cli_models, cli_doctor, cli_bench, cli_devices, cli_split, cli_normalize, cli_talk, cli_config,
    cli_completion, cli_man, cli_help, cli_version, cli_memory, cli_bank, cli_omni;

/** Every verb, NULL at the end. */
extern const struct cli_verb *const cli_verbs[];
const struct cli_verb *cli_find_verb(const char *name);
/** CLI_USAGE, with the nearest name there is. */
int cli_unknown_verb(struct cli *cli, const char *name);

/* args.c: a CLI_USAGE result has already said why on stderr. */
int cli_parse(struct cli *cli, int argc, char **argv, struct cli_args *out);
void cli_args_deinit(const struct cli_verb *verb, struct cli_args *args);
/** Command-line name of an option: '_' as '-'. */
void cli_option_name(const struct sr_opt *opt, char out[64]);

/* help.c, man.c */
void cli_print_help(struct cli *cli, const struct cli_verb *verb);
const char *cli_say_in(const struct cli *cli, const char *english, const char *spanish);

/* output.c */
/** Prints one JSON document as a line (or nothing, in plain mode) and frees it. False when stdout no longer takes it or
 *  memory ran out: the verb should end. */
bool cli_json(struct cli *cli, cJSON *document);
/** Plain text on stdout, nothing in JSON mode. */
void cli_print(struct cli *cli, const char *format, ...) SR_PRINTF(2, 3);
/** Hands what was printed to the system; false as in cli_json. */
bool cli_flush(struct cli *cli);
/** A note on stderr unless --quiet. */
void cli_note(struct cli *cli, const char *format, ...) SR_PRINTF(2, 3);
/** Rewrites the progress line on a terminal. */
void cli_progress(struct cli *cli, const char *format, ...) SR_PRINTF(2, 3);
/** The same as a bar: `part` (0 to 1) of the `number`th of `count` things is done. */
void cli_progress_bar(struct cli *cli, size_t number, size_t count, double part, const char *what);
/** Takes the progress line away. */
void cli_progress_end(struct cli *cli);
/** One line on stderr; returns the exit code of the error. */
int cli_fail(struct cli *cli, const struct sarai_error *error);
/** The same for a file that the user named: one that can't be read is bad input, not a failure. */
int cli_fail_input(struct cli *cli, const struct sarai_error *error);
int cli_usage(struct cli *cli, const char *format, ...) SR_PRINTF(2, 3);
int cli_no_memory(struct cli *cli);
/** The exit code that a batch ends with after one more item. */
int cli_worse(int before, int now);
/** A number of at most `digits` decimals, or null when it is not finite. */
void cli_add_number(cJSON *object, const char *name, double value, int digits);
void cli_add_text(cJSON *object, const char *name, const char *text);

/* stage.c: files appear whole or not at all. */
/** Ctrl-C from now on ends the program with 130 and removes what cli_stage made. Call before any thread starts. */
int cli_watch(struct cli *cli);
void cli_unwatch(struct cli *cli);
/** From now on the first Ctrl-C only asks the verb to end, within 2 s; a second one ends the program at once. */
void cli_end_gently(struct cli *cli);
/** The exit code to end with, or 0 while nobody asked. */
int cli_ended(struct cli *cli);
/** A path to write in place of `target`; the caller frees it. Tells on stderr why not. */
int cli_stage(struct cli *cli, const char *target, char **path);
/** Moves what was written to its place; 0 or an exit code. */
int cli_keep(struct cli *cli, const char *path, const char *target);

/** Makes an engine from the configuration, with a note on a terminal while it loads; 0 or an exit code. */
int cli_engine(struct cli *cli, unsigned use, struct sarai_engine **out);
/** The arguments as one text, or all of stdin when there are none or a single "-"; malloc'd; NULL is CLI_INPUT or out
 *  of memory, already told. */
char *cli_text(struct cli *cli);
/** The text of the file that is the argument, or all of stdin when there is none or "-"; the caller frees `*text`. 0 or
 *  an exit code, already told. */
int cli_read(struct cli *cli, char **text);

#endif
