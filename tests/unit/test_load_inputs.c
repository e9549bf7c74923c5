/* load.h: several inputs, pipes, cancelling, short memory. */
#include "tests/unit/load_fixture.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "core/base/mem.h"
#include "core/format/format.h"

/* ---- several inputs ---- */

static void good_among_bad(void **state)
{
    const char *const paths[] = {
        in_dir("missing.log"), put_text("a.log", SHORT_HEAD "1.0\ta\tb\t1\tn\n"), "/dev/zero",
        put_text("empty.log", ""), put_text("b.log", SHORT_HEAD "2.0\tb\tc\t1\tm\n2.0\tb\n")};
    struct load_opts opts = {.path = paths, .n_paths = 5, .threads = 2};
    struct err err = ERR_INIT;
    struct table *t = load_table(&opts, NULL, &err);
    (void)state;
    if (t == NULL)
        fail_msg("%s", err.text);
    counts_add_up(t);
    assert_int_equal(t->n_inputs, 5);
    assert_int_equal(t->n_rows, 2);
    assert_int_equal(t->rows_rejected, 1);
    assert_int_equal(t->reject[REJECT_TOO_FEW].first_input, 4);
    assert_int_equal(t->reject[REJECT_TOO_FEW].first_line, 9);
    assert_int_equal(t->input[0].state, INPUT_FAILED);
    assert_non_null(strstr(t->input[0].problem, "missing.log"));
    assert_int_equal(t->input[1].state, INPUT_LOADED);
    assert_int_equal(t->input[2].state, INPUT_FAILED);
    assert_non_null(strstr(t->input[2].problem, "device"));
    assert_int_equal(t->input[3].state, INPUT_FAILED);
    assert_int_equal(t->input[4].rows_loaded, 1);
    assert_true(has_notice(t, "missing.log"));
    assert_string_equal(text_at(t, 1, "note"), "m");
    assert_int_equal(table_segment(t, 1)->input, 4);
    assert_true(t->first_ts_us == 1000000 && t->last_ts_us == 2000000);
    table_unref(t);
}

static void nothing_to_open_is_an_io_error(void **state)
{
    const char *const paths[] = {in_dir("missing1.log"), in_dir("missing2.log")};
    const char *const mixed[] = {in_dir("missing1.log"), put_text("head.log", SHORT_HEAD)};
    struct load_opts opts = {.path = paths, .n_paths = 2, .threads = 1};
    struct err err = ERR_INIT;
    (void)state;
    assert_null(load_table(&opts, NULL, &err));
    assert_int_equal(err.code, ERR_IO);
    assert_non_null(strstr(err.text, "missing1.log")); /* the first input's own error */
    opts.path = mixed;
    err = (struct err)ERR_INIT;
    assert_null(load_table(&opts, NULL, &err));
    assert_int_equal(err.code, ERR_DATA); /* one was read, and held no row */
}

/* Files whose columns differ: the union by name, in order of appearance. */
static void union_of_columns(void **state)
{
    const char *const paths[] = {
        put_text("a.log", "#separator \\x09\n#fields\tts\tx\n#types\ttime\tcount\n1.0\t5\n"),
        put_text("b.csv", "y,ts,x\nhello,2.0,6\nagain,3.0,7\n")};
    struct load_opts opts = {.path = paths, .n_paths = 2, .threads = 3, .chunk_bytes = 64};
    struct err err = ERR_INIT;
    struct table *t = load_table(&opts, NULL, &err);
    (void)state;
    if (t == NULL)
        fail_msg("%s", err.text);
    counts_add_up(t);
    assert_int_equal(t->n_rows, 3);
    assert_int_equal(t->schema.n, 3);
    assert_string_equal(t->schema.col[2].name, "y");
    assert_string_equal(t->input[1].format, "csv");
    assert_string_equal(text_at(t, 0, "y"), "<absent>");
    assert_string_equal(text_at(t, 2, "y"), "again");
    assert_string_equal(text_at(t, 2, "x"), "7");
    assert_true(TABLE_AT(t, 2, ts_us) == 3000000);
    table_unref(t);
}

/* Two files that spell the same column differently: one role, so one column. */
static void two_spellings_of_one_column(void **state)
{
    const char *const paths[] = {
        put_text("a.log", "#separator \\x09\n#fields\tts\tid.orig_h\n#types\ttime\taddr\n"
                          "1.0\t10.0.0.1\n"),
        put_text("b.csv", "ts,src_ip\n2.0,10.0.0.2\n")};
    struct load_opts opts = {.path = paths, .n_paths = 2, .threads = 1};
    struct err err = ERR_INIT;
    struct table *t = load_table(&opts, NULL, &err);
    (void)state;
    if (t == NULL)
        fail_msg("%s", err.text);
    assert_int_equal(t->n_rows, 2);
    assert_true(span_is(table_addr_text(t, TABLE_AT(t, 1, orig)), "10.0.0.2"));
    assert_string_equal(text_at(t, 1, "id.orig_h"), "10.0.0.2");
    table_unref(t);
}

static void strange_file_names(void **state)
{
    static const char *const names[] = {"\x1b]0;x\x07.log", "new\nline.log", "-rf", "--help",
                                        "%s%n"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct table *t = load_one(put_text(names[i], SHORT_HEAD "1.0\ta\tb\t1\tn\n"), 0, 1);
        struct err err;
        assert_int_equal(t->n_rows, 1);
        assert_string_equal(text_at(t, 0, "note"), "n");
        table_unref(t);
        assert_null(try_load(put_text(names[i], ""), 0, 1, &err));
        assert_int_equal(err.code, ERR_DATA);
        assert_non_null(strstr(err.text, names[i]));
    }
}

static void a_row_limit(void **state)
{
    struct buf b = BUF_INIT;
    struct err err = ERR_INIT;
    const char *paths[1];
    struct load_opts opts = {.path = paths, .n_paths = 1, .threads = 2, .chunk_bytes = 64};
    struct table *t;
    (void)state;
    buf_add_text(&b, SHORT_HEAD);
    for (unsigned i = 0; i < 100; i++)
        add_row(&b, i, "n");
    paths[0] = put_buf("conn.log", &b);
    opts.max_rows = 100;
    t = load_table(&opts, NULL, &err);
    assert_non_null(t);
    assert_int_equal(t->n_rows, 100);
    table_unref(t);
    opts.max_rows = 99;
    assert_null(load_table(&opts, NULL, &err));
    assert_int_equal(err.code, ERR_LIMIT);
    assert_non_null(strstr(err.text, "99"));
    buf_release(&b);
}

/* ---- streams and cancelling ---- */

struct feeder {
    const char *path;
    const char *text;
    size_t n;
    struct job *job; /* cancelled when all is written and read, and kept open until then */
};

static void *feed(void *user)
{
    struct feeder *f = user;
    struct progress p;
    int fd = open(f->path, O_WRONLY);
    size_t at = 0;
    while (fd >= 0 && at < f->n) {
        ssize_t n = write(fd, f->text + at, f->n - at < 777 ? f->n - at : 777);
        if (n <= 0)
            break;
        at += (size_t)n;
    }
    if (f->job != NULL) {
        do {
            job_progress(f->job, &p);
            (void)sched_yield();
        } while (p.rows_good == 0 && f->n > FORMAT_HEAD_BYTES);
        job_cancel(f->job);
    }
    if (fd >= 0)
        close(fd);
    return NULL;
}

static struct table *load_fifo(struct feeder *f, struct job *job, struct err *err)
{
    const char *const paths[] = {f->path};
    struct load_opts opts = {.path = paths, .n_paths = 1, .threads = 3};
    pthread_t thread;
    struct table *t;
    *err = (struct err)ERR_INIT;
    assert_int_equal(pthread_create(&thread, NULL, feed, f), 0);
    t = load_table(&opts, job, err);
    assert_int_equal(pthread_join(thread, NULL), 0);
    return t;
}

/* What came through a pipe is what a file gives, and can be read again. */
static void a_pipe_is_like_a_file(void **state)
{
    struct buf b = BUF_INIT;
    struct table *want, *got;
    struct err err;
    struct feeder f;
    (void)state;
    buf_add_text(&b, SHORT_HEAD);
    for (unsigned i = 0; i < 5000; i++)
        add_row(&b, i, i % 100 == 0 ? "x\tone too many" : "n");
    want = load_one(put_buf("conn.log", &b), 0, 1);
    f = (struct feeder){in_dir("fifo"), b.ptr, b.len, NULL};
    assert_int_equal(mkfifo(f.path, 0600), 0);
    got = load_fifo(&f, NULL, &err);
    if (got == NULL)
        fail_msg("%s", err.text);
    counts_add_up(got);
    same_tables(want, got);
    assert_true(got->input[0].spooled && got->spool_fd >= 0);
    assert_string_equal(text_at(got, 4949, "ts"), text_at(want, 4949, "ts"));
    table_unref(want);
    table_unref(got);
    buf_release(&b);
}

/* Nothing comes: the wait can be cancelled. */
static void a_silent_pipe_can_be_cancelled(void **state)
{
    struct job *job = job_new();
    struct err err;
    struct feeder f = {in_dir("fifo"), "", 0, job};
    (void)state;
    assert_int_equal(mkfifo(f.path, 0600), 0);
    assert_null(load_fifo(&f, job, &err));
    assert_int_equal(err.code, ERR_CANCELLED);
    job_free(job);
}

/* Rows that came before the cancel stand, from the first on, without a hole. */
static void cancelled_half_way(void **state)
{
    struct buf b = BUF_INIT;
    struct table *want, *got;
    struct job *job = job_new();
    struct err err;
    struct feeder f;
    (void)state;
    buf_add_text(&b, SHORT_HEAD);
    for (unsigned i = 0; i < 8000; i++)
        add_row(&b, i, "n");
    want = load_one(put_buf("conn.log", &b), 0, 1);
    f = (struct feeder){in_dir("fifo"), b.ptr, b.len, job};
    assert_int_equal(mkfifo(f.path, 0600), 0);
    got = load_fifo(&f, job, &err);
    if (got == NULL)
        fail_msg("%s", err.text);
    counts_add_up(got);
    assert_true(got->partial);
    assert_true(got->n_rows > 0 && got->n_rows <= 8000);
    for (uint64_t r = 0; r < got->n_rows; r++)
        assert_true(same_row(want, got, r));
    table_unref(want);
    table_unref(got);
    job_free(job);
    buf_release(&b);
}

/* Writes all, and cancels once the other side has it. */
static void *feed_and_cancel(void *user)
{
    struct feeder *f = user;
    int fd = open(f->path, O_WRONLY), left = 1;
    size_t at = 0;
    while (fd >= 0 && at < f->n) {
        ssize_t n = write(fd, f->text + at, f->n - at);
        if (n <= 0)
            break;
        at += (size_t)n;
    }
    while (fd >= 0 && left > 0 && ioctl(fd, FIONREAD, &left) == 0)
        (void)sched_yield();
    job_cancel(f->job);
    if (fd >= 0)
        close(fd);
    return NULL;
}

/* What had come of another log while conn was looked for stands, too. */
static void cancelled_while_conn_is_looked_for(void **state)
{
    struct buf b = BUF_INIT;
    struct job *job = job_new();
    struct feeder f = {in_dir("fifo"), NULL, 0, job};
    const char *const paths[] = {f.path};
    struct load_opts opts = {.path = paths, .n_paths = 1, .threads = 2};
    struct err err = ERR_INIT;
    struct table *t;
    pthread_t thread;
    (void)state;
    for (unsigned i = 0; i < 3000; i++)
        buf_printf(&b, "{\"_path\":\"dns\",\"ts\":%u.5,\"query\":\"a%u.example\"}\n", i, i);
    f.text = b.ptr;
    f.n = b.len;
    assert_true(b.len > FORMAT_HEAD_BYTES);
    assert_int_equal(mkfifo(f.path, 0600), 0);
    assert_int_equal(pthread_create(&thread, NULL, feed_and_cancel, &f), 0);
    t = load_table(&opts, job, &err);
    assert_int_equal(pthread_join(thread, NULL), 0);
    if (t == NULL)
        fail_msg("%s", err.text);
    counts_add_up(t);
    assert_true(t->partial && t->n_rows > 0 && t->n_rows <= 3000);
    assert_string_equal(t->input[0].kind, "dns");
    table_unref(t);
    job_free(job);
    buf_release(&b);
}

static void cancelled_before_it_began(void **state)
{
    const char *const paths[] = {put_text("conn.log", SHORT_HEAD "1.0\ta\tb\t1\tn\n")};
    struct load_opts opts = {.path = paths, .n_paths = 1, .threads = 1};
    struct job *job = job_new();
    struct err err = ERR_INIT;
    (void)state;
    job_cancel(job);
    assert_null(load_table(&opts, job, &err));
    assert_int_equal(err.code, ERR_CANCELLED);
    job_free(job);
}

static void progress_ends_at_the_whole(void **state)
{
    struct buf b = BUF_INIT;
    struct job *job = job_new();
    struct progress p;
    struct err err = ERR_INIT;
    const char *paths[1];
    struct load_opts opts = {.path = paths, .n_paths = 1, .threads = 2, .chunk_bytes = 512};
    struct table *t;
    (void)state;
    buf_add_text(&b, SHORT_HEAD);
    for (unsigned i = 0; i < 500; i++)
        add_row(&b, i, i % 10 == 0 ? "x\ty" : "n");
    paths[0] = put_buf("conn.log", &b);
    t = load_table(&opts, job, &err);
    assert_non_null(t);
    job_progress(job, &p);
    assert_int_equal(p.bytes_total, b.len);
    assert_int_equal(p.bytes_read, b.len);
    assert_int_equal(p.rows_good, 450);
    assert_int_equal(p.rows_bad, 50);
    table_unref(t);
    job_free(job);
    buf_release(&b);
}

/* ---- short memory ---- */

static void every_allocation_may_fail(void **state)
{
    struct buf b = BUF_INIT;
    struct err err;
    struct table *t;
    uint64_t total;
    (void)state;
    buf_add_text(&b, SHORT_HEAD);
    for (unsigned i = 0; i < 6; i++)
        add_row(&b, i, i == 3 ? "x\ty" : "n");
    buf_add_text(&b, "#fields\ta\tb\n1\t2\n");
    (void)put_buf("conn.log", &b);
    mem_fail_at(0, false);
    t = try_load(in_dir("conn.log"), 64, 1, &err);
    total = mem_requests();
    assert_non_null(t);
    table_unref(t);
    assert_true(total > 20);
    for (uint64_t n = 1; n <= total; n++) {
        mem_fail_at(n, false);
        t = try_load(in_dir("conn.log"), 64, 1, &err);
        mem_fail_at(0, false);
        if (t == NULL && err.code != ERR_LIMIT)
            fail_msg("allocation %llu: %s", (unsigned long long)n, err.text);
        else if (t !=
                 NULL) /* something that can be done without: a notice, the list of rejected rows */
            counts_add_up(t);
        table_unref(t);
    }
    buf_release(&b);
}

/* The same rows for any chunks and threads, in every format; what is outside is counted, not kept. */
static void only_rows_of_a_time(void **state)
{
    const char *paths[3];
    struct load_opts opts = {.path = paths, .n_paths = 3, .ranged = true};
    static const size_t chunks[] = {0, 64, 300};
    struct buf tsv = BUF_INIT, json = BUF_INIT, csv = BUF_INIT;
    struct table *want = NULL;
    struct err err = ERR_INIT;
    (void)state;
    buf_add_text(&tsv, SHORT_HEAD);
    buf_add_text(&csv, "ts,id.orig_h,id.resp_h,orig_bytes,note\n");
    for (unsigned i = 0; i < 300; i++) {
        unsigned ts = 1000 + i * 7 % 300;
        buf_printf(&tsv, i % 50 == 3 ? "-\tt%u\tb\t1\tn\n" : "%u\tt%u\tb\t1\tn\n",
                   i % 50 == 3 ? i : ts, i);
        buf_printf(&json, "{\"ts\":%u.0,\"id.orig_h\":\"j%u\",\"orig_bytes\":%u}\n", ts, i, i);
        buf_printf(&csv, "%u.5,c%u,b,4294967299,\"n\"%s\n", ts, i, i % 40 == 7 ? ",x" : "");
    }
    paths[0] = put_buf("a.log", &tsv);
    paths[1] = put_buf("b.json", &json);
    paths[2] = put_buf("c.csv", &csv);
    opts.from_us = INT64_C(1100000000);
    opts.to_us = INT64_C(1200000000);
    for (size_t c = 0; c < ARRAY_LEN(chunks); c++) {
        for (uint32_t threads = 1; threads <= 3; threads += 2) {
            struct table *t;
            opts.chunk_bytes = chunks[c];
            opts.threads = threads;
            t = load_table(&opts, NULL, &err);
            if (t == NULL)
                fail_msg("%s", err.text);
            counts_add_up(t);
            assert_int_equal(t->rows_read, 900);
            assert_true(t->first_ts_us >= opts.from_us && t->last_ts_us < opts.to_us);
            assert_int_equal(t->input[1].rows_loaded, 100);
            assert_int_equal(t->input[1].rows_outside, 200);
            assert_int_equal(t->outside_first_us, 1000000000);
            assert_int_equal(t->outside_last_us, 1299500000);
            for (uint64_t r = 0; r < t->n_rows; r++)
                assert_true(TABLE_AT(t, r, ts_us) >= opts.from_us);
            if (want == NULL) {
                want = t;
                continue;
            }
            same_tables(want, t);
            assert_int_equal(t->rows_outside, want->rows_outside);
            table_unref(t);
        }
    }
    assert_string_equal(text_at(want, want->n_rows - 1, "note"), "n");
    table_unref(want);
    buf_release(&tsv);
    buf_release(&json);
    buf_release(&csv);
}

static void allocations_of_a_directory_may_fail(void **state)
{
    uint64_t total;
    struct err err;
    struct table *t;
    (void)state;
    (void)put_text("a.log", SHORT_HEAD "1.0\ta\tb\t1\tn\n2.0\ta\tb\t1\tm\n");
    (void)put_text("b.log", "#separator \\x09\n#path\tdns\n#fields\tts\tx\n1.0\ty\n");
    (void)put_text("c.json", "{\"_path\":\"http\",\"ts\":1.0}\n");
    (void)put_text("prose", "words and\nmore words\n");
    (void)put_text("empty.log", "");
    assert_int_equal(link(in_dir("a.log"), in_dir("z.log")), 0);
    mem_fail_at(0, false);
    t = try_load(dir, 0, 1, &err);
    total = mem_requests();
    assert_non_null(t);
    assert_int_equal(t->n_rows, 2);
    assert_int_equal(t->n_inputs, 6);
    table_unref(t);
    for (uint64_t n = 1; n <= total; n++) {
        mem_fail_at(n, false);
        t = try_load(dir, 0, 1, &err);
        mem_fail_at(0, false);
        if (t == NULL && err.code != ERR_LIMIT)
            fail_msg("allocation %llu: %s", (unsigned long long)n, err.text);
        else if (t != NULL)
            counts_add_up(t);
        table_unref(t);
    }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(good_among_bad),
        CASE(nothing_to_open_is_an_io_error),
        CASE(union_of_columns),
        CASE(two_spellings_of_one_column),
        CASE(strange_file_names),
        CASE(a_row_limit),
        CASE(a_pipe_is_like_a_file),
        CASE(a_silent_pipe_can_be_cancelled),
        CASE(cancelled_half_way),
        CASE(cancelled_before_it_began),
        CASE(cancelled_while_conn_is_looked_for),
        CASE(progress_ends_at_the_whole),
        CASE(only_rows_of_a_time),
        CASE(allocations_of_a_directory_may_fail),
        CASE(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
