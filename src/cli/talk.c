/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/dialogue.h"

#include <stdlib.h>
#include <string.h>

/* How long an event may keep Ctrl-C waiting. */
#define WAIT_MS 100

/* ------------------------------------------------------------------------------------------------------ devices -- */

struct chosen {
    char *input, *output; /* names */
};

static void see_device(void *user, const struct sarai_device *device) {
    struct chosen *chosen = user;
    if (device->is_input && chosen->input == NULL)
        chosen->input = sr_strdup(device->name);
    if (device->is_output && chosen->output == NULL)
        chosen->output = sr_strdup(device->name);
}

/* The default of a conversation is the sound card, where a configuration's is a file. */
static int use_device(struct cli *cli, const char *key, bool *is_device) {
    struct sarai_error error = {0};
    const char *backend = sarai_config_get(cli->config, key);
    if (backend != NULL && strcmp(backend, "file") == 0 && sarai_config_set(cli->config, key, "device", &error) < 0)
        return cli_fail(cli, &error);
    backend = sarai_config_get(cli->config, key);
    *is_device = backend != NULL && strcmp(backend, "device") == 0;
    return CLI_WELL;
}

static int no_device(struct cli *cli, const char *key) {
    const char *name = sarai_config_get(cli->config, key);
    const bool input = strncmp(key, "capture", strlen("capture")) == 0;
    struct sarai_error error;
    sr_error(&error, SARAI_EDEVICE, key, "there is no %s%s%s%s; see: sarai devices",
             input ? "microphone" : "loudspeaker", name != NULL && name[0] != '\0' ? " '" : "",
             name != NULL ? name : "", name != NULL && name[0] != '\0' ? "'" : "");
    return cli_fail(cli, &error);
}

/* Tells of a missing device before the models are loaded. */
static int find_devices(struct cli *cli) {
    struct chosen chosen = {NULL};
    struct sarai_error error = {0};
    bool input = false, output = false;
    int rc = use_device(cli, "capture.backend", &input);
    if (rc == CLI_WELL)
        rc = use_device(cli, "playback.backend", &output);
    if (rc == CLI_WELL && (input || output) && sarai_devices(cli->config, see_device, &chosen, &error) < 0)
        rc = cli_fail(cli, &error);
    else if (rc == CLI_WELL && input && chosen.input == NULL)
        rc = no_device(cli, "capture.device");
    else if (rc == CLI_WELL && output && chosen.output == NULL)
        rc = no_device(cli, "playback.device");
    else if (rc == CLI_WELL && input && output)
        cli_note(cli, "%s: %s; %s: %s", cli_say_in(cli, "Microphone", "Micrófono"), chosen.input,
                 cli_say_in(cli, "loudspeaker", "altavoz"), chosen.output);
    free(chosen.input);
    free(chosen.output);
    return rc;
}

/* ------------------------------------------------------------------------------------------------------- events -- */

static const char *event_name(enum sarai_event_type type) {
    static const char *const names[] = {[SARAI_EVENT_SPEECH_STARTED] = "speech_started",
                                        [SARAI_EVENT_SPEECH_STOPPED] = "speech_stopped",
                                        [SARAI_EVENT_PARTIAL] = "partial",
                                        [SARAI_EVENT_FINAL] = "final",
                                        [SARAI_EVENT_REPLY] = "reply",
                                        [SARAI_EVENT_AUDIO_STARTED] = "audio_started",
                                        [SARAI_EVENT_DUCKED] = "ducked",
                                        [SARAI_EVENT_HELD] = "held",
                                        [SARAI_EVENT_RESTORED] = "restored",
                                        [SARAI_EVENT_INTERRUPTED] = "interrupted",
                                        [SARAI_EVENT_TURN] = "turn",
                                        [SARAI_EVENT_INPUT_ENDED] = "input_ended",
                                        [SARAI_EVENT_WARNING] = "warning",
                                        [SARAI_EVENT_DEVICE_LOST] = "device_lost",
                                        [SARAI_EVENT_DEVICE_BACK] = "device_back"};
    return (size_t)type < sizeof names / sizeof *names ? names[type] : "other";
}

/* The event's name and time, then its text, or the record of its turn as `chat` prints it. */
static cJSON *document(const struct sarai_event *event) {
    cJSON *all = cJSON_CreateObject(), *record = event->turn != NULL ? cli_turn_record(event->turn) : NULL;
    cli_add_text(all, "event", event_name(event->type));
    cli_add_number(all, "time_ms", (double)event->time_us / 1000, 1);
    if (event->turn == NULL) {
        cli_add_number(all, "turn", event->turn_id, 0);
        cli_add_text(all, "text", event->text);
    }
    while (record != NULL && record->child != NULL) {
        cJSON *item = cJSON_DetachItemViaPointer(record, record->child);
        cJSON_AddItemToArray(all, item); /* keeps its name */
    }
    cJSON_Delete(record);
    return all;
}

static void tell_device(struct cli *cli, bool microphone, bool back) {
    static const char *const texts[2][2][2] = {
        {{"the loudspeaker was lost; waiting for it", "se perdió el altavoz; esperando a que vuelva"},
         {"the loudspeaker is back", "el altavoz ha vuelto"}},
        {{"the microphone was lost; waiting for it", "se perdió el micrófono; esperando a que vuelva"},
         {"the microphone is back", "el micrófono ha vuelto"}}};
    cli_note(cli, "sarai: %s", cli_say_in(cli, texts[microphone][back][0], texts[microphone][back][1]));
}

static void caption(struct cli *cli, const struct sarai_event *event) {
    const char *text = event->text != NULL ? event->text : "";
    switch (event->type) {
    case SARAI_EVENT_SPEECH_STARTED:
        cli_progress(cli, "...");
        break;
    case SARAI_EVENT_PARTIAL:
        cli_progress(cli, "%s...", text);
        break;
    case SARAI_EVENT_FINAL:
        if (text[0] != '\0')
            cli_print(cli, "%s: %s\n", cli_say_in(cli, "User", "Usuario"), text);
        break;
    case SARAI_EVENT_REPLY:
        cli_print(cli, "Sarai: %s\n", text);
        break;
    case SARAI_EVENT_INTERRUPTED:
        cli_print(cli, "(%s)\n", cli_say_in(cli, "interrupted", "interrumpida"));
        break;
    case SARAI_EVENT_WARNING:
        cli_note(cli, "sarai: %s", text);
        break;
    case SARAI_EVENT_DEVICE_LOST:
    case SARAI_EVENT_DEVICE_BACK:
        tell_device(cli, strcmp(text, "capture") == 0, event->type == SARAI_EVENT_DEVICE_BACK);
        break;
    default:
        break;
    }
}

static int converse(struct cli *cli, struct sarai_session *session) {
    for (;;) {
        struct sarai_event event = {0};
        const int got = sarai_session_next_event(session, &event, WAIT_MS);
        const int ended = cli_ended(cli);
        if (got > 0) {
            caption(cli, &event);
            const bool printed = cli_json(cli, document(&event)) && cli_flush(cli);
            sarai_event_deinit(&event);
            if (!printed)
                return CLI_FAILED;
        }
        if (ended != 0)
            return ended;
        if (got < 0)
            return CLI_FAILED;
    }
}

static int run(struct cli *cli, const void *opts) {
    (void)opts;
    struct sarai_engine *engine = NULL;
    struct sarai_session *session = NULL;
    struct sarai_error error = {0};
    int rc = find_devices(cli);
    if (rc == CLI_WELL)
        rc = cli_engine(cli, SARAI_USE_ALL, &engine);
    if (rc == CLI_WELL && sarai_session_new(engine, NULL, &session, &error) < 0)
        rc = cli_fail(cli, &error);
    if (rc == CLI_WELL) {
        cli_end_gently(cli);
        cli_note(cli, "%s", cli_say_in(cli, "Speak; Ctrl-C ends.", "Habla; Ctrl-C termina."));
        rc = converse(cli, session);
    }
    cli_progress_end(cli);
    sarai_session_free(session);
    sarai_engine_free(engine);
    return rc;
}

const struct cli_verb cli_talk = {
    .name = "talk",
    .usage = "",
    .en = "A spoken conversation with microphone and loudspeaker",
    .es = "Una conversación hablada con micrófono y altavoz",
    .more_en = "The echo of the loudspeaker in the microphone is cancelled; headphones help in a difficult room.\n"
               "Ctrl-C ends (exit code 130). A device that is lost is waited for.\n"
               "JSON, a document an event: event, time_ms, turn, text (device_lost and device_back: which one); the "
               "event \"turn\" has what chat prints instead.",
    .more_es = "El eco del altavoz en el micrófono se cancela; los auriculares ayudan en una sala difícil.\n"
               "Ctrl-C termina (código de salida 130). Si se pierde un dispositivo, se espera a que vuelva.\n"
               "JSON, un documento por suceso: event, time_ms, turn, text (device_lost y device_back: cuál); el suceso "
               "\"turn\" trae lo que imprime chat.",
    .examples = "sarai talk\n"
                "sarai talk --capture.device=usb --playback.device=headphones",
    .run = run};
