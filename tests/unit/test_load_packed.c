/* load.h on packed inputs: the table is that of the text, for any threads and chunks; damage keeps
 * the rows before it, and never half a row. */
#include "tests/unit/load_fixture.h"
#include "tests/unit/pack.h"

#include <pthread.h>

static void *cancel_with_the_first_rows(void *job)
{
    struct progress p;
    do {
        job_progress(job, &p);
        (void)sched_yield();
    } while (p.rows_good == 0);
    job_cancel(job);
    return NULL;
}

static void add_packed(struct buf *out, const char *bytes, size_t n, bool zstd)
{
    if (zstd)
        add_zstd(out, bytes, n, 0);
    else
        add_gzip(out, bytes, n);
}

static void make_log(struct buf *log, unsigned rows)
{
    buf_add_text(log, SHORT_HEAD);
    for (unsigned i = 0; i < rows; i++)
        add_row(log, i, i % 100 == 99 ? "x\tone too many" : "n");
}

/* Paths and facts of files aside, which differ. */
static void same_rows(const struct table *want, const struct table *got)
{
    assert_int_equal(got->n_rows, want->n_rows);
    assert_int_equal(got->rows_rejected, want->rows_rejected);
    same_columns(want, got);
    for (uint64_t r = 0; r < want->n_rows; r++)
        assert_true(same_row(want, got, r));
}

static void as_the_text(void **state)
{
    static const size_t chunks[] = {0, 64, 5000};
    struct buf log = BUF_INIT;
    struct table *want;
    (void)state;
    make_log(&log, 3000);
    want = load_one(put_buf("plain.log", &log), 0, 1);
    for (int zstd = 0; zstd < 2; zstd++) {
        struct buf packed = BUF_INIT;
        add_packed(&packed, log.ptr, 70001, zstd == 1);
        add_packed(&packed, log.ptr + 70001, log.len - 70001, zstd == 1);
        (void)put_buf("conn.log", &packed);
        for (size_t i = 0; i < ARRAY_LEN(chunks); i++) {
            for (uint32_t threads = 1; threads <= 3; threads += 2) {
                struct table *t = load_one(in_dir("conn.log"), chunks[i], threads);
                same_rows(want, t);
                assert_true(t->input[0].spooled && t->spool_fd >= 0);
                assert_int_equal(t->input[0].state, INPUT_LOADED);
                assert_int_equal(t->input[0].size, packed.len);
                assert_int_equal(t->input[0].text_bytes, log.len);
                assert_string_equal(text_at(t, 2000, "ts"), text_at(want, 2000, "ts"));
                table_unref(t);
            }
        }
        buf_release(&packed);
    }
    table_unref(want);
    buf_release(&log);
}

/* Cut anywhere: the rows are the first ones of the whole, none of them is half a row, and the cut is
 * told. */
static void cut_at_every_byte(void **state)
{
    struct buf log = BUF_INIT;
    struct table *want;
    (void)state;
    make_log(&log, 99);
    want = load_one(put_buf("plain.log", &log), 0, 1);
    for (int zstd = 0; zstd < 2; zstd++) {
        struct buf packed = BUF_INIT;
        uint64_t most = 0;
        add_packed(&packed, log.ptr, log.len, zstd == 1);
        for (size_t n = zstd ? 4 : 2; n < packed.len; n += n < packed.len - 20 ? 13 : 1) {
            const char *path = put_bytes("conn.log", packed.ptr, n);
            struct err err;
            struct table *t = try_load(path, n % 2 == 0 ? 64 : 0, 2, &err);
            if (t == NULL) {
                assert_int_equal(err.code, ERR_DATA);
                assert_int_equal(most, 0);
                if (strstr(err.text, "is cut short") == NULL)
                    fail_msg("%zu: %s", n, err.text);
                continue;
            }
            counts_add_up(t);
            assert_int_equal(t->rows_rejected, 0);
            assert_true(t->n_rows >= most && t->n_rows <= want->n_rows);
            for (uint64_t r = 0; r < t->n_rows; r++)
                assert_true(same_row(want, t, r));
            assert_true(t->partial);
            assert_int_equal(t->input[0].state, INPUT_PARTIAL);
            assert_non_null(strstr(t->input[0].problem, "is cut short"));
            assert_true(has_notice(t, "is cut short"));
            most = t->n_rows;
            table_unref(t);
        }
        assert_int_equal(most, want->n_rows); /* only the checksum is missing */
        buf_release(&packed);
    }
    table_unref(want);
    buf_release(&log);
}

/* Damage far behind the first bytes, with several workers: what each has in hand counts. */
static void damage_in_the_middle(void **state)
{
    struct buf log = BUF_INIT, packed = BUF_INIT;
    struct table *want = NULL;
    (void)state;
    make_log(&log, 20000);
    add_gzip(&packed, log.ptr, 600000);
    buf_add(&packed, "\x1f\x8b\x08\0\0\0\0\0\0\3\xff", 11);
    (void)put_buf("conn.log", &packed);
    for (uint32_t threads = 1; threads <= 4; threads++) {
        struct table *t = load_one(in_dir("conn.log"), threads * 3000, threads);
        assert_true(has_notice(t, "gzip data is damaged"));
        assert_true(t->n_rows > 9000);
        if (want == NULL)
            want = t;
        else
            same_rows(want, t);
        if (t != want)
            table_unref(t);
    }
    table_unref(want);
    buf_release(&packed);
    buf_release(&log);
}

/* What follows good data is not read, and takes no row with it: not even one without its LF. */
static void something_behind_the_end(void **state)
{
    static const char last[] = SHORT_HEAD "1.0\ta\tb\t1\tone\n2.0\ta\tb\t1\ttwo";
    struct buf packed = BUF_INIT;
    struct table *t;
    (void)state;
    add_gzip(&packed, last, sizeof last - 1);
    buf_add_text(&packed, "3.0\ta\tb\t1\tthree\n");
    t = load_one(put_buf("conn.log", &packed), 0, 1);
    assert_int_equal(t->n_rows, 2);
    assert_string_equal(text_at(t, 1, "note"), "two");
    assert_true(has_notice(t, "something else follows the gzip data"));
    table_unref(t);
    buf_release(&packed);
}

static void packed_among_plain(void **state)
{
    struct buf a = BUF_INIT, b = BUF_INIT;
    static const char one[] = SHORT_HEAD "1.0\ta\tb\t1\tone\n", two[] = "2.0\ta\tb\t1\ttwo\n";
    const char *paths[4];
    struct load_opts opts = {.path = paths, .n_paths = 4, .threads = 2};
    struct err err = ERR_INIT;
    struct table *t;
    (void)state;
    add_gzip(&a, one, sizeof one - 1);
    add_zstd(&b, SHORT_HEAD, strlen(SHORT_HEAD), 0);
    add_zstd(&b, two, strlen(two), 0);
    paths[0] = put_buf("a.log", &a);
    paths[1] = put_text("b.log", SHORT_HEAD "1.5\ta\tb\t1\tplain\n");
    paths[2] = put_bytes("c.log", a.ptr, 12);
    paths[3] = put_buf("d.log", &b);
    t = load_table(&opts, NULL, &err);
    assert_non_null(t);
    counts_add_up(t);
    assert_int_equal(t->n_rows, 3);
    assert_int_equal(t->input[2].state, INPUT_FAILED);
    assert_non_null(strstr(t->input[2].problem, "is cut short"));
    assert_string_equal(text_at(t, 0, "note"), "one");
    assert_string_equal(text_at(t, 1, "note"), "plain");
    assert_string_equal(text_at(t, 2, "note"), "two");
    table_unref(t);
    buf_release(&a);
    buf_release(&b);
}

static void progress_counts_packed_bytes(void **state)
{
    struct buf log = BUF_INIT, packed = BUF_INIT;
    struct job *job = job_new();
    struct progress p;
    struct err err = ERR_INIT;
    const char *paths[1];
    struct load_opts opts = {.path = paths, .n_paths = 1, .threads = 2, .chunk_bytes = 512};
    struct table *t;
    (void)state;
    make_log(&log, 500);
    add_gzip(&packed, log.ptr, log.len);
    paths[0] = put_buf("conn.log", &packed);
    t = load_table(&opts, job, &err);
    assert_non_null(t);
    job_progress(job, &p);
    assert_int_equal(p.bytes_total, packed.len);
    assert_int_equal(p.bytes_read, packed.len);
    assert_int_equal(p.rows_good, 495);
    table_unref(t);
    job_free(job);
    buf_release(&log);
    buf_release(&packed);
}

/* Text of 200 MB behind a cancel in its first rows: the rows before it stand, none after. */
static void cancelled_half_way(void **state)
{
    struct buf log = BUF_INIT, packed = BUF_INIT;
    struct job *job = job_new();
    struct err err = ERR_INIT;
    const char *paths[1];
    struct load_opts opts = {.path = paths, .n_paths = 1, .threads = 2};
    struct table *t;
    pthread_t thread;
    (void)state;
    make_log(&log, 20000);
    for (int i = 0; i < 200; i++)
        add_zstd(&packed, log.ptr, log.len, 0);
    paths[0] = put_buf("conn.log", &packed);
    assert_int_equal(pthread_create(&thread, NULL, cancel_with_the_first_rows, job), 0);
    t = load_table(&opts, job, &err);
    assert_int_equal(pthread_join(thread, NULL), 0);
    if (t == NULL)
        fail_msg("%s", err.text);
    counts_add_up(t);
    assert_true(t->partial);
    assert_true(t->n_rows > 0 && t->n_rows < 200 * 19800);
    for (uint64_t r = 0; r < t->n_rows; r++)
        assert_true(TABLE_AT(t, r, ts_us) / 1000000 >= 1331901000);
    table_unref(t);
    job_free(job);
    buf_release(&log);
    buf_release(&packed);
}

/* A row limit stops the load while the thread is still unpacking. */
static void stopped_by_a_limit(void **state)
{
    struct buf log = BUF_INIT, packed = BUF_INIT;
    const char *paths[1];
    struct load_opts opts = {.path = paths, .n_paths = 1, .threads = 2, .max_rows = 100};
    struct err err = ERR_INIT;
    (void)state;
    make_log(&log, 60000);
    add_gzip(&packed, log.ptr, log.len);
    paths[0] = put_buf("conn.log", &packed);
    opts.chunk_bytes = 4096;
    assert_null(load_table(&opts, NULL, &err));
    assert_int_equal(err.code, ERR_LIMIT);
    buf_release(&log);
    buf_release(&packed);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(as_the_text),
        CASE(cut_at_every_byte),
        CASE(damage_in_the_middle),
        CASE(progress_counts_packed_bytes),
        CASE(cancelled_half_way),
        CASE(packed_among_plain),
        CASE(something_behind_the_end),
        CASE(stopped_by_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
