/* SPDX-License-Identifier: Apache-2.0 */
#include "audio/device.h"
#include "engine/config.h"

int sarai_devices(const struct sarai_config *config, void (*each)(void *user, const struct sarai_device *device),
                  void *user, struct sarai_error *error) {
    const char *input = config ? config->capture.device : "", *output = config ? config->playback.device : "";
    return sr_device_each(input, output, each, user, error);
}
