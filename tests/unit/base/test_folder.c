/* SPDX-License-Identifier: Apache-2.0 */
#include "base/folder.h"

#include <errno.h>
#include <unistd.h>

#include "base/str.h"
#include "support/failing_alloc.h"
#include "support/test.h"

static void the_folders_of_a_path_are_made_but_not_its_file(void **state) {
    (void)state;
    char *folder = test_folder(), *path = sr_asprintf("%s/a/b/c", folder), *above = sr_asprintf("%s/a/b", folder);
    assert_true(sr_folder_make_for(path));
    assert_true(sr_folder_make_for(path));
    assert_int_equal(access(above, W_OK), 0);
    assert_int_not_equal(access(path, F_OK), 0);
    assert_true(sr_folder_make_for("c"));
    assert_true(sr_folder_make_for("/c"));
    assert_true(sr_folder_make_for(""));
    free(above);
    free(path);
    test_folder_remove(folder);
}

static void what_can_not_be_made_is_told(void **state) {
    (void)state;
    char *folder = test_folder(), *file = test_file(folder, "file", "");
    char *path = sr_asprintf("%s/a/b", file);
    assert_false(sr_folder_make_for(path));
    assert_int_equal(errno, ENOTDIR);
    sr_fail_alloc_at(1);
    assert_false(sr_folder_make_for("a/b"));
    sr_fail_alloc_off();
    free(path);
    free(file);
    test_folder_remove(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_folders_of_a_path_are_made_but_not_its_file),
        cmocka_unit_test(what_can_not_be_made_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
