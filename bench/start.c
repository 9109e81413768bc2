/*
 * How soon a server with the demo company answers, and how much memory it then holds.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <unistd.h>

#include "bench.h"

enum { ROUNDS = 7, IDLE_S = 2 };

static double start_ms(struct bench_server *s)
{
    struct bench_conn c;
    int64_t begun_us = clock_mono_us();
    bench_server_start(s);
    bench_connect(&c, s->port);
    (void)bench_call(&c, "GET", "/readyz", STR_NULL, NULL, STR_NULL, 200);
    double ms = (double)(clock_mono_us() - begun_us) / 1000;
    bench_disconnect(&c);
    return ms;
}

int main(void)
{
    struct bench_server s;
    double start[ROUNDS], rss[ROUNDS];
    bench_server_init(&s, true);
    for (int i = 0; i < ROUNDS; i++) {
        start[i] = start_ms(&s);
        /* The time itself is what is measured: what an idle server still frees or takes. */
        (void)sleep(i == 0 ? IDLE_S : 0);
        rss[i] = (double)bench_server_rss_kib(&s) / 1024;
        bench_server_stop(&s);
        bench_note("start %d: %.1f ms, %.1f MiB", i + 1, start[i], rss[i]);
    }
    double idle = rss[0];
    bench_server_remove(&s);
    bool pass = bench_report("start_ms", bench_median(start, ROUNDS), "ms", BENCH_BELOW, 150);
    pass = bench_report("idle_rss_mib", idle, "MiB", BENCH_BELOW, 64) && pass;
    return pass ? 0 : 1;
}
