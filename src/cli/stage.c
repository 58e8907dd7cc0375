/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nothing half-written is left behind. Output files are written in a hidden folder beside their place and moved there
 * when whole. A thread waits for Ctrl-C, removes that folder and ends the program, however deep in a model the other
 * threads are. All signals it waits for are blocked everywhere else, so its cleaning up is ordinary code.
 */
#include "cli/cli.h"

#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define GENTLE_S 2

static void remove_folder(const char *path) {
    DIR *folder = opendir(path);
    if (folder == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            unlinkat(dirfd(folder), entry->d_name, 0);
    }
    closedir(folder);
    rmdir(path);
}

static void end_signals(sigset_t *set) {
    sigemptyset(set);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGHUP);
}

static void *watch(void *arg) {
    struct cli *cli = arg;
    sigset_t set;
    int number = SIGINT;
    end_signals(&set);
    while (sigwait(&set, &number) != 0)
        ;
    if (atomic_load(&cli->gentle)) {
        atomic_store(&cli->ended, number);
        sigtimedwait(&set, NULL, &(struct timespec){.tv_sec = GENTLE_S});
    }
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    /* Let a line that is being printed end, unless its reader hangs. */
    for (int tries = 0; tries < 20 && ftrylockfile(stdout) != 0; tries++)
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    char *scratch = atomic_load(&cli->scratch);
    if (scratch != NULL)
        remove_folder(scratch);
    if (cli->live)
        (void)!write(STDERR_FILENO, "\r\033[K", 4);
    _exit(128 + number);
}

int cli_watch(struct cli *cli) {
    sigset_t set;
    end_signals(&set);
    signal(SIGPIPE, SIG_IGN); /* a closed stdout is an error of the write */
    signal(SIGINT, SIG_DFL);  /* a script's background job begins with it ignored, and must still obey kill -INT */
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    cli->watching = pthread_create(&cli->watcher, NULL, watch, cli) == 0;
    return cli->watching ? CLI_WELL : cli_no_memory(cli);
}

void cli_end_gently(struct cli *cli) {
    atomic_store(&cli->gentle, true);
}

int cli_ended(struct cli *cli) {
    const int number = atomic_load(&cli->ended);
    return number != 0 ? 128 + number : 0;
}

void cli_unwatch(struct cli *cli) {
    if (cli->watching) {
        pthread_cancel(cli->watcher);
        pthread_join(cli->watcher, NULL);
    }
    cli->watching = false;
    char *scratch = atomic_exchange(&cli->scratch, NULL);
    if (scratch != NULL)
        remove_folder(scratch);
    free(scratch);
}

static int fail_errno(struct cli *cli, const char *where, const char *what) {
    struct sarai_error error;
    sr_error_errno(&error, SARAI_EIO, where, what);
    return cli_fail(cli, &error);
}

/* A device, a pipe or a link (/dev/stdout) can't be moved onto: what was written is copied into it. */
static bool takes_a_move(const char *target) {
    struct stat info;
    return lstat(target, &info) != 0 || S_ISREG(info.st_mode);
}

static int make_scratch(struct cli *cli, const char *target) {
    const char *temporary = getenv("TMPDIR");
    const char *slash = strrchr(target, '/');
    char *name = NULL;
    if (!takes_a_move(target))
        name = sr_asprintf("%s/sarai-XXXXXX", temporary != NULL && temporary[0] != '\0' ? temporary : "/tmp");
    else if (slash != NULL)
        name = sr_asprintf("%.*s/.sarai-XXXXXX", (int)(slash - target), target);
    else
        name = sr_strdup(".sarai-XXXXXX");
    if (name == NULL)
        return cli_no_memory(cli);
    if (mkdtemp(name) == NULL) {
        free(name);
        return fail_errno(cli, target, "can't be written");
    }
    atomic_store(&cli->scratch, name);
    return CLI_WELL;
}

int cli_stage(struct cli *cli, const char *target, char **path) {
    struct stat info;
    if (target[0] == '\0' || (stat(target, &info) == 0 && S_ISDIR(info.st_mode)))
        return cli_usage(cli, "the output must be a file, not '%s'", target);
    if (access(target, F_OK) == 0 && access(target, W_OK) != 0)
        return fail_errno(cli, target, "can't be written");
    if (atomic_load(&cli->scratch) == NULL) {
        int rc = make_scratch(cli, target);
        if (rc != CLI_WELL)
            return rc;
    }
    const char *slash = strrchr(target, '/');
    *path = sr_asprintf("%s/%s", atomic_load(&cli->scratch), slash != NULL ? slash + 1 : target);
    return *path != NULL ? CLI_WELL : cli_no_memory(cli);
}

static int copy(struct cli *cli, const char *path, const char *target) {
    char block[65536];
    FILE *from = fopen(path, "rb"), *to = fopen(target, "wb");
    int rc = CLI_WELL;
    if (from == NULL || to == NULL)
        rc = fail_errno(cli, target, "can't be written");
    for (size_t got; rc == CLI_WELL && (got = fread(block, 1, sizeof block, from)) > 0;) {
        if (fwrite(block, 1, got, to) != got)
            rc = fail_errno(cli, target, "can't be written");
    }
    if (from != NULL)
        fclose(from);
    if (to != NULL && fclose(to) != 0 && rc == CLI_WELL)
        rc = fail_errno(cli, target, "can't be written");
    return rc;
}

int cli_keep(struct cli *cli, const char *path, const char *target) {
    if (!takes_a_move(target))
        return copy(cli, path, target);
    return rename(path, target) == 0 ? CLI_WELL : fail_errno(cli, target, "can't be written");
}
