/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>

struct job {
    struct cli *cli;
    bool verify, named, printed;
    int exit;
};

static const char *state_name(const struct sarai_model_file *file) {
    switch (file->state) {
    case SARAI_MODEL_MISSING:
        return "missing";
    case SARAI_MODEL_PRESENT:
        return "present";
    case SARAI_MODEL_BAD:
        return "bad";
    }
    return "";
}

static int print(void *user, const struct sarai_model_file *file) {
    struct job *job = user;
    cJSON *document = cJSON_CreateObject();
    cli_add_text(document, "model", file->model);
    cli_add_text(document, "part", file->part);
    cli_add_text(document, "file", file->file);
    cli_add_number(document, "bytes", (double)file->bytes, 0);
    cli_add_text(document, "license", file->license);
    cJSON_AddBoolToObject(document, "default", file->by_default);
    cli_add_text(document, "state", state_name(file));
    cli_add_text(document, "path", file->path);
    cli_add_text(document, "upstream", file->upstream);
    cli_add_text(document, "about", file->about);
    cli_print(job->cli, "%-8s %-24s %9.1f MB  %-17s %s\n", state_name(file), file->model, (double)file->bytes / 1e6,
              file->license, file->file);
    /* A model that nobody asked for may be missing. */
    const bool wanted = file->by_default || job->named;
    if (job->verify && (file->state == SARAI_MODEL_BAD || (file->state == SARAI_MODEL_MISSING && wanted))) {
        struct sarai_error error;
        sr_error(&error, SARAI_EMODEL, file->path, "%s; run: sarai models pull %s",
                 file->state == SARAI_MODEL_BAD ? "is not the file it should be" : "is missing", file->model);
        job->exit = cli_worse(job->exit, cli_fail(job->cli, &error));
    }
    job->printed = cli_json(job->cli, document) && cli_flush(job->cli);
    return !job->printed;
}

/* Lists or verifies the models named behind the word, or all. */
static int show(struct cli *cli, bool verify) {
    const size_t names = cli->args.count - 1;
    struct job job = {.cli = cli, .verify = verify, .named = names > 0, .printed = true};
    for (size_t i = 0; i < (names > 0 ? names : 1) && job.printed; i++) {
        struct sarai_error error = {0};
        const char *only = names > 0 ? cli->args.rest[i + 1] : NULL;
        if (sarai_models_each(cli->config, only, verify, print, &job, &error) < 0)
            job.exit = cli_worse(job.exit, cli_fail(cli, &error));
    }
    return job.printed ? job.exit : CLI_FAILED;
}

/* ------------------------------------------------------------------------------------------------------- pull -- */

struct wanted {
    struct cli *cli;
    char last[128];
    int exit;
};

static int pull(struct cli *cli, const char *model) {
    struct sarai_error error = {0};
    cJSON *document = cJSON_CreateObject();
    cli_note(cli, "%s: %s", model, cli_say_in(cli, "fetching", "descargando"));
    const bool good = sarai_models_pull(cli->config, model, &error) == SARAI_OK;
    cli_add_text(document, "model", model);
    cJSON_AddBoolToObject(document, "ok", good);
    int rc = good ? CLI_WELL : cli_fail(cli, &error);
    return cli_json(cli, document) ? rc : CLI_FAILED;
}

/* The files of a model stand together in the manifest. */
static int pull_default(void *user, const struct sarai_model_file *file) {
    struct wanted *wanted = user;
    if (!file->by_default || file->state == SARAI_MODEL_PRESENT || strcmp(file->model, wanted->last) == 0)
        return 0;
    snprintf(wanted->last, sizeof wanted->last, "%s", file->model);
    wanted->exit = cli_worse(wanted->exit, pull(wanted->cli, file->model));
    return 0;
}

static int run_pull(struct cli *cli) {
    struct sarai_error error = {0};
    struct wanted wanted = {.cli = cli};
    for (size_t i = 1; i < cli->args.count; i++)
        wanted.exit = cli_worse(wanted.exit, pull(cli, cli->args.rest[i]));
    if (cli->args.count == 1 && sarai_models_each(cli->config, NULL, false, pull_default, &wanted, &error) < 0)
        return cli_fail(cli, &error);
    return wanted.exit;
}

static int run(struct cli *cli, const void *opts) {
    (void)opts;
    const char *word = cli->args.rest[0];
    return strcmp(word, "pull") == 0 ? run_pull(cli) : show(cli, strcmp(word, "verify") == 0);
}

const struct cli_verb cli_models = {
    .name = "models",
    .words = "list|pull|verify",
    .usage = "list|pull|verify [MODEL...]",
    .min_args = 1,
    .max_args = 1000,
    .en = "List, fetch or check the models",
    .es = "Enumera, descarga o comprueba los modelos",
    .more_en = "pull without a name fetches what a default set-up needs. verify compares sha256 sums.\n"
               "JSON: model, part, file, bytes, license, default, state, path, upstream, about; pull: model, ok.",
    .more_es = "pull sin nombre descarga lo que una instalación normal necesita. verify compara sumas sha256.\n"
               "JSON: model, part, file, bytes, license, default, state, path, upstream, about; pull: model, ok.",
    .examples = "sarai models list\n"
                "sarai models pull",
    .run = run};
