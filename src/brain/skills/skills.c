/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The question is normalized, folded and cut into words; every phrase of the table is tried on them, word by word, its
 * slots on as many words as make sense. The first phrase that fits from end to end decides. When none does, it is tried
 * without the courtesy at either end ("oye", "por favor"); then with what a recognizer may have written: a sign between
 * figures is a word ("412 - 207"), and a long word may have been misheard by a sound or cut in two ("delitre a").
 */
#include "brain/skills/skills.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "base/utf8.h"
#include "text/number_words.h"
#include "text/said.h"
#include "text/sound_es.h"
#include "text/style.h"

#define SLOT_WORDS_MAX 16
#define SURE_SOUNDS 8 /* of a word that hardly another one resembles */
#define LARGEST 1e12

struct row {
    char *id, *phrases, *replies; /* phrases folded, slots kept, '|' between them */
    const struct sr_skill *skill; /* NULL: another row's reply, or a list */
};

struct sr_skills {
    struct row *rows;
    size_t row_count, row_room;
    struct sr_unit *units;
    size_t unit_count, unit_room;
    struct sr_number_words *numbers;
    char *months; /* folded, '|' between them */
    char decimal; /* as the normalizer reads it */
    bool spanish;
    struct sr_normalizer *normalizer;
};

struct question {
    const struct sr_skills *skills;
    const struct sr_said *said;
    struct sr_slots *slots;
    bool misheard; /* long words need but sound like those of the phrase */
};

/* ---------------------------------------------------------------------------------------------------------- tables --
 */

/* The phrases of a cell with everything folded but the slots. */
static char *fold_phrases(const char *cell) {
    struct sr_str out = {0};
    const char *p = cell, *phrase;
    size_t len;
    while ((len = sr_table_variant(&p, &phrase))) {
        if (out.len)
            sr_str_addc(&out, '|');
        for (const char *word = phrase, *end = phrase + len; word < end;) {
            const size_t size = strcspn(word, " |");
            if (word != phrase)
                sr_str_addc(&out, ' ');
            if (*word == '{')
                sr_str_add(&out, word, size);
            else
                sr_utf8_fold(word, size, &out);
            word += size;
            while (word < end && *word == ' ')
                word++;
        }
    }
    return sr_str_take(&out);
}

static const struct sr_skill *skill_of(const char *id) {
    static const struct sr_skill *const registry[] = {sr_skills_arithmetic, sr_skills_convert, sr_skills_calendar,
                                                      sr_skills_spell, sr_skills_chance};
    for (size_t i = 0; i < sizeof registry / sizeof registry[0]; i++)
        for (const struct sr_skill *skill = registry[i]; skill->id; skill++)
            if (strcmp(skill->id, id) == 0)
                return skill;
    return NULL;
}

/* Room for one more; the new one is zeroed. */
static void *grow(void **array, size_t *count, size_t *room, size_t size) {
    if (*count == *room) {
        const size_t more = *room ? *room * 2 : 64;
        void *bigger = realloc(*array, more * size);
        if (!bigger)
            return NULL;
        *array = bigger;
        *room = more;
    }
    void *item = (char *)*array + *count * size;
    memset(item, 0, size);
    ++*count;
    return item;
}

static int add_row(void *user, int line, char **cells) {
    struct sr_skills *skills = user;
    (void)line;
    struct row *row = grow((void **)&skills->rows, &skills->row_count, &skills->row_room, sizeof *row);
    if (!row)
        return SARAI_ENOMEM;
    row->id = sr_strdup(cells[0]);
    row->phrases = fold_phrases(strcmp(cells[1], "-") == 0 ? "" : cells[1]);
    row->replies = sr_strdup(cells[2]);
    row->skill = skill_of(cells[0]);
    return row->id && row->phrases && row->replies ? SARAI_OK : SARAI_ENOMEM;
}

static int add_unit(void *user, int line, char **cells) {
    struct sr_skills *skills = user;
    (void)line;
    struct sr_unit *unit = grow((void **)&skills->units, &skills->unit_count, &skills->unit_room, sizeof *unit);
    if (!unit)
        return SARAI_ENOMEM;
    char *end = cells[1];
    unit->value = strtod(cells[1], &end);
    unit->kind = sr_strdup(cells[0]);
    unit->names = sr_strdup(cells[2]);
    unit->folded = fold_phrases(cells[2]);
    if (!unit->kind || !unit->names || !unit->folded)
        return SARAI_ENOMEM;
    return *end == '\0' && unit->value > 0 ? SARAI_OK : SARAI_EINPUT;
}

static const struct row *find_row(const struct sr_skills *skills, const char *id) {
    for (size_t i = 0; i < skills->row_count; i++)
        if (strcmp(skills->rows[i].id, id) == 0)
            return &skills->rows[i];
    return NULL;
}

int sr_skills_open(const char *data, const char *language, struct sr_skills **out, struct sarai_error *error) {
    struct sr_skills *skills = calloc(1, sizeof *skills);
    char *folder = sr_asprintf("%s/%s", data, language), *table = sr_asprintf("%s/%s/skills.tsv", data, language),
         *units = sr_asprintf("%s/%s/units.tsv", data, language);
    int status = skills && folder && table && units ? SARAI_OK : SARAI_ENOMEM;
    if (status < 0)
        sr_error(error, status, "skills", "out of memory");
    if (status >= 0) {
        skills->spanish = strncmp(language, "es", 2) == 0;
        skills->decimal = skills->spanish ? ',' : '.';
        status = sr_table_read(table, 3, add_row, skills, error);
    }
    if (status >= 0)
        status = sr_table_read(units, 3, add_unit, skills, error);
    const struct row *months = status >= 0 ? find_row(skills, "months") : NULL;
    if (status >= 0 && !(skills->months = fold_phrases(months ? months->replies : "")))
        status = sr_error(error, SARAI_ENOMEM, "skills", "out of memory");
    if (status >= 0)
        status = sr_number_words_load(folder, &skills->numbers, error);
    if (status >= 0)
        status = sr_normalizer_new(data, language, &skills->normalizer, error);
    free(folder);
    free(table);
    free(units);
    if (status < 0) {
        sr_skills_close(skills);
        return status;
    }
    *out = skills;
    return SARAI_OK;
}

void sr_skills_close(struct sr_skills *skills) {
    if (!skills)
        return;
    for (size_t i = 0; i < skills->row_count; i++) {
        free(skills->rows[i].id);
        free(skills->rows[i].phrases);
        free(skills->rows[i].replies);
    }
    for (size_t i = 0; i < skills->unit_count; i++) {
        free(skills->units[i].kind);
        free(skills->units[i].names);
        free(skills->units[i].folded);
    }
    sr_number_words_free(skills->numbers);
    free(skills->rows);
    free(skills->units);
    free(skills->months);
    sr_normalizer_free(skills->normalizer);
    free(skills);
}

static size_t nth_variant(const char *cell, int index, const char **variant) {
    size_t len;
    while ((len = sr_table_variant(&cell, variant)) && index-- > 0) {
    }
    return len;
}

size_t sr_skills_variant(const struct sr_skills *skills, const char *id, int index, const char **variant) {
    const struct row *row = find_row(skills, id);
    return row ? nth_variant(row->replies, index, variant) : 0;
}

int sr_skills_each(const struct sr_skills *skills, int (*each)(void *user, const char *reply, int style), void *user) {
    int status = SARAI_OK;
    for (size_t i = 0; i < skills->row_count && status >= 0; i++) {
        const char *p = skills->rows[i].replies, *variant;
        for (size_t len; status >= 0 && (len = sr_table_variant(&p, &variant));) {
            char *reply = sr_strndup(variant, len);
            status = reply ? each(user, reply, SR_STYLE_AUTO) : SARAI_ENOMEM;
            free(reply);
        }
    }
    return status < 0 ? status : SARAI_OK;
}

size_t sr_skills_phrase(const struct sr_skills *skills, const char *id, const char **phrase) {
    const struct row *row = find_row(skills, id);
    const char *p = row ? row->phrases : "";
    size_t len;
    while ((len = sr_table_variant(&p, phrase)) && memchr(*phrase, '{', len)) {
    }
    return len;
}

/* ----------------------------------------------------------------------------------------------------------- match --
 */

/* Which variant of a folded cell is `text`; -1: none. */
static int variant_that_is(const char *cell, const char *text) {
    const size_t wanted = strlen(text);
    const char *variant;
    size_t len;
    for (int i = 0; (len = sr_table_variant(&cell, &variant)); i++)
        if (len == wanted && memcmp(variant, text, len) == 0)
            return i;
    return -1;
}

static const struct sr_unit *unit_named(const struct sr_skills *skills, const char *name) {
    for (size_t i = 0; i < skills->unit_count; i++)
        if (variant_that_is(skills->units[i].folded, name) >= 0)
            return &skills->units[i];
    return NULL;
}

/* Lets the slot take the words [at, at + count), if they are what it holds. */
static bool take(struct question *q, char slot, size_t at, size_t count) {
    char text[SR_SKILL_WORD_MAX];
    if (slot == 'a' || slot == 'b')
        return sr_number_words_read(q->skills->numbers, q->said->words + at, count,
                                    slot == 'a' ? &q->slots->a : &q->slots->b);
    if (slot == 'w')
        return count == 1 && sr_said_join(q->said->spelled, at, count, q->slots->word, sizeof q->slots->word);
    if (!sr_said_join(q->said->words, at, count, text, sizeof text))
        return false;
    if (slot == 'm') {
        q->slots->month = variant_that_is(q->skills->months, text) + 1;
        return q->slots->month > 0;
    }
    const struct sr_unit *unit = unit_named(q->skills, text);
    *(slot == 'u' ? &q->slots->from : &q->slots->to) = unit;
    return unit != NULL;
}

/* Do `count` words, written as one, sound like the long word of a phrase? */
static bool sounds_like(const char *word, size_t len, const char *const *heard, size_t count) {
    struct sr_str name = {0}, sound = {0}, folded = {0};
    sr_str_add(&folded, word, len);
    if (folded.data)
        sr_sound_es(folded.data, true, &name);
    for (size_t i = 0; i < count; i++)
        sr_sound_es(heard[i], true, &sound);
    const bool alike = !name.failed && !sound.failed && name.len >= SURE_SOUNDS && sound.len &&
                       sr_sound_es_apart(name.data, sound.data) < SR_SOUND_FAR;
    sr_str_deinit(&folded);
    sr_str_deinit(&name);
    sr_str_deinit(&sound);
    return alike;
}

static bool is_said(const struct question *q, const char *word, size_t len, size_t at) {
    return strlen(q->said->words[at]) == len && memcmp(q->said->words[at], word, len) == 0;
}

/* May `count` words from `at` on have been this long one? */
static bool was_said(const struct question *q, const char *word, size_t len, size_t at, size_t count) {
    return q->misheard && len >= SURE_SOUNDS && at + count <= q->said->count &&
           sounds_like(word, len, q->said->words + at, count);
}

/* Does [phrase, end) fit the words from `at` to the end? */
static bool fits(struct question *q, const char *phrase, const char *end, size_t at) {
    while (phrase < end && *phrase == ' ')
        phrase++;
    if (phrase == end)
        return at == q->said->count;
    if (at == q->said->count)
        return false;
    const size_t len = strcspn(phrase, " |");
    if (*phrase != '{') {
        const char *rest = phrase + len;
        return (is_said(q, phrase, len, at) && fits(q, rest, end, at + 1)) ||
               (was_said(q, phrase, len, at, 1) && fits(q, rest, end, at + 1)) ||
               (was_said(q, phrase, len, at, 2) && fits(q, rest, end, at + 2));
    }
    for (size_t count = 1; count <= SLOT_WORDS_MAX && at + count <= q->said->count; count++)
        if (take(q, phrase[1], at, count) && fits(q, phrase + len, end, at + count))
            return true;
    return false;
}

/* ----------------------------------------------------------------------------------------------------------- reply --
 */

/* At most two digits behind the comma, unless nothing but zeros would be left. */
static void put_number(const struct sr_skills *skills, double value, struct sr_str *out) {
    char text[64];
    snprintf(text, sizeof text, fabs(value) > 0 && fabs(value) < 0.01 ? "%.6f" : "%.2f", value);
    size_t len = strlen(text);
    while (len && text[len - 1] == '0')
        len--;
    len -= len && text[len - 1] == '.';
    text[len] = '\0';
    char *point = strchr(text, '.');
    if (point)
        *point = skills->decimal;
    sr_str_adds(out, strcmp(text, "-0") == 0 ? "0" : text);
}

static void put_unit(const struct sr_unit *unit, double value, struct sr_str *out) {
    const char *name;
    if (!unit)
        return;
    size_t len = nth_variant(unit->names, value == 1 ? 0 : 1, &name);
    if (!len)
        len = nth_variant(unit->names, 0, &name);
    sr_str_add(out, name, len);
}

static void put_slot(const struct sr_skills *skills, const struct sr_slots *s, char slot, struct sr_str *out) {
    const char *month;
    if (slot == 'a' || slot == 'b')
        put_number(skills, slot == 'a' ? s->a : s->b, out);
    else if (slot == 'r' && !s->text[0])
        put_number(skills, s->result, out);
    else if (slot == 'r' || slot == 'w')
        sr_str_adds(out, slot == 'r' ? s->text : s->word);
    else if (slot == 'u' || slot == 'v')
        put_unit(slot == 'u' ? s->from : s->to, slot == 'u' ? s->a : s->result, out);
    else if (slot == 'm')
        sr_str_add(out, month, sr_skills_variant(skills, "months", s->month - 1, &month));
}

char *sr_skills_spoken(const struct sr_skills *skills, const char *text) {
    struct sr_str spoken = {0};
    const bool whole = sr_normalize(skills->normalizer, text, strlen(text), &spoken) >= 0;
    char *out = whole ? sr_str_take(&spoken) : NULL;
    sr_str_deinit(&spoken);
    return out;
}

static char *write_reply(const struct sr_skills *skills, const char *form, const struct sr_slots *slots) {
    struct sr_str written = {0};
    for (const char *p = form; *p && *p != '|';) {
        const bool slot = *p == '{' && p[1] && p[2] == '}';
        if (slot)
            put_slot(skills, slots, p[1], &written);
        else
            sr_str_addc(&written, *p);
        p += slot ? 3 : 1;
    }
    char *reply = written.failed || !written.data ? NULL : sr_skills_spoken(skills, written.data);
    sr_str_deinit(&written);
    if (reply && *reply >= 'a' && *reply <= 'z')
        *reply = (char)(*reply - 'a' + 'A');
    return reply;
}

static const struct row *matching_row(struct question *q) {
    for (size_t i = 0; i < q->skills->row_count; i++) {
        const struct row *row = &q->skills->rows[i];
        const char *p = row->phrases, *phrase;
        size_t len;
        while (row->skill && (len = sr_table_variant(&p, &phrase)))
            if (fits(q, phrase, phrase + len, 0))
                return row;
    }
    return NULL;
}

/* What the row computes, and what is said of it. */
static const char *run(const struct sr_skills *skills, const struct row *asked, struct sr_slots *slots, char **reply) {
    const char *other = asked->skill->run(skills, slots);
    if (!other && fabs(slots->result) >= LARGEST)
        other = "too_large";
    const struct row *said = other ? find_row(skills, other) : asked;
    return said && (*reply = write_reply(skills, said->replies, slots)) ? asked->id : NULL;
}

/* What `text` asks for, with or without the courtesy around it; NULL: nothing, or no memory. */
static const struct row *asked_row(struct question *q, struct sr_said *said, const char *text) {
    const struct row *polite = find_row(q->skills, "polite"), *asked = NULL;
    if (sr_said_init(said, q->skills->normalizer, text) < 0)
        return NULL;
    const size_t count = said->count;
    asked = count ? matching_row(q) : NULL;
    if (!asked && count) {
        sr_said_strip(said, polite ? polite->phrases : "");
        asked = said->count < count ? matching_row(q) : NULL;
    }
    q->misheard = !asked && q->skills->spanish;
    if (q->misheard && said->count)
        asked = matching_row(q);
    q->misheard = false;
    return asked;
}

const char *sr_skills_answer(const struct sr_skills *skills, const char *text, const struct tm *now,
                             struct sr_slots *slots, char **reply) {
    struct sr_slots unasked;
    struct sr_said said;
    if (!slots)
        slots = &unasked;
    *slots = (struct sr_slots){.now = *now};
    struct question q = {.skills = skills, .said = &said, .slots = slots};
    const struct row *asked = asked_row(&q, &said, text);
    char *written = asked ? NULL : sr_skills_words_for_signs(skills, text);
    if (written) {
        sr_said_deinit(&said);
        asked = asked_row(&q, &said, written);
    }
    const char *id = asked ? run(skills, asked, slots, reply) : NULL;
    sr_said_deinit(&said);
    free(written);
    return id;
}

char *sr_skills_write(const struct sr_skills *skills, const struct sr_slots *slots, const char *form) {
    return write_reply(skills, form, slots);
}
