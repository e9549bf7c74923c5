/* Stable sorting of row sets by a column; see rowset.h.
 *
 * DESIGN
 * 1. Each row gives one key: a number, or a run of bytes in one arena, or nothing. Keys are made
 * once; comparing reads no file.
 * 2. Merge sort, bottom up: stable, n log n whatever the input, and a place to look at the cancel
 * flag.
 * 3. Missing values stand last in both directions, so descending is not the reverse of ascending.
 */
#include <math.h>

#include "core/base/mem.h"
#include "core/query/rowset.h"
#include "core/table/row_reader.h"
#include "core/table/value.h"

struct key {
    double number; /* NAN: not a number, see the bytes */
    uint64_t at;   /* bytes in the arena; of a number its whole part, for counts above 2^53 */
    uint32_t len;
    uint32_t row;
    bool missing;
};

struct sorter {
    const struct table *t;
    enum col_type type;
    bool descending;
    struct key *key, *spare; /* n each; owned */
    uint64_t n;
    struct buf arena;
};

static int key_cmp(const struct sorter *s, const struct key *a, const struct key *b)
{
    int c;
    if (a->missing || b->missing)
        return a->missing - b->missing;
    if (!isnan(a->number) && !isnan(b->number)) {
        c = a->number < b->number ? -1 : a->number > b->number;
        c = c != 0 ? c : a->at < b->at ? -1 : a->at > b->at;
    } else {
        c = span_cmp(span_make(s->arena.ptr + a->at, a->len),
                     span_make(s->arena.ptr + b->at, b->len));
    }
    return s->descending ? -c : c;
}

/* An address sorts by kind and bytes, junk by its text behind them. */
static void add_addr_key(struct sorter *s, struct key *k, struct span text)
{
    struct addr addr;
    char kind;
    (void)addr_parse(text, &addr);
    kind = addr.kind == ADDR_NOT ? 2 : addr.kind == ADDR_V4 ? 0 : 1;
    buf_add_char(&s->arena, kind);
    buf_add(&s->arena, addr.byte, sizeof addr.byte);
    if (kind == 2)
        buf_add_span(&s->arena, text);
    k->len = (uint32_t)(s->arena.len - k->at);
}

static uint64_t whole_part(struct span text, double number)
{
    uint64_t n;
    if (value_count(text, &n))
        return n;
    return number >= 0 && number < 1.8e19 ? (uint64_t)number : 0;
}

static void make_key(struct sorter *s, struct key *k, const struct row *row, uint32_t column,
                     struct buf *scratch)
{
    const struct field *f = &row->field[column];
    struct span text;
    int64_t us;
    *k = (struct key){.number = NAN, .at = s->arena.len, .row = (uint32_t)row->number};
    k->missing = row->gone || f->state == FIELD_UNSET || f->state == FIELD_ABSENT;
    if (k->missing)
        return;
    text = field_decode(f, scratch);
    if (s->type == COL_ADDR) {
        add_addr_key(s, k, text);
    } else if (s->type == COL_TIME) {
        k->missing = !value_time_us(text, &us);
        k->number = k->missing ? NAN : (double)us;
        k->at = 0;
    } else if (!col_type_is_number(s->type) || !value_double(text, &k->number)) {
        /* A number column's junk stands behind its numbers, like a missing value. */
        k->number = NAN;
        k->missing = col_type_is_number(s->type);
        buf_add_span(&s->arena, text);
        k->len = (uint32_t)(s->arena.len - k->at);
    } else {
        k->at = whole_part(text, k->number);
    }
}

static int make_keys(struct sorter *s, const struct rowset *in, uint32_t column, struct job *job,
                     struct err *err)
{
    struct row_reader *reader = row_reader_new(s->t, 0, err);
    struct buf scratch = BUF_INIT;
    const struct row *row;
    int rc = -1;
    if (reader == NULL)
        return -1;
    for (uint64_t i = 0; i < in->n; i++) {
        if (i % 1024 == 0 && job_cancelled(job)) {
            job_stopped(err);
            goto out;
        }
        if (row_reader_get(reader, in->row[i], &row, err) != 0)
            goto out;
        make_key(s, &s->key[i], row, column, &scratch);
    }
    if (s->arena.failed) {
        err_memory(err, "the keys to sort by");
        goto out;
    }
    rc = 0;
out:
    buf_release(&scratch);
    row_reader_free(reader);
    return rc;
}

static void merge(const struct sorter *s, const struct key *from, struct key *to, uint64_t begin,
                  uint64_t mid, uint64_t end)
{
    uint64_t a = begin, b = mid;
    for (uint64_t i = begin; i < end; i++) {
        bool left = a < mid && (b >= end || key_cmp(s, &from[a], &from[b]) <= 0);
        to[i] = left ? from[a++] : from[b++];
    }
}

static int merge_sort(struct sorter *s, struct job *job, struct err *err)
{
    uint64_t done = 0;
    for (uint64_t width = 1; width < s->n; width *= 2) {
        struct key *swap = s->key;
        for (uint64_t at = 0; at < s->n; at += 2 * width) {
            uint64_t mid = at + width < s->n ? at + width : s->n;
            uint64_t end = at + 2 * width < s->n ? at + 2 * width : s->n;
            merge(s, s->key, s->spare, at, mid, end);
            done += end - at;
            if (done >= 1024) {
                done = 0;
                if (job_cancelled(job))
                    return job_stopped(err);
            }
        }
        s->key = s->spare;
        s->spare = swap;
    }
    return 0;
}

int rowset_sort(struct rowset *out, const struct rowset *in, const struct table *t, uint32_t column,
                bool descending, struct job *job, struct err *err)
{
    struct sorter s = {
        .t = t, .type = t->schema.col[column].type, .descending = descending, .n = in->n};
    int rc = -1;
    *out = (struct rowset){mem_alloc(in->n, sizeof *out->row), 0};
    s.key = mem_alloc(in->n, sizeof *s.key);
    s.spare = mem_alloc(in->n, sizeof *s.spare);
    if (out->row == NULL || s.key == NULL || s.spare == NULL) {
        err_memory(err, "the keys to sort by");
        goto out;
    }
    if (make_keys(&s, in, column, job, err) != 0 || merge_sort(&s, job, err) != 0)
        goto out;
    for (uint64_t i = 0; i < in->n; i++)
        out->row[i] = s.key[i].row;
    out->n = in->n;
    rc = 0;
out:
    mem_free(s.key);
    mem_free(s.spare);
    buf_release(&s.arena);
    if (rc != 0)
        rowset_release(out);
    return rc;
}
