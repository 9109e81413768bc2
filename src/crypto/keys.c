/*
 * The key files of a data folder: made once, durable before they are used, readable by their owner only.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A file holds its key in hexadecimal and a newline, so that it can be copied by hand. It gets its final name only when
 * it is whole and flushed; a run that was cut off leaves a .new file behind, which the next run writes again.
 */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/crypto.h"

enum { KEY_TEXT_LEN = 2 * KEY_BYTES };

static const struct {
    const char *name, *name_new;
    size_t offset;
} files[] = {
    {"history.key", "history.key.new", offsetof(struct keys, history)},
    {"secret.key", "secret.key.new", offsetof(struct keys, secret)},
    {"session.key", "session.key.new", offsetof(struct keys, session)},
    {"sign.key", "sign.key.new", offsetof(struct keys, sign_seed)},
};

static void fd_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static int file_problem(struct problem *why, const char *dir, const char *name, const char *reason)
{
    CLEANUP(buf_release) struct buf path = {0};
    buf_init(&path, SIZE_MAX);
    buf_addf(&path, "%s/keys%s%s", dir, *name ? "/" : "", name);
    return PROBLEM(why, FILE_UNREADABLE, ARG("file", buf_str(&path)), ARG("reason", str_of(reason)));
}

/* The folder of the keys below `dir`, or -errno. */
static int open_folder(const char *dir, bool create)
{
    CLEANUP(fd_close) int top = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (top < 0)
        return -errno;
    if (create && mkdirat(top, "keys", 0700) < 0 && errno != EEXIST)
        return -errno;
    /* Also where it was there already: the run that made it may not have come to this line. */
    if (create && fsync(top) < 0)
        return -errno;
    int fd = openat(top, "keys", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

static int write_all(int fd, const char *text, size_t len)
{
    while (len) {
        ssize_t done = write(fd, text, len);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return done < 0 ? -errno : -EIO;
        text += done;
        len -= (size_t)done;
    }
    return 0;
}

/* A new random key in a file that nobody else can have opened, flushed. */
static int write_key(int folder, const char *name)
{
    uint8_t key[KEY_BYTES];
    char text[KEY_TEXT_LEN + 1];

    if (unlinkat(folder, name, 0) < 0 && errno != ENOENT)
        return -errno;
    CLEANUP(fd_close) int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    random_bytes(key, sizeof(key));
    sodium_bin2hex(text, sizeof(text), key, sizeof(key));
    text[KEY_TEXT_LEN] = '\n';
    int failed = write_all(fd, text, sizeof(text));
    sodium_memzero(key, sizeof(key));
    sodium_memzero(text, sizeof(text));
    if (!failed && (fchmod(fd, 0600) < 0 || fsync(fd) < 0))
        failed = -errno;
    return failed;
}

static int create_one(int folder, const char *name, const char *name_new)
{
    if (faccessat(folder, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        return 0;
    int failed = write_key(folder, name_new);
    if (failed)
        return failed;
    /* Unlike rename(), link() never replaces: of two runs at once the first key stays. */
    if (linkat(folder, name_new, folder, name, 0) < 0 && errno != EEXIST)
        return -errno;
    return unlinkat(folder, name_new, 0) < 0 ? -errno : 0;
}

int keys_create(const char *dir, struct problem *why)
{
    CLEANUP(fd_close) int folder = open_folder(dir, true);
    if (folder < 0)
        return file_problem(why, dir, "", strerrordesc_np(-folder));
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        int failed = create_one(folder, files[i].name, files[i].name_new);
        if (failed)
            return file_problem(why, dir, files[i].name, strerrordesc_np(-failed));
    }
    if (fsync(folder) < 0)
        return file_problem(why, dir, "", strerrordesc_np(errno));
    return 0;
}

/* Reads a key; on failure returns what is wrong in words. */
static const char *read_key(int folder, const char *name, uint8_t out[KEY_BYTES])
{
    char text[KEY_TEXT_LEN + 2]; /* one more than a key file has, so that a longer one is noticed */
    struct stat st;
    CLEANUP(fd_close) int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0 || fstat(fd, &st) < 0)
        return strerrordesc_np(errno);
    if (!S_ISREG(st.st_mode))
        return "it is not a regular file";
    if (st.st_mode & 077)
        return "others may read it; set its mode to 0600";
    ssize_t got = read(fd, text, sizeof(text));
    if (got < 0)
        return strerrordesc_np(errno);
    size_t len = 0;
    bool whole = got == KEY_TEXT_LEN + 1 && text[KEY_TEXT_LEN] == '\n' &&
                 sodium_hex2bin(out, KEY_BYTES, text, KEY_TEXT_LEN, NULL, &len, NULL) == 0 && len == KEY_BYTES;
    sodium_memzero(text, sizeof(text));
    return whole ? NULL : "it is damaged; restore it from a backup";
}

int keys_load(const char *dir, struct keys *ret, struct problem *why)
{
    CLEANUP(fd_close) int folder = open_folder(dir, false);
    if (folder < 0)
        return file_problem(why, dir, "", strerrordesc_np(-folder));
    struct keys keys = {0};
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        const char *wrong = read_key(folder, files[i].name, (uint8_t *)&keys + files[i].offset);
        if (wrong) {
            sodium_memzero(&keys, sizeof(keys));
            return file_problem(why, dir, files[i].name, wrong);
        }
    }
    *ret = keys;
    sodium_memzero(&keys, sizeof(keys));
    return 0;
}
