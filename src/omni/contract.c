/* SPDX-License-Identifier: Apache-2.0 */
#include "omni/contract.h"

#include <stdio.h>

#define MOST_ELEMENTS ((size_t)1 << 32)

#define AUDIO                                                                                                          \
    { .name = "audio", .rank = 2 }
#define HIDDEN .name = "hidden_states", .rank = 3, .dims = {0, 0, SR_OMNI_HIDDEN}
#define LOGITS .name = "audio_logits", .rank = 3, .dims = {0, 0, SR_OMNI_LOGITS}
#define WAVEFORM                                                                                                       \
    { .name = "waveform", .rank = 2 }

const struct sr_omni_contract sr_omni_contracts[SR_OMNI_KINDS] = {
    [SR_OMNI_ENCODER] = {"encoder", AUDIO, {{HIDDEN}}},
    [SR_OMNI_TALKER] = {"talker", {HIDDEN}, {{LOGITS}}},
    [SR_OMNI_VOCODER] = {"vocoder", {.name = "audio_tokens", .whole = true, .rank = 2}, {WAVEFORM}},
    [SR_OMNI_MONOLITHIC] = {"monolithic", AUDIO, {WAVEFORM, {HIDDEN, .optional = true}, {LOGITS, .optional = true}}}};

size_t sr_omni_count(const struct sr_omni_tensor *tensor) {
    size_t count = 1;
    for (int i = 0; i < tensor->rank; i++) {
        if (tensor->shape[i] <= 0 || (size_t)tensor->shape[i] > MOST_ELEMENTS / count)
            return 0;
        count *= (size_t)tensor->shape[i];
    }
    return count;
}

/* "[?,?,3584]" */
static const char *print_shape(const int64_t *shape, int rank, int64_t any, char out[64]) {
    int len = snprintf(out, 64, "[");
    for (int i = 0; i < rank && len < 48; i++) {
        if (shape[i] == any)
            len += snprintf(out + len, 64 - (size_t)len, "%s?", i > 0 ? "," : "");
        else
            len += snprintf(out + len, 64 - (size_t)len, "%s%lld", i > 0 ? "," : "", (long long)shape[i]);
    }
    snprintf(out + len, 64 - (size_t)len, "]");
    return out;
}

int sr_omni_check_tensor(const struct sr_omni_io *io, bool whole, bool known_type, int rank, const int64_t *shape,
                         const char *where, struct sarai_error *error) {
    char found[64], wanted[64];
    if (!known_type || whole != io->whole)
        return sr_error(error, SARAI_EINPUT, where, "tensor %s must hold %s numbers", io->name,
                        io->whole ? "int64" : "float32");
    bool good = rank == io->rank;
    for (int i = 0; good && i < rank; i++)
        good = io->dims[i] == 0 || shape[i] == -1 || shape[i] == io->dims[i];
    if (good)
        return SARAI_OK;
    return sr_error(error, SARAI_EINPUT, where, "tensor %s has the shape %s and must have %s", io->name,
                    print_shape(shape, rank < 8 ? rank : 8, -1, found), print_shape(io->dims, io->rank, 0, wanted));
}
