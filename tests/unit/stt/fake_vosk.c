/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A libvosk that hears numbers: "f" and how many samples each call brought, so that a test sees what was fed. After
 * 48000 samples (three seconds) it completes a result by itself, as the real one does at a pause. A model whose folder
 * is named "bad" can't be loaded.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))
#define PAUSE 48000

struct recognizer {
    char heard[4000], answer[4200];
    int samples;
};

EXPORT void *vosk_model_new(const char *path);
EXPORT void vosk_model_free(void *model);
EXPORT void *vosk_recognizer_new(void *model, float rate_hz);
EXPORT void vosk_recognizer_free(void *recognizer);
EXPORT void vosk_recognizer_set_words(void *recognizer, int words);
EXPORT int vosk_recognizer_accept_waveform_s(void *recognizer, const short *samples, int count);
EXPORT const char *vosk_recognizer_result(void *recognizer);
EXPORT const char *vosk_recognizer_partial_result(void *recognizer);
EXPORT const char *vosk_recognizer_final_result(void *recognizer);
EXPORT void vosk_recognizer_reset(void *recognizer);
EXPORT void vosk_set_log_level(int level);

void *vosk_model_new(const char *path) {
    return strstr(path, "bad") ? NULL : calloc(1, 1);
}

void vosk_model_free(void *model) {
    free(model);
}

void *vosk_recognizer_new(void *model, float rate_hz) {
    (void)model, (void)rate_hz;
    return calloc(1, sizeof(struct recognizer));
}

void vosk_recognizer_free(void *recognizer) {
    free(recognizer);
}

void vosk_recognizer_set_words(void *recognizer, int words) {
    (void)recognizer, (void)words;
}

int vosk_recognizer_accept_waveform_s(void *recognizer, const short *samples, int count) {
    struct recognizer *r = recognizer;
    const size_t used = strlen(r->heard);
    (void)samples;
    snprintf(r->heard + used, sizeof r->heard - used, "%sf%d", used ? " " : "", count);
    r->samples += count;
    return r->samples == PAUSE;
}

static const char *answer(struct recognizer *r, const char *key) {
    snprintf(r->answer, sizeof r->answer, "{\"%s\": \"%s\", \"result\": [{\"start\": 0.5, \"end\": 0.75}]}", key,
             r->heard);
    return r->answer;
}

const char *vosk_recognizer_result(void *recognizer) {
    struct recognizer *r = recognizer;
    answer(r, "text");
    r->heard[0] = '\0';
    return r->answer;
}

const char *vosk_recognizer_partial_result(void *recognizer) {
    return answer(recognizer, "partial");
}

const char *vosk_recognizer_final_result(void *recognizer) {
    return vosk_recognizer_result(recognizer);
}

void vosk_recognizer_reset(void *recognizer) {
    struct recognizer *r = recognizer;
    r->heard[0] = '\0';
    r->samples = 0;
}

void vosk_set_log_level(int level) {
    (void)level;
}
