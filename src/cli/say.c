/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>

struct say_opts {
    char *out, *voice, *style, *speed, *tts, *rate;
};

static const struct sr_opt table[] = {
    SR_OPT(struct say_opts, out, "", .letter = 'o', .arg = "FILE", .en = "the WAV file to write",
           .es = "el archivo WAV que se escribe"),
    SR_OPT(struct say_opts, voice, "", .letter = 'v', .arg = "NAME", .en = "voice; empty: the one of tts.voice",
           .es = "voz; vacío: la de tts.voice"),
    SR_OPT(struct say_opts, speed, "", .arg = "FACTOR", .en = "how fast, 0.5 to 2; empty: tts.speed",
           .es = "rapidez, de 0.5 a 2; vacío: tts.speed"),
    SR_OPT(struct say_opts, style, "", .arg = "STYLE",
           .en = "normal, expressive, monotone, urgent or calm; empty: tts.style",
           .es = "normal, expresivo, monótono, urgente o calmado; vacío: tts.style"),
    SR_OPT(struct say_opts, tts, "", .arg = "BACKEND", .en = "kokoro, vits or espeak; empty: tts.backend",
           .es = "kokoro, vits o espeak; vacío: tts.backend"),
    SR_OPT(struct say_opts, rate, "", .arg = "HZ", .en = "samples a second, as 44100; empty: playback.rate_hz",
           .es = "muestras por segundo, como 44100; vacío: playback.rate_hz"),
    SR_OPT_END};

static int print(struct cli *cli, const char *file, const struct sarai_speech *speech) {
    const double rtf = speech->audio_s > 0 ? speech->synth_s / speech->audio_s : 0;
    cJSON *document = cJSON_CreateObject();
    cli_add_text(document, "file", file);
    cli_add_number(document, "audio_s", speech->audio_s, 3);
    cli_add_number(document, "synth_s", speech->synth_s, 3);
    cli_add_number(document, "rtf", rtf, 4);
    cli_add_number(document, "first_audio_ms", speech->first_audio_ms, 1);
    cli_add_number(document, "sample_rate", speech->rate_hz, 0);
    if (!cli->args.globals.quiet)
        cli_print(cli, "%s: %.2f s, %d Hz (rtf %.2f)\n", file, speech->audio_s, speech->rate_hz, rtf);
    return cli_json(cli, document) ? CLI_WELL : CLI_FAILED;
}

static bool is_blank(const char *text) {
    return text[strspn(text, " \t\r\n")] == '\0';
}

static int speak(struct cli *cli, const struct say_opts *say, const char *text, const char *path) {
    struct sarai_engine *engine = NULL;
    struct sarai_speech speech = {0};
    struct sarai_error error = {0};
    int rc = cli_engine(cli, SARAI_USE_TTS, &engine);
    if (rc != CLI_WELL)
        return rc;
    cli_progress(cli, "%s", cli_say_in(cli, "speaking...", "hablando..."));
    if (sarai_say_file(engine, text, NULL, 0, path, &speech, &error) < 0)
        rc = cli_fail(cli, &error);
    sarai_engine_free(engine);
    if (rc == CLI_WELL)
        rc = cli_keep(cli, path, say->out);
    return rc == CLI_WELL ? print(cli, say->out, &speech) : rc;
}

/* What was given replaces the setting. */
static int set_all(struct cli *cli, const struct say_opts *say) {
    const char *const settings[][2] = {{"tts.speed", say->speed},
                                       {"tts.style", say->style},
                                       {"tts.backend", say->tts},
                                       {"tts.voice", say->voice},
                                       {"playback.rate_hz", say->rate}};
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        struct sarai_error error = {0};
        if (settings[i][1][0] != '\0' && sarai_config_set(cli->config, settings[i][0], settings[i][1], &error) < 0)
            return cli_usage(cli, "--%s", error.text);
    }
    return CLI_WELL;
}

static int run(struct cli *cli, const void *opts) {
    const struct say_opts *say = opts;
    if (say->out[0] == '\0')
        return cli_usage(cli, "say where to write: sarai say TEXT -o FILE.wav");
    int rc = set_all(cli, say);
    if (rc != CLI_WELL)
        return rc;
    char *path = NULL, *text = cli_text(cli);
    rc = CLI_FAILED;
    if (text == NULL)
        goto out;
    if (is_blank(text)) {
        rc = cli_usage(cli, "there is nothing to say");
        goto out;
    }
    rc = cli_stage(cli, say->out, &path);
    if (rc == CLI_WELL)
        rc = speak(cli, say, text, path);
out:
    free(path);
    free(text);
    return rc;
}

const struct cli_verb cli_say = {.name = "say",
                                 .usage = "TEXT|- -o FILE.wav",
                                 .max_args = 10000,
                                 .table = table,
                                 .opts_size = sizeof(struct say_opts),
                                 .en = "Text to speech, into a WAV file",
                                 .es = "Texto a voz, en un archivo WAV",
                                 .more_en = "JSON: file, audio_s, synth_s, rtf, first_audio_ms, sample_rate.",
                                 .more_es = "JSON: file, audio_s, synth_s, rtf, first_audio_ms, sample_rate.",
                                 .examples = "sarai say \"Buenos días.\" -o hello.wav\n"
                                             "sarai say --voice em_alex --speed 1.2 -o text.wav - < text.txt\n"
                                             "sarai say --style calm --rate 44100 \"Tranquilo.\" -o calm.wav",
                                 .run = run};
