/* SPDX-License-Identifier: Apache-2.0 */
#include "base/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int set_files(const struct sr_spawn *what, posix_spawn_file_actions_t *files) {
    int rc = posix_spawn_file_actions_adddup2(files, what->fd, STDIN_FILENO);
    if (!rc)
        rc = posix_spawn_file_actions_adddup2(files, what->fd, STDOUT_FILENO);
    if (!rc)
        rc = posix_spawn_file_actions_addopen(files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    if (!rc && what->more_as)
        rc = posix_spawn_file_actions_adddup2(files, what->more, what->more_as);
    if (!rc && what->folder && *what->folder)
        rc = posix_spawn_file_actions_addchdir_np(files, what->folder);
    return rc;
}

static int set_attributes(posix_spawnattr_t *attributes) {
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int rc =
        posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    if (!rc)
        rc = posix_spawnattr_setpgroup(attributes, 0);
    if (!rc)
        rc = posix_spawnattr_setsigmask(attributes, &none);
    if (!rc)
        rc = posix_spawnattr_setsigdefault(attributes, &all);
    return rc;
}

int sr_spawn(const struct sr_spawn *what, pid_t *pid) {
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    *pid = 0;
    int rc = posix_spawn_file_actions_init(&files);
    if (rc)
        return rc;
    if ((rc = posix_spawnattr_init(&attributes)))
        goto files;
    if ((rc = set_files(what, &files)) || (rc = set_attributes(&attributes)))
        goto attributes;
    if ((rc = posix_spawnp(pid, what->argv[0], &files, &attributes, what->argv, environ)))
        *pid = 0;
attributes:
    posix_spawnattr_destroy(&attributes);
files:
    posix_spawn_file_actions_destroy(&files);
    return rc;
}

void sr_spawn_wait(pid_t pid) {
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
    }
}
