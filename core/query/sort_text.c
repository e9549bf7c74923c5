/* Sorting by text; see sort_text.h.
 *
 * DESIGN
 * 1. Rows are read in the order of their files, each by one of several threads, and a row leaves nothing
 *    behind but its key's head. Comparing reads no file.
 * 2. While a column has few different texts (lexicon.h), the head is the text's number, which becomes its
 *    rank: that is all. Else it is the first bytes of the text, or the number itself.
 * 3. Rows with equal heads whose texts go on are ties. Those of a long run are read again for their next
 *    bytes and sorted in place, as all rows were before. Short runs are gathered until there are enough of
 *    them to be read in the order of the file, and are compared in memory; then they are forgotten.
 * 4. What was read from a file that has changed since counts as it is now: any order, but no harm. */
#include "core/query/sort_text.h"

#include "core/base/mem.h"
#include "core/crew.h"
#include "core/packed.h"
#include "core/query/lexicon.h"
#include "core/query/scan.h"
#include "core/table/value.h"

#define TASK_ROWS  16384 /* whole words of bits */
#define TIE_ROWS   1024  /* of a task that reads ties: they may lie far apart */
#define CHECK_RUNS 4096
#define LEAST_TIES 65536 /* rows that are always compared in memory at once */
#define TIES_SHARE 24    /* or such a part of all */
#define MOST_DEPTH 64    /* passes over a run that still begins alike */
#define EXACT_COUNT                                                                                \
    9007199254740992.0 /* 2^53: from here on a double may stand for several counts */

enum heads { HEADS_NUMBERED, HEADS_BEGIN, HEADS_EXACT };

/* Rows with equal heads: keys first .. first + n - 1. */
struct run {
    struct order_key *first;
    uint64_t n;
};

/* A row that is compared by what its head does not tell. */
struct tie {
    uint64_t from; /* of the text, in its reader's buffer */
    uint32_t len, at, member;
};

struct sorter {
    struct crew crew;
    const struct sort_opts *opts;
    enum col_type type;
    uint64_t most;
    bool in_file_order; /* the set is */
    unsigned depth;
    /* of a pass over keys */
    struct order_key *key;
    uint64_t n;
    uint64_t *missing; /* a bit for each key, or NULL: all have a value */
    enum heads heads;
    size_t offset; /* bytes of the text that are known to be equal */
    struct lexicon *lexicon;
    /* ties that are compared next */
    struct run *run; /* owned, as all below */
    size_t n_runs, runs_cap;
    uint64_t n_ties;
    struct tie *tie;
    uint64_t *order;  /* row above number of the tie */
    struct buf *text; /* one a thread */
};

/* What a thread reads with. */
struct maker {
    struct row_reader *reader;
    struct buf decode, addr;
    struct lexicon_reader recent;
};

static struct maker *maker_new(const struct table *t)
{
    struct err err = ERR_INIT;
    struct maker *m = mem_zalloc(1, sizeof *m);
    if (m == NULL || (m->reader = row_reader_new(t, 0, &err)) != NULL)
        return m;
    mem_free(m);
    return NULL;
}

static void maker_free(struct maker *m)
{
    if (m == NULL)
        return;
    row_reader_free(m->reader);
    buf_release(&m->decode);
    buf_release(&m->addr);
    mem_free(m);
}

/* ---- what a row sorts by ---- */

/* The text of the column; false when the row has no value. */
static bool column_text(const struct sorter *s, struct maker *m, const struct row *row,
                        struct span *text)
{
    const struct field *f = &row->field[s->opts->column];
    if (row->gone || f->state == FIELD_UNSET || f->state == FIELD_ABSENT)
        return false;
    *text = field_decode(f, &m->decode);
    return true;
}

/* An address sorts by kind and bytes, junk by its text behind them. */
static struct span addr_bytes(struct maker *m, struct span text)
{
    struct addr addr;
    (void)addr_parse(text, &addr);
    buf_clear(&m->addr);
    buf_add_char(&m->addr, addr.kind == ADDR_NOT ? 2 : addr.kind == ADDR_V4 ? 0 : 1);
    if (addr.kind == ADDR_NOT)
        buf_add_span(&m->addr, text);
    else if (addr.kind == ADDR_V4)
        buf_add(&m->addr, addr.byte + 12, 4);
    else
        buf_add(&m->addr, addr.byte, sizeof addr.byte);
    return buf_span(&m->addr);
}

/* The bytes that decide where the ones before are equal. */
static struct span rest_of(const struct sorter *s, struct maker *m, struct span text)
{
    size_t skip;
    if (s->type == COL_ADDR)
        text = addr_bytes(m, text);
    skip = text.len < s->offset ? text.len : s->offset;
    return span_make(text.ptr + skip, text.len - skip);
}

static uint64_t exact_count(struct span text)
{
    uint64_t n;
    double x;
    if (value_count(text, &n))
        return n;
    return value_double(text, &x) && x < 1.8e19 && x > 0 ? (uint64_t)x : 0;
}

/* False for a row without a value, and for a number column's junk. */
static bool make_head(const struct sorter *s, struct maker *m, const struct row *row,
                      uint64_t *head)
{
    struct span text;
    int64_t us;
    double x;
    if (!column_text(s, m, row, &text))
        return false;
    if (s->type == COL_TIME) {
        if (!value_time_us(text, &us))
            return false;
        *head = order_head_time(us);
        return true;
    }
    if (col_type_is_number(s->type)) {
        if (!value_double(text, &x))
            return false;
        *head = s->heads == HEADS_EXACT ? exact_count(text) : order_head_number(x);
        return true;
    }
    text = rest_of(s, m, text);
    *head = s->heads == HEADS_BEGIN ? order_head_text(text)
                                    : lexicon_number(s->lexicon, &m->recent, text);
    return true;
}

/* Whether rows with this head may still differ. */
static bool goes_on(const struct sorter *s, uint64_t head)
{
    if (s->type == COL_TIME)
        return false;
    if (col_type_is_number(s->type))
        return head >= order_head_number(EXACT_COUNT);
    return order_has_more(head);
}

/* ---- a pass over keys ---- */

/* -1 on memory. */
static int read_task(struct sorter *s, struct maker *m, uint32_t task)
{
    uint64_t i = (uint64_t)task * TASK_ROWS, end = i + TASK_ROWS < s->n ? i + TASK_ROWS : s->n;
    struct err err = ERR_INIT;
    const struct row *row;
    for (; i < end; i++) {
        uint64_t head = 0;
        if (i % SCAN_CHECK_ROWS == 0 &&
            (job_cancelled(s->crew.job) ||
             (s->heads == HEADS_NUMBERED && lexicon_is_full(s->lexicon))))
            return 0;
        if (row_reader_get(m->reader, s->opts->in->row[s->key[i].at], &row, &err) != 0)
            return -1;
        if (!make_head(s, m, row, &head) && s->missing != NULL)
            s->missing[i / 64] |= (uint64_t)1 << (i % 64);
        s->key[i].head = head;
    }
    return m->decode.failed || m->addr.failed ? -1 : 0;
}

static void read_tasks(void *user, uint32_t member)
{
    struct sorter *s = user;
    struct maker *m = maker_new(s->opts->table);
    uint32_t task;
    (void)member;
    if (m == NULL)
        atomic_store(&s->crew.failed, true);
    while (crew_take(&s->crew, &task))
        if (read_task(s, m, task) != 0)
            atomic_store(&s->crew.failed, true);
    maker_free(m);
}

static int pass(struct sorter *s, enum heads heads, struct err *err)
{
    s->heads = heads;
    return crew_run(&s->crew, (uint32_t)((s->n + TASK_ROWS - 1) / TASK_ROWS), read_tasks, s,
                    "the keys to sort by", err);
}

/* Heads from few different texts. Returns 1; 0 when there are too many, -1 on error. */
static int number_texts(struct sorter *s, struct err *err)
{
    const uint32_t *rank;
    int rc = -1;
    s->lexicon = lexicon_new(err);
    if (s->lexicon == NULL || pass(s, HEADS_NUMBERED, err) != 0)
        goto out;
    rc = 0;
    if (lexicon_is_full(s->lexicon))
        goto out;
    rank = lexicon_ranks(s->lexicon);
    rc = rank == NULL ? err_memory(err, "the texts to sort by") : 1;
    for (uint64_t i = 0; i < s->n && rc == 1; i++) {
        bool has = s->missing == NULL || (s->missing[i / 64] >> (i % 64) & 1) == 0;
        s->key[i].head = has ? rank[s->key[i].head] : 0;
    }
out:
    lexicon_free(s->lexicon);
    s->lexicon = NULL;
    return rc;
}

/* Makes the heads of keys that stand in the order of the files. Returns 1 when they say all, 0 when rows
 * with equal heads may differ, -1 on error. */
static int make_heads(struct sorter *s, struct err *err)
{
    int rc;
    if (col_type_is_number(s->type) && s->type != COL_TIME && s->offset > 0)
        return pass(s, HEADS_EXACT, err) != 0 ? -1 : 1;
    if (col_type_is_number(s->type) || s->type == COL_TIME)
        return pass(s, HEADS_BEGIN, err);
    rc = number_texts(s, err);
    return rc != 0 ? rc : pass(s, HEADS_BEGIN, err);
}

/* ---- ties in memory ---- */

static void read_ties(void *user, uint32_t member)
{
    struct sorter *s = user;
    struct maker *m = maker_new(s->opts->table);
    struct buf *text = &s->text[member];
    struct err err = ERR_INIT;
    const struct row *row;
    uint32_t task;
    if (m == NULL)
        atomic_store(&s->crew.failed, true);
    while (crew_take(&s->crew, &task)) {
        uint64_t i = (uint64_t)task * TIE_ROWS;
        uint64_t end = i + TIE_ROWS < s->n_ties ? i + TIE_ROWS : s->n_ties;
        for (; i < end; i++) {
            struct tie *tie = &s->tie[(uint32_t)s->order[i]];
            struct span rest = span_of("");
            uint64_t count = 0;
            if (i % SCAN_CHECK_ROWS == 0 && job_cancelled(s->crew.job))
                break;
            if (row_reader_get(m->reader, s->order[i] >> 32, &row, &err) != 0) {
                atomic_store(&s->crew.failed, true);
                break;
            }
            if (!column_text(s, m, row, &rest)) {
                rest = span_of("");
            } else if (col_type_is_number(s->type)) {
                count = __builtin_bswap64(exact_count(rest));
                rest = span_make((const char *)&count, sizeof count);
            } else {
                rest = rest_of(s, m, rest);
            }
            tie->from = text->len;
            tie->len = (uint32_t)rest.len;
            tie->member = member;
            buf_add_span(text, rest);
        }
    }
    if (text->failed || (m != NULL && (m->decode.failed || m->addr.failed)))
        atomic_store(&s->crew.failed, true);
    maker_free(m);
}

static int by_text(const void *a, const void *b, void *sorter)
{
    const struct sorter *s = sorter;
    const struct tie *x = a, *y = b;
    int c;
    if (job_cancelled(s->crew.job))
        return 0; /* the end comes soon, and nobody looks at what it is */
    c = span_cmp(span_make(s->text[x->member].ptr + x->from, x->len),
                 span_make(s->text[y->member].ptr + y->from, y->len));
    if (c != 0)
        return s->opts->descending ? -c : c;
    return x->at < y->at ? -1 : 1;
}

/* Fills `tie` and `order` from the runs. */
static int list_ties(struct sorter *s, struct err *err)
{
    uint64_t n = 0;
    s->tie = mem_alloc(s->n_ties, sizeof *s->tie);
    s->order = mem_alloc(s->n_ties, sizeof *s->order);
    s->text = mem_zalloc(parallel_threads(s->crew.pool), sizeof *s->text);
    if (s->tie == NULL || s->order == NULL || s->text == NULL)
        return err_memory(err, "the rows to compare");
    for (size_t r = 0; r < s->n_runs; r++) {
        for (uint64_t i = 0; i < s->run[r].n; i++, n++) {
            uint32_t at = s->run[r].first[i].at;
            s->tie[n] = (struct tie){.at = at};
            s->order[n] = (uint64_t)s->opts->in->row[at] << 32 | n;
        }
    }
    return packed_sort(s->order, n, s->crew.job, err);
}

static void forget_ties(struct sorter *s)
{
    for (uint32_t i = 0; s->text != NULL && i < parallel_threads(s->crew.pool); i++)
        buf_release(&s->text[i]);
    mem_free(s->text);
    mem_free(s->tie);
    mem_free(s->order);
    s->text = NULL;
    s->tie = NULL;
    s->order = NULL;
    s->n_runs = 0;
    s->n_ties = 0;
}

/* Sorts the runs that were gathered. */
static int compare_ties(struct sorter *s, struct err *err)
{
    uint64_t n = 0;
    int rc = 0;
    if (s->n_runs == 0)
        return 0;
    if (list_ties(s, err) != 0 ||
        crew_run(&s->crew, (uint32_t)((s->n_ties + TIE_ROWS - 1) / TIE_ROWS), read_ties, s,
                 "the rows to compare", err) != 0) {
        rc = -1;
        goto out;
    }
    for (size_t r = 0; r < s->n_runs && rc == 0; r++) {
        struct run *run = &s->run[r];
        qsort_r(s->tie + n, run->n, sizeof *s->tie, by_text, s);
        for (uint64_t i = 0; i < run->n; i++, n++)
            run->first[i].at = s->tie[n].at;
        rc = r % CHECK_RUNS == 0 || run->n > CHECK_RUNS ? job_check(s->crew.job, err) : 0;
    }
out:
    forget_ties(s);
    return rc;
}

/* ---- the whole ---- */

static int sort_run(struct sorter *s, struct run run, size_t offset, struct err *err);

static int gather(struct sorter *s, struct run run, struct err *err)
{
    void *runs = s->run;
    if (s->n_ties + run.n > s->most && compare_ties(s, err) != 0)
        return -1;
    if (mem_grow(&runs, &s->runs_cap, s->n_runs + 1, sizeof *s->run) != 0)
        return err_memory(err, "the rows to compare");
    s->run = runs;
    s->run[s->n_runs++] = run;
    s->n_ties += run.n;
    return 0;
}

/* Sorts among each other the rows of a sorted run that have equal heads, and equal bytes up to `offset`. */
static int settle_ties(struct sorter *s, struct run all, size_t offset, struct err *err)
{
    uint64_t i = 0, end, looks = 0;
    for (; i < all.n; i = end) {
        struct run run = {all.first + i, 0};
        uint64_t head = all.first[i].head;
        int rc;
        for (end = i + 1; end < all.n && all.first[end].head == head;)
            end++;
        if (looks++ % CHECK_RUNS == 0 && job_check(s->crew.job, err) != 0)
            return -1;
        run.n = end - i;
        if (run.n == 1 || !goes_on(s, head))
            continue;
        s->offset = offset;
        if (run.n <= s->most || s->depth >= MOST_DEPTH)
            rc = gather(s, run, err);
        else
            rc = compare_ties(s, err) != 0 ? -1 : sort_run(s, run, offset, err);
        if (rc != 0)
            return -1;
    }
    s->offset = offset;
    return compare_ties(s, err);
}

/* Rows of equal heads stand in the order of the set; this puts them in that of the files. */
static int to_file_order(struct sorter *s, struct run run, struct err *err)
{
    if (s->in_file_order)
        return 0;
    for (uint64_t i = 0; i < run.n; i++)
        run.first[i].head = s->opts->in->row[run.first[i].at];
    return order_sort(run.first, run.n, false, s->crew.job, err);
}

/* Sorts a long run by its bytes from `offset` on. */
static int sort_run(struct sorter *s, struct run run, size_t offset, struct err *err)
{
    int exact, rc;
    if (to_file_order(s, run, err) != 0)
        return -1;
    s->key = run.first;
    s->n = run.n;
    s->offset = offset;
    exact = make_heads(s, err);
    if (exact < 0 || order_sort(run.first, run.n, s->opts->descending, s->crew.job, err) != 0)
        return -1;
    if (exact == 1)
        return 0;
    s->depth++;
    rc = settle_ties(s, run, offset + ORDER_HEAD_BYTES, err);
    s->depth--;
    return rc;
}

static int sort_all(struct sorter *s, struct order_key *key, uint64_t n, struct err *err)
{
    uint64_t have = n;
    int exact, rc;
    s->missing = mem_zalloc(n / 64 + 1, sizeof *s->missing);
    if (s->missing == NULL)
        return err_memory(err, "the keys to sort by");
    s->key = key;
    s->n = n;
    exact = make_heads(s, err);
    rc = exact < 0
             ? -1
             : order_sort_missing(key, n, s->missing, s->opts->descending, &have, s->crew.job, err);
    mem_free(s->missing);
    s->missing = NULL;
    if (rc != 0 || exact == 1)
        return rc;
    return settle_ties(s, (struct run){key, have}, ORDER_HEAD_BYTES, err);
}

struct order_key *sort_by_text(const struct sort_opts *opts, struct err *err)
{
    struct sorter s = {.opts = opts, .type = opts->table->schema.col[opts->column].type};
    uint64_t n = opts->in->n;
    struct order_key *key = order_of_rows(opts->in, opts->table->n_rows, opts->job, err);
    int rc = -1;
    if (key == NULL)
        return NULL;
    crew_init(&s.crew, n < SCAN_ALONE_BELOW ? NULL : job_pool(opts->job), opts->job);
    s.most = opts->most != 0               ? opts->most
             : n / TIES_SHARE > LEAST_TIES ? n / TIES_SHARE
                                           : LEAST_TIES;
    s.in_file_order = order_is_of_rows(opts->in);
    rc = sort_all(&s, key, n, err);
    mem_free(s.run);
    if (rc == 0)
        return key;
    mem_free(key);
    return NULL;
}
