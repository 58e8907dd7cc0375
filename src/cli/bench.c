/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <string.h>

struct job {
    struct cli *cli;
    bool printed;
};

static void each(void *user, const struct sarai_figure *figure) {
    struct job *job = user;
    cJSON *document = cJSON_CreateObject();
    cli_add_text(document, "bench", figure->bench);
    cli_add_text(document, "figure", figure->figure);
    cli_add_number(document, "value", figure->value, 3);
    cli_add_text(document, "unit", figure->unit);
    cli_add_text(document, "baseline", figure->baseline);
    cli_add_number(document, "ratio", figure->ratio, 3);
    cli_add_number(document, "runs", figure->runs, 0);
    cli_print(job->cli, "%s %s: %.6g %s, %.3g x %s (%d %s)\n", figure->bench, figure->figure, figure->value,
              figure->unit, figure->ratio, figure->baseline != NULL ? figure->baseline : "-", figure->runs,
              cli_say_in(job->cli, "runs", "repeticiones"));
    job->printed = cli_json(job->cli, document) && cli_flush(job->cli);
}

typedef int measure(struct cli *cli, struct sarai_engine *engine, struct job *job, struct sarai_error *error);

static int queue(struct cli *cli, struct sarai_engine *engine, struct job *job, struct sarai_error *error) {
    (void)engine;
    const int rc = sarai_bench_queue(each, job);
    return rc < 0 ? sr_error(error, rc, cli->args.rest[0], "%s", sarai_strerror(rc)) : rc;
}

static int vad(struct cli *cli, struct sarai_engine *engine, struct job *job, struct sarai_error *error) {
    (void)cli;
    return sarai_bench_vad(engine, each, job, error);
}

static int tts(struct cli *cli, struct sarai_engine *engine, struct job *job, struct sarai_error *error) {
    (void)cli;
    return sarai_bench_tts(engine, each, job, error);
}

static int show_progress(void *user, double part) {
    struct job *job = user;
    cli_progress(job->cli, "%s %.0f %%", cli_say_in(job->cli, "measuring...", "midiendo..."), 100 * part);
    return 0;
}

static int stt(struct cli *cli, struct sarai_engine *engine, struct job *job, struct sarai_error *error) {
    return sarai_bench_stt(engine, (const char *const *)cli->args.rest + 1, cli->args.count - 1, each, job, error);
}

static int stop(struct cli *cli, struct sarai_engine *engine, struct job *job, struct sarai_error *error) {
    (void)cli;
    return sarai_bench_stop(engine, each, show_progress, job, error);
}

static int turn(struct cli *cli, struct sarai_engine *engine, struct job *job, struct sarai_error *error) {
    (void)cli;
    return sarai_bench_turn(engine, each, job, error);
}

static int omni(struct cli *cli, struct sarai_engine *engine, struct job *job, struct sarai_error *error) {
    (void)engine;
    return sarai_bench_omni(cli->config, each, job, error);
}

static int router(struct cli *cli, struct sarai_engine *engine, struct job *job, struct sarai_error *error) {
    return sarai_bench_router(engine, (const char *const *)cli->args.rest + 1, cli->args.count - 1, each, job, error);
}

/* `use` 0: no engine is loaded. `live`: its session has this program as its peer. `files`: it takes some. */
static const struct {
    const char *name;
    unsigned use;
    measure *run;
    bool live, files;
} benches[] = {{.name = "queue", .run = queue},
               {.name = "vad", .use = SARAI_USE_VAD, .run = vad},
               {.name = "tts", .use = SARAI_USE_TTS, .run = tts},
               {.name = "stt", .use = SARAI_USE_ALL, .run = stt, .live = true, .files = true},
               {.name = "stop", .use = SARAI_USE_ALL, .run = stop, .live = true},
               {.name = "turn", .use = SARAI_USE_ALL, .run = turn, .live = true},
               {.name = "router", .use = SARAI_USE_BRAIN, .run = router, .files = true},
               {.name = "omni", .run = omni}};

static int be_the_peer(struct cli *cli) {
    static const char *const settings[][2] = {{"capture.backend", "network"},
                                              {"playback.backend", "network"},
                                              {"playback.rate_hz", "16000"},
                                              {"speech.bank", "read"},
                                              {"aec.backend", "speex"}};
    struct sarai_error error = {0};
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        if (sarai_config_set(cli->config, settings[i][0], settings[i][1], &error) < 0)
            return cli_fail(cli, &error);
    return CLI_WELL;
}

static int run(struct cli *cli, const void *opts) {
    (void)opts;
    struct job job = {.cli = cli, .printed = true};
    struct sarai_engine *engine = NULL;
    struct sarai_error error = {0};
    size_t i = 0;
    while (strcmp(benches[i].name, cli->args.rest[0]) != 0) /* cli_parse checked the name */
        i++;
    if (cli->args.count > 1 && !benches[i].files)
        return cli_usage(cli, "sarai bench %s takes nothing else", benches[i].name);
    int rc = benches[i].live ? be_the_peer(cli) : CLI_WELL;
    if (rc == CLI_WELL && benches[i].use)
        rc = cli_engine(cli, benches[i].use, &engine);
    if (rc != CLI_WELL)
        return rc;
    cli_progress(cli, "%s", cli_say_in(cli, "measuring...", "midiendo..."));
    if (benches[i].run(cli, engine, &job, &error) < 0)
        rc = cli_fail(cli, &error);
    cli_progress_end(cli);
    sarai_engine_free(engine);
    return job.printed ? rc : CLI_FAILED;
}

const struct cli_verb cli_bench = {
    .name = "bench",
    .words = "queue|vad|stt|tts|stop|turn|router|omni",
    .usage = "queue|vad|stt|tts|stop|turn|router|omni [FILE...]",
    .min_args = 1,
    .max_args = 65,
    .en = "Measure a part against a baseline",
    .es = "Mide una parte frente a una referencia",
    .more_en =
        "queue: messages a second through a ring of the engine between two threads, "
        "against a queue with a lock.\n"
        "vad: microseconds to tell whether a frame is speech, against the 32 ms that it lasts.\n"
        "stt: milliseconds from the end of an utterance of about 5 s to its final text, as in use, against decoding\n"
        "it padded to 30 s; our own voices speak, or the files given. Takes about two minutes.\n"
        "tts: how long a second of speech takes, and how soon a short first clause is there, against the whole\n"
        "sentence; on one core with --tts.threads=1. Takes about half a minute.\n"
        "stop: how fast the machine falls silent when somebody wants the turn, and how often it does for nods\n"
        "and noises; its own voices say them, and the microphone hears its echo. Takes some minutes.\n"
        "turn: how long the first sound of a fixed reply and of an explanation takes after the question, and how\n"
        "evenly ten sentences are spoken, against synthesizing all of them first. Run sarai bank build before. Takes "
        "about three minutes.\n"
        "router: how long the meaning of a question and the decision who answers take, and how often that is right\n"
        "for intents that were held back in training; with files of texts and labels, for those.\n"
        "omni: the talker of the audio pipeline against Python's onnxruntime (audio_omni.python has it, or a plain\n"
        "call of the runtime stands in), and INT8 against float32.\n"
        "JSON, a document a figure: bench, figure, value, unit, baseline, ratio, "
        "runs.",
    .more_es =
        "queue: mensajes por segundo a través de una cola del motor entre dos hilos, "
        "frente a una cola con cerrojo.\n"
        "vad: microsegundos para decidir si una trama es voz, frente a los 32 ms que dura.\n"
        "stt: milisegundos desde el final de una frase de unos 5 s hasta su texto definitivo, como en el uso\n"
        "real, frente a decodificarla alargada a 30 s; hablan nuestras voces, o los archivos que se den. Unos dos\n"
        "minutos.\n"
        "tts: cuánto tarda un segundo de voz y cuánto una primera frase corta, frente a la oración entera; en un\n"
        "núcleo con --tts.threads=1. Medio minuto.\n"
        "stop: cuánto tarda la máquina en callar cuando alguien quiere el turno, y cuántas veces calla por\n"
        "asentimientos y ruidos; los dicen sus propias voces, y el micrófono oye su eco. Unos minutos.\n"
        "turn: cuánto tarda el primer sonido de una respuesta fija y de una explicación tras la pregunta, y con\n"
        "qué regularidad se dicen diez frases, frente a sintetizarlas todas antes. Antes, sarai bank build. Unos tres "
        "minutos.\n"
        "router: cuánto tardan el significado de una pregunta y la decisión de quién contesta, y cuántas veces se\n"
        "acierta con intenciones apartadas al entrenar; o con los archivos de textos y etiquetas que se den.\n"
        "omni: el talker de la cadena de audio frente al onnxruntime de Python (el de audio_omni.python, o lo\n"
        "suple una llamada simple), e INT8 frente a float32.\n"
        "JSON, un documento por cifra: bench, figure, value, unit, baseline, "
        "ratio, runs.",
    .examples = "sarai bench queue\n"
                "sarai bench stt --json question.wav",
    .run = run};
