/* SPDX-License-Identifier: Apache-2.0 */
/* The protocol with the process that runs PyTorch, spoken by a Python program without PyTorch. */
#include "omni/part.h"
#include "support/failing_alloc.h"
#include "support/test.h"

#include <sys/wait.h>
#include <unistd.h>

#define T 7

static char *folder, *script;

/* What the worker does depends on the "model" it is given. Its waveform is every token divided by 10000, twice. */
static const char worker[] =
    "import mmap, os, struct, sys, time\n"
    "component, model = sys.argv[1:]\n"
    "mood = os.path.basename(model)\n"
    "def say(text):\n"
    "    sys.stdout.write(text + '\\n'); sys.stdout.flush()\n"
    "if mood == 'cannot': say('error ModuleNotFoundError: no torch here'); sys.exit(1)\n"
    "if mood == 'silent': time.sleep(60)\n"
    "say('what?' if mood == 'strange' else 'ready test 1.0 24000')\n"
    "for line in sys.stdin:\n"
    "    words = line.split()\n"
    "    assert words[:2] == ['run', 'int64'], line\n"
    "    shape = list(map(int, words[2:]))\n"
    "    count = shape[0] * shape[1]\n"
    "    with mmap.mmap(3, count * 8) as memory:\n"
    "        tokens = struct.unpack('<%dq' % count, memory[:count * 8])\n"
    "    if mood == 'dies': sys.exit(3)\n"
    "    if mood == 'hangs': time.sleep(60)\n"
    "    if mood == 'complains' and count == 3: say('error ValueError: three is bad'); continue\n"
    "    if mood == 'lies': say('ok 64 1 1000000'); continue\n"
    "    if mood == 'shape': say('ok 64 1 2 3'); continue\n"
    "    if mood == 'offset': say('ok 3 1 2'); continue\n"
    "    if mood == 'negative': say('ok -64 1 2'); continue\n"
    "    if mood == 'shrinks':\n"
    "        try: os.ftruncate(3, 0)\n"
    "        except OSError: pass\n"
    "    out = struct.pack('<%df' % (2 * count), *[t / 10000 for t in tokens for _ in range(2)])\n"
    "    offset = (count * 8 + 63) // 64 * 64\n"
    "    if os.fstat(3).st_size < offset + len(out): os.ftruncate(3, offset + len(out))\n"
    "    with mmap.mmap(3, offset + len(out)) as memory: memory[offset:offset + len(out)] = out\n"
    "    say('ok %d 1 %d' % (offset, 2 * count))\n";

static int make_worker(void **state) {
    (void)state;
    folder = test_folder();
    script = test_file(folder, "worker.py", worker);
    return 0;
}

static int remove_worker(void **state) {
    (void)state;
    free(script);
    test_folder_remove(folder);
    return 0;
}

static int open_mood(const char *mood, int timeout_ms, struct sr_omni_part **out, struct sarai_error *error) {
    const struct sr_audio_omni_opts opts = {.python = "python3", .worker = script, .worker_timeout_ms = timeout_ms};
    const struct sr_omni_part_job job = {.kind = SR_OMNI_VOCODER, .path = mood, .threads = 1, .opts = &opts};
    return sr_omni_pytorch.open(&job, out, error);
}

static int run_tokens(struct sr_omni_part *part, int count, const float **wave, struct sarai_error *error) {
    static int64_t tokens[100000];
    struct sr_omni_tensor outputs[SR_OMNI_OUTPUTS];
    for (int i = 0; i < count; i++)
        tokens[i] = i % 8448;
    const struct sr_omni_tensor input = {.data = tokens, .whole = true, .rank = 2, .shape = {1, count}};
    const int rc = part->backend->run(part, &input, outputs, error);
    if (rc == SARAI_OK) {
        assert_int_equal(outputs[0].rank, 2);
        assert_int_equal(outputs[0].shape[1], 2 * count);
        *wave = outputs[0].data;
        for (int i = 0; i < 2 * count; i++)
            assert_true((*wave)[i] == (float)(i / 2 % 8448 / 10000.0));
    }
    return rc;
}

static void tensors_go_there_and_back_through_shared_memory(void **state) {
    (void)state;
    static const int counts[] = {T, 1, 100000, 5000, T};
    struct sr_omni_part *part = NULL;
    struct sarai_error error = {0};
    const float *wave;
    if (open_mood("fine", 20000, &part, &error) < 0)
        fail_msg("%s: %s", error.where, error.text);
    assert_int_equal(part->rate_hz, 24000);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        assert_int_equal(run_tokens(part, counts[i], &wave, &error), SARAI_OK);
    sr_omni_part_close(part);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no process is left */
}

static void what_the_worker_lacks_is_told_and_the_model_is_missing(void **state) {
    (void)state;
    struct sr_omni_part *part = NULL;
    struct sarai_error error = {0};
    assert_int_equal(open_mood("cannot", 20000, &part, &error), SARAI_EMODEL);
    assert_string_equal(error.text, "ModuleNotFoundError: no torch here");
    assert_int_equal(open_mood("silent", 300, &part, &error), SARAI_ETIMEOUT);
    assert_int_equal(open_mood("strange", 20000, &part, &error), SARAI_ECLOSED);
    const struct sr_audio_omni_opts opts = {.python = "/no/python", .worker = script, .worker_timeout_ms = 1000};
    const struct sr_omni_part_job job = {.kind = SR_OMNI_VOCODER, .path = "fine", .opts = &opts};
    assert_int_equal(sr_omni_pytorch.open(&job, &part, &error), SARAI_EMODEL);
    assert_string_equal(error.where, "/no/python");
    assert_null(part);
}

static void an_error_of_one_request_leaves_the_worker_alive(void **state) {
    (void)state;
    struct sr_omni_part *part = NULL;
    struct sarai_error error = {0};
    const float *wave;
    assert_int_equal(open_mood("complains", 20000, &part, &error), SARAI_OK);
    assert_int_equal(run_tokens(part, 3, &wave, &error), SARAI_EINTERNAL);
    assert_string_equal(error.text, "ValueError: three is bad");
    assert_int_equal(run_tokens(part, 4, &wave, &error), SARAI_OK);
    sr_omni_part_close(part);
}

static void a_worker_that_dies_hangs_or_lies_is_an_error_and_no_more(void **state) {
    (void)state;
    static const struct {
        const char *mood;
        int timeout_ms, code;
    } cases[] = {{"dies", 20000, SARAI_ECLOSED}, {"hangs", 1000, SARAI_ETIMEOUT},  {"lies", 20000, SARAI_ENOMEM},
                 {"shape", 20000, SARAI_EINPUT}, {"offset", 20000, SARAI_ECLOSED}, {"negative", 20000, SARAI_ECLOSED},
                 {"shrinks", 20000, SARAI_OK}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sr_omni_part *part = NULL;
        struct sarai_error error = {0};
        const float *wave;
        assert_int_equal(open_mood(cases[i].mood, 20000, &part, &error), SARAI_OK);
        sr_omni_part_close(part);
        part = NULL;
        assert_int_equal(open_mood(cases[i].mood, cases[i].timeout_ms, &part, &error), SARAI_OK);
        for (int again = 0; again < 2; again++) /* the second time it is started anew */
            assert_int_equal(run_tokens(part, T, &wave, &error), cases[i].code);
        sr_omni_part_close(part);
    }
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void running_out_of_memory_is_told(void **state) {
    (void)state;
    for (int n = 1; n < 20; n++) {
        struct sr_omni_part *part = NULL;
        sr_fail_alloc_at(n);
        const int rc = open_mood("fine", 20000, &part, NULL);
        sr_fail_alloc_off();
        if (!sr_fail_alloc_hit()) {
            assert_int_equal(rc, SARAI_OK);
            sr_omni_part_close(part);
            return;
        }
        assert_true(rc == SARAI_ENOMEM || rc == SARAI_EMODEL); /* a script that finds no memory is not there */
        sr_omni_part_close(part);
    }
    fail();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tensors_go_there_and_back_through_shared_memory),
        cmocka_unit_test(what_the_worker_lacks_is_told_and_the_model_is_missing),
        cmocka_unit_test(an_error_of_one_request_leaves_the_worker_alive),
        cmocka_unit_test(a_worker_that_dies_hangs_or_lies_is_an_error_and_no_more),
        cmocka_unit_test(running_out_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, make_worker, remove_worker);
}
