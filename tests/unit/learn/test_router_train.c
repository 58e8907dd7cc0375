/* SPDX-License-Identifier: Apache-2.0 */
/* What the router learns from, and that it learns. A made-up meaning stands in for the embeddings. */
#include "learn/router_train.h"

#include "support/failing_alloc.h"
#include "support/test.h"

#include <sys/stat.h>

static const char *const tables[][2] = {
    {"templates.tsv", "id\tphrases\treplies\nhola\thola|buenas\tHola.\nluz\tenciende la luz|da la luz\tNo sé.\n"},
    {"requests.tsv", "template\tintent\nluz\tTurnOn\n"},
    {"skills.tsv", "id\tphrases\treplies\npolite\toye\t-\ntime\tqué hora es\tLas {r}.\nadd\tsuma {a} y {a}\t{r}.\n"},
    {"knowledge.tsv", "id\tnames\ttext\nmar\tmar|cómo se forma el mar\tEl mar es agua. Es azul. Es salado.\n"},
    {"router.tsv", "text\tclass\tintent\n[skill] y la otra\tskill\tTurnOn\nen directo, el tiempo\tnot_for_me\ttv\n"},
    {"router_patterns.tsv", "class\tintent\tpatterns\nslot\ta\tdos|tres\nslot\tlight\tla lámpara|el {kind}\n"
                            "slot\tkind\tflexo|foco\nskill\tTurnOn\tprende {light}|prende {light} ya\n"
                            "knowledge\ttopic\tqué es el {topic}\nllm\topen\tescribe un poema|inventa algo\n"},
};

struct fixture {
    char *folder;
    struct sr_model_opts models;
};

static int setup(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    char language[256];
    f->folder = test_folder();
    snprintf(language, sizeof language, "%s/es", f->folder);
    assert_int_equal(mkdir(language, 0777), 0);
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        free(test_file(language, tables[i][0], tables[i][1]));
    f->models.share = f->folder;
    *state = f;
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    char path[300];
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        snprintf(path, sizeof path, "%s/es/%s", f->folder, tables[i][0]);
        remove(path);
    }
    snprintf(path, sizeof path, "%s/es", f->folder);
    remove(path);
    test_folder_remove(f->folder);
    free(f);
    return 0;
}

static struct sr_router_corpus *load(const struct fixture *f) {
    struct sr_router_corpus *corpus = NULL;
    struct sarai_error error = {0};
    if (sr_router_corpus_load(&f->models, "es", &corpus, &error) < 0)
        fail_msg("%s: %s", error.where, error.text);
    return corpus;
}

static const struct sr_router_example *find(const struct sr_router_corpus *corpus, const char *part) {
    for (size_t i = 0; i < corpus->count; i++)
        if (strstr(corpus->list[i].text, part))
            return &corpus->list[i];
    return NULL;
}

static void every_table_gives_examples_of_its_kind(void **state) {
    struct sr_router_corpus *corpus = load(*state);
    static const struct {
        const char *part, *intent;
        enum sr_speech kind;
    } expected[] = {{"ola", "hola", SR_SPEECH_TEMPLATE},
                    {"a la luz", "TurnOn", SR_SPEECH_SKILL},
                    {"hora es", "time", SR_SPEECH_SKILL},
                    {"uma ", "add", SR_SPEECH_SKILL},
                    {"es el mar", "mar", SR_SPEECH_KNOWLEDGE},
                    {"se forma el mar", "mar", SR_SPEECH_KNOWLEDGE},
                    {"poema", "open", SR_SPEECH_LLM},
                    {"la lámpara ya", "TurnOn", SR_SPEECH_SKILL},
                    {"en directo el", "tv", SR_SPEECH_NOT_FOR_ME}};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        const struct sr_router_example *e = find(corpus, expected[i].part);
        if (!e && expected[i].part[0] == 'l')
            e = find(corpus, "ya"); /* the slot may have taken another variant */
        assert_non_null(e);
        assert_int_equal(e->kind, expected[i].kind);
        assert_string_equal(e->intent, expected[i].intent);
        assert_null(strchr(e->text, '{'));
    }
    assert_null(find(corpus, "oye"));
    sr_router_corpus_free(corpus);
}

static void what_stands_in_brackets_is_what_went_before(void **state) {
    struct sr_router_corpus *corpus = load(*state);
    const struct sr_router_example *e = find(corpus, "la otra");
    assert_non_null(e);
    assert_null(strchr(e->text, '['));
    assert_true(e->hard && e->context.has_last && e->context.last == SR_SPEECH_SKILL);
    sr_router_corpus_free(corpus);
}

static void a_line_is_learned_as_heard_and_as_typed(void **state) {
    struct sr_router_corpus *corpus = load(*state);
    assert_non_null(find(corpus, "En directo, el tiempo."));
    assert_non_null(find(corpus, "en directo el tiempo"));
    sr_router_corpus_free(corpus);
}

static void an_unknown_slot_is_named(void **state) {
    const struct fixture *f = *state;
    char language[256];
    struct sr_router_corpus *corpus = NULL;
    struct sarai_error error = {0};
    snprintf(language, sizeof language, "%s/es", f->folder);
    free(test_file(language, "router_patterns.tsv", "class\tintent\tpatterns\nskill\tx\tpon {nada}\n"));
    assert_int_equal(sr_router_corpus_load(&f->models, "es", &corpus, &error), SARAI_EINPUT);
    assert_non_null(strstr(error.text, "{nada}"));
    assert_null(corpus);
}

/* Alike texts are near each other: counts of letters. */
static int point(void *user, const char *text, float out[SR_EMBED_SIZE]) {
    (void)user;
    memset(out, 0, SR_EMBED_SIZE * sizeof *out);
    for (; *text; text++)
        out[(unsigned char)*text] += 0.1f;
    return SARAI_OK;
}

static void count_reports(void *user, const struct sr_router_report *report) {
    assert_true(report->examples > 0 && report->right >= 0 && report->right <= 1 && report->loss >= 0);
    ++*(int *)user;
}

static void what_was_learned_can_be_read_and_knows_its_examples(void **state) {
    const struct fixture *f = *state;
    struct sr_router_corpus *corpus = load(f);
    int reports = 0;
    const struct sr_router_lesson lesson = {.point = point, .report = count_reports, .user = &reports};
    struct sarai_error error = {0};
    struct sr_router *router = NULL;
    char path[256];
    snprintf(path, sizeof path, "%s/router.bin", f->folder);
    if (sr_router_train(corpus, &lesson, path, &error) < 0)
        fail_msg("%s: %s", error.where, error.text);
    assert_true(reports > 5);
    assert_int_equal(sr_router_load(path, &router, &error), SARAI_OK);
    assert_int_equal(router->record.examples, corpus->count);
    assert_true(router->temperature > 0);
    size_t right = 0;
    for (size_t i = 0; i < corpus->count; i++) {
        const struct sr_router_example *e = &corpus->list[i];
        struct sr_router_verdict verdict;
        float at[SR_EMBED_SIZE];
        point(NULL, e->text, at);
        assert_int_equal(sr_router_decide(router, at, e->text, &e->context, &verdict), SARAI_OK);
        right += verdict.kind == e->kind;
    }
    assert_true(right * 10 >= corpus->count * 8);
    sr_router_free(router);
    sr_router_corpus_free(corpus);
}

static int stop_at_once(void *user, double part) {
    (void)user;
    (void)part;
    return 1;
}

static void a_stopped_training_writes_nothing(void **state) {
    const struct fixture *f = *state;
    struct sr_router_corpus *corpus = load(f);
    const struct sr_router_lesson lesson = {.point = point, .progress = stop_at_once};
    char path[256];
    snprintf(path, sizeof path, "%s/router.bin", f->folder);
    assert_int_equal(sr_router_train(corpus, &lesson, path, NULL), SARAI_ESTALE);
    struct stat info;
    assert_int_not_equal(stat(path, &info), 0);
    sr_router_corpus_free(corpus);
}

static void a_corpus_survives_every_failing_allocation(void **state) {
    const struct fixture *f = *state;
    for (int n = 1;; n++) {
        struct sr_router_corpus *corpus = NULL;
        sr_fail_alloc_at(n);
        const int status = sr_router_corpus_load(&f->models, "es", &corpus, NULL);
        sr_fail_alloc_off();
        if (status >= 0)
            sr_router_corpus_free(corpus);
        if (!sr_fail_alloc_hit()) {
            assert_int_equal(status, SARAI_OK);
            break;
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_table_gives_examples_of_its_kind, setup, teardown),
        cmocka_unit_test_setup_teardown(what_stands_in_brackets_is_what_went_before, setup, teardown),
        cmocka_unit_test_setup_teardown(a_line_is_learned_as_heard_and_as_typed, setup, teardown),
        cmocka_unit_test_setup_teardown(an_unknown_slot_is_named, setup, teardown),
        cmocka_unit_test_setup_teardown(what_was_learned_can_be_read_and_knows_its_examples, setup, teardown),
        cmocka_unit_test_setup_teardown(a_stopped_training_writes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_corpus_survives_every_failing_allocation, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
