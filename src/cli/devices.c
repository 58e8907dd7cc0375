/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

struct job {
    struct cli *cli;
    bool printed;
};

static void each(void *user, const struct sarai_device *device) {
    struct job *job = user;
    cJSON *document = cJSON_CreateObject();
    cli_add_number(document, "number", device->number, 0);
    cli_add_text(document, "name", device->name);
    cli_add_text(document, "system", device->system);
    cli_add_number(document, "inputs", device->inputs, 0);
    cli_add_number(document, "outputs", device->outputs, 0);
    cli_add_number(document, "rate_hz", device->rate_hz, 0);
    cJSON_AddBoolToObject(document, "is_input", device->is_input);
    cJSON_AddBoolToObject(document, "is_output", device->is_output);
    cli_print(job->cli, "%3d  %s %-3d %s %-3d %6d Hz  %s  (%s)\n", device->number, device->is_input ? "*in" : " in",
              device->inputs, device->is_output ? "*out" : " out", device->outputs, device->rate_hz, device->name,
              device->system);
    job->printed &= cli_json(job->cli, document);
}

static int run(struct cli *cli, const void *opts) {
    (void)opts;
    struct job job = {.cli = cli, .printed = true};
    struct sarai_error error = {0};
    const int count = sarai_devices(cli->config, each, &job, &error);
    if (count < 0)
        return cli_fail(cli, &error);
    if (count == 0)
        cli_note(cli, "sarai: %s",
                 cli_say_in(cli, "this machine has no sound devices", "esta máquina no tiene dispositivos de sonido"));
    return job.printed ? CLI_WELL : CLI_FAILED;
}

const struct cli_verb cli_devices = {
    .name = "devices",
    .usage = "",
    .en = "The microphones and loudspeakers of this machine",
    .es = "Los micrófonos y altavoces de esta máquina",
    .more_en = "A star marks those that capture.device and playback.device choose; either takes a number, a name or a\n"
               "part of one. JSON, a document a device: number, name, system, inputs and outputs (channels), rate_hz,\n"
               "is_input, is_output (chosen).",
    .more_es =
        "Un asterisco marca los que eligen capture.device y playback.device, que aceptan un número, un nombre o\n"
        "parte de él. JSON, un documento por dispositivo: number, name, system, inputs y outputs (canales),\n"
        "rate_hz, is_input, is_output (elegido).",
    .examples = "sarai devices\n"
                "sarai devices --set capture.device=usb",
    .run = run};
