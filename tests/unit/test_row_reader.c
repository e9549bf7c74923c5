/* row_reader.h: rows read again from files that stay, shrink, grow, change or go away. */
#include "tests/unit/load_fixture.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "core/base/mem.h"
#include "core/base/rng.h"

static struct row_reader *reader_of(const struct table *t, size_t window)
{
    struct err err = ERR_INIT;
    struct row_reader *r = row_reader_new(t, window, &err);
    if (r == NULL)
        fail_msg("%s", err.text);
    return r;
}

static const struct row *get(struct row_reader *r, uint64_t row)
{
    struct err err = ERR_INIT;
    const struct row *out;
    assert_int_equal(row_reader_get(r, row, &out, &err), 0);
    assert_int_equal(out->number, row);
    return out;
}

/* A log of n rows whose notes have all lengths; row i ends in `#i`. */
static const char *put_log(const char *name, unsigned n, bool newline)
{
    struct buf b = BUF_INIT;
    struct rng rng;
    const char *path;
    rng_init(&rng, 9, 0);
    buf_add_text(&b, SHORT_HEAD);
    for (unsigned i = 0; i < n; i++) {
        char note[420];
        size_t len = rng_u64(&rng) % (i % 20 == 0 ? 400 : 30);
        memset(note, 'x', len);
        (void)snprintf(note + len, sizeof note - len, "#%u", i);
        add_row(&b, i, note);
    }
    if (!newline)
        b.len--;
    path = put_buf(name, &b);
    buf_release(&b);
    return path;
}

static bool ends_in_number(const struct row *row)
{
    char end[16];
    size_t n = (size_t)snprintf(end, sizeof end, "#%llu", (unsigned long long)row->number);
    struct span note = row->field[4].text;
    return !row->gone && note.len >= n && memcmp(note.ptr + note.len - n, end, n) == 0;
}

static void overwrite(const char *path, off_t at, const char *bytes)
{
    int fd = open(path, O_WRONLY);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes, strlen(bytes), at), strlen(bytes));
    assert_int_equal(close(fd), 0);
}

/* Any order, any window: every row is itself. */
static void any_order_any_window(void **state)
{
    static const size_t windows[] = {1, 64, 100, 4096, 0};
    struct table *t = load_one(put_log("conn.log", 500, true), 0, 1);
    struct rng rng;
    (void)state;
    rng_init(&rng, 4, 0);
    for (size_t w = 0; w < ARRAY_LEN(windows); w++) {
        struct row_reader *r = reader_of(t, windows[w]);
        for (uint64_t i = 0; i < 500; i++)
            assert_true(ends_in_number(get(r, i)));
        for (uint64_t i = 500; i-- > 0;)
            assert_true(ends_in_number(get(r, i)));
        for (int i = 0; i < 500; i++)
            assert_true(ends_in_number(get(r, rng_u64(&rng) % 500)));
        assert_int_equal(row_reader_gone(r), 0);
        assert_string_equal(row_reader_problem(r), "");
        row_reader_free(r);
    }
    table_unref(t);
}

/* Bytes that this process has read so far, or -1 where the system does not say. */
static long long bytes_read(void)
{
    FILE *f = fopen("/proc/self/io", "r");
    long long n = -1;
    if (f == NULL)
        return -1;
    if (fscanf(f, "rchar: %lld", &n) != 1)
        n = -1;
    (void)fclose(f);
    return n;
}

/* Rows in any order cost little more than themselves, rows one after the other one pass. */
static void a_jump_reads_little(void **state)
{
    const uint64_t n_rows = 20000;
    struct table *t;
    struct row_reader *r;
    struct rng rng;
    long long before, jumps, pass, size;
    (void)state;
    if (bytes_read() < 0)
        skip();
    t = load_one(put_log("conn.log", (unsigned)n_rows, true), 0, 1);
    size = (long long)t->input[0].size;
    assert_true(size > 1000000);
    rng_init(&rng, 6, 0);
    r = reader_of(t, 0);
    before = bytes_read();
    for (int i = 0; i < 500; i++)
        assert_true(ends_in_number(get(r, rng_u64(&rng) % n_rows)));
    jumps = bytes_read() - before;
    before = bytes_read();
    for (uint64_t i = 0; i < n_rows; i++)
        assert_true(ends_in_number(get(r, i)));
    pass = bytes_read() - before;
    assert_true(jumps < 500 * 8192);
    assert_true(pass >= size - 262144 && pass < size + size / 10);
    row_reader_free(r);
    table_unref(t);
}

/* The longest row that there may be, through the smallest window, between short ones. */
static void a_row_of_a_mebibyte(void **state)
{
    struct buf b = BUF_INIT;
    struct table *t;
    struct row_reader *r;
    (void)state;
    buf_add_text(&b, SHORT_HEAD);
    add_row(&b, 0, "#0");
    buf_add_text(&b, "1.5\ta\tb\t1\t");
    for (size_t i = 10; i < ((size_t)1 << 20) - 2; i++)
        buf_add_char(&b, 'x');
    buf_add_text(&b, "#1\n");
    add_row(&b, 2, "#2");
    t = load_one(put_buf("conn.log", &b), 0, 1);
    assert_int_equal(t->n_rows, 3);
    r = reader_of(t, 1);
    for (uint64_t i = 0; i < 9; i++)
        assert_true(ends_in_number(get(r, i * 2 % 3)));
    assert_int_equal(get(r, 1)->text.len, (size_t)1 << 20);
    row_reader_free(r);
    table_unref(t);
    buf_release(&b);
}

static void a_row_in_the_tables_order(void **state)
{
    static const char text[] =
        SHORT_HEAD "1.5\t10.0.0.1\t10.0.0.2\t7\ta\\x09b\\\\c\n"
                   "#fields\tnote\tts\textra\n#types\tstring\ttime\tstring\n-\t2.5\t(empty)\r\n";
    struct table *t = load_one(put_text("conn.log", text), 0, 1);
    struct row_reader *r = reader_of(t, 0);
    struct buf scratch = BUF_INIT;
    const struct row *row = get(r, 0);
    (void)state;
    assert_true(span_is(row->text, "1.5\t10.0.0.1\t10.0.0.2\t7\ta\\x09b\\\\c"));
    assert_true(span_is(row->field[4].text, "a\\x09b\\\\c")); /* the log's own bytes ... */
    assert_true(row->field[4].escaped);
    assert_true(span_is(field_decode(&row->field[4], &scratch), "a\tb\\c")); /* ... and decoded */
    assert_int_equal(row->field[5].state, FIELD_ABSENT);
    row = get(r, 1);
    assert_true(span_is(row->text, "-\t2.5\t(empty)"));
    assert_true(span_is(row->field[0].text, "2.5"));
    assert_int_equal(row->field[1].state, FIELD_ABSENT);
    assert_int_equal(row->field[4].state, FIELD_UNSET);
    assert_int_equal(row->field[5].state, FIELD_EMPTY);
    buf_release(&scratch);
    row_reader_free(r);
    table_unref(t);
}

/* The reader keeps the table; several files take turns. */
static void two_files_and_one_reader(void **state)
{
    const char *const paths[] = {put_log("a.log", 40, true), put_log("b.log", 30, false)};
    struct load_opts opts = {.path = paths, .n_paths = 2, .threads = 1};
    struct err err = ERR_INIT;
    struct table *t = load_table(&opts, NULL, &err);
    struct row_reader *r;
    (void)state;
    assert_non_null(t);
    r = reader_of(t, 256);
    table_unref(t);
    for (uint64_t i = 0; i < 30; i++) {
        const struct row *row = get(r, i);
        assert_true(ends_in_number(row));
        row = get(r, 40 + i); /* the same row of the other file */
        assert_false(row->gone);
        assert_true(span_starts(row->text, "13319010"));
        assert_int_equal(row->text.ptr[row->text.len - 1], '0' + (int)(i % 10));
    }
    row_reader_free(r);
}

/* ---- files that do not stay as they were ---- */

static void deleted(void **state)
{
    const char *path = put_log("conn.log", 50, true);
    struct table *t = load_one(path, 0, 1);
    struct row_reader *before = reader_of(t, 64), *after;
    (void)state;
    assert_true(ends_in_number(get(before, 0)));
    assert_int_equal(unlink(path), 0);
    assert_true(ends_in_number(get(before, 40))); /* an open file stays readable */
    after = reader_of(t, 64);
    for (uint64_t i = 0; i < 3; i++) {
        const struct row *row = get(after, i);
        assert_true(row->gone);
        assert_int_equal(row->text.len, 0);
        for (size_t c = 0; c < t->schema.n; c++)
            assert_int_equal(row->field[c].state, FIELD_ABSENT);
    }
    assert_int_equal(row_reader_gone(after), 3);
    assert_non_null(strstr(row_reader_problem(after), "no longer there"));
    assert_non_null(strstr(row_reader_problem(after), "conn.log"));
    row_reader_free(before);
    row_reader_free(after);
    table_unref(t);
}

/* Another file under the name, though it looks the same. */
static void replaced(void **state)
{
    const char *path = put_log("conn.log", 50, true);
    struct table *t = load_one(path, 0, 1);
    struct row_reader *r;
    (void)state;
    assert_int_equal(rename(put_log("new.log", 50, true), path), 0);
    r = reader_of(t, 0);
    assert_true(get(r, 7)->gone);
    assert_non_null(strstr(row_reader_problem(r), "changed"));
    row_reader_free(r);
    table_unref(t);
}

static void replaced_by_a_directory_or_a_pipe(void **state)
{
    const char *path = put_log("conn.log", 5, true);
    struct table *t = load_one(path, 0, 1);
    (void)state;
    assert_int_equal(unlink(path), 0);
    for (int i = 0; i < 2; i++) {
        struct row_reader *r;
        assert_int_equal(i == 0 ? mkdir(path, 0700) : mkfifo(path, 0600), 0);
        r = reader_of(t, 0);
        assert_true(get(r, 0)->gone); /* and does not wait for a writer */
        row_reader_free(r);
        assert_int_equal(remove(path), 0);
    }
    table_unref(t);
}

/* Cut off before it is opened again: nothing in it can be trusted. */
static void truncated_before_opening(void **state)
{
    const char *path = put_log("conn.log", 50, true);
    struct table *t = load_one(path, 0, 1);
    struct row_reader *r;
    (void)state;
    assert_int_equal(truncate(path, (off_t)t->input[0].size - 1), 0);
    r = reader_of(t, 0);
    assert_true(get(r, 0)->gone);
    assert_true(get(r, 49)->gone);
    assert_int_equal(row_reader_gone(r), 2);
    row_reader_free(r);
    table_unref(t);
}

/* Cut off in the middle of a row while it is open, at every byte of that row. */
static void truncated_while_open(void **state)
{
    const char *path = put_log("conn.log", 50, true);
    struct table *t = load_one(path, 0, 1);
    uint64_t begin = table_row_offset(t, 30), end = table_row_offset(t, 31);
    (void)state;
    assert_true(end > begin + 30);
    for (uint64_t cut = end - 1; cut >= begin; cut--) {
        struct row_reader *r;
        (void)put_log("conn.log", 50, true); /* the same bytes into the same file */
        table_unref(t);
        t = load_one(path, 0, 1);
        r = reader_of(t, 64);
        assert_true(ends_in_number(get(r, 0)));
        assert_int_equal(truncate(path, (off_t)cut), 0);
        if (!get(r, 30)->gone)
            fail_msg("cut at byte %llu of the row", (unsigned long long)(cut - begin));
        assert_true(get(r, 31)->gone);
        assert_true(get(r, 49)->gone);
        assert_true(ends_in_number(get(r, 29)));
        assert_int_equal(row_reader_gone(r), 3);
        assert_non_null(strstr(row_reader_problem(r), "no longer where they were"));
        row_reader_free(r);
    }
    table_unref(t);
}

/* A log that is still written: the rows that were loaded stay, the last one too, although it had
 * no newline then and goes on now. */
static void grown(void **state)
{
    const char *path = put_log("conn.log", 50, false);
    struct table *t = load_one(path, 0, 1);
    struct row_reader *open_before = reader_of(t, 64), *r;
    FILE *f;
    (void)state;
    assert_true(ends_in_number(get(open_before, 49)));
    f = fopen(path, "a");
    assert_non_null(f);
    assert_true(fputs("and more\n1.5\ta\tb\t1\tx\n", f) >= 0);
    assert_int_equal(fclose(f), 0);
    r = reader_of(t, 64);
    for (uint64_t i = 0; i < 50; i++) {
        assert_true(ends_in_number(get(r, i)));
        assert_true(ends_in_number(get(open_before, 49 - i)));
    }
    assert_int_equal(row_reader_gone(r), 0);
    row_reader_free(r);
    row_reader_free(open_before);
    table_unref(t);
}

/* Other bytes in the same file, of the same size: seen by its time before opening, by the line ends
 * afterwards. */
static void overwritten(void **state)
{
    const char *path = put_log("conn.log", 50, true);
    struct table *t = load_one(path, 0, 1);
    struct row_reader *open_before = reader_of(t, 64), *r;
    struct timespec times[2] = {{.tv_sec = 5}, {.tv_sec = 5}};
    (void)state;
    assert_true(ends_in_number(get(open_before, 0)));
    overwrite(path, (off_t)table_row_offset(t, 20) - 1, "?");      /* no line end before row 20 */
    overwrite(path, (off_t)table_row_offset(t, 30) + 3, "\t\t\t"); /* too many fields in row 30 */
    assert_true(get(open_before, 20)->gone);
    assert_true(get(open_before, 30)->gone);
    assert_true(ends_in_number(get(open_before, 40)));
    assert_int_equal(row_reader_gone(open_before), 2);
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
    r = reader_of(t, 64);
    assert_true(get(r, 40)->gone);
    assert_non_null(strstr(row_reader_problem(r), "changed"));
    row_reader_free(open_before);
    row_reader_free(r);
    table_unref(t);
}

static void short_memory(void **state)
{
    struct table *t = load_one(put_log("conn.log", 50, true), 0, 1);
    struct err err = ERR_INIT;
    struct row_reader *r;
    const struct row *row;
    (void)state;
    for (uint64_t n = 1; n <= 4; n++) {
        mem_fail_at(n, false);
        assert_null(row_reader_new(t, 64, &err));
        mem_fail_at(0, false);
        assert_int_equal(err.code, ERR_LIMIT);
    }
    r = reader_of(t, 1);
    assert_true(table_row_offset(t, 1) - table_row_offset(t, 0) > 64);
    mem_fail_at(1, false); /* row 0 is longer than the window */
    err = (struct err)ERR_INIT;
    assert_int_equal(row_reader_get(r, 0, &row, &err), -1);
    assert_int_equal(err.code, ERR_LIMIT);
    mem_fail_at(0, false);
    assert_true(ends_in_number(get(r, 0))); /* and goes on afterwards */
    row_reader_free(r);
    table_unref(t);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(any_order_any_window),
        CASE(a_jump_reads_little),
        CASE(a_row_of_a_mebibyte),
        CASE(a_row_in_the_tables_order),
        CASE(two_files_and_one_reader),
        CASE(deleted),
        CASE(replaced),
        CASE(replaced_by_a_directory_or_a_pipe),
        CASE(truncated_before_opening),
        CASE(truncated_while_open),
        CASE(grown),
        CASE(overwritten),
        CASE(short_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
