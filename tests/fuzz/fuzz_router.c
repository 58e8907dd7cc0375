/* SPDX-License-Identifier: Apache-2.0 */
/* The router's file: what follows the checksum ('c': as it is; 'f': made right, so that the rest is read), its tables
 * ('o' openers, 'r' requests) and texts of any bytes ('t'). */
#include "brain/openers.h"
#include "brain/requests.h"
#include "brain/router.h"
#include "fuzz/fuzz.h"

#include <math.h>

const unsigned fuzz_rounds = 3000;

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_SEED("no router", "cSARAIRTS"),
    FUZZ_SEED("only a head", "cSARAIRTR\1\0\0\0"),
    FUZZ_SEED("a whole one", "f"),
    FUZZ_SEED("a whole one, one byte later", "f\14\1"),
    FUZZ_SEED("openers", "oid\twhen\tsay\na\thola|buenas\tHola.\njoined\tpor\t-\nclosing\tgracias\t-\n"),
    FUZZ_SEED("openers without lists", "oid\twhen\tsay\na\thola\t-\n"),
    FUZZ_SEED("requests", "rtemplate\tintent\nluz\tOn\n"),
    FUZZ_SEED("a text", "t¡Hola! Oye, ¿qué hora es, por favor?"),
    FUZZ_SEED("marks", "t,.¿?¡!;:  ,"),
    FUZZ_SEED("broken bytes", "thola,\xC2 \xBF\xA1 \xFF gracias"),
    FUZZ_SEEDS_END,
};

static struct sr_openers *usual;
static char folder[] = "/tmp/sarai-fuzz-XXXXXX";
static char *whole;
static size_t whole_size;

static const char *path_of(const char *name) {
    static char path[64];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void tidy(void) {
    unlink(path_of("router.bin"));
    rmdir(folder);
    sr_openers_free(usual);
    free(whole);
}

/* A small router as it is written. */
static void make_whole(void) {
    struct sr_router router = {.temperature = 1, .intent_temperature = 1};
    struct sr_adapter adapter = {0};
    router.names = calloc(2, sizeof *router.names);
    FUZZ_CHECK(router.names && sr_net_init(&router.kinds, SR_ROUTER_DENSE, SR_ROUTER_WORDS, 2, SR_SPEECH_KINDS) == 0 &&
               sr_net_init(&router.intents, SR_ROUTER_DENSE, SR_ROUTER_WORDS, 2, 2) == 0 &&
               sr_adapter_init(&adapter, &router.kinds) == 0);
    router.names[0] = (struct sr_router_intent){"hola", SR_SPEECH_TEMPLATE};
    router.names[1] = (struct sr_router_intent){"time", SR_SPEECH_SKILL};
    FUZZ_CHECK(sr_router_save(&router, &adapter, path_of("router.bin"), NULL) == SARAI_OK);
    FUZZ_CHECK(sr_read_file(path_of("router.bin"), 1u << 20, &whole, &whole_size, NULL) == SARAI_OK);
    sr_net_deinit(&router.kinds);
    sr_net_deinit(&router.intents);
    sr_adapter_deinit(&adapter);
    free(router.names);
}

static void open_once(void) {
    static const char table[] =
        "id\twhen\tsay\na\thola|buenas\tHola.\nb\toye\t-\njoined\tpor\t-\nclosing\tgracias\t-\n";
    if (usual)
        return;
    FUZZ_CHECK(mkdtemp(folder));
    FUZZ_CHECK(sr_openers_load(fuzz_file((const uint8_t *)table, sizeof table - 1), &usual, NULL) == SARAI_OK);
    make_whole();
    atexit(tidy);
}

static void check_router(const uint8_t *data, size_t size) {
    static const struct sr_router_context before;
    struct sr_router *router = NULL;
    struct sarai_error error = {0};
    const int status = sr_router_load(fuzz_file(data, size), &router, &error);
    FUZZ_CHECK(status == SARAI_OK || (error.code == status && error.text[0] && !router));
    if (status < 0)
        return;
    float point[SR_EMBED_SIZE] = {0.5f};
    struct sr_router_verdict verdict;
    FUZZ_CHECK(sr_router_decide(router, point, "apaga la luz", &before, &verdict) == SARAI_OK);
    FUZZ_CHECK((unsigned)verdict.kind < SR_SPEECH_KINDS);
    sr_router_free(router);
}

/* Bytes of the whole file are replaced: two of place, one of value each; then the checksum is made right. */
static void check_changed(const uint8_t *data, size_t size) {
    uint8_t *changed = malloc(whole_size);
    FUZZ_CHECK(changed);
    memcpy(changed, whole, whole_size);
    for (; size >= 3; data += 3, size -= 3)
        changed[((size_t)data[0] | (size_t)data[1] << 8) % (whole_size - 8)] = data[2];
    uint64_t sum = UINT64_C(1469598103934665603);
    for (size_t i = 0; i + 8 < whole_size; i++)
        sum = (sum ^ changed[i]) * UINT64_C(1099511628211);
    for (int i = 0; i < 8; i++)
        changed[whole_size - 8 + (size_t)i] = (uint8_t)(sum >> (8 * i));
    check_router(changed, whole_size);
    free(changed);
}

static void check_text(const char *text) {
    static const float zero[SR_EMBED_SIZE];
    static const struct sr_router_context before;
    struct sr_router_features features;
    char *say = NULL, *rest = sr_openers_strip(usual, text, &say);
    FUZZ_CHECK(rest && strlen(rest) <= strlen(text));
    FUZZ_CHECK(!*text || *rest);
    FUZZ_CHECK(sr_router_look(zero, zero, rest, &before, &features) == SARAI_OK);
    FUZZ_CHECK(features.count <= SR_ROUTER_PRESENT);
    for (size_t i = 0; i < features.count; i++)
        FUZZ_CHECK(features.present[i] < SR_ROUTER_WORDS);
    free(rest);
    free(say);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    open_once();
    const unsigned which = fuzz_byte(&data, &size);
    char *text = fuzz_text(data, size);
    struct sr_openers *openers = NULL;
    struct sr_requests *requests = NULL;
    struct sarai_error error = {0};
    if (which == 'o') {
        const int status = sr_openers_load(fuzz_file(data, size), &openers, &error);
        FUZZ_CHECK(status == SARAI_OK || error.text[0]);
    } else if (which == 'r') {
        const int status = sr_requests_load(fuzz_file(data, size), &requests, &error);
        FUZZ_CHECK(status == SARAI_OK || error.text[0]);
    } else if (which == 'f') {
        check_changed(data, size);
    } else if (which == 't') {
        check_text(text);
    } else {
        check_router(data, size);
    }
    sr_openers_free(openers);
    sr_requests_free(requests);
    free(text);
    return 0;
}
