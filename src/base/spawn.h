/* SPDX-License-Identifier: Apache-2.0 */
/* Programs that work for us. */
#ifndef SR_BASE_SPAWN_H
#define SR_BASE_SPAWN_H

#include <sys/types.h>

struct sr_spawn {
    char *const *argv;  /* argv[0] is looked for in PATH unless it has a slash */
    const char *folder; /* where it runs; NULL or "": where we do */
    int fd;             /* becomes its stdin and stdout */
    int more;           /* becomes `more_as`, when that is not 0 */
    int more_as;
};

/** Starts a program in its own process group, so that Ctrl-C does not end it before us and whatever it starts can be
 *  ended with it; with default signals, and nobody hears its stderr. 0, or an errno: then `*pid` is 0. [any] */
int sr_spawn(const struct sr_spawn *what, pid_t *pid);
/** Waits until it has ended. */
void sr_spawn_wait(pid_t pid);

#endif
