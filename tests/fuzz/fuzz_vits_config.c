/* SPDX-License-Identifier: Apache-2.0 */
/* A VITS voice's JSON file, asked about itself; anything else is IPA for a known one. */
#include "speech/vits_config.h"

#include "fuzz/fuzz.h"

const unsigned fuzz_rounds = 100000;

#define PIPER                                                                                                          \
    "{\"audio\":{\"sample_rate\":22050},\"espeak\":{\"voice\":\"es\"},\"inference\":{\"length_scale\":1.1},"           \
    "\"phoneme_id_map\":{\"_\":[0],\"^\":[1],\"$\":[2],\"a\":[14],\"t\":[32],\"c\":[16]}}"

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_SEED("piper", PIPER),
    FUZZ_SEED("melo",
              "{\"symbols\":[\"_\",\"AA\",\"a\",\"t\",3],\"data\":{\"sampling_rate\":44100,\"add_blank\":false}}"),
    FUZZ_SEED("odd numbers", "{\"audio\":{\"sample_rate\":1e9},\"espeak\":{\"voice\":\"x\"},\"phoneme_id_map\":{\"a\":"
                             "[-1],\"b\":1e99,\"c\":[[]],\"d\":[]}}"),
    FUZZ_SEED("phonemes", "t͡ʃa ç ˈa. \xFF\xCD"),
    FUZZ_SEEDS_END,
};

static void encode(const struct sr_vits_config *config, const char *ipa) {
    static int64_t ids[SR_VITS_MAX_IDS];
    const size_t count = sr_vits_encode(config, ipa, ids);
    FUZZ_CHECK(count <= SR_VITS_MAX_IDS);
    for (size_t i = 0; i < count; i++)
        FUZZ_CHECK(ids[i] >= 0 && ids[i] < 65536);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct sr_vits_config known;
    struct sr_vits_config own = {0};
    char *text = fuzz_text(data, size);
    if (!known.count)
        FUZZ_CHECK(sr_vits_config_load(fuzz_file((const uint8_t *)PIPER, sizeof PIPER - 1), &known, NULL) == SARAI_OK);
    if (*text == '{' && sr_vits_config_load(fuzz_file(data, size), &own, NULL) == SARAI_OK)
        encode(&own, text);
    else
        encode(&known, text);
    sr_vits_config_deinit(&own);
    free(text);
    return 0;
}
