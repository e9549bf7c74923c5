/* The sentence of a cluster, from made-up logs. */
#include "tests/unit/conn_fixture.h"

struct line {
    const char *orig, *orig_p, *resp, *resp_p, *proto, *state, *out, *in;
    int times;
    bool spread;         /* every repetition goes to another responder port */
    const char *service; /* NULL: unset */
};

#define MAX_ROWS 256

/* Seconds between rows; 0: no rhythm, all at once. */
static size_t gap_s;

/* Builds a table from the lines, puts every row in one cluster, and returns its sentence. */
static const char *why(const struct line *line, size_t n)
{
    static char result[sizeof((struct profile *)0)->why];
    static char text[MAX_ROWS][2048];
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
                           "%zu.5\t%s\t%s\t%s\t%s\t%s\t%s\t0.1\t%s\t%s\t%s", 1000 + used * gap_s,
                           line[i].orig, line[i].orig_p, line[i].resp,
                           line[i].spread ? port : line[i].resp_p, line[i].proto,
                           line[i].service == NULL ? "-" : line[i].service, line[i].out, line[i].in,
                           line[i].state);
            row[used] = text[used];
            used++;
        }
    t = fixture_table(row, used);
    fixture_clustering(&f, t, label, value, 1);
    assert_int_equal(fixture_profile(&f, t, NULL, NULL, &err), 0);
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
           {"10.0.0.1", "4000", "10.0.0.2", "80", "tcp", "SF", "100", "5000", 10, false, NULL});
    EXPECT("REFUSED 10.0.0.1 -> 10.0.0.2, tcp, 20 ports: 100 % refused, no bytes",
           {"10.0.0.1", "4000", "10.0.0.2", "-", "tcp", "REJ", "0", "0", 20, true, NULL});
    EXPECT("10.0.0.1 -> 10.0.0.2 udp/53: answered, 20 B out 40 B in",
           {"10.0.0.1", "4000", "10.0.0.2", "53", "udp", "SF", "20", "40", 1, false, NULL});
}

static void test_shares_of_parties(void **state)
{
    (void)state;
    /* 95 %: named without its share; that there is another is said. */
    EXPECT("10.0.0.1 +1 -> 10.0.0.9 tcp/22: 100 % still open, 100 B out 0 B in",
           {"10.0.0.1", "1", "10.0.0.9", "22", "tcp", "S1", "1", "0", 95, false, NULL},
           {"10.0.0.2", "1", "10.0.0.9", "22", "tcp", "S1", "1", "0", 5, false, NULL});
    /* What is said as 90 % is not said. */
    EXPECT("10.0.0.1 +1 -> 10.0.0.9 tcp/22: 100 % still open, no bytes",
           {"10.0.0.1", "1", "10.0.0.9", "22", "tcp", "S1", "0", "0", 179, false, NULL},
           {"10.0.0.2", "1", "10.0.0.9", "22", "tcp", "S1", "0", "0", 21, false, NULL});
    EXPECT("10.0.0.1 (89 %) +1 -> 10.0.0.9 tcp/22: 100 % still open, no bytes",
           {"10.0.0.1", "1", "10.0.0.9", "22", "tcp", "S1", "0", "0", 178, false, NULL},
           {"10.0.0.2", "1", "10.0.0.9", "22", "tcp", "S1", "0", "0", 22, false, NULL});
    /* 60 %: named with its share. */
    EXPECT("10.0.0.1 (60 %) +2 -> 10.0.0.9 tcp/22: 100 % still open, 10 B out 0 B in",
           {"10.0.0.1", "1", "10.0.0.9", "22", "tcp", "S1", "1", "0", 6, false, NULL},
           {"10.0.0.2", "1", "10.0.0.9", "22", "tcp", "S1", "1", "0", 2, false, NULL},
           {"10.0.0.3", "1", "10.0.0.9", "22", "tcp", "S1", "1", "0", 2, false, NULL});
    /* Below half: counted. */
    EXPECT("3 sources -> 3 hosts tcp/22: 100 % still open, 6 B out 0 B in",
           {"10.0.0.1", "1", "10.0.0.7", "22", "tcp", "S1", "1", "0", 2, false, NULL},
           {"10.0.0.2", "1", "10.0.0.8", "22", "tcp", "S1", "1", "0", 2, false, NULL},
           {"10.0.0.3", "1", "10.0.0.9", "22", "tcp", "S1", "1", "0", 2, false, NULL});
}

static void test_outcomes(void **state)
{
    (void)state;
    /* All but one of 200: never rounded up to all. */
    EXPECT("10.0.0.1 -> 10.0.0.2 tcp/80: 99 % unanswered, no bytes",
           {"10.0.0.1", "1", "10.0.0.2", "80", "tcp", "S0", "0", "0", 199, false, NULL},
           {"10.0.0.1", "1", "10.0.0.2", "80", "tcp", "SF", "0", "0", 1, false, NULL});
    /* States that mean the same are one group. */
    EXPECT("10.0.0.1 -> 10.0.0.2 tcp/80: 60 % reset by target, no bytes",
           {"10.0.0.1", "1", "10.0.0.2", "80", "tcp", "RSTR", "0", "0", 3, false, NULL},
           {"10.0.0.1", "1", "10.0.0.2", "80", "tcp", "RSTRH", "0", "0", 3, false, NULL},
           {"10.0.0.1", "1", "10.0.0.2", "80", "tcp", "RSTO", "0", "0", 4, false, NULL});
    /* No majority: the top two. */
    EXPECT("10.0.0.1 -> 10.0.0.2 tcp/80: 40 % completed, 30 % unanswered, no bytes",
           {"10.0.0.1", "1", "10.0.0.2", "80", "tcp", "SF", "0", "0", 4, false, NULL},
           {"10.0.0.1", "1", "10.0.0.2", "80", "tcp", "S0", "0", "0", 3, false, NULL},
           {"10.0.0.1", "1", "10.0.0.2", "80", "tcp", "REJ", "0", "0", 3, false, NULL});
    /* Unset states say nothing. */
    EXPECT("10.0.0.1 -> 10.0.0.2 tcp/80: 7 B out 9 B in",
           {"10.0.0.1", "1", "10.0.0.2", "80", "tcp", "-", "7", "9", 1, false, NULL});
}

static void test_words_and_rhythm(void **state)
{
    (void)state;
    gap_s = 270;
    EXPECT(
        "REGULAR 10.0.0.1 -> 10.0.0.2 tcp/80: 100 % completed, every 4.5 min (+-0 %), 1.0 kB out "
        "50.0 kB in",
        {"10.0.0.1", "4000", "10.0.0.2", "80", "tcp", "SF", "100", "5000", 10, false, NULL});
    /* Nine calls are no rhythm yet. */
    EXPECT("10.0.0.1 -> 10.0.0.2 tcp/80: 100 % completed, 900 B out 45.0 kB in",
           {"10.0.0.1", "4000", "10.0.0.2", "80", "tcp", "SF", "100", "5000", 9, false, NULL});
    gap_s = 0;
    EXPECT("UPLOAD 10.0.0.1 -> 10.0.0.2 tcp/80: 100 % completed, 18.0 kB out 900 B in",
           {"10.0.0.1", "4000", "10.0.0.2", "80", "tcp", "SF", "2000", "100", 9, false, NULL});
    EXPECT("REFUSED 10.0.0.1 -> 10.0.0.2, tcp, 100 ports: 100 % unanswered, no bytes",
           {"10.0.0.1", "4000", "10.0.0.2", "-", "tcp", "S0", "0", "0", 100, true, NULL});
}

static void test_mixed_protocols(void **state)
{
    (void)state;
    EXPECT("10.0.0.1 -> 10.0.0.2 tcp+udp/53: 100 % answered, no bytes",
           {"10.0.0.1", "1", "10.0.0.2", "53", "tcp", "SF", "0", "0", 6, false, NULL},
           {"10.0.0.1", "1", "10.0.0.2", "53", "udp", "SF", "0", "0", 4, false, NULL});
    /* A port is named when half of all rows have it, not half of those that have one. */
    EXPECT("10.0.0.1 -> 10.0.0.2, tcp+udp+icmp, 2 ports: 100 % unanswered, no bytes",
           {"10.0.0.1", "1", "10.0.0.2", "80", "tcp", "S0", "0", "0", 5, false, NULL},
           {"10.0.0.1", "1", "10.0.0.2", "53", "udp", "S0", "0", "0", 4, false, NULL},
           {"10.0.0.1", "8", "10.0.0.2", "0", "icmp", "OTH", "0", "0", 2, false, NULL});
    /* An only one is named all the same. */
    EXPECT("10.0.0.1 -> 10.0.0.2, icmp+udp, port 161: no bytes",
           {"10.0.0.1", "8", "10.0.0.2", "0", "icmp", "OTH", "0", "0", 6, false, NULL},
           {"10.0.0.1", "1", "10.0.0.2", "161", "udp", "SF", "0", "0", 4, false, NULL});
    /* Three are named. */
    EXPECT("10.0.0.1 -> 10.0.0.2 tcp+sctp+udp+1/80: 100 % unanswered, no bytes",
           {"10.0.0.1", "1", "10.0.0.2", "80", "tcp", "S0", "0", "0", 4, false, NULL},
           {"10.0.0.1", "1", "10.0.0.2", "80", "sctp", "S0", "0", "0", 3, false, NULL},
           {"10.0.0.1", "1", "10.0.0.2", "80", "udp", "S0", "0", "0", 2, false, NULL},
           {"10.0.0.1", "1", "10.0.0.2", "80", "dccp", "S0", "0", "0", 1, false, NULL});
}

static void test_ports(void **state)
{
    (void)state;
    /* Nine in ten are named without a share, half is named with its share, less is counted. */
    EXPECT("10.0.0.1 -> 10.0.0.2 tcp/80 +1: 100 % completed, 10 B out 10 B in",
           {"10.0.0.1", "1", "10.0.0.2", "80", "tcp", "SF", "1", "1", 9, false, NULL},
           {"10.0.0.1", "1", "10.0.0.2", "81", "tcp", "SF", "1", "1", 1, false, NULL});
    EXPECT("10.0.0.1 -> 10.0.0.2 tcp/80 (50 %) +2: 100 % completed, 10 B out 10 B in",
           {"10.0.0.1", "1", "10.0.0.2", "80", "tcp", "SF", "1", "1", 5, false, NULL},
           {"10.0.0.1", "1", "10.0.0.2", "81", "tcp", "SF", "1", "1", 3, false, NULL},
           {"10.0.0.1", "1", "10.0.0.2", "82", "tcp", "SF", "1", "1", 2, false, NULL});
    EXPECT("10.0.0.1 -> 10.0.0.2, tcp, 3 ports: 100 % completed, 10 B out 10 B in",
           {"10.0.0.1", "1", "10.0.0.2", "80", "tcp", "SF", "1", "1", 4, false, NULL},
           {"10.0.0.1", "1", "10.0.0.2", "81", "tcp", "SF", "1", "1", 3, false, NULL},
           {"10.0.0.1", "1", "10.0.0.2", "82", "tcp", "SF", "1", "1", 3, false, NULL});
    EXPECT("10.0.0.1 -> 10.0.0.2, tcp: 100 % completed, 1 B out 1 B in",
           {"10.0.0.1", "1", "10.0.0.2", "-", "tcp", "SF", "1", "1", 1, false, "-"},
           {"10.0.0.1", "1", "10.0.0.2", "-", "tcp", "SF", "0", "0", 1, false, "-"});
}

/* A service is said where it is not what one expects of the port. */
static void test_services(void **state)
{
    (void)state;
    EXPECT("10.0.0.1 -> 10.0.0.2 tcp/443: completed, 1 B out 1 B in",
           {"10.0.0.1", "1", "10.0.0.2", "443", "tcp", "SF", "1", "1", 1, false, "ssl"});
    EXPECT("10.0.0.1 -> 10.0.0.2 tcp/443 http: completed, 1 B out 1 B in",
           {"10.0.0.1", "1", "10.0.0.2", "443", "tcp", "SF", "1", "1", 1, false, "http"});
    EXPECT("10.0.0.1 -> 10.0.0.2 tcp/445: completed, 1 B out 1 B in",
           {"10.0.0.1", "1", "10.0.0.2", "445", "tcp", "SF", "1", "1", 1, false, "gssapi,smb"});
    EXPECT("10.0.0.1 -> 10.0.0.2 tcp/4444 ssl: completed, 1 B out 1 B in",
           {"10.0.0.1", "1", "10.0.0.2", "4444", "tcp", "SF", "1", "1", 1, false, "ssl"});
    EXPECT("10.0.0.1 -> 10.0.0.2, tcp http, 3 ports: 100 % completed, 3 B out 3 B in",
           {"10.0.0.1", "1", "10.0.0.2", "-", "tcp", "SF", "1", "1", 3, true, "http"});
    /* Four in five are not nearly all. */
    EXPECT("10.0.0.1 -> 10.0.0.2 tcp/4444: 100 % completed, 5 B out 5 B in",
           {"10.0.0.1", "1", "10.0.0.2", "4444", "tcp", "SF", "1", "1", 4, false, "ssl"},
           {"10.0.0.1", "1", "10.0.0.2", "4444", "tcp", "SF", "1", "1", 1, false, "-"});
    EXPECT("10.0.0.1 -> 10.0.0.2 tcp/1 a-service-of-24-bytes-an: completed, 1 B out 1 B in",
           {"10.0.0.1", "1", "10.0.0.2", "1", "tcp", "SF", "1", "1", 1, false,
            "a-service-of-24-bytes-and-more"});
}

static void test_bytes(void **state)
{
    (void)state;
    EXPECT("10.0.0.1 -> 10.0.0.2 tcp/80: completed, 468 kB out 99.9 MB in",
           {"10.0.0.1", "1", "10.0.0.2", "80", "tcp", "SF", "467500", "99900000", 1, false, NULL});
    EXPECT("10.0.0.1 -> 10.0.0.2 tcp/80: completed, 999 B out 100 kB in",
           {"10.0.0.1", "1", "10.0.0.2", "80", "tcp", "SF", "999", "100000", 1, false, NULL});
    EXPECT("10.0.0.1 -> 10.0.0.2 tcp/80: completed, 999.6 kB out 1.0 MB in",
           {"10.0.0.1", "1", "10.0.0.2", "80", "tcp", "SF", "999600", "999960", 1, false, NULL});
    EXPECT("10.0.0.1 -> 10.0.0.2 tcp/80: completed, no bytes",
           {"10.0.0.1", "1", "10.0.0.2", "80", "tcp", "SF", "-", "-", 1, false, NULL});
}

static void test_icmp(void **state)
{
    (void)state;
    EXPECT("10.0.0.1 -> 10.0.0.2, icmp echo request: 56 B out 0 B in",
           {"10.0.0.1", "8", "10.0.0.2", "0", "icmp", "OTH", "56", "0", 1, false, NULL});
    EXPECT("fe80::1 -> ff02::1, icmp router advertisement: no bytes",
           {"fe80::1", "134", "ff02::1", "133", "icmp", "OTH", "-", "-", 3, false, NULL});
    EXPECT("fe80::1 -> ff02::2, icmp router discovery: no bytes",
           {"fe80::1", "134", "ff02::2", "133", "icmp", "OTH", "0", "0", 3, false, NULL},
           {"fe80::1", "133", "ff02::2", "134", "icmp", "OTH", "0", "0", 3, false, NULL});
    EXPECT("fe80::1 -> ff02::1, icmp router discovery 46 %, neighbour discovery 29 %, unreachable "
           "25 %: no bytes",
           {"fe80::1", "134", "ff02::1", "133", "icmp", "OTH", "0", "0", 46, false, NULL},
           {"fe80::1", "1", "ff02::1", "3", "icmp", "OTH", "0", "0", 25, false, NULL},
           {"fe80::1", "135", "ff02::1", "136", "icmp", "OTH", "0", "0", 15, false, NULL},
           {"fe80::1", "136", "ff02::1", "135", "icmp", "OTH", "0", "0", 14, false, NULL});
    /* The same number is another message in IPv4, and some have no name. */
    EXPECT("10.0.0.1 -> 10.0.0.2, icmp type 134: no bytes",
           {"10.0.0.1", "134", "10.0.0.2", "0", "icmp", "OTH", "0", "0", 1, false, NULL});
    /* The one connection among the messages does not say how they went. */
    EXPECT("10.0.0.1 -> 10.0.0.2, icmp echo request: 10 B out 10 B in",
           {"10.0.0.1", "8", "10.0.0.2", "0", "icmp", "OTH", "1", "1", 9, false, NULL},
           {"10.0.0.1", "1", "10.0.0.2", "80", "tcp", "REJ", "1", "1", 1, false, NULL});
}

/* The word is explained also where no pair is most of the cluster: whose rhythm it is, is said. */
static void test_rhythm_of_one_of_many(void **state)
{
    static const char *const row[] = {"10.0.0.1\t10.0.0.2", "10.0.0.3\t10.0.0.4"};
    struct table *t = fixture_table_of("src_ip\tdst_ip", row, 2);
    struct profile p = {.rows = 40, .n_pair_tops = 1, .pair = {{0, 1, 80, 0, 15}}};
    (void)state;
    p.rhythm = p.pair_rhythm =
        (struct rhythm){.median_gap_s = 60, .mad_gap_s = 3, .regularity = 0.4};
    p.orig = (struct top_list){.item = {{0, 15}, {2, 15}}, .n = 2, .distinct = 4};
    p.resp = (struct top_list){.item = {{1, 36}, {3, 4}}, .n = 2, .distinct = 2};
    p.suspicion.score = SUSPICION_SHOWN;
    why_write(&p, t, 0);
    assert_string_equal(p.why, "REGULAR 4 sources -> 10.0.0.2 +1: 10.0.0.1 every 60.0 s (+-5 %)");
    p.resp.item[0].rows = 15;
    p.orig.item[0].rows = 36;
    why_write(&p, t, 0);
    assert_string_equal(p.why, "REGULAR 10.0.0.1 +3 -> 2 hosts: every 60.0 s (+-5 %) to 10.0.0.2");
    /* Under another word, or without one, nothing is said of it. */
    p.suspicion.part = SUSPICION_ODD;
    why_write(&p, t, 0);
    assert_string_equal(p.why, "ODD 10.0.0.1 +3 -> 2 hosts");
    p.suspicion = (struct suspicion){.score = 0.99 * SUSPICION_SHOWN, .part = SUSPICION_REGULAR};
    why_write(&p, t, 0);
    assert_string_equal(p.why, "10.0.0.1 +3 -> 2 hosts");
    table_unref(t);
}

/* A part that does not fit is left out whole; a shorter one behind it is not. */
static void test_room(void **state)
{
    static const char *const row[] = {"a"};
    struct table *t = fixture_table_of("colour", row, 1);
    struct profile p = {.rows = 1, .n_reasons = 3};
    char junk[400], want[400];
    (void)state;
    memset(junk, 'x', sizeof junk);
    junk[sizeof junk - 1] = '\0';
    {
        const struct line lines[] = {{junk, "134", junk, "1", junk, "SF", "1", "1", 5, false, junk},
                                     {"z", "134", "y", "1", "q", "SF", "1", "1", 4, false, junk}};
        (void)snprintf(want, sizeof want,
                       "%.45s (56 %%) +1 -> %.45s (56 %%) +1 %.24s+q/1 %.24s: 100 %% answered, "
                       "9 B out 9 B in",
                       junk, junk, junk, junk);
        assert_string_equal(why(lines, 2), want);
    }
    for (int i = 0; i < 2; i++) {
        p.reason[i] = (struct reason){.here = 1, .log = 0.5};
        memset(p.reason[i].what, 'a' + i, sizeof p.reason[i].what - 1);
        memset(p.reason[i].value, 'A' + i, sizeof p.reason[i].value - 1);
    }
    p.reason[2] = (struct reason){.what = "colour", .value = "red", .here = 1, .log = 0.25};
    why_write(&p, t, 256);
    (void)snprintf(want, sizeof want,
                   "%s=%s 100 %% (log 50 %%), colour=red 100 %% (log 25 %%) (as 256)",
                   p.reason[0].what, p.reason[0].value);
    assert_string_equal(p.why, want);
    table_unref(t);
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
            {longest, "1", "\x1b[2J", "80", "tcp", "SF", "1", "1", 1, false, NULL}};
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
    why_write(&p, t, 0);
    assert_string_equal(p.why, "duration 3.2 s (log 100 ms), service=dns 100 % (log 13 %)");
    p.reason[0] = (struct reason){.what = "colour", .here = -1234567.8, .log = 0.0123456, .z = 2};
    p.n_reasons = 1;
    why_write(&p, t, 0);
    assert_string_equal(p.why, "colour -1,234,568 (log 0.0123)");
    p.n_reasons = 0;
    why_write(&p, t, 0);
    assert_string_equal(p.why, "3 rows near the log's average");
    table_unref(t);
}

/* A line that names the same two as one above says which. */
static void test_same_as_above(void **state)
{
    static const char *const row[] = {
        "1\t10.0.0.1\t1\t10.0.0.9\t80\ttcp\t-\t1\t0\t0\tREJ",
        "2\t10.0.0.1\t1\t10.0.0.9\t81\ttcp\t-\t1\t0\t0\tREJ",
        "3\t10.0.0.1\t1\t10.0.0.8\t81\ttcp\t-\t1\t0\t0\tREJ",
        "4\t10.0.0.1\t1\t10.0.0.9\t81\ttcp\t-\t1\t0\t0\tREJ",
        "5\t10.0.0.1\t1\t10.0.0.8\t81\ttcp\t-\t1\t0\t0\tREJ",
        "6\t10.0.0.1\t1\t10.0.0.7\t81\ttcp\t-\t1\t0\t0\tREJ",
        "7\t10.0.0.1\t1\t10.0.0.9\t82\ttcp\t-\t1\t0\t0\tREJ",
    };
    static const char *const want[] = {
        "10.0.0.1 -> 10.0.0.9 tcp/80: refused, no bytes",
        "10.0.0.1 -> 10.0.0.9 tcp/81: refused, no bytes (as 1)",
        /* Three hosts, none named: like no other, though the commonest pairs are alike. */
        "REFUSED 10.0.0.1 -> 3 hosts tcp/81: 100 % refused, no bytes",
        "10.0.0.1 -> 10.0.0.8 tcp/81: refused, no bytes",
        "10.0.0.1 -> 10.0.0.9 tcp/82: refused, no bytes (as 1)",
    };
    uint8_t label[] = {0, 1, 2, 2, 3, 2, 4};
    double value[7] = {0};
    struct fixture_clustering f;
    struct err err = ERR_INIT;
    struct table *t = fixture_table(row, 7);
    (void)state;
    fixture_clustering(&f, t, label, value, 5);
    assert_int_equal(fixture_profile(&f, t, NULL, NULL, &err), 0);
    for (uint32_t i = 0; i < 5; i++)
        assert_string_equal(f.c.profile[i].why, want[i]);
    fixture_clustering_free(&f);
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
    why_write(&p, t, 0);
    assert_string_equal(p.why, "10.0.0.1 -> 10.0.0.2");
    p.n_reasons = 1;
    p.reason[0] = (struct reason){.what = "size", .here = 12, .log = 3, .z = 2};
    why_write(&p, t, 0);
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
    why_write(&p, t, 0);
    mem_fail_at(0, false);
    assert_true(p.why[0] != '\0');
    table_unref(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_to_one),
        cmocka_unit_test(test_shares_of_parties),
        cmocka_unit_test(test_outcomes),
        cmocka_unit_test(test_words_and_rhythm),
        cmocka_unit_test(test_mixed_protocols),
        cmocka_unit_test(test_icmp),
        cmocka_unit_test(test_ports),
        cmocka_unit_test(test_services),
        cmocka_unit_test(test_rhythm_of_one_of_many),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_room),
        cmocka_unit_test(test_hostile_address),
        cmocka_unit_test(test_other_logs),
        cmocka_unit_test(test_addresses_only),
        cmocka_unit_test(test_same_as_above),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
