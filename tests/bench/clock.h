/* What the programs of the bench have in common: two clocks, and one line of figures for
 * tests/bench/run to read: "wall=0.123456 cpu=0.234567 rows=1000000". */
#ifndef MINNOW_TESTS_BENCH_CLOCK_H
#define MINNOW_TESTS_BENCH_CLOCK_H

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

struct stopwatch {
    double wall, cpu; /* seconds; cpu is that of all threads of this process */
};

static inline double clock_seconds(clockid_t id)
{
    struct timespec t;
    (void)clock_gettime(id, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static inline struct stopwatch stopwatch_start(void)
{
    struct stopwatch s = {clock_seconds(CLOCK_MONOTONIC), clock_seconds(CLOCK_PROCESS_CPUTIME_ID)};
    return s;
}

static inline struct stopwatch stopwatch_read(const struct stopwatch *start)
{
    struct stopwatch s = stopwatch_start();
    s.wall -= start->wall;
    s.cpu -= start->cpu;
    return s;
}

/* The time since `start` and what was counted. */
static inline void stopwatch_print(const struct stopwatch *start, const char *counted, uint64_t n)
{
    struct stopwatch s = stopwatch_read(start);
    printf("wall=%.6f cpu=%.6f %s=%" PRIu64 "\n", s.wall, s.cpu, counted, n);
}

#endif
