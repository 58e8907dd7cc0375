/* SPDX-License-Identifier: Apache-2.0 */
/* What the engine needs on this machine: each check says what it found and the command that mends it. */
#include "engine/config.h"
#include "model/ort.h"
#include "speech/phonemes.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define MEMORY_NEEDED_MB 1024
#define DISK_NEEDED_MB 1024

struct doctor {
    const struct sarai_config *config;
    void (*each)(void *user, const struct sarai_check *check);
    void *user;
    bool well;
    /* the model that the rows of the manifest being visited belong to */
    struct sr_str model, problem;
    uint64_t bytes;
    bool by_default;
};

static void tell(struct doctor *doctor, const char *name, bool ok, bool required, const char *found,
                 const char *remedy) {
    const struct sarai_check check = {
        .name = name, .ok = ok, .required = required, .found = found, .remedy = ok ? "" : remedy};
    doctor->well &= ok || !required;
    doctor->each(doctor->user, &check);
}

static const struct sr_model_opts *model_opts(const struct doctor *doctor) {
    return doctor->config != NULL ? &doctor->config->model : NULL;
}

/* ------------------------------------------------------------------------------------------------------ machine -- */

static void check_cpu(struct doctor *doctor) {
#if defined(__x86_64__)
    /* What the engines were compiled for (third_party/engines). */
    const bool avx2 = __builtin_cpu_supports("avx2"), fma = __builtin_cpu_supports("fma"),
               bmi2 = __builtin_cpu_supports("bmi2");
    char found[64];
    snprintf(found, sizeof found, "avx2 %s, fma %s, bmi2 %s", avx2 ? "yes" : "no", fma ? "yes" : "no",
             bmi2 ? "yes" : "no");
    tell(doctor, "cpu", avx2 && fma && bmi2, true, found, "use a processor with AVX2 (Intel 2013, AMD 2015 or later)");
#else
    tell(doctor, "cpu", true, true, "no particular instructions needed", "");
#endif
}

static long available_memory_mb(void) {
    FILE *file = fopen("/proc/meminfo", "r");
    char line[128];
    long kb = -1;
    if (file == NULL)
        return -1;
    while (kb < 0 && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, "MemAvailable:", strlen("MemAvailable:")) == 0)
            kb = strtol(line + strlen("MemAvailable:"), NULL, 10);
    }
    fclose(file);
    return kb < 0 ? -1 : kb / 1024;
}

static void check_memory(struct doctor *doctor) {
    const long free_mb = available_memory_mb();
    char found[64] = "unknown";
    if (free_mb >= 0)
        snprintf(found, sizeof found, "%ld MB available", free_mb);
    tell(doctor, "memory", free_mb < 0 || free_mb >= MEMORY_NEEDED_MB, false, found,
         "close other programs: the whole stack takes up to 1 GB");
}

/* The nearest folder of `path` that exists. Cuts `path`. */
static void nearest_folder(char *path) {
    char *slash;
    while (access(path, F_OK) != 0 && (slash = strrchr(path, '/')) != NULL && slash != path)
        *slash = '\0';
}

static void check_disk(struct doctor *doctor) {
    char *path = sr_path_model(model_opts(doctor), ".");
    struct statvfs info;
    if (path == NULL)
        return;
    nearest_folder(path);
    if (statvfs(path, &info) == 0) {
        const uint64_t free_mb = (uint64_t)info.f_bavail * info.f_frsize >> 20;
        char found[64];
        snprintf(found, sizeof found, "%llu MB free for models", (unsigned long long)free_mb);
        tell(doctor, "disk", free_mb >= DISK_NEEDED_MB, false, found, "free some space, or set model.dir");
    }
    free(path);
}

static void check_cache(struct doctor *doctor) {
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    char *path = cache != NULL && cache[0] != '\0' ? sr_asprintf("%s/sarai", cache)
                                                   : sr_asprintf("%s/.cache/sarai", home != NULL ? home : "");
    if (path == NULL)
        return;
    nearest_folder(path);
    const bool ok = access(path, W_OK) == 0;
    char *found = sr_asprintf("%s can%s be written", path, ok ? "" : "not");
    if (found != NULL)
        tell(doctor, "cache", ok, false, found, "set XDG_CACHE_HOME to a folder that can be written");
    free(found);
    free(path);
}

/* ----------------------------------------------------------------------------------------------- what we bring -- */

static void check_data(struct doctor *doctor) {
    char *path = sr_path_share(model_opts(doctor), "models.tsv");
    if (path == NULL)
        return;
    tell(doctor, "data tables", access(path, R_OK) == 0, true, path, "run: make install, or set SARAI_SHARE_DIR");
    free(path);
}

static void check_runtime(struct doctor *doctor) {
    struct sr_model_opts opts;
    struct sr_ort *ort = NULL;
    struct sarai_error error = {0};
    int rc = doctor->config != NULL ? sr_opt_copy(sr_model_opts_table, &opts, &doctor->config->model)
                                    : sr_opt_defaults(sr_model_opts_table, &opts);
    if (rc < 0)
        return;
    rc = sr_ort_open(&opts, &ort, &error);
    if (rc < 0) {
        tell(doctor, "onnxruntime", false, true, error.text, "run: sarai models pull onnxruntime");
    } else {
        const OrtApiBase *(*base)(void) = NULL;
        *(void **)&base = dlsym(ort->library, "OrtGetApiBase");
        char found[64];
        snprintf(found, sizeof found, "version %s", base != NULL ? base()->GetVersionString() : "unknown");
        tell(doctor, "onnxruntime", true, true, found, "");
    }
    sr_ort_close(ort);
    sr_opt_deinit(sr_model_opts_table, &opts);
}

/* Spanish by rule does without the helper. */
static bool needs_espeak(const struct sarai_config *config) {
    if (config == NULL)
        return false;
    const struct sr_tts_opts *tts = &config->tts;
    const char *language = tts->language[0] != '\0' ? tts->language : sr_espeak_language_of(tts->voice);
    return strcmp(tts->backend, "espeak") == 0 || strcmp(tts->phonemes, "espeak") == 0 || language == NULL ||
           strncmp(language, "es", 2) != 0;
}

static void check_espeak(struct doctor *doctor) {
    struct sr_espeak *espeak = NULL;
    struct sarai_error error = {0};
    struct sr_str ipa = {0};
    int rc = sr_espeak_open(&espeak, &error);
    if (rc == SARAI_OK)
        rc = sr_espeak_phonemes(espeak, "es", "hola", &ipa, &error);
    tell(doctor, "sarai-espeak", rc >= 0, needs_espeak(doctor->config),
         rc < 0             ? error.text
         : ipa.data != NULL ? ipa.data
                            : "",
         "run: make setup && make build");
    sr_str_deinit(&ipa);
    sr_espeak_close(espeak);
}

/* ------------------------------------------------------------------------------------------------------- models -- */

/* Tells of the model collected so far: one check for all its files. */
static void end_model(struct doctor *doctor) {
    if (doctor->model.len == 0)
        return;
    char *name = sr_asprintf("model %s", doctor->model.data);
    char *remedy = sr_asprintf("run: sarai models pull %s", doctor->model.data);
    const bool ok = doctor->problem.len == 0;
    char size[32];
    snprintf(size, sizeof size, "%.1f MB", (double)doctor->bytes / 1e6);
    if (name != NULL && remedy != NULL && !doctor->problem.failed)
        tell(doctor, name, ok, doctor->by_default, ok ? size : doctor->problem.data, remedy);
    free(remedy);
    free(name);
}

static int see_file(void *user, const struct sarai_model_file *file) {
    struct doctor *doctor = user;
    if (doctor->model.len == 0 || strcmp(doctor->model.data, file->model) != 0) {
        end_model(doctor);
        sr_str_clear(&doctor->model);
        sr_str_clear(&doctor->problem);
        sr_str_adds(&doctor->model, file->model);
        doctor->bytes = 0;
        doctor->by_default = false;
    }
    doctor->bytes += file->bytes;
    doctor->by_default |= file->by_default;
    if (file->state != SARAI_MODEL_PRESENT)
        sr_str_addf(&doctor->problem, "%s%s %s", doctor->problem.len > 0 ? ", " : "", file->path,
                    file->state == SARAI_MODEL_MISSING ? "is missing" : "has the wrong size");
    return doctor->model.failed || doctor->problem.failed;
}

static void check_models(struct doctor *doctor) {
    struct sarai_error error = {0};
    if (sarai_models_each(doctor->config, NULL, false, see_file, doctor, &error) < 0)
        tell(doctor, "models", false, true, error.text, "run: make setup");
    else
        end_model(doctor);
    sr_str_deinit(&doctor->model);
    sr_str_deinit(&doctor->problem);
}

int sarai_doctor(const struct sarai_config *config, void (*each)(void *user, const struct sarai_check *check),
                 void *user) {
    struct doctor doctor = {.config = config, .each = each, .user = user, .well = true};
    check_cpu(&doctor);
    check_memory(&doctor);
    check_disk(&doctor);
    check_cache(&doctor);
    check_data(&doctor);
    check_runtime(&doctor);
    check_espeak(&doctor);
    check_models(&doctor);
    return doctor.well ? SARAI_OK : SARAI_EMODEL;
}
