/*
 * The key files of a data folder.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "unit/base/unit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/crypto.h"

static const char *const names[] = {"history.key", "secret.key", "session.key", "sign.key"};

struct fixture {
    struct arena arena;
    struct problem why;
    char dir[sizeof("/tmp/tandem-keys-XXXXXX")];
};

static int set_up(void **state)
{
    struct fixture *f = xcalloc(1, sizeof(*f));
    arena_init(&f->arena);
    problem_init(&f->why, &f->arena);
    memcpy(f->dir, "/tmp/tandem-keys-XXXXXX", sizeof(f->dir));
    *state = f;
    return mkdtemp(f->dir) ? 0 : -1;
}

static const char *key_path(struct fixture *f, const char *name)
{
    return arena_fmt(&f->arena, "%s/keys%s%s", f->dir, *name ? "/" : "", name).ptr;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        unlink(key_path(f, names[i]));
    rmdir(key_path(f, ""));
    rmdir(f->dir);
    arena_release(&f->arena);
    free(f);
    return 0;
}

static void overwrite(struct fixture *f, const char *name, const char *text)
{
    int fd = open(key_path(f, name), O_WRONLY | O_TRUNC | O_CREAT, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

static void keys_are_made_once_and_differ(void **state)
{
    struct fixture *f = *state;
    struct keys first, second;
    assert_int_equal(keys_create(f->dir, &f->why), 0);
    assert_int_equal(keys_load(f->dir, &first, &f->why), 0);
    assert_int_equal(keys_create(f->dir, &f->why), 0);
    assert_int_equal(keys_load(f->dir, &second, &f->why), 0);
    assert_memory_equal(&first, &second, sizeof(first));
    assert_memory_not_equal(first.history, first.secret, KEY_BYTES);
    assert_memory_not_equal(first.session, first.sign_seed, KEY_BYTES);
}

static void only_the_owner_can_read_the_files(void **state)
{
    struct fixture *f = *state;
    struct stat st;
    mode_t before = umask(0);
    assert_int_equal(keys_create(f->dir, &f->why), 0);
    umask(before);
    assert_int_equal(stat(key_path(f, ""), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        assert_int_equal(stat(key_path(f, names[i]), &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
        assert_int_equal(st.st_nlink, 1);
    }
}

static void a_run_that_was_cut_off_is_finished_by_the_next(void **state)
{
    struct fixture *f = *state;
    struct keys keys;
    assert_int_equal(mkdir(key_path(f, ""), 0700), 0);
    overwrite(f, "history.key.new", "half");
    assert_int_equal(keys_create(f->dir, &f->why), 0);
    assert_int_equal(keys_load(f->dir, &keys, &f->why), 0);
    assert_int_equal(access(key_path(f, "history.key.new"), F_OK), -1);
}

static void assert_load_refused(struct fixture *f, const char *reason)
{
    struct keys keys = {.history = {9}}, kept = keys;
    problem_clear(&f->why);
    assert_int_equal(keys_load(f->dir, &keys, &f->why), ERR_NOT_FOUND);
    assert_int_equal(f->why.message, MSG_FILE_UNREADABLE);
    if (str_find(f->why.args[1].value, str_of(reason), 0) == SIZE_MAX)
        fail_msg("\"%s\" does not say \"%s\"", f->why.args[1].value.ptr, reason);
    assert_memory_equal(&keys, &kept, sizeof(keys));
}

static void a_damaged_missing_or_open_file_is_refused(void **state)
{
    struct fixture *f = *state;
    assert_load_refused(f, "No such file");
    assert_int_equal(keys_create(f->dir, &f->why), 0);
    overwrite(f, "sign.key", "00");
    assert_load_refused(f, "damaged");
    overwrite(f, "sign.key", "zz0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n");
    assert_load_refused(f, "damaged");
    overwrite(f, "sign.key", "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n\n");
    assert_load_refused(f, "damaged");
    overwrite(f, "sign.key", "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n");
    struct keys keys;
    assert_int_equal(keys_load(f->dir, &keys, &f->why), 0);
    assert_int_equal(keys.sign_seed[31], 0x1f);
    assert_int_equal(chmod(key_path(f, "secret.key"), 0640), 0);
    assert_load_refused(f, "others may read it");
    assert_int_equal(unlink(key_path(f, "secret.key")), 0);
    assert_load_refused(f, "No such file");
    assert_int_equal(symlink("sign.key", key_path(f, "secret.key")), 0);
    assert_load_refused(f, "symbolic links");
}

static void a_missing_folder_is_named(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(keys_create("/tmp/tandem-no-such-folder", &f->why), ERR_NOT_FOUND);
    assert_str(f->why.args[0].value, "/tmp/tandem-no-such-folder/keys");
    assert_int_equal(keys_create("/tmp/tandem-no-such-folder", NULL), ERR_NOT_FOUND);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
    crypto_init();
    const struct CMUnitTest tests[] = {
        TEST(keys_are_made_once_and_differ),
        TEST(only_the_owner_can_read_the_files),
        TEST(a_run_that_was_cut_off_is_finished_by_the_next),
        TEST(a_damaged_missing_or_open_file_is_refused),
        TEST(a_missing_folder_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
