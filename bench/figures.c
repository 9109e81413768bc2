/*
 * Figures: their line, the middle one, a percentile.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"

static bool meets(double value, enum bench_want want, double target)
{
    switch (want) {
    case BENCH_AT_LEAST:
        return value >= target;
    case BENCH_AT_MOST:
        return value <= target;
    case BENCH_BELOW:
        return value < target;
    case BENCH_NO_TARGET:
        break;
    }
    return true;
}

bool bench_report(const char *name, double value, const char *unit, enum bench_want want, double target)
{
    bool pass = meets(value, want, target);
    (void)printf("{\"name\":\"%s\",\"value\":%.6g,\"unit\":\"%s\",\"target\":", name, value, unit);
    if (want == BENCH_NO_TARGET)
        (void)printf("null");
    else
        (void)printf("%.6g", target);
    (void)printf(",\"pass\":%s}\n", pass ? "true" : "false");
    (void)fflush(stdout);
    return pass;
}

void bench_note(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    (void)vfprintf(stderr, fmt, ap);
    va_end(ap);
    (void)fputc('\n', stderr);
}

static int double_order(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double bench_median(double *values, size_t len)
{
    assert(len > 0);
    qsort(values, len, sizeof(values[0]), double_order);
    return len % 2 ? values[len / 2] : (values[len / 2 - 1] + values[len / 2]) / 2;
}

static int i64_order(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

int64_t bench_percentile(int64_t *values, size_t len, double percent)
{
    assert(len > 0);
    qsort(values, len, sizeof(values[0]), i64_order);
    size_t at = (size_t)((double)len * percent / 100);
    return values[at < len ? at : len - 1];
}
