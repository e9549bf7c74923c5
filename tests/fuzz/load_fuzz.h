/* Any bytes as a log: loaded in one piece and in small ones, the two tables say the same, counts
 * add up, and every row can be read again. */
#ifndef MINNOW_TESTS_LOAD_FUZZ_H
#define MINNOW_TESTS_LOAD_FUZZ_H

#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/load.h"
#include "core/table/row_reader.h"

static inline void check_counts(const struct table *t)
{
    uint64_t by_reason = 0;
    for (int i = 0; i < N_REJECTS; i++)
        by_reason += t->reject[i].count;
    BUG_IF(t->rows_read != t->n_rows + t->rows_rejected || by_reason != t->rows_rejected);
}

static inline void check_same(const struct table *a, const struct table *b)
{
    BUG_IF(a->n_rows != b->n_rows || a->schema.n != b->schema.n);
    for (int i = 0; i < N_REJECTS; i++)
        BUG_IF(a->reject[i].count != b->reject[i].count ||
               a->reject[i].first_line != b->reject[i].first_line);
    for (size_t i = 0; i < a->schema.n; i++)
        BUG_IF(a->schema.col[i].type != b->schema.col[i].type ||
               a->bad_values[i] != b->bad_values[i]);
    for (uint64_t r = 0; r < a->n_rows; r++) {
        BUG_IF(table_row_offset(a, r) != table_row_offset(b, r));
        BUG_IF(TABLE_AT(a, r, ts_us) != TABLE_AT(b, r, ts_us));
        BUG_IF(TABLE_AT(a, r, orig) != TABLE_AT(b, r, orig));
        BUG_IF(TABLE_AT(a, r, cat[CAT_STATE]) != TABLE_AT(b, r, cat[CAT_STATE]));
    }
}

static inline void check_rows(const struct table *t)
{
    struct err err = ERR_INIT;
    struct row_reader *reader = row_reader_new(t, 64, &err);
    struct buf scratch = BUF_INIT;
    BUG_IF(reader == NULL);
    for (uint64_t r = 0; r < t->n_rows; r++) {
        const struct row *row;
        BUG_IF(row_reader_get(reader, r, &row, &err) != 0 || row->gone);
        for (size_t i = 0; i < t->schema.n; i++)
            BUG_IF(field_decode(&row->field[i], &scratch).len > row->field[i].text.len);
    }
    buf_release(&scratch);
    row_reader_free(reader);
}

static inline void fuzz_load(const uint8_t *data, size_t size)
{
    char path[64];
    const char *const paths[] = {path};
    struct load_opts opts = {.path = paths, .n_paths = 1, .threads = 1};
    struct err err = ERR_INIT, again = ERR_INIT;
    struct table *whole, *pieces;
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    BUG_IF(fd < 0 || write(fd, data, size) != (ssize_t)size);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    whole = load_table(&opts, NULL, &err);
    opts.chunk_bytes = 64;
    pieces = load_table(&opts, NULL, &again);
    BUG_IF((whole == NULL) != (pieces == NULL) || err.code != again.code);
    if (whole != NULL) {
        check_counts(whole);
        check_same(whole, pieces);
        check_rows(pieces);
    }
    table_unref(whole);
    table_unref(pieces);
    close(fd);
}

#endif
