/* SPDX-License-Identifier: Apache-2.0 */
/* Computations over the shipped tables. The input: bytes of the time of day and of the date, then a question. */
#include "brain/skills/skills.h"

#include "fuzz/fuzz.h"

const unsigned fuzz_rounds = 8000;

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_SEED("a sum", "\x0A\x14\x02\x0F\x1A¿Cuánto son doscientos treinta y cuatro más cien?"),
    FUZZ_SEED("a division", "\x0A\x14\x02\x0F\x1A"
                            "10 entre 0"),
    FUZZ_SEED("a percentage", "\x00\x00\x00\x00\x00¿cuánto es el 21 % de 3,5?"),
    FUZZ_SEED("units", "\x17\x3B\x0B\x1E\x7F¿cuántos metros son tres mil millones de pies?"),
    FUZZ_SEED("a far day", "\x0C\x00\x01\x1C\x40¿qué día será dentro de 399999 días?"),
    FUZZ_SEED("a day that is rare", "\x0C\x00\x01\x1C\x40¿qué día cae el veintinueve de febrero?"),
    FUZZ_SEED("the time", "\x0D\x00\x05\x05\x05oye Sarai, ¿qué hora es, por favor?"),
    FUZZ_SEED("a word", "\x0D\x00\x05\x05\x05¿cómo se escribe pingüino?"),
    FUZZ_SEED("no words", "\x0D\x00\x05\x05\x05¿? ...\xC3"),
    FUZZ_SEEDS_END,
};

static struct sr_skills *skills;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (!skills)
        FUZZ_CHECK(sr_skills_open(FUZZ_DATA, "es", &skills, NULL) == SARAI_OK);
    if (size < 5)
        return 0;
    const struct tm now = {.tm_hour = data[0] % 24,
                           .tm_min = data[1] % 60,
                           .tm_mon = data[2] % 12,
                           .tm_mday = 1 + data[3] % 28,
                           .tm_year = 100 + data[4] % 128};
    char *question = fuzz_text(data + 5, size - 5), *reply = NULL;
    const char *id = sr_skills_answer(skills, question, &now, NULL, &reply);
    FUZZ_CHECK(!id == !reply);
    FUZZ_CHECK(!id || (id[0] && reply[0] && !strchr(reply, '{')));
    free(reply);
    free(question);
    return 0;
}
