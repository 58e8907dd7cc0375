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
#include <llama.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/utf8.h"
#include "brain/llm.h"
#include "brain/messages.h"
#include "flow/sched.h"
#include "model/paths.h"

#define BATCH 64
#define ADAPTERS 8
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

static void ignore_log(enum ggml_log_level level, const char *text, void *user) {
    (void)level;
    (void)text;
    (void)user;
}

/* llama.cpp's own log is one for the whole process: whoever loads something has it to himself. */
static pthread_mutex_t loading = PTHREAD_MUTEX_INITIALIZER;

/* The first error of a loading says why it failed, behind the name of a function. */
static void keep_reason(enum ggml_log_level level, const char *text, void *user) {
    struct sr_str *reason = user;
    if (level != GGML_LOG_LEVEL_ERROR || reason->len)
        return;
    const char *colon = strstr(text, ": ");
    const char *start = colon ? colon + 2 : text;
    sr_str_add(reason, start, strcspn(start, "\n"));
}

static void begin_loading(struct sr_str *reason) {
    pthread_mutex_lock(&loading);
    llama_log_set(keep_reason, reason);
}

static void end_loading(void) {
    llama_log_set(ignore_log, NULL);
    pthread_mutex_unlock(&loading);
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

static char *path_of(const struct sr_model_opts *models, const char *file) {
    return *file == '/' ? sr_strdup(file) : sr_path_model(models, file);
}

/* A file that is not there is named with the model that it belongs to, the folder it should be in. */
static int find_file(const struct sr_model_opts *models, const char *file, char **path, struct sarai_error *error) {
    struct stat info;
    char *model = sr_strndup(file, strcspn(file, "/"));
    *path = path_of(models, file);
    int status = model && *path ? SARAI_OK : sr_error(error, SARAI_ENOMEM, "llm", "out of memory");
    if (status == SARAI_OK && *file != '/')
        status = sr_path_check_model(*path, model, error);
    else if (status == SARAI_OK && stat(*path, &info) != 0)
        status = sr_error_errno(error, SARAI_EMODEL, *path, "can't be read");
    free(model);
    return status;
}

static int load_model(struct sr_llm *llm, const struct sr_model_opts *models, struct sarai_error *error) {
    char *path = NULL;
    struct sr_str reason = {0};
    int status = find_file(models, llm->opts->model, &path, error);
    if (status == SARAI_OK) {
        struct llama_model_params params = llama_model_default_params();
        params.n_gpu_layers = 0;
        begin_loading(&reason);
        llama_backend_init();
        llm->model = llama_model_load_from_file(path, params);
        end_loading();
        if (!llm->model)
            status = sr_error(error, SARAI_EMODEL, path, "is no model that llama.cpp can load: %.200s",
                              reason.len ? reason.data : "no reason given");
        else if (!llama_model_has_decoder(llm->model))
            status = sr_error(error, SARAI_EMODEL, path, "is no language model: it has no decoder");
    }
    sr_str_deinit(&reason);
    free(path);
    return status;
}

/* The adapters of llm.lora, all as strong. They are freed with the model. */
static int load_adapters(struct sr_llm *llm, const struct sr_model_opts *models, struct sarai_error *error) {
    struct llama_adapter_lora *adapters[ADAPTERS];
    float scales[ADAPTERS];
    size_t count = 0;
    int status = SARAI_OK;
    for (const char *p = llm->opts->lora; *p && status == SARAI_OK; p += strspn(p, ",")) {
        struct sr_str reason = {0};
        char *file = sr_strndup(p, strcspn(p, ",")), *path = NULL;
        p += strcspn(p, ",");
        status = !file               ? sr_error(error, SARAI_ENOMEM, "llm.lora", "out of memory")
                 : count == ADAPTERS ? sr_error(error, SARAI_EUSAGE, "llm.lora", "more than %d adapters", ADAPTERS)
                                     : find_file(models, file, &path, error);
        if (status == SARAI_OK) {
            begin_loading(&reason);
            adapters[count] = llama_adapter_lora_init(llm->model, path);
            end_loading();
            if (!adapters[count])
                status = sr_error(error, SARAI_EMODEL, path, "is no adapter for %.60s: %.160s", llm->opts->model,
                                  reason.len ? reason.data : "no reason given");
            scales[count++] = llm->opts->lora_scale;
        }
        sr_str_deinit(&reason);
        free(path);
        free(file);
    }
    if (status == SARAI_OK && count && llama_set_adapters_lora(llm->context, adapters, count, scales) != 0)
        status = sr_error(error, SARAI_EMODEL, "llm.lora", "llama.cpp can't apply the adapters");
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
    int status = load_model(llm, models, error);
    if (status == SARAI_OK) {
        llm->chat_template = llama_model_chat_template(llm->model, NULL);
        status = make_context(llm);
        if (status < 0)
            sr_error(error, status, opts->model,
                     "no memory for %d contexts of %d tokens; set llm.sequences or llm.context lower", opts->sequences,
                     opts->context);
    }
    if (status == SARAI_OK)
        status = load_adapters(llm, models, error);
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

/* ------------------------------------------------------------------------------------------------------- prompt -- */

/* The messages as the model was taught to read them; NULL when out of memory. */
static char *chat_prompt(const struct sr_llm *llm, const struct sr_messages *messages) {
    struct llama_chat_message *list = calloc(messages->count, sizeof *list);
    size_t room = 1024;
    for (size_t i = 0; list && i < messages->count; i++) {
        list[i] = (struct llama_chat_message){messages->list[i].role, messages->list[i].text};
        room += strlen(messages->list[i].text) + 64;
    }
    char *prompt = list ? malloc(room) : NULL;
    int32_t len = -1;
    if (prompt) {
        len = llama_chat_apply_template(llm->chat_template, list, messages->count, true, prompt, (int32_t)room);
        if (len < 0) /* one that llama.cpp can't follow: the most common one */
            len = llama_chat_apply_template("chatml", list, messages->count, true, prompt, (int32_t)room);
    }
    free(list);
    if (len < 0 || (size_t)len >= room) {
        free(prompt);
        return NULL;
    }
    prompt[len] = '\0';
    return prompt;
}

static char *base_prompt(const struct sr_llm_job *job) {
    struct sr_str text = {0};
    if (job->context)
        sr_str_addf(&text, "%s %s\n", job->words[SR_LLM_CONTEXT], job->context);
    sr_str_addf(&text, "%s %s\n%s", job->words[SR_LLM_QUESTION], job->question, job->words[SR_LLM_ANSWER]);
    return sr_str_take(&text);
}

/* Without the `skip` oldest exchanges. */
static char *make_prompt(const struct sr_llm *llm, const struct sr_llm_job *job, size_t skip) {
    struct sr_messages messages;
    if (!llm->chat_template)
        return base_prompt(job);
    if (sr_messages_make(job, skip, &messages) < 0)
        return NULL;
    char *prompt = chat_prompt(llm, &messages);
    sr_messages_deinit(&messages);
    return prompt;
}

/* The prompt's tokens, malloc'd. */
static int tokenize(const struct sr_llm *llm, const char *prompt, llama_token **out) {
    const struct llama_vocab *vocab = llama_model_get_vocab(llm->model);
    const int32_t len = (int32_t)strlen(prompt);
    const int32_t need = -llama_tokenize(vocab, prompt, len, NULL, 0, true, true);
    llama_token *tokens = need > 0 ? malloc((size_t)need * sizeof *tokens) : NULL;
    if (!tokens)
        return SARAI_ENOMEM;
    *out = tokens;
    return llama_tokenize(vocab, prompt, len, tokens, need, true, true);
}

/* Its last `len` bytes or a little less, from the start of a word where there is one. */
static const char *tail(const char *text, size_t len) {
    const size_t all = strlen(text);
    if (len >= all)
        return text;
    const char *p = text + all - len, *space = strchr(p, ' ');
    while (((unsigned char)*p & 0xC0) == 0x80)
        p++;
    return space && space - p < 64 ? space + 1 : p;
}

/* The longest prompt that leaves room for the answer: first the oldest exchanges go, half of what is left at a time,
 * then the beginning of the context, then that of the question. The instructions stay. */
static int fit_prompt(const struct sr_llm *llm, const struct sr_llm_job *job, llama_token **out) {
    const int32_t room = llm->opts->context - llm->opts->max_tokens - 1;
    struct sr_llm_job shorter = *job;
    for (size_t skip = 0;;) {
        llama_token *tokens = NULL;
        char *prompt = make_prompt(llm, &shorter, skip);
        const int count = prompt ? tokenize(llm, prompt, &tokens) : SARAI_ENOMEM;
        free(prompt);
        if (count < 0 || count <= room) {
            *out = tokens;
            return count;
        }
        const size_t context = shorter.context ? strlen(shorter.context) : 0, question = strlen(shorter.question);
        if (skip < job->history_count) {
            skip += (job->history_count - skip + 1) / 2;
        } else if (context) {
            shorter.context = tail(shorter.context, context / 2);
            if (!*shorter.context)
                shorter.context = NULL;
        } else if (question > 1) {
            shorter.question = tail(shorter.question, question / 2);
        } else { /* the instructions alone are too long */
            memmove(tokens, tokens + count - (room > 1 ? room : 1), (size_t)(room > 1 ? room : 1) * sizeof *tokens);
            *out = tokens;
            return room > 1 ? room : 1;
        }
        free(tokens);
    }
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
    llama_token *tokens = NULL, first = 0;
    struct seat *seat = NULL;
    int status = fit_prompt(llm, job, &tokens);
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
