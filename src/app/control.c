/* The socket of a running server: one JSON line in, one JSON line out. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "app/command.h"
#include "codec/json.h"

enum { CONTROL_BYTES_MAX = 1 << 20, CONTROL_ASK_MS = 5000, CONTROL_ANSWER_MS = 60000, CONTROL_LOOK_MS = 200 };

struct control {
    struct server *s;
    int fd;
    pthread_t thread;
    bool stopping;
    struct str path;
};

/* An address holds 107 bytes and a folder's name may be longer: then it goes by the folder's descriptor, which the
 * caller closes after use (-1 where there is none). */
static int socket_address(const char *dir, struct sockaddr_un *ret, int *ret_dir_fd)
{
    int n = snprintf(ret->sun_path, sizeof(ret->sun_path), "%s/tandem.sock", dir);
    ret->sun_family = AF_UNIX;
    *ret_dir_fd = -1;
    if (n > 0 && (size_t)n < sizeof(ret->sun_path))
        return 0;
    int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return ERR_NOT_FOUND;
    (void)snprintf(ret->sun_path, sizeof(ret->sun_path), "/proc/self/fd/%d/tandem.sock", fd);
    *ret_dir_fd = fd;
    return 0;
}

static bool is_stopping(const struct control *c)
{
    return c != NULL && __atomic_load_n(&c->stopping, __ATOMIC_ACQUIRE);
}

/* Reads up to the end of the line. Nobody who is connected and silent keeps the server (c; NULL: the asker) from
 * stopping. */
static int read_line(const struct control *c, int fd, int timeout_ms, struct buf *out)
{
    char chunk[4096];
    int64_t until = clock_mono_ms() + timeout_ms;
    while (out->len == 0 || out->ptr[out->len - 1] != '\n') {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (is_stopping(c) || clock_mono_ms() >= until)
            return ERR_TIMEOUT;
        if (poll(&p, 1, CONTROL_LOOK_MS) <= 0)
            continue;
        ssize_t n = read(fd, chunk, sizeof(chunk));
        if (n <= 0)
            return ERR_UNAVAILABLE;
        int err = buf_add(out, str_n(chunk, (size_t)n));
        if (err < 0)
            return err;
    }
    return 0;
}

static int write_all(int fd, struct str s)
{
    while (s.len > 0) {
        ssize_t n = send(fd, s.ptr, s.len, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return ERR_UNAVAILABLE;
        s = str_sub(s, (size_t)n, s.len);
    }
    return 0;
}

/* {"exit": 0, "out": {…}} or {"exit": 1, "code": …, "problem": text} */
static void answer(struct server *s, struct str line, struct arena *a, struct buf *out)
{
    CLEANUP(buf_release) struct buf result = {0};
    CLEANUP(buf_release) struct buf text = {0};
    struct problem why;
    struct value request;
    buf_init(&result, CONTROL_BYTES_MAX);
    buf_init(&text, 65536);
    problem_init(&why, a);
    int err = json_parse(a, str_trim(line), 16, &request, &why);
    const struct value *words = err == 0 && request.kind == VALUE_MAP ? value_map_get(request, STR("command")) : NULL;
    const struct value *args = words != NULL ? value_map_get(request, STR("args")) : NULL;
    if (args == NULL || words->kind != VALUE_STRING || args->kind != VALUE_MAP)
        err = PROBLEM(&why, JSON_NOT_OBJECT);
    else
        err = command_run(s, words->s, *args, a, &result, &why);
    if (err >= 0) {
        buf_addf(out, "{\"exit\":0,\"out\":%.*s}\n", STR_ARG(buf_str(&result)));
        return;
    }
    const struct value *lang = words != NULL ? value_map_get(request, STR("lang")) : NULL;
    bool zh = lang != NULL && lang->kind == VALUE_STRING && str_is(lang->s, "zh");
    command_explain(&why, err, zh ? LANG_ZH : LANG_EN, &text);
    buf_addf(out, "{\"exit\":%d,\"code\":", EXIT_REFUSED);
    json_write_str(out, command_code(&why, err));
    json_key(out, "problem");
    json_write_str(out, buf_str(&text));
    buf_add_cstr(out, "}\n");
}

static void serve_one(struct control *c, int fd)
{
    CLEANUP(buf_release) struct buf line = {0};
    CLEANUP(buf_release) struct buf out = {0};
    CLEANUP(arena_release) struct arena a = {0};
    buf_init(&line, CONTROL_BYTES_MAX);
    buf_init(&out, CONTROL_BYTES_MAX * 2);
    arena_init(&a);
    const struct timeval slow = {.tv_sec = CONTROL_ASK_MS / 1000};
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &slow, sizeof(slow));
    if (read_line(c, fd, CONTROL_ASK_MS, &line) == 0) {
        answer(c->s, buf_str(&line), &a, &out);
        (void)write_all(fd, buf_str(&out)); /* an asker who is gone has lost only the answer */
    }
}

static void *control_run(void *arg)
{
    struct control *c = arg;
    while (!is_stopping(c)) {
        struct pollfd p = {.fd = c->fd, .events = POLLIN};
        if (poll(&p, 1, CONTROL_LOOK_MS) <= 0)
            continue;
        int fd = accept4(c->fd, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0)
            continue;
        serve_one(c, fd);
        (void)close(fd);
    }
    return NULL;
}

int control_start(struct server *s, struct control **ret, struct problem *why)
{
    struct sockaddr_un address = {0};
    int dir_fd;
    if (socket_address(s->dir.ptr, &address, &dir_fd) < 0)
        return PROBLEM(why, FILE_UNREADABLE, ARG("file", s->dir), ARG("reason", str_of(strerror(errno))));
    (void)unlink(address.sun_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    mode_t before = umask(0177);
    bool bound = fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 && listen(fd, 16) == 0;
    (void)umask(before);
    int reason = errno;
    if (dir_fd >= 0)
        (void)close(dir_fd);
    if (!bound) {
        if (fd >= 0)
            (void)close(fd);
        return PROBLEM(why, LISTEN_FAILED, ARG("address", str_of(address.sun_path)),
                       ARG("reason", str_of(strerror(reason))));
    }
    struct control *c = xcalloc(1, sizeof(*c));
    c->s = s;
    c->fd = fd;
    c->path = arena_fmt(&s->arena, "%.*s/tandem.sock", STR_ARG(s->dir));
    if (pthread_create(&c->thread, NULL, control_run, c) != 0)
        die("no thread for the control socket");
    *ret = c;
    return 0;
}

struct control *control_stop(struct control *c)
{
    if (c != NULL) {
        __atomic_store_n(&c->stopping, true, __ATOMIC_RELEASE);
        pthread_join(c->thread, NULL);
        (void)close(c->fd);
        (void)unlink(c->path.ptr);
        free(c);
    }
    return NULL;
}

int control_ask(const char *dir, struct str request, struct arena *a, struct str *ret, struct problem *why)
{
    struct sockaddr_un address = {0};
    CLEANUP(buf_release) struct buf line = {0};
    int dir_fd;
    int err = socket_address(dir, &address, &dir_fd);
    int fd = err < 0 ? -1 : socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    buf_init(&line, CONTROL_BYTES_MAX * 2);
    bool connected = fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
    if (dir_fd >= 0)
        (void)close(dir_fd);
    if (!connected) {
        if (fd >= 0)
            (void)close(fd);
        return PROBLEM(why, DIR_LOCKED, ARG("dir", str_of(dir)));
    }
    err = write_all(fd, request);
    if (err == 0)
        err = read_line(NULL, fd, CONTROL_ANSWER_MS, &line);
    (void)close(fd);
    if (err < 0)
        return PROBLEM(why, STOPPING);
    *ret = arena_str(a, buf_str(&line));
    return 0;
}
