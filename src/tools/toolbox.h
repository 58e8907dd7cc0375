/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Functions that the brain can call, described in JSON: what each is called, what it takes (JSON schema), what people
 * say to have it called, and how it is reached.
 *
 *     {"run": {"kind": "process", "command": ["python3", "home.py"], "timeout_ms": 2000},
 *      "rules": {"the": "(el|la)"},
 *      "lists": {"room": {"salón": ["sala", "cuarto de estar"], "cocina": []}},
 *      "tools": [{"name": "light_on", "description": "Enciende la luz",
 *                 "parameters": {"type": "object", "properties": {"room": {"type": "string", "list": "room"}}},
 *                 "patterns": ["enciende la luz [de <the> {room}]",
 *                              {"pattern": "enciéndela", "set": {"room": "$room"}}],
 *                 "done": "Enciendo la luz de {room}."}]}
 *
 * Patterns are those of text/pattern.h. A slot has the name of a parameter; what fits into it is the parameter's: one
 * of a list's names, a number, a stretch of time ("form": "span", in seconds) or a time of day ("form": "moment"), and
 * for any other text a few words. `set` gives parameters that are not said; "$room" is what `room` was in the call
 * before. {room:upstairs} is the parameter `room`, taken from the list `upstairs` in this place. `more` are patterns of
 * what changes the last call ("y la del {room}"), `other` of what goes back to the one before ("no, la otra"), `polite`
 * what is put aside at both ends.
 */
#ifndef SR_TOOLS_TOOLBOX_H
#define SR_TOOLS_TOOLBOX_H

#include <cjson/cJSON.h>

#include "text/said.h"
#include "text/tongue.h"

#define SR_TOOL_PARAMETERS 8

struct sr_tool {
    const char *name;  /* these are borrowed from the toolbox */
    const char *done;  /* what is said when it went well and it says nothing itself; NULL: "vale" */
    const cJSON *json; /* all of its description */
    struct {
        const char *name;
        const cJSON *schema;
    } parameters[SR_TOOL_PARAMETERS];
    int parameter_count;
};

struct sr_toolbox;

/** Reads a file. What is wrong with it is named with its line: SARAI_EINPUT. `tongue` outlives the toolbox, which the
 *  caller owns. [init] */
int sr_toolbox_load(const char *path, const struct sr_tongue *tongue, struct sr_toolbox **out,
                    struct sarai_error *error);
/** The same from a text; `where` names it in errors. [init] */
int sr_toolbox_parse(const char *where, const char *text, const struct sr_tongue *tongue, struct sr_toolbox **out,
                     struct sarai_error *error);
void sr_toolbox_free(struct sr_toolbox *box);

/** The whole document; a member of it is borrowed for the toolbox's life. [any] */
const cJSON *sr_toolbox_json(const struct sr_toolbox *box, const char *name);
/** The folder that the file is in, "" when it was none. [any] */
const char *sr_toolbox_folder(const struct sr_toolbox *box);
/** The phrase of "says" under `name` and, if that is an object, `kind`, or else ""; NULL when there is none. [any] */
const char *sr_toolbox_phrase(const struct sr_toolbox *box, const char *name, const char *kind);
/** Calls `each` with every phrase of "says"; a negative return stops and is returned. [any] */
int sr_toolbox_phrases(const struct sr_toolbox *box, int (*each)(void *user, const char *phrase), void *user);
/** Calls `each` with every name of its lists as it is written, to be expected by a recognizer; a negative return stops
 *  and is returned. [any] */
int sr_toolbox_names(const struct sr_toolbox *box, int (*each)(void *user, const char *name), void *user);

/** What somebody asked for. Zero-initialize. */
struct sr_tool_call {
    const struct sr_toolbox *box; /* NULL: nothing */
    const struct sr_tool *tool;
    cJSON *arguments; /* owned: an object */
    cJSON *spoken;    /* owned: the same, as they were said */
    int score;        /* how well the words were understood */
};

void sr_tool_call_deinit(struct sr_tool_call *call);
/** A copy; SARAI_ENOMEM leaves `*to` empty. [any] */
int sr_tool_call_copy(const struct sr_tool_call *from, struct sr_tool_call *to);

/** Finds the tool that is asked for, in `call`, if it fits better than what is there. `last` is the call before, for
 *  what refers to it; empty: none. SARAI_ENOMEM. [any] */
int sr_toolbox_find(const struct sr_toolbox *box, const struct sr_said *said, const struct sr_tool_call *last,
                    struct sr_tool_call *call);
/** The same for what changes the last call, which is this box's, or goes back to the one before it with `other`. */
int sr_toolbox_find_more(const struct sr_toolbox *box, const struct sr_said *said, const struct sr_tool_call *last,
                         const struct sr_tool_call *other, struct sr_tool_call *call);

/** The first argument that is outside of what its schema allows ("minimum", "maximum"), or NULL. [any] */
const cJSON *sr_tool_call_wrong(const struct sr_tool_call *call);
/** Fills a form's {slots} with what was said, else with what was meant; malloc'd, NULL when out of memory. [any] */
char *sr_tool_call_write(const struct sr_tool_call *call, const char *form);
/** The same with `words` (NULL: none) in the place of what was said, as it is spoken in `tongue`. [any] */
char *sr_tool_call_say(const struct sr_tool_call *call, cJSON *words, const char *form, const struct sr_tongue *tongue);
/** Puts a word into an object like `spoken`, in the place of what was there; NULL: "". [any] */
void sr_tool_word(cJSON *words, const char *name, const char *text);

#endif
