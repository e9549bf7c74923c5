/* Tables of made-up connections, many enough for slices and threads to matter. */
#ifndef MINNOW_TESTS_RANDOM_FIXTURE_H
#define MINNOW_TESTS_RANDOM_FIXTURE_H

#include "tests/unit/conn_fixture.h"

#define RANDOM_HOSTS 50

static inline uint32_t random_next(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33);
}

/* One of the hosts, of both kinds, and now and then none. */
static inline const char *random_host(uint64_t *state, char *out, size_t size)
{
    uint32_t r = random_next(state), host = (r >> 8) % RANDOM_HOSTS;
    if (r % 32 == 0)
        (void)snprintf(out, size, "-");
    else if (host % 16 == 15)
        (void)snprintf(out, size, "ff02::%u", host);
    else
        (void)snprintf(out, size, host % 3 == 0 ? "10.0.0.%u" : "8.8.8.%u", host);
    return out;
}

/* n rows with a label of k clusters each, 255 now and then. */
static inline struct table *random_table(size_t n, uint32_t k, uint64_t seed, uint8_t *label)
{
    static const char *const proto[] = {"tcp", "tcp", "tcp", "udp", "icmp", "sctp", "-"};
    static const char *const port[] = {"0",   "-",  "80",  "80",    "80",
                                       "443", "53", "123", "65535", "9"};
    static const char *const code[] = {"SF", "S0", "REJ", "OTH", "-"};
    static const char *const bytes[] = {"-", "0", "17", "9999999999", "100", "100"};
    char(*text)[192] = mem_alloc(n, sizeof *text), a[32], b[32], ts[32];
    const char **row = mem_alloc(n, sizeof *row);
    uint64_t state = seed;
    struct table *t;
    for (size_t i = 0; i < n; i++) {
        uint32_t r = random_next(&state), q = random_next(&state);
        (void)snprintf(ts, sizeof ts, r % 64 == 0 ? "-" : "%u.%06u", 1000 + r % 1000, q % 1000000);
        (void)snprintf(text[i], sizeof text[i], "%s\t%s\t%u\t%s\t%s\t%s\t%s\t1\t%s\t%s\t%s", ts,
                       random_host(&state, a, sizeof a), q % 5, random_host(&state, b, sizeof b),
                       port[r / 64 % ARRAY_LEN(port)], proto[q / 5 % ARRAY_LEN(proto)],
                       q % 3 == 0 ? "dns" : "-", bytes[q / 64 % ARRAY_LEN(bytes)],
                       bytes[r / 1024 % ARRAY_LEN(bytes)], code[r / 4096 % ARRAY_LEN(code)]);
        row[i] = text[i];
        label[i] = random_next(&state) % 16 == 0 ? 255 : (uint8_t)(random_next(&state) % k);
    }
    t = fixture_table(row, n);
    mem_free(row);
    mem_free(text);
    return t;
}

#endif
