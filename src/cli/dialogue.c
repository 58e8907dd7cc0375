/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/dialogue.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A file may hold several turns: it is over once nothing has happened for so long after its end. */
#define SETTLE_US 1500000
/* Nothing at all for so long, while an answer is said to be on its way, is a fault. */
#define STALL_US 120000000

/* ------------------------------------------------------------------------------------------------------ records -- */

const struct cli_span cli_spans[] = {{"speech_start", "speech_end", "user", "user speaks", "habla el usuario"},
                                     {"speech_end", "endpoint", "wait", "turn end", "fin de turno"},
                                     {"stt_start", "stt_end", "stt", "speech to text", "voz a texto"},
                                     {"final", "route", "brain", "decision", "decisión"},
                                     {"route", "first_text", "brain", "first sentence", "primera frase"},
                                     {"first_text", "first_clip", "tts", "first voice", "primera voz"},
                                     {"first_audio", "last_audio", "reply", "machine speaks", "habla la máquina"},
                                     {"stop_decided", "stopped", "stop", "interrupted", "interrumpida"},
                                     {NULL}};

static double since(int64_t later_us, int64_t earlier_us) {
    return later_us >= 0 && earlier_us >= 0 ? (double)(later_us - earlier_us) / 1000 : NAN;
}

static void add_times(cJSON *record, const struct sarai_turn *turn) {
    const struct {
        const char *name;
        int64_t us;
    } times[] = {{"speech_start", turn->speech_start_us},
                 {"speech_end", turn->speech_end_us},
                 {"endpoint", turn->endpoint_us},
                 {"stt_start", turn->stt_start_us},
                 {"stt_end", turn->stt_end_us},
                 {"final", turn->final_us},
                 {"route", turn->route_us},
                 {"first_token", turn->first_token_us},
                 {"first_text", turn->first_text_us},
                 {"first_clip", turn->first_clip_us},
                 {"first_audio", turn->first_audio_us},
                 {"last_audio", turn->last_audio_us},
                 {"stop_decided", turn->stop_decided_us},
                 {"stopped", turn->stopped_us}};
    cJSON *object = cJSON_AddObjectToObject(record, "times_ms");
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        cli_add_number(object, times[i].name, since(times[i].us, turn->speech_start_us), 1);
}

cJSON *cli_turn_record(const struct sarai_turn *turn) {
    cJSON *record = cJSON_CreateObject();
    cli_add_number(record, "turn", turn->id, 0);
    cli_add_text(record, "heard", turn->heard != NULL ? turn->heard : "");
    cli_add_text(record, "route", turn->route);
    cli_add_text(record, "intent", turn->intent);
    cli_add_number(record, "confidence", turn->confidence, 4);
    cli_add_text(record, "reply", turn->reply);
    cli_add_number(record, "ttfa_ms", since(turn->first_audio_us, turn->speech_end_us), 1);
    cli_add_number(record, "endpoint_ms", since(turn->endpoint_us, turn->speech_end_us), 1);
    cli_add_number(record, "stt_ms", since(turn->stt_end_us, turn->stt_start_us), 1);
    cli_add_number(record, "route_ms", since(turn->route_us, turn->final_us), 1);
    cli_add_number(record, "first_token_ms", since(turn->first_token_us, turn->final_us), 1);
    cJSON *gaps = cJSON_AddArrayToObject(record, "gaps_ms");
    for (int i = 0; i < turn->gap_count && i < SARAI_GAPS_MAX; i++)
        cJSON_AddItemToArray(gaps, cJSON_CreateNumber(round((double)turn->gaps_ms[i] * 10) / 10));
    cJSON_AddBoolToObject(record, "interrupted", turn->interrupted);
    cli_add_number(record, "stop_ms", since(turn->stopped_us, turn->stop_decided_us), 1);
    cli_add_text(record, "heard_reply", turn->heard_reply);
    add_times(record, turn);
    return record;
}

/* The record of a file in which nothing was said: every time is one that was never reached. */
static cJSON *make_silence(void) {
    const struct sarai_turn turn = {.speech_start_us = -1,
                                    .speech_end_us = -1,
                                    .endpoint_us = -1,
                                    .stt_start_us = -1,
                                    .stt_end_us = -1,
                                    .final_us = -1,
                                    .route_us = -1,
                                    .first_token_us = -1,
                                    .first_text_us = -1,
                                    .first_clip_us = -1,
                                    .first_audio_us = -1,
                                    .last_audio_us = -1,
                                    .stop_decided_us = -1,
                                    .stopped_us = -1};
    cJSON *record = cli_turn_record(&turn);
    if (record != NULL)
        cJSON_ReplaceItemInObject(record, "turn", cJSON_CreateNull());
    return record;
}

const char *cli_record_text(const cJSON *record, const char *name) {
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(record, name));
    return text != NULL ? text : "";
}

bool cli_span_times(const cJSON *record, const struct cli_span *span, double *from_ms, double *to_ms) {
    const cJSON *times = cJSON_GetObjectItemCaseSensitive(record, "times_ms");
    const cJSON *from = cJSON_GetObjectItemCaseSensitive(times, span->from);
    const cJSON *to = cJSON_GetObjectItemCaseSensitive(times, span->to);
    if (!cJSON_IsNumber(from) || !cJSON_IsNumber(to) || to->valuedouble < from->valuedouble)
        return false;
    *from_ms = from->valuedouble;
    *to_ms = to->valuedouble;
    return true;
}

double cli_turn_length(const cJSON *record) {
    double from, to, length = 1;
    for (const struct cli_span *span = cli_spans; span->from != NULL; span++) {
        if (cli_span_times(record, span, &from, &to) && to > length)
            length = to;
    }
    return length;
}

void cli_print_bars(struct cli *cli, const cJSON *record) {
    enum { WIDTH = 60 };
    const double length = cli_turn_length(record);
    double from, to;
    for (const struct cli_span *span = cli_spans; span->from != NULL; span++) {
        if (!cli_span_times(record, span, &from, &to))
            continue;
        char bar[WIDTH + 1];
        memset(bar, ' ', WIDTH);
        bar[WIDTH] = '\0';
        int first = (int)fmax(0, fmin(WIDTH - 1, WIDTH * from / length)), last = (int)(WIDTH * to / length);
        for (int i = first; i < WIDTH && (i == first || i < last); i++)
            bar[i] = '#';
        /* Padded by hand: printf counts the bytes of accents, not their columns. */
        const char *name = cli_say_in(cli, span->en, span->es);
        int columns = 0;
        for (const char *p = name; *p != '\0'; p++)
            columns += ((unsigned char)*p & 0xc0) != 0x80;
        cli_print(cli, "    %s%*s |%s| %.0f - %.0f ms\n", name, 18 - columns, "", bar, from, to);
    }
}

/* ------------------------------------------------------------------------------------------------------- session -- */

struct progress {
    bool ended;       /* the file was played to its end */
    size_t turns;     /* records since it began */
    int64_t event_us; /* when something happened last */
    int64_t busy_us;  /* when an answer was last on its way */
};

/* One event; false ends the conversation. */
static bool take_event(const struct dialogue *dialogue, const char *file, const struct sarai_event *event,
                       struct progress *progress) {
    if (event->type == SARAI_EVENT_INPUT_ENDED)
        progress->ended = true;
    if (event->type == SARAI_EVENT_WARNING && event->text != NULL)
        cli_note(dialogue->cli, "sarai: %s", event->text);
    if (event->type != SARAI_EVENT_TURN || event->turn == NULL)
        return true;
    progress->turns++;
    return dialogue->turn(dialogue->user, file, cli_turn_record(event->turn));
}

static int stalled(const struct dialogue *dialogue, const char *file) {
    struct sarai_error error;
    sr_error(&error, SARAI_ETIMEOUT, file, "the conversation stands still: an answer began and never ended");
    return cli_fail(dialogue->cli, &error);
}

/* Until the file was played, its turns are over and nothing has happened for SETTLE_US. */
static int follow(const struct dialogue *dialogue, struct sarai_session *session, const char *file) {
    const int64_t start_us = sarai_session_now_us(session);
    struct progress progress = {.event_us = start_us, .busy_us = start_us};
    for (;;) {
        struct sarai_event event = {0};
        const int got = sarai_session_next_event(session, &event, 50);
        if (got == SARAI_ECLOSED)
            return stalled(dialogue, file);
        bool go_on = got <= 0 || take_event(dialogue, file, &event, &progress);
        if (got > 0)
            sarai_event_deinit(&event);
        if (!go_on)
            return CLI_FAILED;
        const int64_t now_us = sarai_session_now_us(session);
        const bool busy = sarai_session_busy(session);
        if (got > 0)
            progress.event_us = now_us;
        if (got > 0 || busy || !progress.ended)
            progress.busy_us = now_us;
        if (progress.ended && now_us - progress.busy_us >= SETTLE_US)
            break;
        if (progress.ended && now_us - progress.event_us >= STALL_US)
            return stalled(dialogue, file);
    }
    if (progress.turns > 0)
        return CLI_WELL;
    return dialogue->turn(dialogue->user, file, make_silence()) ? CLI_WELL : CLI_FAILED;
}

/* Completes the answers' file. */
static int end_session(const struct dialogue *dialogue, struct sarai_session *session) {
    struct sarai_error error = {0};
    if (sarai_session_close(session, &error) == SARAI_OK)
        return CLI_WELL;
    if (dialogue->reply_name != NULL)
        snprintf(error.where, sizeof error.where, "%s", dialogue->reply_name);
    return cli_fail(dialogue->cli, &error);
}

int cli_dialogue(const struct dialogue *dialogue) {
    const struct sarai_session_options options = {
        .struct_size = sizeof options, .playback_path = dialogue->reply, .virtual_time = dialogue->fast};
    struct sarai_session *session = NULL;
    struct sarai_error error = {0};
    if (sarai_session_new(dialogue->engine, &options, &session, &error) < 0)
        return cli_fail(dialogue->cli, &error);
    int rc = CLI_WELL;
    for (size_t i = 0; i < dialogue->count; i++) {
        if (sarai_session_hear_file(session, dialogue->files[i], &error) < 0) {
            rc = cli_worse(rc, cli_fail_input(dialogue->cli, &error));
            continue;
        }
        cli_progress(dialogue->cli, "%zu/%zu %s", i + 1, dialogue->count, dialogue->files[i]);
        int result = follow(dialogue, session, dialogue->files[i]);
        cli_progress_end(dialogue->cli);
        rc = cli_worse(rc, result);
        if (result != CLI_WELL)
            break;
    }
    if (dialogue->metrics != NULL)
        *dialogue->metrics = sarai_session_metrics(session);
    return cli_worse(rc, end_session(dialogue, session));
}
