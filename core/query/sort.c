/* Stable sorting of row sets by a column; see rowset.h.
 *
 * DESIGN
 * 1. Times, addresses, ports and byte counts come from the table's columns where these say all that
 * the text says, which they do unless the column has bad values. A value and a position mostly fit
 * into 8 bytes (packed.h).
 * 2. Everything else is read again (sort_text.h), and gives keys of 12 bytes (order.h).
 * 3. Missing values stand last in both directions, so descending is not the reverse of ascending.
 * 4. The result takes the memory of the keys. */
#include "core/base/mem.h"
#include "core/crew.h"
#include "core/packed.h"
#include "core/query/scan.h"
#include "core/query/sort_text.h"

#define TASK_ROWS 16384

struct sorter {
    struct crew crew;
    const struct table *t;
    const struct rowset *in;
    bool descending;
    enum role role; /* whose column is sorted */
    uint64_t n;
    struct order_key *key; /* n; owned */
    uint64_t *packed;      /* n, instead of them; owned */
    uint32_t *rank;        /* of each address; owned, NULL unless it is addresses that are sorted */
    uint64_t low, range;   /* of the values */
    uint32_t shift;        /* above the position */
    _Atomic uint64_t highest; /* value so far, while it is looked for */
};

static int no_memory(struct err *err)
{
    return err_memory(err, "the keys to sort by");
}

static uint32_t n_tasks(const struct sorter *s)
{
    return (uint32_t)((s->n + TASK_ROWS - 1) / TASK_ROWS);
}

/* ---- keys from the table's columns ---- */

/* Addresses with equal heads may differ: IPv6 in its last bytes, what is none in its text. */
static uint64_t addr_head(const struct addr *addr)
{
    uint64_t head = 0;
    if (addr->kind == ADDR_NOT)
        return (uint64_t)2 << 56;
    if (addr->kind == ADDR_V4)
        memcpy((char *)&head + 4, addr->byte + 12, 4);
    else
        memcpy(&head, addr->byte, sizeof head);
    head = __builtin_bswap64(head);
    return addr->kind == ADDR_V4 ? head : (uint64_t)1 << 56 | head >> 8;
}

static int addr_order(const struct sorter *s, uint32_t a, uint32_t b)
{
    const struct addr *x = table_addr(s->t, a), *y = table_addr(s->t, b);
    if (x->kind == ADDR_NOT && y->kind == ADDR_NOT)
        return span_cmp(table_addr_text(s->t, a), table_addr_text(s->t, b));
    return memcmp(x->byte, y->byte, sizeof x->byte);
}

static int by_addr(const void *a, const void *b, void *sorter)
{
    const struct sorter *s = sorter;
    const struct order_key *x = a, *y = b;
    int c = job_cancelled(s->crew.job) ? 0 : addr_order(s, x->at, y->at);
    return c != 0 ? c : x->at < y->at ? -1 : 1;
}

/* The place of each address among all: equal ones, however spelt, have equal places. */
static int rank_addrs(struct sorter *s, struct err *err)
{
    uint32_t n = table_n_addrs(s->t), rank = 0, end;
    struct order_key *key = mem_alloc(n, sizeof *key);
    int rc = -1;
    s->rank = mem_alloc(n, sizeof *s->rank);
    if (key == NULL || s->rank == NULL) {
        no_memory(err);
        goto out;
    }
    for (uint32_t id = 0; id < n; id++)
        key[id] = (struct order_key){addr_head(table_addr(s->t, id)), id};
    if (order_sort(key, n, false, s->crew.job, err) != 0)
        goto out;
    for (uint32_t i = 0; i < n; i = end) {
        for (end = i + 1; end < n && key[end].head == key[i].head;)
            end++;
        if (end - i > 1)
            qsort_r(key + i, end - i, sizeof *key, by_addr, s);
        s->rank[key[i].at] = rank++;
        for (uint32_t j = i + 1; j < end; j++) {
            rank += addr_order(s, key[j - 1].at, key[j].at) != 0;
            s->rank[key[j].at] = rank - 1;
        }
    }
    rc = job_check(s->crew.job, err);
out:
    mem_free(key);
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

/* Sorts by keys of 12 bytes where 8 are too few. */
static int sort_wide(struct sorter *s, struct err *err)
{
    uint64_t *missing = mem_zalloc(s->n / 64 + 1, sizeof *missing), have;
    int rc = -1;
    s->key = mem_alloc(s->n, sizeof *s->key);
    if (missing == NULL || s->key == NULL) {
        no_memory(err);
        goto out;
    }
    for (uint64_t i = 0; i < s->n; i++) {
        uint64_t value = 0;
        if (i % 1024 == 0 && job_check(s->crew.job, err) != 0)
            goto out;
        if (!column_value(s, s->in->row[i], &value))
            missing[i / 64] |= (uint64_t)1 << (i % 64);
        s->key[i] = (struct order_key){value, (uint32_t)i};
    }
    rc = order_sort_missing(s->key, s->n, missing, s->descending, &have, s->crew.job, err);
out:
    mem_free(missing);
    return rc;
}

/* Sorts `packed`, or `key` where a value and a position take more than 64 bits. */
static int sort_by_column(struct sorter *s, struct err *err)
{
    if (find_range(s, err) != 0)
        return -1;
    s->shift = packed_bits(s->n);
    if (s->range >> (64 - s->shift) != 0)
        return sort_wide(s, err);
    s->packed = mem_alloc(s->n, sizeof *s->packed);
    if (s->packed == NULL)
        return no_memory(err);
    if (crew_run(&s->crew, n_tasks(s), value_tasks, s, "the keys to sort by", err) != 0)
        return -1;
    return packed_sort(s->packed, s->n, s->crew.job, err);
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

static int sort(struct sorter *s, uint32_t column, struct err *err)
{
    struct sort_opts opts = {s->in, s->t, column, s->descending, s->crew.job, 0};
    if (s->role != ROLE_NONE)
        return sort_by_column(s, err);
    s->key = sort_by_text(&opts, err);
    return s->key == NULL ? -1 : 0;
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
    s->role = role_in_column(t, column);
    s->descending = descending;
    s->n = in->n;
    if (sort(s, column, err) != 0)
        goto out;
    take_result(out, s);
    rc = 0;
out:
    mem_free(s->key);
    mem_free(s->packed);
    mem_free(s->rank);
    mem_free(s);
    return rc;
}
