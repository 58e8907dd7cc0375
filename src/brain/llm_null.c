/* SPDX-License-Identifier: Apache-2.0 */
/* A language model without a model: scripted answers, a set time for each word, failures on purpose. */
#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "brain/llm.h"

#define SLICE_US 10000

struct sr_llm {
    const struct sr_llm_opts *opts;
    atomic_int answers;
};

static int open(const struct sr_llm_opts *opts, const struct sr_model_opts *models, struct sr_sched *sched,
                struct sr_llm **out, struct sarai_error *error) {
    (void)models;
    (void)sched;
    struct sr_llm *llm = calloc(1, sizeof *llm);
    if (!llm)
        return sr_error(error, SARAI_ENOMEM, "llm", "out of memory");
    llm->opts = opts;
    *out = llm;
    return SARAI_OK;
}

static void close(struct sr_llm *llm) {
    free(llm);
}

static bool can_chat(const struct sr_llm *llm) {
    (void)llm;
    return true;
}

/* The variant of the script whose turn it is; the question itself when there is no script. */
static char *next_answer(struct sr_llm *llm, int number, const char *question) {
    const char *p = llm->opts->script, *variant;
    size_t len;
    int variants = 0;
    while (sr_table_variant(&p, &variant))
        variants++;
    if (!variants)
        return sr_strdup(question);
    p = llm->opts->script;
    len = sr_table_variant(&p, &variant);
    for (int i = 0; i < number % variants; i++)
        len = sr_table_variant(&p, &variant);
    return sr_strndup(variant, len);
}

static int think(struct sr_llm *llm, struct sr_clock *clock, const struct sr_abort *abort) {
    const int64_t until = sr_clock_now_us(clock) + (int64_t)llm->opts->delay_ms * 1000;
    for (int64_t now; (now = sr_clock_now_us(clock)) < until;) {
        if (sr_aborted(abort))
            return SARAI_ESTALE;
        sr_clock_sleep_until(clock, now + SLICE_US < until ? now + SLICE_US : until);
    }
    return sr_aborted(abort) ? SARAI_ESTALE : SARAI_OK;
}

static int generate(struct sr_llm *llm, struct sr_clock *clock, const struct sr_llm_job *job,
                    struct sarai_error *error) {
    const int number = atomic_fetch_add(&llm->answers, 1);
    if (llm->opts->fail_after && number >= llm->opts->fail_after)
        return sr_error(error, SARAI_EINTERNAL, "llm", "the null language model fails after %d answers, as told",
                        llm->opts->fail_after);
    char *answer = next_answer(llm, number, job->question);
    if (!answer)
        return sr_error(error, SARAI_ENOMEM, "llm", "out of memory");
    int status = SARAI_OK, words = 0;
    for (const char *p = answer; *p && status == SARAI_OK;) {
        const size_t len = strcspn(p + 1, " ") + 1; /* a word and the space before it */
        status = think(llm, clock, &job->abort);
        if (status == SARAI_OK && job->piece(job->user, p, len))
            break;
        if (status == SARAI_OK && ++words == llm->opts->break_after)
            status =
                sr_error(error, SARAI_EIO, "llm", "the null language model breaks off after %d words, as told", words);
        p += len;
    }
    free(answer);
    return status;
}

const struct sr_llm_backend sr_llm_null = {
    .name = "null", .open = open, .close = close, .generate = generate, .can_chat = can_chat};
