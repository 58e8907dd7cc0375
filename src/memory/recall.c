/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Searching. Candidates are the passages nearest in meaning and those that share the most words; each is then weighed
 * by both. Meaning finds what is said in other words, and words keep meaning honest: in this space everything is rather
 * near to everything.
 *
 * The weights of `sureness` are those of a logistic regression on questions whose passage was in the memory and the
 * same questions without it, and its threshold lets one known question in twenty go (bench/memory.py prints how well
 * they do).
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "base/utf8.h"
#include "memory/store.h"
#include "text/split.h"

#define BY_MEANING 16
#define BY_WORDS (SR_MEMORY_MOST - BY_MEANING)
#define COVER_WEIGHT 0.2F /* of a sentence's words beside its meaning */
#define SECOND_WITHIN 0.05F
#define ANSWER_MOST 350 /* bytes of an answer of two sentences */

struct candidate {
    int64_t key;
    bool has_point;
    float whole, sentence;
    char *id, *names, *text;
    struct sr_str best, answer;
    double score;
};

struct search {
    struct sr_memory *memory;
    const char *question;
    char *folded; /* the question, as names are compared */
    bool has_point;
    struct sr_point point;
    struct candidate found[SR_MEMORY_MOST];
    size_t count;
};

static void candidate_deinit(struct candidate *c) {
    free(c->id);
    free(c->names);
    free(c->text);
    sr_str_deinit(&c->best);
    sr_str_deinit(&c->answer);
}

/* --------------------------------------------------------------------------------------------------- candidates -- */

/* The question as an FTS5 query: its content words' stems, any of them. Empty when it has none. */
static void make_query(const struct sr_words *words, const char *question, struct sr_str *query) {
    struct sr_str folded = {0};
    sr_utf8_fold(question, strlen(question), &folded);
    const char *p = folded.data ? folded.data : "", *word;
    size_t len;
    while ((len = sr_words_next(words, &p, &word)))
        sr_str_addf(query, "%s\"%.*s\"*", query->len ? " OR " : "", (int)len, word);
    sr_str_deinit(&folded);
}

static void find_by_meaning(struct search *search) {
    struct sr_near near[BY_MEANING];
    const size_t count = sr_points_nearest(search->memory->points, &search->point, near, BY_MEANING);
    for (size_t i = 0; i < count; i++)
        search->found[search->count++] = (struct candidate){
            .key = near[i].key, .has_point = true, .whole = near[i].whole, .sentence = near[i].sentence};
}

static bool is_found(const struct search *search, int64_t key) {
    for (size_t i = 0; i < search->count; i++)
        if (search->found[i].key == key)
            return true;
    return false;
}

static void find_by_words(struct search *search) {
    struct sr_str query = {0};
    make_query(search->memory->words, search->question, &query);
    if (query.len && !query.failed) {
        sqlite3_stmt *words = search->memory->statements[SR_STORE_WORDS];
        sqlite3_bind_text(words, 1, query.data, -1, SQLITE_STATIC);
        sqlite3_bind_int(words, 2, BY_WORDS);
        while (search->count < SR_MEMORY_MOST && sqlite3_step(words) == SQLITE_ROW) {
            const int64_t key = sqlite3_column_int64(words, 0);
            if (is_found(search, key))
                continue;
            struct candidate *c = &search->found[search->count++];
            *c = (struct candidate){.key = key};
            if (search->has_point)
                c->has_point = sr_points_near(search->memory->points, &search->point, key, &c->whole, &c->sentence);
        }
        sqlite3_reset(words);
    }
    sr_str_deinit(&query);
}

/* ----------------------------------------------------------------------------------------------------- weighing -- */

static bool read_text(struct sr_memory *memory, struct candidate *c) {
    sqlite3_stmt *passage = memory->statements[SR_STORE_PASSAGE];
    sqlite3_bind_int64(passage, 1, c->key);
    if (sqlite3_step(passage) == SQLITE_ROW) {
        c->id = sr_strdup((const char *)sqlite3_column_text(passage, 0));
        c->names = sr_strdup((const char *)sqlite3_column_text(passage, 1));
        c->text = sr_strdup((const char *)sqlite3_column_text(passage, 2));
    }
    sqlite3_reset(passage);
    return c->id && c->names && c->text;
}

static double sureness(double whole, double sentence, double cover, double sentence_cover, bool lacks_name) {
    return 1 / (1 + exp(40.45 + (lacks_name ? 1.5 : 0) - 4.6 * whole - 38.5 * sentence - 5.0 * cover -
                        3.3 * sentence_cover));
}

/* Without meaning a question is well covered when the passage holds its words, and best when they name its topic and
 * nothing that the passage does not know. */
static double coverage(double named, double covered, bool lacks_name) {
    return (lacks_name ? 0 : 0.5 * named) + 0.5 * covered;
}

/* Does the question name somebody or something, with a capital inside it, that the text does not? */
static bool lacks_name(const char *question, const char *text) {
    struct sr_str folded = {0}, name = {0};
    const char *p = question, *end = question + strlen(question);
    bool lacks = false, first = true;
    sr_str_addc(&folded, ' ');
    sr_utf8_fold(text, strlen(text), &folded);
    while (p < end && !lacks) {
        const char *word = p;
        const uint32_t letter = sr_utf8_next(&p, end);
        if (!sr_utf8_is_letter(letter))
            continue;
        const char *next = p;
        while (p < end && sr_utf8_is_letter(sr_utf8_next(&next, end)))
            p = next;
        if (sr_utf8_is_upper(letter) && !first) {
            sr_str_clear(&name);
            sr_str_addc(&name, ' ');
            sr_utf8_fold(word, (size_t)(p - word), &name);
            lacks = !folded.failed && !name.failed && !strstr(folded.data, name.data);
        }
        first = false;
    }
    sr_str_deinit(&folded);
    sr_str_deinit(&name);
    return lacks;
}

struct weighing {
    struct search *search;
    struct candidate *c;
    const struct sr_point *points;
    size_t count, place;
    struct sr_str first, second; /* the best sentences so far */
    float first_worth, second_worth;
    size_t first_place, second_place;
    double cover; /* most of any sentence */
};

static void copy(struct sr_str *to, const char *text) {
    sr_str_clear(to);
    sr_str_adds(to, text);
}

static void weigh_sentence(struct weighing *w, const char *sentence) {
    const struct search *search = w->search;
    const double cover = sr_words_cover(search->memory->words, search->question, sentence);
    const bool has_point = search->has_point && w->place < w->count;
    const float worth =
        (has_point ? sr_point_dot(&search->point, &w->points[w->place]) : 0) + COVER_WEIGHT * (float)cover;
    w->cover = fmax(w->cover, cover);
    if (w->place == 0 || worth > w->first_worth) {
        const struct sr_str spare = w->second;
        w->second = w->first;
        w->second_worth = w->first_worth;
        w->second_place = w->first_place;
        w->first = spare;
        copy(&w->first, sentence);
        w->first_worth = worth;
        w->first_place = w->place;
    } else if (!w->second.len || worth > w->second_worth) {
        copy(&w->second, sentence);
        w->second_worth = worth;
        w->second_place = w->place;
    }
    w->place++;
}

/* The best sentence, and the second one when it is nearly as good and both are soon said. */
static void choose_answer(struct weighing *w) {
    struct candidate *c = w->c;
    const bool both =
        w->second.len && w->second_worth > w->first_worth - SECOND_WITHIN && w->first.len + w->second.len < ANSWER_MOST;
    const bool swap = both && w->second_place < w->first_place;
    sr_str_adds(&c->best, w->first.data ? w->first.data : "");
    if (both)
        sr_str_addf(&c->answer, "%s %s", swap ? w->second.data : w->first.data, swap ? w->first.data : w->second.data);
    else
        sr_str_adds(&c->answer, c->best.data ? c->best.data : "");
}

/* Sentences as they were stored with their points, else cut now. */
static int weigh_sentences(struct weighing *w) {
    sqlite3_stmt *sentences = w->search->memory->statements[SR_STORE_SENTENCES];
    sqlite3_bind_int64(sentences, 1, w->c->key);
    while (sqlite3_step(sentences) == SQLITE_ROW)
        weigh_sentence(w, (const char *)sqlite3_column_text(sentences, 0));
    sqlite3_reset(sentences);
    if (w->place)
        return SARAI_OK;
    struct sr_split *split = NULL;
    int status = sr_split_new(NULL, NULL, &split, NULL);
    if (status >= 0 && (status = sr_split_feed(split, w->c->text, strlen(w->c->text))) >= 0) {
        const char *sentence;
        enum sr_split_end end;
        sr_split_flush(split);
        while ((status = sr_split_next(split, &sentence, &end)) > 0)
            weigh_sentence(w, sentence);
    }
    sr_split_free(split);
    return status;
}

/* Whoever wrote the passage may have named it by this very question. */
static bool has_name(const char *names, const char *folded) {
    const char *name;
    bool same = false;
    for (size_t len; !same && folded && (len = sr_table_variant(&names, &name));) {
        char *own = sr_utf8_folded(name, len);
        same = own && strcmp(own, folded) == 0;
        free(own);
    }
    return same;
}

static int weigh(struct search *search, struct candidate *c) {
    const struct sr_words *words = search->memory->words;
    struct weighing w = {.search = search, .c = c};
    struct sr_str all = {0};
    if (!read_text(search->memory, c))
        return SARAI_OK; /* it was forgotten meanwhile, or there is no memory for it */
    w.points = sr_points_sentences(search->memory->points, c->key, &w.count);
    int status = weigh_sentences(&w);
    choose_answer(&w);
    sr_str_addf(&all, "%s %s", c->names, c->text);
    if (all.failed || w.first.failed || w.second.failed || c->best.failed || c->answer.failed)
        status = SARAI_ENOMEM;
    if (status >= 0) {
        const double cover = sr_words_cover(words, search->question, all.data);
        const bool lacks = lacks_name(search->question, all.data);
        c->score = c->has_point ? sureness(c->whole, c->sentence, cover, w.cover, lacks)
                                : coverage(sr_words_cover(words, search->question, c->names), cover, lacks);
        if (has_name(c->names, search->folded))
            c->score = 1;
    }
    sr_str_deinit(&all);
    sr_str_deinit(&w.first);
    sr_str_deinit(&w.second);
    return status;
}

static int better_first(const void *a, const void *b) {
    const struct candidate *const x = a, *const y = b;
    return (x->score < y->score) - (x->score > y->score);
}

static int show(const struct search *search, int limit, int (*each)(void *user, const struct sr_passage *passage),
                void *user) {
    int shown = 0;
    for (size_t i = 0; i < search->count && shown < limit; i++) {
        const struct candidate *c = &search->found[i];
        if (!c->text)
            continue;
        const struct sr_passage passage = {.id = c->id,
                                           .names = c->names,
                                           .text = c->text,
                                           .score = c->score,
                                           .best = c->best.data,
                                           .answer = c->answer.data};
        shown++;
        if (each(user, &passage))
            break;
    }
    return shown;
}

int sr_memory_search(struct sr_memory *memory, const char *question, int limit,
                     int (*each)(void *user, const struct sr_passage *passage), void *user) {
    struct search search = {
        .memory = memory, .question = question, .folded = sr_utf8_folded(question, strlen(question))};
    float point[SR_POINT_SIZE];
    int status = SARAI_OK;
    if (memory->meaning.point && question[strspn(question, " \t\r\n")] &&
        memory->meaning.point(memory->meaning.user, "query", question, point) >= 0) {
        sr_point_pack(point, &search.point);
        search.has_point = true;
    }
    pthread_mutex_lock(&memory->lock);
    sr_store_refresh(memory);
    if (search.has_point)
        find_by_meaning(&search);
    find_by_words(&search);
    for (size_t i = 0; status >= 0 && i < search.count; i++)
        status = weigh(&search, &search.found[i]);
    pthread_mutex_unlock(&memory->lock);
    if (status >= 0) {
        qsort(search.found, search.count, sizeof *search.found, better_first);
        status = show(&search, limit, each, user);
    }
    for (size_t i = 0; i < search.count; i++)
        candidate_deinit(&search.found[i]);
    free(search.folded);
    return status;
}
