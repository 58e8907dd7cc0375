/* SPDX-License-Identifier: Apache-2.0 */
/* The eight tests of the modular audio pipeline's specification, under their own names, on models of the exact shapes.
 */
#include "base/str.h"
#include "omni/broken.h"
#include "omni/fixture.h"
#include "support/test.h"

#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

#define RATE_HZ 16000
#define STEP 640 /* samples a token, in the made-up models */

static char *folder; /* of the models */

static int make_models(void **state) {
    (void)state;
    folder = test_folder();
    return sarai_omni_fixture(folder, NULL, NULL, NULL);
}

static int remove_models(void **state) {
    (void)state;
    test_folder_remove(folder);
    return 0;
}

/* ------------------------------------------------------------------------------------------------------ helpers -- */

static void set(struct sarai_config *config, const char *key, const char *format, const char *value) {
    char *name = sr_asprintf("audio_omni.%s", key), *text = sr_asprintf(format, folder, value);
    struct sarai_error error = {0};
    if (sarai_config_set(config, name, text, &error) < 0)
        fail_msg("%s: %s", error.where, error.text);
    free(name);
    free(text);
}

/* A configuration whose models are the made-up ones; `talker` and `monolithic` may be others, in the folder. */
static struct sarai_config *config_with(const char *talker, const char *monolithic) {
    struct sarai_config *config = NULL;
    assert_int_equal(sarai_config_new(&config, NULL), SARAI_OK);
    set(config, "encoder_path", "%s/%s", sr_omni_fixture_names[SR_OMNI_ENCODER]);
    set(config, "vocoder_path", "%s/%s", sr_omni_fixture_names[SR_OMNI_VOCODER]);
    set(config, "talker_path", "%s/%s", talker ? talker : sr_omni_fixture_names[SR_OMNI_TALKER]);
    set(config, "model_path", "%s/%s", monolithic ? monolithic : sr_omni_fixture_names[SR_OMNI_MONOLITHIC]);
    sarai_config_set(config, "audio_omni.encoder_backend", "onnx", NULL);
    sarai_config_set(config, "audio_omni.vocoder_backend", "onnx", NULL);
    return config;
}

static struct sarai_engine *engine_with(struct sarai_config *config) {
    struct sarai_engine *engine = NULL;
    struct sarai_error error = {0};
    sarai_config_set(config, "vad.backend", "null", NULL);
    if (sarai_engine_new(config, SARAI_USE_OMNI | SARAI_USE_VAD, &engine, &error) < 0)
        fail_msg("%s: %s", error.where, error.text);
    sarai_config_free(config);
    return engine;
}

/* What a call gave, kept. */
struct kept {
    struct sarai_omni_result result;
    char reason[512];
    float *wave, *logits, *hidden;
    int64_t *tokens;
};

static void *copy(const void *from, size_t bytes) {
    void *to = malloc(bytes + 1);
    assert_non_null(to);
    if (bytes)
        memcpy(to, from, bytes);
    return to;
}

static void keep(void *user, const struct sarai_omni_result *result) {
    struct kept *kept = user;
    const size_t steps = (size_t)result->audio_logits_shape[1];
    kept->result = *result;
    snprintf(kept->reason, sizeof kept->reason, "%s", result->fallback_reason ? result->fallback_reason : "");
    kept->wave = copy(result->waveform, result->sample_count * sizeof(float));
    kept->logits = copy(result->audio_logits, result->audio_logits ? steps * SR_OMNI_LOGITS * sizeof(float) : 0);
    kept->hidden = copy(result->hidden_states, result->hidden_states ? steps * SR_OMNI_HIDDEN * sizeof(float) : 0);
    kept->tokens = copy(result->tokens, result->token_count * sizeof(int64_t));
}

static void drop(struct kept *kept) {
    free(kept->wave);
    free(kept->logits);
    free(kept->hidden);
    free(kept->tokens);
    *kept = (struct kept){0};
}

/* A tone that is not the same for two seeds. */
static float *tone(size_t count, int seed) {
    float *samples = malloc(count * sizeof *samples);
    assert_non_null(samples);
    for (size_t i = 0; i < count; i++)
        samples[i] = 0.3f * sinf((float)i * (0.05f + 0.01f * (float)seed)) * sinf((float)i * 0.001f);
    return samples;
}

static void run(struct sarai_engine *engine, size_t count, int seed, struct kept *kept) {
    float *samples = tone(count, seed);
    struct sarai_error error = {0};
    if (sarai_omni_run(engine, samples, count, RATE_HZ, keep, kept, &error) < 0)
        fail_msg("%s: %s", error.where, error.text);
    free(samples);
}

static char *path_of(const char *name) {
    char *path = sr_asprintf("%s/%s", folder, name);
    assert_non_null(path);
    return path;
}

/* -------------------------------------------------------------------------------------------------------- tests -- */

static void test_modular_config_load(void **state) {
    (void)state;
    static const char yaml[] = "audio_omni:\n"
                               "  name: \"Qwen2.5-Omni-7B-Modular\"\n"
                               "  talker_path: \"models/onnx/qwen25_7b_audio.onnx\"\n"
                               "  encoder_backend: \"pytorch\"\n"
                               "  vocoder_backend: \"pytorch\"\n"
                               "  model_path: \"models/onnx/agi_audio_core_int8.onnx\"\n"
                               "  max_memory_mb: 4700\n"
                               "  sample_rate: 16000\n"
                               "  permanent: true\n"
                               "  load_on_startup: true\n";
    struct sarai_config *config = NULL;
    struct sarai_error error = {0};
    char *file = test_file(folder, "a.yaml", yaml);
    char *bad = test_file(folder, "b.yaml", "audio_omni:\n  talker_pth: x\n");
    assert_int_equal(sarai_config_new(&config, NULL), SARAI_OK);
    assert_int_equal(sarai_config_load(config, file, &error), SARAI_OK);
    assert_string_equal(sarai_config_get(config, "audio_omni.pipeline_mode"), "modular");
    assert_string_equal(sarai_config_get(config, "audio_omni.max_memory_mb"), "4700");
    assert_string_equal(sarai_config_get(config, "audio_omni.encoder_backend"), "pytorch");
    assert_int_equal(sarai_config_load(config, bad, &error), SARAI_EINPUT);
    assert_non_null(strstr(error.where, "b.yaml:2"));
    assert_non_null(strstr(error.text, "did you mean 'audio_omni.talker_path'?"));
    sarai_config_free(config);

    assert_int_equal(setenv("AUDIO_PIPELINE_MODE", "monolithic", 1), 0);
    assert_int_equal(setenv("SAMPLE_RATE", "24000", 1), 0);
    config = NULL;
    assert_int_equal(sarai_config_new(&config, NULL), SARAI_OK);
    assert_int_equal(sarai_config_load(config, file, NULL), SARAI_OK);
    assert_string_equal(sarai_config_get(config, "audio_omni.pipeline_mode"), "monolithic");
    assert_string_equal(sarai_config_get(config, "audio_omni.sample_rate"), "24000");
    assert_int_equal(sarai_config_set(config, "audio_omni.pipeline_mode", "modular", NULL), SARAI_OK);
    assert_string_equal(sarai_config_get(config, "audio_omni.pipeline_mode"), "modular");
    assert_int_equal(sarai_config_set(config, "audio_omni.sample_rate", "1", NULL), SARAI_EINPUT);
    assert_int_equal(unsetenv("AUDIO_PIPELINE_MODE"), 0);
    assert_int_equal(unsetenv("SAMPLE_RATE"), 0);
    sarai_config_free(config);
    unlink(file);
    unlink(bad);
    free(file);
    free(bad);
}

static void count_ok(void *user, const struct sarai_omni_part *part) {
    *(int *)user += part->ok;
    if (!part->ok)
        print_message("%s: %s\n", part->component, part->problem);
}

static void test_modular_pipeline_load(void **state) {
    (void)state;
    struct sarai_config *config = config_with(NULL, NULL);
    struct kept kept = {0};
    struct stat info;
    int ok = 0;
    assert_int_equal(sarai_omni_check(config, count_ok, &ok, NULL), SARAI_OK);
    assert_int_equal(ok, SR_OMNI_KINDS);
    char *data = path_of("qwen25_7b_audio.onnx.data");
    assert_int_equal(stat(data, &info), 0);
    assert_int_equal(info.st_size, SR_OMNI_TALKER_BYTES);
    free(data);
    struct sarai_engine *engine = engine_with(config);
    run(engine, RATE_HZ, 0, &kept);
    assert_string_equal(kept.result.mode, "modular");
    assert_string_equal(kept.result.encoder_backend, "onnx");
    assert_string_equal(kept.result.vocoder_backend, "onnx");
    assert_null(kept.result.fallback_reason);
    drop(&kept);
    sarai_engine_free(engine);
}

static void check_shapes(const struct kept *kept, size_t samples) {
    const struct sarai_omni_result *result = &kept->result;
    const int64_t steps = (int64_t)((samples + STEP - 1) / STEP);
    assert_int_equal(result->hidden_states_shape[0], 1);
    assert_int_equal(result->hidden_states_shape[1], steps);
    assert_int_equal(result->hidden_states_shape[2], 3584);
    assert_int_equal(result->audio_logits_shape[0], 1);
    assert_int_equal(result->audio_logits_shape[1], steps);
    assert_int_equal(result->audio_logits_shape[2], 8448);
    assert_int_equal(result->token_count, steps);
    assert_int_equal(result->sample_count, steps * STEP);
    assert_int_equal(result->rate_hz, RATE_HZ);
    for (int64_t t = 0; t < steps; t++) {
        const float *row = kept->logits + t * SR_OMNI_LOGITS;
        for (int i = 0; i < SR_OMNI_LOGITS; i++)
            assert_true(row[i] <= row[kept->tokens[t]]);
    }
    for (size_t i = 0; i < result->sample_count; i++)
        assert_true(kept->wave[i] >= -1 && kept->wave[i] <= 1);
}

static void test_modular_process_audio(void **state) {
    (void)state;
    static const size_t lengths[] = {1, STEP, RATE_HZ, 3 * RATE_HZ + 17, RATE_HZ};
    struct sarai_engine *engine = engine_with(config_with(NULL, NULL));
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        struct kept kept = {0};
        run(engine, lengths[i], (int)i, &kept);
        assert_string_equal(kept.result.mode, "modular");
        check_shapes(&kept, lengths[i]);
        assert_true(kept.result.encoder_ms >= 0 && kept.result.talker_ms >= 0 && kept.result.vocoder_ms >= 0);
        drop(&kept);
    }
    struct sarai_error error = {0};
    assert_int_equal(sarai_omni_run(engine, NULL, 0, RATE_HZ, keep, NULL, &error), SARAI_EINPUT);
    sarai_engine_free(engine);
}

/* An engine whose talker is `talker`, with what else is told; the request must be answered by the stand-in. */
static void falls_back(const char *talker, const char *key, const char *value, const char *reason) {
    struct sarai_config *config = config_with(talker, NULL);
    struct kept kept = {0};
    if (key)
        assert_int_equal(sarai_config_set(config, key, value, NULL), SARAI_OK);
    struct sarai_engine *engine = engine_with(config);
    run(engine, RATE_HZ + 7, 0, &kept);
    assert_string_equal(kept.result.mode, "monolithic");
    if (!strstr(kept.reason, reason))
        fail_msg("'%s' does not tell of '%s'", kept.reason, reason);
    check_shapes(&kept, RATE_HZ + 7);
    drop(&kept);
    run(engine, RATE_HZ + 7, 0, &kept); /* from the cache, and still told */
    assert_true(kept.result.cached);
    assert_true(kept.reason[0] != '\0');
    drop(&kept);
    sarai_engine_free(engine);
}

static void no_answer(void *user, const struct sarai_omni_result *result) {
    (void)user, (void)result;
    fail();
}

static void count_segments(void *user, const struct sarai_vad_result *result) {
    *(size_t *)user += result->count;
}

/* Without any model a request is an error that names both, and the rest of the engine goes on. */
static void nothing_answers(void) {
    struct sarai_engine *engine = engine_with(config_with("missing.onnx", "missing-too.onnx"));
    struct sarai_error error = {0};
    float *samples = tone(RATE_HZ, 1);
    size_t segments = 0;
    char *wav = path_of("tone.wav");
    assert_int_equal(sarai_omni_run(engine, samples, RATE_HZ, RATE_HZ, no_answer, NULL, &error), SARAI_EMODEL);
    assert_non_null(strstr(error.text, "missing.onnx"));
    assert_non_null(strstr(error.text, "monolithic: "));
    assert_int_equal(sarai_write_wav(wav, samples, RATE_HZ, RATE_HZ, NULL), SARAI_OK);
    assert_int_equal(sarai_vad_file(engine, wav, count_segments, &segments, NULL, NULL, NULL), SARAI_OK);
    assert_int_equal(segments, 1);
    assert_int_equal(sarai_omni_run_file(engine, wav, no_answer, NULL, &error), SARAI_EMODEL);
    char *metrics = sarai_omni_metrics(engine);
    assert_non_null(strstr(metrics, "\nsarai_omni_failed_total 2\n"));
    free(metrics);
    unlink(wav);
    free(wav);
    free(samples);
    sarai_engine_free(engine);
}

static void test_fallback_to_monolithic(void **state) {
    (void)state;
    test_cut_talker(folder, "cut_model.onnx", 300, 0);
    test_cut_talker(folder, "cut_data.onnx", 0, SR_OMNI_TALKER_BYTES - 1);
    test_brittle_encoder(folder, "brittle.onnx");
    char *brittle = path_of("brittle.onnx");
    falls_back("missing.onnx", NULL, NULL, "is not there");
    falls_back("cut_model.onnx", NULL, NULL, "cut off");
    falls_back("cut_data.onnx", NULL, NULL, "is cut off: it has 43126271 bytes and 43126272 are needed");
    char *data = path_of("cut_____b_audio.onnx.data");
    unlink(data);
    falls_back("cut_data.onnx", NULL, NULL, "cut_____b_audio.onnx.data: can't be opened");
    falls_back("qwen25_7b_vocoder.onnx", NULL, NULL, "input hidden_states is missing; it has: audio_tokens");
    falls_back(NULL, "audio_omni.max_memory_mb", "40", "are needed and 40 MB are allowed");
    falls_back(NULL, "audio_omni.encoder_path", brittle, "brittle.onnx");
    nothing_answers();
    static const char *const made[] = {"cut_model.onnx", "cut_data.onnx", "brittle.onnx"};
    for (size_t i = 0; i < sizeof made / sizeof *made; i++) {
        char *path = path_of(made[i]);
        unlink(path);
        free(path);
    }
    free(data);
    free(brittle);
}

static void test_monolithic_pipeline(void **state) {
    (void)state;
    struct sarai_config *config = config_with("missing.onnx", NULL);
    struct kept kept = {0};
    assert_int_equal(sarai_config_set(config, "audio_omni.pipeline_mode", "monolithic", NULL), SARAI_OK);
    assert_int_equal(sarai_config_set(config, "audio_omni.permanent", "false", NULL), SARAI_OK);
    struct sarai_engine *engine = engine_with(config);
    for (int i = 0; i < 2; i++) {
        run(engine, RATE_HZ, i, &kept);
        assert_string_equal(kept.result.mode, "monolithic");
        assert_null(kept.result.fallback_reason);
        assert_null(kept.result.encoder_backend);
        assert_true(kept.result.talker_ms < 0);
        check_shapes(&kept, RATE_HZ);
        drop(&kept);
    }
    sarai_engine_free(engine);
}

static void test_cache_functionality(void **state) {
    (void)state;
    struct sarai_config *config = config_with(NULL, NULL);
    assert_int_equal(sarai_config_set(config, "audio_omni.cache_mb", "3", NULL), SARAI_OK);
    struct sarai_engine *engine = engine_with(config);
    struct kept first = {0}, again = {0};
    run(engine, RATE_HZ, 1, &first);
    assert_false(first.result.cached);
    assert_int_equal(first.result.cache_misses, 1);
    run(engine, RATE_HZ, 1, &again);
    assert_true(again.result.cached);
    assert_int_equal(again.result.cache_hits, 1);
    assert_int_equal(again.result.sample_count, first.result.sample_count);
    assert_memory_equal(again.wave, first.wave, first.result.sample_count * sizeof(float));
    assert_memory_equal(again.tokens, first.tokens, first.result.token_count * sizeof(int64_t));
    print_message("an answer: %.3f ms, from the cache %.3f ms\n", first.result.pipeline_ms, again.result.pipeline_ms);
    drop(&again);
    run(engine, RATE_HZ - 1, 1, &again); /* one sample less is another sound */
    assert_false(again.result.cached);
    assert_true(again.result.cache_bytes <= 3000000);
    drop(&again);
    run(engine, RATE_HZ, 2, &again); /* no room for three: the oldest goes */
    drop(&again);
    run(engine, RATE_HZ, 1, &again);
    assert_false(again.result.cached);
    assert_int_equal(again.result.cache_misses, 4);
    assert_int_equal(again.result.cache_entries, 2);
    assert_true(again.result.cache_bytes <= 3000000);
    drop(&again);
    drop(&first);
    sarai_engine_free(engine);
}

/* The time itself is a benchmark's business; that each stage tells its own is checked here. */
static void test_latency_target_100ms(void **state) {
    (void)state;
    struct sarai_engine *engine = engine_with(config_with(NULL, NULL));
    double best_ms = INFINITY;
    for (int i = 0; i < 5; i++) {
        struct kept kept = {0};
        run(engine, 2 * RATE_HZ, i, &kept);
        const struct sarai_omni_result *result = &kept.result;
        assert_false(result->cached);
        assert_true(result->encoder_ms > 0 && result->talker_ms > 0 && result->vocoder_ms > 0);
        assert_true(result->encoder_ms + result->talker_ms + result->vocoder_ms <= result->pipeline_ms + 0.01);
        best_ms = fmin(best_ms, result->pipeline_ms);
        drop(&kept);
    }
    print_message("two seconds of sound: %.1f ms, the specification's target is 100 ms\n", best_ms);
    sarai_engine_free(engine);
}

/* hidden . down + bias, times the first columns of up, in double precision from the data file. */
static void check_against_reference(const float *hidden, const float *logits, size_t steps) {
    enum { WIDTH = 896, COLUMNS = 5 };
    char *path = path_of("qwen25_7b_audio.onnx.data"), *bytes = NULL;
    size_t len = 0;
    assert_int_equal(sr_read_file(path, SR_OMNI_TALKER_BYTES, &bytes, &len, NULL), SARAI_OK);
    const float *down = (const float *)(const void *)bytes, *bias = down + SR_OMNI_HIDDEN * WIDTH, *up = bias + WIDTH;
    for (size_t t = 0; t < steps; t += 7) {
        double narrow[WIDTH];
        for (int w = 0; w < WIDTH; w++) {
            narrow[w] = bias[w];
            for (int i = 0; i < SR_OMNI_HIDDEN; i++)
                narrow[w] += (double)hidden[t * SR_OMNI_HIDDEN + (size_t)i] * down[i * WIDTH + w];
        }
        for (int c = 0; c < COLUMNS; c++) {
            double sum = 0;
            for (int w = 0; w < WIDTH; w++)
                sum += narrow[w] * up[w * SR_OMNI_LOGITS + c * 2111];
            assert_true(fabs(sum - logits[t * SR_OMNI_LOGITS + (size_t)c * 2111]) < 1e-4);
        }
    }
    free(path);
    free(bytes);
}

static void test_talker_throughput(void **state) {
    (void)state;
    enum { STEPS = 50 };
    struct sarai_config *config = config_with(NULL, NULL);
    assert_int_equal(sarai_config_set(config, "audio_omni.load_on_startup", "false", NULL), SARAI_OK);
    struct sarai_engine *engine = engine_with(config);
    float *hidden = tone(STEPS * SR_OMNI_HIDDEN, 3);
    double best_ms = INFINITY;
    for (int i = 0; i < 5; i++) {
        struct kept kept = {0};
        assert_int_equal(sarai_omni_talker(engine, hidden, 1, STEPS, keep, &kept, NULL), SARAI_OK);
        assert_int_equal(kept.result.token_count, STEPS);
        if (i == 0)
            check_against_reference(hidden, kept.logits, STEPS);
        best_ms = fmin(best_ms, kept.result.talker_ms);
        drop(&kept);
    }
    print_message("the talker: %.2f ms for %d steps, %.0f tokens a second\n", best_ms, STEPS, STEPS * 1000 / best_ms);
    free(hidden);
    sarai_engine_free(engine);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_modular_config_load),   cmocka_unit_test(test_modular_pipeline_load),
        cmocka_unit_test(test_modular_process_audio), cmocka_unit_test(test_fallback_to_monolithic),
        cmocka_unit_test(test_monolithic_pipeline),   cmocka_unit_test(test_cache_functionality),
        cmocka_unit_test(test_latency_target_100ms),  cmocka_unit_test(test_talker_throughput),
    };
    return cmocka_run_group_tests(tests, make_models, remove_models);
}
