/* The sentence of a cluster, from made-up logs. */
#include "tests/unit/conn_fixture.h"

struct line {
    const char *orig, *orig_p, *resp, *resp_p, *proto, *state, *out, *in;
    int times;
    bool spread; /* every repetition goes to another responder port */
};

#define MAX_ROWS 256

/* Seconds between rows; 0: no rhythm, all at once. */
static size_t gap_s;

/* Builds a table from the lines, puts every row in one cluster, and returns its sentence. */
static const char *why(const struct line *line, size_t n)
{
    static char result[256];
    static char text[MAX_ROWS][512];
    const char *row[MAX_ROWS];
    uint8_t label[MAX_ROWS] = {0};
    double value[MAX_ROWS] = {0};
    struct fixture_clustering f;
    struct err err = ERR_INIT;
    struct table *t;
    size_t used = 0;
    for (size_t i = 0; i < n; i++)
        for (int j = 0; j < line[i].times; j++) {
            char port[16];
            (void)snprintf(port, sizeof port, "%d", 1000 + j);
            (void)snprintf(text[used], sizeof text[used],
                           "%zu.5\t%s\t%s\t%s\t%s\t%s\t-\t0.1\t%s\t%s\t%s", 1000 + used * gap_s,
                           line[i].orig, line[i].orig_p, line[i].resp,
                           line[i].spread ? port : line[i].resp_p, line[i].proto, line[i].out,
                           line[i].in, line[i].state);
            row[used] = text[used];
            used++;
        }
    t = fixture_table(row, used);
    fixture_clustering(&f, t, label, value, 1);
    assert_int_equal(profile_build(&f.c, t, &f.m, NULL, NULL, &err), 0);
    memcpy(result, f.c.profile[0].why, sizeof result);
    fixture_clustering_free(&f);
    table_unref(t);
    return result;
}

#define EXPECT(want, ...)                                                                          \
    do {                                                                                           \
        const struct line lines[] = {__VA_ARGS__};                                                 \
        assert_string_equal(why(lines, ARRAY_LEN(lines)), want);                                   \
    } while (0)

static void test_one_to_one(void **state)
{
    (void)state;
    EXPECT("10.0.0.1 -> 10.0.0.2 tcp/80: 100 % completed, 1.0 kB out 50.0 kB in",
           {"10.0.0.1", "4000", "10.0.0.2", "80", "tcp", "SF", "100", "5000", 10, false});
    EXPECT("REFUSED 10.0.0.1 -> 10.0.0.2, tcp, 20 ports: 100 % refused, 0 B out 0 B in",
           {"10.0.0.1", "4000", "10.0.0.2", "-", "tcp", "REJ", "0", "0", 20, true});
    EXPECT("10.0.0.1 -> 10.0.0.2 udp/53: 100 % answered, 20 B out 40 B in",
           {"10.0.0.1", "4000", "10.0.0.2", "53", "udp", "SF", "20", "40", 1, false});
}

static void test_shares_of_parties(void **state)
{
    (void)state;
    /* 95 %: named alone, the others counted. */
    EXPECT("UPLOAD 10.0.0.1 +1 -> 10.0.0.9 tcp/22: 100 % still open, 100 B out 0 B in",
           {"10.0.0.1", "1", "10.0.0.9", "22", "tcp", "S1", "1", "0", 95, false},
           {"10.0.0.2", "1", "10.0.0.9", "22", "tcp", "S1", "1", "0", 5, false});
    /* 60 %: named with its share. */
    EXPECT("UPLOAD 10.0.0.1 (60 %) +2 -> 10.0.0.9 tcp/22: 100 % still open, 10 B out 0 B in",
           {"10.0.0.1", "1", "10.0.0.9", "22", "tcp", "S1", "1", "0", 6, false},
           {"10.0.0.2", "1", "10.0.0.9", "22", "tcp", "S1", "1", "0", 2, false},
           {"10.0.0.3", "1", "10.0.0.9", "22", "tcp", "S1", "1", "0", 2, false});
    /* Below half: counted. */
    EXPECT("UPLOAD 3 sources -> 3 hosts tcp/22: 100 % still open, 6 B out 0 B in",
           {"10.0.0.1", "1", "10.0.0.7", "22", "tcp", "S1", "1", "0", 2, false},
           {"10.0.0.2", "1", "10.0.0.8", "22", "tcp", "S1", "1", "0", 2, false},
           {"10.0.0.3", "1", "10.0.0.9", "22", "tcp", "S1", "1", "0", 2, false});
}

static void test_outcomes(void **state)
{
    (void)state;
    /* All but one of 200: never rounded up to all. */
    EXPECT("10.0.0.1 -> 10.0.0.2 tcp/80: 99 % unanswered, 0 B out 0 B in",
           {"10.0.0.1", "1", "10.0.0.2", "80", "tcp", "S0", "0", "0", 199, false},
           {"10.0.0.1", "1", "10.0.0.2", "80", "tcp", "SF", "0", "0", 1, false});
    /* States that mean the same are one group. */
    EXPECT("10.0.0.1 -> 10.0.0.2 tcp/80: 60 % reset by target, 0 B out 0 B in",
           {"10.0.0.1", "1", "10.0.0.2", "80", "tcp", "RSTR", "0", "0", 3, false},
           {"10.0.0.1", "1", "10.0.0.2", "80", "tcp", "RSTRH", "0", "0", 3, false},
           {"10.0.0.1", "1", "10.0.0.2", "80", "tcp", "RSTO", "0", "0", 4, false});
    /* No majority: the top two. */
    EXPECT("10.0.0.1 -> 10.0.0.2 tcp/80: 40 % completed, 30 % unanswered, 0 B out 0 B in",
           {"10.0.0.1", "1", "10.0.0.2", "80", "tcp", "SF", "0", "0", 4, false},
           {"10.0.0.1", "1", "10.0.0.2", "80", "tcp", "S0", "0", "0", 3, false},
           {"10.0.0.1", "1", "10.0.0.2", "80", "tcp", "REJ", "0", "0", 3, false});
    /* Unset states say nothing. */
    EXPECT("10.0.0.1 -> 10.0.0.2 tcp/80: 7 B out 9 B in",
           {"10.0.0.1", "1", "10.0.0.2", "80", "tcp", "-", "7", "9", 1, false});
}

static void test_words_and_rhythm(void **state)
{
    (void)state;
    gap_s = 270;
    EXPECT(
        "REGULAR 10.0.0.1 -> 10.0.0.2 tcp/80: 100 % completed, every 4.5 min (+-0 %), 1.0 kB out "
        "50.0 kB in",
        {"10.0.0.1", "4000", "10.0.0.2", "80", "tcp", "SF", "100", "5000", 10, false});
    /* Nine calls are no rhythm yet. */
    EXPECT("10.0.0.1 -> 10.0.0.2 tcp/80: 100 % completed, 900 B out 45.0 kB in",
           {"10.0.0.1", "4000", "10.0.0.2", "80", "tcp", "SF", "100", "5000", 9, false});
    gap_s = 0;
    EXPECT("UPLOAD 10.0.0.1 -> 10.0.0.2 tcp/80: 100 % completed, 9.0 kB out 900 B in",
           {"10.0.0.1", "4000", "10.0.0.2", "80", "tcp", "SF", "1000", "100", 9, false});
    EXPECT("REFUSED 10.0.0.1 -> 10.0.0.2, tcp, 100 ports: 100 % unanswered, 0 B out 0 B in",
           {"10.0.0.1", "4000", "10.0.0.2", "-", "tcp", "S0", "0", "0", 100, true});
}

static void test_mixed_protocols(void **state)
{
    (void)state;
    EXPECT("10.0.0.1 -> 10.0.0.2, tcp 60 %, udp, port 53: 100 % answered, 0 B out 0 B in",
           {"10.0.0.1", "1", "10.0.0.2", "53", "tcp", "SF", "0", "0", 6, false},
           {"10.0.0.1", "1", "10.0.0.2", "53", "udp", "SF", "0", "0", 4, false});
    EXPECT("10.0.0.1 -> 10.0.0.2, tcp 50 %, udp +1, 2 ports: 100 % unanswered, 0 B out 0 B in",
           {"10.0.0.1", "1", "10.0.0.2", "80", "tcp", "S0", "0", "0", 5, false},
           {"10.0.0.1", "1", "10.0.0.2", "53", "udp", "S0", "0", "0", 4, false},
           {"10.0.0.1", "8", "10.0.0.2", "0", "icmp", "OTH", "0", "0", 1, false});
}

static void test_icmp(void **state)
{
    (void)state;
    EXPECT("UPLOAD 10.0.0.1 -> 10.0.0.2, icmp echo request: 56 B out 0 B in",
           {"10.0.0.1", "8", "10.0.0.2", "0", "icmp", "OTH", "56", "0", 1, false});
    EXPECT("fe80::1 -> ff02::1, icmp router advertisement: 0 B out 0 B in",
           {"fe80::1", "134", "ff02::1", "133", "icmp", "OTH", "-", "-", 3, false});
    EXPECT("fe80::1 -> ff02::2, icmp router discovery: 0 B out 0 B in",
           {"fe80::1", "134", "ff02::2", "133", "icmp", "OTH", "0", "0", 3, false},
           {"fe80::1", "133", "ff02::2", "134", "icmp", "OTH", "0", "0", 3, false});
    EXPECT("fe80::1 -> ff02::1, icmp router discovery 46 %, neighbour discovery 29 %, unreachable "
           "25 %: 0 B out 0 B in",
           {"fe80::1", "134", "ff02::1", "133", "icmp", "OTH", "0", "0", 46, false},
           {"fe80::1", "1", "ff02::1", "3", "icmp", "OTH", "0", "0", 25, false},
           {"fe80::1", "135", "ff02::1", "136", "icmp", "OTH", "0", "0", 15, false},
           {"fe80::1", "136", "ff02::1", "135", "icmp", "OTH", "0", "0", 14, false});
    /* The same number is another message in IPv4, and some have no name. */
    EXPECT("10.0.0.1 -> 10.0.0.2, icmp type 134: 0 B out 0 B in",
           {"10.0.0.1", "134", "10.0.0.2", "0", "icmp", "OTH", "0", "0", 1, false});
}

static void test_hostile_address(void **state)
{
    char longest[400];
    const char *text;
    (void)state;
    memset(longest, 'x', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    {
        const struct line lines[] = {
            {longest, "1", "\x1b[2J", "80", "tcp", "SF", "1", "1", 1, false}};
        text = why(lines, 1);
    }
    assert_true(strlen(text) < 120);
    assert_non_null(strstr(text, " -> \x1b[2J tcp/80")); /* cleaned by whoever shows it */
}

/* A log with none of the known columns but a number: the reasons speak. */
static void test_other_logs(void **state)
{
    static const char *const row[] = {"0.1\ta", "0.1\ta", "0.1\ta", "3.2\tb"};
    struct profile p = {.rows = 3};
    struct table *t = fixture_table_of("duration\tcolour", row, 4);
    (void)state;
    p.n_reasons = 2;
    p.reason[0] = (struct reason){.what = "duration", .here = 3.2, .log = 0.1, .z = 2};
    p.reason[1] = (struct reason){.what = "service", .value = "dns", .here = 1, .log = 0.125};
    why_write(&p, t);
    assert_string_equal(p.why, "duration 3.2 s (log 100 ms), service dns 100 % (log 13 %)");
    p.reason[0] = (struct reason){.what = "colour", .here = -1234567.8, .log = 0.0123456, .z = 2};
    p.n_reasons = 1;
    why_write(&p, t);
    assert_string_equal(p.why, "colour -1,234,568 (log 0.0123)");
    p.n_reasons = 0;
    why_write(&p, t);
    assert_string_equal(p.why, "3 rows like the log as a whole");
    table_unref(t);
}

/* Addresses alone: who and whom, then the reasons. */
static void test_addresses_only(void **state)
{
    static const char *const row[] = {"10.0.0.1\t10.0.0.2"};
    struct table *t = fixture_table_of("src_ip\tdst_ip", row, 1);
    struct profile p = {.rows = 1};
    (void)state;
    p.orig = (struct top_list){.item = {{0, 1}}, .n = 1, .distinct = 1};
    p.resp = (struct top_list){.item = {{1, 1}}, .n = 1, .distinct = 1};
    why_write(&p, t);
    assert_string_equal(p.why, "10.0.0.1 -> 10.0.0.2");
    p.n_reasons = 1;
    p.reason[0] = (struct reason){.what = "size", .here = 12, .log = 3, .z = 2};
    why_write(&p, t);
    assert_string_equal(p.why, "10.0.0.1 -> 10.0.0.2: size 12 (log 3)");
    table_unref(t);
}

static void test_memory(void **state)
{
    static const char *const row[] = {"10.0.0.1\t10.0.0.2"};
    struct table *t = fixture_table_of("src_ip\tdst_ip", row, 1);
    struct profile p = {.rows = 1};
    (void)state;
    mem_fail_at(1, true);
    why_write(&p, t);
    mem_fail_at(0, false);
    assert_true(p.why[0] != '\0');
    table_unref(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_to_one),      cmocka_unit_test(test_shares_of_parties),
        cmocka_unit_test(test_outcomes),        cmocka_unit_test(test_words_and_rhythm),
        cmocka_unit_test(test_mixed_protocols), cmocka_unit_test(test_icmp),
        cmocka_unit_test(test_hostile_address), cmocka_unit_test(test_other_logs),
        cmocka_unit_test(test_addresses_only),  cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
