/* The export: what was in the log is in the CSV. */
#include "tests/unit/log_fixture.h"

#include <csv.h>

#include "core/export/export.h"

static int run(struct world *w, const struct export_opts *opts, struct export_result *out,
               struct job *job)
{
    struct export_opts with_path = *opts;
    if (with_path.path == NULL)
        with_path.path = target;
    return export_run(out, w->t, w->c, &with_path, NULL, job, &w->err);
}

/* ---- what stands in the file ---- */

static void test_cluster(void **state)
{
    struct world w;
    struct export_result r;
    (void)state;
    small_world(&w);
    assert_int_equal(run(&w, &(struct export_opts){.cluster = 1}, &r, NULL), 0);
    assert_int_equal(r.rows, 1);
    assert_int_equal(r.gone, 0);
    expect_file(target, "ts,uid,id.orig_h,id.orig_p,id.resp_h,id.resp_p,proto,orig_bytes,note\n"
                        "1003.5,C3,10.0.0.1,4000,10.0.0.2,80,tcp,900000,big\n");
    assert_int_equal(r.bytes, 69 + 51);
    assert_int_equal(n_files(), 2);
    world_release(&w);
}

static void test_columns(void **state)
{
    static const struct {
        const char *columns, *want;
    } cases[] = {
        {"uid", "uid\nC3\n"},
        {"note, uid", "note,uid\nbig,C3\n"},
        {"src_ip", "id.orig_h\n10.0.0.1\n"}, /* an alias */
        {"uid,uid", "uid,uid\nC3,C3\n"},
    };
    struct world w;
    struct export_result r;
    (void)state;
    small_world(&w);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(
            run(&w, &(struct export_opts){.cluster = 1, .columns = cases[i].columns, .force = true},
                &r, NULL),
            0);
        expect_file(target, cases[i].want);
    }
    world_release(&w);
}

static void test_usage_errors(void **state)
{
    static const struct {
        struct export_opts opts;
        const char *says;
    } cases[] = {
        {{.cluster = 1, .columns = "uid,colour"}, "'colour'"},
        {{.cluster = 1, .columns = ""}, "a name is missing"},
        {{.cluster = 1, .columns = "uid,"}, "a name is missing"},
        {{.cluster = 3}, "there is no cluster 3 (1 to 2)"},
        {{.cluster = 0}, "there is no cluster 0"},
    };
    struct world w;
    struct export_result r;
    (void)state;
    small_world(&w);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(run(&w, &cases[i].opts, &r, NULL), -1);
        assert_int_equal(w.err.code, ERR_USAGE);
        assert_non_null(strstr(w.err.text, cases[i].says));
        assert_int_equal(n_files(), 1);
    }
    world_release(&w);
}

static void test_all_with_clusters(void **state)
{
    struct world w;
    struct export_result r;
    (void)state;
    small_world(&w);
    assert_int_equal(
        run(&w, &(struct export_opts){.cluster = CLUSTER_ALL, .columns = "uid"}, &r, NULL), 0);
    expect_file(target, "uid,cluster,distance\nC0,2,0\nC1,2,0\nC2,2,0\nC3,1,0\n");
    assert_int_equal(r.rows, 4);
    world_release(&w);
}

static void test_view_rows(void **state)
{
    uint32_t row[] = {3, 0};
    struct rowset set = {row, 2};
    struct world w;
    struct export_result r;
    (void)state;
    small_world(&w);
    assert_int_equal(
        run(&w, &(struct export_opts){.cluster = 1, .columns = "uid", .rows = &set}, &r, NULL), 0);
    expect_file(target, "uid\nC3\nC0\n");
    world_release(&w);
}

/* The log has columns of these names already, one of them even with the prefix. */
static void test_names_do_not_collide(void **state)
{
    struct buf log = BUF_INIT;
    struct world w;
    struct export_result r;
    (void)state;
    buf_add_text(&log, "#separator \\x09\n#unset_field\t-\n#fields\torig_bytes\tcluster\t"
                       "minnow_cluster\n#types\tcount\tstring\tstring\n"
                       "1\ta\tb\n1\ta\tb\n1\ta\tb\n900000\t-\t\\x2d\n");
    world_of(&w, &log);
    assert_int_equal(run(&w, &(struct export_opts){.cluster = CLUSTER_ALL}, &r, NULL), 0);
    /* The unset mark stays; a value that only looks like it once decoded stays escaped. */
    expect_file(target, "orig_bytes,cluster,minnow_cluster,minnow_minnow_cluster,distance\n"
                        "1,a,b,2,0\n1,a,b,2,0\n1,a,b,2,0\n900000,-,\\x2d,1,0\n");
    world_release(&w);
    buf_release(&log);
}

static void test_empty_line_is_quoted(void **state)
{
    struct buf log = BUF_INIT;
    struct world w;
    struct export_result r;
    (void)state;
    small_log(&log, "");
    world_of(&w, &log);
    assert_int_equal(run(&w, &(struct export_opts){.cluster = 1, .columns = "note"}, &r, NULL), 0);
    expect_file(target, "note\n\"\"\n");
    world_release(&w);
    buf_release(&log);
}

/* ---- round trip through an independent reader ---- */

struct reader {
    size_t fields, rows;
    const struct span *want;
    size_t n_want;
};

static void on_field(void *bytes, size_t n, void *user)
{
    struct reader *r = user;
    size_t i = r->fields++;
    if (i >= N_COLUMNS && (i + 1) % N_COLUMNS == 0) {
        size_t row = i / N_COLUMNS - 1;
        assert_true(row < r->n_want);
        assert_int_equal(n, r->want[row].len);
        assert_memory_equal(bytes, r->want[row].ptr, n);
    }
}

static void on_row(int c, void *user)
{
    struct reader *r = user;
    (void)c;
    r->rows++;
    assert_int_equal(r->fields, r->rows * N_COLUMNS);
}

static int never_space(unsigned char c)
{
    (void)c;
    return 0;
}

static void read_back(const struct span *want, size_t n)
{
    struct buf file = get(target);
    struct reader r = {.want = want, .n_want = n};
    struct csv_parser p;
    assert_int_equal(csv_init(&p, CSV_STRICT | CSV_STRICT_FINI), 0);
    csv_set_space_func(&p, never_space);
    assert_int_equal(csv_parse(&p, file.ptr, file.len, on_field, on_row, &r), file.len);
    assert_int_equal(csv_fini(&p, on_field, on_row, &r), 0);
    assert_int_equal(r.rows, n + 1);
    csv_free(&p);
    buf_release(&file);
}

static const struct hostile {
    const char *in_log;
    struct span raw, guarded;
} hostiles[] = {
#define SAME(log, bytes)                                                                           \
    {                                                                                              \
        log, {bytes, sizeof(bytes) - 1},                                                           \
        {                                                                                          \
            bytes, sizeof(bytes) - 1                                                               \
        }                                                                                          \
    }
    SAME("plain", "plain"),
    SAME("a,b", "a,b"),
    SAME("say \"hi\"", "say \"hi\""),
    SAME("\"", "\""),
    SAME("line\\x0aline", "line\nline"),
    SAME("cr\\x0dlf\\x0a", "cr\rlf\n"),
    SAME("tab\\x09tab", "tab\ttab"),
    SAME("esc\\x1b[2J", "esc\x1b[2J"),
    SAME("nul\\x00nul", "nul\0nul"),
    SAME("back\\\\slash", "back\\slash"),
    SAME(" blanks ", " blanks "),
    SAME("\xff\xfe", "\xff\xfe"),
    SAME("-", "-"),
    SAME("(empty)", "(empty)"),
    SAME("-12.5", "-12.5"),
    SAME("\\x2d", "\\x2d"),
    SAME("\\x28empty)", "\\x28empty)"),
    SAME("", ""),
    {"=cmd()", {"=cmd()", 6}, {"'=cmd()", 7}},
    {"+1+1", {"+1+1", 4}, {"'+1+1", 5}},
    {"@x", {"@x", 2}, {"'@x", 3}},
    {"-x", {"-x", 2}, {"'-x", 3}},
    {"\\x3d1", {"=1", 2}, {"'=1", 3}},
    {"\\x09x", {"\tx", 2}, {"'\tx", 3}},
};

static void round_trip(bool raw)
{
    struct buf log = BUF_INIT;
    struct span want[ARRAY_LEN(hostiles)];
    struct world w;
    struct export_result r;
    buf_add_text(&log, HEAD);
    for (size_t i = 0; i < ARRAY_LEN(hostiles); i++) {
        buf_printf(&log, "1000\tC\t10.0.0.1\t1\t10.0.0.2\t2\ttcp\t%zu\t", i % 2 * 1000);
        buf_add_text(&log, hostiles[i].in_log);
        buf_add_char(&log, '\n');
        want[i] = raw ? hostiles[i].raw : hostiles[i].guarded;
    }
    world_of(&w, &log);
    /* All rows in order, without the added columns. */
    {
        uint32_t row[ARRAY_LEN(hostiles)];
        struct rowset set = {row, ARRAY_LEN(hostiles)};
        for (uint32_t i = 0; i < set.n; i++)
            row[i] = i;
        assert_int_equal(
            run(&w, &(struct export_opts){.cluster = 1, .rows = &set, .raw = raw}, &r, NULL), 0);
    }
    read_back(want, ARRAY_LEN(hostiles));
    world_release(&w);
    buf_release(&log);
}

static void test_round_trip(void **state)
{
    (void)state;
    round_trip(false);
}

static void test_round_trip_raw(void **state)
{
    (void)state;
    round_trip(true);
}

/* Rows enough for several runs and rounds, some of them long, so that a run's lines have to be
 * written before it ends. */
static void big_world(struct world *w, int n)
{
    struct buf log = BUF_INIT;
    char *note = malloc(3000);
    assert_non_null(note);
    memset(note, 'n', 2999);
    note[2999] = '\0';
    buf_add_text(&log, HEAD);
    for (int i = 0; i < n; i++)
        buf_printf(&log, "%d.5\tC%d\t10.0.0.1\t4000\t10.0.0.%d\t80\ttcp\t%d\t%d,%s\n", 1000 + i, i,
                   i % 200, i % 3 == 0 ? 900000 + i : 5, i, i / 3000 == 2 ? note : "-");
    world_of(w, &log);
    buf_release(&log);
    free(note);
}

/* Any number of threads write the same bytes: the whole log, and rows in no order. */
static void test_threads_agree(void **state)
{
    enum { ROWS = 30000 };
    static uint32_t row[ROWS];
    struct rowset set = {row, ROWS};
    struct world w;
    (void)state;
    for (uint32_t i = 0; i < ROWS; i++)
        row[i] = (uint32_t)((uint64_t)i * 7919 % ROWS);
    big_world(&w, ROWS);
    for (int sorted = 0; sorted < 2; sorted++) {
        struct export_opts opts = {.path = target,
                                   .cluster = CLUSTER_ALL,
                                   .columns = sorted ? "uid,note" : NULL,
                                   .rows = sorted ? &set : NULL,
                                   .force = true};
        struct buf one = BUF_INIT;
        for (uint32_t threads = 1; threads <= 5; threads += 2) {
            struct parallel *pool = parallel_new(threads);
            struct job *job = job_new();
            struct export_result r;
            struct buf got;
            assert_true(pool != NULL && job != NULL);
            assert_int_equal(export_run(&r, w.t, w.c, &opts, pool, job, &w.err), 0);
            assert_int_equal(r.rows, ROWS);
            got = get(target);
            assert_int_equal(r.bytes, got.len);
            if (threads == 1) {
                one = got;
            } else {
                assert_int_equal(got.len, one.len);
                assert_memory_equal(got.ptr, one.ptr, one.len);
                buf_release(&got);
            }
            job_free(job);
            parallel_free(pool);
        }
        buf_release(&one);
    }
    world_release(&w);
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(test_cluster),
        T(test_columns),
        T(test_usage_errors),
        T(test_all_with_clusters),
        T(test_view_rows),
        T(test_names_do_not_collide),
        T(test_empty_line_is_quoted),
        T(test_round_trip),
        T(test_round_trip_raw),
        T(test_threads_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
