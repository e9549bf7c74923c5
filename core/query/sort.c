/* Stable sorting of row sets by a column; see rowset.h.
 *
 * DESIGN
 * 1. Each row gives one key, made once; comparing reads no file.
 * 2. Times, addresses, ports and byte counts come from the table's columns where these say all that
 * the text says, which they do unless the column has bad values. A value and a position mostly fit
 * into 8 bytes (packed.h).
 * 3. Everything else is read again, in the order of the files, and gives keys of 16 bytes (order.h).
 * Texts longer than a key has room for stand in chunks beside.
 * 4. Missing values stand last in both directions, so descending is not the reverse of ascending.
 * 5. The result takes the memory of the keys. */
#include "core/base/mem.h"
#include "core/crew.h"
#include "core/packed.h"
#include "core/query/order.h"
#include "core/query/scan.h"
#include "core/table/value.h"

#define MISSING UINT32_MAX /* as a tie */
#define EXACT_COUNT                                                                                \
    9007199254740992.0 /* 2^53: from here on a double may stand for several counts */
#define TASK_ROWS 16384

struct sorter {
    struct crew crew;
    const struct table *t;
    const struct rowset *in;
    uint32_t column;
    enum col_type type;
    bool descending;
    enum role role;        /* whose column is sorted, or ROLE_NONE */
    struct order_key *key; /* n; owned */
    uint64_t n;
    uint32_t *rank; /* of each address; owned, NULL unless it is addresses that are sorted */
    struct order_ties ties;
    uint64_t *packed;         /* n; owned */
    uint64_t low, range;      /* of the values */
    uint32_t shift;           /* above the position */
    _Atomic uint64_t highest; /* value so far, while it is looked for */
};

/* What a thread makes keys with. */
struct maker {
    struct order_pen pen;
    struct buf decode, addr;
};

static int no_memory(struct err *err)
{
    return err_memory(err, "the keys to sort by");
}

static struct maker *maker_new(struct order_ties *ties)
{
    struct maker *m = mem_zalloc(1, sizeof *m);
    if (m != NULL)
        order_pen_init(&m->pen, ties);
    return m;
}

static void maker_free(struct maker *m)
{
    if (m == NULL)
        return;
    buf_release(&m->decode);
    buf_release(&m->addr);
    mem_free(m);
}

/* ---- keys from text ---- */

/* An address sorts by kind and bytes, junk by its text behind them. */
static int addr_key(struct maker *m, struct order_key *k, const struct addr *addr, struct span text)
{
    char kind = addr->kind == ADDR_NOT ? 2 : addr->kind == ADDR_V4 ? 0 : 1;
    buf_clear(&m->addr);
    buf_add_char(&m->addr, kind);
    buf_add(&m->addr, addr->byte, sizeof addr->byte);
    if (addr->kind == ADDR_NOT)
        buf_add_span(&m->addr, text);
    return m->addr.failed ? -1 : order_key_text(k, &m->pen, buf_span(&m->addr));
}

static int number_key(struct maker *m, struct order_key *k, struct span text)
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
    return order_key_tie(k, &m->pen, span_make((const char *)bytes, sizeof bytes));
}

static int text_key(const struct sorter *s, struct maker *m, struct order_key *k,
                    const struct row *row)
{
    const struct field *f = &row->field[s->column];
    struct span text;
    struct addr addr;
    int64_t us;
    k->tie = MISSING;
    if (row->gone || f->state == FIELD_UNSET || f->state == FIELD_ABSENT)
        return 0;
    text = field_decode(f, &m->decode);
    if (s->type == COL_ADDR) {
        (void)addr_parse(text, &addr);
        return addr_key(m, k, &addr, text);
    }
    if (s->type == COL_TIME) {
        if (value_time_us(text, &us))
            *k = (struct order_key){order_head_time(us), k->at, 0};
        return 0;
    }
    return col_type_is_number(s->type) ? number_key(m, k, text) : order_key_text(k, &m->pen, text);
}

/* The keys of one task; each holds its row number when this begins. -1 on memory. */
static int read_task(struct sorter *s, struct maker *m, struct row_reader *reader, uint32_t task)
{
    uint64_t i = (uint64_t)task * TASK_ROWS, end = i + TASK_ROWS < s->n ? i + TASK_ROWS : s->n;
    struct err err = ERR_INIT;
    const struct row *row;
    for (; i < end; i++) {
        if (i % SCAN_CHECK_ROWS == 0 && job_cancelled(s->crew.job))
            return 0;
        if (row_reader_get(reader, s->key[i].head, &row, &err) != 0 ||
            text_key(s, m, &s->key[i], row) != 0)
            return -1;
    }
    return 0;
}

static void read_tasks(void *user, uint32_t member)
{
    struct sorter *s = user;
    struct err err = ERR_INIT;
    struct row_reader *reader = row_reader_new(s->t, 0, &err);
    struct maker *m = maker_new(&s->ties);
    uint32_t task;
    (void)member;
    if (reader == NULL || m == NULL)
        atomic_store(&s->crew.failed, true);
    while (crew_take(&s->crew, &task))
        if (read_task(s, m, reader, task) != 0)
            atomic_store(&s->crew.failed, true);
    row_reader_free(reader);
    maker_free(m);
}

static uint32_t n_tasks(const struct sorter *s)
{
    return (uint32_t)((s->n + TASK_ROWS - 1) / TASK_ROWS);
}

static int keys_from_text(struct sorter *s, struct err *err)
{
    return crew_run(&s->crew, n_tasks(s), read_tasks, s, "the keys to sort by", err);
}

/* ---- keys from the table's columns ---- */

/* The place of each address among all: equal ones, however spelt, have equal places. */
static int rank_addrs(struct sorter *s, struct err *err)
{
    uint32_t n = table_n_addrs(s->t), rank = 0;
    struct order_key *key = mem_alloc(n, sizeof *key);
    struct maker *m = maker_new(&s->ties);
    int rc = -1;
    s->rank = mem_alloc(n, sizeof *s->rank);
    if (key == NULL || m == NULL || s->rank == NULL) {
        no_memory(err);
        goto out;
    }
    for (uint32_t id = 0; id < n; id++) {
        key[id].at = id;
        if (id % 1024 == 0 && job_cancelled(s->crew.job)) {
            job_stopped(err);
            goto out;
        }
        if (addr_key(m, &key[id], table_addr(s->t, id), table_addr_text(s->t, id)) != 0) {
            no_memory(err);
            goto out;
        }
    }
    if (order_sort(key, n, &s->ties, false, s->crew.job, err) != 0)
        goto out;
    for (uint32_t i = 0; i < n; i++) {
        rank += i > 0 && !order_same(&key[i - 1], &key[i], &s->ties);
        s->rank[key[i].at] = rank;
    }
    rc = 0;
out:
    mem_free(key);
    maker_free(m);
    return rc;
}

/* False when the row has no value. */
static bool column_value(const struct sorter *s, uint64_t row, uint64_t *value)
{
    const struct table *t = s->t;
    uint32_t id;
    switch (s->role) {
    case ROLE_TS:
        *value = order_head_time(TABLE_AT(t, row, ts_us));
        return TABLE_AT(t, row, ts_us) != TIME_MISSING;
    case ROLE_ORIG_H:
    case ROLE_RESP_H:
        id = s->role == ROLE_ORIG_H ? TABLE_AT(t, row, orig) : TABLE_AT(t, row, resp);
        *value = id == ADDR_MISSING ? 0 : s->rank[id];
        return id != ADDR_MISSING;
    case ROLE_ORIG_P:
        *value = TABLE_AT(t, row, orig_p);
        return (TABLE_AT(t, row, flags) & ROW_NO_ORIG_P) == 0;
    case ROLE_RESP_P:
        *value = TABLE_AT(t, row, resp_p);
        return (TABLE_AT(t, row, flags) & ROW_NO_RESP_P) == 0;
    default:
        return table_bytes(t, row, s->role == ROLE_RESP_BYTES, value);
    }
}

/* Runs over the task's positions; in `keys` when there are any, else for the highest value. */
static void value_tasks(void *user, uint32_t member)
{
    struct sorter *s = user;
    uint32_t task;
    (void)member;
    while (crew_take(&s->crew, &task)) {
        uint64_t i = (uint64_t)task * TASK_ROWS, end = i + TASK_ROWS < s->n ? i + TASK_ROWS : s->n;
        uint64_t highest = 0, value, before;
        for (; i < end; i++) {
            bool has = column_value(s, s->in->row[i], &value);
            if (s->packed == NULL) {
                highest = has && value > highest ? value : highest;
                continue;
            }
            value = !has            ? s->range
                    : s->descending ? s->range - 1 - (value - s->low)
                                    : value - s->low;
            s->packed[i] = value << s->shift | i;
        }
        before = atomic_load(&s->highest);
        while (highest > before && !atomic_compare_exchange_weak(&s->highest, &before, highest)) {
        }
    }
}

/* Finds in what range the column's values are: low, and range above them all. */
static int find_range(struct sorter *s, struct err *err)
{
    const struct table *t = s->t;
    switch (s->role) {
    case ROLE_TS:
        s->low = order_head_time(t->first_ts_us);
        s->range = t->first_ts_us == TIME_MISSING ? 1 : order_head_time(t->last_ts_us) - s->low + 1;
        return 0;
    case ROLE_ORIG_H:
    case ROLE_RESP_H:
        s->range = (uint64_t)table_n_addrs(t) + 1;
        return rank_addrs(s, err);
    case ROLE_ORIG_P:
    case ROLE_RESP_P:
        s->range = 65536;
        return 0;
    default:
        if (crew_run(&s->crew, n_tasks(s), value_tasks, s, "the keys to sort by", err) != 0)
            return -1;
        s->range = atomic_load(&s->highest);
        s->range += s->range < UINT64_MAX;
        return 0;
    }
}

/* Keys of 16 bytes where 8 are too few. */
static int wide_keys(struct sorter *s, struct err *err)
{
    s->key = mem_alloc(s->n, sizeof *s->key);
    if (s->key == NULL)
        return no_memory(err);
    for (uint64_t i = 0; i < s->n; i++) {
        if (i % 1024 == 0 && job_cancelled(s->crew.job))
            return job_stopped(err);
        s->key[i].at = (uint32_t)i;
        s->key[i].tie = column_value(s, s->in->row[i], &s->key[i].head) ? 0 : MISSING;
    }
    return 0;
}

/* Fills `packed`, or `key` where a value and a position take more than 64 bits. */
static int keys_from_column(struct sorter *s, struct err *err)
{
    if (find_range(s, err) != 0)
        return -1;
    s->shift = packed_bits(s->n);
    if (s->range >> (64 - s->shift) != 0)
        return wide_keys(s, err);
    s->packed = mem_alloc(s->n, sizeof *s->packed);
    if (s->packed == NULL)
        return no_memory(err);
    return crew_run(&s->crew, n_tasks(s), value_tasks, s, "the keys to sort by", err);
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

static int sort_keys(struct sorter *s, struct err *err)
{
    uint64_t have;
    if (s->packed != NULL)
        return packed_sort(s->packed, s->n, s->crew.job, err);
    have = missing_last(s->key, s->n);
    if (order_sort(s->key, have, &s->ties, s->descending, s->crew.job, err) != 0)
        return -1;
    return order_sort(s->key + have, s->n - have, NULL, false, s->crew.job, err);
}

/* Turns the keys into row numbers, in their memory: a row number is never written behind the key
 * that is read. */
static void take_result(struct rowset *out, struct sorter *s)
{
    char *rows = s->packed != NULL ? (char *)s->packed : (char *)s->key;
    uint64_t mask = ((uint64_t)1 << s->shift) - 1;
    for (uint64_t i = 0; i < s->n; i++) {
        uint64_t at = s->packed != NULL ? s->packed[i] & mask : s->key[i].at;
        memcpy(rows + i * sizeof *out->row, &s->in->row[at], sizeof *out->row);
    }
    out->row = mem_resize(rows, s->n, sizeof *out->row);
    if (out->row == NULL)
        out->row = (uint32_t *)(void *)rows;
    out->n = s->n;
    s->packed = NULL;
    s->key = NULL;
}

static int make_keys(struct sorter *s, struct err *err)
{
    if (order_ties_init(&s->ties, err) != 0)
        return -1;
    if (s->role != ROLE_NONE)
        return keys_from_column(s, err);
    s->key = order_of_rows(s->in, s->t->n_rows, s->crew.job, err);
    return s->key == NULL ? -1 : keys_from_text(s, err);
}

int rowset_sort(struct rowset *out, const struct rowset *in, const struct table *t, uint32_t column,
                bool descending, struct job *job, struct err *err)
{
    struct sorter *s = mem_zalloc(1, sizeof *s);
    int rc = -1;
    *out = (struct rowset){.n = 0};
    if (s == NULL)
        return no_memory(err);
    crew_init(&s->crew, in->n < SCAN_ALONE_BELOW ? NULL : job_pool(job), job);
    s->t = t;
    s->in = in;
    s->column = column;
    s->type = t->schema.col[column].type;
    s->role = role_in_column(t, column);
    s->descending = descending;
    s->n = in->n;
    if (make_keys(s, err) != 0 || sort_keys(s, err) != 0)
        goto out;
    take_result(out, s);
    rc = 0;
out:
    mem_free(s->key);
    mem_free(s->packed);
    mem_free(s->rank);
    order_ties_release(&s->ties);
    mem_free(s);
    return rc;
}
