/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/followup.h"

#include <stdlib.h>
#include <string.h>

#include "brain/followup_tables.h"
#include "text/sound_es.h"

#define NAME_WORDS 6
#define SHORT_WORDS 4 /* a question so short is hardly whole */
#define LONG_WORDS 12
#define TEXT_MOST 512
#define SMALL 4 /* letters of a small word */
#define SCRAP 4 /* letters of a word that may be what was said in front of a name */

void sr_followup_deinit(struct sr_followup *followup) {
    for (int i = 0; i < followup->count; i++)
        free(followup->wholes[i].text);
    free(followup->bare);
    *followup = (struct sr_followup){.kind = SR_FOLLOWUP_NONE};
}

/* --------------------------------------------------------------------------------------------------------- skills --
 */

struct reading {
    const struct sr_followups *followups;
    const struct sr_said *said;
};

static int judge(void *user, const char *slot, size_t at, size_t count) {
    const struct reading *r = user;
    double number;
    if (slot[0] != 'n')
        return 0;
    return sr_number_words_read(r->followups->tongue->numbers, r->said->words + at, count, &number)
               ? SR_PATTERN_WORD * (int)count
               : -1;
}

/* Is `word` one of the '|'-separated ones? */
static bool is_one_of(const char *word, const char *words) {
    const size_t len = strlen(word);
    for (const char *p = words; (p = strstr(p, word)); p++)
        if ((p == words || p[-1] == '|') && (p[len] == '|' || !p[len]))
            return true;
    return false;
}

/* The form with {n} and {x} as they were said; the other slots stay for the skills to fill. */
static char *fill(const char *form, const struct sr_said *said, const struct sr_pattern_match *match) {
    struct sr_str out = {0};
    char text[TEXT_MOST];
    for (const char *p = form; *p; p++) {
        size_t slot = 0;
        while (*p == '{' && slot < match->count && match->slots[slot].name[0] != p[1])
            slot++;
        if (*p != '{' || slot == match->count) {
            sr_str_addc(&out, *p);
            continue;
        }
        if (sr_said_join(said->spelled, match->slots[slot].at, match->slots[slot].count, text, sizeof text))
            sr_str_adds(&out, text);
        p += 2;
    }
    sr_str_add(&out, "", 0);
    return sr_str_take(&out);
}

/* The best row after `after`. 1: `*whole` is its form, filled as far as it was said. */
static int match_row(const struct sr_followups *f, const struct sr_said *said, const char *after, char **whole) {
    struct reading r = {f, said};
    struct sr_pattern_match match, best = {.score = -1};
    const struct sr_followup_row *row = NULL;
    for (size_t i = 0; i < f->row_count; i++) {
        if (!is_one_of(after, f->rows[i].after))
            continue;
        const int fits = sr_pattern_match(f->rows[i].pattern, said->words, said->count, judge, &r, &match);
        if (fits < 0)
            return fits;
        if (fits && match.score > best.score) {
            best = match;
            row = &f->rows[i];
        }
    }
    if (!row)
        return 0;
    *whole = fill(row->whole, said, &best);
    return *whole ? 1 : SARAI_ENOMEM;
}

/* Takes `text` over. */
static int add_whole(struct sr_followup *out, char *text, const char *topic) {
    if (!text)
        return SARAI_ENOMEM;
    if (out->count == SR_FOLLOWUP_WHOLES) {
        free(text);
        return SARAI_OK;
    }
    out->wholes[out->count].text = text;
    out->wholes[out->count++].topic = topic;
    return SARAI_OK;
}

static int after_skill(const struct sr_followups *f, const struct sr_said *said, const struct sr_skills *skills,
                       const struct sr_context *context, struct sr_followup *out) {
    char *form = NULL;
    const int status = match_row(f, said, context->skill, &form);
    if (status <= 0)
        return status;
    const int added = add_whole(out, sr_skills_write(skills, &context->slots, form), NULL);
    out->kind = SR_FOLLOWUP_SKILL;
    free(form);
    return added;
}

/* --------------------------------------------------------------------------------------------------------- topics --
 */

static const struct sr_topic *topic_called(const struct sr_followups *f, const char *const *words, size_t at,
                                           size_t count) {
    char name[TEXT_MOST];
    if (!f->topic_count || !sr_said_join(words, at, count, name, sizeof name))
        return NULL;
    const struct sr_topic key = {.name = name};
    return bsearch(&key, f->topics, f->topic_count, sizeof key, sr_topic_by_name);
}

static const struct sr_topic *topic_of(const struct sr_followups *f, const char *id) {
    for (size_t i = 0; id && i < f->topic_count; i++)
        if (f->topics[i].first && strcmp(f->topics[i].id, id) == 0)
            return &f->topics[i];
    return NULL;
}

/* The longest name among the words from `from` on. */
static const struct sr_topic *named(const struct sr_followups *f, const struct sr_said *said, size_t from, size_t *at,
                                    size_t *count) {
    for (size_t span = NAME_WORDS; span > 0; span--)
        for (size_t i = from; i + span <= said->count; i++) {
            const struct sr_topic *topic = topic_called(f, said->words, i, span);
            if (topic) {
                *at = i;
                *count = span;
                return topic;
            }
        }
    return NULL;
}

/* The words [from, to) carry no topic. */
static bool all_small(const struct sr_followups *f, const struct sr_said *said, size_t from, size_t to) {
    for (size_t i = from; i < to; i++)
        if (!is_one_of(said->words[i], f->small))
            return false;
    return true;
}

/* "Su", "le", "eso": something was named before. */
static bool refers_back(const struct sr_followups *f, const struct sr_said *said) {
    for (size_t i = 0; i < said->count; i++)
        if (is_one_of(said->words[i], f->back))
            return true;
    return false;
}

/* The last question with `name` in the place of what names its topic, or behind it. */
static char *with_name(const struct sr_followups *f, const struct sr_context *context, const char *name) {
    struct sr_said question;
    struct sr_str out = {0};
    size_t at = 0, count = 0;
    if (sr_said_init(&question, f->tongue->normalizer, context->question) < 0)
        return NULL;
    /* of several names the one of the last topic, else the last one said */
    const struct sr_topic *found = NULL;
    for (size_t from = 0, i, n; from < question.count; from = i + 1) {
        const struct sr_topic *topic = named(f, &question, from, &i, &n);
        if (!topic)
            break;
        const bool own = context->topic && strcmp(topic->id, context->topic) == 0;
        if (!found || own || strcmp(found->id, context->topic ? context->topic : "") != 0) {
            found = topic;
            at = i;
            count = n;
        }
        if (own)
            break;
    }
    if (!found)
        at = question.count;
    for (size_t i = 0; i < question.count; i++) {
        if (i == at)
            sr_str_addf(&out, "%s%s", i ? " " : "", name);
        if (i < at || i >= at + count)
            sr_str_addf(&out, "%s%s", i ? " " : "", question.spelled[i]);
    }
    if (at >= question.count)
        sr_str_addf(&out, " %s", name);
    sr_said_deinit(&question);
    sr_str_add(&out, "", 0);
    return sr_str_take(&out);
}

/* Words [from, count) as they stand, with the last topic's name behind them. All of them keep their capitals: names
 * that the topic's passage lacks are how a whole question is told from a half. */
static char *with_topic(const struct sr_said *said, size_t from, const char *name) {
    char text[TEXT_MOST];
    const size_t len = strcspn(said->text, "?!");
    if (from == 0)
        return sr_asprintf("%.*s %s", (int)(len < TEXT_MOST ? len : TEXT_MOST), said->text, name);
    return sr_said_join(said->spelled, from, said->count - from, text, sizeof text) ? sr_asprintf("%s %s", text, name)
                                                                                    : sr_strdup(name);
}

/* The last question with as many words as `form` has in the place of those that begin like it; NULL: there are none. */
static char *with_swap(const struct sr_followups *f, const struct sr_context *context, const char *form) {
    struct sr_said question, swap;
    struct sr_str out = {0};
    char *whole = NULL;
    if (sr_said_init(&question, f->tongue->normalizer, context->question) < 0)
        return NULL;
    if (sr_said_init(&swap, f->tongue->normalizer, form) >= 0) {
        size_t at = 0;
        while (at < question.count && (!swap.count || strcmp(question.words[at], swap.words[0]) != 0))
            at++;
        for (size_t i = 0; at < question.count && i < question.count; i++) {
            const bool swapped = i >= at && i < at + swap.count;
            sr_str_addf(&out, "%s%s", i ? " " : "", swapped ? swap.spelled[i - at] : question.spelled[i]);
        }
        whole = out.len && !out.failed ? sr_str_take(&out) : NULL;
        sr_str_deinit(&out);
        sr_said_deinit(&swap);
    }
    sr_said_deinit(&question);
    return whole;
}

/* Goes back to the topic before, or swaps words. 1: it does. */
static int by_rows(const struct sr_followups *f, const struct sr_said *said, const struct sr_context *context,
                   struct sr_followup *out) {
    const struct sr_topic *other = topic_of(f, context->other_topic);
    char *form = NULL;
    int status = other ? match_row(f, said, "other", &form) : 0;
    if (status > 0) {
        out->kind = SR_FOLLOWUP_NAME;
        status = add_whole(out, with_name(f, context, other->spoken), other->id);
    } else if (status == 0 && (status = match_row(f, said, "swap", &form)) > 0) {
        char *whole = with_swap(f, context, form);
        out->kind = whole ? SR_FOLLOWUP_NAME : SR_FOLLOWUP_NONE;
        status = whole ? add_whole(out, whole, NULL) : 0;
    }
    free(form);
    return status < 0 ? status : out->kind == SR_FOLLOWUP_NAME;
}

/* The topics that the last answer names beside its own. */
static int add_mentioned(const struct sr_followups *f, const struct sr_said *said, size_t from,
                         const struct sr_context *context, struct sr_followup *out) {
    struct sr_said reply;
    int status = SARAI_OK, added = 0;
    if (!context->reply || sr_said_init(&reply, NULL, context->reply) < 0)
        return SARAI_OK;
    for (size_t start = 0; start < reply.count && status >= 0 && added < 2; start++) {
        for (size_t span = NAME_WORDS; span > 0; span--) {
            const struct sr_topic *topic =
                start + span <= reply.count ? topic_called(f, reply.words, start, span) : NULL;
            if (!topic || (context->topic && strcmp(topic->id, context->topic) == 0))
                continue;
            status = add_whole(out, with_topic(said, from, topic->spoken), topic->id);
            added++;
            start += span - 1;
            break;
        }
    }
    sr_said_deinit(&reply);
    return status;
}

static int after_topic(const struct sr_followups *f, const struct sr_said *said, size_t from,
                       const struct sr_context *context, struct sr_followup *out) {
    const struct sr_topic *last = topic_of(f, context->topic), *other = topic_of(f, context->other_topic);
    size_t at = 0, count = 0;
    int status = by_rows(f, said, context, out);
    if (status)
        return status < 0 ? status : SARAI_OK;
    const struct sr_topic *topic = named(f, said, from, &at, &count);
    if (topic && all_small(f, said, from, at) && all_small(f, said, at + count, said->count)) {
        out->kind = SR_FOLLOWUP_NAME;
        return add_whole(out, with_name(f, context, topic->spoken), topic->id);
    }
    if (!last || said->count > LONG_WORDS)
        return SARAI_OK;
    if (from == 0 && (topic || said->count > SHORT_WORDS) && !refers_back(f, said))
        return SARAI_OK; /* it has a subject of its own */
    out->kind = topic                               ? SR_FOLLOWUP_LAST
                : from > 0                          ? SR_FOLLOWUP_ASIDE
                : said->count - from <= SHORT_WORDS ? SR_FOLLOWUP_SHORT
                                                    : SR_FOLLOWUP_LAST;
    status = add_whole(out, with_topic(said, from, last->spoken), last->id);
    if (status >= 0 && out->kind != SR_FOLLOWUP_LAST)
        status = add_mentioned(f, said, from, context, out);
    if (status >= 0 && other && out->kind != SR_FOLLOWUP_LAST)
        status = add_whole(out, with_topic(said, from, other->spoken), other->id);
    return status;
}

/* How many words only lead to the others ("y", "hola"). */
static size_t leads(const struct sr_followups *f, const struct sr_said *said) {
    size_t count = 0;
    while (count + 1 < said->count && is_one_of(said->words[count], f->lead))
        count++;
    return count;
}

/* The name that sounds most like `count` words written as one. */
static const struct sr_topic *sounds_like(const struct sr_followups *f, const char *const *words, size_t count) {
    const struct sr_topic *found = NULL;
    unsigned least = SR_SOUND_FAR;
    struct sr_str heard = {0};
    for (size_t i = 0; i < count; i++)
        sr_sound_es(words[i], true, &heard);
    for (size_t i = 0; heard.len && i < f->topic_count; i++) {
        const unsigned away = f->topics[i].sound ? sr_sound_es_apart(f->topics[i].sound, heard.data) : SR_SOUND_FAR;
        if (away < least) {
            least = away;
            found = &f->topics[i];
        }
    }
    sr_str_deinit(&heard);
    return found;
}

/* The name that hangs on "y" and a small word ("ilafabada"). */
static const struct sr_topic *behind_small(const struct sr_followups *f, const char *word) {
    const struct sr_topic *found = NULL;
    char small[SMALL + 1] = "";
    const bool glued = word[0] == 'i' || word[0] == 'y';
    for (size_t len = 1; glued && !found && len <= SMALL && word[len]; len++) {
        const char *rest = word + 1 + len;
        small[len - 1] = word[len];
        if (*rest && is_one_of(small, f->small))
            found = sounds_like(f, &rest, 1);
    }
    return found;
}

/* The name that word `at` sounds like, or with the next one ("inepto uno"). */
static const struct sr_topic *misheard(const struct sr_followups *f, const struct sr_said *said, size_t at,
                                       size_t *count) {
    *count = 1;
    if (topic_called(f, said->words, at, 1))
        return NULL;
    const struct sr_topic *topic = sounds_like(f, said->words + at, 1);
    if (!topic)
        topic = behind_small(f, said->words[at]);
    if (topic || at + 1 == said->count || topic_called(f, said->words, at + 1, 1))
        return topic;
    topic = sounds_like(f, said->words + at, 2);
    *count = topic ? 2 : 1;
    return topic;
}

char *sr_followups_misheard(const struct sr_followups *f, const struct sr_said *said) {
    struct sr_str out = {0};
    bool any = false;
    for (size_t i = 0, count; i < said->count; i += count) {
        const struct sr_topic *topic = misheard(f, said, i, &count);
        sr_str_addf(&out, "%s%s", i ? " " : "", topic ? topic->spoken : said->spelled[i]);
        any |= topic != NULL;
    }
    char *text = any && !out.failed ? sr_str_take(&out) : NULL;
    sr_str_deinit(&out);
    return text;
}

/* A name and in front of it what may have been "¿y en". */
static const struct sr_topic *named_behind_a_scrap(const struct sr_followups *f, const struct sr_said *said) {
    return said->count == 2 && strlen(said->words[0]) <= SCRAP ? topic_called(f, said->words, 1, 1) : NULL;
}

/* What names nothing may name what it sounds like. */
static int after_misheard(const struct sr_followups *f, const struct sr_said *said, const struct sr_context *context,
                          struct sr_followup *out) {
    struct sr_followup other = {.kind = SR_FOLLOWUP_NONE};
    struct sr_said again;
    char *text = sr_followups_misheard(f, said);
    if (!text)
        return SARAI_OK;
    int status = sr_said_init(&again, f->tongue->normalizer, text);
    if (status >= 0) {
        const struct sr_topic *topic = named_behind_a_scrap(f, &again);
        status = after_topic(f, &again, leads(f, &again), context, &other);
        if (status >= 0 && topic && other.kind == SR_FOLLOWUP_NONE) {
            other.kind = SR_FOLLOWUP_NAME;
            status = add_whole(&other, with_name(f, context, topic->spoken), topic->id);
        }
        other.bare = out->bare;
        out->bare = NULL;
        sr_followup_deinit(out);
        *out = other;
        sr_said_deinit(&again);
    }
    free(text);
    return status;
}

int sr_followup_find(const struct sr_followups *f, const struct sr_said *said, const struct sr_skills *skills,
                     const struct sr_context *context, struct sr_followup *out) {
    const size_t from = leads(f, said);
    char text[TEXT_MOST];
    *out = (struct sr_followup){.kind = SR_FOLLOWUP_NONE};
    if (from > 0 && sr_said_join(said->spelled, from, said->count - from, text, sizeof text) &&
        !(out->bare = sr_strdup(text)))
        return SARAI_ENOMEM;
    int status = SARAI_OK;
    if (said->count && context->subject == SR_SUBJECT_SKILL && skills && context->skill)
        status = after_skill(f, said, skills, context, out);
    else if (said->count && context->topic && context->question)
        status = after_topic(f, said, from, context, out);
    if (status >= 0 && (out->kind == SR_FOLLOWUP_ASIDE || out->kind == SR_FOLLOWUP_SHORT))
        status = after_misheard(f, said, context, out);
    if (status < 0)
        sr_followup_deinit(out);
    return status;
}

/* The id of the first passage that is named and is (`own`) or is not `id`; NULL: there is none. */
static const char *first_named(const struct sr_followups *f, const struct sr_said *said, const char *id, bool own) {
    for (size_t from = 0; from < said->count; from++)
        for (size_t span = NAME_WORDS; span > 0; span--) {
            const struct sr_topic *topic = from + span <= said->count ? topic_called(f, said->words, from, span) : NULL;
            if (topic && (strcmp(topic->id, id) == 0) == own)
                return topic->id;
        }
    return NULL;
}

bool sr_followups_names(const struct sr_followups *f, const struct sr_said *said, const char *id) {
    const struct sr_topic *whole = topic_called(f, said->words, 0, said->count); /* a name may be a question */
    return (whole && strcmp(whole->id, id) == 0) || first_named(f, said, id, true) != NULL;
}

const char *sr_followups_named(const struct sr_followups *f, const struct sr_said *said, const char *id) {
    return !topic_of(f, id) || sr_followups_names(f, said, id) ? NULL : first_named(f, said, id, false);
}
