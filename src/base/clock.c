/*
 * The two clocks: wall time, which tests can freeze, and a monotonic one for durations.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdatomic.h>
#include <time.h>

#include "base/base.h"

/* The one setting that a test needs in every thread at once; 0 outside tests. */
static _Atomic int64_t frozen_ms;

static int64_t read_us(clockid_t clock)
{
    struct timespec t;
    if (clock_gettime(clock, &t) != 0)
        die("the clock can't be read");
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t clock_now_ms(void)
{
    int64_t frozen = atomic_load_explicit(&frozen_ms, memory_order_relaxed);
    return frozen ? frozen : read_us(CLOCK_REALTIME) / 1000;
}

int64_t clock_mono_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

int64_t clock_mono_ms(void)
{
    return clock_mono_us() / 1000;
}

void clock_set_for_test(int64_t now_ms)
{
    atomic_store(&frozen_ms, now_ms);
}
