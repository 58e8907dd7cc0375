/* SPDX-License-Identifier: Apache-2.0 */
#include "speech/phonemes.h"

#include "base/utf8.h"
#include "support/failing_alloc.h"
#include "support/test.h"

#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static struct sr_espeak *open_helper(void) {
    struct sr_espeak *espeak = NULL;
    struct sarai_error error = {0};
    if (sr_espeak_open(&espeak, &error) < 0)
        fail_msg("%s: %s", error.where, error.text);
    return espeak;
}

/* The phonemes, which the caller frees. */
static char *ipa(struct sr_espeak *espeak, const char *language, const char *text) {
    struct sr_str out = {0};
    struct sarai_error error = {0};
    if (sr_espeak_phonemes(espeak, language, text, &out, &error) < 0)
        fail_msg("%s: %s", error.where, error.text);
    sr_str_add(&out, "", 0);
    return sr_str_take(&out);
}

static void check(struct sr_espeak *espeak, const char *text, const char *expected) {
    char *got = ipa(espeak, "es", text);
    assert_string_equal(got, expected);
    free(got);
}

/* The process id of the only child of this process, or 0. */
static pid_t child(void) {
    char path[64], line[64] = "";
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    FILE *f = fopen(path, "r");
    if (f) {
        if (!fgets(line, sizeof line, f))
            line[0] = '\0';
        fclose(f);
    }
    return (pid_t)atoi(line);
}

static void spanish_is_transcribed_with_tie_bars_and_punctuation(void **state) {
    (void)state;
    struct sr_espeak *espeak = open_helper();
    check(espeak, "Claro que sí.", "klˈaɾo ke sˈi.");
    check(espeak, "¿Vale, chico? «No» (creo)…", "¿bˈale, t͡ʃˈiko? «nˈo» (kɾˈeo)…");
    check(espeak, "Son las 10:30.", "sˈon las ðjˈɛθ tɾˈe͡ɪnta.");
    sr_espeak_close(espeak);
}

static void what_cannot_be_read_is_left_out(void **state) {
    (void)state;
    struct sr_espeak *espeak = open_helper();
    check(espeak, "", "");
    check(espeak, " \t\n", "");
    check(espeak, "...¡!«»", "");
    check(espeak, "😀👍🏽", "");
    check(espeak, "\x01\x7F\xFF\xC3", "");
    char *with = ipa(espeak, "es", "hola 😀"), *without = ipa(espeak, "es", "hola");
    assert_memory_equal(with, without, strlen(without));
    assert_true(strlen(with) <= strlen(without) + 1);
    free(with);
    free(without);
    sr_espeak_close(espeak);
}

/* Every block of Unicode up to the last, mixed with broken bytes: an answer or an error, never a hang or a crash. */
static void any_text_is_survived(void **state) {
    (void)state;
    struct sr_espeak *espeak = open_helper();
    uint32_t seed = 7;
    for (int round = 0; round < 60; round++) {
        struct sr_str text = {0}, out = {0};
        for (int i = 0; i < 40; i++) {
            seed = seed * 1664525u + 1013904223u;
            if (seed >> 28 == 0)
                sr_str_addc(&text, (char)(0x80 | (seed >> 10 & 0x7F)));
            else
                sr_utf8_add(&text, (seed >> 8) % (round % 3 ? 0x3000 : 0x110000) + 1);
        }
        sr_espeak_phonemes(espeak, "es", text.data, &out, NULL);
        sr_str_deinit(&text);
        sr_str_deinit(&out);
    }
    check(espeak, "Sí.", "sˈi.");
    sr_espeak_close(espeak);
}

static void a_long_text_is_refused_and_the_next_one_read(void **state) {
    (void)state;
    struct sr_espeak *espeak = open_helper();
    struct sr_str out = {0};
    struct sarai_error error = {0};
    char *text = malloc(70001);
    assert_non_null(text);
    memset(text, 'a', 70000);
    text[70000] = '\0';
    assert_int_equal(sr_espeak_phonemes(espeak, "es", text, &out, &error), SARAI_EINPUT);
    check(espeak, "Sí.", "sˈi.");
    free(text);
    sr_str_deinit(&out);
    sr_espeak_close(espeak);
}

static void an_unknown_language_is_bad_input(void **state) {
    (void)state;
    struct sr_espeak *espeak = open_helper();
    struct sr_str out = {0};
    struct sarai_error error = {0};
    assert_int_equal(sr_espeak_phonemes(espeak, "klingonese", "hola", &out, &error), SARAI_EINPUT);
    assert_int_equal(sr_espeak_phonemes(espeak, "es\n", "hola", &out, &error), SARAI_EINPUT);
    assert_int_equal(sr_espeak_phonemes(espeak, "", "hola", &out, &error), SARAI_EINPUT);
    check(espeak, "Sí.", "sˈi.");
    sr_str_deinit(&out);
    sr_espeak_close(espeak);
}

static void a_killed_helper_is_started_again(void **state) {
    (void)state;
    struct sr_espeak *espeak = open_helper();
    for (int i = 0; i < 3; i++) {
        const pid_t before = child();
        assert_true(before > 0);
        assert_int_equal(kill(before, SIGKILL), 0);
        check(espeak, "Sí.", "sˈi.");
        assert_int_not_equal(child(), before);
    }
    sr_espeak_close(espeak);
}

static void closing_leaves_no_process_and_no_descriptor(void **state) {
    (void)state;
    int counts[2] = {0};
    for (int round = 0; round < 2; round++) {
        sr_espeak_close(open_helper());
        assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
        DIR *dir = opendir("/proc/self/fd");
        assert_non_null(dir);
        while (readdir(dir))
            counts[round]++;
        closedir(dir);
    }
    assert_int_equal(counts[0], counts[1]);
    sr_espeak_close(NULL);
}

static void it_speaks_faster_when_asked(void **state) {
    (void)state;
    struct sr_espeak *espeak = open_helper();
    float *slow = NULL, *fast = NULL;
    size_t slow_count = 0, fast_count = 0;
    int rate_hz = 0;
    assert_int_equal(sr_espeak_speak(espeak, "es", 120, "Buenos días.", &slow, &slow_count, &rate_hz, NULL), SARAI_OK);
    assert_int_equal(sr_espeak_speak(espeak, "es", 240, "Buenos días.", &fast, &fast_count, &rate_hz, NULL), SARAI_OK);
    assert_int_equal(rate_hz, 22050);
    assert_true(slow_count > fast_count * 5 / 4);
    float peak = 0;
    for (size_t i = 0; i < slow_count; i++)
        peak = slow[i] > peak ? slow[i] : peak;
    assert_true(peak > 0.05f && peak <= 1.0f);
    free(slow);
    free(fast);
    sr_espeak_close(espeak);
}

static void *ask_often(void *arg) {
    for (int i = 0; i < 50; i++) {
        char *got = ipa(arg, i % 2 ? "es" : "en-us", "hola");
        const bool right = strcmp(got, i % 2 ? "ˈola" : "ˈo͡ʊlæ") == 0;
        free(got);
        if (!right)
            return arg;
    }
    return NULL;
}

static void threads_share_one_helper(void **state) {
    (void)state;
    struct sr_espeak *espeak = open_helper();
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask_often, espeak), 0);
    for (int i = 0; i < 3; i++) {
        void *wrong;
        pthread_join(threads[i], &wrong);
        assert_null(wrong);
    }
    sr_espeak_close(espeak);
}

static void a_voice_named_as_kokoros_tells_its_language(void **state) {
    (void)state;
    assert_string_equal(sr_espeak_language_of("ef_dora"), "es");
    assert_string_equal(sr_espeak_language_of("am_adam"), "en-us");
    assert_string_equal(sr_espeak_language_of("bf_emma"), "en-gb");
    assert_null(sr_espeak_language_of("zf_xiaoni"));
    assert_null(sr_espeak_language_of("es"));
    assert_null(sr_espeak_language_of("e"));
    assert_null(sr_espeak_language_of(""));
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    for (int n = 1;; n++) {
        struct sr_espeak *espeak = NULL;
        struct sr_str out = {0};
        sr_fail_alloc_at(n);
        int rc = sr_espeak_open(&espeak, NULL);
        if (rc == SARAI_OK)
            rc = sr_espeak_phonemes(espeak, "es", "Sí.", &out, NULL);
        sr_fail_alloc_off();
        sr_str_deinit(&out);
        sr_espeak_close(espeak);
        /* A failure while the helper is looked for only means looking elsewhere, so that it may still be found. */
        assert_true(rc <= SARAI_OK);
        if (!sr_fail_alloc_hit()) {
            assert_int_equal(rc, SARAI_OK);
            return;
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spanish_is_transcribed_with_tie_bars_and_punctuation),
        cmocka_unit_test(what_cannot_be_read_is_left_out),
        cmocka_unit_test(any_text_is_survived),
        cmocka_unit_test(a_long_text_is_refused_and_the_next_one_read),
        cmocka_unit_test(an_unknown_language_is_bad_input),
        cmocka_unit_test(a_killed_helper_is_started_again),
        cmocka_unit_test(closing_leaves_no_process_and_no_descriptor),
        cmocka_unit_test(it_speaks_faster_when_asked),
        cmocka_unit_test(threads_share_one_helper),
        cmocka_unit_test(a_voice_named_as_kokoros_tells_its_language),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
