/* SPDX-License-Identifier: Apache-2.0 */
/* The table of turn ends (first byte 'w'), its word kinds ('k') and drafts of any bytes ('d'); and what it
 * is trained from: what was heard ('h') and the sentences ('s'). */
#include "turn/turn_end.h"

#include "base/utf8.h"
#include "fuzz/fuzz.h"
#include "learn/turn_corpus.h"
#include "learn/turn_speech.h"
#include "turn/turn_text.h"

#include <math.h>
#include <sys/stat.h>

const unsigned fuzz_rounds = 10000;

#define HEAD "head\tfeature\tweight\nformat\tversion\t1\n"
#define FUSE                                                                                                           \
    "fuse\tbias\t-1\nfuse\ttext\t1\nfuse\tno_text\t-0.5\nfuse\taudio\t0.5\nfuse\tno_audio\t0\nfuse\tf0_slope\t-1\n"    \
    "fuse\tf0_final\t-1\nfuse\tvoiced_tail\t0\nfuse\tvoiced_share\t0\nfuse\tenergy_slope\t0\nfuse\tno_"                \
    "voice\t0\nfuse\tpause\t1\n"

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_SEED("weights", "w" HEAD FUSE "meaning\tbias\t1\nwords\t1=de\t-2\nmeaning\t@7\t0.5\nwords\tmark=.\t1e2\n"),
    FUZZ_SEED("weights that are refused", "w" HEAD "fuse\tpause\t-1\nwords\ta\tnan\nmeaning\t@999\t1\n"),
    FUZZ_SEED("another version", "whead\tfeature\tweight\nformat\tversion\t2\n"),
    FUZZ_SEED("kinds", "kclass\twords\nplace\ta de  en\njoin\ty\n"),
    FUZZ_SEED("kinds twice", "kclass\twords\na\tde de\nb\tde\n"),
    FUZZ_SEED("a draft", "d¿Qué hora es? Pon la radio de..."),
    FUZZ_SEED("heard", "hover\tsource\tdraft\taudio\tf\tf\tv\tv\te\n1\tHola.\thola\t0.9\tnan\t1\t2\t3\t4\n0\tHola."
                       "\tho\t1\t1\t1\t2\t3\t-4\n"),
    FUZZ_SEED("sentences", "s# notes\nQuiero / ir a / casa.\nSí.\n//\n / a\nuno"),
    FUZZ_SEED("marks only", "d ... ¿?!,;: - … —"),
    FUZZ_SEED("one long word", "daaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaáááááááááááááááááááááááááááááááááááááááá"),
    FUZZ_SEED("broken bytes", "dho\xC3 la\xFF \xED\xA0\x80 \xF0\x9F\x98"),
    FUZZ_SEED("other scripts", "dПривет 你好 ſtraße \xE2\x84\xAA 😀 à̀ ﷺ"),
    FUZZ_SEEDS_END,
};

static char *folder;
static struct sr_turn_end *usual;
static struct sr_turn_text *usual_text;

static void write_file(const char *name, const char *text) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    FUZZ_CHECK(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

static void tidy(void) {
    static const char *const names[] = {"turn_words.tsv", "templates.tsv", "turn_end.tsv", "knowledge.tsv",
                                        "turn_sentences.txt"};
    for (int i = 0; i < 5; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
    sr_turn_end_free(usual);
    sr_turn_text_free(usual_text);
}

/* A language is a folder here, written anew for each input. */
static void open_once(void) {
    static char made[] = "/tmp/sarai-fuzz-XXXXXX";
    if (folder)
        return;
    folder = mkdtemp(made);
    FUZZ_CHECK(folder);
    atexit(tidy);
    write_file("turn_words.tsv", "class\twords\nplace\tde en a\nask\tqué\n");
    write_file("templates.tsv", "id\tphrases\treplies\na\tqué hora es|hasta luego\tx\nb\thasta luego a todos\tx\n");
    write_file("turn_end.tsv", HEAD FUSE "words\tk1=place\t-2\nwords\tbias\t0.5\n");
    write_file("knowledge.tsv", "id\tnames\ttext\nm\tmar\tEl mar es agua. El mar es azul.\n");
    FUZZ_CHECK(sr_turn_end_load(NULL, folder, &usual, NULL) == SARAI_OK);
    FUZZ_CHECK(sr_turn_text_load(NULL, folder, &usual_text, NULL) == SARAI_OK);
}

static void check_head(const struct sr_turn_end *end, const char *draft) {
    static const struct sr_turn_opts opts = {.end_min_ms = 200, .end_max_ms = 1200};
    struct sr_turn_cues cues = sr_turn_cues_none(0, 400);
    float last = 0;
    FUZZ_CHECK(sr_turn_end_text(end, NULL, draft, &cues.text) == SARAI_OK && isfinite(cues.text));
    const int wait_ms = sr_turn_end_wait_ms(end, &cues, &opts);
    FUZZ_CHECK(wait_ms >= 200 && wait_ms <= 1200);
    for (cues.pause_ms = 0; cues.pause_ms < 2000; cues.pause_ms += 320) {
        const float over = sr_turn_end_over(end, &cues);
        FUZZ_CHECK(over >= last && over <= 1);
        last = over;
    }
}

static void check_draft(const char *draft) {
    char names[SR_TURN_FEATURES][SR_TURN_NAME];
    const size_t count = sr_turn_text_features(usual_text, draft, names);
    FUZZ_CHECK(count >= 1 && count <= SR_TURN_FEATURES);
    for (size_t i = 0; i < count; i++) {
        const size_t len = strnlen(names[i], SR_TURN_NAME);
        FUZZ_CHECK(len > 0 && len < SR_TURN_NAME && !strpbrk(names[i], "\t\n\r") && sr_utf8_valid(names[i], len));
    }
    const char *tail = sr_turn_text_tail(draft);
    FUZZ_CHECK(tail >= draft && tail <= draft + strlen(draft));
    check_head(usual, draft);
}

static void check_table(const char *name, const char *text) {
    struct sr_turn_end *end = NULL;
    struct sarai_error error = {0};
    write_file(name, text);
    const int rc = sr_turn_end_load(NULL, folder, &end, &error);
    FUZZ_CHECK(rc == SARAI_OK || (error.code == rc && strstr(error.where, name) && error.text[0]));
    if (rc == SARAI_OK)
        check_head(end, text);
    sr_turn_end_free(end);
}

static void check_heard(const uint8_t *data, size_t size) {
    struct sr_turn_samples samples = {0};
    struct sarai_error error = {0};
    const int rows = sr_turn_speech_read(fuzz_file(data, size), &samples, &error);
    FUZZ_CHECK(rows < 0 ? error.text[0] : samples.count <= (size_t)rows);
    sr_turn_samples_deinit(&samples);
}

static void check_sentences(const char *text) {
    struct sr_turn_corpus *corpus = NULL;
    struct sarai_error error = {0};
    uint64_t seed = 1;
    write_file("turn_sentences.txt", text);
    const int rc = sr_turn_corpus_load(NULL, folder, &corpus, &error);
    FUZZ_CHECK(rc == SARAI_OK || error.text[0]);
    for (size_t i = 0; rc == SARAI_OK && i < corpus->count; i++) {
        for (int over = 0; over < 2; over++) {
            char *draft = NULL;
            FUZZ_CHECK(sr_turn_corpus_draft(corpus, i, over, &seed, &draft) == SARAI_OK && (draft || !over));
            FUZZ_CHECK(!draft || sr_utf8_valid(draft, strlen(draft)));
            free(draft);
        }
    }
    sr_turn_corpus_free(corpus);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    open_once();
    const unsigned which = fuzz_byte(&data, &size);
    char *text = fuzz_text(data, size);
    if (which == 'w') {
        check_table("turn_end.tsv", text);
        write_file("turn_end.tsv", HEAD FUSE);
    } else if (which == 'k') {
        check_table("turn_words.tsv", text);
        write_file("turn_words.tsv", "class\twords\nplace\tde\n");
    } else if (which == 'h') {
        check_heard(data, size);
    } else if (which == 's') {
        check_sentences(text);
    } else {
        check_draft(text);
    }
    free(text);
    return 0;
}
