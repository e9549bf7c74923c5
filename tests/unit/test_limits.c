/* What no machine of today has room for: more rows and addresses than have numbers (by lowered limits), rows
 * beyond 4 GiB, lines beyond 2^32 (by places that begin there). */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/conn_fixture.h"
#include "tests/unit/load_fixture.h"

#include "core/query/rowset.h"
#include "core/table/table_impl.h"

/* 100 rows of 50 originators and 13 responders. */
static const char *hundred_rows(const char *name)
{
    struct buf b = BUF_INIT;
    const char *path;
    buf_add_text(&b, SHORT_HEAD);
    for (unsigned i = 0; i < 100; i++)
        buf_printf(&b, "%u.5\t10.0.0.%u\t192.168.1.%u\t%u\tnote %u\n", 1700000000 + i, i % 50,
                   i % 13, i * 37, i);
    path = put_buf(name, &b);
    buf_release(&b);
    return path;
}

/* One address more than there may be ends the load with a sentence, wherever it stands. */
static void an_address_limit(void **state)
{
    static const uint32_t threads[] = {1, 3};
    const char *paths[] = {hundred_rows("conn.log")};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
        struct err err = ERR_INIT;
        struct load_opts opts = {.path = paths,
                                 .n_paths = 1,
                                 .threads = threads[i],
                                 .chunk_bytes = 256,
                                 .max_addrs = 63};
        struct table *t = load_table(&opts, NULL, &err);
        assert_non_null(t);
        assert_int_equal(table_n_addrs(t), 63);
        assert_int_equal(t->n_rows, 100);
        table_unref(t);
        opts.max_addrs = 62;
        assert_null(load_table(&opts, NULL, &err));
        assert_int_equal(err.code, ERR_LIMIT);
        assert_non_null(strstr(err.text, "more than 62 different addresses"));
    }
}

/* The table of a file, as if what it was loaded from had begun at `shift`. */
static void move_rows(struct table *t, uint64_t shift, const char *path)
{
    struct input *in = &t->input[0];
    struct stat st;
    for (uint64_t row = 0; row < t->n_rows; row += INDEX_GROUP) {
        struct row_index *index = table_block(t, row)->index;
        index->base[(row & (TABLE_BLOCK_ROWS - 1)) / INDEX_GROUP] += shift;
    }
    in->text_bytes += shift;
    assert_int_equal(stat(path, &st), 0);
    in->size = (uint64_t)st.st_size;
    in->mtime_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
}

/* Writes the text of the file once more at `shift`, with nothing but a hole and a line end in between. */
static bool copy_far(const char *path, uint64_t shift)
{
    char text[16384];
    int fd = open(path, O_RDWR | O_CLOEXEC);
    ssize_t n = pread(fd, text, sizeof text, 0);
    bool done;
    assert_true(fd >= 0 && n > 0 && n < (ssize_t)sizeof text);
    done = pwrite(fd, "\n", 1, (off_t)shift - 1) == 1 &&
           pwrite(fd, text, (size_t)n, (off_t)shift) == n;
    close(fd);
    return done;
}

/* Rows that begin beyond 4 GiB are read again, sorted, found and filtered like others. */
static void rows_beyond_four_gibibytes(void **state)
{
    static const uint64_t shift[] = {((uint64_t)1 << 32) - 2000, ((uint64_t)1 << 32) + 1,
                                     (uint64_t)5 << 32};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(shift); i++) {
        const char *path = hundred_rows("conn.log");
        struct table *t = load_one(path, 0, 1);
        struct err err = ERR_INIT;
        struct rowset all, sorted;
        struct find f;
        if (!copy_far(path, shift[i]))
            skip(); /* no files of this size here */
        move_rows(t, shift[i], path);
        for (uint64_t row = 0; row < 100; row++) {
            char note[16];
            (void)snprintf(note, sizeof note, "note %u", (unsigned)row);
            assert_true(table_row_offset(t, row) > shift[i]);
            assert_string_equal(text_at(t, row, "note"), note);
        }
        assert_int_equal(rowset_of_cluster(&all, t, NULL, CLUSTER_ALL, NULL, &err), 0);
        assert_int_equal(rowset_sort(&sorted, &all, t, 4, false, NULL, &err), 0);
        assert_int_equal(sorted.row[2], 10); /* note 0, note 1, note 10 */
        assert_int_equal(rowset_find(&f, &sorted, t, span_of("note 99"), NULL, &err), 0);
        assert_int_equal(f.n_hits, 1);
        find_release(&f);
        rowset_release(&sorted);
        rowset_release(&all);
        table_unref(t);
    }
}

/* Lines are counted beyond 2^32, in what is said of rejected ones too. */
static void lines_beyond_two_to_the_32(void **state)
{
    const uint64_t base = (uint64_t)3 << 32;
    struct err err = ERR_INIT;
    struct table_builder *b = table_builder_new(&err);
    struct batch *batch = batch_new();
    struct layout *layout = fixture_layout(b, "ts\tid.orig_h");
    struct field f[2] = {{span_of("1.0"), FIELD_VALUE, false},
                         {span_of("10.0.0.1"), FIELD_VALUE, false}};
    struct table *t;
    (void)state;
    assert_int_equal(table_builder_add_input(b, "conn.log", &err), 0);
    batch_row(batch, layout, (uint64_t)1 << 50, 1, f);
    batch_reject(batch, REJECT_TOO_MANY, 2, 3);
    batch_set_lines(batch, 2);
    assert_int_equal(table_append(b, 0, layout, batch, base, &err), 0);
    batch_free(batch);
    table_builder_reject(b, 0, REJECT_TOO_MANY, base + 7);
    t = table_seal(b, false, &err);
    assert_non_null(t);
    assert_int_equal(t->n_rejected, 2);
    assert_true(t->rejected[0].line == base + 2);
    assert_true(t->rejected[1].line == base + 7);
    assert_true(table_row_offset(t, 0) == (uint64_t)1 << 50);
    table_unref(t);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {CASE(an_address_limit), CASE(rows_beyond_four_gibibytes),
                                       CASE(lines_beyond_two_to_the_32)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
