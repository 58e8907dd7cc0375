/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

struct job {
    struct cli *cli;
    const char *file;
    size_t number, count;
    bool printed;
};

static cJSON *segments(const struct sarai_transcript *result) {
    cJSON *list = cJSON_CreateArray();
    for (size_t i = 0; i < result->count; i++) {
        cJSON *segment = cJSON_CreateObject();
        cli_add_number(segment, "start_s", result->segments[i].start_s, 3);
        cli_add_number(segment, "end_s", result->segments[i].end_s, 3);
        cli_add_text(segment, "text", result->segments[i].text);
        cJSON_AddItemToArray(list, segment);
    }
    return list;
}

static void done(void *user, const struct sarai_transcript *result) {
    struct job *job = user;
    cJSON *document = cJSON_CreateObject();
    cli_add_text(document, "file", job->file);
    cli_add_text(document, "text", result->text);
    cli_add_text(document, "language", result->language);
    cli_add_number(document, "duration_s", result->duration_s, 3);
    cli_add_number(document, "decode_s", result->decode_s, 3);
    cli_add_number(document, "rtf", result->duration_s > 0 ? result->decode_s / result->duration_s : 0, 4);
    cJSON_AddItemToObject(document, "segments", segments(result));
    if (job->count > 1)
        cli_print(job->cli, "%s\t", job->file);
    cli_print(job->cli, "%s\n", result->text);
    job->printed = cli_json(job->cli, document) && cli_flush(job->cli);
}

static int progress(void *user, double part) {
    struct job *job = user;
    cli_progress_bar(job->cli, job->number, job->count, part, job->file);
    return 0;
}

static int run(struct cli *cli, const void *opts) {
    (void)opts;
    struct sarai_engine *engine = NULL;
    int rc = cli_engine(cli, SARAI_USE_VAD | SARAI_USE_STT, &engine);
    struct job job = {.cli = cli, .count = cli->args.count, .printed = true};
    for (size_t i = 0; engine != NULL && i < job.count && job.printed; i++) {
        struct sarai_error error = {0};
        job.file = cli->args.rest[i];
        job.number = i + 1;
        progress(&job, 0);
        if (sarai_transcribe_file(engine, job.file, done, &job, progress, &job, &error) < 0)
            rc = cli_worse(rc, cli_fail_input(cli, &error));
    }
    sarai_engine_free(engine);
    return job.printed ? rc : CLI_FAILED;
}

const struct cli_verb cli_transcribe = {
    .name = "transcribe",
    .usage = "FILE...",
    .min_args = 1,
    .max_args = 1000000,
    .en = "Speech to text, any audio file",
    .es = "Voz a texto, de cualquier archivo de audio",
    .more_en = "A bad file is named and the others are still done; the exit code is then 3.\n"
               "JSON: file, text, language, duration_s, decode_s, rtf, segments[start_s, end_s, text].",
    .more_es = "Un archivo malo se nombra y los demás se hacen igual; el código de salida es entonces 3.\n"
               "JSON: file, text, language, duration_s, decode_s, rtf, segments[start_s, end_s, text].",
    .examples = "sarai transcribe interview.mp3\n"
                "sarai transcribe --json --stt.language=en *.wav",
    .run = run};
