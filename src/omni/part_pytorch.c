/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A component run by PyTorch in a Python process of its own (tools/omni_worker.py). Tensors travel through shared
 * memory, lines of text through a socket:
 *
 *   worker:  ready NAME VERSION RATE_HZ          once, or: error TEXT
 *   we:      run float32|int64 D0 D1 [D2]        the input lies at the start of the memory
 *   worker:  ok OFFSET D0 D1 [D2]                the float32 output lies at OFFSET; or: error TEXT
 *
 * The worker may grow the memory and nobody can shrink it, so what we map stays there whatever the worker does. A
 * worker that dies, hangs or talks nonsense is ended, and started again by the next run.
 */
#include "base/spawn.h"
#include "model/paths.h"
#include "omni/part.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MEMORY_FD 3 /* in the worker */
#define ALIGNMENT 64

struct part {
    struct sr_omni_part base;
    const struct sr_omni_contract *contract;
    char *path, *python, *script;
    int timeout_ms;
    pid_t pid; /* 0: none runs */
    int socket, memory;
    char *bytes; /* the memory as mapped here */
    size_t len;
};

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ------------------------------------------------------------------------------------------------- the process -- */

static void stop(struct part *part) {
    if (part->pid) {
        kill(part->pid, SIGKILL);
        sr_spawn_wait(part->pid);
    }
    if (part->socket >= 0)
        close(part->socket);
    if (part->bytes)
        munmap(part->bytes, part->len);
    if (part->memory >= 0)
        close(part->memory);
    part->pid = 0;
    part->socket = part->memory = -1;
    part->bytes = NULL;
    part->len = 0;
}

/* ---------------------------------------------------------------------------------------------------- the lines -- */

static int lost(const struct part *part, int rc, struct sarai_error *error) {
    return sr_error(error, rc, part->contract->component, "%s",
                    rc == SARAI_ETIMEOUT ? "its worker does not answer" : "its worker ended or talks nonsense");
}

static int await(const struct part *part, short events, int64_t deadline) {
    struct pollfd fd = {.fd = part->socket, .events = events};
    for (;;) {
        const int64_t left = deadline - now_ms();
        const int ready = left > 0 ? poll(&fd, 1, (int)left) : 0;
        if (ready > 0)
            return SARAI_OK;
        if (ready == 0)
            return SARAI_ETIMEOUT;
        if (errno != EINTR && errno != EAGAIN)
            return SARAI_ECLOSED;
    }
}

static int read_line(const struct part *part, char line[512], int64_t deadline) {
    for (size_t used = 0; used < 511;) {
        const int rc = await(part, POLLIN, deadline);
        if (rc < 0)
            return rc;
        const ssize_t n = recv(part->socket, line + used, 1, MSG_DONTWAIT);
        if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
            return SARAI_ECLOSED;
        if (n < 0)
            continue;
        if (line[used] == '\n') {
            line[used] = '\0';
            return SARAI_OK;
        }
        used++;
    }
    return SARAI_ECLOSED;
}

static int write_line(const struct part *part, const char *line, int64_t deadline) {
    for (size_t done = 0, len = strlen(line); done < len;) {
        const int rc = await(part, POLLOUT, deadline);
        if (rc < 0)
            return rc;
        const ssize_t n = send(part->socket, line + done, len - done, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno != EINTR && errno != EAGAIN)
            return SARAI_ECLOSED;
        done += n > 0 ? (size_t)n : 0;
    }
    return SARAI_OK;
}

/* The next line; one that says "error TEXT" is the error. */
static int hear(const struct part *part, char line[512], int64_t deadline, struct sarai_error *error) {
    const int rc = read_line(part, line, deadline);
    if (rc < 0)
        return lost(part, rc, error);
    if (strncmp(line, "error ", 6) == 0)
        return sr_error(error, SARAI_EINTERNAL, part->contract->component, "%.300s", line + 6);
    return SARAI_OK;
}

static int greet(struct part *part, struct sarai_error *error) {
    char line[512], name[64], version[64];
    int rate_hz = 0;
    const int rc = hear(part, line, now_ms() + part->timeout_ms, error);
    if (rc < 0)
        return rc;
    if (sscanf(line, "ready %63s %63s %d", name, version, &rate_hz) != 3 || rate_hz < 0 || rate_hz > 192000)
        return lost(part, SARAI_ECLOSED, error);
    part->base.rate_hz = rate_hz;
    return SARAI_OK;
}

static int start(struct part *part, struct sarai_error *error) {
    int ends[2];
    if (part->pid)
        return SARAI_OK;
    part->memory = memfd_create("sarai-omni", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (part->memory < 0 || fcntl(part->memory, F_ADD_SEALS, F_SEAL_SHRINK) < 0 ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) {
        const int rc = sr_error_errno(error, SARAI_EIO, part->contract->component, "no shared memory or socket");
        stop(part);
        return rc;
    }
    char *argv[] = {part->python, part->script, (char *)part->contract->component, part->path, NULL};
    const int failed = sr_spawn(&(struct sr_spawn){.argv = argv,
                                                   .fd = ends[1],
                                                   .more = part->memory, /* the only memory of ours that it gets */
                                                   .more_as = MEMORY_FD},
                                &part->pid);
    close(ends[1]);
    part->socket = ends[0];
    int rc = SARAI_OK;
    if (failed) {
        errno = failed;
        rc = sr_error_errno(error, SARAI_EMODEL, part->python, "can't be started");
    } else {
        rc = greet(part, error);
        if (rc < 0 && error && error->code == SARAI_EINTERNAL)
            rc = error->code = SARAI_EMODEL; /* what it lacks to start is for the user to get */
    }
    if (rc < 0)
        stop(part);
    return rc;
}

/* --------------------------------------------------------------------------------------------------- the memory -- */

/* Maps the first `len` bytes, which must be there, or are made when `grow`. */
static int map(struct part *part, size_t len, bool grow, struct sarai_error *error) {
    struct stat info;
    if (len <= part->len)
        return SARAI_OK;
    bool good = fstat(part->memory, &info) == 0;
    if (good && (size_t)info.st_size < len)
        good = grow && ftruncate(part->memory, (off_t)len) == 0;
    if (good && part->bytes)
        munmap(part->bytes, part->len);
    if (good) {
        part->len = 0;
        part->bytes = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, part->memory, 0);
        good = part->bytes != MAP_FAILED;
        part->bytes = good ? part->bytes : NULL;
    }
    if (!good)
        return sr_error(error, SARAI_ENOMEM, part->contract->component, "the shared memory is too small");
    part->len = len;
    return SARAI_OK;
}

/* ------------------------------------------------------------------------------------------------------ running -- */

static int send_request(struct part *part, const struct sr_omni_tensor *input, int64_t deadline,
                        struct sarai_error *error) {
    const size_t bytes = sr_omni_count(input) * (input->whole ? sizeof(int64_t) : sizeof(float));
    char line[128];
    int len = snprintf(line, sizeof line, "run %s", input->whole ? "int64" : "float32");
    for (int i = 0; i < input->rank; i++)
        len += snprintf(line + len, sizeof line - (size_t)len, " %lld", (long long)input->shape[i]);
    snprintf(line + len, sizeof line - (size_t)len, "\n");
    int rc = map(part, bytes, true, error);
    if (rc < 0)
        return rc;
    memcpy(part->bytes, input->data, bytes);
    rc = write_line(part, line, deadline);
    return rc < 0 ? lost(part, rc, error) : rc;
}

static int take_output(struct part *part, const char *line, struct sr_omni_tensor *out, struct sarai_error *error) {
    const struct sr_omni_io *io = &part->contract->outputs[0];
    long long offset = 0, dims[SR_OMNI_RANK] = {0};
    const int read = sscanf(line, "ok %lld %lld %lld %lld", &offset, &dims[0], &dims[1], &dims[2]);
    if (read < 2 || offset < 0 || offset % ALIGNMENT)
        return lost(part, SARAI_ECLOSED, error);
    *out = (struct sr_omni_tensor){.rank = read - 1};
    for (int i = 0; i < out->rank; i++)
        out->shape[i] = dims[i];
    int rc = sr_omni_check_tensor(io, false, true, out->rank, out->shape, part->path, error);
    const size_t count = sr_omni_count(out);
    if (rc == SARAI_OK && (count == 0 || (uint64_t)offset > SIZE_MAX / 4))
        rc = sr_error(error, SARAI_EINPUT, part->path, "output %s came out empty or too large", io->name);
    if (rc == SARAI_OK)
        rc = map(part, (size_t)offset + count * sizeof(float), false, error);
    if (rc == SARAI_OK)
        out->data = part->bytes + offset;
    return rc;
}

static int run(struct sr_omni_part *base, const struct sr_omni_tensor *input,
               struct sr_omni_tensor outputs[SR_OMNI_OUTPUTS], struct sarai_error *error) {
    struct part *part = (struct part *)base;
    const int64_t deadline = now_ms() + part->timeout_ms;
    char line[512];
    memset(outputs, 0, SR_OMNI_OUTPUTS * sizeof *outputs);
    if (sr_omni_count(input) == 0)
        return sr_error(error, SARAI_EINPUT, part->contract->input.name, "is empty or too large");
    int rc = start(part, error);
    if (rc == SARAI_OK)
        rc = send_request(part, input, deadline, error);
    if (rc == SARAI_OK)
        rc = hear(part, line, deadline, error);
    if (rc == SARAI_OK)
        rc = take_output(part, line, &outputs[0], error);
    if (rc < 0 && rc != SARAI_EINTERNAL) /* it said what is wrong and can go on */
        stop(part);
    return rc;
}

/* ---------------------------------------------------------------------------------------------------- lifecycle -- */

static void close_part(struct sr_omni_part *base) {
    struct part *part = (struct part *)base;
    stop(part);
    free(part->path);
    free(part->python);
    free(part->script);
    free(part);
}

static int open_part(const struct sr_omni_part_job *job, struct sr_omni_part **out, struct sarai_error *error) {
    struct part *part = calloc(1, sizeof *part);
    if (!part)
        return sr_error(error, SARAI_ENOMEM, job->path, "out of memory");
    *part = (struct part){.base.backend = &sr_omni_pytorch,
                          .contract = &sr_omni_contracts[job->kind],
                          .timeout_ms = job->opts->worker_timeout_ms,
                          .socket = -1,
                          .memory = -1};
    part->path = sr_strdup(job->path);
    part->python = sr_strdup(job->opts->python);
    part->script = job->opts->worker[0] ? sr_strdup(job->opts->worker) : sr_path_helper("omni_worker.py");
    int rc = SARAI_OK;
    if (!part->path || !part->python)
        rc = sr_error(error, SARAI_ENOMEM, job->path, "out of memory");
    else if (!part->script)
        rc = sr_error(error, SARAI_EMODEL, "omni_worker.py", "is not there; run: make install");
    else
        rc = start(part, error);
    if (rc < 0)
        close_part(&part->base);
    else
        *out = &part->base;
    return rc;
}

const struct sr_omni_backend sr_omni_pytorch = {.name = "pytorch", .open = open_part, .close = close_part, .run = run};
