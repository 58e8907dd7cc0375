/* SPDX-License-Identifier: Apache-2.0 */
#include "speech/vits_config.h"

#include "base/str.h"
#include "base/utf8.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_BYTES (1u << 20)
#define SPANISH_TONE 12 /* MeloTTS counts the tones of all its languages through; Spanish has this one */
#define TIE_BAR 0x361
#define CEDILLA 0x327 /* Piper writes ç as two signs */

struct sr_vits_symbol {
    uint32_t cp;
    int64_t id;
};

static int by_cp(const void *a, const void *b) {
    const struct sr_vits_symbol *x = a, *y = b;
    return x->cp < y->cp ? -1 : x->cp > y->cp;
}

static int64_t id_of(const struct sr_vits_config *config, uint32_t cp) {
    const struct sr_vits_symbol key = {.cp = cp},
                                *found = bsearch(&key, config->symbols, config->count, sizeof key, by_cp);
    return found ? found->id : -1;
}

/* The one code point of a key, or 0. */
static uint32_t only_cp(const char *text) {
    const char *p = text, *end = text + strlen(text);
    const uint32_t cp = p < end ? sr_utf8_next(&p, end) : 0;
    return p == end ? cp : 0;
}

static void add(struct sr_vits_config *config, const char *key, double id) {
    const uint32_t cp = key ? only_cp(key) : 0;
    if (cp && id >= 0 && id < 65536)
        config->symbols[config->count++] = (struct sr_vits_symbol){cp, (int64_t)id};
}

static double number(const cJSON *object, const char *name, double otherwise) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsNumber(item) ? item->valuedouble : otherwise;
}

static int missing(const char *path, const char *what, struct sarai_error *error) {
    return sr_error(error, SARAI_EMODEL, path, "no usable %s in it: is it the JSON file of this voice?", what);
}

static int make_room(struct sr_vits_config *out, const cJSON *list, const char *path, struct sarai_error *error) {
    const int size = cJSON_GetArraySize(list);
    out->symbols = calloc((size_t)(size > 0 ? size : 1), sizeof *out->symbols);
    return out->symbols ? SARAI_OK : sr_error(error, SARAI_ENOMEM, path, "out of memory");
}

static int read_piper(const cJSON *json, const cJSON *map, const char *path, struct sr_vits_config *out,
                      struct sarai_error *error) {
    const cJSON *audio = cJSON_GetObjectItemCaseSensitive(json, "audio");
    const cJSON *inference = cJSON_GetObjectItemCaseSensitive(json, "inference"), *item;
    const cJSON *espeak = cJSON_GetObjectItemCaseSensitive(json, "espeak");
    const cJSON *voice = cJSON_GetObjectItemCaseSensitive(espeak, "voice");
    const int rc = make_room(out, map, path, error);
    if (rc < 0)
        return rc;
    cJSON_ArrayForEach(item, map) {
        const cJSON *id = cJSON_IsArray(item) ? cJSON_GetArrayItem(item, 0) : item;
        if (cJSON_IsNumber(id))
            add(out, item->string, id->valuedouble);
    }
    qsort(out->symbols, out->count, sizeof *out->symbols, by_cp);
    if (!cJSON_IsString(voice) || strlen(voice->valuestring) >= sizeof out->language)
        return missing(path, "espeak.voice", error);
    snprintf(out->language, sizeof out->language, "%s", voice->valuestring);
    out->rate_hz = (int)number(audio, "sample_rate", 0);
    out->noise_scale = (float)number(inference, "noise_scale", 0.667);
    out->length_scale = (float)number(inference, "length_scale", 1);
    out->noise_w = (float)number(inference, "noise_w", 0.8);
    out->begin = id_of(out, '^');
    out->end = id_of(out, '$');
    out->blank = id_of(out, '_');
    return SARAI_OK;
}

static int read_melo(const cJSON *json, const cJSON *symbols, const char *path, struct sr_vits_config *out,
                     struct sarai_error *error) {
    const cJSON *data = cJSON_GetObjectItemCaseSensitive(json, "data"), *item;
    const cJSON *speakers = cJSON_GetObjectItemCaseSensitive(data, "spk2id");
    const int rc = make_room(out, symbols, path, error);
    double id = 0;
    if (rc < 0)
        return rc;
    cJSON_ArrayForEach(item, symbols) add(out, cJSON_IsString(item) ? item->valuestring : NULL, id++);
    qsort(out->symbols, out->count, sizeof *out->symbols, by_cp);
    snprintf(out->language, sizeof out->language, "es");
    out->rate_hz = (int)number(data, "sampling_rate", 0);
    out->noise_scale = 0.6f;
    out->length_scale = 1;
    out->noise_w = 0.8f;
    out->tone = (int64_t)number(json, "tone_start", SPANISH_TONE);
    out->speaker = (int64_t)number(speakers, "ES", 0);
    out->begin = out->end = id_of(out, '_');
    out->around = true;
    out->blank = cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(data, "add_blank")) ? -1 : 0;
    return SARAI_OK;
}

int sr_vits_config_load(const char *path, struct sr_vits_config *out, struct sarai_error *error) {
    char *text = NULL;
    size_t len;
    *out = (struct sr_vits_config){0};
    int rc = sr_read_file(path, MAX_BYTES, &text, &len, error);
    if (rc < 0)
        return rc;
    cJSON *json = cJSON_ParseWithLength(text, len);
    const cJSON *map = cJSON_GetObjectItemCaseSensitive(json, "phoneme_id_map");
    const cJSON *symbols = cJSON_GetObjectItemCaseSensitive(json, "symbols");
    if (cJSON_IsObject(map))
        rc = read_piper(json, map, path, out, error);
    else if (cJSON_IsArray(symbols))
        rc = read_melo(json, symbols, path, out, error);
    else
        rc = missing(path, "phoneme_id_map (Piper) or symbols (MeloTTS)", error);
    if (rc == SARAI_OK && (out->rate_hz < 8000 || out->rate_hz > 192000))
        rc = missing(path, "sample rate", error);
    if (rc == SARAI_OK && !(out->length_scale > 0.05f && out->length_scale < 20))
        rc = missing(path, "length_scale", error);
    if (rc == SARAI_OK && !out->count)
        rc = missing(path, "symbols of one sign", error);
    cJSON_Delete(json);
    free(text);
    return rc;
}

void sr_vits_config_deinit(struct sr_vits_config *config) {
    free(config->symbols);
    *config = (struct sr_vits_config){0};
}

/* A symbol and what follows each. */
static size_t put(const struct sr_vits_config *config, int64_t id, int64_t *ids, size_t count) {
    ids[count++] = id;
    if (config->blank >= 0)
        ids[count++] = config->blank;
    return count;
}

size_t sr_vits_encode(const struct sr_vits_config *config, const char *ipa, int64_t ids[SR_VITS_MAX_IDS]) {
    size_t count = 0, start;
    if (config->blank >= 0 && config->around)
        ids[count++] = config->blank;
    if (config->begin >= 0)
        count = put(config, config->begin, ids, count);
    start = count;
    for (const char *p = ipa, *end = ipa + strlen(ipa); p < end && count + 6 < SR_VITS_MAX_IDS;) {
        const uint32_t cp = sr_utf8_next(&p, end);
        int64_t id = cp == TIE_BAR ? -1 : id_of(config, cp), mark = -1;
        if (id < 0 && cp == 0xE7) {
            id = id_of(config, 'c');
            mark = id_of(config, CEDILLA);
        }
        if (id >= 0)
            count = put(config, id, ids, count);
        if (mark >= 0)
            count = put(config, mark, ids, count);
    }
    if (count == start)
        return 0;
    if (config->end >= 0)
        ids[count++] = config->end;
    if (config->blank >= 0 && config->around)
        ids[count++] = config->blank;
    return count;
}
