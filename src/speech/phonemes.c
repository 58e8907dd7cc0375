/* SPDX-License-Identifier: Apache-2.0 */
/**
 * One end of a socket pair is the helper's standard input and output, the other is ours: a socket, not two pipes,
 * because writing to a dead helper must not raise SIGPIPE in a process that is not ours to configure. Every read and
 * write has a deadline. A helper that died in a request is started again once; one that is too slow is killed, and the
 * next request starts another.
 */
#include "speech/phonemes.h"

#include "base/spawn.h"
#include "base/utf8.h"
#include "model/paths.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WHERE "sarai-espeak"
#define MAX_TEXT_BYTES (64u << 10)
#define MAX_REPLY_BYTES (64u << 20)
#define REQUEST_MS 15000
#define EXIT_MS 500

struct sr_espeak {
    char *program;        /* immutable */
    pthread_mutex_t lock; /* guards what follows, and the conversation */
    pid_t pid;            /* 0 when none runs */
    int fd;               /* our end of the socket */
};

static int64_t now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Closing its input ends the helper; one that does not end is killed. Either way it is reaped. */
static void stop(struct sr_espeak *espeak, int patience_ms) {
    if (!espeak->pid)
        return;
    close(espeak->fd);
    const int64_t deadline = now_ms() + patience_ms;
    const struct timespec pause = {.tv_nsec = 2000000};
    pid_t done;
    while ((done = waitpid(espeak->pid, NULL, WNOHANG)) == 0 && now_ms() < deadline)
        nanosleep(&pause, NULL);
    if (done == 0) {
        kill(espeak->pid, SIGKILL);
        sr_spawn_wait(espeak->pid);
    }
    espeak->pid = 0;
}

static int start(struct sr_espeak *espeak, struct sarai_error *error) {
    int ends[2];
    if (espeak->pid)
        return SARAI_OK;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
        return sr_error_errno(error, SARAI_EIO, WHERE, "no socket");
    char *argv[] = {espeak->program, NULL};
    const int rc = sr_spawn(&(struct sr_spawn){.argv = argv, .fd = ends[1]}, &espeak->pid);
    close(ends[1]);
    if (rc) {
        close(ends[0]);
        errno = rc;
        return sr_error_errno(error, rc == ENOMEM ? SARAI_ENOMEM : SARAI_EMODEL, espeak->program, "can't be started");
    }
    espeak->fd = ends[0];
    return SARAI_OK;
}

/* Waits until the socket is ready for `events`: SARAI_OK, or SARAI_ETIMEOUT. */
static int await(const struct sr_espeak *espeak, short events, int64_t deadline) {
    struct pollfd fd = {.fd = espeak->fd, .events = events};
    for (;;) {
        const int64_t left = deadline - now_ms();
        const int ready = left > 0 ? poll(&fd, 1, (int)left) : 0;
        if (ready > 0)
            return SARAI_OK;
        if (ready == 0)
            return SARAI_ETIMEOUT;
        if (errno != EINTR && errno != EAGAIN)
            return SARAI_EIO;
    }
}

/* SARAI_OK, SARAI_ETIMEOUT, or SARAI_ECLOSED when the helper died. */
static int transfer(const struct sr_espeak *espeak, bool sending, char *bytes, size_t len, int64_t deadline) {
    for (size_t done = 0; done < len;) {
        const int rc = await(espeak, sending ? POLLOUT : POLLIN, deadline);
        if (rc < 0)
            return rc;
        const ssize_t n = sending ? send(espeak->fd, bytes + done, len - done, MSG_NOSIGNAL | MSG_DONTWAIT)
                                  : recv(espeak->fd, bytes + done, len - done, MSG_DONTWAIT);
        if (n > 0)
            done += (size_t)n;
        else if (n == 0 || (errno != EINTR && errno != EAGAIN))
            return SARAI_ECLOSED;
    }
    return SARAI_OK;
}

/* A reply: its body, malloc'd. */
struct reply {
    bool ok;
    int rate_hz;
    char *body; /* NUL-terminated */
    size_t len;
};

static int receive(const struct sr_espeak *espeak, struct reply *reply, int64_t deadline) {
    char line[64];
    size_t used = 0;
    int rc;
    do {
        if ((rc = transfer(espeak, false, line + used, 1, deadline)) < 0)
            return rc;
    } while (line[used++] != '\n' && used < sizeof line - 1);
    line[used] = '\0';
    reply->ok = sscanf(line, "OK %zu %d", &reply->len, &reply->rate_hz) >= 1;
    if ((!reply->ok && sscanf(line, "ERR %zu", &reply->len) != 1) || line[used - 1] != '\n' ||
        reply->len > MAX_REPLY_BYTES)
        return SARAI_ECLOSED; /* not our helper's language: as good as dead */
    reply->body = malloc(reply->len + 1);
    if (!reply->body)
        return SARAI_ENOMEM;
    reply->body[reply->len] = '\0';
    return transfer(espeak, false, reply->body, reply->len, deadline);
}

static int exchange(struct sr_espeak *espeak, const struct sr_str *request, struct reply *reply,
                    struct sarai_error *error) {
    int rc = SARAI_OK;
    for (int attempt = 0; attempt < 2; attempt++) {
        if ((rc = start(espeak, error)) < 0)
            return rc;
        const int64_t deadline = now_ms() + REQUEST_MS;
        rc = transfer(espeak, true, request->data, request->len, deadline);
        if (rc == SARAI_OK)
            rc = receive(espeak, reply, deadline);
        if (rc == SARAI_OK)
            return reply->ok ? SARAI_OK : sr_error(error, SARAI_EINPUT, WHERE, "%s", reply->body);
        free(reply->body);
        *reply = (struct reply){0};
        stop(espeak, 0); /* what it still sends would be taken for the next reply */
        if (rc != SARAI_ECLOSED)
            break;
    }
    if (rc == SARAI_ECLOSED)
        return sr_error(error, SARAI_EIO, WHERE, "it ended twice while reading a text; run: sarai doctor");
    return sr_error(error, rc, WHERE, "%s", rc == SARAI_ETIMEOUT ? "it did not answer in time" : "no answer");
}

static bool is_kept(uint32_t cp) {
    if (cp < 0x20 || cp == 0x7F || (cp >= 0x80 && cp < 0xA0) || cp == 0xAD)
        return false;
    if (cp >= 0x2000 && cp < 0x2C00) /* punctuation and currency stay, arrows, shapes and dingbats go */
        return (cp >= 0x2010 && cp <= 0x2027) || (cp >= 0x2030 && cp <= 0x205E) || (cp >= 0x20A0 && cp <= 0x20CF) ||
               cp == 0x2116 || cp == 0x2122 || cp == 0x2212 || cp == 0x2248 || (cp >= 0x2070 && cp < 0x20A0);
    return cp < 0xE000 && !(cp >= 0x3000 && cp < 0x3040);
}

static bool is_sign_with_name(uint32_t cp) {
    return (cp < 0x80 && strchr("%$+=&@#", (int)cp)) || cp == 0xB0 || cp == 0xA3 || (cp >= 0x20A0 && cp <= 0x20CF);
}

/* `text` without what can't be read, appended; false when nothing readable is left. */
static bool add_readable(struct sr_str *out, const char *text) {
    bool readable = false;
    for (const char *p = text, *end = text + strlen(text); p < end;) {
        const uint32_t cp = sr_utf8_next(&p, end);
        if (sr_utf8_is_space(cp) || !is_kept(cp)) {
            sr_str_addc(out, ' ');
            continue;
        }
        readable = readable || sr_utf8_is_letter(cp) || sr_utf8_is_digit(cp) || is_sign_with_name(cp);
        sr_utf8_add(out, cp);
    }
    return readable;
}

static bool is_language(const char *language) {
    const size_t len = strlen(language);
    return len > 0 && len < 32 &&
           strspn(language, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == len;
}

/* Asks for `text`; `words_per_minute` 0 means phonemes. A reply without a body means there was nothing to read. */
static int ask(struct sr_espeak *espeak, const char *language, int words_per_minute, const char *text,
               struct reply *reply, struct sarai_error *error) {
    struct sr_str readable = {0}, request = {0};
    int rc = SARAI_OK;
    *reply = (struct reply){0};
    if (!is_language(language))
        return sr_error(error, SARAI_EINPUT, WHERE, "'%.40s' is not a language", language);
    if (!add_readable(&readable, text) && !readable.failed)
        goto out;
    if (readable.len > MAX_TEXT_BYTES) {
        rc = sr_error(error, SARAI_EINPUT, WHERE, "the text is longer than %u bytes", MAX_TEXT_BYTES);
        goto out;
    }
    if (words_per_minute)
        sr_str_addf(&request, "S %s %d %zu\n", language, words_per_minute, readable.len);
    else
        sr_str_addf(&request, "P %s %zu\n", language, readable.len);
    if (!readable.failed)
        sr_str_add(&request, readable.data, readable.len);
    if (readable.failed || request.failed) {
        rc = sr_error(error, SARAI_ENOMEM, WHERE, "out of memory");
        goto out;
    }
    pthread_mutex_lock(&espeak->lock);
    rc = exchange(espeak, &request, reply, error);
    pthread_mutex_unlock(&espeak->lock);
out:
    sr_str_deinit(&readable);
    sr_str_deinit(&request);
    return rc;
}

int sr_espeak_open(struct sr_espeak **out, struct sarai_error *error) {
    struct sr_espeak *espeak = calloc(1, sizeof *espeak);
    if (!espeak)
        return sr_error(error, SARAI_ENOMEM, WHERE, "out of memory");
    pthread_mutex_init(&espeak->lock, NULL);
    int rc = SARAI_OK;
    espeak->program = sr_path_helper(WHERE);
    if (!espeak->program)
        rc = sr_error(error, SARAI_EMODEL, WHERE,
                      "the helper program is not installed: build it with libespeak-ng-dev, or set SARAI_LIBEXEC_DIR");
    if (rc == SARAI_OK)
        rc = start(espeak, error);
    if (rc < 0) {
        sr_espeak_close(espeak);
        return rc;
    }
    *out = espeak;
    return SARAI_OK;
}

void sr_espeak_close(struct sr_espeak *espeak) {
    if (!espeak)
        return;
    stop(espeak, EXIT_MS);
    pthread_mutex_destroy(&espeak->lock);
    free(espeak->program);
    free(espeak);
}

int sr_espeak_phonemes(struct sr_espeak *espeak, const char *language, const char *text, struct sr_str *out,
                       struct sarai_error *error) {
    struct reply reply;
    int rc = ask(espeak, language, 0, text, &reply, error);
    if (rc == SARAI_OK && reply.len) {
        sr_str_add(out, reply.body, reply.len);
        if (out->failed)
            rc = sr_error(error, SARAI_ENOMEM, WHERE, "out of memory");
    }
    free(reply.body);
    return rc;
}

int sr_espeak_speak(struct sr_espeak *espeak, const char *language, int words_per_minute, const char *text,
                    float **samples, size_t *count, int *rate_hz, struct sarai_error *error) {
    struct reply reply;
    float *converted = NULL;
    int rc = ask(espeak, language, words_per_minute > 0 ? words_per_minute : 1, text, &reply, error);
    if (rc < 0)
        goto out;
    const size_t n = reply.len / 2;
    if (n) {
        converted = malloc(n * sizeof *converted);
        if (!converted) {
            rc = sr_error(error, SARAI_ENOMEM, WHERE, "out of memory");
            goto out;
        }
    }
    for (size_t i = 0; i < n; i++) {
        const unsigned char *s = (const unsigned char *)reply.body + 2 * i;
        converted[i] = (float)(int16_t)(s[0] | s[1] << 8) / 32768.0f;
    }
    *samples = converted;
    *count = n;
    *rate_hz = reply.rate_hz;
out:
    free(reply.body);
    return rc;
}

const char *sr_espeak_language_of(const char *voice) {
    static const struct {
        char letter;
        const char *language;
    } languages[] = {{'e', "es"}, {'a', "en-us"}, {'b', "en-gb"}, {'f', "fr-fr"},
                     {'i', "it"}, {'p', "pt-br"}, {'h', "hi"}};
    if (!voice[0] || (voice[1] != 'f' && voice[1] != 'm') || voice[2] != '_')
        return NULL;
    for (size_t i = 0; i < sizeof languages / sizeof *languages; i++)
        if (languages[i].letter == voice[0])
            return languages[i].language;
    return NULL;
}
