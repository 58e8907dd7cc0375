/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

struct job {
    struct cli *cli;
    const char *file;
    size_t number;
    bool printed;
};

static void done(void *user, const struct sarai_vad_result *result) {
    struct job *job = user;
    cJSON *document = cJSON_CreateObject();
    cli_add_text(document, "file", job->file);
    cli_add_number(document, "duration_s", result->duration_s, 3);
    cJSON *list = cJSON_AddArrayToObject(document, "segments");
    for (size_t i = 0; i < result->count; i++) {
        const struct sarai_segment *found = &result->segments[i];
        cJSON *segment = cJSON_CreateObject();
        cli_add_number(segment, "start_s", found->start_s, 3);
        cli_add_number(segment, "end_s", found->end_s, 3);
        cJSON_AddItemToArray(list, segment);
        cli_print(job->cli, "%s\t%.3f\t%.3f\n", job->file, found->start_s, found->end_s);
    }
    cli_add_number(document, "us_per_frame", result->us_per_frame, 2);
    job->printed = cli_json(job->cli, document) && cli_flush(job->cli);
}

static int progress(void *user, double part) {
    const struct job *job = user;
    cli_progress_bar(job->cli, job->number, job->cli->args.count, part, job->file);
    return 0;
}

static int run(struct cli *cli, const void *opts) {
    (void)opts;
    struct sarai_engine *engine = NULL;
    int rc = cli_engine(cli, SARAI_USE_VAD, &engine);
    struct job job = {.cli = cli, .printed = true};
    for (size_t i = 0; engine != NULL && i < cli->args.count && job.printed; i++) {
        struct sarai_error error = {0};
        job.file = cli->args.rest[i];
        job.number = i + 1;
        progress(&job, 0);
        if (sarai_vad_file(engine, job.file, done, &job, progress, &job, &error) < 0)
            rc = cli_worse(rc, cli_fail_input(cli, &error));
    }
    sarai_engine_free(engine);
    return job.printed ? rc : CLI_FAILED;
}

const struct cli_verb cli_vad = {
    .name = "vad",
    .usage = "FILE...",
    .min_args = 1,
    .max_args = 1000000,
    .en = "Where somebody speaks, in any audio file",
    .es = "Dónde habla alguien, en cualquier archivo de audio",
    .more_en = "A bad file is named and the others are still done; the exit code is then 3.\n"
               "JSON: file, duration_s, segments[start_s, end_s], us_per_frame (one frame is 32 ms).",
    .more_es = "Un archivo malo se nombra y los demás se hacen igual; el código de salida es entonces 3.\n"
               "JSON: file, duration_s, segments[start_s, end_s], us_per_frame (una trama son 32 ms).",
    .examples = "sarai vad interview.mp3",
    .run = run};
