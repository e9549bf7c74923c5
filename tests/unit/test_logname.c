/* logname.h: kinds and hours in the names of files. */
#include "tests/unit/unit.h"

#include "core/base/attr.h"
#include "core/io/logname.h"

static void kinds(void **state)
{
    static const struct {
        const char *path, *kind;
    } cases[] = {
        {"conn.log", "conn"},
        {"/logs/2026-11-23/conn.00:00:00-01:00:00.log.gz", "conn"},
        {"conn.2026-11-23-00-00-00.log", "conn"},
        {"monday.conn.log.zst", "conn"},
        {"m57-long.2011-09-08.0f.7d151b4.conn.log.gz", "conn"},
        {"capture.conn.log.labeled", "conn"},
        {"dns.json", "dns"},
        {"x509.log", "x509"},
        {"known_hosts.log", "known_hosts"},
        {"open_conn.log", "open_conn"},
        {"conn-summary.10:00:00-11:00:00.log.gz", "conn-summary"},
        {"flows1.csv", ""},
        {"conn", ""},
        {"log", ""},
        {".log", ""},
        {"log.gz", ""},
        {"2026-11-23.log", ""},
        {"20261123.log.log", ""},
        {"a\x1b[2J.log", ""},
        {"", ""},
        {"conn.log/other", ""},
        {"dir.log/", ""},
        {"a234567890123456789012345678901234567890123456789012345678901234567890.log", ""},
    };
    char kind[LOGNAME_KIND];
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        logname_kind(cases[i].path, kind);
        if (strcmp(kind, cases[i].kind) != 0)
            fail_msg("%s: %s", cases[i].path, kind);
    }
    assert_string_equal(logname_read_as("open_conn"), "conn");
    assert_string_equal(logname_read_as("dns"), "dns");
    assert_true(logname_is_summary("d/conn-summary.10:00:00-11:00:00.log.gz"));
    assert_false(logname_is_summary("conn-summary/conn.log"));
}

#define DAY INT64_C(1795392000) /* 2026-11-23 */
#define H   INT64_C(3600)

static void hours(void **state)
{
    static const struct {
        const char *path;
        int64_t first, end; /* seconds of the day; 0, 0: not in that form */
    } cases[] = {
        {"2026-11-23/conn.00:00:00-01:00:00.log.gz", 0, H},
        {"/logs/2026-11-23/dns.13:00:00-14:30:00.log", 13 * H, 14 * H + 1800},
        {"a/2026-11-23/conn.23:00:00-00:00:00.log.gz", 23 * H, 24 * H},
        {"2026-11-23/conn.log", 0, 0},
        {"2026-11-23/conn.00:00:00-01:00:00.csv", 0, 0},
        {"2026-11-23/conn.00:00:00-1:00:00.log", 0, 0},
        {"2026-11-23/conn.00:00:00-25:00:00.log", 0, 0},
        {"2026-13-23/conn.00:00:00-01:00:00.log", 0, 0},
        {"x2026-11-23/conn.00:00:00-01:00:00.log", 0, 0},
        {"conn.00:00:00-01:00:00.log", 0, 0},
        {"/conn.00:00:00-01:00:00.log", 0, 0},
        {"2026-11-23/x/conn.00:00:00-01:00:00.log", 0, 0},
        {"", 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int64_t first = -1, end = -1;
        bool is = logname_hours(cases[i].path, &first, &end);
        if (is != (cases[i].end > 0))
            fail_msg("%s: %d", cases[i].path, is);
        if (is) {
            assert_int_equal(first, (DAY + cases[i].first) * 1000000);
            assert_int_equal(end, (DAY + cases[i].end) * 1000000);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(kinds), cmocka_unit_test(hours)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
