/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Calls a tool where it is: a function of this process, a program or a web address.
 *
 *     {"kind": "process", "command": ["python3", "home.py"], "timeout_ms": 2000}
 *     {"kind": "http", "url": "http://127.0.0.1:8124/tools", "headers": {"Authorization": "..."}, "timeout_ms": 2000}
 *
 * Program and address are given {"name", "arguments"} as JSON, the program on its standard input, and answer JSON:
 * {"say": "what is said"}, {} for the tool's own "done", or {"error": "why not", "say": "what is said of it"}. The
 * program runs in the folder of its file, in a process group of its own, and is killed when its time is over.
 */
#ifndef SR_TOOLS_RUN_H
#define SR_TOOLS_RUN_H

#include "flow/epoch.h"
#include "tools/toolbox.h"

#define SR_TOOL_TIMEOUT_MS 4000

/** Zero-initialize; sr_tool_answer_deinit frees. */
struct sr_tool_answer {
    char *say;       /* what is said of it, whether it went well or not; NULL: it is left to the engine */
    char error[160]; /* what went wrong, for the log */
};

void sr_tool_answer_deinit(struct sr_tool_answer *answer);
/** Reads an answer in JSON. SARAI_OK; SARAI_EINPUT for what is none, or reports an error; SARAI_ENOMEM. [any] */
int sr_tool_answer_read(const char *json, struct sr_tool_answer *answer);

/** A function of this process: a status, like sr_tool_run. Runs on the calling thread. */
typedef int sr_tool_function(void *user, const struct sr_tool_call *call, struct sr_tool_answer *answer);

/** What is wrong with a "run" object (may be NULL: a function is called), or NULL. [any] */
const char *sr_tool_run_wrong(const cJSON *run);

/** Calls the tool as its box says, else `function`. SARAI_OK; SARAI_ETIMEOUT; SARAI_EIO: it can't be reached or died;
 *  SARAI_EINPUT: it reports an error, or answers nonsense; SARAI_ESTALE: `abort` (polled, every 20 ms) says so.
 *  [any] */
int sr_tool_run(const struct sr_tool_call *call, sr_tool_function *function, void *user, const struct sr_abort *abort,
                struct sr_tool_answer *answer);

#endif
