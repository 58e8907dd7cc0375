/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>

struct omni_opts {
    char *out, *dir;
};

static const struct sr_opt table[] = {
    SR_OPT(struct omni_opts, out, "", .letter = 'o', .arg = "FILE", .en = "the file to write: WAV, .npy or .onnx",
           .es = "el archivo que se escribe: WAV, .npy u .onnx"),
    SR_OPT(struct omni_opts, dir, "", .letter = 'd', .arg = "DIR",
           .en = "take all models, with their default names, from this folder",
           .es = "toma todos los modelos, con sus nombres por defecto, de esta carpeta"),
    SR_OPT_END};

struct job {
    struct cli *cli;
    const char *file;
    const char *out; /* where the sound goes, or NULL */
    struct sarai_error error;
    int rc;
    bool printed;
};

/* ------------------------------------------------------------------------------------------------------- telling -- */

static void add_shape(cJSON *document, const char *name, const int64_t shape[3]) {
    if (shape[0] == 0) {
        cJSON_AddNullToObject(document, name);
        return;
    }
    cJSON *list = cJSON_AddArrayToObject(document, name);
    for (int i = 0; i < 3; i++)
        cJSON_AddItemToArray(list, cJSON_CreateNumber((double)shape[i]));
}

static void add_ms(cJSON *document, const char *name, double ms) {
    if (ms < 0)
        cJSON_AddNullToObject(document, name);
    else
        cli_add_number(document, name, ms, 3);
}

static void add_result(cJSON *document, const struct sarai_omni_result *result) {
    cli_add_text(document, "mode", result->mode);
    cli_add_text(document, "fallback_reason", result->fallback_reason);
    cli_add_text(document, "encoder_backend", result->encoder_backend);
    cli_add_text(document, "vocoder_backend", result->vocoder_backend);
    add_shape(document, "hidden_states", result->hidden_states_shape);
    add_shape(document, "audio_logits", result->audio_logits_shape);
    cli_add_number(document, "tokens", (double)result->token_count, 0);
    cli_add_number(document, "sample_rate", result->rate_hz, 0);
    cli_add_number(document, "audio_s", result->rate_hz > 0 ? (double)result->sample_count / result->rate_hz : 0, 3);
    add_ms(document, "encoder_ms", result->encoder_ms);
    add_ms(document, "talker_ms", result->talker_ms);
    add_ms(document, "vocoder_ms", result->vocoder_ms);
    add_ms(document, "pipeline_ms", result->pipeline_ms);
    cJSON_AddBoolToObject(document, "cached", result->cached);
    cJSON *cache = cJSON_AddObjectToObject(document, "cache");
    cli_add_number(cache, "hits", (double)result->cache_hits, 0);
    cli_add_number(cache, "misses", (double)result->cache_misses, 0);
    cli_add_number(cache, "size", (double)result->cache_entries, 0);
    cli_add_number(cache, "bytes", (double)result->cache_bytes, 0);
}

/* --------------------------------------------------------------------------------------------------- run, talker -- */

static int keep_sound(struct job *job, const struct sarai_omni_result *result) {
    char *path = NULL;
    int rc = cli_stage(job->cli, job->out, &path);
    if (rc == CLI_WELL &&
        sarai_write_wav(path, result->waveform, result->sample_count, result->rate_hz, &job->error) < 0)
        rc = cli_fail(job->cli, &job->error);
    if (rc == CLI_WELL)
        rc = cli_keep(job->cli, path, job->out);
    free(path);
    return rc;
}

static void print_result(void *user, const struct sarai_omni_result *result) {
    struct job *job = user;
    cJSON *document = cJSON_CreateObject();
    cli_add_text(document, "file", job->file);
    add_result(document, result);
    if (result->fallback_reason)
        cli_note(job->cli, "sarai: %s: %s: %s", job->file,
                 cli_say_in(job->cli, "answered by the monolithic model", "respondió el modelo monolítico"),
                 result->fallback_reason);
    cli_print(job->cli, "%s: %s, %zu tokens, %.2f s", job->file, result->mode, result->token_count,
              result->rate_hz > 0 ? (double)result->sample_count / result->rate_hz : 0);
    if (result->talker_ms >= 0)
        cli_print(job->cli, ", %s %.2f + talker %.2f + vocoder %.2f ms", cli_say_in(job->cli, "encoder", "codificador"),
                  result->encoder_ms > 0 ? result->encoder_ms : 0, result->talker_ms,
                  result->vocoder_ms > 0 ? result->vocoder_ms : 0);
    cli_print(job->cli, ", %.2f ms%s\n", result->pipeline_ms,
              !result->cached ? "" : cli_say_in(job->cli, " (cached)", " (de la caché)"));
    if (job->out)
        job->rc = keep_sound(job, result);
    job->printed = cli_json(job->cli, document) && cli_flush(job->cli);
}

static int run_files(struct cli *cli, const struct omni_opts *omni) {
    struct sarai_engine *engine = NULL;
    struct job job = {.cli = cli, .printed = true};
    if (cli->args.count < 2)
        return cli_usage(cli, "say what to listen to: sarai omni run FILE");
    if (omni->out[0] != '\0' && cli->args.count > 2)
        return cli_usage(cli, "-o takes the sound of one file");
    int rc = cli_engine(cli, SARAI_USE_OMNI, &engine);
    for (size_t i = 1; engine != NULL && i < cli->args.count && job.printed; i++) {
        job.file = cli->args.rest[i];
        job.out = omni->out[0] != '\0' ? omni->out : NULL;
        job.rc = CLI_WELL;
        cli_progress_bar(cli, i, cli->args.count - 1, 0, job.file);
        if (sarai_omni_run_file(engine, job.file, print_result, &job, &job.error) < 0)
            job.rc = cli_fail_input(cli, &job.error);
        rc = cli_worse(rc, job.rc);
    }
    sarai_engine_free(engine);
    return job.printed ? rc : CLI_FAILED;
}

static void print_logits(void *user, const struct sarai_omni_result *result) {
    struct job *job = user;
    cJSON *document = cJSON_CreateObject();
    cli_add_text(document, "file", job->file);
    add_shape(document, "hidden_states", result->hidden_states_shape);
    add_shape(document, "audio_logits", result->audio_logits_shape);
    cli_add_number(document, "tokens", (double)result->token_count, 0);
    add_ms(document, "talker_ms", result->talker_ms);
    cli_print(job->cli, "%s: [%lld,%lld,%lld], %.2f ms\n", job->file, (long long)result->audio_logits_shape[0],
              (long long)result->audio_logits_shape[1], (long long)result->audio_logits_shape[2], result->talker_ms);
    job->printed = cli_json(job->cli, document) && cli_flush(job->cli);
}

static int run_talker(struct cli *cli, const struct omni_opts *omni) {
    struct sarai_engine *engine = NULL;
    struct sarai_error error = {0};
    if (cli->args.count != 2 || omni->out[0] == '\0')
        return cli_usage(cli, "say what to read and write: sarai omni talker IN.npy -o OUT.npy");
    struct job job = {.cli = cli, .file = cli->args.rest[1], .printed = true};
    char *path = NULL;
    int rc = sarai_config_set(cli->config, "audio_omni.load_on_startup", "false", &error) < 0 ? cli_fail(cli, &error)
                                                                                              : CLI_WELL;
    if (rc == CLI_WELL)
        rc = cli_stage(cli, omni->out, &path);
    if (rc == CLI_WELL)
        rc = cli_engine(cli, SARAI_USE_OMNI, &engine);
    if (rc == CLI_WELL && sarai_omni_talker_file(engine, job.file, path, print_logits, &job, &error) < 0)
        rc = cli_fail_input(cli, &error);
    if (rc == CLI_WELL)
        rc = cli_keep(cli, path, omni->out);
    sarai_engine_free(engine);
    free(path);
    return job.printed ? rc : CLI_FAILED;
}

/* ------------------------------------------------------------------------------------------------------- models -- */

static int run_quantize(struct cli *cli, const struct omni_opts *omni) {
    struct sarai_omni_quantized result;
    struct sarai_error error = {0};
    if (cli->args.count != 2 || omni->out[0] == '\0')
        return cli_usage(cli, "say what to read and write: sarai omni quantize IN.onnx -o OUT.onnx");
    cli_progress(cli, "%s", cli_say_in(cli, "quantizing...", "cuantizando..."));
    if (sarai_omni_quantize(cli->config, cli->args.rest[1], omni->out, &result, &error) < 0)
        return cli_fail_input(cli, &error);
    cJSON *document = cJSON_CreateObject();
    cli_add_text(document, "file", omni->out);
    cli_add_text(document, "component", result.component);
    cli_add_number(document, "layers", result.layers, 0);
    cli_add_number(document, "bytes_before", (double)result.bytes_before, 0);
    cli_add_number(document, "bytes_after", (double)result.bytes_after, 0);
    cli_add_number(document, "cosine", result.cosine, 6);
    cli_add_number(document, "max_error", result.max_error, 6);
    cli_add_number(document, "before_ms", result.before_ms, 3);
    cli_add_number(document, "after_ms", result.after_ms, 3);
    cli_print(cli, "%s: %s, %d %s, %.1f -> %.1f MB, %.2f -> %.2f ms, %s %.5f, %s %.4f\n", omni->out, result.component,
              result.layers, cli_say_in(cli, "layers", "capas"), (double)result.bytes_before / 1e6,
              (double)result.bytes_after / 1e6, result.before_ms, result.after_ms, cli_say_in(cli, "cosine", "coseno"),
              result.cosine, cli_say_in(cli, "largest error", "error máximo"), result.max_error);
    return cli_json(cli, document) ? CLI_WELL : CLI_FAILED;
}

static void print_part(void *user, const struct sarai_omni_part *part) {
    struct job *job = user;
    cJSON *document = cJSON_CreateObject();
    cli_add_text(document, "component", part->component);
    cli_add_text(document, "backend", part->backend);
    cli_add_text(document, "file", part->path);
    cJSON_AddBoolToObject(document, "ok", part->ok);
    cli_add_text(document, "problem", part->problem);
    cli_add_number(document, "bytes", (double)part->bytes, 0);
    cli_add_number(document, "load_ms", part->load_ms, 1);
    cli_print(job->cli, "%-10s %-7s %-3s %8.1f MB  %s%s%s\n", part->component, part->backend,
              part->ok ? "ok" : cli_say_in(job->cli, "bad", "mal"), (double)part->bytes / 1e6, part->path,
              part->ok ? "" : ": ", part->problem);
    job->printed = cli_json(job->cli, document) && cli_flush(job->cli) && job->printed;
}

static int run_fixture(struct cli *cli, const struct omni_opts *omni) {
    struct job job = {.cli = cli, .printed = true};
    struct sarai_error error = {0};
    (void)omni;
    if (cli->args.count != 2)
        return cli_usage(cli, "say where to write the models: sarai omni fixture DIR");
    const int rc =
        sarai_omni_fixture(cli->args.rest[1], print_part, &job, &error) < 0 ? cli_fail(cli, &error) : CLI_WELL;
    return job.printed ? rc : CLI_FAILED;
}

static int run_check(struct cli *cli, const struct omni_opts *omni) {
    struct job job = {.cli = cli, .printed = true};
    struct sarai_error error = {0};
    (void)omni;
    if (cli->args.count != 1)
        return cli_usage(cli, "sarai omni check takes no more words; --dir DIR names a folder");
    const int rc = sarai_omni_check(cli->config, print_part, &job, &error) < 0 ? cli_fail(cli, &error) : CLI_WELL;
    return job.printed ? rc : CLI_FAILED;
}

/* --------------------------------------------------------------------------------------------------------- verb -- */

/* All models from one folder, run as the ONNX models they are there. */
static int take_folder(struct cli *cli, const char *folder) {
    static const char *const files[][2] = {{"audio_omni.encoder_path", "qwen25_7b_encoder.onnx"},
                                           {"audio_omni.talker_path", "qwen25_7b_audio.onnx"},
                                           {"audio_omni.vocoder_path", "qwen25_7b_vocoder.onnx"},
                                           {"audio_omni.model_path", "agi_audio_core_int8.onnx"},
                                           {"audio_omni.encoder_backend", NULL},
                                           {"audio_omni.vocoder_backend", NULL}};
    struct sarai_error error = {0};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char *value = files[i][1] ? sr_asprintf("%s/%s", folder, files[i][1]) : sr_strdup("onnx");
        const int rc = value ? sarai_config_set(cli->config, files[i][0], value, &error) : SARAI_ENOMEM;
        free(value);
        if (rc < 0)
            return rc == SARAI_ENOMEM ? cli_no_memory(cli) : cli_fail(cli, &error);
    }
    return CLI_WELL;
}

static int run(struct cli *cli, const void *opts) {
    static const struct {
        const char *word;
        int (*run)(struct cli *cli, const struct omni_opts *omni);
    } words[] = {{"run", run_files},
                 {"talker", run_talker},
                 {"quantize", run_quantize},
                 {"fixture", run_fixture},
                 {"check", run_check}};
    const struct omni_opts *omni = opts;
    if (omni->dir[0] != '\0') {
        const int rc = take_folder(cli, omni->dir);
        if (rc != CLI_WELL)
            return rc;
    }
    size_t i = 0;
    while (strcmp(words[i].word, cli->args.rest[0]) != 0) /* cli_parse checked the word */
        i++;
    return words[i].run(cli, omni);
}

const struct cli_verb cli_omni = {
    .name = "omni",
    .words = "run|talker|quantize|fixture|check",
    .usage = "run FILE...|talker IN.npy|quantize IN.onnx|fixture DIR|check",
    .min_args = 1,
    .max_args = 1000000,
    .table = table,
    .opts_size = sizeof(struct omni_opts),
    .en = "The modular ONNX audio pipeline: sound in, sound out",
    .es = "La cadena de audio ONNX modular: entra sonido, sale sonido",
    .more_en =
        "run: sends sounds through encoder, talker and vocoder; when they can't answer, the monolithic model does.\n"
        "talker: the talker alone, on float32 arrays of NumPy, [B,T,3584] to [B,T,8448].\n"
        "quantize: an INT8 copy of a model, and what it costs.\n"
        "fixture: writes made-up models of the exact shapes, to try everything with.\n"
        "check: loads each model alone and compares its tensors with what they must be.\n"
        "JSON of run: file, mode, fallback_reason, encoder_backend, vocoder_backend, hidden_states, audio_logits, "
        "tokens, "
        "sample_rate, audio_s, encoder_ms, talker_ms, vocoder_ms, pipeline_ms, cached, cache{hits, misses, size, "
        "bytes}.",
    .more_es =
        "run: pasa sonidos por codificador, talker y vocoder; si no pueden responder, lo hace el modelo monolítico.\n"
        "talker: solo el talker, sobre matrices float32 de NumPy, de [B,T,3584] a [B,T,8448].\n"
        "quantize: una copia INT8 de un modelo, y lo que cuesta.\n"
        "fixture: escribe modelos inventados de las formas exactas, para probarlo todo.\n"
        "check: carga cada modelo y compara sus tensores con lo que deben ser.\n"
        "JSON de run: file, mode, fallback_reason, encoder_backend, vocoder_backend, hidden_states, audio_logits, "
        "tokens, "
        "sample_rate, audio_s, encoder_ms, talker_ms, vocoder_ms, pipeline_ms, cached, cache{hits, misses, size, "
        "bytes}.",
    .examples = "sarai omni fixture models-to-try\n"
                "sarai omni run --dir models-to-try question.wav -o reply.wav\n"
                "sarai omni quantize models-to-try/qwen25_7b_audio.onnx -o talker-int8.onnx",
    .run = run};
