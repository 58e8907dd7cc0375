/* SPDX-License-Identifier: Apache-2.0 */
/* Tools in JSON: what is asked of them, what their files may be wrong about, and how they are reached or not. */
#include <arpa/inet.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/test.h"
#include "tools/home.h"

static struct sr_tongue tongue;
static char *data;

static int setup(void **state) {
    (void)state;
    const char *source = getenv("SARAI_TEST_SOURCE");
    data = sr_asprintf("%s/data", source ? source : ".");
    struct sarai_error error = {0};
    const int status = sr_tongue_init(&tongue, data, "es", &error);
    if (status < 0)
        print_error("%s: %s\n", error.where, error.text);
    return status;
}

static int teardown(void **state) {
    (void)state;
    sr_tongue_deinit(&tongue);
    free(data);
    return 0;
}

static struct sr_toolbox *box_of(const char *json) {
    struct sr_toolbox *box = NULL;
    struct sarai_error error = {0};
    if (sr_toolbox_parse("tools.json", json, &tongue, &box, &error) < 0)
        fail_msg("%s: %s", error.where, error.text);
    return box;
}

static void find(const struct sr_toolbox *box, const char *text, const struct sr_tool_call *last,
                 struct sr_tool_call *call) {
    static const struct sr_tool_call none = {.box = NULL};
    struct sr_said said;
    assert_int_equal(sr_said_init(&said, tongue.normalizer, text), SARAI_OK);
    assert_int_equal(sr_toolbox_find(box, &said, last ? last : &none, call), SARAI_OK);
    if (!call->box && last)
        assert_int_equal(sr_toolbox_find_more(box, &said, last, &none, call), SARAI_OK);
    sr_said_deinit(&said);
}

static void expect(const struct sr_toolbox *box, const char *text, const char *tool, const char *arguments) {
    struct sr_tool_call call = {0};
    find(box, text, NULL, &call);
    if (!call.box)
        fail_msg("'%s' asks for nothing", text);
    assert_string_equal(call.tool->name, tool);
    cJSON *wanted = cJSON_Parse(arguments);
    if (!cJSON_Compare(wanted, call.arguments, true))
        fail_msg("'%s' asks for %s", text, cJSON_PrintUnformatted(call.arguments));
    cJSON_Delete(wanted);
    sr_tool_call_deinit(&call);
}

static const char coffee[] =
    "{\"polite\": [\"por favor\"], \"lists\": {\"size\": {\"grande\": [\"enorme\"], \"solo\": []}},\n"
    " \"more\": [\"y otro {size}\"],\n"
    " \"tools\": [{\"name\": \"make\", \"done\": \"Un café {size}.\",\n"
    "  \"parameters\": {\"type\": \"object\", \"properties\": {\"size\": {\"type\": \"string\", \"list\": \"size\"},\n"
    "   \"sugar\": {\"type\": \"integer\", \"minimum\": 0, \"maximum\": 4}, \"for\": {\"type\": \"string\"},\n"
    "   \"in\": {\"type\": \"number\", \"form\": \"span\"}}},\n"
    "  \"patterns\": [\"hazme un café [{size}] [con {sugar} de azúcar] [en {in}] [para {for}]\",\n"
    "   {\"pattern\": \"otro igual\", \"set\": {\"size\": \"$size\", \"again\": true}}]}]}";

static void slots_are_filled_from_what_was_said(void **state) {
    (void)state;
    struct sr_toolbox *box = box_of(coffee);
    expect(box, "Hazme un café, por favor.", "make", "{}");
    expect(box, "hazme un café enorme", "make", "{\"size\": \"grande\"}");
    expect(box, "hazme un café solo con dos de azúcar", "make", "{\"size\": \"solo\", \"sugar\": 2}");
    expect(box, "hazme un café con 12 de azúcar en media hora para mi tía Lola", "make",
           "{\"sugar\": 12, \"in\": 1800, \"for\": \"mi tía lola\"}");
    struct sr_tool_call call = {0}, next = {0};
    find(box, "hazme un té", NULL, &call);
    assert_null(call.box);
    find(box, "hazme un café solo con nueve de azúcar", NULL, &call);
    assert_non_null(sr_tool_call_wrong(&call));
    char *done = sr_tool_call_write(&call, call.tool->done);
    assert_string_equal(done, "Un café solo.");
    free(done);
    find(box, "otro igual", &call, &next);
    assert_string_equal(cJSON_GetObjectItem(next.arguments, "size")->valuestring, "solo");
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(next.arguments, "again")));
    sr_tool_call_deinit(&next);
    find(box, "y otro grande", &call, &next);
    assert_string_equal(cJSON_GetObjectItem(next.arguments, "size")->valuestring, "grande");
    assert_int_equal(cJSON_GetObjectItem(next.arguments, "sugar")->valueint, 9);
    sr_tool_call_deinit(&next);
    sr_tool_call_deinit(&call);
    find(box, "otro igual", NULL, &call); /* there was none */
    assert_null(call.box);
    sr_toolbox_free(box);
}

static int keep_phrase(void *user, const char *phrase) {
    sr_str_addf(user, "%s ", phrase);
    return strcmp(phrase, "Basta.") == 0 ? SARAI_ENOMEM : SARAI_OK;
}

static void all_that_it_may_say_is_told(void **state) {
    (void)state;
    static const struct {
        const char *json, *phrases;
        int status;
    } cases[] = {{"{\"tools\": [], \"says\": {\"a\": \"Uno.\", \"b\": {\"\": \"Dos.\", \"luz\": \"Tres {x}.\"}}}",
                  "Uno. Dos. Tres {x}. ", SARAI_OK},
                 {"{\"tools\": [], \"says\": {\"a\": \"Basta.\", \"b\": \"Uno.\"}}", "Basta. ", SARAI_ENOMEM},
                 {"{\"tools\": []}", "", SARAI_OK}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sr_toolbox *box = box_of(cases[i].json);
        struct sr_str all = {0};
        assert_int_equal(sr_toolbox_phrases(box, keep_phrase, &all), cases[i].status);
        assert_string_equal(all.data ? all.data : "", cases[i].phrases);
        sr_str_deinit(&all);
        sr_toolbox_free(box);
    }
}

static void what_is_wrong_with_a_file_is_told_with_its_line(void **state) {
    (void)state;
    static const struct {
        const char *json, *why;
    } wrong[] = {
        {"{\n\"tools\": [\n}", "line 3: not JSON"},
        {"{}", "line 1: needs a list 'tools'"},
        {"{\"tools\": [{}]}", "line 1: a tool without a name"},
        {"{\"tools\": [{\"name\": \"a\"},\n{\"name\": \"a\"}]}", "two tools of the same name"},
        {"{\"tools\": [{\"name\": \"a\",\n\"patterns\": [\n\"pon (la luz\"]}]}", "line 3: a bracket is not closed"},
        {"{\"tools\": [{\"name\": \"a\",\n\"patterns\": [\"pon {luz}\"]}]}", "line 2: a slot of the pattern is no"},
        {"{\"run\": {\"kind\": \"process\"}, \"tools\": []}", "needs a 'command'"},
        {"{\"run\": {\"kind\": \"pigeon\"}, \"tools\": []}", "its 'kind' is process or http"},
        {"{\"lists\": {\"a\": [1]}, \"tools\": []}", "a list is an object of values"},
        {"{\"tools\": [{\"name\": \"a\", \"parameters\": {\"properties\": {\"x\": {\"type\": \"date\"}}}}]}",
         "a parameter's type is"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct sr_toolbox *box = NULL;
        struct sarai_error error = {0};
        assert_int_equal(sr_toolbox_parse("x.json", wrong[i].json, &tongue, &box, &error), SARAI_EINPUT);
        if (!strstr(error.text, wrong[i].why) || strcmp(error.where, "x.json") != 0)
            fail_msg("%s\n%s: %s", wrong[i].json, error.where, error.text);
    }
}

/* ------------------------------------------------------------------------------------------------- how it is reached
 * --
 */

static int run_with(const char *run, struct sr_tool_answer *answer) {
    char *json = sr_asprintf("{\"run\": %s, \"tools\": [{\"name\": \"go\", \"patterns\": [\"ve\"]}]}", run);
    struct sr_toolbox *box = box_of(json);
    struct sr_tool_call call = {0};
    find(box, "ve", NULL, &call);
    const int status = sr_tool_run(&call, NULL, NULL, NULL, answer);
    sr_tool_call_deinit(&call);
    sr_toolbox_free(box);
    free(json);
    return status;
}

#define PROGRAM(script) "{\"kind\": \"process\", \"command\": [\"sh\", \"-c\", \"" script "\"], \"timeout_ms\": 2500}"

static void a_program_is_asked_on_its_input_and_answers_on_its_output(void **state) {
    (void)state;
    struct sr_tool_answer answer = {0};
    assert_int_equal(run_with(PROGRAM("read q; case $q in *go*) echo '{\\\"say\\\": \\\"Voy.\\\"}';; esac"), &answer),
                     SARAI_OK);
    assert_string_equal(answer.say, "Voy.");
    sr_tool_answer_deinit(&answer);
    assert_int_equal(run_with(PROGRAM("echo '{}'"), &answer), SARAI_OK); /* it may not even read */
    assert_null(answer.say);
}

static void a_program_that_fails_is_told_apart_and_one_that_hangs_is_ended(void **state) {
    (void)state;
    struct sr_tool_answer answer = {0};
    assert_int_equal(run_with(PROGRAM("sleep 60 & sleep 60"), &answer), SARAI_ETIMEOUT);
    assert_non_null(strstr(answer.error, "in time"));
    assert_int_equal(run_with(PROGRAM("exit 3"), &answer), SARAI_EIO);
    assert_int_equal(run_with(PROGRAM("echo hola"), &answer), SARAI_EINPUT);
    assert_int_equal(run_with(PROGRAM("head -c 200000 /dev/zero | tr '\\\\0' a"), &answer), SARAI_EINPUT);
    assert_int_equal(
        run_with(PROGRAM("echo '{\\\"error\\\": \\\"jam\\\", \\\"say\\\": \\\"Se ha atascado.\\\"}'"), &answer),
        SARAI_EINPUT);
    assert_string_equal(answer.error, "jam");
    assert_string_equal(answer.say, "Se ha atascado.");
    sr_tool_answer_deinit(&answer);
    assert_int_equal(run_with("{\"kind\": \"process\", \"command\": [\"no-such-program-here\"]}", &answer), SARAI_EIO);
}

struct server {
    int fd;
    const char *reply; /* NULL: none */
    char request[4096];
};

static void *serve(void *user) {
    struct server *server = user;
    const int peer = accept(server->fd, NULL, NULL);
    size_t used = 0;
    for (ssize_t n; used < sizeof server->request - 1 && !strstr(server->request, "\"arguments\"") &&
                    (n = recv(peer, server->request + used, sizeof server->request - 1 - used, 0)) > 0;)
        used += (size_t)n;
    if (server->reply)
        send(peer, server->reply, strlen(server->reply), MSG_NOSIGNAL);
    else
        recv(peer, server->request, 1, 0); /* until the other side has had enough */
    close(peer);
    return NULL;
}

static int ask_server(struct server *server, struct sr_tool_answer *answer) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    pthread_t thread;
    server->fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(server->fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(server->fd, 1), 0);
    assert_int_equal(getsockname(server->fd, (struct sockaddr *)&address, &size), 0);
    pthread_create(&thread, NULL, serve, server);
    char *run = sr_asprintf("{\"kind\": \"http\", \"url\": \"http://127.0.0.1:%d/t\", \"timeout_ms\": 500}",
                            ntohs(address.sin_port));
    const int status = run_with(run, answer);
    pthread_join(thread, NULL);
    close(server->fd);
    free(run);
    return status;
}

static void a_web_address_is_asked_and_may_refuse_hang_or_be_gone(void **state) {
    (void)state;
    struct sr_tool_answer answer = {0};
    struct server well = {.reply = "HTTP/1.0 200 OK\r\n\r\n{\"say\": \"Listo.\"}"};
    assert_int_equal(ask_server(&well, &answer), SARAI_OK);
    assert_string_equal(answer.say, "Listo.");
    assert_non_null(strstr(well.request, "POST /t"));
    assert_non_null(strstr(well.request, "\"name\":\"go\""));
    sr_tool_answer_deinit(&answer);
    struct server refuses = {.reply = "HTTP/1.0 500 No\r\n\r\n{}"};
    assert_int_equal(ask_server(&refuses, &answer), SARAI_EINPUT);
    struct server nonsense = {.reply = "HTTP/1.0 200 OK\r\n\r\n<html>"};
    assert_int_equal(ask_server(&nonsense, &answer), SARAI_EINPUT);
    struct server hangs = {.reply = NULL};
    assert_int_equal(ask_server(&hangs, &answer), SARAI_ETIMEOUT);
    assert_int_equal(run_with("{\"kind\": \"http\", \"url\": \"http://127.0.0.1:1/\", \"timeout_ms\": 500}", &answer),
                     SARAI_EIO);
}

/* -------------------------------------------------------------------------------------------------------- the home --
 */

static void the_toy_home_keeps_what_was_done_to_it(void **state) {
    (void)state;
    static const struct {
        const char *said, *tool, *answered;
    } lines[] = {
        {"Enciende la luz del salón", "HassTurnOn", "Enciendo la luz del salón."},
        {"y la del pasillo también", "HassTurnOn", "Enciendo la luz del pasillo."},
        {"¿está encendida la luz del salón?", "HassGetState", "Sí, la luz del salón está encendida."},
        {"¿y la del pasillo?", "HassGetState", "Sí, la luz del pasillo está encendida."},
        {"apágala", "HassTurnOff", "Apago la luz del pasillo."},
        {"¿está apagada?", "HassGetState", "Sí, la luz del pasillo está apagada."},
        {"pon la luz de la cocina al cincuenta por ciento", "HassLightSet",
         "Listo: la luz de la cocina al cincuenta por ciento."},
        {"pon la luz del dormitorio en azul", "HassLightSet", "Listo: la luz del dormitorio en azul."},
        {"sube la persiana del despacho", "HassTurnOn", "Abro la persiana del despacho."},
        {"baja todas las persianas", "HassTurnOff", "Cierro las persianas de toda la casa."},
        {"pon la calefacción del baño a 22 grados", "HassClimateSetTemperature",
         "Pongo la climatización del baño a veintidós grados."},
        {"añade leche a la lista de la compra", "HassShoppingListAddItem", "Apunto leche en la lista."},
        {"qué hay en la lista de la compra", "HassListRead", "En la lista hay: leche."},
        {"tacha leche de la lista de la compra", "HassListCompleteItem", "Tacho leche de la lista."},
        {"qué hay en la lista de la compra", "HassListRead", "La lista está vacía."},
        {"apaga el submarino", "HassTurnOff", "En esta casa no encuentro submarino."},
    };
    char *path = sr_asprintf("%s/es/home.json", data);
    struct sr_toolbox *box = NULL;
    struct sr_home *home = NULL;
    struct sarai_error error = {0};
    struct sr_tool_call last = {0};
    if (sr_toolbox_load(path, &tongue, &box, &error) < 0 || sr_home_new(box, &tongue, &home, &error) < 0)
        fail_msg("%s: %s", error.where, error.text);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct sr_tool_call call = {0};
        struct sr_tool_answer answer = {0};
        find(box, lines[i].said, &last, &call);
        if (!call.box)
            fail_msg("'%s' asks for nothing", lines[i].said);
        sr_tool_run(&call, sr_home_call, home, NULL, &answer);
        if (strcmp(call.tool->name, lines[i].tool) != 0 || !answer.say || strcmp(answer.say, lines[i].answered) != 0)
            fail_msg("'%s': %s: %s", lines[i].said, call.tool->name, answer.say ? answer.say : "nothing");
        sr_tool_answer_deinit(&answer);
        sr_tool_call_deinit(&last);
        last = call;
    }
    sr_tool_call_deinit(&last);
    sr_home_free(home);
    sr_toolbox_free(box);
    free(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slots_are_filled_from_what_was_said),
        cmocka_unit_test(all_that_it_may_say_is_told),
        cmocka_unit_test(what_is_wrong_with_a_file_is_told_with_its_line),
        cmocka_unit_test(a_program_is_asked_on_its_input_and_answers_on_its_output),
        cmocka_unit_test(a_program_that_fails_is_told_apart_and_one_that_hangs_is_ended),
        cmocka_unit_test(a_web_address_is_asked_and_may_refuse_hang_or_be_gone),
        cmocka_unit_test(the_toy_home_keeps_what_was_done_to_it),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
