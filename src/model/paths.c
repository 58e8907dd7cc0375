/* SPDX-License-Identifier: Apache-2.0 */
#include "model/paths.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *env(const char *name) {
    const char *value = getenv(name);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

/* The folder of the running program, without its last slash; "" when it can't be told. */
static void program_folder(char out[PATH_MAX]) {
    ssize_t len = readlink("/proc/self/exe", out, PATH_MAX - 1);
    out[len > 0 ? len : 0] = '\0';
    char *slash = strrchr(out, '/');
    if (slash != NULL)
        *slash = '\0';
}

/* DIR/FILE when it exists (with the permission `mode`), else NULL. */
static char *existing(const char *dir, const char *rest, const char *file, int mode) {
    char *path = sr_asprintf("%s%s/%s", dir, rest, file);
    if (path != NULL && access(path, mode) != 0) {
        free(path);
        path = NULL;
    }
    return path;
}

char *sr_path_model(const struct sr_model_opts *opts, const char *file) {
    if (file[0] == '/')
        return sr_strdup(file);
    if (opts != NULL && opts->dir[0] != '\0')
        return sr_asprintf("%s/%s", opts->dir, file);
    if (env("SARAI_MODELS_DIR") != NULL)
        return sr_asprintf("%s/%s", env("SARAI_MODELS_DIR"), file);
    if (env("XDG_DATA_HOME") != NULL)
        return sr_asprintf("%s/sarai/models/%s", env("XDG_DATA_HOME"), file);
    if (env("HOME") != NULL)
        return sr_asprintf("%s/.local/share/sarai/models/%s", env("HOME"), file);
    return sr_asprintf("%s/models/%s", SARAI_INSTALL_SHARE, file); /* a service without a home */
}

char *sr_path_share(const struct sr_model_opts *opts, const char *file) {
    if (file[0] == '/')
        return sr_strdup(file);
    if (opts != NULL && opts->share[0] != '\0')
        return sr_asprintf("%s/%s", opts->share, file);
    if (env("SARAI_SHARE_DIR") != NULL)
        return sr_asprintf("%s/%s", env("SARAI_SHARE_DIR"), file);
    char folder[PATH_MAX];
    program_folder(folder);
    char *path = existing(folder, "/../share/sarai", file, F_OK);
    if (path == NULL)
        path = existing(SARAI_BUILD_SHARE, "", file, F_OK);
    return path != NULL ? path : sr_asprintf("%s/%s", SARAI_INSTALL_SHARE, file);
}

char *sr_path_table(const struct sr_model_opts *opts, const char *language, const char *given, const char *name) {
    if (*given)
        return sr_strdup(given);
    char *relative = sr_asprintf("%s/%s", language, name);
    char *path = relative ? sr_path_share(opts, relative) : NULL;
    free(relative);
    return path;
}

char *sr_path_cache(const char *file) {
    if (env("SARAI_CACHE_DIR") != NULL)
        return sr_asprintf("%s/%s", env("SARAI_CACHE_DIR"), file);
    if (env("XDG_CACHE_HOME") != NULL)
        return sr_asprintf("%s/sarai/%s", env("XDG_CACHE_HOME"), file);
    return env("HOME") != NULL ? sr_asprintf("%s/.cache/sarai/%s", env("HOME"), file) : NULL;
}

char *sr_path_helper(const char *name) {
    char folder[PATH_MAX];
    program_folder(folder);
    const struct {
        const char *dir, *rest;
    } places[] = {{env("SARAI_LIBEXEC_DIR"), ""}, {folder, ""},          {folder, "/../libexec/sarai"},
                  {SARAI_BUILD_BIN, ""},          {folder, "/../tools"}, {SARAI_BUILD_TOOLS, ""},
                  {SARAI_INSTALL_LIBEXEC, ""}};
    char *path = NULL;
    for (size_t i = 0; i < sizeof places / sizeof *places && path == NULL; i++) {
        if (places[i].dir != NULL)
            path = existing(places[i].dir, places[i].rest, name, X_OK);
    }
    return path;
}

int sr_path_check_model(const char *path, const char *model, struct sarai_error *error) {
    struct stat info;
    if (stat(path, &info) == 0 && S_ISREG(info.st_mode) && access(path, R_OK) == 0)
        return SARAI_OK;
    return sr_error(error, SARAI_EMODEL, path, "the model %s is not there; run: sarai models pull %s", model, model);
}
