/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

struct job {
    struct cli *cli;
    bool printed;
};

static void each(void *user, const struct sarai_figure *figure) {
    struct job *job = user;
    cJSON *document = cJSON_CreateObject();
    cli_add_text(document, "bench", figure->bench);
    cli_add_text(document, "figure", figure->figure);
    cli_add_number(document, "value", figure->value, 3);
    cli_add_text(document, "unit", figure->unit);
    cli_add_text(document, "baseline", figure->baseline);
    cli_add_number(document, "ratio", figure->ratio, 3);
    cli_add_number(document, "runs", figure->runs, 0);
    cli_print(job->cli, "%s %s: %.6g %s, %.3g x %s (%d %s)\n", figure->bench, figure->figure, figure->value,
              figure->unit, figure->ratio, figure->baseline != NULL ? figure->baseline : "-", figure->runs,
              cli_say_in(job->cli, "runs", "repeticiones"));
    job->printed = cli_json(job->cli, document) && cli_flush(job->cli);
}

static int run(struct cli *cli, const void *opts) {
    (void)opts;
    struct job job = {.cli = cli, .printed = true};
    cli_progress(cli, "%s", cli_say_in(cli, "measuring...", "midiendo..."));
    int rc = sarai_bench_queue(each, &job); /* the one benchmark so far: cli_parse checked the name */
    cli_progress_end(cli);
    if (rc < 0) {
        struct sarai_error error;
        sr_error(&error, rc, cli->args.rest[0], "%s", sarai_strerror(rc));
        return cli_fail(cli, &error);
    }
    return job.printed ? CLI_WELL : CLI_FAILED;
}

const struct cli_verb cli_bench = {
    .name = "bench",
    .words = "queue",
    .usage = "queue",
    .min_args = 1,
    .max_args = 1,
    .bare = true,
    .en = "Measure a part against a baseline",
    .es = "Mide una parte frente a una referencia",
    .more_en = "queue: messages a second through a ring of the engine between two threads, "
               "against a queue with a lock.\n"
               "JSON, a document a figure: bench, figure, value, unit, baseline, ratio, "
               "runs.",
    .more_es = "queue: mensajes por segundo a través de una cola del motor entre dos hilos, "
               "frente a una cola con cerrojo.\n"
               "JSON, un documento por cifra: bench, figure, value, unit, baseline, "
               "ratio, runs.",
    .examples = "sarai bench queue",
    .run = run};
