/* SPDX-License-Identifier: Apache-2.0 */
/* What speaking costs: how long the sound of a sentence takes beside its own length, and how long somebody waits for
 * the short clause that an answer begins with, beside waiting for the sentence that it begins. */
#include <stdlib.h>

#include "engine/engine.h"

#define RUNS 3

static const char *const sentences[] = {"El tren llega a la estación del norte a las siete de la mañana.",
                                        "La capital de Francia es París y tiene dos millones de habitantes."};
static const char *const clauses[][2] = {{"Claro que sí.", "Claro que sí, mañana mismo te llamo por teléfono."},
                                         {"Son las tres.", "Son las tres, y tu reunión empieza a las cuatro y media."},
                                         {"Ahora mismo.", "Ahora mismo, pero antes dime en qué ciudad estás tú."}};
#define COUNT(list) (sizeof(list) / sizeof *(list))

static int by_value(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, size_t count) {
    qsort(values, count, sizeof *values, by_value);
    return values[count / 2];
}

static int speak(struct sarai_engine *engine, const char *text, double *ms, double *audio_ms,
                 struct sarai_error *error) {
    const struct sr_tts_job job = {.text = text, .style = SR_STYLE_NORMAL};
    struct sr_tts_clip clip = {0};
    const int64_t start_us = sr_clock_now_us(engine->clock);
    const int status = sr_voice_synthesize(&engine->voice, &job, NULL, &clip, error);
    *ms = (double)(sr_clock_now_us(engine->clock) - start_us) / 1000;
    *audio_ms = clip.rate_hz ? 1000.0 * (double)clip.count / clip.rate_hz : 0;
    free(clip.samples);
    if (status >= 0 && !clip.count)
        return sr_error(error, SARAI_EINTERNAL, "tts", "the voice says nothing");
    return status;
}

int sarai_bench_tts(struct sarai_engine *engine, void (*each)(void *user, const struct sarai_figure *figure),
                    void *user, struct sarai_error *error) {
    double rtf[RUNS * COUNT(sentences)], first[RUNS * COUNT(clauses)], whole[RUNS * COUNT(clauses)], audio_ms, ms;
    if (!engine->voice.tts && !engine->voice.fallback)
        return sr_error(error, SARAI_EUSAGE, "tts", "needs an engine made with SARAI_USE_TTS");
    int status = speak(engine, sentences[0], &ms, &audio_ms, error); /* warms up */
    for (size_t i = 0; i < COUNT(rtf) && status >= 0; i++) {
        status = speak(engine, sentences[i % COUNT(sentences)], &ms, &audio_ms, error);
        rtf[i] = ms / audio_ms;
    }
    for (size_t i = 0; i < COUNT(first) && status >= 0; i++) {
        status = speak(engine, clauses[i % COUNT(clauses)][0], &first[i], &audio_ms, error);
        if (status >= 0)
            status = speak(engine, clauses[i % COUNT(clauses)][1], &whole[i], &audio_ms, error);
    }
    if (status < 0)
        return status;
    struct sarai_figure figure = {.bench = "tts",
                                  .figure = "rtf",
                                  .unit = "s/s",
                                  .value = median(rtf, COUNT(rtf)),
                                  .baseline = "the length of the sound",
                                  .runs = (int)COUNT(rtf)};
    figure.ratio = figure.value;
    each(user, &figure);
    figure = (struct sarai_figure){.bench = "tts",
                                   .figure = "first_clause_ms",
                                   .unit = "ms",
                                   .value = median(first, COUNT(first)),
                                   .baseline = "the whole sentence before its first sound",
                                   .runs = (int)COUNT(first)};
    figure.ratio = figure.value / median(whole, COUNT(whole));
    each(user, &figure);
    return SARAI_OK;
}
