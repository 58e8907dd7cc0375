/* SPDX-License-Identifier: Apache-2.0 */
/* Decisions over the shipped tables. The input: a question, NUL, and what a language model says to it, of which only
 * sentences that the context supports may be spoken. */
#include "brain/brain.h"

#include "fuzz/fuzz.h"

const unsigned fuzz_rounds = 8000;

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_SEED("a template", "hola"),
    FUZZ_SEED("an explanation", "¿Qué es un agujero negro?"),
    FUZZ_SEED("a fact", "¿Cuál es la capital de Francia?\0La capital de Francia es París. Tiene 99 millones. París."),
    FUZZ_SEED("an answer without support", "¿Cuál es la edad del universo?\0No sé. 13.800 millones de años, dicen… 7."),
    FUZZ_SEED("nothing known", "¿Quién inventó la zeta del asdf?\0Nadie. \xC3Nadie! "),
    FUZZ_SEED("no words", "¿? ...\0."),
    FUZZ_SEEDS_END,
};

static struct sr_brain brain;
static struct sr_clock *the_clock;
static const char *answer; /* of the language model */

static int generate(struct sr_llm *llm, struct sr_clock *clock, const struct sr_llm_job *job,
                    struct sarai_error *error) {
    (void)llm, (void)clock, (void)error;
    for (size_t at = 0, len = strlen(answer), step; at < len; at += step) {
        step = 1 + (at * 7 + len) % 5;
        step = step < len - at ? step : len - at;
        if (job->piece(job->user, answer + at, step))
            break;
    }
    return SARAI_OK;
}

static bool can_chat(const struct sr_llm *llm) {
    (void)llm;
    return true;
}

static void open_once(void) {
    static const struct sr_llm_backend backend = {.name = "fuzz", .generate = generate, .can_chat = can_chat};
    static struct sr_brain_opts opts = {.language = "es",
                                        .templates = "",
                                        .knowledge = "",
                                        .phrases = "",
                                        .memory = "/nonexistent",
                                        .phrase = "always",
                                        .min_score = 0.6f};
    if (the_clock)
        return;
    FUZZ_CHECK(sr_clock_new(true, &the_clock) == SARAI_OK);
    FUZZ_CHECK(sr_brain_open(&brain, &opts, NULL, NULL, NULL) == SARAI_OK);
    brain.llm_backend = &backend;
    brain.llm = (struct sr_llm *)&brain; /* there is one; nobody looks inside */
}

static void take_sentence(void *user, const char *text, int64_t first_token_us) {
    FUZZ_CHECK(text[0] && text[0] != ' ' && first_token_us >= -1);
    ++*(unsigned *)user;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    open_once();
    char *question = fuzz_text(data, size);
    struct sr_decision decision = {0};
    unsigned sentences = 0;
    answer = strlen(question) < size ? question + strlen(question) + 1 : "";
    FUZZ_CHECK(sr_brain_decide(&brain, question, &decision) == SARAI_OK);
    FUZZ_CHECK(decision.intent && decision.confidence >= 0 && decision.confidence <= 1);
    FUZZ_CHECK(decision.route == SR_ROUTE_NONE || (decision.reply && decision.reply[0]));
    FUZZ_CHECK(!decision.ask_llm || decision.route == SR_ROUTE_KNOWLEDGE || decision.route == SR_ROUTE_LLM);
    if (decision.ask_llm) {
        const struct sr_phrase_job job = {.context = decision.context,
                                          .question = question,
                                          .fallback = decision.reply,
                                          .clock = the_clock,
                                          .sentence = take_sentence,
                                          .user = &sentences};
        FUZZ_CHECK(sr_brain_phrase(&brain, &job, NULL) == SARAI_OK && sentences > 0);
    }
    sr_decision_deinit(&decision);
    free(question);
    return 0;
}
