/* SPDX-License-Identifier: Apache-2.0 */
/* Conversations of three turns over the shipped tables. The input: what is said, NUL between the turns. */
#include "brain/talk.h"
#include "model/model_opts.h"

#include "fuzz/fuzz.h"

const unsigned fuzz_rounds = 1500;

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_SEED("a topic", "¿Cuál es la capital de Francia?\0¿y de Italia?\0¿habitantes?"),
    FUZZ_SEED("a sum", "¿cuánto son dos más tres?\0¿y la mitad?\0¿y el diez por ciento?"),
    FUZZ_SEED("the other one", "¿Qué es un volcán?\0¿y un terremoto?\0no, el otro"),
    FUZZ_SEED("swapped words", "¿Cuál es el río más largo de España?\0¿y el más caudaloso?\0¿cuánto mide?"),
    FUZZ_SEED("a timer", "pon un temporizador de diez minutos para la pasta\0añade media hora\0cuánto le queda"),
    FUZZ_SEED("an alarm", "despiértame mañana a las siete y media\0qué alarmas tengo\0quita la alarma"),
    FUZZ_SEED("again", "hola\0repite\0más despacio"),
    FUZZ_SEEDS_END,
};

static struct sr_brain brain;
static struct sr_talk talk;
static struct sr_clock *the_clock;

static void open_all(void) {
    static const struct sr_brain_opts opts = {.language = (char *)"es",
                                              .templates = (char *)"",
                                              .knowledge = (char *)"",
                                              .phrases = (char *)"",
                                              .fillers = (char *)"",
                                              .memory = (char *)"/nonexistent",
                                              .meaning = (char *)"words",
                                              .phrase = (char *)"never",
                                              .min_score = 0.6F};
    static const struct sr_model_opts models = {.dir = (char *)"", .share = (char *)FUZZ_DATA};
    static const struct sr_tools_opts tools = {.home = (char *)"demo", .file = (char *)""};
    FUZZ_CHECK(sr_clock_new(true, &the_clock) == SARAI_OK);
    FUZZ_CHECK(sr_brain_open(&brain, &opts, &models, NULL, NULL) == SARAI_OK);
    FUZZ_CHECK(sr_skills_open(FUZZ_DATA, "es", &brain.skills, NULL) == SARAI_OK);
    FUZZ_CHECK(sr_talk_init(&talk, &brain, &tools, &models, NULL, NULL) == SARAI_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (!the_clock)
        open_all();
    struct sr_context context;
    sr_context_init(&context, the_clock, NULL);
    for (int turn = 0; turn < 3 && size; turn++) {
        char *text = fuzz_text(data, size), *whole = NULL;
        const size_t len = strlen(text);
        struct sr_decision decision = {0};
        FUZZ_CHECK(sr_talk_decide(&talk, &context, text, NULL, &decision, &whole) == SARAI_OK);
        FUZZ_CHECK(decision.intent && (decision.route == SR_ROUTE_NONE || decision.reply));
        if (decision.reply)
            sr_context_reply(&context, (uint32_t)turn, decision.reply);
        sr_decision_deinit(&decision);
        free(whole);
        free(text);
        data += len < size ? len + 1 : size;
        size -= len < size ? len + 1 : size;
    }
    FUZZ_CHECK(context.timers.count >= 0 && context.timers.count <= SR_TIMERS_MOST);
    sr_context_deinit(&context);
    return 0;
}
