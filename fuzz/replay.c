/*
 * Feeds every file of a corpus to a fuzz target once, so that what fuzzing found stays found in the ordinary test run.
 * SPDX-License-Identifier: Apache-2.0
 *
 * usage: replay_NAME CORPUS…   (files or folders, folders not recursive)
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A corpus entry larger than this is no minimal input any more and slows every test run down. */
enum { INPUT_BYTES_MAX = 1 << 20 };

/* Returns 1 when the file was fed, 0 when it could not be. */
static int replay_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f) {
        fprintf(stderr, "%s:1: can't be read: %s\n", path, strerror(errno));
        return 0;
    }
    uint8_t *data = malloc(INPUT_BYTES_MAX + 1);
    size_t len = data ? fread(data, 1, INPUT_BYTES_MAX + 1, f) : 0;
    int ok = data && !ferror(f) && len <= INPUT_BYTES_MAX;
    fclose(f);
    if (ok) {
        /* The copy has exactly the input's size, so that the sanitizer sees a read one byte past it. */
        uint8_t *exact = malloc(len ? len : 1);
        if (exact) {
            memcpy(exact, data, len);
            /* The name comes first: when the target dies, the last line says on which file. */
            fprintf(stderr, "%s\n", path);
            LLVMFuzzerTestOneInput(exact, len);
        }
        free(exact);
    } else {
        fprintf(stderr, "%s:1: make it smaller than %d bytes\n", path, INPUT_BYTES_MAX);
    }
    free(data);
    return ok;
}

static int is_hidden(const struct dirent *entry)
{
    return entry->d_name[0] == '.';
}

/* Feeds the files of a folder in the order of their names; adds to the counters. */
static void replay_folder(const char *folder, size_t *fed, size_t *failed)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, NULL, alphasort);
    if (count < 0) {
        fprintf(stderr, "%s:1: can't be read: %s\n", folder, strerror(errno));
        ++*failed;
        return;
    }
    for (int i = 0; i < count; i++) {
        char *path = NULL;
        struct stat st;
        if (!is_hidden(entries[i]) && asprintf(&path, "%s/%s", folder, entries[i]->d_name) >= 0) {
            if (stat(path, &st) == 0 && S_ISREG(st.st_mode))
                ++*(replay_file(path) ? fed : failed);
            free(path);
        }
        free(entries[i]);
    }
    free(entries);
}

int main(int argc, char **argv)
{
    size_t fed = 0;
    size_t failed = 0;
    for (int i = 1; i < argc; i++) {
        struct stat st;
        if (stat(argv[i], &st) == 0 && S_ISREG(st.st_mode))
            ++*(replay_file(argv[i]) ? &fed : &failed);
        else
            replay_folder(argv[i], &fed, &failed);
    }
    LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    fprintf(stderr, "replayed %zu, failed %zu\n", fed, failed);
    /* A target without a corpus guards nothing, so that counts as a failure too. */
    return fed > 0 && failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
