/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The language model's part of an answer, made speakable and safe. Marks that nobody can hear go; the text is cut into
 * sentences, and one that broke off is not said after others. With a context, a sentence passes
 * only if nearly all its content words, and every number in it, stand in the context or the question, and it says more
 * than the question did. A small model that makes something up is thereby not heard: the passage itself is spoken.
 */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "brain/brain.h"
#include "text/plain.h"
#include "text/split.h"

#define SUPPORT_MIN 0.9

struct phrasing {
    const struct sr_phrase_job *job;
    const struct sr_words *words;
    struct sr_llm_job *llm_job;
    struct sr_plain plain;
    struct sr_split *split;
    int64_t first_token_us;
    int given; /* sentences that passed */
};

/* Every run of digits of the folded sentence stands in the folded source. */
static bool numbers_supported(const char *sentence, const char *source) {
    struct sr_str a = {0}, b = {0};
    sr_utf8_fold(sentence, strlen(sentence), &a);
    sr_utf8_fold(source, strlen(source), &b);
    bool supported = a.data && b.data;
    for (const char *p = a.data; supported && (p = strpbrk(p, "0123456789")); p += strspn(p, "0123456789")) {
        char number[32];
        const size_t len = strspn(p, "0123456789");
        if (len >= sizeof number)
            supported = false;
        else {
            memcpy(number, p, len);
            number[len] = '\0';
            supported = strstr(b.data, number) != NULL;
        }
    }
    sr_str_deinit(&a);
    sr_str_deinit(&b);
    return supported;
}

static bool supported(const struct phrasing *p, const char *sentence) {
    const struct sr_phrase_job *job = p->job;
    if (!job->context)
        return true;
    struct sr_str source = {0};
    sr_str_addf(&source, "%s %s", job->context, job->question);
    const bool ok = source.data && sr_words_cover(p->words, sentence, source.data) >= SUPPORT_MIN &&
                    numbers_supported(sentence, source.data) && sr_words_cover(p->words, sentence, job->question) < 1;
    sr_str_deinit(&source);
    return ok;
}

static void give_sentences(struct phrasing *p) {
    const char *sentence;
    enum sr_split_end end;
    while (sr_split_next(p->split, &sentence, &end) > 0) {
        if (!supported(p, sentence))
            continue;
        p->given++;
        p->llm_job->abort.clock = NULL; /* the deadline was for the first sentence */
        p->job->sentence(p->job->user, sentence, p->first_token_us);
    }
}

static int feed(struct phrasing *p, const char *text, size_t len, bool end) {
    struct sr_str plain = {0};
    int status = sr_plain_feed(&p->plain, text, len, end, &plain);
    if (status == SARAI_OK && plain.len)
        status = sr_split_feed(p->split, plain.data, plain.len);
    sr_str_deinit(&plain);
    return status;
}

static int take_piece(void *user, const char *text, size_t len) {
    struct phrasing *p = user;
    if (p->first_token_us < 0)
        p->first_token_us = sr_clock_now_us(p->job->clock);
    if (feed(p, text, len, false) < 0)
        return 1;
    give_sentences(p);
    return p->job->context && p->given; /* one fact was asked for */
}

/* What is left when the model has ended; what broke off is said only if it is all there is. */
static void give_rest(struct phrasing *p, bool complete) {
    if (p->given && (p->job->context || !complete))
        return;
    if (feed(p, "", 0, true) < 0)
        return;
    sr_split_flush(p->split);
    give_sentences(p);
}

/* The model, or the way to it, failed in the middle of an answer: what was said stays, and it is owned up to. */
static void own_up(struct sr_brain *brain, const struct sr_phrase_job *job) {
    char *text = sr_templates_reply(brain->phrases, "cut_off");
    if (text)
        job->sentence(job->user, text, -1);
    free(text);
}

int sr_brain_phrase(struct sr_brain *brain, const struct sr_phrase_job *job, struct sarai_error *error) {
    struct phrasing p = {.job = job, .words = brain->words, .first_token_us = -1};
    int status = sr_split_new(NULL, NULL, &p.split, error);
    if (status < 0)
        return status;
    struct sr_llm_job llm_job = {.words = brain->llm_words,
                                 .context = job->context,
                                 .question = job->question,
                                 .history = job->history,
                                 .history_count = job->history_count,
                                 .session = job->session,
                                 .abort = job->abort,
                                 .piece = take_piece,
                                 .user = &p};
    p.llm_job = &llm_job;
    if (job->deadline_us && job->fallback) {
        llm_job.abort.clock = job->clock;
        llm_job.abort.deadline_us = job->deadline_us;
    }
    status = brain->llm_backend->generate(brain->llm, job->clock, &llm_job, error);
    if (status >= 0)
        give_rest(&p, status != SR_LLM_CUT);
    sr_split_free(p.split);
    sr_plain_deinit(&p.plain);
    if (sr_aborted(&job->abort))
        return SARAI_ESTALE;
    if (p.given && status < 0)
        own_up(brain, job);
    if (!p.given && job->fallback)
        job->sentence(job->user, job->fallback, -1);
    return p.given || job->fallback || status > 0 ? SARAI_OK : status;
}

void sr_brain_leave(struct sr_brain *brain, const void *session) {
    if (brain->llm && session && brain->llm_backend->leave)
        brain->llm_backend->leave(brain->llm, session);
}
