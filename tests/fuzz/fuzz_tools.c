/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptions of tools and what is asked of them. The input: JSON, NUL, what somebody says; without JSON, of the
 * shipped home. */
#include "tools/home.h"

#include "fuzz/fuzz.h"

const unsigned fuzz_rounds = 3000;

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_SEED("a command", "\0pon la luz del salón al 50 % y en azul"),
    FUZZ_SEED("a place", "\0en la planta baja baja todas las persianas a la mitad"),
    FUZZ_SEED("a list", "\0añade dos kilos de tomates a la lista de la compra"),
    FUZZ_SEED("a set of tools",
              "{\"lists\":{\"a\":{\"b\":[\"c\"]}},\"rules\":{\"r\":\"(x|y [z])\"},\"more\":[\"y {a}\"],"
              "\"tools\":[{\"name\":\"t\",\"parameters\":{\"properties\":{\"a\":{\"type\":\"string\","
              "\"list\":\"a\"},\"n\":{\"type\":\"number\",\"form\":\"span\"},\"m\":{\"type\":\"object\","
              "\"form\":\"moment\"}}},\"patterns\":[\"<r> [{a}] {n}\",{\"pattern\":[\"a {m}\"],"
              "\"set\":{\"a\":\"$a\"}}]}]}\0x c diez minutos"),
    FUZZ_SEED("a rule in itself", "{\"rules\":{\"r\":\"<r>\"},\"tools\":[{\"name\":\"t\",\"patterns\":[\"<r>\"]}]}\0r"),
    FUZZ_SEEDS_END,
};

static struct sr_tongue tongue;
static struct sr_toolbox *house;
static struct sr_home *home;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (!house) {
        FUZZ_CHECK(sr_tongue_init(&tongue, FUZZ_DATA, "es", NULL) == SARAI_OK);
        FUZZ_CHECK(sr_toolbox_load(FUZZ_DATA "/es/home.json", &tongue, &house, NULL) == SARAI_OK);
        FUZZ_CHECK(sr_home_new(house, &tongue, &home, NULL) == SARAI_OK);
    }
    char *json = fuzz_text(data, size);
    const size_t len = strlen(json);
    char *text = fuzz_text(data + (len < size ? len + 1 : len), len < size ? size - len - 1 : 0);
    struct sr_toolbox *own = NULL;
    struct sr_said said;
    struct sr_tool_call call = {0}, more = {0};
    struct sr_tool_answer answer = {0};
    struct sarai_error error = {0};
    if (len && sr_toolbox_parse("fuzz", json, &tongue, &own, &error) < 0)
        FUZZ_CHECK(error.text[0] && strncmp(error.text, "line ", 5) == 0);
    const struct sr_toolbox *box = own ? own : house;
    FUZZ_CHECK(sr_said_init(&said, tongue.normalizer, text) == SARAI_OK);
    FUZZ_CHECK(sr_toolbox_find(box, &said, &call, &call) == SARAI_OK);
    if (call.box) {
        FUZZ_CHECK(cJSON_IsObject(call.arguments) && cJSON_IsObject(call.spoken) && call.score >= 0);
        FUZZ_CHECK(sr_toolbox_find_more(box, &said, &call, &call, &more) == SARAI_OK);
    }
    if (call.box == house && sr_home_call(home, &call, &answer) == SARAI_OK)
        FUZZ_CHECK(answer.say && answer.say[0] && !strchr(answer.say, '{'));
    sr_tool_answer_deinit(&answer);
    sr_tool_call_deinit(&more);
    sr_tool_call_deinit(&call);
    sr_said_deinit(&said);
    sr_toolbox_free(own);
    free(text);
    free(json);
    return 0;
}
