/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A language model behind an OpenAI-compatible server: POST llm.url/chat/completions, answered as a stream of events
 * (brain/sse.h). Each answer is a transfer of its own; its connection is kept for the next one.
 *
 * Whoever waits looks every few milliseconds whether the answer is still wanted, so that giving up is closing the
 * connection. Before the first token a failure of the server or of the way to it is tried again, each time after twice
 * the wait, as long as the time for the first sentence lasts; then the local model answers, opened when it is first
 * needed; without one that can, the brain answers by itself. After the first token a failure is an error: what was said
 * can't be said again by somebody else.
 */
#include <cjson/cJSON.h>
#include <curl/curl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/utf8.h"
#include "brain/llm.h"
#include "brain/messages.h"
#include "brain/sse.h"

#define SLICE_MS 4
#define FIRST_WAIT_MS 150
#define SILENCE_MS 20000 /* between two pieces of an answer */
#define CONNECT_MS 3000L
#define ERROR_BYTES 2000
#define LINGER_MS 100 /* from the end of an answer to that of its transfer */
#define LINES 8

struct sr_llm {
    /* immutable after open */
    const struct sr_llm_opts *opts;
    const struct sr_model_opts *models;
    struct sr_sched *sched;
    char *endpoint;
    struct curl_slist *headers;
    pthread_mutex_t lock;
    /* under lock */
    CURLM *idle[LINES]; /* each with the connection it had last */
    int idle_count;
    struct sr_llm *local; /* NULL: not opened yet, or there is none */
    bool no_local;
};

struct transfer {
    const struct sr_llm_job *job;
    struct sr_sse sse;
    struct sr_str problem; /* the body of a refusal */
    CURL *curl;
    long http; /* 0: no answer yet */
    int status;
    bool begun;         /* a piece was given */
    bool complete, cut; /* the server said that this is all, or all it may say */
    bool enough;        /* the listener wants no more */
    int64_t heard_ms;   /* when something came last */
};

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ----------------------------------------------------------------------------------------------------- lifetime -- */

static void close(struct sr_llm *llm) {
    if (!llm)
        return;
    if (llm->local)
        sr_llm_llama.close(llm->local);
    for (int i = 0; i < llm->idle_count; i++)
        curl_multi_cleanup(llm->idle[i]);
    curl_slist_free_all(llm->headers);
    pthread_mutex_destroy(&llm->lock);
    free(llm->endpoint);
    free(llm);
}

static bool add_header(struct sr_llm *llm, const char *header) {
    struct curl_slist *list = header ? curl_slist_append(llm->headers, header) : NULL;
    if (list)
        llm->headers = list;
    return list != NULL;
}

static int make_headers(struct sr_llm *llm) {
    const char *key = *llm->opts->api_key_env ? getenv(llm->opts->api_key_env) : NULL;
    bool well = add_header(llm, "Content-Type: application/json") && add_header(llm, "Accept: text/event-stream") &&
                add_header(llm, "Expect:");
    if (well && key && *key) {
        char *bearer = sr_asprintf("Authorization: Bearer %s", key);
        well = add_header(llm, bearer);
        free(bearer);
    }
    return well ? SARAI_OK : SARAI_ENOMEM;
}

static int open(const struct sr_llm_opts *opts, const struct sr_model_opts *models, struct sr_sched *sched,
                struct sr_llm **out, struct sarai_error *error) {
    const size_t len = strlen(opts->url);
    if (strncasecmp(opts->url, "http://", 7) != 0 && strncasecmp(opts->url, "https://", 8) != 0)
        return sr_error(error, SARAI_EUSAGE, "llm.url", "must begin with http:// or https://, not '%s'", opts->url);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return sr_error(error, SARAI_EINTERNAL, "llm", "libcurl can't be used");
    struct sr_llm *llm = calloc(1, sizeof *llm);
    if (!llm)
        return sr_error(error, SARAI_ENOMEM, "llm", "out of memory");
    pthread_mutex_init(&llm->lock, NULL);
    llm->opts = opts;
    llm->models = models;
    llm->sched = sched;
    llm->no_local = strcmp(opts->local, "none") == 0;
    llm->endpoint = sr_asprintf("%.*s/chat/completions", (int)(opts->url[len - 1] == '/' ? len - 1 : len), opts->url);
    if (!llm->endpoint || make_headers(llm) < 0) {
        close(llm);
        return sr_error(error, SARAI_ENOMEM, "llm", "out of memory");
    }
    *out = llm;
    return SARAI_OK;
}

static bool can_chat(const struct sr_llm *llm) {
    (void)llm;
    return true;
}

static CURLM *take_line(struct sr_llm *llm) {
    CURLM *line = NULL;
    pthread_mutex_lock(&llm->lock);
    if (llm->idle_count)
        line = llm->idle[--llm->idle_count];
    pthread_mutex_unlock(&llm->lock);
    return line ? line : curl_multi_init();
}

static void give_line(struct sr_llm *llm, CURLM *line) {
    pthread_mutex_lock(&llm->lock);
    const bool kept = line && llm->idle_count < LINES;
    if (kept)
        llm->idle[llm->idle_count++] = line;
    pthread_mutex_unlock(&llm->lock);
    if (!kept)
        curl_multi_cleanup(line);
}

/* ------------------------------------------------------------------------------------------------ what is asked -- */

static char *make_request(const struct sr_llm *llm, const struct sr_llm_job *job) {
    struct sr_messages messages;
    if (sr_messages_make(job, 0, &messages) < 0)
        return NULL;
    cJSON *request = cJSON_CreateObject();
    cJSON_AddStringToObject(request, "model", llm->opts->remote_model);
    cJSON_AddTrueToObject(request, "stream");
    cJSON_AddNumberToObject(request, "max_tokens", llm->opts->max_tokens);
    cJSON *list = cJSON_AddArrayToObject(request, "messages");
    bool well = list != NULL;
    for (size_t i = 0; well && i < messages.count; i++) {
        cJSON *message = cJSON_CreateObject();
        well = cJSON_AddStringToObject(message, "role", messages.list[i].role) &&
               cJSON_AddStringToObject(message, "content", messages.list[i].text);
        well = cJSON_AddItemToArray(list, message) && well;
    }
    char *text = well ? cJSON_PrintUnformatted(request) : NULL;
    cJSON_Delete(request);
    sr_messages_deinit(&messages);
    return text;
}

/* ------------------------------------------------------------------------------------------------- what is told -- */

static void give_content(struct transfer *t, const cJSON *choice) {
    const char *text = cJSON_GetStringValue(
        cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(choice, "delta"), "content"));
    const char *reason = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(choice, "finish_reason"));
    if (text && *text && sr_utf8_valid(text, strlen(text))) {
        t->begun = true;
        if (t->job->piece(t->job->user, text, strlen(text)))
            t->enough = t->complete = true;
    }
    if (reason) {
        t->complete = true;
        t->cut = strcmp(reason, "length") == 0;
    }
}

/* One event of the stream; non-zero when nothing more is wanted. */
static int take_event(void *user, const char *data) {
    struct transfer *t = user;
    if (strcmp(data, "[DONE]") == 0) {
        t->complete = true;
        return 0;
    }
    cJSON *event = cJSON_Parse(data);
    const cJSON *choices = cJSON_GetObjectItemCaseSensitive(event, "choices");
    if (!event || cJSON_GetObjectItemCaseSensitive(event, "error")) {
        sr_str_add(&t->problem, data, strnlen(data, ERROR_BYTES));
        t->status = SARAI_EIO;
    } else if (cJSON_GetArraySize(choices) > 0) {
        give_content(t, cJSON_GetArrayItem(choices, 0));
    }
    cJSON_Delete(event);
    return t->enough || t->status < 0;
}

static size_t take_bytes(char *bytes, size_t size, size_t count, void *user) {
    struct transfer *t = user;
    const size_t len = size * count;
    t->heard_ms = now_ms();
    if (!t->http)
        curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &t->http);
    if (t->http != 200) {
        sr_str_add(&t->problem, bytes, t->problem.len < ERROR_BYTES ? len : 0);
        return len;
    }
    const int status = sr_sse_feed(&t->sse, bytes, len, take_event, t);
    if (status < 0)
        t->status = status;
    return status == 0 ? len : 0; /* anything but `len` ends the transfer */
}

/* What the server says is wrong, in one line. */
static void explain(struct transfer *t, struct sarai_error *error, const struct sr_llm *llm, CURLcode result) {
    cJSON *body = t->problem.data ? cJSON_Parse(t->problem.data) : NULL;
    const cJSON *inner = cJSON_GetObjectItemCaseSensitive(body, "error");
    const char *message = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(inner, "message"));
    if (!message)
        message = cJSON_GetStringValue(inner);
    if (t->http && t->http != 200)
        sr_error(error, SARAI_EIO, llm->opts->url, "the server answered %ld%s%.200s", t->http, message ? ": " : "",
                 message ? message : "");
    else if (message)
        sr_error(error, SARAI_EIO, llm->opts->url, "the server failed: %.200s", message);
    else
        sr_error(error, SARAI_EIO, llm->opts->url, "the answer broke off: %s",
                 result == CURLE_OK ? "it has no end" : curl_easy_strerror(result));
    cJSON_Delete(body);
}

/* ----------------------------------------------------------------------------------------------------- transfer -- */

/* Runs the transfer to its end, or until nobody wants it any more. */
static CURLcode run(struct transfer *t, CURLM *line) {
    int running = 1;
    while (running && t->status == SARAI_OK) {
        if (curl_multi_perform(line, &running) != CURLM_OK)
            return CURLE_FAILED_INIT;
        if (sr_aborted(&t->job->abort))
            t->status = SARAI_ESTALE;
        else if (t->begun && now_ms() - t->heard_ms > SILENCE_MS)
            return CURLE_OPERATION_TIMEDOUT;
        else if (t->complete && now_ms() - t->heard_ms > LINGER_MS)
            return CURLE_OK;
        else if (running && t->status == SARAI_OK)
            curl_multi_poll(line, NULL, 0, SLICE_MS, NULL);
    }
    int left;
    const CURLMsg *message = curl_multi_info_read(line, &left);
    return message ? message->data.result : CURLE_OK;
}

static void set_up(const struct sr_llm *llm, struct transfer *t, const char *request) {
    curl_easy_setopt(t->curl, CURLOPT_URL, llm->endpoint);
    curl_easy_setopt(t->curl, CURLOPT_HTTPHEADER, llm->headers);
    curl_easy_setopt(t->curl, CURLOPT_POSTFIELDS, request);
    curl_easy_setopt(t->curl, CURLOPT_WRITEFUNCTION, take_bytes);
    curl_easy_setopt(t->curl, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(t->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(t->curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
    curl_easy_setopt(t->curl, CURLOPT_USERAGENT, "sarai");
}

/* One try. SARAI_EBUSY: the server, or the way to it, may be well again in a moment. */
static int ask_once(struct sr_llm *llm, const struct sr_llm_job *job, const char *request, bool *begun,
                    struct sarai_error *error) {
    struct transfer t = {.job = job, .curl = curl_easy_init(), .heard_ms = now_ms()};
    CURLM *line = take_line(llm);
    int status = SARAI_ENOMEM;
    if (t.curl && line) {
        set_up(llm, &t, request);
        const CURLcode result = curl_multi_add_handle(line, t.curl) == CURLM_OK ? run(&t, line) : CURLE_OUT_OF_MEMORY;
        if (!t.http)
            curl_easy_getinfo(t.curl, CURLINFO_RESPONSE_CODE, &t.http);
        curl_multi_remove_handle(line, t.curl);
        status = t.status == SARAI_ESTALE ? SARAI_ESTALE : SARAI_EIO;
        if (t.complete && t.status == SARAI_OK)
            status = t.cut ? SR_LLM_CUT : SARAI_OK;
        else if (status == SARAI_EIO)
            explain(&t, error, llm, result);
        if (status == SARAI_EIO && !t.begun && (!t.http || t.http == 200 || t.http == 429 || t.http >= 500))
            status = SARAI_EBUSY;
    }
    *begun = t.begun;
    curl_easy_cleanup(t.curl);
    give_line(llm, line);
    sr_sse_deinit(&t.sse);
    sr_str_deinit(&t.problem);
    return status;
}

/* False when nobody wants the answer any more. */
static bool wait_ms(const struct sr_abort *abort, int64_t ms) {
    for (const int64_t until = now_ms() + ms; now_ms() < until;) {
        if (sr_aborted(abort))
            return false;
        nanosleep(&(struct timespec){.tv_nsec = SLICE_MS * 1000000}, NULL);
    }
    return !sr_aborted(abort);
}

static int ask_server(struct sr_llm *llm, const struct sr_llm_job *job, bool *begun, struct sarai_error *error) {
    char *request = make_request(llm, job);
    int status = SARAI_ENOMEM;
    for (int i = 0; request; i++) {
        status = ask_once(llm, job, request, begun, error);
        if (status != SARAI_EBUSY || i == llm->opts->retries)
            break;
        if (!wait_ms(&job->abort, (int64_t)FIRST_WAIT_MS << i)) {
            status = SARAI_ESTALE;
            break;
        }
    }
    free(request);
    return status;
}

/* -------------------------------------------------------------------------------------------------------- local -- */

/* The local model, if there is one that can do this: opened when it is first needed. */
static struct sr_llm *find_local(struct sr_llm *llm, const struct sr_llm_job *job) {
    pthread_mutex_lock(&llm->lock);
    if (!llm->local && !llm->no_local)
        llm->no_local = sr_llm_llama.open(llm->opts, llm->models, llm->sched, &llm->local, NULL) < 0;
    struct sr_llm *local = llm->local;
    pthread_mutex_unlock(&llm->lock);
    return local && (job->context || sr_llm_llama.can_chat(local)) ? local : NULL;
}

static int generate(struct sr_llm *llm, struct sr_clock *clock, const struct sr_llm_job *job,
                    struct sarai_error *error) {
    struct sarai_error reason = {0};
    bool begun = false;
    int status = ask_server(llm, job, &begun, &reason);
    struct sr_llm *local = status < 0 && status != SARAI_ESTALE && !begun ? find_local(llm, job) : NULL;
    if (local)
        return sr_llm_llama.generate(local, clock, job, error);
    if (status < 0 && status != SARAI_ESTALE)
        sr_error(error, status, reason.where[0] ? reason.where : "llm", "%s",
                 reason.text[0] ? reason.text : sarai_strerror(status));
    return status;
}

static void leave(struct sr_llm *llm, const void *session) {
    pthread_mutex_lock(&llm->lock);
    struct sr_llm *local = llm->local;
    pthread_mutex_unlock(&llm->lock);
    if (local)
        sr_llm_llama.leave(local, session);
}

const struct sr_llm_backend sr_llm_remote = {
    .name = "remote", .open = open, .close = close, .generate = generate, .can_chat = can_chat, .leave = leave};
