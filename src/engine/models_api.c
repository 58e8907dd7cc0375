/* SPDX-License-Identifier: Apache-2.0 */
/* The models of the manifest: what is there, whether it is right, and fetching it with the set-up's program. */
#include "engine/config.h"
#include "model/manifest.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct sr_model_opts *model_opts(const struct sarai_config *config) {
    return config != NULL ? &config->model : NULL;
}

char *sarai_data_path(const struct sarai_config *config, const char *file) {
    return sr_path_share(model_opts(config), file);
}

static int load_manifest(const struct sarai_config *config, struct sr_manifest **out, struct sarai_error *error) {
    char *path = sr_path_share(model_opts(config), "models.tsv");
    if (path == NULL)
        return sr_error(error, SARAI_ENOMEM, "models", "out of memory");
    int rc = sr_manifest_load(path, out, error);
    if (rc == SARAI_EIO)
        rc = sr_error(error, SARAI_EMODEL, path, "the table of models is not there; set SARAI_SHARE_DIR to its folder");
    free(path);
    return rc;
}

/* Missing, present or bad; a failure to read a file that has the right size is an error of its own. */
static int judge(const struct sr_manifest_row *row, bool verify, struct sarai_model_file *file,
                 struct sarai_error *error) {
    struct stat info;
    char hex[SR_SHA256_HEX];
    file->state = SARAI_MODEL_MISSING;
    if (stat(file->path, &info) != 0)
        return SARAI_OK;
    file->state = SARAI_MODEL_BAD;
    if (!S_ISREG(info.st_mode) || (uint64_t)info.st_size != row->bytes)
        return SARAI_OK;
    if (verify) {
        int rc = sr_sha256_file(file->path, hex, error);
        if (rc < 0)
            return rc;
        if (strcmp(hex, row->sha256) != 0)
            return SARAI_OK;
    }
    file->state = SARAI_MODEL_PRESENT;
    return SARAI_OK;
}

static int visit(const struct sarai_config *config, const struct sr_manifest_row *row, bool verify,
                 int (*each)(void *user, const struct sarai_model_file *file), void *user, bool *stop,
                 struct sarai_error *error) {
    char *path = sr_path_model(model_opts(config), row->file);
    if (path == NULL)
        return sr_error(error, SARAI_ENOMEM, row->file, "out of memory");
    struct sarai_model_file file = {.model = row->model,
                                    .part = row->part,
                                    .file = row->file,
                                    .license = row->license,
                                    .upstream = row->upstream,
                                    .about = row->about,
                                    .bytes = row->bytes,
                                    .by_default = row->by_default,
                                    .path = path};
    int rc = judge(row, verify, &file, error);
    if (rc == SARAI_OK)
        *stop = each(user, &file) != 0;
    free(path);
    return rc;
}

int sarai_models_each(const struct sarai_config *config, const char *only, bool verify,
                      int (*each)(void *user, const struct sarai_model_file *file), void *user,
                      struct sarai_error *error) {
    struct sr_manifest *manifest = NULL;
    int rc = load_manifest(config, &manifest, error);
    if (rc < 0)
        return rc;
    bool stop = false;
    rc = sr_manifest_check_name(manifest, only, error);
    for (size_t i = 0; i < manifest->count && rc == SARAI_OK && !stop; i++) {
        if (only == NULL || strcmp(only, manifest->rows[i].model) == 0)
            rc = visit(config, &manifest->rows[i], verify, each, user, &stop, error);
    }
    sr_manifest_free(manifest);
    return rc;
}

/* ------------------------------------------------------------------------------------------------------- pull -- */

/* In the child: only what is safe between fork and exec in a program with threads. The helper must not outlive us, must
 * see signals that this process blocks, and keeps the caller's stdout free of its messages. */
static void run_helper(char *const argv[], char *const envp[]) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    dup2(STDERR_FILENO, STDOUT_FILENO);
    execve(argv[0], argv, envp);
    _exit(127);
}

#define SETTINGS 2

/* NAME=folder, without a slash at its end. Frees `folder`. */
static char *setting(const char *name, char *folder) {
    if (folder == NULL)
        return NULL;
    size_t len = strlen(folder);
    if (len > 1 && folder[len - 1] == '/')
        folder[len - 1] = '\0';
    char *text = sr_asprintf("%s=%s", name, folder);
    free(folder);
    return text;
}

/* The environment with the folders of this configuration, for the helper to use the same. The caller frees the array
 * and the settings. */
static char **helper_environment(const struct sarai_config *config, char *settings[SETTINGS]) {
    settings[0] = setting("SARAI_MODELS_DIR", sr_path_model(model_opts(config), ""));
    settings[1] = setting("SARAI_SHARE_DIR", sr_path_share(model_opts(config), ""));
    size_t count = 0, used = 0;
    while (environ[count] != NULL)
        count++;
    char **envp = settings[0] != NULL && settings[1] != NULL ? calloc(count + SETTINGS + 1, sizeof *envp) : NULL;
    if (envp == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        if (strncmp(environ[i], "SARAI_MODELS_DIR=", 17) != 0 && strncmp(environ[i], "SARAI_SHARE_DIR=", 16) != 0)
            envp[used++] = environ[i];
    }
    for (size_t i = 0; i < SETTINGS; i++)
        envp[used++] = settings[i];
    return envp;
}

static int wait_for(pid_t child, const char *model, struct sarai_error *error) {
    int status = 0;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR)
            return sr_error_errno(error, SARAI_EIO, model, "waiting for the fetch program failed");
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return SARAI_OK;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
        return sr_error(error, SARAI_EMODEL, model, "the fetch program can't be run; run: make setup");
    if (WIFEXITED(status) && WEXITSTATUS(status) == 4)
        return sr_error(error, SARAI_EMODEL, model, "fetching needs a program that is missing; it is named above");
    if (WIFSIGNALED(status))
        return sr_error(error, SARAI_EIO, model, "fetching was stopped by signal %d", WTERMSIG(status));
    return sr_error(error, SARAI_EIO, model, "fetching failed; the reason is above");
}

int sarai_models_pull(const struct sarai_config *config, const char *model, struct sarai_error *error) {
    struct sr_manifest *manifest = NULL;
    char *program = NULL, *settings[SETTINGS] = {NULL}, **envp = NULL;
    int rc = load_manifest(config, &manifest, error);
    if (rc < 0 || (rc = sr_manifest_check_name(manifest, model, error)) < 0)
        goto out;
    program = sr_path_helper("fetch");
    if (program == NULL) {
        rc = sr_error(error, SARAI_EMODEL, model, "the fetch program is not installed; run: make setup");
        goto out;
    }
    envp = helper_environment(config, settings);
    if (envp == NULL) {
        rc = sr_error(error, SARAI_ENOMEM, model, "out of memory");
        goto out;
    }
    char *const argv[] = {program, (char *)model, NULL};
    pid_t child = fork();
    if (child == 0)
        run_helper(argv, envp);
    rc = child < 0 ? sr_error_errno(error, SARAI_EIO, model, "the fetch program can't be started")
                   : wait_for(child, model, error);
out:
    free(envp);
    for (size_t i = 0; i < SETTINGS; i++)
        free(settings[i]);
    free(program);
    sr_manifest_free(manifest);
    return rc;
}
