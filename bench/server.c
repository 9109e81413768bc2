/*
 * The server that is measured: a process of its own, with a data folder of its own beside the build.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

enum { OUT_BYTES_MAX = 4096 };

/* Runs the program with its standard output in a pipe; what it logs goes to a file, or where ours goes. */
static pid_t spawn(const char *program, const char *const *args, const char *log, int *ret_out)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        die("no pipe: %s", strerror(errno));
    pid_t pid = fork();
    if (pid < 0)
        die("no process: %s", strerror(errno));
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a benchmark that fails leaves no server behind */
        (void)dup2(ends[1], STDOUT_FILENO);
        int fd = log ? open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
        if (fd >= 0)
            (void)dup2(fd, STDERR_FILENO);
        execv(program, (char *const *)(uintptr_t)args);
        _exit(127);
    }
    (void)close(ends[1]);
    *ret_out = ends[0];
    return pid;
}

/* Runs a command of the program to its end; what it said is written to out. */
static void run(const char *program, const char *const *args, struct buf *out)
{
    int fd, status;
    char chunk[512];
    ssize_t n;
    pid_t pid = spawn(program, args, NULL, &fd);
    while ((n = read(fd, chunk, sizeof(chunk))) > 0)
        buf_add(out, str_n(chunk, (size_t)n));
    (void)close(fd);
    if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        die("%s %s failed: %.*s", program, args[1], STR_ARG(buf_str(out)));
}

static const char *build_folder(void)
{
    const char *build = getenv("TANDEM_BUILD");
    return build ? build : ".";
}

void bench_server_init(struct bench_server *s, bool demo)
{
    CLEANUP(buf_release) struct buf dir = {0}, said = {0};
    buf_init(&dir, 4096);
    buf_init(&said, OUT_BYTES_MAX);
    *s = (struct bench_server){.program = getenv("TANDEM_BIN"), .pid = -1, .out = -1};
    if (!s->program)
        die("TANDEM_BIN names no program");
    buf_addf(&dir, "%s/bench-XXXXXX", build_folder());
    s->dir = xstrdup(dir.ptr);
    if (!mkdtemp(s->dir))
        die("no folder %s: %s", s->dir, strerror(errno));
    const char *args[] = {s->program, "init", "--data", s->dir, demo ? "--demo" : NULL, NULL};
    run(s->program, args, &said);
}

void bench_server_start(struct bench_server *s)
{
    const char *args[] = {s->program, "serve", "--data", s->dir, "--listen", "127.0.0.1:0", NULL};
    static const struct str mark = STR("listening on http://127.0.0.1:");
    CLEANUP(buf_release) struct buf said = {0}, log = {0};
    char chunk[512];
    buf_init(&said, OUT_BYTES_MAX);
    buf_init(&log, 4096);
    buf_addf(&log, "%s/server.log", s->dir);
    s->pid = spawn(s->program, args, log.ptr, &s->out);
    while (str_find_char(buf_str(&said), '\n') == SIZE_MAX) {
        ssize_t n = read(s->out, chunk, sizeof(chunk));
        if (n <= 0)
            die("the server did not start; see %s", log.ptr);
        buf_add(&said, str_n(chunk, (size_t)n));
    }
    if (!str_starts(buf_str(&said), mark))
        die("the server said: %.*s", STR_ARG(buf_str(&said)));
    s->port = (int)strtol(said.ptr + mark.len, NULL, 10);
}

void bench_server_stop(struct bench_server *s)
{
    int status;
    if (s->pid < 0)
        return;
    (void)kill(s->pid, SIGTERM);
    (void)waitpid(s->pid, &status, 0);
    (void)close(s->out);
    s->pid = s->out = -1;
}

static int remove_one(const char *path, const struct stat *st UNUSED, int kind UNUSED, struct FTW *at UNUSED)
{
    return remove(path);
}

void bench_server_remove(struct bench_server *s)
{
    bench_server_stop(s);
    (void)nftw(s->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(TAKE(s->dir));
}

char *bench_server_token(struct bench_server *s, const char *user)
{
    const char *args[] = {s->program, "token", "create", "--data", s->dir, "--user", user, NULL};
    CLEANUP(buf_release) struct buf said = {0};
    buf_init(&said, OUT_BYTES_MAX);
    run(s->program, args, &said);
    return xstrndup(str_trim(buf_str(&said)));
}

int64_t bench_server_rss_kib(const struct bench_server *s)
{
    CLEANUP(buf_release) struct buf path = {0};
    char line[256];
    long long kib = -1;
    buf_init(&path, 100);
    buf_addf(&path, "/proc/%d/status", (int)s->pid);
    FILE *f = fopen(path.ptr, "re");
    while (f && fgets(line, sizeof(line), f)) {
        if (strncmp(line, "VmRSS:", 6) == 0)
            kib = strtoll(line + 6, NULL, 10);
    }
    if (f)
        (void)fclose(f);
    if (kib < 0)
        die("the memory of the server can't be read");
    return kib;
}

int64_t bench_server_cpu_ms(const struct bench_server *s)
{
    CLEANUP(buf_release) struct buf path = {0};
    char line[1024];
    long long user = 0, system_time = 0;
    buf_init(&path, 100);
    buf_addf(&path, "/proc/%d/stat", (int)s->pid);
    FILE *f = fopen(path.ptr, "re");
    if (f && fgets(line, sizeof(line), f)) {
        const char *at = strrchr(line, ')'); /* the name may hold anything */
        if (!at || sscanf(at + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lld %lld", &user, &system_time) != 2)
            die("the time of the server can't be read");
    }
    if (f)
        (void)fclose(f);
    return (user + system_time) * 1000 / sysconf(_SC_CLK_TCK);
}
