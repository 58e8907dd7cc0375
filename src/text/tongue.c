/* SPDX-License-Identifier: Apache-2.0 */
#include "text/tongue.h"

#include <stdlib.h>
#include <string.h>

int sr_tongue_init(struct sr_tongue *tongue, const char *data, const char *language, struct sarai_error *error) {
    *tongue = (struct sr_tongue){.spanish = strcmp(language, "es") == 0};
    char *folder = sr_asprintf("%s/%s", data, language);
    int status = folder ? sr_normalizer_new(data, language, &tongue->normalizer, error)
                        : sr_error(error, SARAI_ENOMEM, "language", "out of memory");
    if (status >= 0)
        status = sr_number_words_load(folder, &tongue->numbers, error);
    if (status >= 0)
        status = sr_times_load(folder, tongue->numbers, &tongue->times, error);
    free(folder);
    if (status < 0)
        sr_tongue_deinit(tongue);
    return status;
}

void sr_tongue_deinit(struct sr_tongue *tongue) {
    sr_times_free(tongue->times);
    sr_number_words_free(tongue->numbers);
    sr_normalizer_free(tongue->normalizer);
    *tongue = (struct sr_tongue){.normalizer = NULL};
}

char *sr_tongue_say(const struct sr_tongue *tongue, const char *written) {
    struct sr_str spoken = {0};
    const int status = sr_normalize(tongue->normalizer, written, strlen(written), &spoken);
    sr_str_add(&spoken, "", 0);
    char *text = status < 0 ? NULL : sr_str_take(&spoken);
    sr_str_deinit(&spoken);
    if (text && *text >= 'a' && *text <= 'z')
        *text = (char)(*text - 'a' + 'A');
    return text;
}
