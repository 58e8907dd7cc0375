/* SPDX-License-Identifier: Apache-2.0 */
#include "support/test.h"

#include <dirent.h>
#include <unistd.h>

#include "base/str.h"

char *test_folder(void) {
    const char *base = getenv("TMPDIR");
    char *path = sr_asprintf("%s/sarai-test-XXXXXX", base ? base : "/tmp");
    assert_non_null(path);
    assert_non_null(mkdtemp(path));
    return path;
}

void test_folder_remove(char *folder) {
    DIR *dir = opendir(folder);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        char *path = sr_asprintf("%s/%s", folder, entry->d_name);
        if (*entry->d_name != '.')
            unlink(path);
        free(path);
    }
    if (dir)
        closedir(dir);
    rmdir(folder);
    free(folder);
}

char *test_file(const char *folder, const char *name, const char *text) {
    char *path = sr_asprintf("%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    fclose(file);
    return path;
}

int test_folder_count(const char *folder) {
    int count = 0;
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir));)
        count += *entry->d_name != '.';
    closedir(dir);
    return count;
}
