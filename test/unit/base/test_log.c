/*
 * The structured log: what arrives on standard error.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "unit/base/unit.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* Runs fn in a child whose standard error is a pipe; gives what it wrote and how it ended. */
static int capture(void (*fn)(void), struct buf *out)
{
    int ends[2], status = 0;
    char chunk[4096];
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        fn();
        _exit(0);
    }
    close(ends[1]);
    for (ssize_t got; (got = read(ends[0], chunk, sizeof(chunk))) > 0;)
        assert_int_equal(buf_add(out, str_n(chunk, (size_t)got)), 0);
    close(ends[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void write_lines(void)
{
    clock_set_for_test(1764057600123);
    LOG(INFO, "started", ARG("port", STR("8080")), ARG("name", STR("a\"b\\c\n\x01 双擎 \xff")));
    LOG(DEBUG, "not shown");
    log_set_level(LOG_DEBUG);
    LOG(DEBUG, "shown");
    log_set_level(LOG_ERROR);
    LOG(WARN, "not shown");
}

static void a_line_is_one_json_object(void **state UNUSED)
{
    CLEANUP(buf_release) struct buf b = {0};
    buf_init(&b, 1 << 20);
    assert_int_equal(capture(write_lines, &b), 0);
    assert_str(buf_str(&b),
               "{\"at\":\"2025-11-25T08:00:00.123Z\",\"level\":\"info\",\"msg\":\"started\",\"port\":\"8080\","
               "\"name\":\"a\\\"b\\\\c\\u000a\\u0001 双擎 \\ufffd\"}\n"
               "{\"at\":\"2025-11-25T08:00:00.123Z\",\"level\":\"debug\",\"msg\":\"shown\"}\n");
}

static void write_much(void)
{
    CLEANUP(buf_release) struct buf big = {0};
    buf_init(&big, 1 << 20);
    for (int i = 0; i < 100000; i++)
        buf_add_char(&big, '\x02');
    struct str s = buf_str(&big);
    LOG(ERROR, big.ptr, ARG("a", s), ARG("b", s), ARG("c", s), ARG("d", s));
}

static void a_line_stays_whole_however_long_its_values(void **state UNUSED)
{
    CLEANUP(buf_release) struct buf b = {0};
    buf_init(&b, 1 << 20);
    assert_int_equal(capture(write_much, &b), 0);
    assert_true(b.len < 64 * 1024);
    assert_true(str_starts(buf_str(&b), STR("{\"at\":")));
    assert_true(str_ends(buf_str(&b), STR("…\"}\n")));
    assert_int_equal(str_find_char(buf_str(&b), '\n'), b.len - 1);
}

static void end_it(void)
{
    signal(SIGABRT, SIG_DFL);
    die("bad %s", "thing");
}

static void die_says_why_and_aborts(void **state UNUSED)
{
    CLEANUP(buf_release) struct buf b = {0};
    buf_init(&b, 1 << 20);
    int status = capture(end_it, &b);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    assert_true(str_find(buf_str(&b), STR("\"reason\":\"bad thing\""), 0) != SIZE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_one_json_object),
        cmocka_unit_test(a_line_stays_whole_however_long_its_values),
        cmocka_unit_test(die_says_why_and_aborts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
