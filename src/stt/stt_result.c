/* SPDX-License-Identifier: Apache-2.0 */
#include "stt/stt.h"

#include <stdlib.h>
#include <string.h>

void sr_stt_result_deinit(struct sr_stt_result *result) {
    if (!result)
        return;
    for (size_t i = 0; i < result->count; i++)
        free(result->segments[i].text);
    free(result->segments);
    free(result->text);
    memset(result, 0, sizeof *result);
}
