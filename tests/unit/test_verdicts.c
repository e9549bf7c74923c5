/* verdicts.h, verdict_file.h: lines, precedence, limits, growth, short memory. */
#include "tests/unit/conn_fixture.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

#include "core/export/verdict_file.h"

static struct verdicts *parsed(const char *text)
{
    struct err err = ERR_INIT;
    struct verdicts *v = verdicts_parse("v.txt", span_of(text), &err);
    if (v == NULL)
        fail_msg("%s", err.text);
    return v;
}

static enum verdict on(const struct verdicts *v, const char *text)
{
    struct addr addr;
    assert_true(addr_parse(span_of(text), &addr));
    return verdicts_of_addr(v, &addr);
}

/* ---- lines ---- */

static void a_line_reads_back_as_it_is_written(void **state)
{
    static const struct {
        const char *in, *out;
    } list[] = {
        {"10.0.0.1", "suspect addr = 10.0.0.1\n"},
        {"  10.0.0.0/8 ", "suspect net = 10.0.0.0/8\n"},
        {"10.0.0.1/32", "suspect addr = 10.0.0.1\n"},
        {"10.0.0.1\t17", "suspect addr = 10.0.0.1\n"},
        {"10.0.0.1   0", "suspect addr = 10.0.0.1\n"},
        {"2001:DB8::1", "suspect addr = 2001:db8::1\n"},
        {"2001:db8::/32", "suspect net = 2001:db8::/32\n"},
        {"fe80::1%eth0", "suspect addr = fe80::1\n"},
        {"::ffff:10.0.0.1", "suspect addr = 10.0.0.1\n"},
        {"benign addr = 10.0.0.1", "benign addr = 10.0.0.1\n"},
        {"suspect addr=10.0.0.1", "suspect addr = 10.0.0.1\n"},
        {"benign \t net = 10.1.2.3/8", "benign net = 10.1.2.3/8\n"},
        {"benign net = 0.0.0.0/0", "benign net = 0.0.0.0/0\n"},
        {"benign net = ::/0", "benign net = ::/0\n"},
        {"benign net = ::ffff:0:0/90", "benign net = ::ffff:0.0.0.0/90\n"},
        {"benign net = 10.0.0.1", "benign net = 10.0.0.1/32\n"},
        {"benign pair = 10.0.0.1 10.0.0.2 443 TCP", "benign pair = 10.0.0.1 10.0.0.2 443 tcp\n"},
        {"suspect pair = ::1  fe80::2\t0 -", "suspect pair = ::1 fe80::2 0 -\n"},
        {"suspect pair = ::1 ::2 65535 unknown_transport",
         "suspect pair = ::1 ::2 65535 unknown_transport\n"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(list); i++) {
        struct verdict_line line, again;
        struct err err = ERR_INIT;
        struct buf out = BUF_INIT;
        if (verdict_line_parse(&line, span_of(list[i].in), &err) != 0)
            fail_msg("%s: %s", list[i].in, err.text);
        verdict_line_write(&line, &out);
        assert_string_equal(buf_text(&out), list[i].out);
        assert_int_equal(verdict_line_parse(&again, span_make(out.ptr, out.len - 1), &err), 0);
        assert_memory_equal(&again.net, &line.net, sizeof line.net);
        assert_memory_equal(&again.resp, &line.resp, sizeof line.resp);
        assert_int_equal(again.verdict, line.verdict);
        assert_int_equal(again.port, line.port);
        assert_string_equal(again.proto, line.proto);
        buf_release(&out);
    }
}

static void a_bad_line_refuses_the_file(void **state)
{
    static const struct {
        const char *line, *says;
    } list[] = {
        {"junk", "v.txt:3: 'junk' is no verdict"},
        {"evil.example", "is no verdict"},
        {"10.0.0.256", "is no verdict"},
        {"010.0.0.1", "is no verdict"},
        {"10.0.0.0/33", "is no verdict"},
        {"10.0.0.1 # the printer", "a comment stands on a line of its own"},
        {"10.0.0.0/8 ; SBL1", "a comment stands on a line of its own"},
        {"10.0.0.1 10.0.0.2", "follows the address"},
        {"10.0.0.1 -5", "follows the address"},
        {"evil addr = 10.0.0.1", "unknown key 'evil addr'"},
        {"benign = 10.0.0.1", "unknown key 'benign'"},
        {"benign addr twice = 10.0.0.1", "unknown key"},
        {"= 10.0.0.1", "unknown key ''"},
        {"Benign addr = 10.0.0.1", "unknown key"},
        {"benign addr =", "'' is no address"},
        {"benign addr = 10.0.0.1 # x", "is no address"},
        {"benign addr = 10.0.0.0/8", "is a network: write net, not addr"},
        {"benign net = 10.0.0.0/8 9", "is no network"},
        {"benign net = tcp", "is no network"},
        {"benign pair = 10.0.0.1 10.0.0.2", "a pair is two addresses"},
        {"benign pair = 10.0.0.1 10.0.0.2 443", "a pair is two addresses"},
        {"benign pair = 10.0.0.1 10.0.0.2 443 tcp x", "a pair is two addresses"},
        {"benign pair = a 10.0.0.2 443 tcp", "'a' is no address"},
        {"benign pair = 10.0.0.1 10.0.0.0/8 443 tcp", "'10.0.0.0/8' is no address"},
        {"benign pair = 10.0.0.1 10.0.0.2 65536 tcp", "'65536' is no port"},
        {"benign pair = 10.0.0.1 10.0.0.2 000443 tcp", "is no port"},
        {"benign pair = 10.0.0.1 10.0.0.2 * tcp", "is no port"},
        {"benign pair = 10.0.0.1 10.0.0.2 443 t\x01p", "is no protocol"},
        {"benign pair = 10.0.0.1 10.0.0.2 443 t2345678901234567890123456789012", "is no protocol"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(list); i++) {
        struct err err = ERR_INIT;
        struct buf text = BUF_INIT;
        buf_printf(&text, "10.0.0.9\n# a comment\n%s\n10.0.0.8\n", list[i].line);
        assert_null(verdicts_parse("v.txt", buf_span(&text), &err));
        if (strstr(err.text, list[i].says) == NULL || err.code != ERR_USAGE || err.line != 3)
            fail_msg("%s: %d %s", list[i].line, (int)err.code, err.text);
        buf_release(&text);
    }
}

static void a_bare_word_names_its_line_first(void **state)
{
    struct err err = ERR_INIT;
    (void)state;
    assert_null(verdicts_parse("v.txt", span_of("\n\n\nx y\n"), &err));
    assert_int_equal(strncmp(err.text, "v.txt:4: 'x y' is no verdict", 28), 0);
}

static void what_a_list_may_look_like(void **state)
{
    struct verdicts *v = parsed("\xef\xbb\xbf# feed\r\n\r\n  # more\r\n10.0.0.1\r\n 10.0.0.2\t9\r\n"
                                "benign addr = 10.0.0.3\r\n10.0.0.4");
    (void)state;
    assert_int_equal(verdicts_lines(v), 4);
    assert_string_equal(verdicts_path(v), "v.txt");
    assert_int_equal(on(v, "10.0.0.1"), VERDICT_SUSPECT);
    assert_int_equal(on(v, "10.0.0.2"), VERDICT_SUSPECT);
    assert_int_equal(on(v, "10.0.0.3"), VERDICT_BENIGN);
    assert_int_equal(on(v, "10.0.0.4"), VERDICT_SUSPECT);
    assert_int_equal(on(v, "10.0.0.5"), VERDICT_NONE);
    verdicts_unref(v);
    v = parsed("");
    assert_int_equal(verdicts_lines(v), 0);
    assert_int_equal(on(v, "10.0.0.1"), VERDICT_NONE);
    verdicts_unref(v);
}

static void limits(void **state)
{
    struct err err = ERR_INIT;
    struct buf text = BUF_INIT;
    (void)state;
    assert_null(verdicts_parse("v", span_make("10.0.0.1\n\0", 10), &err));
    assert_int_equal(err.code, ERR_USAGE);
    assert_non_null(strstr(err.text, "NUL"));
    /* Only the length is looked at. */
    assert_null(verdicts_parse("v", span_make("", VERDICTS_MAX_BYTES + 1), &err));
    assert_int_equal(err.code, ERR_LIMIT);
    assert_null(verdicts_load("/dev/zero", false, &err));
    assert_int_equal(err.code, ERR_LIMIT);
    assert_string_equal(err.text, "/dev/zero: is too long: at most 65536 KiB");
    for (int i = 0; i < 254; i++)
        buf_printf(&text, "benign pair = ::1 ::2 1 p%d\n", i);
    verdicts_unref(parsed(buf_text(&text)));
    buf_add_text(&text, "benign pair = ::1 ::2 1 P0\nbenign pair = ::1 ::2 1 one-more\n");
    assert_null(verdicts_parse("v", buf_span(&text), &err));
    assert_string_equal(err.text, "v:256: more than 254 different protocols");
    buf_release(&text);
}

/* ---- precedence ---- */

static void an_address_beats_the_longest_network(void **state)
{
    struct verdicts *v = parsed("benign addr = 10.1.2.3\n"
                                "suspect net = 10.1.2.0/24\n"
                                "benign net = 10.0.0.0/8\n"
                                "suspect net = 0.0.0.0/0\n"
                                "suspect net = 2001:db8::/32\n"
                                "benign net = 2001:db8:0:1::/65\n");
    (void)state;
    assert_int_equal(on(v, "10.1.2.3"), VERDICT_BENIGN);
    assert_int_equal(on(v, "10.1.2.4"), VERDICT_SUSPECT);
    assert_int_equal(on(v, "10.1.3.4"), VERDICT_BENIGN);
    assert_int_equal(on(v, "11.0.0.1"), VERDICT_SUSPECT);
    assert_int_equal(on(v, "::ffff:10.1.2.3"), VERDICT_BENIGN);
    assert_int_equal(on(v, "2001:db8::1"), VERDICT_SUSPECT);
    assert_int_equal(on(v, "2001:db8:0:1:7fff::"), VERDICT_BENIGN);
    assert_int_equal(on(v, "2001:db8:0:1:8000::"), VERDICT_SUSPECT);
    assert_int_equal(on(v, "2001:db9::1"), VERDICT_NONE);
    verdicts_unref(v);
}

static void the_later_line_counts(void **state)
{
    struct verdicts *v = parsed("benign addr = 10.0.0.1\n10.0.0.1\n"
                                "suspect net = 10.1.0.0/16\nbenign net = 10.1.9.9/16\n"
                                "10.0.0.2/32\nbenign addr = 10.0.0.2\n");
    (void)state;
    assert_int_equal(on(v, "10.0.0.1"), VERDICT_SUSPECT);
    assert_int_equal(on(v, "10.1.0.1"), VERDICT_BENIGN);
    assert_int_equal(on(v, "10.0.0.2"), VERDICT_BENIGN);
    assert_int_equal(verdicts_lines(v), 6);
    verdicts_unref(v);
}

static void an_ipv6_network_of_everything_has_no_ipv4(void **state)
{
    struct verdicts *v = parsed("::/0\n");
    (void)state;
    assert_int_equal(on(v, "::1"), VERDICT_SUSPECT);
    assert_int_equal(on(v, "10.0.0.1"), VERDICT_NONE);
    verdicts_unref(v);
    v = parsed("::ffff:0:0/90\n");
    assert_int_equal(on(v, "10.0.0.1"), VERDICT_SUSPECT);
    assert_int_equal(on(v, "::1"), VERDICT_NONE);
    verdicts_unref(v);
}

/* ---- rows ---- */

#define ROW(orig, resp, port, proto) "1\t" orig "\t1\t" resp "\t" port "\t" proto "\t-\t-\t-\t-\tSF"

static void expect_rows(const char *text, const char *const *row, const char *want, size_t n)
{
    struct verdicts *v = parsed(text);
    struct table *t = fixture_table(row, n);
    struct err err = ERR_INIT;
    const struct verdict_map *m = verdicts_bind(v, t, &err);
    assert_non_null(m);
    assert_ptr_equal(verdict_map_of(m), v);
    verdicts_unref(v); /* the map keeps its own */
    for (size_t i = 0; i < n; i++) {
        char is = "-bs"[verdict_of_row(m, t, i)];
        if (is != want[i])
            fail_msg("%s: row %zu is %c, not %c", text, i, is, want[i]);
    }
    verdict_map_unref(m);
    table_unref(t);
}

static void either_side_decides_and_suspect_wins(void **state)
{
    static const char *const row[] = {
        ROW("10.0.0.1", "8.8.8.8", "53", "udp"),
        ROW("8.8.8.8", "10.0.0.1", "53", "udp"),
        ROW("10.0.0.1", "6.6.6.6", "80", "tcp"),
        ROW("6.6.6.6", "10.0.0.2", "80", "tcp"),
        ROW("10.0.0.2", "9.9.9.9", "80", "tcp"),
        ROW("-", "10.0.0.1", "80", "tcp"),
        ROW("-", "-", "80", "tcp"),
        ROW("host.example", "6.6.6.6", "80", "tcp"),
    };
    (void)state;
    expect_rows("benign addr = 10.0.0.1\n6.6.6.6\n", row, "bbss-b-s", ARRAY_LEN(row));
    expect_rows("benign net = 10.0.0.0/8\n6.6.0.0/16\n", row, "bbssbb-s", ARRAY_LEN(row));
    expect_rows("", row, "--------", ARRAY_LEN(row));
}

static void a_pair_is_exact_and_beats_all(void **state)
{
    static const char *const row[] = {
        ROW("10.0.0.1", "6.6.6.6", "443", "tcp"), ROW("6.6.6.6", "10.0.0.1", "443", "tcp"),
        ROW("10.0.0.1", "6.6.6.6", "80", "tcp"),  ROW("10.0.0.1", "6.6.6.6", "443", "udp"),
        ROW("10.0.0.2", "6.6.6.6", "443", "tcp"), ROW("10.0.0.1", "6.6.6.6", "443", "TCP"),
        ROW("10.0.0.3", "6.6.6.6", "-", "-"),     ROW("::ffff:10.0.0.1", "6.6.6.6", "443", "tcp"),
    };
    (void)state;
    expect_rows("benign pair = 10.0.0.1 6.6.6.6 443 tcp\n", row, "b----b-b", ARRAY_LEN(row));
    expect_rows("benign pair = 10.0.0.1 6.6.6.6 443 tcp\n6.6.6.6\n", row, "bssssbsb",
                ARRAY_LEN(row));
    expect_rows("suspect pair = 10.0.0.1 6.6.6.6 443 tcp\nbenign net = 0.0.0.0/0\n", row,
                "sbbbbsbs", ARRAY_LEN(row));
    expect_rows("suspect pair = 10.0.0.1 6.6.6.6 443 tcp\n"
                "benign pair = 10.0.0.1 6.6.6.6 443 TCP\n",
                row, "b----b-b", ARRAY_LEN(row));
    expect_rows("suspect pair = 10.0.0.3 6.6.6.6 0 -\n", row, "------s-", ARRAY_LEN(row));
    expect_rows("suspect pair = 10.0.0.1 6.6.6.6 443 icmp\n", row, "--------", ARRAY_LEN(row));
}

static void without_a_map_there_is_no_verdict(void **state)
{
    static const char *const row[] = {ROW("10.0.0.1", "6.6.6.6", "443", "tcp")};
    struct table *t = fixture_table(row, 1);
    (void)state;
    assert_int_equal(verdict_of_row(NULL, t, 0), VERDICT_NONE);
    assert_int_equal(verdict_of_addr(NULL, 0), VERDICT_NONE);
    assert_null(verdict_map_of(NULL));
    assert_null(verdicts_ref(NULL));
    verdict_map_unref(NULL);
    verdicts_unref(NULL);
    table_unref(t);
}

/* ---- growing ---- */

static void lines_of_a_table(void **state)
{
    static const char *const row[] = {ROW("10.0.0.1", "fe80::1", "443", "tcp"),
                                      ROW("host", "fe80::1", "443", "tcp"),
                                      ROW("10.0.0.1", "-", "443", "-")};
    struct table *t = fixture_table(row, ARRAY_LEN(row));
    struct verdict_line line;
    struct buf out = BUF_INIT;
    uint32_t host = table_addr_find(t, span_of("host"));
    (void)state;
    assert_true(verdict_line_of_pair(&line, VERDICT_BENIGN, t, 0, 1, 443, 0));
    verdict_line_write(&line, &out);
    assert_true(verdict_line_of_addr(&line, VERDICT_SUSPECT, t, 1));
    verdict_line_write(&line, &out);
    assert_true(verdict_line_of_pair(&line, VERDICT_BENIGN, t, 0, 1, 443, CAT_MISSING));
    verdict_line_write(&line, &out);
    assert_string_equal(buf_text(&out), "benign pair = 10.0.0.1 fe80::1 443 tcp\n"
                                        "suspect addr = fe80::1\n"
                                        "benign pair = 10.0.0.1 fe80::1 443 -\n");
    assert_false(verdict_line_of_addr(&line, VERDICT_BENIGN, t, host));
    assert_false(verdict_line_of_addr(&line, VERDICT_BENIGN, t, ADDR_MISSING));
    assert_false(verdict_line_of_pair(&line, VERDICT_BENIGN, t, host, 1, 443, 0));
    assert_false(verdict_line_of_pair(&line, VERDICT_BENIGN, t, 0, host, 443, 0));
    assert_false(verdict_line_of_pair(&line, VERDICT_BENIGN, t, 0, ADDR_MISSING, 443, 0));
    assert_false(verdict_line_of_pair(&line, VERDICT_BENIGN, t, 0, 1, 443, CAT_OTHER));
    buf_release(&out);
    table_unref(t);
}

static void adding_makes_a_new_one(void **state)
{
    struct verdicts *v = parsed("10.0.0.1\n10.0.0.2\nsuspect pair = ::1 ::2 1 tcp\n"), *more;
    struct verdict_line line[2];
    struct err err = ERR_INIT;
    (void)state;
    assert_int_equal(verdict_line_parse(&line[0], span_of("benign addr = 10.0.0.1"), &err), 0);
    assert_int_equal(verdict_line_parse(&line[1], span_of("benign net = fd00::/8"), &err), 0);
    more = verdicts_add(v, line, 2, &err);
    assert_non_null(more);
    assert_int_equal(on(v, "10.0.0.1"), VERDICT_SUSPECT);
    assert_int_equal(on(v, "fd00::1"), VERDICT_NONE);
    assert_int_equal(on(more, "10.0.0.1"), VERDICT_BENIGN);
    assert_int_equal(on(more, "10.0.0.2"), VERDICT_SUSPECT);
    assert_int_equal(on(more, "fd00::1"), VERDICT_BENIGN);
    assert_int_equal(verdicts_lines(more), 5);
    assert_string_equal(verdicts_path(more), "v.txt");
    verdicts_unref(v);
    verdicts_unref(more);
    more = verdicts_add(NULL, line, 1, &err);
    assert_int_equal(on(more, "10.0.0.1"), VERDICT_BENIGN);
    assert_string_equal(verdicts_path(more), "");
    verdicts_unref(more);
}

static char dir[64], path[128];

static int make_dir(void **state)
{
    (void)state;
    (void)snprintf(dir, sizeof dir, "/tmp/minnow-test-XXXXXX");
    if (mkdtemp(dir) == NULL)
        return -1;
    (void)snprintf(path, sizeof path, "%s/verdicts", dir);
    return 0;
}

static int drop_dir(void **state)
{
    (void)state;
    (void)unlink(path);
    return rmdir(dir);
}

static void expect_bytes(const char *want)
{
    struct buf text = BUF_INIT;
    char piece[256];
    size_t n;
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    while ((n = fread(piece, 1, sizeof piece, f)) > 0)
        buf_add(&text, piece, n);
    (void)fclose(f);
    assert_string_equal(buf_text(&text), want);
    buf_release(&text);
}

static void a_file_grows(void **state)
{
    struct verdict_line line;
    struct verdicts *v;
    struct err err = ERR_INIT;
    struct stat st;
    int fd;
    (void)state;
    assert_null(verdicts_load(path, false, &err));
    assert_int_equal(err.code, ERR_IO);
    v = verdicts_load(path, true, &err);
    assert_non_null(v);
    assert_int_equal(verdicts_lines(v), 0);
    assert_string_equal(verdicts_path(v), path);
    verdicts_unref(v);
    assert_int_equal(verdict_line_parse(&line, span_of("benign addr = 10.0.0.1"), &err), 0);
    assert_int_equal(verdict_file_append(path, NULL, &line, 1, NULL, &err), 0);
    expect_bytes("benign addr = 10.0.0.1\n");
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    /* What is there stays, and a last line without its end gets one. */
    fd = open(path, O_WRONLY | O_TRUNC);
    assert_int_equal(write(fd, "# mine\r\n10.0.0.7", 16), 16);
    assert_int_equal(fchmod(fd, 0640), 0);
    assert_int_equal(close(fd), 0);
    assert_int_equal(verdict_file_append(path, "cluster 3:\n\x1b[2J", &line, 1, NULL, &err), 0);
    expect_bytes("# mine\r\n10.0.0.7\n# cluster 3:\\x0a\\x1b[2J\nbenign addr = 10.0.0.1\n");
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640);
    v = verdicts_load(path, false, &err);
    assert_non_null(v);
    assert_int_equal(on(v, "10.0.0.1"), VERDICT_BENIGN);
    assert_int_equal(on(v, "10.0.0.7"), VERDICT_SUSPECT);
    verdicts_unref(v);
    assert_null(verdicts_load(dir, false, &err));
    assert_int_equal(err.code, ERR_IO);
    assert_int_equal(verdict_file_append(dir, NULL, &line, 1, NULL, &err), -1);
    assert_int_equal(err.code, ERR_IO);
}

static void what_was_noted_last_is_taken_back(void **state)
{
    struct verdict_line line, other;
    struct err err = ERR_INIT;
    (void)state;
    (void)unlink(path);
    assert_int_equal(verdict_line_parse(&line, span_of("benign addr = 10.0.0.1"), &err), 0);
    assert_int_equal(verdict_line_parse(&other, span_of("10.0.0.2"), &err), 0);
    assert_int_equal(verdict_file_append(path, NULL, &other, 1, NULL, &err), 0);
    assert_int_equal(verdict_file_append(path, "why\n", &line, 1, NULL, &err), 0);
    expect_bytes("suspect addr = 10.0.0.2\n# why\\x0a\nbenign addr = 10.0.0.1\n");
    /* Not what stands there. */
    assert_int_equal(verdict_file_take_back(path, "why", &line, 1, NULL, &err), -1);
    assert_int_equal(err.code, ERR_DATA);
    assert_int_equal(verdict_file_take_back(path, "why\n", &other, 1, NULL, &err), -1);
    assert_int_equal(verdict_file_take_back(path, "why\n", &line, 1, NULL, &err), 0);
    expect_bytes("suspect addr = 10.0.0.2\n");
    assert_int_equal(verdict_file_take_back(path, "why\n", &line, 1, NULL, &err), -1);
    assert_int_equal(verdict_file_take_back(path, NULL, &other, 1, NULL, &err), 0);
    expect_bytes("");
    assert_int_equal(verdict_file_take_back(path, NULL, &other, 1, NULL, &err), -1);
    assert_int_equal(err.code, ERR_DATA);
}

/* ---- size ---- */

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* CPU time to read n addresses and look all of them up. */
static double time_of(uint32_t n)
{
    struct buf text = BUF_INIT;
    struct verdicts *v;
    double began;
    uint32_t hits = 0;
    for (uint32_t i = 0; i < n; i++)
        buf_printf(&text, "%u.%u.%u.%u\n", 1 + (i >> 16), i >> 8 & 255, i & 255, 7u);
    began = seconds();
    v = parsed(buf_text(&text));
    for (uint32_t i = 0; i < n; i++) {
        struct addr addr = {.kind = ADDR_V4};
        uint8_t last[6] = {0xff, 0xff, (uint8_t)(1 + (i >> 16)), (uint8_t)(i >> 8), (uint8_t)i, 7};
        memcpy(addr.byte + 10, last, sizeof last);
        hits += verdicts_of_addr(v, &addr) == VERDICT_SUSPECT;
    }
    began = seconds() - began;
    assert_int_equal(hits, n);
    assert_int_equal(verdicts_lines(v), n);
    verdicts_unref(v);
    buf_release(&text);
    return began;
}

static void a_long_list_takes_time_by_its_length(void **state)
{
    double small = 1e9, big = 1e9;
    (void)state;
    for (int i = 0; i < 3; i++) {
        double s = time_of(10000), b = time_of(100000);
        small = s < small ? s : small;
        big = b < big ? b : big;
    }
    if (big > small * 40)
        fail_msg("10,000 lines take %.4f s, 100,000 take %.4f s", small, big);
}

static void short_memory_is_an_error(void **state)
{
    static const char *const row[] = {ROW("10.0.0.1", "6.6.6.6", "443", "tcp")};
    struct table *t = fixture_table(row, 1);
    struct verdict_line line;
    struct err err = ERR_INIT;
    struct buf text = BUF_INIT;
    bool done = false;
    (void)state;
    for (int i = 0; i < 100; i++)
        buf_printf(&text, "10.0.0.%d\nbenign pair = ::%d ::2 1 p%d\n", i, i, i % 10);
    assert_int_equal(verdict_line_parse(&line, span_of("benign pair = ::1 ::2 9 new"), &err), 0);
    for (uint64_t at = 1; !done; at++) {
        const struct verdict_map *m = NULL;
        struct verdicts *v, *more = NULL;
        err = (struct err)ERR_INIT;
        mem_fail_at(at, false);
        v = verdicts_parse("v", buf_span(&text), &err);
        if (v != NULL)
            more = verdicts_add(v, &line, 1, &err);
        if (more != NULL)
            m = verdicts_bind(more, t, &err);
        mem_fail_at(0, false);
        done = m != NULL;
        assert_int_equal(err.code, done ? ERR_OK : ERR_LIMIT);
        verdict_map_unref(m);
        verdicts_unref(more);
        verdicts_unref(v);
        assert_true(at < 100);
    }
    buf_release(&text);
    table_unref(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_reads_back_as_it_is_written),
        cmocka_unit_test(a_bad_line_refuses_the_file),
        cmocka_unit_test(a_bare_word_names_its_line_first),
        cmocka_unit_test(what_a_list_may_look_like),
        cmocka_unit_test(limits),
        cmocka_unit_test(an_address_beats_the_longest_network),
        cmocka_unit_test(the_later_line_counts),
        cmocka_unit_test(an_ipv6_network_of_everything_has_no_ipv4),
        cmocka_unit_test(either_side_decides_and_suspect_wins),
        cmocka_unit_test(a_pair_is_exact_and_beats_all),
        cmocka_unit_test(without_a_map_there_is_no_verdict),
        cmocka_unit_test(lines_of_a_table),
        cmocka_unit_test(adding_makes_a_new_one),
        cmocka_unit_test_setup_teardown(a_file_grows, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(what_was_noted_last_is_taken_back, make_dir, drop_dir),
        cmocka_unit_test(a_long_list_takes_time_by_its_length),
        cmocka_unit_test(short_memory_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
