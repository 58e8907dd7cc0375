/* SPDX-License-Identifier: Apache-2.0 */
/* Sentences and spoken forms for those who want no sound. */
#include <stdlib.h>
#include <string.h>

#include "engine/config.h"
#include "model/paths.h"
#include "speech/phonemes.h"
#include "text/normalize.h"
#include "text/split.h"

struct sarai_reader {
    struct sr_normalizer *normalizer;
    char *abbreviations; /* path of the table */
};

int sarai_reader_new(const struct sarai_config *config, struct sarai_reader **out, struct sarai_error *error) {
    struct sarai_config *defaults = NULL;
    int status = config ? SARAI_OK : sarai_config_new(&defaults, error);
    if (status < 0)
        return status;
    config = config ? config : defaults;
    const char *language = config->tts.language[0] ? config->tts.language : sr_espeak_language_of(config->tts.voice);
    const bool english = language && strncmp(language, "en", 2) == 0;
    struct sarai_reader *reader = calloc(1, sizeof *reader);
    char *folder = sr_path_share(&config->model, "");
    if (reader)
        reader->abbreviations =
            sr_path_share(&config->model, english ? "en/abbreviations.txt" : "es/abbreviations.txt");
    if (!reader || !folder || !reader->abbreviations)
        status = sr_error(error, SARAI_ENOMEM, "reader", "out of memory");
    else
        status = sr_normalizer_new(folder, language ? language : "es", &reader->normalizer, error);
    free(folder);
    sarai_config_free(defaults);
    if (status < 0)
        sarai_reader_free(reader);
    else
        *out = reader;
    return status;
}

void sarai_reader_free(struct sarai_reader *reader) {
    if (!reader)
        return;
    sr_normalizer_free(reader->normalizer);
    free(reader->abbreviations);
    free(reader);
}

char *sarai_normalize(const struct sarai_reader *reader, const char *text) {
    struct sr_str spoken = {0};
    if (sr_normalize(reader->normalizer, text, strlen(text), &spoken) < 0) {
        sr_str_deinit(&spoken);
        return NULL;
    }
    return sr_str_take(&spoken);
}

int sarai_split(const struct sarai_reader *reader, const char *text, void (*each)(void *user, const char *sentence),
                void *user, struct sarai_error *error) {
    struct sr_split *split = NULL;
    const char *sentence;
    enum sr_split_end end;
    int count = 0, status = sr_split_new(NULL, reader->abbreviations, &split, error);
    if (status == SARAI_OK)
        status = sr_split_feed(split, text, strlen(text));
    if (status == SARAI_OK) {
        sr_split_flush(split);
        while ((status = sr_split_next(split, &sentence, &end)) > 0) {
            each(user, sentence);
            count++;
        }
    }
    sr_split_free(split);
    return status < 0 ? sr_error(error, status, "split", "%s", sarai_strerror(status)) : count;
}
