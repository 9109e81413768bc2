/*
 * The structured log: one JSON object a line on standard error, each written by a single call.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <errno.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include "base/base.h"

enum { LOG_LINE_BYTES_MAX = 64 * 1024, LOG_VALUE_BYTES_MAX = 4096 };

static _Atomic int level_min = LOG_INFO;

void log_set_level(enum log_level level)
{
    atomic_store(&level_min, (int)level);
}

/* JSON text without codec/, which lies above: control characters and what is not UTF-8 are escaped, long values cut. */
static void add_string(struct buf *b, struct str s)
{
    bool cut = s.len > LOG_VALUE_BYTES_MAX;
    if (cut)
        s.len = LOG_VALUE_BYTES_MAX;
    buf_add_char(b, '"');
    for (size_t i = 0; i < s.len;) {
        size_t from = i;
        int32_t c = utf8_next(s, &i);
        if (c == '"' || c == '\\')
            buf_addf(b, "\\%c", (char)c);
        else if (c < 0x20 || c == 0x7f || c == 0xfffd)
            buf_addf(b, "\\u%04x", (unsigned)c);
        else
            buf_add(b, str_sub(s, from, i - from));
    }
    buf_add_cstr(b, cut ? "…\"" : "\"");
}

static void add_time(struct buf *b, int64_t ms)
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm t;
    gmtime_r(&seconds, &t);
    buf_addf(b, "\"%04d-%02d-%02dT%02d:%02d:%02d.%03dZ\"", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday, t.tm_hour,
             t.tm_min, t.tm_sec, (int)(ms % 1000));
}

void log_line(enum log_level level, const char *msg, const struct problem_arg *args)
{
    static const char *const names[] = {"debug", "info", "warn", "error"};
    if ((int)level < atomic_load_explicit(&level_min, memory_order_relaxed))
        return;

    CLEANUP(buf_release) struct buf b = {0};
    buf_init(&b, LOG_LINE_BYTES_MAX);
    buf_add_cstr(&b, "{\"at\":");
    add_time(&b, clock_now_ms());
    buf_addf(&b, ",\"level\":\"%s\",\"msg\":", names[level]);
    add_string(&b, str_of(msg));
    for (; args && args->name; args++) {
        /* A value can grow sixfold by escapes; what might not fit is left out, so that the line stays whole. */
        if (b.len + 6 * (LOG_VALUE_BYTES_MAX + 64) > LOG_LINE_BYTES_MAX)
            break;
        buf_add_char(&b, ',');
        add_string(&b, str_of(args->name));
        buf_add_char(&b, ':');
        add_string(&b, args->value);
    }
    buf_add_cstr(&b, "}\n");
    ssize_t done;
    do {
        done = write(STDERR_FILENO, b.ptr, b.len);
    } while (done < 0 && errno == EINTR);
}
