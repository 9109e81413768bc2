/*
 * Memory outside arenas, and how the process ends when there is none left.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>
#include <unistd.h>

#include "base/base.h"

/* Nothing may be allocated here any more, so the line is ready-made. */
static void __attribute__((noreturn)) die_no_memory(void)
{
    static const char line[] = "{\"level\":\"error\",\"msg\":\"out of memory\"}\n";
    ssize_t done = write(STDERR_FILENO, line, sizeof(line) - 1);
    (void)done;
    abort();
}

void die(const char *fmt, ...)
{
    char text[512]; /* on the stack, because the heap may be the reason */
    va_list ap;
    va_start(ap, fmt);
    int len = vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    size_t kept = len < 0 ? 0 : (size_t)len < sizeof(text) ? (size_t)len : sizeof(text) - 1;
    LOG(ERROR, "the process ends", ARG("reason", str_n(text, kept)));
    abort();
}

void *xmalloc(size_t size)
{
    void *p = malloc(size ? size : 1);
    if (!p)
        die_no_memory();
    return p;
}

void *xcalloc(size_t n, size_t size)
{
    void *p = calloc(n ? n : 1, size ? size : 1);
    if (!p)
        die_no_memory();
    return p;
}

void *xrealloc(void *p, size_t size)
{
    void *grown = realloc(p, size ? size : 1);
    if (!grown)
        die_no_memory();
    return grown;
}

char *xstrndup(struct str s)
{
    char *copy = xmalloc(s.len + 1);
    if (s.len)
        memcpy(copy, s.ptr, s.len);
    copy[s.len] = '\0';
    return copy;
}

char *xstrdup(const char *s)
{
    return xstrndup(str_of(s));
}

void freep(void *pp)
{
    void **p = pp;
    free(*p);
    *p = NULL;
}
