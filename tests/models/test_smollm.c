/* SPDX-License-Identifier: Apache-2.0 */
/* A model that converses: in English, through its chat template, with several people at once. */
#include <ggml.h>
#include <gguf.h>

#include "base/clock.h"
#include "brain/llm.h"
#include "model/paths.h"
#include "support/test.h"

#define MODEL "smollm2-135m/SmolLM2-135M-Instruct.Q4_1.gguf"
#define WIDTH 576 /* of its layers */

static char *words[SR_LLM_WORD_COUNT] = {"You are a helpful assistant. Answer in one short sentence.",
                                         "Context:", "Question:", "Answer:"};

struct fixture {
    struct sr_llm_opts opts;
    struct sr_clock *clock;
    struct sr_llm *llm;
};

/* A person who asks. */
struct person {
    struct fixture *f;
    struct sr_str answer;
    struct sr_exchange said[200];
    size_t said_count;
    const char *question;
    struct sr_epoch epoch;
    int pieces_until_stop;
    long polls; /* of the abort callback: one for each node of each graph, so a measure of work */
    int status;
};

static int setup(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    struct sarai_error error = {0};
    assert_int_equal(sr_opt_defaults(sr_llm_opts_table, &f->opts), 0);
    free(f->opts.model);
    f->opts.model = sr_strdup(MODEL);
    f->opts.sequences = 2;
    f->opts.max_tokens = 24;
    assert_int_equal(sr_clock_new(false, &f->clock), 0);
    if (sr_llm_llama.open(&f->opts, NULL, NULL, &f->llm, &error) < 0)
        fail_msg("%s: %s", error.where, error.text);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    sr_llm_llama.close(f->llm);
    sr_clock_free(f->clock);
    sr_opt_deinit(sr_llm_opts_table, &f->opts);
    free(f);
    return 0;
}

static bool count_poll(void *user) {
    struct person *person = user;
    person->polls++;
    return false;
}

static int take_piece(void *user, const char *text, size_t len) {
    struct person *person = user;
    sr_str_add(&person->answer, text, len);
    if (person->pieces_until_stop && --person->pieces_until_stop == 0)
        sr_epoch_open(&person->epoch);
    return 0;
}

static void ask_as(struct person *person) {
    struct fixture *f = person->f;
    sr_epoch_init(&person->epoch, f->clock);
    const struct sr_llm_job job = {
        .words = words,
        .question = person->question,
        .history = person->said,
        .history_count = person->said_count,
        .session = person,
        .abort = {.epoch = &person->epoch, .stamp = sr_epoch_stamp(&person->epoch), .also = count_poll, .user = person},
        .piece = take_piece,
        .user = person};
    person->polls = 0;
    sr_str_clear(&person->answer);
    sr_str_adds(&person->answer, "");
    person->status = sr_llm_llama.generate(f->llm, f->clock, &job, NULL);
}

static const char *ask(struct person *person, const char *question) {
    person->question = question;
    ask_as(person);
    assert_true(person->status >= 0);
    return person->answer.data;
}

static void expect_in(const char *text, const char *part) {
    print_message("%s\n", text);
    assert_non_null(strstr(text, part));
}

static void it_converses_in_english(void **state) {
    struct person p = {.f = *state};
    assert_true(sr_llm_llama.can_chat(p.f->llm));
    expect_in(ask(&p, "What is the capital of France?"), "Paris");
    sr_str_deinit(&p.answer);
}

static char name[] = "My name is Peter and I live in Rome.", nice[] = "Nice to meet you, Peter!";

/* So small a model misses one question in some wording; the others it can't know otherwise. */
static void it_knows_what_was_said_before(void **state) {
    static const char *const asked[][2] = {
        {"What is my name?", "Peter"}, {"Which city do I live in?", "Rome"}, {"Where do I live?", "Rome"}};
    int known = 0;
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        struct person p = {.f = *state};
        assert_null(strstr(ask(&p, asked[i][0]), asked[i][1]));
        p.said[0] = (struct sr_exchange){name, nice};
        p.said_count = 1;
        print_message("%s\n", ask(&p, asked[i][0]));
        known += strstr(p.answer.data, asked[i][1]) != NULL;
        sr_llm_llama.leave(p.f->llm, &p);
        sr_str_deinit(&p.answer);
    }
    assert_true(known >= 2);
}

static void a_conversation_longer_than_the_context_keeps_its_end(void **state) {
    struct person p = {.f = *state, .said_count = 200};
    char user[] = "Tell me something about the weather, the sea, the mountains and the people who live there.";
    char reply[] = "The weather is fine, the sea is blue, the mountains are high, and the people are friendly.";
    struct sr_str question = {0};
    for (size_t i = 0; i < p.said_count; i++)
        p.said[i] = (struct sr_exchange){user, reply};
    p.said[199] = (struct sr_exchange){name, nice};
    expect_in(ask(&p, "What is my name?"), "Peter");
    for (int i = 0; i < 500; i++)
        sr_str_adds(&question, "We went to the market and bought bread, fish and wine. ");
    sr_str_adds(&question, "What is the capital of France?");
    assert_true(*ask(&p, question.data) != '\0');
    sr_str_deinit(&question);
    sr_str_deinit(&p.answer);
}

/* More than fits into one batch. */
static char *long_story(const char *sentence) {
    struct sr_str story = {0};
    for (int i = 0; i < 8; i++)
        sr_str_adds(&story, sentence);
    return sr_str_take(&story);
}

static void what_a_session_said_is_not_evaluated_again(void **state) {
    char *story = long_story("In summer the old lighthouse keeper counts the ships that pass the island. ");
    struct person p = {.f = *state, .said = {{story, nice}}, .said_count = 1};
    char question[] = "What does he count?";
    char *first = sr_strdup(ask(&p, question));
    const long cold = p.polls;
    assert_string_equal(ask(&p, question), first);
    print_message("%ld polls, then %ld\n", cold, p.polls);
    assert_true(p.polls < cold);
    free(first);
    free(story);
    sr_str_deinit(&p.answer);
}

/* Three people and two sequences. */
static void whoever_was_away_for_longest_gives_up_the_seat(void **state) {
    char *topics[3] = {long_story("I like dogs and cats, and I have three of each with me in the garden. "),
                       long_story("Tomorrow I travel by train to London, where my sister works in a museum. "),
                       long_story("Yesterday we cooked rice with fish, onions and far too much pepper. ")};
    char reply[] = "That sounds very nice indeed.";
    struct person people[3];
    long warm[3];
    for (int i = 0; i < 3; i++) {
        people[i] = (struct person){.f = *state, .said = {{topics[i], reply}}, .said_count = 1};
        ask(&people[i], "Why?");
        ask(&people[i], "Why?");
        warm[i] = people[i].polls;
    }
    ask(&people[2], "Why?");
    assert_int_equal(people[2].polls, warm[2]); /* still there */
    ask(&people[1], "Why?");
    assert_int_equal(people[1].polls, warm[1]);
    ask(&people[0], "Why?");
    assert_true(people[0].polls > warm[0]); /* had to be read again */
    ask(&people[1], "Why?");
    assert_int_equal(people[1].polls, warm[1]); /* in place of number 2, who was away for longer */
    sr_llm_llama.leave(people[0].f->llm, &people[1]);
    ask(&people[2], "Why?");
    ask(&people[0], "Why?");
    assert_int_equal(people[0].polls, warm[0]); /* the seat that was given back was taken, not this one */
    for (int i = 0; i < 3; i++) {
        sr_llm_llama.leave(people[i].f->llm, &people[i]);
        sr_str_deinit(&people[i].answer);
        free(topics[i]);
    }
}

static void ask_on_thread(void *user) {
    ask_as(user);
}

/* More people than sequences, all at once. */
static void people_who_ask_at_once_get_their_own_answers(void **state) {
    static const char *const questions[] = {"What is the capital of France?", "What is the capital of Italy?",
                                            "What is the capital of Japan?"};
    static const char *const capitals[] = {"Paris", "Rome", "Tokyo"};
    struct person people[3];
    struct sr_thread threads[3] = {0};
    for (int i = 0; i < 3; i++) {
        people[i] = (struct person){.f = *state, .question = questions[i]};
        assert_int_equal(sr_thread_start(&threads[i], people[i].f->clock, "person", ask_on_thread, &people[i]), 0);
    }
    for (int i = 0; i < 3; i++) {
        sr_thread_join(&threads[i]);
        assert_true(people[i].status >= 0);
        for (int j = 0; j < 3; j++)
            assert_int_equal(strstr(people[i].answer.data, capitals[j]) != NULL, i == j);
        sr_llm_llama.leave(people[i].f->llm, &people[i]);
        sr_str_deinit(&people[i].answer);
    }
}

static void an_answer_that_was_given_up_leaves_the_sequence_as_it_should_be(void **state) {
    struct person p = {.f = *state};
    char *whole = sr_strdup(ask(&p, "Name three animals."));
    for (int pieces = 1; pieces < 6; pieces++) {
        p.pieces_until_stop = pieces;
        ask_as(&p);
        assert_int_equal(p.status, SARAI_ESTALE);
        assert_string_equal(ask(&p, "Name three animals."), whole);
    }
    free(whole);
    sr_str_deinit(&p.answer);
}

/* ------------------------------------------------------------------------------------------------------ adapters -- */

/* A rank-2 adapter for the output of the first layer's attention. */
static char *make_adapter(const char *folder, const char *architecture, int64_t width, float strength) {
    char *path = sr_asprintf("%s/adapter.gguf", folder);
    struct ggml_context *context = ggml_init((struct ggml_init_params){.mem_size = 1 << 20});
    struct gguf_context *gguf = gguf_init_empty();
    struct ggml_tensor *a = ggml_new_tensor_2d(context, GGML_TYPE_F32, width, 2);
    struct ggml_tensor *b = ggml_new_tensor_2d(context, GGML_TYPE_F32, 2, width);
    ggml_set_name(a, "blk.0.attn_output.weight.lora_a");
    ggml_set_name(b, "blk.0.attn_output.weight.lora_b");
    for (int64_t i = 0; i < 2 * width; i++) {
        ((float *)a->data)[i] = (float)(i * 7919 % 101) / 101 - 0.5f;
        ((float *)b->data)[i] = strength * ((float)(i * 6007 % 97) / 97 - 0.5f);
    }
    gguf_set_val_str(gguf, "general.type", "adapter");
    gguf_set_val_str(gguf, "general.architecture", architecture);
    gguf_set_val_str(gguf, "adapter.type", "lora");
    gguf_set_val_f32(gguf, "adapter.lora.alpha", 2);
    gguf_add_tensor(gguf, a);
    gguf_add_tensor(gguf, b);
    assert_true(gguf_write_to_file(gguf, path, false));
    gguf_free(gguf);
    ggml_free(context);
    return path;
}

/* What is answered with an adapter, or NULL and the reason. */
static char *answer_with(const struct fixture *f, const char *lora, struct sarai_error *error) {
    struct fixture other = *f;
    struct person p = {.f = &other};
    char *answer = NULL;
    other.opts.lora = (char *)lora;
    const int status = sr_llm_llama.open(&other.opts, NULL, NULL, &other.llm, error);
    if (status == SARAI_OK) {
        answer = sr_strdup(ask(&p, "Name three animals."));
        sr_llm_llama.close(other.llm);
    } else {
        assert_int_equal(status, SARAI_EMODEL);
        assert_true(error->where[0] && error->text[0]);
    }
    sr_str_deinit(&p.answer);
    return answer;
}

static void an_adapter_changes_what_is_said_as_strongly_as_it_is(void **state) {
    char *folder = test_folder();
    struct sarai_error error = {0};
    char *plain = answer_with(*state, "", &error);
    const float strengths[] = {0, 20};
    for (int i = 0; i < 2; i++) {
        char *path = make_adapter(folder, "llama", WIDTH, strengths[i]);
        char *adapted = answer_with(*state, path, &error);
        if (!adapted)
            fail_msg("%s: %s", error.where, error.text);
        assert_int_equal(strcmp(adapted, plain) == 0, i == 0);
        free(adapted);
        free(path);
    }
    free(plain);
    test_folder_remove(folder);
}

static void an_adapter_that_does_not_fit_says_why(void **state) {
    char *folder = test_folder();
    struct sarai_error error = {0};
    char *path = make_adapter(folder, "gemma3", WIDTH, 1);
    assert_null(answer_with(*state, path, &error));
    assert_non_null(strstr(error.text, "arch"));
    free(path);
    path = make_adapter(folder, "llama", WIDTH / 2, 1);
    assert_null(answer_with(*state, path, &error));
    assert_non_null(strstr(error.text, "shape"));
    assert_string_equal(error.where, path);
    free(path);
    path = test_file(folder, "no.gguf", "no adapter");
    assert_null(answer_with(*state, path, &error));
    free(path);
    assert_null(answer_with(*state, "/nowhere/adapter.gguf", &error));
    test_folder_remove(folder);
}

/* --------------------------------------------------------------------------------------------------- broken files --
 */

static void broken_models_are_refused_with_a_reason(void **state) {
    const struct fixture *f = *state;
    char *folder = test_folder(), *whole = sr_path_model(NULL, MODEL);
    char *path = sr_asprintf("%s/broken.gguf", folder);
    static const long lengths[] = {0, 3, 4, 8, 23, 24, 100, 3000, 100000, 3000000};
    char *bytes = malloc(3000000);
    FILE *file = fopen(whole, "rb");
    assert_true(bytes && file && fread(bytes, 1, 3000000, file) == 3000000);
    fclose(file);
    for (size_t i = 0; i <= sizeof lengths / sizeof *lengths; i++) {
        struct sr_llm_opts opts = f->opts;
        struct sr_llm *llm = NULL;
        struct sarai_error error = {0};
        const bool other = i == sizeof lengths / sizeof *lengths; /* another architecture */
        char *architecture = memmem(bytes, 200, "llama", 5);
        if (other)
            memcpy(architecture, "lxama", 5);
        file = fopen(path, "wb");
        fwrite(bytes, 1, other ? 3000000 : (size_t)lengths[i], file);
        fclose(file);
        opts.model = path;
        assert_int_equal(sr_llm_llama.open(&opts, NULL, NULL, &llm, &error), SARAI_EMODEL);
        assert_null(llm);
        assert_string_equal(error.where, path);
        assert_true(strlen(error.text) > strlen("is no model that llama.cpp can load: "));
    }
    free(bytes);
    free(whole);
    free(path);
    test_folder_remove(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_converses_in_english),
        cmocka_unit_test(it_knows_what_was_said_before),
        cmocka_unit_test(a_conversation_longer_than_the_context_keeps_its_end),
        cmocka_unit_test(what_a_session_said_is_not_evaluated_again),
        cmocka_unit_test(whoever_was_away_for_longest_gives_up_the_seat),
        cmocka_unit_test(people_who_ask_at_once_get_their_own_answers),
        cmocka_unit_test(an_answer_that_was_given_up_leaves_the_sequence_as_it_should_be),
        cmocka_unit_test(an_adapter_changes_what_is_said_as_strongly_as_it_is),
        cmocka_unit_test(an_adapter_that_does_not_fit_says_why),
        cmocka_unit_test(broken_models_are_refused_with_a_reason),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
