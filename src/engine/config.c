/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/config.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECTION(field, english, spanish)                                                                               \
    { #field, sr_##field##_opts_table, offsetof(struct sarai_config, field), (english), (spanish) }

const struct sr_config_section sr_config_sections[] = {
    SECTION(model, "where models and data tables are", "dónde están los modelos y las tablas de datos"),
    SECTION(capture, "where the sound comes from", "de dónde viene el sonido"),
    SECTION(aec, "echo cancellation", "cancelación de eco"),
    SECTION(vad, "voice activity detection", "detección de voz"),
    SECTION(turn, "when a turn begins and ends", "cuándo empieza y acaba un turno"),
    SECTION(stt, "speech to text", "voz a texto"),
    SECTION(brain, "how a reply is found", "cómo se busca una respuesta"),
    SECTION(llm, "language model", "modelo de lenguaje"),
    SECTION(tools, "what can be called by voice", "lo que se maneja de viva voz"),
    SECTION(speech, "how text is cut into clauses", "cómo se corta el texto en frases"),
    SECTION(tts, "text to speech", "texto a voz"),
    SECTION(playback, "where the sound goes", "adónde va el sonido"),
    SECTION(audio_omni, "the modular ONNX audio pipeline", "la cadena de audio ONNX modular"),
    {NULL}};

/* -------------------------------------------------------------------------------------------------------- keys -- */

bool sr_config_key_at(size_t i, struct sr_config_key *out) {
    size_t index = 0;
    for (const struct sr_config_section *section = sr_config_sections; section->name != NULL; section++) {
        for (const struct sr_opt *opt = section->table; opt->name != NULL; opt++, index++) {
            if (index == i) {
                *out = (struct sr_config_key){section, opt, index};
                return true;
            }
        }
    }
    return false;
}

static size_t count_keys(void) {
    struct sr_config_key key;
    size_t count = 0;
    while (sr_config_key_at(count, &key))
        count++;
    return count;
}

static void key_name(const struct sr_config_key *key, char out[64]) {
    snprintf(out, 64, "%s.%s", key->section->name, key->opt->name);
}

/* "SARAI_VAD_THRESHOLD", or the name that the row gives. */
static void env_name(const struct sr_config_key *key, char out[64]) {
    if (key->opt->env != NULL)
        snprintf(out, 64, "%s", key->opt->env);
    else
        snprintf(out, 64, "SARAI_%s_%s", key->section->name, key->opt->name);
    for (char *p = out; *p != '\0'; p++)
        *p = (char)toupper((unsigned char)*p);
}

int sr_config_find(const char *name, struct sr_config_key *out, struct sarai_error *error) {
    struct sr_nearest nearest = {.wanted = name};
    struct sr_config_key key;
    for (size_t i = 0; sr_config_key_at(i, &key); i++) {
        size_t len = strlen(key.section->name);
        if (strncmp(name, key.section->name, len) == 0 && name[len] == '.' &&
            sr_opt_find(key.section->table, name + len + 1) == key.opt) {
            *out = key;
            return SARAI_OK;
        }
        char known[64];
        key_name(&key, known);
        sr_nearest_offer(&nearest, known);
    }
    if (nearest.name[0] != '\0')
        return sr_error(error, SARAI_EUSAGE, "configuration", "unknown key '%s'; did you mean '%s'?", name,
                        nearest.name);
    return sr_error(error, SARAI_EUSAGE, "configuration", "unknown key '%s'; 'sarai config' lists them all", name);
}

/* ------------------------------------------------------------------------------------------------------ values -- */

static void *section_opts(const struct sarai_config *config, const struct sr_config_section *section) {
    return (char *)config + section->offset;
}

int sr_config_apply(struct sarai_config *config, const struct sr_config_key *key, enum sr_config_source source,
                    const char *text, const char *where, struct sarai_error *error) {
    void *opts = section_opts(config, key->section);
    if (source >= config->sources[key->index]) {
        int rc = sr_opt_set(key->opt, opts, text, where, error);
        if (rc == SARAI_OK)
            config->sources[key->index] = (uint8_t)source;
        return rc;
    }
    /* A one-row table over a scratch field checks the text without keeping it. */
    union {
        bool flag;
        int whole;
        float number;
        char *text;
    } scratch = {.text = NULL};
    struct sr_opt row[2] = {*key->opt, SR_OPT_END};
    row->offset = 0;
    int rc = sr_opt_set(row, &scratch, text, where, error);
    sr_opt_deinit(row, &scratch);
    return rc;
}

static int apply_environment(struct sarai_config *config, struct sarai_error *error) {
    struct sr_config_key key;
    for (size_t i = 0; sr_config_key_at(i, &key); i++) {
        char name[64];
        env_name(&key, name);
        const char *value = getenv(name);
        if (value == NULL || value[0] == '\0')
            continue;
        int rc = sr_config_apply(config, &key, SR_CONFIG_ENV, value, name, error);
        if (rc < 0)
            return rc;
    }
    return SARAI_OK;
}

int sarai_config_new(struct sarai_config **out, struct sarai_error *error) {
    struct sarai_config *config = calloc(1, sizeof *config);
    int rc = SARAI_ENOMEM;
    if (config == NULL || (config->sources = calloc(count_keys(), 1)) == NULL)
        goto out;
    rc = SARAI_OK;
    for (const struct sr_config_section *section = sr_config_sections; section->name != NULL && rc == SARAI_OK;
         section++)
        rc = sr_opt_defaults(section->table, section_opts(config, section));
    if (rc == SARAI_OK && (rc = apply_environment(config, error)) == SARAI_EINPUT)
        goto out;
out:
    if (rc == SARAI_OK) {
        *out = config;
        return SARAI_OK;
    }
    sarai_config_free(config);
    return rc == SARAI_EINPUT ? rc : sr_error(error, rc, "configuration", "%s", sarai_strerror(rc));
}

void sarai_config_free(struct sarai_config *config) {
    if (config == NULL)
        return;
    for (const struct sr_config_section *section = sr_config_sections; section->name != NULL; section++)
        sr_opt_deinit(section->table, section_opts(config, section));
    sr_str_deinit(&config->value);
    free(config->sources);
    free(config);
}

int sr_config_copy(const struct sarai_config *from, struct sarai_config **out, struct sarai_error *error) {
    struct sarai_config *config = calloc(1, sizeof *config);
    size_t count = count_keys();
    if (config == NULL || (config->sources = calloc(count, 1)) == NULL)
        goto failed;
    memcpy(config->sources, from->sources, count);
    config->log = from->log;
    for (const struct sr_config_section *section = sr_config_sections; section->name != NULL; section++) {
        if (sr_opt_copy(section->table, section_opts(config, section), section_opts(from, section)) < 0)
            goto failed;
    }
    *out = config;
    return SARAI_OK;
failed:
    sarai_config_free(config);
    return sr_error(error, SARAI_ENOMEM, "configuration", "out of memory");
}

void sarai_config_set_log(struct sarai_config *config, enum sarai_log_level most,
                          void (*write)(void *user, enum sarai_log_level level, const char *module, const char *line),
                          void *user) {
    config->log = (struct sr_log){.most = most, .write = write, .user = user};
}

int sarai_config_set(struct sarai_config *config, const char *name, const char *value, struct sarai_error *error) {
    struct sr_config_key key;
    int rc = sr_config_find(name, &key, error);
    return rc < 0 ? rc : sr_config_apply(config, &key, SR_CONFIG_SET, value, name, error);
}

const char *sarai_config_get(const struct sarai_config *config, const char *name) {
    struct sr_config_key key;
    if (sr_config_find(name, &key, NULL) < 0)
        return NULL;
    struct sr_str *value = &((struct sarai_config *)config)->value; /* a cache, no part of the settings */
    sr_str_clear(value);
    sr_opt_print(key.opt, section_opts(config, key.section), value);
    sr_str_adds(value, "");
    return value->failed ? NULL : value->data;
}

bool sarai_config_option(size_t i, struct sarai_option *out) {
    static const char *const types[] = {"bool", "int", "float", "string"};
    struct sr_config_key key;
    if (!sr_config_key_at(i, &key))
        return false;
    const struct sr_opt *opt = key.opt;
    *out = (struct sarai_option){.type = types[opt->type],
                                 .fallback = opt->fallback,
                                 .choices = opt->choices,
                                 .min = opt->min,
                                 .max = opt->max,
                                 .help_en = opt->en,
                                 .help_es = opt->es};
    key_name(&key, out->key);
    env_name(&key, out->env);
    return true;
}
