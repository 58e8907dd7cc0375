/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/run.h"

#include <curl/curl.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/spawn.h"

#define ANSWER_MOST (64u << 10)
#define WORDS_MOST 32
#define POLL_MS 20

void sr_tool_answer_deinit(struct sr_tool_answer *answer) {
    free(answer->say);
    *answer = (struct sr_tool_answer){.say = NULL};
}

static int fail(struct sr_tool_answer *answer, int status, const char *why) {
    snprintf(answer->error, sizeof answer->error, "%s", why);
    return status;
}

static const char *text_of(const cJSON *object, const char *name) {
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

int sr_tool_answer_read(const char *json, struct sr_tool_answer *answer) {
    cJSON *document = cJSON_ParseWithOpts(json, NULL, true);
    if (!cJSON_IsObject(document)) {
        cJSON_Delete(document);
        return fail(answer, SARAI_EINPUT, "the answer is no JSON object");
    }
    const char *say = text_of(document, "say");
    const cJSON *error = cJSON_GetObjectItemCaseSensitive(document, "error");
    int status = SARAI_OK;
    if (say && *say && !(answer->say = sr_strdup(say)))
        status = SARAI_ENOMEM;
    else if (error && !cJSON_IsNull(error))
        status = fail(answer, SARAI_EINPUT, cJSON_IsString(error) ? error->valuestring : "it reports an error");
    cJSON_Delete(document);
    return status;
}

static char *request_of(const struct sr_tool_call *call) {
    cJSON *request = cJSON_CreateObject();
    char *text = NULL;
    if (cJSON_AddStringToObject(request, "name", call->tool->name) &&
        cJSON_AddItemReferenceToObject(request, "arguments", call->arguments))
        text = cJSON_PrintUnformatted(request);
    cJSON_Delete(request);
    return text;
}

/* ------------------------------------------------------------------------------------------------------- program -- */

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Until the socket is ready for `events`, a little time has passed, or nobody wants to wait any more. */
static int await(int fd, short events, int64_t deadline_ms, const struct sr_abort *abort) {
    for (;;) {
        const int64_t left = deadline_ms - now_ms();
        struct pollfd ready = {.fd = fd, .events = events};
        if (abort && sr_aborted(abort))
            return SARAI_ESTALE;
        if (left <= 0)
            return SARAI_ETIMEOUT;
        const int count = poll(&ready, 1, (int)(left < POLL_MS ? left : POLL_MS));
        if (count > 0)
            return SARAI_OK;
        if (count < 0 && errno != EINTR)
            return SARAI_EIO;
    }
}

static int converse(int fd, const char *request, int64_t deadline_ms, const struct sr_abort *abort,
                    struct sr_str *reply) {
    const size_t len = strlen(request);
    char bytes[1024];
    int status;
    for (size_t done = 0; done < len;) {
        if ((status = await(fd, POLLOUT, deadline_ms, abort)) < 0)
            return status;
        const ssize_t n = send(fd, request + done, len - done, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno != EINTR && errno != EAGAIN)
            break; /* it does not read what it was asked: its answer counts */
        done += n > 0 ? (size_t)n : 0;
    }
    shutdown(fd, SHUT_WR);
    while (reply->len < ANSWER_MOST) {
        if ((status = await(fd, POLLIN, deadline_ms, abort)) < 0)
            return status;
        const ssize_t n = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
        if (n > 0)
            sr_str_add(reply, bytes, (size_t)n);
        else if (n == 0 || (errno != EINTR && errno != EAGAIN))
            break;
    }
    return reply->failed ? SARAI_ENOMEM : reply->len ? SARAI_OK : SARAI_EIO;
}

static int run_process(const struct sr_tool_call *call, const cJSON *run, int timeout_ms, const char *request,
                       const struct sr_abort *abort, struct sr_tool_answer *answer) {
    char *argv[WORDS_MOST + 1];
    int count = 0, ends[2];
    pid_t pid;
    const cJSON *word;
    cJSON_ArrayForEach(word, cJSON_GetObjectItemCaseSensitive(run, "command")) {
        argv[count++] = word->valuestring;
    }
    argv[count] = NULL;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
        return fail(answer, SARAI_EIO, strerror(errno));
    const struct sr_spawn what = {.argv = argv, .folder = sr_toolbox_folder(call->box), .fd = ends[1]};
    const int rc = sr_spawn(&what, &pid);
    close(ends[1]);
    if (rc) {
        close(ends[0]);
        return fail(answer, SARAI_EIO, strerror(rc));
    }
    struct sr_str reply = {0};
    int status = converse(ends[0], request, now_ms() + timeout_ms, abort, &reply);
    close(ends[0]);
    kill(-pid, SIGKILL);
    sr_spawn_wait(pid);
    if (status == SARAI_OK)
        status = sr_tool_answer_read(reply.data, answer);
    else
        fail(answer, status,
             status == SARAI_EIO        ? "the program ended without an answer"
             : status == SARAI_ETIMEOUT ? "the program gave no answer in time, and was ended"
                                        : sarai_strerror(status));
    sr_str_deinit(&reply);
    return status;
}

/* ---------------------------------------------------------------------------------------------------------- HTTP -- */

static size_t keep(char *bytes, size_t size, size_t count, void *user) {
    struct sr_str *reply = user;
    if (reply->len + size * count > ANSWER_MOST)
        return 0;
    sr_str_add(reply, bytes, size * count);
    return reply->failed ? 0 : size * count;
}

static struct curl_slist *headers_of(const cJSON *run) {
    struct curl_slist *list = curl_slist_append(NULL, "Content-Type: application/json"), *more;
    const cJSON *header;
    cJSON_ArrayForEach(header, cJSON_GetObjectItemCaseSensitive(run, "headers")) {
        char *line = cJSON_IsString(header) ? sr_asprintf("%s: %s", header->string, header->valuestring) : NULL;
        if (line && (more = curl_slist_append(list, line)))
            list = more;
        free(line);
    }
    return list;
}

/* In slices, so that nobody waits for an answer that is not wanted any more. */
static CURLcode perform(CURL *curl, const struct sr_abort *abort) {
    CURLM *multi = curl_multi_init();
    CURLcode result = CURLE_OUT_OF_MEMORY;
    int running = 1;
    if (!multi || curl_multi_add_handle(multi, curl) != CURLM_OK)
        goto out;
    while (running) {
        if (abort && sr_aborted(abort)) {
            result = CURLE_ABORTED_BY_CALLBACK;
            goto out;
        }
        if (curl_multi_perform(multi, &running) != CURLM_OK ||
            (running && curl_multi_poll(multi, NULL, 0, POLL_MS, NULL) != CURLM_OK))
            goto out;
    }
    int left;
    const CURLMsg *message = curl_multi_info_read(multi, &left);
    result = message ? message->data.result : CURLE_OUT_OF_MEMORY;
out:
    if (multi) {
        curl_multi_remove_handle(multi, curl);
        curl_multi_cleanup(multi);
    }
    return result;
}

static int run_http(const cJSON *run, int timeout_ms, const char *request, const struct sr_abort *abort,
                    struct sr_tool_answer *answer) {
    struct sr_str reply = {0};
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = curl ? headers_of(run) : NULL;
    long code = 0;
    if (!headers) {
        curl_easy_cleanup(curl);
        return fail(answer, SARAI_ENOMEM, "out of memory");
    }
    curl_easy_setopt(curl, CURLOPT_URL, text_of(run, "url"));
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &reply);
    const CURLcode result = perform(curl, abort);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
    int status = result == CURLE_OK                    ? SARAI_OK
                 : result == CURLE_OPERATION_TIMEDOUT  ? SARAI_ETIMEOUT
                 : result == CURLE_ABORTED_BY_CALLBACK ? SARAI_ESTALE
                                                       : SARAI_EIO;
    if (status < 0)
        fail(answer, status, curl_easy_strerror(result));
    else if ((status = sr_tool_answer_read(reply.data ? reply.data : "", answer)) == SARAI_OK && code >= 400)
        status = fail(answer, SARAI_EINPUT, "the server refuses");
    sr_str_deinit(&reply);
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    return status;
}

/* ----------------------------------------------------------------------------------------------------------- all -- */

const char *sr_tool_run_wrong(const cJSON *run) {
    const char *kind = text_of(run, "kind");
    const cJSON *timeout = cJSON_GetObjectItemCaseSensitive(run, "timeout_ms"), *word;
    const cJSON *command = cJSON_GetObjectItemCaseSensitive(run, "command");
    if (!run)
        return NULL;
    if (timeout && (!cJSON_IsNumber(timeout) || timeout->valuedouble < 1 || timeout->valuedouble > 60000))
        return "'timeout_ms' is 1 to 60000";
    if (kind && strcmp(kind, "http") == 0)
        return text_of(run, "url") ? NULL : "needs an 'url'";
    if (!kind || strcmp(kind, "process") != 0)
        return "its 'kind' is process or http";
    if (!cJSON_IsArray(command) || !cJSON_GetArraySize(command) || cJSON_GetArraySize(command) > WORDS_MOST)
        return "needs a 'command': a list of 1 to 32 words";
    cJSON_ArrayForEach(word, command) {
        if (!cJSON_IsString(word))
            return "needs a 'command': a list of words";
    }
    return NULL;
}

int sr_tool_run(const struct sr_tool_call *call, sr_tool_function *function, void *user, const struct sr_abort *abort,
                struct sr_tool_answer *answer) {
    const cJSON *run = sr_toolbox_json(call->box, "run");
    if (!run)
        return function ? function(user, call, answer) : fail(answer, SARAI_EIO, "nobody is there to do it");
    const cJSON *timeout = cJSON_GetObjectItemCaseSensitive(run, "timeout_ms");
    const int timeout_ms = timeout ? timeout->valueint : SR_TOOL_TIMEOUT_MS;
    char *request = request_of(call);
    if (!request)
        return fail(answer, SARAI_ENOMEM, "out of memory");
    const int status = strcmp(text_of(run, "kind"), "http") == 0
                           ? run_http(run, timeout_ms, request, abort, answer)
                           : run_process(call, run, timeout_ms, request, abort, answer);
    cJSON_free(request);
    return status;
}
