/* SPDX-License-Identifier: Apache-2.0 */
#include "speech/bank.h"
#include "speech/bank_pack.h"

#include "support/failing_alloc.h"
#include "support/test.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

#define RATE 24000
#define CALM 5

struct fixture {
    char *folder, *path;
    float sound[RATE];
};

static int setup(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    f->folder = test_folder();
    f->path = sr_asprintf("%s/voice.bank", f->folder);
    for (int i = 0; i < RATE; i++)
        f->sound[i] = sinf((float)i * 0.1f) / 2;
    *state = f;
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    test_folder_remove(f->folder);
    free(f->path);
    free(f);
    return 0;
}

static int write_bank(struct fixture *f, const char *voice) {
    struct sr_bank_writer *writer = NULL;
    int status = sr_bank_writer_new(f->path, voice, 7, &writer, NULL);
    if (status < 0)
        return status;
    if ((status = sr_bank_writer_add(writer, "Hola.", 0, 11, f->sound, 1000, RATE)) < 0 ||
        (status = sr_bank_writer_add(writer, "Buenas noches.", 0, 12, f->sound, RATE, RATE)) < 0 ||
        (status = sr_bank_writer_add(writer, "Son", SR_BANK_HEAD, 11, f->sound, 400, RATE)) < 0 ||
        (status = sr_bank_writer_add(writer, "Son las", SR_BANK_HEAD, 11, f->sound, 500, RATE)) < 0 ||
        (status = sr_bank_writer_add(writer, "Hola.", CALM, 11, f->sound, 600, RATE)) < 0 ||
        (status = sr_bank_writer_add(writer, "Hola.", 0, 11, f->sound, 10, RATE)) < 0) {
        sr_bank_writer_abandon(writer);
        return status;
    }
    return sr_bank_writer_commit(writer, NULL);
}

static void assert_same_sound(const struct fixture *f, const struct sr_bank_clip *clip) {
    float *samples = malloc(clip->count * sizeof *samples);
    sr_bank_unpack(clip->packed, clip->count, samples);
    for (size_t i = 0; i < clip->count; i++)
        assert_true(fabsf(samples[i] - f->sound[i]) < 1e-3f);
    free(samples);
}

static void what_was_written_is_found_sample_by_sample(void **state) {
    struct fixture *f = *state;
    struct sr_bank *bank = NULL;
    struct sr_bank_clip clip;
    assert_int_equal(write_bank(f, "dora"), SARAI_OK);
    assert_int_equal(test_folder_count(f->folder), 1);
    assert_int_equal(sr_bank_open(f->path, "dora", &bank, NULL), SARAI_OK);
    assert_int_equal(sr_bank_count(bank), 5);
    assert_true(sr_bank_find(bank, "Buenas noches.", 0, &clip));
    assert_int_equal(clip.count, RATE);
    assert_int_equal(clip.rate_hz, RATE);
    assert_same_sound(f, &clip);
    assert_true(sr_bank_find(bank, "Hola.", 0, &clip));
    assert_int_equal(clip.count, 1000); /* the first one counts */
    assert_false(sr_bank_find(bank, "hola.", 0, &clip));
    assert_false(sr_bank_find(bank, "", 0, &clip));
    assert_false(sr_bank_find(NULL, "Hola.", 0, &clip));
    sr_bank_close(bank);
}

static void a_missing_file_and_another_voice_are_told_apart(void **state) {
    struct fixture *f = *state;
    struct sr_bank *bank = NULL;
    struct sarai_error error = {0};
    assert_int_equal(sr_bank_open(f->path, "dora", &bank, &error), SARAI_EMODEL);
    assert_non_null(strstr(error.text, "sarai bank build"));
    assert_int_equal(write_bank(f, "dora"), SARAI_OK);
    assert_int_equal(sr_bank_open(f->path, "alex", &bank, &error), SARAI_EINPUT);
    assert_non_null(strstr(error.text, "another voice"));
    assert_null(bank);
}

static void write_bytes(const char *path, const char *bytes, size_t len) {
    FILE *file = fopen(path, "wb");
    assert_true(file && fwrite(bytes, 1, len, file) == len && fclose(file) == 0);
}

static void a_file_that_was_cut_anywhere_is_refused(void **state) {
    struct fixture *f = *state;
    char *bytes = NULL;
    size_t len = 0;
    assert_int_equal(write_bank(f, "dora"), SARAI_OK);
    assert_int_equal(sr_read_file(f->path, 1 << 20, &bytes, &len, NULL), SARAI_OK);
    for (size_t left = 0; left < len; left += left < 400 || len - left < 800 ? 1 : 997) {
        struct sr_bank *bank = NULL;
        write_bytes(f->path, bytes, left);
        assert_int_equal(sr_bank_open(f->path, "dora", &bank, NULL), SARAI_EINPUT);
    }
    free(bytes);
}

static void a_flipped_byte_never_gives_another_sound(void **state) {
    struct fixture *f = *state;
    char *bytes = NULL;
    size_t len = 0;
    int refused = 0, lost = 0, same = 0;
    assert_int_equal(write_bank(f, "dora"), SARAI_OK);
    assert_int_equal(sr_read_file(f->path, 1 << 20, &bytes, &len, NULL), SARAI_OK);
    for (size_t at = 0; at < len; at += at < 200 || len - at < 600 ? 1 : 199) {
        struct sr_bank *bank = NULL;
        struct sr_bank_clip clip;
        bytes[at] ^= 0x20;
        write_bytes(f->path, bytes, len);
        bytes[at] ^= 0x20;
        if (sr_bank_open(f->path, "dora", &bank, NULL) < 0)
            refused++;
        else if (!sr_bank_find(bank, "Buenas noches.", 0, &clip))
            lost++;
        else {
            same++;
            assert_same_sound(f, &clip);
        }
        sr_bank_close(bank);
    }
    assert_true(refused > 100 && lost > 50 && same > 0);
    free(bytes);
}

static void a_style_is_another_sound_of_the_same_text(void **state) {
    struct fixture *f = *state;
    struct sr_bank *bank = NULL;
    struct sr_bank_clip clip;
    assert_int_equal(write_bank(f, "dora"), SARAI_OK);
    assert_int_equal(sr_bank_open(f->path, "dora", &bank, NULL), SARAI_OK);
    assert_true(sr_bank_find(bank, "Hola.", CALM, &clip));
    assert_int_equal(clip.count, 600);
    assert_false(sr_bank_find(bank, "Buenas noches.", CALM, &clip));
    assert_false(sr_bank_find(bank, "Son las", 0, &clip));
    sr_bank_close(bank);
}

/* Keeps what was given as eleven, and the texts that it was asked for. */
static bool is_eleven(void *user, const char *text, int kind, uint64_t given) {
    sr_str_addf(user, "%s %d;", text, kind);
    return given == 11;
}

static void a_sentence_that_would_be_given_otherwise_is_found_no_more(void **state) {
    struct fixture *f = *state;
    struct sr_bank *bank = NULL;
    struct sr_bank_clip clip;
    struct sr_str asked = {0};
    assert_int_equal(write_bank(f, "dora"), SARAI_OK);
    assert_int_equal(sr_bank_open(f->path, "dora", &bank, NULL), SARAI_OK);
    assert_int_equal(sr_bank_tables(bank), 7);
    assert_true(sr_bank_find(bank, "Buenas noches.", 0, &clip));
    assert_int_equal(clip.given, 12);
    sr_bank_review(bank, is_eleven, &asked);
    assert_non_null(strstr(asked.data, "Buenas noches. 0;"));
    assert_non_null(strstr(asked.data, "Son las 256;"));
    assert_non_null(strstr(asked.data, "Hola. 5;"));
    assert_false(sr_bank_find(bank, "Buenas noches.", 0, &clip));
    assert_true(sr_bank_find(bank, "Hola.", 0, &clip) && clip.given == 11);
    assert_int_equal(sr_bank_find_head(bank, "Son las tres.", &clip), 7);
    sr_str_deinit(&asked);
    sr_bank_close(bank);
}

static void the_longest_head_of_whole_words_is_found(void **state) {
    struct fixture *f = *state;
    struct sr_bank *bank = NULL;
    struct sr_bank_clip clip;
    assert_int_equal(write_bank(f, "dora"), SARAI_OK);
    assert_int_equal(sr_bank_open(f->path, "dora", &bank, NULL), SARAI_OK);
    assert_int_equal(sr_bank_find_head(bank, "Son las tres y media.", &clip), 7);
    assert_int_equal(clip.count, 500);
    assert_int_equal(sr_bank_find_head(bank, "Son lastres.", &clip), 3);
    assert_int_equal(clip.count, 400);
    assert_int_equal(sr_bank_find_head(bank, "Son las", &clip), 3);
    assert_int_equal(sr_bank_find_head(bank, "Sonlas tres.", &clip), 0);
    assert_int_equal(sr_bank_find_head(bank, "Ya son las tres.", &clip), 0);
    assert_int_equal(sr_bank_find_head(bank, "Hola. Son las tres.", &clip), 0);
    assert_int_equal(sr_bank_find_head(bank, "", &clip), 0);
    assert_int_equal(sr_bank_find_head(NULL, "Son las tres.", &clip), 0);
    sr_bank_close(bank);
}

static void a_cut_lies_in_the_silence_between_two_words(void **state) {
    struct fixture *f = *state;
    struct sr_bank_writer *writer = NULL;
    struct sr_bank *bank = NULL;
    struct sr_bank_clip clip;
    for (int i = RATE * 9 / 20; i < RATE * 10 / 20; i++)
        f->sound[i] = 0;
    assert_int_equal(sr_bank_writer_new(f->path, "dora", 7, &writer, NULL), SARAI_OK);
    assert_int_equal(sr_bank_writer_add(writer, "Vamos ahora", 0, 11, f->sound, RATE, RATE), SARAI_OK);
    assert_int_equal(sr_bank_writer_commit(writer, NULL), SARAI_OK);
    assert_int_equal(sr_bank_open(f->path, "dora", &bank, NULL), SARAI_OK);
    assert_true(sr_bank_find(bank, "Vamos ahora", 0, &clip));
    assert_int_equal(clip.cut_count, 1);
    assert_true(clip.cuts[0] > RATE * 9 / 20 && clip.cuts[0] < RATE / 2);
    sr_bank_close(bank);
}

static void a_new_bank_takes_the_place_of_the_old_one_while_that_is_read(void **state) {
    struct fixture *f = *state;
    struct sr_bank_shelf shelf = {.bank = NULL};
    struct sr_bank *bank = NULL;
    struct sr_bank_clip clip;
    assert_null(sr_bank_shelf_get(&shelf));
    for (int i = 0; i < 2; i++) {
        assert_int_equal(write_bank(f, "dora"), SARAI_OK);
        assert_int_equal(sr_bank_open(f->path, "dora", &bank, NULL), SARAI_OK);
        if (i == 0)
            assert_true(sr_bank_find(bank, "Hola.", 0, &clip));
        sr_bank_shelf_put(&shelf, bank);
    }
    assert_true(clip.packed[100] != 0); /* of the first one */
    assert_true(sr_bank_shelf_get(&shelf) == bank);
    sr_bank_shelf_clear(&shelf);
    assert_null(sr_bank_shelf_get(&shelf));
}

static void two_at_once_do_not_write_the_same_bank(void **state) {
    struct fixture *f = *state;
    struct sr_bank_writer *writer = NULL, *other = NULL;
    struct sarai_error error = {0};
    assert_int_equal(sr_bank_writer_new(f->path, "dora", 7, &writer, NULL), SARAI_OK);
    assert_int_equal(sr_bank_writer_new(f->path, "dora", 7, &other, &error), SARAI_EBUSY);
    assert_non_null(strstr(error.text, "another program"));
    assert_int_equal(sr_bank_writer_commit(writer, NULL), SARAI_OK);
    assert_int_equal(sr_bank_writer_new(f->path, "dora", 7, &writer, NULL), SARAI_OK);
    sr_bank_writer_abandon(writer);
}

static void every_allocation_may_fail(void **state) {
    struct fixture *f = *state;
    for (int n = 1;; n++) {
        struct sr_bank *bank = NULL;
        sr_fail_alloc_at(n);
        int status = write_bank(f, "dora");
        if (status == SARAI_OK)
            status = sr_bank_open(f->path, "dora", &bank, NULL);
        sr_fail_alloc_off();
        sr_bank_close(bank);
        assert_true(test_folder_count(f->folder) <= 1);
        if (!sr_fail_alloc_hit()) {
            assert_int_equal(status, SARAI_OK);
            break;
        }
        assert_int_equal(status, SARAI_ENOMEM);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_written_is_found_sample_by_sample, setup, teardown),
        cmocka_unit_test_setup_teardown(a_missing_file_and_another_voice_are_told_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_that_was_cut_anywhere_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_flipped_byte_never_gives_another_sound, setup, teardown),
        cmocka_unit_test_setup_teardown(a_style_is_another_sound_of_the_same_text, setup, teardown),
        cmocka_unit_test_setup_teardown(a_sentence_that_would_be_given_otherwise_is_found_no_more, setup, teardown),
        cmocka_unit_test_setup_teardown(the_longest_head_of_whole_words_is_found, setup, teardown),
        cmocka_unit_test_setup_teardown(a_cut_lies_in_the_silence_between_two_words, setup, teardown),
        cmocka_unit_test_setup_teardown(a_new_bank_takes_the_place_of_the_old_one_while_that_is_read, setup, teardown),
        cmocka_unit_test_setup_teardown(two_at_once_do_not_write_the_same_bank, setup, teardown),
        cmocka_unit_test_setup_teardown(every_allocation_may_fail, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
