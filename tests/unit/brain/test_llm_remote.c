/* SPDX-License-Identifier: Apache-2.0 */
/* A language model behind a server, and a server that does everything a server can do wrong. */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#include "brain/llm.h"
#include "support/failing_alloc.h"
#include "support/test.h"

#define ANSWERS 8
#define EVENT(text) "data: {\"choices\":[{\"delta\":{\"content\":\"" text "\"},\"finish_reason\":null}]}\n\n"
#define END(reason) "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"" reason "\"}]}\n\ndata: [DONE]\n\n"
#define OK "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"

/* Each connection gets the next answer; '\1' in it is a rest of half a second. */
struct server {
    int socket, port;
    pthread_t thread;
    const char *answers[ANSWERS];
    atomic_int asked;
    char request[8192]; /* the last one */
    atomic_bool hung_up;
};

static char *words[SR_LLM_WORD_COUNT] = {"Contesta.", "Contexto:", "Pregunta:", "Respuesta:"};

struct fixture {
    struct server server;
    struct sr_llm_opts opts;
    struct sr_clock *clock;
    struct sr_epoch epoch;
    struct sr_llm *llm;
    struct sr_str answer;
    bool interrupts;
    struct sarai_error error;
};

/* The whole request; its length is in its header. */
static void read_request(struct server *server, int peer) {
    size_t len = 0;
    ssize_t got;
    memset(server->request, 0, sizeof server->request);
    while ((got = read(peer, server->request + len, sizeof server->request - 1 - len)) > 0) {
        len += (size_t)got;
        const char *body = strstr(server->request, "\r\n\r\n"), *size = strstr(server->request, "Content-Length: ");
        if (body && size && strlen(body + 4) >= strtoul(size + 16, NULL, 10))
            break;
    }
}

static void *serve(void *user) {
    struct server *server = user;
    int peer;
    while ((peer = accept(server->socket, NULL, NULL)) >= 0) {
        const int number = atomic_fetch_add(&server->asked, 1);
        const char *p = number < ANSWERS ? server->answers[number] : NULL;
        read_request(server, peer);
        for (; p && *p; p += strcspn(p, "\1"), p += *p == '\1') {
            const size_t len = strcspn(p, "\1");
            if (len && send(peer, p, len, MSG_NOSIGNAL) < 0)
                atomic_store(&server->hung_up, true);
            char byte;
            for (int i = 0; p[len] && i < 50; i++) {
                usleep(10000);
                if (recv(peer, &byte, 1, MSG_DONTWAIT) == 0) {
                    atomic_store(&server->hung_up, true);
                    break;
                }
            }
        }
        close(peer);
    }
    return NULL;
}

static int setup(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    f->server.socket = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(f->server.socket, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(f->server.socket, 8), 0);
    assert_int_equal(getsockname(f->server.socket, (struct sockaddr *)&address, &len), 0);
    f->server.port = ntohs(address.sin_port);
    assert_int_equal(sr_opt_defaults(sr_llm_opts_table, &f->opts), 0);
    free(f->opts.url);
    f->opts.url = sr_asprintf("http://127.0.0.1:%d/v1/", f->server.port);
    free(f->opts.local);
    f->opts.local = sr_strdup("none");
    assert_int_equal(sr_clock_new(false, &f->clock), 0);
    sr_epoch_init(&f->epoch, f->clock);
    setenv("SARAI_LLM_API_KEY", "secret", 1);
    assert_int_equal(sr_llm_remote.open(&f->opts, NULL, NULL, &f->llm, NULL), SARAI_OK);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    shutdown(f->server.socket, SHUT_RDWR);
    if (f->server.thread)
        pthread_join(f->server.thread, NULL);
    close(f->server.socket);
    sr_llm_remote.close(f->llm);
    sr_clock_free(f->clock);
    sr_str_deinit(&f->answer);
    sr_opt_deinit(sr_llm_opts_table, &f->opts);
    free(f);
    return 0;
}

static int take_piece(void *user, const char *text, size_t len) {
    struct fixture *f = user;
    sr_str_add(&f->answer, text, len);
    if (f->interrupts)
        sr_epoch_open(&f->epoch);
    return 0;
}

static int ask(struct fixture *f, const char *const *answers) {
    char hello[] = "hola", hi[] = "Buenas.";
    const struct sr_exchange said[] = {{hello, hi}};
    for (int i = 0; *answers; i++)
        f->server.answers[i] = *answers++;
    if (!f->server.thread)
        assert_int_equal(pthread_create(&f->server.thread, NULL, serve, &f->server), 0);
    const struct sr_llm_job job = {.words = words,
                                   .question = "¿Y \"eso\"?",
                                   .history = said,
                                   .history_count = 1,
                                   .abort = {.epoch = &f->epoch, .stamp = sr_epoch_stamp(&f->epoch)},
                                   .piece = take_piece,
                                   .user = f};
    sr_str_clear(&f->answer);
    sr_str_adds(&f->answer, "");
    return sr_llm_remote.generate(f->llm, f->clock, &job, &f->error);
}

#define ASK(f, ...) ask(f, (const char *const[]){__VA_ARGS__, NULL})

static void an_answer_arrives_in_pieces_and_the_question_with_all_that_was_said(void **state) {
    struct fixture *f = *state;
    assert_int_equal(ASK(f, OK EVENT("Claro ") ": ping\n\n" EVENT("que s\\u00ed.") END("stop")), SARAI_OK);
    assert_string_equal(f->answer.data, "Claro que sí.");
    const char *request = f->server.request;
    assert_non_null(strstr(request, "POST /v1/chat/completions HTTP/1.1\r\n"));
    assert_non_null(strstr(request, "Authorization: Bearer secret\r\n"));
    assert_non_null(strstr(request, "\"stream\":true"));
    assert_non_null(strstr(request, "[{\"role\":\"system\",\"content\":\"Contesta.\"},{\"role\":\"user\",\"content\":"
                                    "\"hola\"},{\"role\":\"assistant\",\"content\":\"Buenas.\"},{\"role\":\"user\","
                                    "\"content\":\"¿Y \\\"eso\\\"?\"}]"));
}

static void an_answer_that_is_as_long_as_it_may_be_is_told(void **state) {
    assert_int_equal(ASK(*state, OK EVENT("Y entonces") END("length")), SR_LLM_CUT);
}

static void a_busy_server_is_asked_again(void **state) {
    struct fixture *f = *state;
    assert_int_equal(ASK(f, "HTTP/1.1 503 Busy\r\nContent-Length: 2\r\n\r\n{}", "", OK EVENT("Sí.") END("stop")),
                     SARAI_OK);
    assert_string_equal(f->answer.data, "Sí.");
    assert_int_equal(f->server.asked, 3);
}

static void tries_come_to_an_end_with_the_reason(void **state) {
    struct fixture *f = *state;
    const char *busy = "HTTP/1.1 503 Busy\r\nContent-Length: 39\r\n\r\n{\"error\":{\"message\":\"loading model\"}}   ";
    assert_true(ASK(f, busy, busy, busy, busy) < 0);
    assert_int_equal(f->server.asked, 1 + f->opts.retries);
    assert_non_null(strstr(f->error.text, "503: loading model"));
}

static void what_the_server_refuses_is_not_asked_again(void **state) {
    struct fixture *f = *state;
    assert_int_equal(ASK(f, "HTTP/1.1 401 No\r\nContent-Length: 21\r\n\r\n{\"error\":\"wrong key\"}"), SARAI_EIO);
    assert_int_equal(f->server.asked, 1);
    assert_non_null(strstr(f->error.text, "401: wrong key"));
}

static void a_server_that_dies_in_the_middle_is_an_error_after_what_it_said(void **state) {
    struct fixture *f = *state;
    assert_int_equal(ASK(f, OK EVENT("Una frase. ") EVENT("Y otra")), SARAI_EIO);
    assert_string_equal(f->answer.data, "Una frase. Y otra");
    assert_int_equal(f->server.asked, 1); /* what was said can't be said again */
    assert_non_null(strstr(f->error.text, "broke off"));
}

static void an_error_or_nonsense_in_the_stream_is_an_error(void **state) {
    struct fixture *f = *state;
    assert_int_equal(ASK(f, OK EVENT("Una") "data: {\"error\":{\"message\":\"no slots\"}}\n\n"), SARAI_EIO);
    assert_non_null(strstr(f->error.text, "no slots"));
    f->server.answers[1] = OK EVENT("Dos") "data: {nonsense\n\n";
    assert_int_equal(ASK(f, f->server.answers[0], f->server.answers[1]), SARAI_EIO);
    assert_string_equal(f->answer.data, "Dos");
}

static void giving_up_hangs_up(void **state) {
    struct fixture *f = *state;
    f->interrupts = true;
    assert_int_equal(ASK(f, OK EVENT("Una frase") "\1\1\1\1" EVENT(" larga") END("stop")), SARAI_ESTALE);
    assert_string_equal(f->answer.data, "Una frase");
    for (int i = 0; i < 500 && !atomic_load(&f->server.hung_up); i++)
        usleep(10000);
    assert_true(f->server.hung_up);
}

static void *interrupt(void *user) {
    struct fixture *f = user;
    while (!atomic_load(&f->server.asked))
        usleep(1000);
    sr_epoch_open(&f->epoch);
    return NULL;
}

static void giving_up_needs_no_word_of_the_server(void **state) {
    struct fixture *f = *state;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, interrupt, f), 0);
    assert_int_equal(ASK(f, "\1\1\1\1\1\1\1\1" OK EVENT("tarde") END("stop")), SARAI_ESTALE);
    pthread_join(thread, NULL);
    assert_string_equal(f->answer.data, "");
}

static void without_a_server_the_reason_is_that(void **state) {
    struct fixture *f = *state;
    close(f->server.socket);
    f->opts.retries = 0;
    const struct sr_llm_job job = {.words = words, .question = "¿Y?", .piece = take_piece, .user = f};
    assert_true(sr_llm_remote.generate(f->llm, f->clock, &job, &f->error) < 0);
    assert_string_equal(f->error.where, f->opts.url);
}

static void an_address_that_is_none_is_refused(void **state) {
    struct fixture *f = *state;
    struct sr_llm_opts opts = f->opts;
    struct sr_llm *llm = NULL;
    opts.url = (char *)"127.0.0.1:8080";
    assert_int_equal(sr_llm_remote.open(&opts, NULL, NULL, &llm, NULL), SARAI_EUSAGE);
    assert_null(llm);
}

static void it_survives_every_failing_allocation(void **state) {
    struct fixture *f = *state;
    for (int n = 1;; n++) {
        struct sr_llm *llm = NULL;
        sr_fail_alloc_at(n);
        const int status = sr_llm_remote.open(&f->opts, NULL, NULL, &llm, NULL);
        sr_fail_alloc_off();
        sr_llm_remote.close(llm);
        if (!sr_fail_alloc_hit()) {
            assert_int_equal(status, SARAI_OK);
            break;
        }
        assert_int_equal(status, SARAI_ENOMEM);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(an_answer_arrives_in_pieces_and_the_question_with_all_that_was_said),
        TEST(an_answer_that_is_as_long_as_it_may_be_is_told),
        TEST(a_busy_server_is_asked_again),
        TEST(tries_come_to_an_end_with_the_reason),
        TEST(what_the_server_refuses_is_not_asked_again),
        TEST(a_server_that_dies_in_the_middle_is_an_error_after_what_it_said),
        TEST(an_error_or_nonsense_in_the_stream_is_an_error),
        TEST(giving_up_hangs_up),
        TEST(giving_up_needs_no_word_of_the_server),
        TEST(without_a_server_the_reason_is_that),
        TEST(an_address_that_is_none_is_refused),
        TEST(it_survives_every_failing_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
