/* SPDX-License-Identifier: Apache-2.0 */
/*
 * llama.cpp in process: any GGUF. A model with a chat template is asked as an assistant; a base model is given
 *
 *     Context: ... / Question: ... / Answer:
 *
 * in its language, and continues it up to the end of the line. The tokens that two prompts begin with are evaluated
 * once. Evaluation happens in small batches, compute tickets for each, and llama.cpp's abort callback is polled inside
 * them.
 */
#include <llama.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "brain/llm.h"
#include "flow/sched.h"
#include "model/paths.h"

#define BATCH 64
#define REPEAT_LAST 64
#define REPEAT_PENALTY 1.1f

struct sr_llm {
    const struct sr_llm_opts *opts;
    struct sr_sched *sched;
    struct llama_model *model;
    struct llama_context *context;
    struct llama_sampler *sampler;
    const char *chat_template; /* NULL: a base model */
    pthread_mutex_t lock;      /* one answer at a time */
    /* under lock */
    llama_token *tokens; /* in the KV cache */
    int32_t token_count;
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

static void close(struct sr_llm *llm) {
    if (!llm)
        return;
    if (llm->sampler)
        llama_sampler_free(llm->sampler);
    if (llm->context)
        llama_free(llm->context);
    if (llm->model)
        llama_model_free(llm->model);
    pthread_mutex_destroy(&llm->lock);
    free(llm->tokens);
    free(llm);
}

static int make_context(struct sr_llm *llm) {
    struct llama_context_params params = llama_context_default_params();
    params.n_ctx = (uint32_t)llm->opts->context;
    params.n_batch = params.n_ubatch = BATCH;
    params.n_threads = params.n_threads_batch = llm->opts->threads;
    params.abort_callback = poll_abort;
    params.abort_callback_data = llm;
    params.no_perf = true;
    llm->context = llama_init_from_model(llm->model, params);
    llm->sampler = llama_sampler_chain_init(llama_sampler_chain_default_params());
    llm->tokens = calloc((size_t)llm->opts->context, sizeof *llm->tokens);
    if (!llm->context || !llm->sampler || !llm->tokens)
        return SARAI_ENOMEM;
    const struct llama_vocab *vocab = llama_model_get_vocab(llm->model);
    llama_sampler_chain_add(
        llm->sampler, llama_sampler_init_penalties(llama_vocab_n_tokens(vocab), REPEAT_LAST, REPEAT_PENALTY, 0, 0));
    llama_sampler_chain_add(llm->sampler, llama_sampler_init_greedy());
    return SARAI_OK;
}

static int open(const struct sr_llm_opts *opts, const struct sr_model_opts *models, struct sr_sched *sched,
                struct sr_llm **out, struct sarai_error *error) {
    char *path = *opts->model == '/' ? sr_strdup(opts->model) : sr_path_model(models, opts->model);
    struct sr_llm *llm = calloc(1, sizeof *llm);
    int status = SARAI_ENOMEM;
    if (llm)
        pthread_mutex_init(&llm->lock, NULL);
    if (!path || !llm) {
        sr_error(error, status, "llm", "out of memory");
        goto out;
    }
    llm->opts = opts;
    llm->sched = sched;
    status = sr_path_check_model(path, "gemma3-270m", error);
    if (status < 0)
        goto out;
    llama_log_set(ignore_log, NULL);
    llama_backend_init();
    struct llama_model_params params = llama_model_default_params();
    params.n_gpu_layers = 0;
    llm->model = llama_model_load_from_file(path, params);
    if (!llm->model) {
        status = sr_error(error, SARAI_EMODEL, path,
                          "is not a GGUF model that llama.cpp can load; run: sarai models "
                          "verify");
        goto out;
    }
    llm->chat_template = llama_model_chat_template(llm->model, NULL);
    status = make_context(llm);
    if (status < 0)
        sr_error(error, status, path, "no memory for a context of %d tokens; set llm.context lower", opts->context);
out:
    free(path);
    if (status < 0)
        close(llm);
    else
        *out = llm;
    return status;
}

static bool can_chat(const struct sr_llm *llm) {
    return llm->chat_template != NULL;
}

/* ------------------------------------------------------------------------------------------------------- prompt -- */

static char *chat_prompt(const struct sr_llm *llm, const struct sr_llm_job *job) {
    struct sr_str user = {0};
    if (job->context)
        sr_str_addf(&user, "%s\n\n", job->context);
    sr_str_adds(&user, job->question);
    const char *instructions = job->words[SR_LLM_INSTRUCTIONS];
    char *text = sr_str_take(&user), *prompt = NULL;
    if (!text)
        return NULL;
    const struct llama_chat_message messages[] = {{"system", instructions}, {"user", text}};
    const int32_t room = (int32_t)(2 * (strlen(instructions) + strlen(text)) + 256);
    prompt = malloc((size_t)room + 1);
    const int32_t len = prompt ? llama_chat_apply_template(llm->chat_template, messages, 2, true, prompt, room) : -1;
    free(text);
    if (len < 0 || len > room) {
        free(prompt);
        return NULL;
    }
    prompt[len] = '\0';
    return prompt;
}

static char *make_prompt(const struct sr_llm *llm, const struct sr_llm_job *job) {
    char *prompt = llm->chat_template ? chat_prompt(llm, job) : NULL;
    if (prompt)
        return prompt;
    struct sr_str text = {0};
    if (job->context)
        sr_str_addf(&text, "%s %s\n", job->words[SR_LLM_CONTEXT], job->context);
    sr_str_addf(&text, "%s %s\n%s", job->words[SR_LLM_QUESTION], job->question, job->words[SR_LLM_ANSWER]);
    return sr_str_take(&text);
}

/* The prompt's tokens, malloc'd; at most what leaves room for the answer, cut in front. */
static int tokenize(const struct sr_llm *llm, const char *prompt, llama_token **out) {
    const struct llama_vocab *vocab = llama_model_get_vocab(llm->model);
    const int32_t len = (int32_t)strlen(prompt);
    const int32_t need = -llama_tokenize(vocab, prompt, len, NULL, 0, true, true);
    llama_token *tokens = need > 0 ? malloc((size_t)need * sizeof *tokens) : NULL;
    if (!tokens)
        return SARAI_ENOMEM;
    int32_t count = llama_tokenize(vocab, prompt, len, tokens, need, true, true);
    const int32_t room = llm->opts->context - llm->opts->max_tokens - 1;
    if (count > room && room > 0) {
        memmove(tokens, tokens + count - room, (size_t)room * sizeof *tokens);
        count = room;
    }
    *out = tokens;
    return count;
}

/* --------------------------------------------------------------------------------------------------- generation -- */

/* Evaluates tokens behind those already in the cache, with tickets for each batch. */
static int evaluate(struct sr_llm *llm, struct sr_clock *clock, llama_token *tokens, int32_t count) {
    for (int32_t done = 0; done < count;) {
        const int32_t batch = count - done < BATCH ? count - done : BATCH;
        if (sr_sched_take(llm->sched, clock, SR_LLM_TOKEN, llm->opts->threads, llm->abort) < 0)
            return SARAI_ESTALE;
        const int result = llama_decode(llm->context, llama_batch_get_one(tokens + done, batch));
        sr_sched_give(llm->sched, llm->opts->threads);
        if (result == 2 || sr_aborted(llm->abort))
            return SARAI_ESTALE;
        if (result != 0)
            return SARAI_EINTERNAL;
        memcpy(llm->tokens + llm->token_count, tokens + done, (size_t)batch * sizeof *tokens);
        llm->token_count += batch;
        done += batch;
    }
    return SARAI_OK;
}

/* Makes the cache hold exactly the prompt, keeping the beginning it shares with the one before. */
static int evaluate_prompt(struct sr_llm *llm, struct sr_clock *clock, llama_token *prompt, int32_t count) {
    int32_t same = 0;
    while (same < llm->token_count && same < count - 1 && llm->tokens[same] == prompt[same])
        same++;
    llama_memory_t memory = llama_get_memory(llm->context);
    if (!llama_memory_seq_rm(memory, 0, same, -1)) { /* a model without a cache that can be cut */
        llama_memory_clear(memory, true);
        same = 0;
    }
    llm->token_count = same;
    return evaluate(llm, clock, prompt + same, count - same);
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

static int sample_answer(struct sr_llm *llm, struct sr_clock *clock, const struct sr_llm_job *job) {
    const struct llama_vocab *vocab = llama_model_get_vocab(llm->model);
    struct sr_str text = {0};
    int status = SARAI_OK;
    llama_sampler_reset(llm->sampler);
    for (int i = 0; i < llm->opts->max_tokens && status == SARAI_OK; i++) {
        llama_token token = llama_sampler_sample(llm->sampler, llm->context, -1);
        if (llama_vocab_is_eog(vocab, token))
            break;
        char piece[256];
        const int32_t len = llama_token_to_piece(vocab, token, piece, sizeof piece, 0, false);
        if (len > 0)
            sr_str_add(&text, piece, (size_t)len);
        if (text.failed)
            status = SARAI_ENOMEM;
        else if (give(llm, job, &text) || llm->token_count >= llm->opts->context - 1)
            break;
        else
            status = evaluate(llm, clock, &token, 1);
    }
    sr_str_deinit(&text);
    return status;
}

static int generate(struct sr_llm *llm, struct sr_clock *clock, const struct sr_llm_job *job,
                    struct sarai_error *error) {
    llama_token *tokens = NULL;
    char *prompt = make_prompt(llm, job);
    if (!prompt)
        return sr_error(error, SARAI_ENOMEM, "llm", "out of memory");
    pthread_mutex_lock(&llm->lock);
    llm->abort = &job->abort;
    int status = tokenize(llm, prompt, &tokens);
    if (status >= 0)
        status = evaluate_prompt(llm, clock, tokens, status);
    if (status == SARAI_OK)
        status = sample_answer(llm, clock, job);
    llm->abort = NULL;
    if (status < 0) { /* the cache may hold half a batch */
        llama_memory_clear(llama_get_memory(llm->context), true);
        llm->token_count = 0;
    }
    pthread_mutex_unlock(&llm->lock);
    free(tokens);
    free(prompt);
    if (status < 0 && status != SARAI_ESTALE)
        sr_error(error, status, "llm", "the language model failed: %s", sarai_strerror(status));
    return status;
}

const struct sr_llm_backend sr_llm_llama = {
    .name = "llama", .open = open, .close = close, .generate = generate, .can_chat = can_chat};
