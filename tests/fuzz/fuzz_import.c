/* SPDX-License-Identifier: Apache-2.0 */
/* A user's notes as any bytes. The first byte chooses the form; what comes out is whole UTF-8 and never empty. */
#include "base/utf8.h"
#include "fuzz/fuzz.h"
#include "memory/import.h"

const unsigned fuzz_rounds = 60000;

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_SEED("text", "0Uno.\nDos.\n\n\nTres.\r\n"),
    FUZZ_SEED("markdown", "1# Casa\n\n- **Las** llaves\n> * `a`\n## \n#\n\n###Otra\ntexto"),
    FUZZ_SEED("documents", "2{\"id\":1,\"text\":\"a\"}\n\n{\"id\":\"b\",\"title\":\"t\",\"text\":\"c\\u00e9\"}\n"),
    FUZZ_SEED("documents that are refused", "2{\"id\":[],\"text\":1}\n{\n"),
    FUZZ_SEED("deep", "2[[[[[[[[[[[[[[[[[[[[[[[[{\"id\":1e308}"),
    FUZZ_SEED("broken bytes", "1# \xFF\xC3\n\xED\xA0\x80"),
    FUZZ_SEEDS_END,
};

static int check(void *user, const char *id, const char *names, const char *passage) {
    ++*(int *)user;
    FUZZ_CHECK(*id && names && *passage);
    FUZZ_CHECK(sr_utf8_valid(id, strlen(id)) && sr_utf8_valid(passage, strlen(passage)));
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const enum sarai_note_form forms[] = {SARAI_NOTE_TEXT, SARAI_NOTE_MARKDOWN, SARAI_NOTE_JSONL};
    if (!size)
        return 0;
    char *text = fuzz_text(data + 1, size - 1);
    int count = 0;
    struct sarai_error error = {0};
    const int status = sr_import(text, forms[data[0] % 3], "notes", "notes", check, &count, &error);
    FUZZ_CHECK(status == count || (status == SARAI_EINPUT && error.text[0]));
    free(text);
    return 0;
}
