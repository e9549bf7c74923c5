/* Files in a directory of their own, loaded in any number of threads and any chunk size, and two
 * tables held against each other. */
#ifndef MINNOW_TESTS_LOAD_FIXTURE_H
#define MINNOW_TESTS_LOAD_FIXTURE_H

#include "tests/unit/unit.h"

#include <dirent.h>

#include "core/base/buf.h"
#include "core/load.h"
#include "core/table/row_reader.h"

#define HEAD_OF(separator, fields, types)                                                          \
    "#separator " separator "\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n"        \
    "#path\tconn\n#fields\t" fields "\n#types\t" types "\n"
#define SHORT_HEAD                                                                                 \
    HEAD_OF("\\x09", "ts\tid.orig_h\tid.resp_h\torig_bytes\tnote",                                 \
            "time\taddr\taddr\tcount\tstring")

static char dir[64];

static inline int set_up(void **state)
{
    (void)state;
    (void)snprintf(dir, sizeof dir, "/tmp/minnow-test-XXXXXX");
    return mkdtemp(dir) == NULL ? -1 : 0;
}

static inline int tear_down(void **state)
{
    DIR *d = opendir(dir);
    struct dirent *e;
    char path[512];
    (void)state;
    while (d != NULL && (e = readdir(d)) != NULL) {
        (void)snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
        (void)unlink(path);
    }
    if (d != NULL)
        (void)closedir(d);
    return rmdir(dir);
}

/* A path in the directory; the last eight stay valid. */
static inline const char *in_dir(const char *name)
{
    static char path[8][512];
    static unsigned turn;
    char *out = path[turn++ % 8];
    (void)snprintf(out, sizeof path[0], "%s/%s", dir, name);
    return out;
}

static inline const char *put_bytes(const char *name, const char *bytes, size_t n)
{
    const char *path = in_dir(name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
    return path;
}

static inline const char *put_text(const char *name, const char *text)
{
    return put_bytes(name, text, strlen(text));
}

static inline const char *put_buf(const char *name, const struct buf *b)
{
    assert_false(b->failed);
    return put_bytes(name, b->ptr, b->len);
}

/* A row of SHORT_HEAD: time, pair, bytes, and a note of any length. */
static inline void add_row(struct buf *b, unsigned i, const char *note)
{
    buf_printf(b, "%u.%06u\t10.0.%u.%u\t192.168.1.%u\t%u\t%s\n", 1331901000 + i, i % 1000000,
               i / 7 % 256, i % 251, i % 13, i * 37, note);
}

static inline struct table *try_load(const char *path, size_t chunk, uint32_t threads,
                                     struct err *err)
{
    const char *const paths[] = {path};
    struct load_opts opts = {.path = paths, .n_paths = 1, .chunk_bytes = chunk, .threads = threads};
    *err = (struct err)ERR_INIT;
    return load_table(&opts, NULL, err);
}

/* Rows read are rows loaded, rejected and outside, of the table and of every input. */
static inline void counts_add_up(const struct table *t)
{
    uint64_t read = 0, rejected = 0, outside = 0, by_reason = 0;
    for (size_t i = 0; i < t->n_inputs; i++) {
        const struct input *in = &t->input[i];
        assert_int_equal(in->rows_read, in->rows_loaded + in->rows_rejected + in->rows_outside);
        outside += in->rows_outside;
        read += in->rows_read;
        rejected += in->rows_rejected;
    }
    for (int i = 0; i < N_REJECTS; i++)
        by_reason += t->reject[i].count;
    assert_int_equal(t->rows_read, read);
    assert_int_equal(t->rows_rejected, rejected);
    assert_int_equal(by_reason, rejected);
    assert_int_equal(t->rows_outside, outside);
    assert_int_equal(t->rows_read, t->n_rows + t->rows_rejected + t->rows_outside);
    assert_true(t->ranged || outside == 0);
}

static inline struct table *load_one(const char *path, size_t chunk, uint32_t threads)
{
    struct err err;
    struct table *t = try_load(path, chunk, threads, &err);
    if (t == NULL)
        fail_msg("%s", err.text);
    counts_add_up(t);
    return t;
}

static inline bool same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static inline void same_columns(const struct table *a, const struct table *b)
{
    assert_int_equal(a->schema.n, b->schema.n);
    for (size_t i = 0; i < a->schema.n; i++) {
        assert_string_equal(a->schema.col[i].name, b->schema.col[i].name);
        assert_int_equal(a->schema.col[i].type, b->schema.col[i].type);
        assert_int_equal(a->schema.col[i].role, b->schema.col[i].role);
        assert_int_equal(a->bad_values[i], b->bad_values[i]);
    }
}

static inline void same_inputs(const struct table *a, const struct table *b)
{
    assert_int_equal(a->n_inputs, b->n_inputs);
    for (size_t i = 0; i < a->n_inputs; i++) {
        const struct input *x = &a->input[i], *y = &b->input[i];
        assert_string_equal(x->format, y->format);
        assert_int_equal(x->state, y->state);
        assert_true(same_text(x->problem, y->problem));
        assert_int_equal(x->rows_loaded, y->rows_loaded);
        assert_int_equal(x->rows_rejected, y->rows_rejected);
        assert_true(x->first_ts_us == y->first_ts_us && x->last_ts_us == y->last_ts_us);
    }
    assert_int_equal(a->notices.n, b->notices.n);
    for (size_t i = 0; i < a->notices.n; i++)
        assert_string_equal(a->notices.text[i], b->notices.text[i]);
}

static inline void same_rejections(const struct table *a, const struct table *b)
{
    for (int i = 0; i < N_REJECTS; i++) {
        if (a->reject[i].count != b->reject[i].count ||
            a->reject[i].first_line != b->reject[i].first_line)
            fail_msg("%s: %llu from line %llu, %llu from line %llu", reject_text((enum reject)i),
                     (unsigned long long)a->reject[i].count,
                     (unsigned long long)a->reject[i].first_line,
                     (unsigned long long)b->reject[i].count,
                     (unsigned long long)b->reject[i].first_line);
    }
    assert_int_equal(a->n_rejected, b->n_rejected);
    for (size_t i = 0; i < a->n_rejected; i++) {
        assert_int_equal(a->rejected[i].why, b->rejected[i].why);
        assert_int_equal(a->rejected[i].input, b->rejected[i].input);
        assert_int_equal(a->rejected[i].line, b->rejected[i].line);
        assert_int_equal(a->rejected[i].field, b->rejected[i].field);
    }
}

static inline bool same_row(const struct table *a, const struct table *b, uint64_t r)
{
    uint64_t n = 0, m = 0;
    for (int side = 0; side < 2; side++) {
        if (table_bytes(a, r, side, &n) != table_bytes(b, r, side, &m) || n != m)
            return false;
    }
    for (int c = 0; c < N_CATS; c++) {
        if (TABLE_AT(a, r, cat[c]) != TABLE_AT(b, r, cat[c]))
            return false;
    }
    return TABLE_AT(a, r, ts_us) == TABLE_AT(b, r, ts_us) &&
           TABLE_AT(a, r, orig) == TABLE_AT(b, r, orig) &&
           TABLE_AT(a, r, resp) == TABLE_AT(b, r, resp) &&
           TABLE_AT(a, r, orig_p) == TABLE_AT(b, r, orig_p) &&
           TABLE_AT(a, r, resp_p) == TABLE_AT(b, r, resp_p) &&
           TABLE_AT(a, r, flags) == TABLE_AT(b, r, flags) &&
           table_row_offset(a, r) == table_row_offset(b, r);
}

static inline void same_interned(const struct table *a, const struct table *b)
{
    assert_int_equal(table_n_addrs(a), table_n_addrs(b));
    for (uint32_t i = 0; i < table_n_addrs(a); i++)
        assert_true(span_eq(table_addr_text(a, i), table_addr_text(b, i)));
    for (int c = 0; c < N_CATS; c++) {
        for (unsigned code = 0; code < CAT_OTHER; code++)
            assert_true(span_eq(table_cat_text(a, (enum cat)c, (uint8_t)code),
                                table_cat_text(b, (enum cat)c, (uint8_t)code)));
    }
}

/* Everything that a table says, paths aside. */
static inline void same_tables(const struct table *a, const struct table *b)
{
    same_rejections(a, b);
    assert_int_equal(a->n_rows, b->n_rows);
    same_columns(a, b);
    same_inputs(a, b);
    assert_int_equal(a->partial, b->partial);
    assert_int_equal(a->n_segments, b->n_segments);
    for (size_t i = 0; i < a->n_segments; i++) {
        assert_int_equal(a->segment[i].first_row, b->segment[i].first_row);
        assert_int_equal(a->segment[i].n_rows, b->segment[i].n_rows);
        assert_int_equal(a->segment[i].layout->n_fields, b->segment[i].layout->n_fields);
    }
    same_interned(a, b);
    for (uint64_t r = 0; r < a->n_rows; r++) {
        if (!same_row(a, b, r))
            fail_msg("row %llu differs", (unsigned long long)r);
    }
}

/* One reader, whole file in one chunk, against tiny chunks and many threads. */
static inline void same_for_all_chunks(const char *path)
{
    static const size_t chunks[] = {64, 100, 4099, 1 << 20};
    static const uint32_t threads[] = {1, 2, 3, 8};
    struct table *want = load_one(path, (size_t)8 << 20, 1);
    for (size_t c = 0; c < ARRAY_LEN(chunks); c++) {
        for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
            struct table *got = load_one(path, chunks[c], threads[i]);
            same_tables(want, got);
            table_unref(got);
        }
    }
    table_unref(want);
}

/* The decoded text of a field of a row, by the column's name. Valid until the next call. */
static inline const char *text_at(const struct table *t, uint64_t row, const char *column)
{
    static struct buf kept;
    struct buf scratch = BUF_INIT;
    struct err err = ERR_INIT;
    struct row_reader *r = row_reader_new(t, 0, &err);
    const struct row *got;
    int at = schema_find(&t->schema, span_of(column));
    assert_non_null(r);
    assert_true(at >= 0);
    assert_int_equal(row_reader_get(r, row, &got, &err), 0);
    buf_clear(&kept);
    if (got->gone)
        buf_add_text(&kept, "<gone>");
    else if (got->field[at].state == FIELD_ABSENT)
        buf_add_text(&kept, "<absent>");
    else
        buf_add_span(&kept, field_decode(&got->field[at], &scratch));
    buf_release(&scratch);
    row_reader_free(r);
    return buf_text(&kept);
}

static inline bool has_notice(const struct table *t, const char *part)
{
    for (size_t i = 0; i < t->notices.n; i++) {
        if (strstr(t->notices.text[i], part) != NULL)
            return true;
    }
    return false;
}

#endif
