/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The talker of the exact shapes beside Python's onnxruntime on the same file: for each length and number of threads
 * the two take turns, so that both see the same machine, and medians are compared. Where Python has no onnxruntime the
 * other side is a plain call of the same runtime, its output allocated anew each time, as most programs do. Then INT8
 * beside float32, both ours.
 */
#include "engine/omni_api.h"
#include "learn/random.h"
#include "omni/fixture.h"
#include "omni/quantize.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 7 /* turns of each side */
#define RUNS 5   /* calls a turn */
#define MOST_STEPS 200
#define REPLY 256

static const int64_t lengths[] = {10, 50, 100, 200};
static const int thread_counts[] = {1, 2};

extern char **environ;

/* The other side: a Python process that answers lines, or a plain session here. */
struct rival {
    pid_t pid; /* 0: the plain session */
    FILE *in, *out;
    char name[64];
    OrtSession *session;
};

struct bench {
    const struct sarai_config *config;
    struct sr_clock *clock;
    struct sr_ort *ort;
    char *folder, *talker, *rounded;
    float *hidden;
    struct rival rival;
    void (*each)(void *user, const struct sarai_figure *figure);
    void *user;
    struct sarai_error *error;
};

static int by_value(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, size_t count) {
    qsort(values, count, sizeof *values, by_value);
    return values[count / 2];
}

/* ---------------------------------------------------------------------------------------------------- Python -- */

static int ask_python(struct bench *bench, char reply[REPLY], const char *format, ...) SR_PRINTF(3, 4);

/* Sends a line and reads one; SARAI_ECLOSED when the program ended. */
static int ask_python(struct bench *bench, char reply[REPLY], const char *format, ...) {
    va_list args;
    va_start(args, format);
    const bool sent = vfprintf(bench->rival.in, format, args) > 0 && fflush(bench->rival.in) == 0;
    va_end(args);
    return sent && fgets(reply, REPLY, bench->rival.out) ? SARAI_OK : SARAI_ECLOSED;
}

static void stop_python(struct rival *rival) {
    if (rival->in)
        fclose(rival->in);
    if (rival->out)
        fclose(rival->out);
    while (rival->pid && waitpid(rival->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    rival->in = rival->out = NULL;
    rival->pid = 0;
}

static int spawn_python(struct bench *bench, char *script, int in, int out) {
    char *argv[] = {bench->config->audio_omni.python, script, bench->talker, NULL};
    posix_spawn_file_actions_t files;
    int rc = posix_spawn_file_actions_init(&files);
    if (rc)
        return rc;
    posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    rc = posix_spawnp(&bench->rival.pid, argv[0], &files, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&files);
    if (rc)
        bench->rival.pid = 0;
    return rc;
}

/* True when Python with onnxruntime is there and waits for lines. */
static bool start_python(struct bench *bench) {
    char *script = sr_path_helper("omni_baseline.py"), reply[REPLY], version[32];
    int to[2] = {-1, -1}, from[2] = {-1, -1};
    struct rival *rival = &bench->rival;
    bool good = script && pipe2(to, O_CLOEXEC) == 0 && pipe2(from, O_CLOEXEC) == 0 &&
                spawn_python(bench, script, to[0], from[1]) == 0;
    free(script);
    if (to[0] >= 0)
        close(to[0]);
    if (from[1] >= 0)
        close(from[1]);
    rival->in = to[1] >= 0 ? fdopen(to[1], "w") : NULL;
    rival->out = from[0] >= 0 ? fdopen(from[0], "r") : NULL;
    good = good && rival->in && rival->out && fgets(reply, sizeof reply, rival->out) &&
           sscanf(reply, "ready %31s", version) == 1;
    if (good)
        snprintf(rival->name, sizeof rival->name, "Python's onnxruntime %s", version);
    else
        stop_python(rival);
    return good;
}

/* ------------------------------------------------------------------------------------------------------- plain -- */

static int open_plain(struct bench *bench, int threads) {
    const OrtApi *api = bench->ort->api;
    OrtSessionOptions *options = NULL;
    if (bench->rival.session)
        api->ReleaseSession(bench->rival.session);
    bench->rival.session = NULL;
    int rc = sr_ort_check(bench->ort, api->CreateSessionOptions(&options), bench->talker, bench->error);
    if (rc == SARAI_OK)
        rc = sr_ort_check(bench->ort, api->SetIntraOpNumThreads(options, threads), bench->talker, bench->error);
    if (rc == SARAI_OK)
        rc =
            sr_ort_check(bench->ort, api->CreateSession(bench->ort->env, bench->talker, options, &bench->rival.session),
                         bench->talker, bench->error);
    if (options)
        api->ReleaseSessionOptions(options);
    return rc;
}

static int run_plain(struct bench *bench, int64_t steps) {
    static const char *const in[] = {"hidden_states"}, *const out[] = {"audio_logits"};
    const OrtApi *api = bench->ort->api;
    const int64_t shape[] = {1, steps, SR_OMNI_HIDDEN};
    OrtValue *input = NULL, *output = NULL;
    int rc = sr_ort_check(bench->ort,
                          api->CreateTensorWithDataAsOrtValue(bench->ort->cpu, bench->hidden,
                                                              (size_t)steps * SR_OMNI_HIDDEN * sizeof(float), shape, 3,
                                                              ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, &input),
                          bench->talker, bench->error);
    if (rc == SARAI_OK)
        rc = sr_ort_check(bench->ort,
                          api->Run(bench->rival.session, NULL, in, (const OrtValue *const *)&input, 1, out, 1, &output),
                          bench->talker, bench->error);
    if (input)
        api->ReleaseValue(input);
    if (output)
        api->ReleaseValue(output);
    return rc;
}

/* ---------------------------------------------------------------------------------------------------- measuring -- */

/* RUNS calls of the other side: milliseconds of each. */
static int time_rival(struct bench *bench, int threads, int64_t steps, double *ms) {
    char reply[REPLY];
    if (bench->rival.pid) {
        if (ask_python(bench, reply, "%d %lld %d\n", threads, (long long)steps, RUNS) < 0)
            return sr_error(bench->error, SARAI_ECLOSED, bench->rival.name, "ended in the middle");
        char *at = reply;
        for (int i = 0; i < RUNS; i++)
            ms[i] = strtod(at, &at);
        return SARAI_OK;
    }
    for (int i = 0; i < RUNS; i++) {
        const int64_t start_us = sr_clock_now_us(bench->clock);
        const int rc = run_plain(bench, steps);
        if (rc < 0)
            return rc;
        ms[i] = (double)(sr_clock_now_us(bench->clock) - start_us) / 1000;
    }
    return SARAI_OK;
}

static int time_part(struct bench *bench, struct sr_omni_part *part, int64_t steps, double *ms) {
    const struct sr_omni_tensor hidden = {.data = bench->hidden, .rank = 3, .shape = {1, steps, SR_OMNI_HIDDEN}};
    struct sr_omni_tensor outputs[SR_OMNI_OUTPUTS];
    for (int i = 0; i < RUNS; i++) {
        const int64_t start_us = sr_clock_now_us(bench->clock);
        const int rc = part->backend->run(part, &hidden, outputs, bench->error);
        if (rc < 0)
            return rc;
        ms[i] = (double)(sr_clock_now_us(bench->clock) - start_us) / 1000;
    }
    return SARAI_OK;
}

static void tell(struct bench *bench, const char *name, const char *unit, double value, const char *baseline,
                 double ratio) {
    const struct sarai_figure figure = {.bench = "omni",
                                        .figure = name,
                                        .unit = unit,
                                        .value = value,
                                        .baseline = baseline,
                                        .ratio = ratio,
                                        .runs = ROUNDS * RUNS};
    bench->each(bench->user, &figure);
}

/* What one length and number of threads gave, in milliseconds. */
struct row {
    double ours, rival, rounded;
};

static int measure(struct bench *bench, struct sr_omni_part *talker, struct sr_omni_part *rounded, int threads,
                   int64_t steps, struct row *row) {
    double ours[ROUNDS * RUNS], rival[ROUNDS * RUNS], small[ROUNDS * RUNS], warm[RUNS];
    int rc = time_part(bench, talker, steps, warm);
    if (rc == SARAI_OK)
        rc = time_rival(bench, threads, steps, warm);
    if (rc == SARAI_OK)
        rc = time_part(bench, rounded, steps, warm);
    for (int i = 0; i < ROUNDS && rc == SARAI_OK; i++) {
        rc = time_rival(bench, threads, steps, rival + i * RUNS);
        if (rc == SARAI_OK)
            rc = time_part(bench, talker, steps, ours + i * RUNS);
        if (rc == SARAI_OK)
            rc = time_part(bench, rounded, steps, small + i * RUNS);
    }
    if (rc == SARAI_OK)
        *row = (struct row){median(ours, ROUNDS * RUNS), median(rival, ROUNDS * RUNS), median(small, ROUNDS * RUNS)};
    return rc;
}

static void tell_row(struct bench *bench, int threads, int64_t steps, const struct row *row) {
    char name[64];
    snprintf(name, sizeof name, "talker_ms_%dthreads_T%lld", threads, (long long)steps);
    tell(bench, name, "ms", row->ours, bench->rival.name, row->ours / row->rival);
    snprintf(name, sizeof name, "talker_tokens_per_s_%dthreads_T%lld", threads, (long long)steps);
    tell(bench, name, "1/s", (double)steps * 1000 / row->ours, bench->rival.name, row->rival / row->ours);
    snprintf(name, sizeof name, "int8_ms_%dthreads_T%lld", threads, (long long)steps);
    tell(bench, name, "ms", row->rounded, "the float32 talker", row->rounded / row->ours);
}

static int open_talker(struct bench *bench, const char *path, int threads, struct sr_omni_part **out) {
    const struct sr_omni_part_job job = {.kind = SR_OMNI_TALKER,
                                         .path = path,
                                         .threads = threads,
                                         .ort = bench->ort,
                                         .opts = &bench->config->audio_omni};
    return sr_omni_onnx.open(&job, out, bench->error);
}

static int measure_threads(struct bench *bench, int threads, struct row rows[]) {
    struct sr_omni_part *talker = NULL, *rounded = NULL;
    int rc = open_talker(bench, bench->talker, threads, &talker);
    if (rc == SARAI_OK)
        rc = open_talker(bench, bench->rounded, threads, &rounded);
    if (rc == SARAI_OK && !bench->rival.pid)
        rc = open_plain(bench, threads);
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths && rc == SARAI_OK; i++) {
        rc = measure(bench, talker, rounded, threads, lengths[i], &rows[i]);
        if (rc == SARAI_OK)
            tell_row(bench, threads, lengths[i], &rows[i]);
    }
    sr_omni_part_close(talker);
    sr_omni_part_close(rounded);
    return rc;
}

/* The figures over all lengths: the worst ratio, and how far the time of a step is from being the same everywhere. */
static int measure_all(struct bench *bench) {
    enum { LENGTHS = sizeof lengths / sizeof *lengths, THREADS = sizeof thread_counts / sizeof *thread_counts };
    struct row rows[THREADS][LENGTHS];
    double ratio = 1, speedup = 1;
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    int rc = SARAI_OK, count = 0;
    for (int t = 0; t < THREADS && rc == SARAI_OK; t++) {
        if (thread_counts[t] > cores)
            continue;
        rc = measure_threads(bench, thread_counts[t], rows[t]);
        for (int i = 0; i < LENGTHS && rc == SARAI_OK; i++) {
            ratio *= rows[t][i].rival / rows[t][i].ours;
            speedup *= rows[t][i].ours / rows[t][i].rounded;
            count++;
        }
    }
    if (rc < 0)
        return rc;
    tell(bench, "talker_vs_onnxruntime", "x", pow(ratio, 1.0 / count), bench->rival.name, pow(ratio, 1.0 / count));
    tell(bench, "int8_speedup", "x", pow(speedup, 1.0 / count), "the float32 talker", pow(speedup, 1.0 / count));
    const double last = rows[0][LENGTHS - 1].ours, middle = rows[0][1].ours;
    tell(bench, "time_of_T200_over_T50", "x", last / middle, "4, linear in T", last / middle / 4);
    return SARAI_OK;
}

/* ------------------------------------------------------------------------------------------------------- set-up -- */

static int make_input(struct bench *bench) {
    uint64_t random = 11;
    bench->hidden = malloc(MOST_STEPS * SR_OMNI_HIDDEN * sizeof *bench->hidden);
    for (size_t i = 0; bench->hidden && i < MOST_STEPS * SR_OMNI_HIDDEN; i++)
        bench->hidden[i] = 2 * sr_random_part(&random) - 1;
    return bench->hidden ? SARAI_OK : sr_error(bench->error, SARAI_ENOMEM, "bench", "out of memory");
}

static int make_models(struct bench *bench) {
    const char *temporary = getenv("TMPDIR");
    bench->folder = sr_asprintf("%s/sarai-bench-XXXXXX", temporary && temporary[0] ? temporary : "/tmp");
    if (!bench->folder)
        return sr_error(bench->error, SARAI_ENOMEM, "bench", "out of memory");
    if (!mkdtemp(bench->folder)) {
        const int rc = sr_error_errno(bench->error, SARAI_EIO, bench->folder, "can't be made");
        free(bench->folder);
        bench->folder = NULL;
        return rc;
    }
    bench->talker = sr_asprintf("%s/%s", bench->folder, sr_omni_fixture_names[SR_OMNI_TALKER]);
    bench->rounded = sr_asprintf("%s/talker_int8.onnx", bench->folder);
    if (!bench->talker || !bench->rounded)
        return sr_error(bench->error, SARAI_ENOMEM, "bench", "out of memory");
    int rc = sr_omni_fixture(bench->folder, SR_OMNI_TALKER, bench->error);
    if (rc == SARAI_OK)
        rc = sr_omni_quantize_file(bench->talker, bench->rounded, bench->error);
    return rc < 0 ? rc : make_input(bench);
}

static void remove_models(struct bench *bench) {
    char *data = bench->talker ? sr_asprintf("%s.data", bench->talker) : NULL;
    if (data)
        unlink(data);
    if (bench->talker)
        unlink(bench->talker);
    if (bench->rounded)
        unlink(bench->rounded);
    if (bench->folder)
        rmdir(bench->folder);
    free(data);
    free(bench->talker);
    free(bench->rounded);
    free(bench->folder);
    free(bench->hidden);
}

int sarai_bench_omni(const struct sarai_config *config, void (*each)(void *user, const struct sarai_figure *figure),
                     void *user, struct sarai_error *error) {
    struct bench bench = {.config = config, .each = each, .user = user, .error = error};
    int rc = sr_clock_new(false, &bench.clock);
    if (rc < 0)
        return sr_error(error, rc, "bench", "%s", sarai_strerror(rc));
    rc = sr_ort_open(&config->model, &bench.ort, error);
    if (rc == SARAI_OK)
        rc = make_models(&bench);
    if (rc == SARAI_OK) {
        snprintf(bench.rival.name, sizeof bench.rival.name, "a plain call of ONNX Runtime");
        start_python(&bench);
        rc = measure_all(&bench);
    }
    stop_python(&bench.rival);
    if (bench.rival.session)
        bench.ort->api->ReleaseSession(bench.rival.session);
    remove_models(&bench);
    sr_ort_close(bench.ort);
    sr_clock_free(bench.clock);
    return rc;
}
