/* Stable sorting of row sets by a column; see rowset.h.
 *
 * DESIGN
 * 1. Each row gives one key of 16 bytes (order.h), made once; comparing reads no file. Texts longer
 * than a key has room for stand in an arena beside.
 * 2. Times, addresses, ports and byte counts come from the table's columns where these say all that
 * the text says, which they do unless the column has bad values. Everything else is read again, in
 * the order of the files.
 * 3. Missing values stand last in both directions, so descending is not the reverse of ascending.
 * 4. The result takes the memory of the keys. */
#include "core/base/mem.h"
#include "core/query/order.h"
#include "core/query/scan.h"
#include "core/table/value.h"

#define MISSING UINT32_MAX /* as a tie */
#define EXACT_COUNT                                                                                \
    9007199254740992.0 /* 2^53: from here on a double may stand for several counts */

struct sorter {
    const struct table *t;
    uint32_t column;
    enum col_type type;
    struct order_key *key; /* n; owned */
    uint64_t n;
    uint32_t *rank; /* of each address; owned, NULL unless it is addresses that are sorted */
    struct order_ties ties;
    struct buf decode;
    struct buf addr;
};

/* ---- keys from text ---- */

static int no_memory(struct err *err)
{
    return err_memory(err, "the keys to sort by");
}

/* An address sorts by kind and bytes, junk by its text behind them. */
static int addr_key(struct sorter *s, struct order_key *k, const struct addr *addr,
                    struct span text)
{
    char kind = addr->kind == ADDR_NOT ? 2 : addr->kind == ADDR_V4 ? 0 : 1;
    buf_clear(&s->addr);
    buf_add_char(&s->addr, kind);
    buf_add(&s->addr, addr->byte, sizeof addr->byte);
    if (addr->kind == ADDR_NOT)
        buf_add_span(&s->addr, text);
    return s->addr.failed ? -1 : order_key_text(k, &s->ties, buf_span(&s->addr));
}

static int number_key(struct sorter *s, struct order_key *k, struct span text)
{
    unsigned char bytes[8];
    uint64_t n;
    double x;
    if (!value_double(text, &x)) {
        k->tie = MISSING; /* a number column's junk */
        return 0;
    }
    k->head = order_head_number(x);
    k->tie = 0;
    if (x < EXACT_COUNT)
        return 0;
    if (!value_count(text, &n))
        n = x < 1.8e19 ? (uint64_t)x : 0;
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(n >> (56 - 8 * i));
    return order_key_tie(k, &s->ties, span_make((const char *)bytes, sizeof bytes));
}

static int text_key(struct sorter *s, struct order_key *k, const struct row *row)
{
    const struct field *f = &row->field[s->column];
    struct span text;
    struct addr addr;
    int64_t us;
    k->tie = MISSING;
    if (row->gone || f->state == FIELD_UNSET || f->state == FIELD_ABSENT)
        return 0;
    text = field_decode(f, &s->decode);
    if (s->type == COL_ADDR) {
        (void)addr_parse(text, &addr);
        return addr_key(s, k, &addr, text);
    }
    if (s->type == COL_TIME) {
        if (value_time_us(text, &us))
            *k = (struct order_key){order_head_time(us), k->at, 0};
        return 0;
    }
    return col_type_is_number(s->type) ? number_key(s, k, text) : order_key_text(k, &s->ties, text);
}

/* Each key holds its row number when this begins. */
static int keys_from_text(struct sorter *s, struct job *job, struct err *err)
{
    struct row_reader *reader = row_reader_new(s->t, 0, err);
    const struct row *row;
    int rc = -1;
    if (reader == NULL)
        return -1;
    for (uint64_t i = 0; i < s->n; i++) {
        if (i % SCAN_CHECK_ROWS == 0 && job_cancelled(job)) {
            job_stopped(err);
            goto out;
        }
        if (row_reader_get(reader, s->key[i].head, &row, err) != 0)
            goto out;
        if (text_key(s, &s->key[i], row) != 0) {
            no_memory(err);
            goto out;
        }
    }
    rc = 0;
out:
    row_reader_free(reader);
    return rc;
}

/* ---- keys from the table's columns ---- */

/* The place of each address among all: equal ones, however spelt, have equal places. */
static int rank_addrs(struct sorter *s, struct job *job, struct err *err)
{
    uint32_t n = table_n_addrs(s->t), rank = 0;
    struct order_key *key = mem_alloc(n, sizeof *key);
    int rc = -1;
    s->rank = mem_alloc(n, sizeof *s->rank);
    if (key == NULL || s->rank == NULL) {
        no_memory(err);
        goto out;
    }
    for (uint32_t id = 0; id < n; id++) {
        key[id].at = id;
        if (addr_key(s, &key[id], table_addr(s->t, id), table_addr_text(s->t, id)) != 0) {
            no_memory(err);
            goto out;
        }
    }
    if (order_sort(key, n, &s->ties, false, job, err) != 0)
        goto out;
    for (uint32_t i = 0; i < n; i++) {
        rank += i > 0 && !order_same(&key[i - 1], &key[i], &s->ties);
        s->rank[key[i].at] = rank;
    }
    rc = 0;
out:
    mem_free(key);
    order_ties_release(&s->ties);
    return rc;
}

/* False when the row has no value. */
static bool column_head(const struct sorter *s, enum role role, uint64_t row, uint64_t *head)
{
    const struct table *t = s->t;
    uint32_t id;
    switch (role) {
    case ROLE_TS:
        *head = order_head_time(TABLE_AT(t, row, ts_us));
        return TABLE_AT(t, row, ts_us) != TIME_MISSING;
    case ROLE_ORIG_H:
    case ROLE_RESP_H:
        id = role == ROLE_ORIG_H ? TABLE_AT(t, row, orig) : TABLE_AT(t, row, resp);
        *head = id == ADDR_MISSING ? 0 : s->rank[id];
        return id != ADDR_MISSING;
    case ROLE_ORIG_P:
        *head = TABLE_AT(t, row, orig_p);
        return (TABLE_AT(t, row, flags) & ROW_NO_ORIG_P) == 0;
    case ROLE_RESP_P:
        *head = TABLE_AT(t, row, resp_p);
        return (TABLE_AT(t, row, flags) & ROW_NO_RESP_P) == 0;
    default:
        return table_bytes(t, row, role == ROLE_RESP_BYTES, head);
    }
}

static int keys_from_column(struct sorter *s, enum role role, struct job *job, struct err *err)
{
    if ((role == ROLE_ORIG_H || role == ROLE_RESP_H) && rank_addrs(s, job, err) != 0)
        return -1;
    for (uint64_t i = 0; i < s->n; i++) {
        if (i % 1024 == 0 && job_cancelled(job))
            return job_stopped(err);
        s->key[i].tie = column_head(s, role, s->key[i].head, &s->key[i].head) ? 0 : MISSING;
    }
    return 0;
}

/* The role whose column says all that the text says, or ROLE_NONE. */
static enum role role_in_column(const struct table *t, uint32_t column)
{
    enum role role = t->schema.col[column].role;
    switch (role) {
    case ROLE_TS:
    case ROLE_ORIG_H:
    case ROLE_RESP_H:
        return role;
    case ROLE_ORIG_P:
    case ROLE_RESP_P:
    case ROLE_ORIG_BYTES:
    case ROLE_RESP_BYTES:
        return t->bad_values[column] == 0 ? role : ROLE_NONE;
    default:
        return ROLE_NONE;
    }
}

/* ---- the whole ---- */

/* Moves the keys without a value to the end; returns how many have one. */
static uint64_t missing_last(struct order_key *key, uint64_t n)
{
    uint64_t have = 0;
    for (uint64_t i = 0; i < n; i++) {
        struct order_key k = key[i];
        if (k.tie == MISSING)
            continue;
        key[i] = key[have];
        key[have++] = k;
    }
    for (uint64_t i = have; i < n; i++)
        key[i] = (struct order_key){0, key[i].at, 0};
    return have;
}

/* Turns the keys into row numbers, in their memory: a row number is never written behind the key
 * that is read. */
static void take_result(struct rowset *out, struct sorter *s, const struct rowset *in)
{
    char *rows = (char *)s->key;
    for (uint64_t i = 0; i < s->n; i++) {
        uint32_t row = in->row[s->key[i].at];
        memcpy(rows + i * sizeof row, &row, sizeof row);
    }
    out->row = mem_resize(rows, s->n, sizeof *out->row);
    if (out->row == NULL)
        out->row = (uint32_t *)(void *)rows;
    out->n = s->n;
    s->key = NULL;
}

int rowset_sort(struct rowset *out, const struct rowset *in, const struct table *t, uint32_t column,
                bool descending, struct job *job, struct err *err)
{
    struct sorter *s = mem_zalloc(1, sizeof *s);
    enum role role = role_in_column(t, column);
    uint64_t have;
    int rc = -1;
    *out = (struct rowset){.n = 0};
    if (s == NULL)
        return no_memory(err);
    s->t = t;
    s->column = column;
    s->type = t->schema.col[column].type;
    s->n = in->n;
    s->key = order_of_rows(in, job, err);
    if (s->key == NULL)
        goto out;
    if ((role != ROLE_NONE ? keys_from_column(s, role, job, err) : keys_from_text(s, job, err)) !=
        0)
        goto out;
    have = missing_last(s->key, s->n);
    if (order_sort(s->key, have, &s->ties, descending, job, err) != 0 ||
        order_sort(s->key + have, s->n - have, NULL, false, job, err) != 0)
        goto out;
    take_result(out, s, in);
    rc = 0;
out:
    mem_free(s->key);
    mem_free(s->rank);
    order_ties_release(&s->ties);
    buf_release(&s->decode);
    buf_release(&s->addr);
    mem_free(s);
    return rc;
}
