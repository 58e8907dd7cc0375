/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The YAML file of a configuration: reading and writing it.
 *
 * The language is the part of YAML that a settings file needs: sections that hold keys that hold scalars. All else
 * (lists, deeper mappings, anchors, tags, several documents, a key twice) is refused with its line rather than read in
 * some way that the user did not mean. A file that is refused changes nothing.
 */
#include "engine/config.h"

#include <yaml.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_BYTES (1u << 20)

struct reader {
    yaml_parser_t parser;
    yaml_event_t event;
    const char *path;
    struct sarai_config *config; /* changed only here; the caller's own is replaced at the end */
    uint8_t *seen;               /* keys met so far */
    unsigned seen_sections;      /* bit mask */
    struct sarai_error *error;
};

/* "FILE:LINE" of the current event. */
static void place(const struct reader *reader, char out[160]) {
    snprintf(out, 160, "%s:%zu", reader->path, reader->event.start_mark.line + 1);
}

static int refuse(struct reader *reader, const char *text) {
    char where[160];
    place(reader, where);
    return sr_error(reader->error, SARAI_EINPUT, where, "%s", text);
}

static const char *scalar(const struct reader *reader) {
    return (const char *)reader->event.data.scalar.value;
}

/* Fetches the next event; what this file's language does not have is refused here. */
static int next(struct reader *reader) {
    yaml_event_delete(&reader->event);
    if (!yaml_parser_parse(&reader->parser, &reader->event)) {
        if (reader->parser.error == YAML_MEMORY_ERROR)
            return sr_error(reader->error, SARAI_ENOMEM, reader->path, "out of memory");
        char where[160];
        snprintf(where, sizeof where, "%s:%zu", reader->path, reader->parser.problem_mark.line + 1);
        return sr_error(reader->error, SARAI_EINPUT, where, "%s",
                        reader->parser.problem != NULL ? reader->parser.problem : "this is not YAML");
    }
    const yaml_event_t *event = &reader->event;
    if (event->type == YAML_SEQUENCE_START_EVENT)
        return refuse(reader, "lists are not used here: write 'key: value'");
    if (event->type == YAML_ALIAS_EVENT || (event->type == YAML_SCALAR_EVENT && event->data.scalar.anchor != NULL) ||
        (event->type == YAML_MAPPING_START_EVENT && event->data.mapping_start.anchor != NULL))
        return refuse(reader, "anchors and aliases are not used here: write the value out");
    if ((event->type == YAML_SCALAR_EVENT && event->data.scalar.tag != NULL) ||
        (event->type == YAML_MAPPING_START_EVENT && event->data.mapping_start.tag != NULL))
        return refuse(reader, "tags are not used here: write the value alone");
    if (event->type == YAML_SCALAR_EVENT && strlen(scalar(reader)) != event->data.scalar.length)
        return refuse(reader, "a name or value can't hold a NUL byte");
    return SARAI_OK;
}

static bool is_empty_scalar(const struct reader *reader) {
    return reader->event.type == YAML_SCALAR_EVENT && reader->event.data.scalar.length == 0 &&
           reader->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

/* The current event is a key of `section`: finds it, takes its value. */
static int read_key(struct reader *reader, const struct sr_config_section *section) {
    char where[160];
    struct sr_config_key key;
    struct sarai_error unknown;
    place(reader, where);
    if (reader->event.type != YAML_SCALAR_EVENT)
        return refuse(reader, "a key must be a name");
    char *name = sr_asprintf("%s.%s", section->name, scalar(reader));
    if (name == NULL)
        return sr_error(reader->error, SARAI_ENOMEM, where, "out of memory");
    int rc = sr_config_find(name, &key, &unknown);
    free(name);
    if (rc < 0)
        return sr_error(reader->error, SARAI_EINPUT, where, "%s", unknown.text);
    if (reader->seen[key.index]++)
        return sr_error(reader->error, SARAI_EINPUT, where, "'%s.%s' is given twice", section->name, key.opt->name);
    if ((rc = next(reader)) < 0)
        return rc;
    place(reader, where);
    if (reader->event.type != YAML_SCALAR_EVENT)
        return sr_error(reader->error, SARAI_EINPUT, where, "'%s.%s' must be one value, not a section", section->name,
                        key.opt->name);
    if (is_empty_scalar(reader))
        return sr_error(reader->error, SARAI_EINPUT, where, "'%s.%s' has no value; an empty text is written \"\"",
                        section->name, key.opt->name);
    return sr_config_apply(reader->config, &key, SR_CONFIG_FILE, scalar(reader), where, reader->error);
}

static const struct sr_config_section *find_section(struct reader *reader, struct sr_nearest *nearest) {
    nearest->wanted = scalar(reader);
    for (const struct sr_config_section *section = sr_config_sections; section->name != NULL; section++) {
        if (strcmp(section->name, scalar(reader)) == 0)
            return section;
        sr_nearest_offer(nearest, section->name);
    }
    return NULL;
}

/* The current event names a section: reads what is in it. */
static int read_section(struct reader *reader) {
    char where[160];
    place(reader, where);
    if (reader->event.type != YAML_SCALAR_EVENT)
        return refuse(reader, "a section must be a name");
    struct sr_nearest nearest = {0};
    const struct sr_config_section *section = find_section(reader, &nearest);
    if (section == NULL && nearest.name[0] != '\0')
        return sr_error(reader->error, SARAI_EINPUT, where, "unknown section '%s'; did you mean '%s'?", scalar(reader),
                        nearest.name);
    if (section == NULL)
        return sr_error(reader->error, SARAI_EINPUT, where, "unknown section '%s'; 'sarai config' lists them all",
                        scalar(reader));
    unsigned bit = 1u << (section - sr_config_sections);
    if (reader->seen_sections & bit)
        return sr_error(reader->error, SARAI_EINPUT, where, "section '%s' is given twice", section->name);
    reader->seen_sections |= bit;
    int rc = next(reader);
    if (rc < 0 || is_empty_scalar(reader)) /* a section whose keys are all commented out */
        return rc;
    if (reader->event.type != YAML_MAPPING_START_EVENT)
        return sr_error(reader->error, SARAI_EINPUT, where, "section '%s' must hold 'key: value' lines", section->name);
    while ((rc = next(reader)) == SARAI_OK && reader->event.type != YAML_MAPPING_END_EVENT) {
        if ((rc = read_key(reader, section)) < 0)
            return rc;
    }
    return rc;
}

static int read_document(struct reader *reader) {
    int rc = next(reader);
    if (rc < 0)
        return rc;
    if (reader->event.type != YAML_MAPPING_START_EVENT)
        return is_empty_scalar(reader) ? SARAI_OK : refuse(reader, "the file must begin with a section");
    while ((rc = next(reader)) == SARAI_OK && reader->event.type != YAML_MAPPING_END_EVENT) {
        if ((rc = read_section(reader)) < 0)
            return rc;
    }
    return rc;
}

static int read_stream(struct reader *reader) {
    int rc = SARAI_OK;
    for (unsigned documents = 0; (rc = next(reader)) == SARAI_OK && reader->event.type != YAML_STREAM_END_EVENT;) {
        if (reader->event.type != YAML_DOCUMENT_START_EVENT)
            continue;
        if (++documents > 1)
            return refuse(reader, "the file must hold one document");
        if ((rc = read_document(reader)) < 0)
            return rc;
    }
    return rc;
}

static void swap_contents(struct sarai_config *a, struct sarai_config *b) {
    struct sarai_config kept = *a;
    *a = *b;
    *b = kept;
}

int sarai_config_load(struct sarai_config *config, const char *path, struct sarai_error *error) {
    struct reader reader = {.path = path, .error = error};
    struct sr_config_key key;
    char *text = NULL;
    size_t len = 0, count = 0;
    int rc = sr_read_file(path, MAX_BYTES, &text, &len, error);
    if (rc < 0) {
        if (rc == SARAI_EIO && error != NULL)
            error->code = SARAI_EINPUT;
        return rc == SARAI_EIO ? SARAI_EINPUT : rc; /* the user named a file that is not there: that is the input */
    }
    while (sr_config_key_at(count, &key))
        count++;
    bool parsing = yaml_parser_initialize(&reader.parser);
    reader.seen = calloc(count, 1);
    if (!parsing || reader.seen == NULL) {
        rc = sr_error(error, SARAI_ENOMEM, path, "out of memory");
        goto out;
    }
    if ((rc = sr_config_copy(config, &reader.config, error)) < 0)
        goto out;
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)text, len);
    rc = read_stream(&reader);
    if (rc == SARAI_OK)
        swap_contents(config, reader.config);
out:
    yaml_event_delete(&reader.event);
    if (parsing)
        yaml_parser_delete(&reader.parser);
    sarai_config_free(reader.config);
    free(reader.seen);
    free(text);
    return rc;
}

/* ----------------------------------------------------------------------------------------------------- writing -- */

static void add_quoted(struct sr_str *out, const char *text) {
    sr_str_addc(out, '"');
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '"' || *p == '\\')
            sr_str_addc(out, '\\');
        sr_str_addc(out, *p);
    }
    sr_str_addc(out, '"');
}

static void add_key(struct sr_str *out, const struct sr_opt *opt, const char *env) {
    sr_str_addf(out, "\n  # %s\n  # %s\n  # ", opt->en, opt->es);
    if (opt->choices != NULL)
        sr_str_addf(out, "%s  ", opt->choices);
    if (opt->min < opt->max)
        sr_str_addf(out, "%.10g .. %.10g  ", opt->min, opt->max);
    sr_str_addf(out, "$%s\n  %s: ", env, opt->name);
    if (opt->type == SR_OPT_STRING)
        add_quoted(out, opt->fallback);
    else
        sr_str_adds(out, opt->fallback);
    sr_str_addc(out, '\n');
}

char *sarai_config_yaml(void) {
    struct sr_str out = {0};
    struct sarai_option option;
    struct sr_config_key key;
    const struct sr_config_section *section = NULL;
    sr_str_adds(&out, "# Every setting of sarai with its default. Generated by: sarai config\n"
                      "# Todos los ajustes de sarai con su valor por defecto. Generado por: sarai config\n"
                      "#\n"
                      "# A variable of the environment ($NAME) wins over this file, the command line over both.\n"
                      "# Una variable de entorno ($NAME) gana a este archivo; la línea de órdenes, a ambos.\n");
    for (size_t i = 0; sr_config_key_at(i, &key) && sarai_config_option(i, &option); i++) {
        if (key.section != section)
            sr_str_addf(&out, "\n# %s / %s\n%s:\n", key.section->en, key.section->es, key.section->name);
        section = key.section;
        add_key(&out, key.opt, option.env);
    }
    return sr_str_take(&out);
}
