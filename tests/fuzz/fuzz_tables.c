/* SPDX-License-Identifier: Apache-2.0 */
/* The text tables. The first byte chooses the reader; the table is then asked about its own text. */
#include "base/table.h"
#include "base/utf8.h"
#include "brain/templates.h"
#include "fuzz/fuzz.h"
#include "model/manifest.h"
#include "text/abbreviations.h"
#include "text/words.h"
#include "turn/remarks.h"

const unsigned fuzz_rounds = 80000;

#define SHA "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define HEAD "model\tpart\tfile\tbytes\tsha256\tlicense\tdefault\tpackages\tupstream\tabout\n"

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_SEED("rows", "0id\ta\tb\n# comment\nx\ty | z ||w\t¿q?\r\n\nu\tv\tw"),
    FUZZ_SEED("rows that are refused", "0h\na\tb\n\t\tc\n\xff\tb\tc\n"),
    FUZZ_SEED("templates", "1id\tp\tr\nhi\thola|buenos días\tHola.|¿Qué tal?\nno\tadiós\t|\n"),
    FUZZ_SEED("templates with a phrase twice", "1id\tp\tr\na\thola\tx\nb\t¡Hola!\ty\n"),
    FUZZ_SEED("templates with an empty phrase", "1id\tp\tr\na\t¿?|b\tx\n"),
    FUZZ_SEED("words", "2# small\nel la los\nde que\n\xC3\xA9l agujeros negros casas 10"),
    FUZZ_SEED("abbreviations", "3# es\nSr.\nEE. UU. *\nNo. #\np. ej.\netc. *\nX *\n. #\n"),
    FUZZ_SEED("manifest",
              "4" HEAD "m\tp\tm/f.bin\t12\t" SHA "\tMIT\tyes\t-\tu\ta\n# c\nn\tp\tn\t1\t" SHA "\tl\tno\t\t\t"),
    FUZZ_SEED("remarks", "5kind\tphrases\nbackchannel\tvale|sí, sí|¿?\nrequest\tpara|espera un momento\n"),
    FUZZ_SEED("remarks of no kind", "5kind\tphrases\nmaybe\tvale\n"),
    FUZZ_SEED("manifest with a path outside", "4" HEAD "m\tp\t../f\t12\t" SHA "\tMIT\tyes\t-\tu\ta\n"),
    FUZZ_SEEDS_END,
};

static int check_row(void *user, int line, char **cells) {
    for (int i = 0; i < *(int *)user; i++) {
        const char *p = cells[i], *variant;
        FUZZ_CHECK(*p && sr_utf8_valid(p, strlen(p)) && !strpbrk(p, "\t\n"));
        for (size_t len; (len = sr_table_variant(&p, &variant));)
            FUZZ_CHECK(variant[len - 1] != ' ' && *variant != ' ' && !memchr(variant, '|', len));
    }
    return line > 100 ? SARAI_EINPUT : 0;
}

static int read_templates(const char *path, const char *text, struct sarai_error *error) {
    struct sr_templates *templates = NULL;
    char *reply = NULL;
    const int rc = sr_templates_load(path, &templates, error);
    const char *id = rc < 0 ? NULL : sr_templates_match(templates, text, &reply);
    FUZZ_CHECK(!id || reply);
    free(reply);
    sr_templates_free(templates);
    return rc;
}

static int read_words(const char *path, const char *text, struct sarai_error *error) {
    struct sr_words *words = NULL;
    const int rc = sr_words_load(path, &words, error);
    if (rc == SARAI_OK) {
        const double cover = sr_words_cover(words, text, text);
        FUZZ_CHECK(cover == 0 || cover == 1);
    }
    sr_words_free(words);
    return rc;
}

static int read_abbreviations(const char *path, const char *text, struct sarai_error *error) {
    struct sr_abbreviations *table = NULL;
    const int rc = sr_abbreviations_load(path, &table, error);
    for (size_t i = 0; rc == SARAI_OK && text[i]; i++)
        if (text[i] == '.')
            sr_abbreviations_match(table, text, i / 2, i, (unsigned char)text[i + 1]);
    sr_abbreviations_free(table);
    return rc;
}

static int read_manifest(const char *path, struct sarai_error *error) {
    struct sr_manifest *manifest = NULL;
    const int rc = sr_manifest_load(path, &manifest, error);
    for (size_t i = 0; rc == SARAI_OK && i < manifest->count; i++) {
        const struct sr_manifest_row *row = &manifest->rows[i];
        FUZZ_CHECK(row->bytes > 0 && strlen(row->sha256) == 64 && row->file[0] != '/' && !strstr(row->file, ".."));
        FUZZ_CHECK(sr_manifest_check_name(manifest, row->model, error) == SARAI_OK);
        FUZZ_CHECK(sr_manifest_check_name(manifest, row->about, error) <= SARAI_OK);
    }
    sr_manifest_free(manifest);
    return rc;
}

static int read_remarks(const char *path, const char *text, struct sarai_error *error) {
    struct sr_remarks *remarks = NULL;
    const int rc = sr_remarks_load(path, &remarks, error);
    if (rc == SARAI_OK) {
        sr_remarks_judge(remarks, text, 300);
        FUZZ_CHECK(sr_remarks_judge(remarks, "", 300) == SR_REMARK_NONE);
    }
    sr_remarks_free(remarks);
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct sarai_error error = {0};
    const unsigned which = fuzz_byte(&data, &size);
    int columns = 1 + (int)(which / 6 + 2) % 8, rc = SARAI_OK;
    const char *path = fuzz_file(data, size);
    char *text = fuzz_text(data, size);
    switch (which % 6) {
    case '0' % 6:
        rc = sr_table_read(path, columns, check_row, &columns, &error);
        break;
    case '1' % 6:
        rc = read_templates(path, text, &error);
        break;
    case '2' % 6:
        rc = read_words(path, text, &error);
        break;
    case '3' % 6:
        rc = read_abbreviations(path, text, &error);
        break;
    case '4' % 6:
        rc = read_manifest(path, &error);
        break;
    default:
        rc = read_remarks(path, text, &error);
    }
    FUZZ_CHECK(rc >= 0 || (error.code == rc && error.text[0] && strncmp(error.where, path, strlen(path)) == 0));
    free(text);
    return 0;
}
