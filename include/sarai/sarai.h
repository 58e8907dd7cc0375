/* SPDX-License-Identifier: Apache-2.0 */
/**
 * sarai: talk with a computer. Offline, full duplex, Spanish first.
 *
 *     struct sarai_config *config = NULL;
 *     struct sarai_engine *engine = NULL;
 *     struct sarai_session *session = NULL;
 *     struct sarai_event event;
 *     struct sarai_error error;
 *     if (sarai_config_new(&config, &error) < 0 ||
 *         sarai_engine_new(config, SARAI_USE_ALL, &engine, &error) < 0 ||
 *         sarai_session_new(engine, NULL, &session, &error) < 0)
 *         return fprintf(stderr, "%s: %s\n", error.where, error.text), 1;
 *     while (sarai_session_next_event(session, &event, 1000) >= 0)
 *         if (event.type == SARAI_EVENT_TURN) printf("%s\n", event.turn->reply);
 *
 * Conventions
 *   Functions return 0 or a count when all is well and a negative SARAI_E... code otherwise; `error`, where a
 *   function takes one, may be NULL and says what is wrong, where, and what to do next.
 *   Constructors write `*out` only on success; every `_free` accepts NULL.
 *   Text is UTF-8. Times are microseconds of the session's clock. Audio is mono.
 *   Contract words: **borrows** (valid until the call returns), **owns** (frees it), **hands over** (the caller must
 *   not touch it again). Thread tags: [init] not while a session runs, [any] any thread, [one] one thread at a time.
 *   Structs that callers fill begin with `struct_size = sizeof(struct ...)`, so that later versions can grow them.
 */
#ifndef SARAI_SARAI_H
#define SARAI_SARAI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define SARAI_API __attribute__((visibility("default")))
#else
#define SARAI_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define SARAI_VERSION "0.1.0"

/* ------------------------------------------------------------------------------------------------------ status -- */

/** X(name, value, text): every status code the library returns. */
#define SARAI_STATUS_MAP(X)                                                                                            \
    X(OK, 0, "success")                                                                                                \
    X(ENOMEM, -1, "out of memory")                                                                                     \
    X(EUSAGE, -2, "wrong use")                                                                                         \
    X(EINPUT, -3, "bad input")                                                                                         \
    X(EMODEL, -4, "a model or dependency is missing")                                                                  \
    X(EIO, -5, "reading or writing failed")                                                                            \
    X(EBUSY, -6, "busy, try again later")                                                                              \
    X(ESTALE, -7, "superseded by something newer")                                                                     \
    X(ETIMEOUT, -8, "timed out")                                                                                       \
    X(ECLOSED, -9, "closed")                                                                                           \
    X(EFULL, -10, "full")                                                                                              \
    X(EUNSUPPORTED, -11, "not supported")                                                                              \
    X(EDEVICE, -12, "the audio device failed")                                                                         \
    X(EINTERNAL, -13, "internal error")

enum sarai_status {
#define SARAI_X(name, value, text) SARAI_##name = (value),
    SARAI_STATUS_MAP(SARAI_X)
#undef SARAI_X
};

/** What went wrong (`code`), where (a file, option or model) and what to do about it. [any] */
struct sarai_error {
    int code;
    char where[160];
    char text[320];
};

/** The English text of a status code. Never NULL. [any] */
SARAI_API const char *sarai_strerror(int code);

/** "0.1.0". [any] */
SARAI_API const char *sarai_version(void);

/* ------------------------------------------------------------------------------------------------------ config -- */

/** All settings: defaults, then a YAML file, then SARAI_... environment variables, then sarai_config_set. */
struct sarai_config;

/** One setting, as the tables describe it. */
struct sarai_option {
    char key[64];         /* "vad.threshold" */
    char env[64];         /* "SARAI_VAD_THRESHOLD" */
    const char *type;     /* "bool", "int", "float", "string"; this and the texts below live as long as the library */
    const char *fallback; /* the default, as text */
    const char *choices;  /* "file|null" or NULL */
    double min, max;      /* numbers only; min == max means unbounded */
    const char *help_en;
    const char *help_es;
};

/** Defaults and the environment. The caller owns `*out`. [any] */
SARAI_API int sarai_config_new(struct sarai_config **out, struct sarai_error *error);
SARAI_API void sarai_config_free(struct sarai_config *config);
/** Reads a YAML file. An unknown key or a bad value is SARAI_EINPUT, named with its line. Environment variables keep
 *  winning over the file. [one] */
SARAI_API int sarai_config_load(struct sarai_config *config, const char *path, struct sarai_error *error);
enum sarai_log_level { SARAI_LOG_ERROR, SARAI_LOG_WARN, SARAI_LOG_INFO, SARAI_LOG_DEBUG };

/** Where the library's log lines go, up to level `most`; without this, nowhere: the library itself never prints.
 * `write` gets one line without its newline at a time, from any thread that is not real-time, and must not call back.
 * [init] */
SARAI_API void sarai_config_set_log(struct sarai_config *config, enum sarai_log_level most,
                                    void (*write)(void *user, enum sarai_log_level level, const char *module,
                                                  const char *line),
                                    void *user);
/** Sets one key from text; wins over file and environment. [one] */
SARAI_API int sarai_config_set(struct sarai_config *config, const char *key, const char *value,
                               struct sarai_error *error);
/** The value of a key as text, or NULL when there is no such key. Borrowed from `config` until its next change. */
SARAI_API const char *sarai_config_get(const struct sarai_config *config, const char *key);
/** Describes the i-th setting of all; false past the end. [any] */
SARAI_API bool sarai_config_option(size_t i, struct sarai_option *out);
/** Writes the commented YAML file of all defaults into a malloc'd string that the caller frees. [any] */
SARAI_API char *sarai_config_yaml(void);

/* ------------------------------------------------------------------------------------------------------ engine -- */

/** One per process: the models (weights shared by all sessions), the templates, the memory, the compute scheduler. */
struct sarai_engine;

/** What to load: an engine that only transcribes need not load a voice. */
enum sarai_use {
    SARAI_USE_VAD = 1 << 0,
    SARAI_USE_STT = 1 << 1,
    SARAI_USE_BRAIN = 1 << 2,
    SARAI_USE_LLM = 1 << 3,
    SARAI_USE_TTS = 1 << 4,
    SARAI_USE_TURN = 1 << 5,      /* what decides whose turn it is */
    SARAI_USE_ALL = (1 << 6) - 1, /* of a conversation */
    SARAI_USE_OMNI = 1 << 6,      /* the modular audio pipeline of section audio_omni, apart from all that */
};

/** Loads the models of `use` (a mask of enum sarai_use). `config` is copied. A missing model is SARAI_EMODEL and the
 *  error names the command that gets it. The caller owns `*out`. [init] */
SARAI_API int sarai_engine_new(const struct sarai_config *config, unsigned use, struct sarai_engine **out,
                               struct sarai_error *error);
/** All sessions must be freed before. */
SARAI_API void sarai_engine_free(struct sarai_engine *engine);

/* ------------------------------------------------------------------------------------------------- one-shot use -- */

/** A stretch of speech, seconds from the start of the file. */
struct sarai_segment {
    double start_s, end_s;
    const char *text; /* NULL from sarai_vad_file */
};

/** Called now and then with the part done, 0 to 1; a non-zero return stops the work with SARAI_ESTALE. */
typedef int sarai_progress(void *user, double part);

struct sarai_vad_result {
    double duration_s;
    double us_per_frame; /* model time for one 32 ms frame */
    size_t count;
    const struct sarai_segment *segments;
};

/** Finds the speech in any audio file. `result` is borrowed inside `done`; `progress` may be NULL. [any] */
SARAI_API int sarai_vad_file(struct sarai_engine *engine, const char *path,
                             void (*done)(void *user, const struct sarai_vad_result *result), void *user,
                             sarai_progress *progress, void *progress_user, struct sarai_error *error);

struct sarai_transcript {
    const char *text;
    const char *language;
    double duration_s;
    double decode_s; /* compute time, without reading the file */
    size_t count;
    const struct sarai_segment *segments;
};

/** Turns the speech of any audio file into text. [any] */
SARAI_API int sarai_transcribe_file(struct sarai_engine *engine, const char *path,
                                    void (*done)(void *user, const struct sarai_transcript *result), void *user,
                                    sarai_progress *progress, void *progress_user, struct sarai_error *error);

struct sarai_turn_end {
    double over;       /* 0 to 1: is the speaker done? 0.5 and more: the engine would have ended the turn by now */
    const char *draft; /* what was understood so far */
    double audio;      /* what the sound alone says (Smart Turn), 0 to 1; NAN without that model */
    double text;       /* what the draft alone says, 0 to 1; NAN without the table of weights */
    double pause_ms;   /* silence at the end */
    double wait_ms;    /* silence at which the engine ends this turn */
};

/** Is the speaker done at the end of the file? Needs an engine made with SARAI_USE_VAD, SARAI_USE_STT and, to know more
 *  than the length of the pause, SARAI_USE_TURN. `result` is borrowed inside `done`. [any] */
SARAI_API int sarai_turn_file(struct sarai_engine *engine, const char *path,
                              void (*done)(void *user, const struct sarai_turn_end *result), void *user,
                              struct sarai_error *error);

struct sarai_learn_options {
    size_t struct_size;
    const char *output; /* the table of weights to write; NULL: where the engine reads it */
    bool speech;        /* have our own voices speak, and learn from what is heard; without it, what they said before */
};

/** How a head did on examples that it had not seen. */
struct sarai_learn_report {
    const char *head;
    const char *kind; /* of speech (sarai_learn_router), or NULL */
    size_t examples;
    double right;            /* part of all */
    double over_right;       /* of those where the turn was over ... */
    double unfinished_right; /* ... and of those where it was not */
    double loss;             /* nats */
};

/** Trains the turn-end head. Needs an engine made with SARAI_USE_TURN, and for speech with SARAI_USE_VAD, SARAI_USE_STT
 *  and SARAI_USE_TTS. The work stops with SARAI_ESTALE when
 *  `progress` returns non-zero; what was heard so far is kept. [any] */
SARAI_API int sarai_learn_turn(struct sarai_engine *engine, const struct sarai_learn_options *options,
                               void (*report)(void *user, const struct sarai_learn_report *report),
                               sarai_progress *progress, void *user, struct sarai_error *error);

/** Trains the router of `brain.language` from its tables. Needs an engine made with SARAI_USE_TURN or with
 *  SARAI_USE_BRAIN, and the embeddings; `options->speech` says nothing here. A report for each kind of speech, of
 *  examples whose intent was held back. Stops like sarai_learn_turn; nothing is written then. [any] */
SARAI_API int sarai_learn_router(struct sarai_engine *engine, const struct sarai_learn_options *options,
                                 void (*report)(void *user, const struct sarai_learn_report *report),
                                 sarai_progress *progress, void *user, struct sarai_error *error);

struct sarai_speech {
    double audio_s;
    double synth_s;
    double first_audio_ms; /* until the first clause was ready */
    int rate_hz;
};

/** Speaks `text` into a 16-bit WAV file (written under a temporary name, then renamed). `voice` NULL is the
 *  configured one; `speed` 0 likewise. [any] */
SARAI_API int sarai_say_file(struct sarai_engine *engine, const char *text, const char *voice, double speed,
                             const char *path, struct sarai_speech *result, struct sarai_error *error);

/** The audio bank of the configured voice. */
struct sarai_bank {
    char path[256];
    size_t sentences; /* that belong into it: replies of templates, phrases, fillers */
    size_t ready;     /* that are there */
    size_t rendered;  /* just now */
    uint64_t bytes;
    double took_s;
};

/** Renders what is missing of the audio bank, so that fixed replies are heard without synthesis, and what would be read
 *  otherwise since its tables changed; then deletes the banks but the four used last. Needs an engine made
 *  with SARAI_USE_BRAIN and SARAI_USE_TTS. SARAI_ESTALE when `progress` stopped it: what was rendered is kept. [any] */
SARAI_API int sarai_bank_build(struct sarai_engine *engine, sarai_progress *progress, void *user,
                               struct sarai_bank *result, struct sarai_error *error);

struct sarai_answer {
    const char *text;   /* the question */
    const char *route;  /* "template", "skill", "knowledge", "llm" or "unknown" */
    const char *intent; /* template id, passage id or "" */
    double confidence;  /* 0 to 1 */
    const char *reply;
    size_t source_count;
    const char *const *sources; /* ids of the passages it rests on */
    double ms;
};

/** A conversation in writing: what is asked by halves is understood from what was said before. */
struct sarai_dialogue;

/** Needs an engine made with SARAI_USE_BRAIN, which outlives it. The caller owns `*out`. [any] */
SARAI_API int sarai_dialogue_new(struct sarai_engine *engine, struct sarai_dialogue **out, struct sarai_error *error);
SARAI_API void sarai_dialogue_free(struct sarai_dialogue *dialogue);
/** Its next turn. `answer` is borrowed inside `done`. [one] */
SARAI_API int sarai_dialogue_ask(struct sarai_dialogue *dialogue, const char *text,
                                 void (*done)(void *user, const struct sarai_answer *answer), void *user,
                                 struct sarai_error *error);

/** A function that is called by voice: `arguments` is a JSON object. Returns 0, or a negative status when it could not
 *  be done, and may hand over `*answer` (malloc'd), a JSON object: {"say": "what is said of it"}. It runs on a
 *  session's thread and should return within a second: what may take longer belongs into a process or behind HTTP,
 *  see `tools.file`. */
typedef int sarai_tool_function(void *user, const char *name, const char *arguments, char **answer);

/** Adds tools, described as in a file of `tools.file` (docs/tools.md), that `function` does. What is wrong with the
 *  description is SARAI_EINPUT with its line. [init] */
SARAI_API int sarai_engine_add_tools(struct sarai_engine *engine, const char *json, sarai_tool_function *function,
                                     void *user, struct sarai_error *error);

/** One text turn without sound and without what was said before. `answer` is borrowed inside `done`. [any] */
SARAI_API int sarai_ask(struct sarai_engine *engine, const char *text,
                        void (*done)(void *user, const struct sarai_answer *answer), void *user,
                        struct sarai_error *error);

struct sarai_route {
    const char *text;
    const char *route;  /* "template", "skill", "knowledge" (memory is asked first), "llm" (it sounds like conversation,
                           memory is asked all the same) or "none" (nobody asked the engine) */
    const char *intent; /* template or skill, or "" */
    double confidence;  /* 0 to 1; 1 for what is written down word for word */
    bool rejected;      /* it resembled a template, a skill or a talk with others, but not surely */
    double embed_ms;    /* its meaning; nothing when the text was just asked */
    double decision_ms; /* after that */
};

/** Only the decision who answers. Needs an engine made with SARAI_USE_BRAIN. `route` is borrowed inside `done`. [any]
 */
SARAI_API int sarai_decide(struct sarai_engine *engine, const char *text,
                           void (*done)(void *user, const struct sarai_route *route), void *user,
                           struct sarai_error *error);

/* ------------------------------------------------------------------------------------------------------ memory -- */

/** What the user wants remembered (`brain.memory`). The functions below need an engine made with SARAI_USE_BRAIN; an
 *  answer may rest on a note from the moment it is added. */
struct sarai_note {
    size_t struct_size;
    const char *id;    /* one that is there already is replaced */
    const char *title; /* may be NULL; '|' between names of the topic */
    const char *text;
};

struct sarai_memory_hit {
    const char *id, *title, *text;
    const char *answer; /* the sentences of it that answer best; NULL in a list */
    double score;       /* 0 to 1: how sure it is that this answers the question */
};

enum sarai_note_form {
    SARAI_NOTE_BY_NAME,  /* by the end of the file's name: .md, .jsonl; anything else is text */
    SARAI_NOTE_TEXT,     /* paragraphs, a blank line between them */
    SARAI_NOTE_MARKDOWN, /* the same, under headings that become titles */
    SARAI_NOTE_JSONL     /* a line a note: {"id": text or number, "text": ..., "title": optional} */
};

/** Adds or replaces a note; the memory is begun when there is none. [any] */
SARAI_API int sarai_memory_add(struct sarai_engine *engine, const struct sarai_note *note, struct sarai_error *error);
/** Adds a file, in place of what was added of a file of that name before. Returns how many notes; SARAI_EINPUT names
 * the line that is wrong, and the notes before it are kept. `progress` may be NULL. [any] */
SARAI_API int sarai_memory_add_file(struct sarai_engine *engine, const char *path, enum sarai_note_form form,
                                    sarai_progress *progress, void *user, struct sarai_error *error);
/** Calls `each` for the notes that answer a question best, at most `limit` (24 and less), until it returns non-zero.
 * `ms` (may be NULL) is the time it took. Returns how many. [any] */
SARAI_API int sarai_memory_search(struct sarai_engine *engine, const char *question, int limit,
                                  int (*each)(void *user, const struct sarai_memory_hit *hit), void *user, double *ms,
                                  struct sarai_error *error);
/** Calls `each` for every note until it returns non-zero. Returns how many. [any] */
SARAI_API int sarai_memory_list(struct sarai_engine *engine,
                                int (*each)(void *user, const struct sarai_memory_hit *hit), void *user,
                                struct sarai_error *error);
/** Forgets a note for good. 1, or 0 when there was none. [any] */
SARAI_API int sarai_memory_forget(struct sarai_engine *engine, const char *id, struct sarai_error *error);
/** Makes all that is found by its words only, notes and the table of passages, be found by its meaning too. [any] */
SARAI_API int sarai_memory_index(struct sarai_engine *engine, sarai_progress *progress, void *user,
                                 struct sarai_error *error);

/* ----------------------------------------------------------------------------------------------------- reading -- */

/** How text is read aloud: sentences and spoken forms, without a model. */
struct sarai_reader;

/** The language is that of `tts.language`, else of the voice. `config` may be NULL: defaults and environment. The
 * caller owns `*out`. [any] */
SARAI_API int sarai_reader_new(const struct sarai_config *config, struct sarai_reader **out, struct sarai_error *error);
SARAI_API void sarai_reader_free(struct sarai_reader *reader);
/** The spoken form of a text, "21 casas" as "veintiuna casas": malloc'd, the caller frees it; NULL when out of memory.
 *  [any] */
SARAI_API char *sarai_normalize(const struct sarai_reader *reader, const char *text);
/** Calls `each` with every sentence of `text`, borrowed inside. Returns how many, or SARAI_ENOMEM. [any] */
SARAI_API int sarai_split(const struct sarai_reader *reader, const char *text,
                          void (*each)(void *user, const char *sentence), void *user, struct sarai_error *error);

/* ----------------------------------------------------------------------------------------------------- session -- */

/** One conversation: six threads from capture to playback. */
struct sarai_session;

enum sarai_priority { SARAI_PRIORITY_HIGH, SARAI_PRIORITY_NORMAL, SARAI_PRIORITY_LOW };

struct sarai_session_options {
    size_t struct_size;
    const char *playback_path; /* backend "file": where the machine's voice goes, aligned with the user's time */
    bool virtual_time;         /* as fast as the models allow; times in the records are the dialogue's own */
};

enum sarai_event_type {
    SARAI_EVENT_SPEECH_STARTED, /* the user began to speak */
    SARAI_EVENT_SPEECH_STOPPED, /* the user's turn is over */
    SARAI_EVENT_PARTIAL,        /* text: what was understood so far */
    SARAI_EVENT_FINAL,          /* text: what the user said */
    SARAI_EVENT_REPLY,          /* text: a sentence about to be spoken */
    SARAI_EVENT_AUDIO_STARTED,  /* the first sample of the answer left */
    SARAI_EVENT_DUCKED,         /* somebody speaks while the machine does: it is heard softly now */
    SARAI_EVENT_HELD,           /* they go on: it fell silent and waits what it is about */
    SARAI_EVENT_RESTORED,       /* it was nothing: the answer goes on */
    SARAI_EVENT_INTERRUPTED,    /* the user stopped the machine */
    SARAI_EVENT_TURN,           /* turn: the whole record of a turn that ended */
    SARAI_EVENT_INPUT_ENDED,    /* every file given to sarai_session_hear_file was played to its end */
    SARAI_EVENT_WARNING,        /* text: something failed and was worked around */
    SARAI_EVENT_DEVICE_LOST,    /* text: "capture" or "playback"; the session waits for it */
    SARAI_EVENT_DEVICE_BACK,    /* text: the same; it works again */
};

#define SARAI_GAPS_MAX 64

/** A turn is one record: each stage stamps it on the way. Negative times were never reached. */
struct sarai_turn {
    uint32_t id; /* 1, 2, 3, ... within the session */
    uint32_t epoch;
    const char *heard;       /* what the user said */
    const char *route;       /* as in struct sarai_answer */
    const char *intent;      /* as in struct sarai_answer; "own_voice": nobody spoke but the machine */
    const char *reply;       /* what the machine meant to say */
    const char *heard_reply; /* what left the loudspeaker, to the word */
    double confidence;
    bool interrupted;
    int64_t speech_start_us, speech_end_us; /* first and last sample of the user's speech */
    int64_t endpoint_us;                    /* the turn was judged over */
    int64_t stt_start_us, stt_end_us;       /* the decoding whose text was used */
    int64_t final_us;                       /* text ready for the brain */
    int64_t route_us;                       /* decision taken */
    int64_t first_token_us;                 /* first text of the language model */
    int64_t first_text_us;                  /* first text given to speech */
    int64_t first_clip_us;                  /* first audio ready */
    int64_t first_audio_us;                 /* first audible sample left */
    int64_t last_audio_us;
    int64_t filler_us;                   /* first sample of something said while the answer was awaited */
    int64_t stop_decided_us, stopped_us; /* barge-in: decision, last audible sample */
    int gap_count;                       /* silences between clips at the device, beyond the written pauses */
    float gaps_ms[SARAI_GAPS_MAX];
};

struct sarai_event {
    enum sarai_event_type type;
    int64_t time_us;
    uint32_t turn_id;
    uint32_t revision;       /* of the text, PARTIAL and FINAL only: 1, 2, 3, ... within a turn */
    char *text;              /* may be NULL; owned by the event */
    struct sarai_turn *turn; /* SARAI_EVENT_TURN only; owned by the event */
};

/** Starts the threads with the backends of the engine's configuration. `options` may be NULL. The caller owns `*out`.
 *  A virtual-time session is driven by the thread that made it, and only that thread may use it. [any] */
SARAI_API int sarai_session_new(struct sarai_engine *engine, const struct sarai_session_options *options,
                                struct sarai_session **out, struct sarai_error *error);
/** Stops the threads (within 200 ms), completes the output and frees the session. SARAI_EIO when the playback file
 *  could not be completed. */
SARAI_API int sarai_session_close(struct sarai_session *session, struct sarai_error *error);
/** The same for those who don't ask how it went. */
SARAI_API void sarai_session_free(struct sarai_session *session);

/** Waits for the next event. 1: `event` is filled, release it with sarai_event_deinit; 0: none within `timeout_ms`;
 *  SARAI_ECLOSED: the session is over. [one] */
SARAI_API int sarai_session_next_event(struct sarai_session *session, struct sarai_event *event, int timeout_ms);
SARAI_API void sarai_event_deinit(struct sarai_event *event);

/** Capture backend "file": plays any audio file to the machine as if spoken now, after those given before. The file
 *  is opened here, so that a bad one is refused at once. [one] */
SARAI_API int sarai_session_hear_file(struct sarai_session *session, const char *path, struct sarai_error *error);
/** Capture backend "network": what a peer sent, `frames` of `channels` interleaved samples (-1 to 1) at any rate from
 *  1 to 768 kHz. It is heard at the pace of the clock; silence where nothing came in time. Up to capture.buffer_ms
 * wait; SARAI_EFULL: some of it found no room and was lost. [one] */
SARAI_API int sarai_session_push_audio(struct sarai_session *session, const float *samples, size_t frames, int rate_hz,
                                       int channels);
/** Playback backend "network": the machine's voice at playback.rate_hz, silence included, at the pace of the clock.
 *  Waits up to `timeout_ms` for the first sample; returns how many there were, at most `count`. What was pulled counts
 *  as heard playback.latency_ms later; what was not, an interruption takes back. A second that nobody pulled is
 * dropped. SARAI_EUNSUPPORTED with another backend. [one] */
SARAI_API int64_t sarai_session_pull_audio(struct sarai_session *session, float *samples, size_t count, int timeout_ms);
/** Says `text` as its own turn. HIGH silences what is being said and is said urgently; the others wait for their place,
 *  and what the user talked over before a word of it was heard is said again afterwards, as another turn. [any] */
SARAI_API int sarai_session_say(struct sarai_session *session, enum sarai_priority priority, const char *text);
/** Stops speaking and thinking at once, as a button would. What the user is saying meanwhile is still heard. [any] */
SARAI_API void sarai_session_interrupt(struct sarai_session *session);
/** The session's clock. [any] */
SARAI_API int64_t sarai_session_now_us(const struct sarai_session *session);
/** What the session counted so far, in Prometheus' text format: latencies, queues, drops. malloc'd; the caller frees
 *  it. NULL when out of memory. [any] */
SARAI_API char *sarai_session_metrics(const struct sarai_session *session);
/** True while an answer is being prepared or heard. [any] */
SARAI_API bool sarai_session_busy(const struct sarai_session *session);

/** Writes mono samples (clipped to -1..1) as a 16-bit WAV file, under a temporary name, then renamed. [any] */
SARAI_API int sarai_write_wav(const char *path, const float *samples, size_t count, int rate_hz,
                              struct sarai_error *error);

/* ------------------------------------------------------------------------------------- modular audio pipeline -- */

/** What a sound became. Pointers are borrowed inside `done`. */
struct sarai_omni_result {
    const char *mode;                              /* "modular" or "monolithic" */
    const char *fallback_reason;                   /* why the monolithic model stood in, or NULL */
    const char *encoder_backend, *vocoder_backend; /* "onnx" or "pytorch"; NULL: monolithic */
    int64_t hidden_states_shape[3];                /* [B,T,3584]; zeros: not told */
    int64_t audio_logits_shape[3];                 /* [B,T,8448]; zeros: not told */
    const float *hidden_states, *audio_logits;     /* NULL: not told */
    const int64_t *tokens;                         /* the best of each place */
    size_t token_count;
    const float *waveform; /* -1 to 1 */
    size_t sample_count;
    int rate_hz;
    double encoder_ms, talker_ms, vocoder_ms; /* negative: did not run on its own */
    double pipeline_ms;                       /* all of it, or of the look-up */
    bool cached;
    uint64_t cache_hits, cache_misses, cache_bytes;
    size_t cache_entries;
};

typedef void sarai_omni_done(void *user, const struct sarai_omni_result *result);

/** Sends a sound (any rate; at most five minutes) through the pipeline of an engine made with SARAI_USE_OMNI. When the
 *  modular pipeline can't answer, the monolithic model does and the result says why; when that can't either, the
 *  error names both reasons and the engine goes on. One call at a time runs, others wait; `done` must not call
 *  back. [any] */
SARAI_API int sarai_omni_run(struct sarai_engine *engine, const float *samples, size_t count, int rate_hz,
                             sarai_omni_done *done, void *user, struct sarai_error *error);
/** The same for any audio file. [any] */
SARAI_API int sarai_omni_run_file(struct sarai_engine *engine, const char *path, sarai_omni_done *done, void *user,
                                  struct sarai_error *error);
/** The talker alone: `hidden_states` of [batch,steps,3584] floats to audio_logits. [any] */
SARAI_API int sarai_omni_talker(struct sarai_engine *engine, const float *hidden_states, int64_t batch, int64_t steps,
                                sarai_omni_done *done, void *user, struct sarai_error *error);
/** The same from and to .npy files (float32, [B,T,3584] or [T,3584]). `done` may be NULL. [any] */
SARAI_API int sarai_omni_talker_file(struct sarai_engine *engine, const char *in, const char *out,
                                     sarai_omni_done *done, void *user, struct sarai_error *error);
/** Counts and times so far in Prometheus' text format; the caller frees it. NULL when out of memory. [any] */
SARAI_API char *sarai_omni_metrics(struct sarai_engine *engine);

/** How one model of the pipeline is. */
struct sarai_omni_part {
    const char *component; /* "encoder", "talker", "vocoder", "monolithic" */
    const char *backend, *path;
    bool ok;
    const char *problem; /* "" when ok */
    uint64_t bytes;      /* model and data file */
    double load_ms;
};

/** Loads each model on its own and checks its tensors. `each` borrows. SARAI_EMODEL: no pipeline is whole. [any] */
SARAI_API int sarai_omni_check(const struct sarai_config *config,
                               void (*each)(void *user, const struct sarai_omni_part *part), void *user,
                               struct sarai_error *error);

/** Writes test models of the exact tensor shapes, under the names of the default configuration, into a folder that is
 *  made when missing. `each` may be NULL. [any] */
SARAI_API int sarai_omni_fixture(const char *folder, void (*each)(void *user, const struct sarai_omni_part *part),
                                 void *user, struct sarai_error *error);

struct sarai_omni_quantized {
    const char *component;
    int layers;                         /* multiplications and convolutions that are INT8 now */
    uint64_t bytes_before, bytes_after; /* model and data file */
    double cosine, max_error;           /* of the outputs, on the same made-up input */
    double before_ms, after_ms;         /* of that input */
};

/** Writes an INT8 copy (weights per channel, activations as they come) of an encoder, talker, vocoder or monolithic
 *  model. [any] */
SARAI_API int sarai_omni_quantize(const struct sarai_config *config, const char *in, const char *out,
                                  struct sarai_omni_quantized *result, struct sarai_error *error);

/* ------------------------------------------------------------------------------------------- models and machine -- */

struct sarai_model_file {
    const char *model, *part, *file, *license, *upstream, *about;
    uint64_t bytes;
    bool by_default; /* fetched by set-up */
    enum { SARAI_MODEL_MISSING, SARAI_MODEL_PRESENT, SARAI_MODEL_BAD } state;
    const char *path; /* full path */
};

/** The full path of a data table ("es/demo.tsv"), malloc'd for the caller; NULL when out of memory. Here and below
 *  `config` may be NULL: defaults and environment. [any] */
SARAI_API char *sarai_data_path(const struct sarai_config *config, const char *file);
/** Calls `each` for every file of the manifest; with `verify` the sha256 of each is checked, otherwise its size. A
 *  non-zero return of `each` stops. `only` NULL is all models. [any] */
SARAI_API int sarai_models_each(const struct sarai_config *config, const char *only, bool verify,
                                int (*each)(void *user, const struct sarai_model_file *file), void *user,
                                struct sarai_error *error);
/** Fetches a model by running the set-up's fetch program; its messages go to stderr. [any] */
SARAI_API int sarai_models_pull(const struct sarai_config *config, const char *model, struct sarai_error *error);

struct sarai_check {
    const char *name;
    bool ok;
    bool required;
    const char *found;  /* what is there */
    const char *remedy; /* the command that mends it, or "" */
};

/** Looks at everything the engine needs on this machine. SARAI_EMODEL when something required is missing. [any] */
SARAI_API int sarai_doctor(const struct sarai_config *config, void (*each)(void *user, const struct sarai_check *check),
                           void *user);

/** A sound device as the system offers it. */
struct sarai_device {
    int number;
    const char *name;
    const char *system;       /* "ALSA" */
    int inputs, outputs;      /* channels; 0: it is no microphone, or no loudspeaker */
    int rate_hz;              /* its own */
    bool is_input, is_output; /* capture.device, playback.device choose it */
};

/** Calls `each` for every device; `device` is borrowed inside. Returns how many there are; SARAI_EDEVICE when the
 *  system's sound can't be reached. [any] */
SARAI_API int sarai_devices(const struct sarai_config *config,
                            void (*each)(void *user, const struct sarai_device *device), void *user,
                            struct sarai_error *error);

/* --------------------------------------------------------------------------------------------------- benchmarks -- */

struct sarai_figure {
    const char *bench, *figure, *unit;
    double value;
    const char *baseline; /* what `ratio` is against, in the same run */
    double ratio;         /* value / baseline's value */
    int runs;
};

/** Messages per second through one SPSC ring between two threads, against a mutex-and-condition queue. [any] */
SARAI_API int sarai_bench_queue(void (*each)(void *user, const struct sarai_figure *figure), void *user);
/** Embedding and decision times, and how the router does on intents held back in training; with `files` (a text, a tab
 *  and a label a line, under a header) instead how it does on those. Needs an engine made with SARAI_USE_BRAIN. [any]
 */
SARAI_API int sarai_bench_router(struct sarai_engine *engine, const char *const *files, size_t count,
                                 void (*each)(void *user, const struct sarai_figure *figure), void *user,
                                 struct sarai_error *error);

/** What judging a frame costs, against the time that the frame lasts; the engine was made with SARAI_USE_VAD. [any] */
SARAI_API int sarai_bench_vad(struct sarai_engine *engine, void (*each)(void *user, const struct sarai_figure *figure),
                              void *user, struct sarai_error *error);
/** What speaking costs, and how soon a short first clause is there, on the configured threads; the engine was made with
 *  SARAI_USE_TTS. [any] */
SARAI_API int sarai_bench_tts(struct sarai_engine *engine, void (*each)(void *user, const struct sarai_figure *figure),
                              void *user, struct sarai_error *error);

/** How long after the end of an utterance its final text is there. `files` (`count`, 0: our own voices speak): clean
 *  utterances of about five seconds. `engine`: as for sarai_bench_stop. Takes minutes of real time. [any] */
SARAI_API int sarai_bench_stt(struct sarai_engine *engine, const char *const *files, size_t count,
                              void (*each)(void *user, const struct sarai_figure *figure), void *user,
                              struct sarai_error *error);

/** The talker beside Python's onnxruntime, or beside a plain call of the runtime where that is not there, and INT8
 * beside float32, over several lengths and thread counts. [any] */
SARAI_API int sarai_bench_omni(const struct sarai_config *config,
                               void (*each)(void *user, const struct sarai_figure *figure), void *user,
                               struct sarai_error *error);

/** How fast the machine falls silent when somebody wants the turn, and how often it does when nobody does. `engine`:
 *  SARAI_USE_ALL, with the network backends and playback.rate_hz=16000 and aec.backend=speex. Takes minutes; `progress`
 * may be NULL. [any] */
SARAI_API int sarai_bench_stop(struct sarai_engine *engine, void (*each)(void *user, const struct sarai_figure *figure),
                               sarai_progress *progress, void *user, struct sarai_error *error);

/** How long the first sound of an answer takes, and how evenly a long one is spoken; the same engine as above. The
 * audio bank is used as it is: build it first. Takes minutes of real time. [any] */
SARAI_API int sarai_bench_turn(struct sarai_engine *engine, void (*each)(void *user, const struct sarai_figure *figure),
                               void *user, struct sarai_error *error);

#ifdef __cplusplus
}
#endif
#endif
