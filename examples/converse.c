/* SPDX-License-Identifier: Apache-2.0 */
/* A spoken conversation in forty lines: converse QUESTION.wav REPLY.wav */
#include <sarai/sarai.h>
#include <stdio.h>

static int complain(const struct sarai_error *error) {
    fprintf(stderr, "%s: %s\n", error->where, error->text);
    return 1;
}

int main(int argc, char **argv) {
    struct sarai_config *config = NULL;
    struct sarai_engine *engine = NULL;
    struct sarai_session *session = NULL;
    struct sarai_error error = {0};
    if (argc != 3) {
        fprintf(stderr, "usage: converse QUESTION.wav REPLY.wav\n");
        return 2;
    }
    struct sarai_session_options options = {0};
    options.struct_size = sizeof options;
    options.playback_path = argv[2];
    int status = sarai_config_new(&config, &error);
    if (status >= 0)
        status = sarai_engine_new(config, SARAI_USE_ALL, &engine, &error);
    if (status >= 0)
        status = sarai_session_new(engine, &options, &session, &error);
    if (status >= 0)
        status = sarai_session_hear_file(session, argv[1], &error);
    for (bool answered = false; status >= 0 && !answered;) {
        struct sarai_event event;
        if (sarai_session_next_event(session, &event, 60000) <= 0)
            break;
        answered = event.type == SARAI_EVENT_TURN;
        if (answered)
            printf("> %s\n%s\n", event.turn->heard, event.turn->reply);
        sarai_event_deinit(&event);
    }
    const int closed = sarai_session_close(session, status < 0 ? NULL : &error);
    sarai_engine_free(engine);
    sarai_config_free(config);
    return status < 0 || closed < 0 ? complain(&error) : 0;
}
