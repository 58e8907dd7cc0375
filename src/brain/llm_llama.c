/* SPDX-License-Identifier: Apache-2.0 */
/*
 * llama.cpp in process: any GGUF. A model with a chat template is asked as an assistant, with what was said before; a
 * base model is given
 *
 *     Context: ... / Question: ... / Answer:
 *
 * in its language, and continues it up to the end of the line.
 *
 * One context holds several sequences, a seat each. A session keeps its seat between its turns, and so the tokens that
 * two of its prompts begin with are evaluated once; when all seats are taken, the one that was idle for longest changes
 * hands. Sessions answer at the same time, a small batch of one and then one of another. llama.cpp's abort callback is
 * polled inside a batch. One that was given up leaves nothing behind: a seat's `tokens` are what the cache holds of its
 * sequence, always.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/utf8.h"
#include "brain/llama_load.h"
#include "brain/llama_prompt.h"
#include "brain/llm.h"
#include "flow/sched.h"

#define BATCH 64
#define REPEAT_LAST 64
#define REPEAT_PENALTY 1.1f
#define WAIT_NS 2000000

struct seat {
    /* immutable after open */
    llama_seq_id id;
    struct llama_sampler *sampler;
    /* under the lock of the seats */
    bool busy;
    const void *session; /* whose conversation the cache holds */
    uint64_t used;       /* when it was left; 0: never taken */
    /* who is busy with it */
    llama_token *tokens; /* in the cache */
    int32_t count;
};

struct sr_llm {
    /* immutable after open */
    const struct sr_llm_opts *opts;
    struct sr_sched *sched;
    struct llama_model *model;
    struct llama_context *context;
    const char *chat_template; /* NULL: a base model */
    struct seat *seats;
    pthread_mutex_t seats_lock;
    uint64_t uses; /* under it */
    pthread_mutex_t lock;
    pthread_cond_t free;
    /* under lock */
    const struct seat *seated, *last; /* whose batch the context evaluates, whose it evaluated */
    int waiting;
    /* whoever is seated */
    const struct sr_abort *abort;
};

static bool poll_abort(void *data) {
    const struct sr_llm *llm = data;
    return sr_aborted(llm->abort);
}

static void close(struct sr_llm *llm) {
    if (!llm)
        return;
    for (int i = 0; llm->seats && i < llm->opts->sequences; i++) {
        if (llm->seats[i].sampler)
            llama_sampler_free(llm->seats[i].sampler);
        free(llm->seats[i].tokens);
    }
    if (llm->context)
        llama_free(llm->context);
    if (llm->model)
        llama_model_free(llm->model);
    pthread_mutex_destroy(&llm->lock);
    pthread_cond_destroy(&llm->free);
    pthread_mutex_destroy(&llm->seats_lock);
    free(llm->seats);
    free(llm);
}

static int make_seat(const struct sr_llm *llm, struct seat *seat, llama_seq_id id) {
    const struct llama_vocab *vocab = llama_model_get_vocab(llm->model);
    seat->id = id;
    seat->tokens = calloc((size_t)llm->opts->context, sizeof *seat->tokens);
    seat->sampler = llama_sampler_chain_init(llama_sampler_chain_default_params());
    if (!seat->tokens || !seat->sampler)
        return SARAI_ENOMEM;
    llama_sampler_chain_add(
        seat->sampler, llama_sampler_init_penalties(llama_vocab_n_tokens(vocab), REPEAT_LAST, REPEAT_PENALTY, 0, 0));
    llama_sampler_chain_add(seat->sampler, llama_sampler_init_greedy());
    return SARAI_OK;
}

static int make_context(struct sr_llm *llm) {
    struct llama_context_params params = llama_context_default_params();
    params.n_seq_max = (uint32_t)llm->opts->sequences;
    params.n_ctx = (uint32_t)llm->opts->context * params.n_seq_max;
    params.n_batch = params.n_ubatch = BATCH;
    params.n_threads = params.n_threads_batch = llm->opts->threads;
    params.abort_callback = poll_abort;
    params.abort_callback_data = llm;
    params.no_perf = true;
    llm->context = llama_init_from_model(llm->model, params);
    llm->seats = calloc((size_t)llm->opts->sequences, sizeof *llm->seats);
    int status = llm->context && llm->seats ? SARAI_OK : SARAI_ENOMEM;
    for (int i = 0; status == SARAI_OK && i < llm->opts->sequences; i++)
        status = make_seat(llm, &llm->seats[i], i);
    return status;
}

static int open(const struct sr_llm_opts *opts, const struct sr_model_opts *models, struct sr_sched *sched,
                struct sr_llm **out, struct sarai_error *error) {
    struct sr_llm *llm = calloc(1, sizeof *llm);
    if (!llm)
        return sr_error(error, SARAI_ENOMEM, "llm", "out of memory");
    llm->opts = opts;
    llm->sched = sched;
    pthread_mutex_init(&llm->lock, NULL);
    pthread_cond_init(&llm->free, NULL);
    pthread_mutex_init(&llm->seats_lock, NULL);
    int status = sr_llama_load(opts, models, &llm->model, error);
    if (status == SARAI_OK) {
        llm->chat_template = llama_model_chat_template(llm->model, NULL);
        status = make_context(llm);
        if (status < 0)
            sr_error(error, status, opts->model,
                     "no memory for %d contexts of %d tokens; set llm.sequences or llm.context lower", opts->sequences,
                     opts->context);
    }
    if (status == SARAI_OK)
        status = sr_llama_adapt(llm->model, llm->context, opts, models, error);
    if (status < 0)
        close(llm);
    else
        *out = llm;
    return status;
}

static bool can_chat(const struct sr_llm *llm) {
    return llm->chat_template != NULL;
}

/* -------------------------------------------------------------------------------------------------------- seats -- */

/* The session's own seat, else one that nobody had, else the one that is idle for longest; NULL when all are busy. */
static struct seat *best_seat(const struct sr_llm *llm, const void *session) {
    struct seat *best = NULL;
    for (int i = 0; i < llm->opts->sequences; i++) {
        struct seat *seat = &llm->seats[i];
        if (seat->busy)
            continue;
        if (seat->used && seat->session == session)
            return seat;
        if (!best || seat->used < best->used)
            best = seat;
    }
    return best;
}

/* SARAI_ESTALE: nobody wants the answer any more. */
static int take_seat(struct sr_llm *llm, const struct sr_llm_job *job, struct seat **out) {
    for (;;) {
        pthread_mutex_lock(&llm->seats_lock);
        struct seat *seat = best_seat(llm, job->session);
        if (seat) {
            seat->busy = true;
            seat->session = job->session;
        }
        pthread_mutex_unlock(&llm->seats_lock);
        if (seat) {
            *out = seat;
            return SARAI_OK;
        }
        if (sr_aborted(&job->abort))
            return SARAI_ESTALE;
        nanosleep(&(struct timespec){.tv_nsec = WAIT_NS}, NULL);
    }
}

static void leave_seat(struct sr_llm *llm, struct seat *seat) {
    pthread_mutex_lock(&llm->seats_lock);
    seat->busy = false;
    seat->used = ++llm->uses;
    pthread_mutex_unlock(&llm->seats_lock);
}

/* Its cells are overwritten when somebody else needs the seat. */
static void leave(struct sr_llm *llm, const void *session) {
    pthread_mutex_lock(&llm->seats_lock);
    for (int i = 0; i < llm->opts->sequences; i++)
        if (llm->seats[i].session == session) {
            llm->seats[i].session = NULL;
            llm->seats[i].used = 0;
        }
    pthread_mutex_unlock(&llm->seats_lock);
}

/* Waits until the context is free; whoever had it last lets another one go first, for a moment. */
static void await_context(struct sr_llm *llm, const struct seat *seat, const struct sr_abort *abort) {
    bool polite = true;
    pthread_mutex_lock(&llm->lock);
    while ((llm->seated || (polite && llm->last == seat && llm->waiting > 1)) && !sr_aborted(abort)) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += WAIT_NS;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&llm->free, &llm->lock, &until);
        polite = polite && llm->seated;
    }
    pthread_mutex_unlock(&llm->lock);
}

static bool claim_context(struct sr_llm *llm, const struct seat *seat, const struct sr_abort *abort) {
    pthread_mutex_lock(&llm->lock);
    const bool mine = llm->seated == NULL;
    if (mine) {
        llm->seated = llm->last = seat;
        llm->abort = abort;
    }
    pthread_mutex_unlock(&llm->lock);
    return mine;
}

static void count_waiting(struct sr_llm *llm, int more) {
    pthread_mutex_lock(&llm->lock);
    llm->waiting += more;
    pthread_mutex_unlock(&llm->lock);
}

/* The context and the tickets for one batch. None of them is held while the other is awaited: tickets are for work, and
 * whoever waits for some may do so on a clock that stands still. */
static int begin_batch(struct sr_llm *llm, const struct seat *seat, struct sr_clock *clock,
                       const struct sr_abort *abort) {
    int status;
    count_waiting(llm, 1);
    for (;;) {
        await_context(llm, seat, abort);
        status = sr_sched_take(llm->sched, clock, SR_LLM_TOKEN, llm->opts->threads, abort);
        if (status < 0 || claim_context(llm, seat, abort))
            break;
        sr_sched_give(llm->sched, llm->opts->threads);
    }
    count_waiting(llm, -1);
    return status < 0 ? SARAI_ESTALE : SARAI_OK;
}

static void end_batch(struct sr_llm *llm) {
    pthread_mutex_lock(&llm->lock);
    llm->seated = NULL;
    llm->abort = NULL;
    pthread_cond_broadcast(&llm->free);
    pthread_mutex_unlock(&llm->lock);
    sr_sched_give(llm->sched, llm->opts->threads);
}

/* --------------------------------------------------------------------------------------------------- generation -- */

static int decode(struct sr_llm *llm, struct seat *seat, const llama_token *tokens, int32_t count) {
    struct llama_batch batch = llama_batch_init(count, 0, 1);
    if (!batch.token)
        return SARAI_ENOMEM;
    for (int32_t i = 0; i < count; i++) {
        batch.token[i] = tokens[i];
        batch.pos[i] = seat->count + i;
        batch.n_seq_id[i] = 1;
        batch.seq_id[i][0] = seat->id;
        batch.logits[i] = i == count - 1;
    }
    batch.n_tokens = count;
    const int result = llama_decode(llm->context, batch);
    llama_batch_free(batch);
    if (result == 0) {
        memcpy(seat->tokens + seat->count, tokens, (size_t)count * sizeof *tokens);
        seat->count += count;
    }
    return result == 0 ? SARAI_OK : result == 2 ? SARAI_ESTALE : SARAI_EINTERNAL;
}

/* The cache of the seat's sequence holds the first `count` of its tokens and no more. */
static void cut_cache(struct sr_llm *llm, struct seat *seat, int32_t count) {
    llama_memory_t memory = llama_get_memory(llm->context);
    if (!llama_memory_seq_rm(memory, seat->id, count, -1)) { /* a model whose memory can't be cut */
        llama_memory_seq_rm(memory, seat->id, -1, -1);
        count = 0;
    }
    seat->count = count;
}

/* Evaluates tokens behind those already in the cache, in batches, with tickets for each. `next` is the token that
 * follows them. */
static int evaluate(struct sr_llm *llm, struct seat *seat, struct sr_clock *clock, const struct sr_abort *abort,
                    const llama_token *tokens, int32_t count, llama_token *next) {
    int status = SARAI_OK;
    for (int32_t done = 0; done < count && status == SARAI_OK;) {
        const int32_t batch = count - done < BATCH ? count - done : BATCH;
        if (begin_batch(llm, seat, clock, abort) < 0)
            return SARAI_ESTALE;
        status = decode(llm, seat, tokens + done, batch);
        if (status < 0)
            cut_cache(llm, seat, seat->count);
        done += batch;
        if (status == SARAI_OK && done == count)
            *next = llama_sampler_sample(seat->sampler, llm->context, -1);
        end_batch(llm);
        if (sr_aborted(abort))
            status = SARAI_ESTALE;
    }
    return status;
}

/* Makes the cache hold exactly the prompt, keeping the beginning it shares with what is there. */
static int evaluate_prompt(struct sr_llm *llm, struct seat *seat, struct sr_clock *clock, const struct sr_abort *abort,
                           const llama_token *prompt, int32_t count, llama_token *next) {
    int32_t same = 0;
    while (same < seat->count && same < count - 1 && seat->tokens[same] == prompt[same])
        same++;
    if (begin_batch(llm, seat, clock, abort) < 0)
        return SARAI_ESTALE;
    cut_cache(llm, seat, same);
    end_batch(llm);
    llama_sampler_reset(seat->sampler);
    return evaluate(llm, seat, clock, abort, prompt + seat->count, count - seat->count, next);
}

/* Bytes at the end of `text` that begin a character not yet complete. */
static size_t incomplete(const char *text, size_t len) {
    for (size_t back = 1; back <= 3 && back <= len; back++) {
        const unsigned char c = (unsigned char)text[len - back];
        if (c >= 0xC0)
            return back < (c >= 0xF0 ? 4u : c >= 0xE0 ? 3u : 2u) ? back : 0;
        if (c < 0x80)
            return 0;
    }
    return 0;
}

/* Gives the whole characters of `text` on; 1 when the answer is to end. */
static int give(const struct sr_llm *llm, const struct sr_llm_job *job, struct sr_str *text) {
    const char *newline = text->data && !llm->chat_template ? strchr(text->data, '\n') : NULL;
    const size_t len = newline ? (size_t)(newline - text->data) : text->len - incomplete(text->data, text->len);
    int end = newline != NULL;
    if (len && job->piece(job->user, text->data, len))
        end = 1;
    sr_str_shift(text, len);
    return end;
}

static int speak(struct sr_llm *llm, struct seat *seat, struct sr_clock *clock, const struct sr_llm_job *job,
                 llama_token token) {
    const struct llama_vocab *vocab = llama_model_get_vocab(llm->model);
    struct sr_str text = {0};
    int status = SR_LLM_CUT;
    for (int i = 0; i < llm->opts->max_tokens && seat->count < llm->opts->context - 1; i++) {
        if (llama_vocab_is_eog(vocab, token)) {
            status = SARAI_OK;
            break;
        }
        char piece[256];
        const int32_t len = llama_token_to_piece(vocab, token, piece, sizeof piece, 0, false);
        if (len > 0)
            sr_str_add(&text, piece, (size_t)len);
        if (text.failed)
            status = SARAI_ENOMEM;
        else if (give(llm, job, &text))
            status = SARAI_OK;
        if (status != SR_LLM_CUT)
            break;
        status = evaluate(llm, seat, clock, &job->abort, &token, 1, &token);
        if (status < 0)
            break;
        status = SR_LLM_CUT;
    }
    sr_str_deinit(&text);
    return status;
}

static int generate(struct sr_llm *llm, struct sr_clock *clock, const struct sr_llm_job *job,
                    struct sarai_error *error) {
    const int context = llm->opts->context, longest = llm->opts->max_tokens;
    const int32_t room = context - (longest < context / 2 ? longest : context / 2) - 1;
    llama_token *tokens = NULL, first = 0;
    struct seat *seat = NULL;
    int status = sr_llama_prompt(llm->model, job, room, &tokens);
    const int32_t count = status;
    if (status >= 0)
        status = take_seat(llm, job, &seat);
    if (status >= 0)
        status = evaluate_prompt(llm, seat, clock, &job->abort, tokens, count, &first);
    if (status >= 0)
        status = speak(llm, seat, clock, job, first);
    if (seat)
        leave_seat(llm, seat);
    free(tokens);
    if (status < 0 && status != SARAI_ESTALE)
        sr_error(error, status, "llm", "the language model failed: %s", sarai_strerror(status));
    return status;
}

const struct sr_llm_backend sr_llm_llama = {
    .name = "llama", .open = open, .close = close, .generate = generate, .can_chat = can_chat, .leave = leave};
