/* sample.h: rows from the beginning or from all over, whole ones, of every kind of input; and glance.h. */
#include "tests/unit/load_fixture.h"

#include <fcntl.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/sample.h"
#include "tests/unit/pack.h"

#define MANY 40000 /* rows: some 2.5 MB */

static struct table *sample(const char *const *path, size_t n, struct sample_opts opts,
                            struct sample_facts *facts, struct err *err)
{
    struct load_opts load = {.path = path, .n_paths = n};
    opts.load = &load;
    return sample_table(&opts, facts, NULL, err);
}

/* MANY rows of a note that names its row, into a text. */
static void many_rows(struct buf *b)
{
    buf_add_text(b, SHORT_HEAD);
    for (unsigned i = 0; i < MANY; i++) {
        char note[32];
        (void)snprintf(note, sizeof note, "row-%u", i);
        add_row(b, i, note);
    }
}

/* The number in the note of a row. */
static unsigned note_of(struct row_reader *reader, uint64_t row)
{
    struct err err = ERR_INIT;
    const struct row *r;
    assert_int_equal(row_reader_get(reader, row, &r, &err), 0);
    assert_false(r->gone);
    assert_true(span_starts(r->field[4].text, "row-"));
    return (unsigned)strtoul(r->field[4].text.ptr + 4, NULL, 10);
}

/* Rows are whole and in order; gives the first and the last. */
static void check_rows(const struct table *t, unsigned *first, unsigned *last)
{
    struct err err = ERR_INIT;
    struct row_reader *reader = row_reader_new(t, 0, &err);
    assert_non_null(reader);
    assert_int_equal(t->rows_rejected, 0);
    assert_true(t->n_rows > 1);
    *first = *last = note_of(reader, 0);
    for (uint64_t row = 1; row < t->n_rows; row++) {
        unsigned now = note_of(reader, row);
        assert_true(now > *last && now < MANY);
        *last = now;
    }
    row_reader_free(reader);
}

static void rows_from_the_beginning_and_from_all_over(void **state)
{
    struct buf b = BUF_INIT;
    struct err err = ERR_INIT;
    struct sample_facts facts;
    struct table *t;
    unsigned first, last;
    (void)state;
    many_rows(&b);
    const char *path[] = {put_buf("conn.log", &b)};

    t = sample(path, 1, (struct sample_opts){.bytes = 65536}, &facts, &err);
    assert_non_null(t);
    assert_false(facts.spread);
    check_rows(t, &first, &last);
    assert_int_equal(first, 0);
    assert_int_equal(last + 1, t->n_rows);
    assert_true(t->n_rows > 500 && t->n_rows < 3000);
    table_unref(t);

    t = sample(path, 1, (struct sample_opts){.bytes = 1 << 20, .spread = true}, &facts, &err);
    assert_non_null(t);
    assert_true(facts.spread);
    check_rows(t, &first, &last);
    assert_int_equal(first, 0);
    assert_true(last > MANY * 9 / 10);
    assert_true(t->n_rows < MANY / 2);
    table_unref(t);

    /* A part of the log, when that is worth it. */
    t = sample(path, 1, (struct sample_opts){.bytes = 12 << 20, .share = 20, .spread = true},
               &facts, &err);
    assert_null(t);
    assert_int_equal(err.code, ERR_DATA);
    t = sample(path, 1, (struct sample_opts){.bytes = 12 << 20, .share = 1, .spread = true}, &facts,
               &err);
    assert_non_null(t);
    assert_true(t->n_rows <= MANY);
    table_unref(t);

    /* All of it, when it is small. */
    b.len = 0;
    buf_add_text(&b, SHORT_HEAD);
    add_row(&b, 1, "row-1");
    add_row(&b, 2, "row-2");
    path[0] = put_bytes("small.log", b.ptr, b.len - 1); /* without its last line end */
    t = sample(path, 1, (struct sample_opts){.bytes = 65536, .spread = true}, &facts, &err);
    assert_non_null(t);
    assert_int_equal(t->n_rows, 2);
    assert_false(facts.spread);
    table_unref(t);
    buf_release(&b);
}

static void packed_files_give_their_beginning(void **state)
{
    struct buf b = BUF_INIT, gz = BUF_INIT;
    struct err err = ERR_INIT;
    struct sample_facts facts;
    unsigned first, last;
    (void)state;
    many_rows(&b);
    add_gzip(&gz, b.ptr, b.len);
    const char *path[] = {put_buf("conn.log.gz", &gz)};
    struct table *t =
        sample(path, 1, (struct sample_opts){.bytes = 1 << 20, .spread = true}, &facts, &err);
    assert_non_null(t);
    assert_false(facts.spread);
    check_rows(t, &first, &last);
    assert_int_equal(first, 0);
    assert_int_equal(last + 1, t->n_rows);
    assert_true(t->n_rows > 10000 && t->n_rows < MANY);
    table_unref(t);
    buf_release(&gz);
    buf_release(&b);
}

/* Where a line end may stand inside of a value, nobody jumps. */
static void quoted_values_are_not_cut(void **state)
{
    struct buf b = BUF_INIT;
    struct err err = ERR_INIT;
    struct sample_facts facts;
    (void)state;
    buf_add_text(&b, "ts,id.orig_h,note\n");
    for (unsigned i = 0; i < MANY; i++)
        buf_printf(&b, "%u.5,10.0.0.%u,\"a\nb, %u\"\n", 1331901000 + i, i % 200, i);
    const char *path[] = {put_buf("conn.csv", &b)};
    struct table *t =
        sample(path, 1, (struct sample_opts){.bytes = 1 << 19, .spread = true}, &facts, &err);
    assert_non_null(t);
    assert_false(facts.spread);
    assert_true(t->n_rows > 10000 && t->n_rows < MANY);
    assert_true(t->rows_rejected <= 1); /* the last one, perhaps */
    table_unref(t);
    buf_release(&b);
}

static void many_files_share_a_sample(void **state)
{
    struct buf b = BUF_INIT;
    struct err err = ERR_INIT;
    struct sample_facts facts;
    char *path[24];
    const char *const *paths = (const char *const *)path;
    struct sample_opts opts = {.bytes = 1 << 20, .spread = true};
    char name[16];
    (void)state;
    buf_add_text(&b, SHORT_HEAD);
    for (unsigned i = 0; i < 4000; i++)
        add_row(&b, i, "some note");
    for (size_t i = 0; i < ARRAY_LEN(path); i++) {
        (void)snprintf(name, sizeof name, "conn.%02zu.log", i);
        path[i] = mem_string(i % 8 == 1 ? "/nowhere/conn.log" : put_buf(name, &b));
        assert_non_null(path[i]);
    }
    struct table *t = sample(paths, ARRAY_LEN(path), opts, &facts, &err);
    assert_non_null(t);
    assert_true(facts.spread);
    assert_int_equal(facts.n_inputs, 24);
    assert_int_equal(t->n_inputs, 1);
    assert_int_equal(t->rows_rejected, 0);
    assert_in_range(t->n_rows, 16 * 1000, 16 * 2000);
    table_unref(t);

    /* The first rows are the first file's. */
    opts = (struct sample_opts){.bytes = 65536};
    t = sample(paths, ARRAY_LEN(path), opts, &facts, &err);
    assert_non_null(t);
    assert_in_range(t->n_rows, 1000, 2000);
    assert_false(facts.spread);
    table_unref(t);

    /* A directory is its files. */
    const char *const all[] = {dir};
    opts = (struct sample_opts){.bytes = 1 << 20, .spread = true};
    t = sample(all, 1, opts, &facts, &err);
    assert_non_null(t);
    assert_int_equal(facts.n_inputs, 21);
    assert_in_range(t->n_rows, 16 * 1000, 16 * 2000);
    table_unref(t);

    /* Names of columns stand once; a file with others takes no part. */
    for (size_t i = 0; i < 3; i++) {
        b.len = 0;
        buf_printf(&b, "ts,id.orig_h,%s\n", i == 1 ? "other" : "note");
        for (unsigned row = 0; row < 10; row++)
            buf_printf(&b, "%u.5,10.0.0.%u,x\n", 1331901000 + row, row);
        (void)snprintf(name, sizeof name, "conn-%zu.csv", i);
        mem_free(path[i]);
        path[i] = mem_string(put_buf(name, &b));
    }
    t = sample(paths, 3, opts, &facts, &err);
    assert_non_null(t);
    assert_int_equal(t->n_rows, 20);
    assert_int_equal(t->rows_rejected, 0);
    table_unref(t);

    for (size_t i = 0; i < ARRAY_LEN(path); i++)
        mem_free(path[i]);
    buf_release(&b);
}

static void streams_give_what_has_come(void **state)
{
    struct buf b = BUF_INIT;
    struct err err = ERR_INIT;
    struct sample_facts facts;
    const char *path[] = {"-"};
    unsigned first, last;
    (void)state;
    many_rows(&b);
    int fd = open(put_buf("spool", &b), O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_null(sample(path, 1, (struct sample_opts){.bytes = 65536}, &facts, &err));
    assert_true(facts.stream);
    for (uint64_t n = 400; n < 700; n++) {
        struct sample_opts opts = {.bytes = 65536, .stream_fd = fd, .stream = n};
        struct table *t = sample(path, 1, opts, &facts, &err);
        assert_true(facts.stream);
        assert_non_null(t);
        if (t->n_rows > 1)
            check_rows(t, &first, &last);
        assert_in_range(t->n_rows, 1, 14);
        table_unref(t);
    }
    (void)close(fd);
    buf_release(&b);
}

static void trouble_means_no_sample(void **state)
{
    struct buf b = BUF_INIT;
    struct sample_facts facts;
    struct err err = ERR_INIT;
    (void)state;
    many_rows(&b);
    const char *path[] = {put_buf("conn.log", &b)};
    struct sample_opts opts = {.bytes = 1 << 18, .spread = true};
    struct load_opts load = {.path = path, .n_paths = 1};
    struct job *job = job_new();
    opts.load = &load;
    assert_non_null(job);
    job_cancel(job);
    assert_null(sample_table(&opts, &facts, job, &err));
    assert_int_equal(err.code, ERR_CANCELLED);
    job_free(job);
    for (uint64_t i = 1; i < 40; i++) {
        struct err memory = ERR_INIT;
        mem_fail_at(i, false);
        struct table *t = sample_table(&opts, &facts, NULL, &memory);
        mem_fail_at(0, false);
        if (t == NULL)
            assert_int_equal(memory.code, ERR_LIMIT);
        table_unref(t);
    }
    buf_release(&b);
}

static void count(void *user)
{
    ++*(unsigned *)user;
}

static void glancing(void **state)
{
    unsigned woken = 0;
    int fd = -1;
    struct glance *p = glance_new(count, &woken);
    (void)state;
    assert_non_null(p);
    assert_int_equal(glance_get(p, &fd), 0);
    assert_int_equal(glance_get(NULL, &fd), 0);
    glance_offer(NULL, 0, 5);
    glance_offer(p, -1, 5); /* a regular file has no copy */
    assert_int_equal(woken, 0);
    glance_offer(p, STDERR_FILENO, 5);
    glance_offer(p, STDERR_FILENO, 5);
    assert_int_equal(woken, 1);
    assert_int_equal(glance_get(p, &fd), 5);
    assert_true(fd > STDERR_FILENO);
    glance_offer(p, STDERR_FILENO, GLANCE_BYTES + 7);
    glance_offer(p, STDERR_FILENO, GLANCE_BYTES + 8); /* nobody needs more */
    assert_int_equal(woken, 2);
    assert_int_equal(glance_get(p, &fd), GLANCE_BYTES + 7);
    glance_free(p);
    glance_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rows_from_the_beginning_and_from_all_over, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(packed_files_give_their_beginning, set_up, tear_down),
        cmocka_unit_test_setup_teardown(quoted_values_are_not_cut, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_files_share_a_sample, set_up, tear_down),
        cmocka_unit_test_setup_teardown(streams_give_what_has_come, set_up, tear_down),
        cmocka_unit_test_setup_teardown(trouble_means_no_sample, set_up, tear_down),
        cmocka_unit_test(glancing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
