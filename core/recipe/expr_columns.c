/* Expressions over columns; see expr_columns.h.
 *
 * DESIGN
 * 1. A test of an address or a category is asked once for each address or category that there is, by
 *    the same function that is asked of fields. A test of a number compares the column's number.
 * 2. The table does not tell why a value is missing: unset, empty, or not in this row's file. When
 *    these differ for a test, the row's text decides.
 * 3. `and` and `or` need no text where one side decides. */
#include "core/recipe/expr_columns.h"

#include "core/base/mem.h"
#include "core/recipe/expr_impl.h"

#define ADDRS_BETWEEN 1024 /* two looks at the cancel flag */

enum source { FROM_TEXT, FROM_ADDR, FROM_CAT, FROM_NUMBER };

/* How one column of a test is answered. */
struct column_source {
    enum source source;
    enum role role;
    enum cat cat;
    const uint8_t *answer; /* enum expr_answer, by address or category */
    uint8_t missing;       /* the answer for a row without a value */
};

struct test_sources {
    struct column_source col[2];
    uint8_t *by_addr; /* owned: answers; of a direction: where an address is */
    uint8_t by_cat[2][256];
    bool whole; /* dir, hour and weekday: columns say it */
};

struct expr_columns {
    const struct expr *e;
    const struct table *t;
    struct test_sources *test; /* by node; owned */
};

enum place { PLACE_IS_OUTSIDE, PLACE_IS_INSIDE, PLACE_UNKNOWN };

void expr_columns_free(struct expr_columns *x)
{
    if (x == NULL)
        return;
    for (size_t i = 0; x->test != NULL && i < x->e->n_nodes; i++)
        mem_free(x->test[i].by_addr);
    mem_free(x->test);
    mem_free(x);
}

/* ---- preparing ---- */

static enum expr_op asked_op(const struct expr_node *node)
{
    return node->op == OP_NE ? OP_EQ : node->op;
}

static bool field_says(const struct expr_columns *x, const struct expr_node *node,
                       enum field_state state, struct span text, struct expr_scratch *scratch)
{
    struct field f = {.text = text, .state = (uint8_t)state};
    return expr_field_passes(x->e, node, asked_op(node), &f, scratch);
}

/* What a test says of a missing value, if it says the same of every way to be missing. */
static uint8_t missing_answer(const struct expr_columns *x, const struct expr_node *node,
                              bool may_be_empty_text, struct expr_scratch *scratch)
{
    bool unset = field_says(x, node, FIELD_UNSET, span_of("-"), scratch);
    bool same = field_says(x, node, FIELD_ABSENT, span_of(""), scratch) == unset;
    if (may_be_empty_text)
        same = same && field_says(x, node, FIELD_VALUE, span_of(""), scratch) == unset;
    for (size_t i = 0; i < x->t->n_segments && same; i++)
        same = field_says(x, node, FIELD_EMPTY, span_of(x->t->segment[i].layout->empty), scratch) ==
               unset;
    return !same ? EXPR_TEXT : unset ? EXPR_YES : EXPR_NO;
}

/* Fills by_addr when it is not there yet. */
static int ask_addrs(struct expr_columns *x, const struct expr_node *node, struct test_sources *s,
                     struct expr_scratch *scratch, struct job *job, struct err *err)
{
    uint32_t n = table_n_addrs(x->t);
    if (s->by_addr != NULL)
        return 0;
    s->by_addr = mem_alloc(n, sizeof *s->by_addr);
    if (s->by_addr == NULL)
        return err_memory(err, "the filter");
    for (uint32_t id = 0; id < n; id++) {
        if (id % ADDRS_BETWEEN == 0 && job_cancelled(job))
            return job_stopped(err);
        s->by_addr[id] = field_says(x, node, FIELD_VALUE, table_addr_text(x->t, id), scratch)
                             ? EXPR_YES
                             : EXPR_NO;
    }
    return 0;
}

static void ask_categories(struct expr_columns *x, const struct expr_node *node, enum cat cat,
                           uint8_t *answer, struct expr_scratch *scratch)
{
    for (uint32_t code = 0; code < CAT_OTHER; code++)
        answer[code] =
            field_says(x, node, FIELD_VALUE, table_cat_text(x->t, cat, (uint8_t)code), scratch)
                ? EXPR_YES
                : EXPR_NO;
    answer[CAT_OTHER] = EXPR_TEXT;
    answer[CAT_MISSING] = missing_answer(x, node, true, scratch);
}

static bool is_number(enum role role)
{
    return role == ROLE_TS || role == ROLE_ORIG_P || role == ROLE_RESP_P ||
           role == ROLE_ORIG_BYTES || role == ROLE_RESP_BYTES;
}

static int find_source(struct expr_columns *x, const struct expr_node *node, struct test_sources *s,
                       uint32_t i, uint64_t n_rows, struct job *job, struct err *err)
{
    const struct table *t = x->t;
    struct column_source *c = &s->col[i];
    struct expr_scratch scratch = {.decode = BUF_INIT};
    uint32_t column = node->col[i];
    int rc = 0;
    c->role = t->schema.col[column].role;
    if (c->role == ROLE_NONE || !table_keeps(t, c->role, column))
        return 0;
    if (c->role == ROLE_ORIG_H || c->role == ROLE_RESP_H) {
        if (n_rows < table_n_addrs(t))
            return 0;
        rc = ask_addrs(x, node, s, &scratch, job, err);
        c->source = FROM_ADDR;
        c->answer = s->by_addr;
    } else if (c->role == ROLE_PROTO || c->role == ROLE_CONN_STATE || c->role == ROLE_SERVICE) {
        c->source = FROM_CAT;
        c->cat = c->role == ROLE_PROTO        ? CAT_PROTO
                 : c->role == ROLE_CONN_STATE ? CAT_STATE
                                              : CAT_SERVICE;
        ask_categories(x, node, c->cat, s->by_cat[i], &scratch);
        c->answer = s->by_cat[i];
    } else if (is_number(c->role) && node->op != OP_HAS && t->bad_values[column] == 0 &&
               node->type == role_type(c->role)) {
        c->source = FROM_NUMBER;
    }
    c->missing = missing_answer(x, node, false, &scratch);
    expr_scratch_release(&scratch);
    return rc;
}

static bool flag_is_kept(const struct table *t, enum role role)
{
    return t->schema.by_role[role] < 0 || table_keeps(t, role, (uint32_t)t->schema.by_role[role]);
}

/* Where every address is, for `dir`. */
static int find_places(struct expr_columns *x, struct test_sources *s, uint64_t n_rows,
                       struct job *job, struct err *err)
{
    const struct table *t = x->t;
    uint32_t n = table_n_addrs(t);
    if (n_rows < n || !table_keeps(t, ROLE_ORIG_H, (uint32_t)t->schema.by_role[ROLE_ORIG_H]) ||
        !table_keeps(t, ROLE_RESP_H, (uint32_t)t->schema.by_role[ROLE_RESP_H]) ||
        !flag_is_kept(t, ROLE_LOCAL_ORIG) || !flag_is_kept(t, ROLE_LOCAL_RESP))
        return 0;
    s->by_addr = mem_alloc(n, sizeof *s->by_addr);
    if (s->by_addr == NULL)
        return err_memory(err, "the filter");
    for (uint32_t id = 0; id < n; id++) {
        const struct addr *addr = table_addr(t, id);
        if (id % ADDRS_BETWEEN == 0 && job_cancelled(job))
            return job_stopped(err);
        s->by_addr[id] = addr->kind == ADDR_NOT            ? PLACE_UNKNOWN
                         : expr_addr_is_inside(x->e, addr) ? PLACE_IS_INSIDE
                                                           : PLACE_IS_OUTSIDE;
    }
    s->whole = true;
    return 0;
}

static int find_sources(struct expr_columns *x, uint32_t n, uint64_t n_rows, struct job *job,
                        struct err *err)
{
    const struct expr_node *node = &x->e->node[n];
    const struct table *t = x->t;
    int32_t ts = t->schema.by_role[ROLE_TS];
    switch (node->subject) {
    case SUBJECT_COLUMN:
        for (uint32_t i = 0; i < node->n_cols; i++)
            if (find_source(x, node, &x->test[n], i, n_rows, job, err) != 0)
                return -1;
        return 0;
    case SUBJECT_DIR:
        return find_places(x, &x->test[n], n_rows, job, err);
    case SUBJECT_HOUR:
    case SUBJECT_WEEKDAY:
        x->test[n].whole =
            ts >= 0 && table_keeps(t, ROLE_TS, (uint32_t)ts) && t->bad_values[ts] == 0;
        return 0;
    case SUBJECT_ANY:
        break;
    }
    return 0;
}

struct expr_columns *expr_columns_new(const struct expr *e, const struct table *t, uint64_t n_rows,
                                      struct job *job, struct err *err)
{
    struct expr_columns *x = mem_zalloc(1, sizeof *x);
    if (x == NULL || (x->test = mem_zalloc(e->n_nodes, sizeof *x->test)) == NULL) {
        mem_free(x);
        (void)err_memory(err, "the filter");
        return NULL;
    }
    BUG_IF(!e->bound);
    x->e = e;
    x->t = t;
    for (uint32_t i = 0; i < e->n_nodes; i++) {
        if (e->node[i].kind == EXPR_TEST && find_sources(x, i, n_rows, job, err) != 0) {
            expr_columns_free(x);
            return NULL;
        }
    }
    return x;
}

/* ---- asking ---- */

/* False when the row has none. */
static bool number_of(const struct table *t, uint64_t row, enum role role, double *out)
{
    uint64_t bytes;
    bool has;
    switch (role) {
    case ROLE_TS:
        *out = (double)TABLE_AT(t, row, ts_us);
        return TABLE_AT(t, row, ts_us) != TIME_MISSING;
    case ROLE_ORIG_P:
        *out = TABLE_AT(t, row, orig_p);
        return (TABLE_AT(t, row, flags) & ROW_NO_ORIG_P) == 0;
    case ROLE_RESP_P:
        *out = TABLE_AT(t, row, resp_p);
        return (TABLE_AT(t, row, flags) & ROW_NO_RESP_P) == 0;
    default:
        has = table_bytes(t, row, role == ROLE_RESP_BYTES, &bytes);
        *out = (double)bytes;
        return has;
    }
}

static enum expr_answer answer_of(bool yes)
{
    return yes ? EXPR_YES : EXPR_NO;
}

static enum expr_answer ask_column(const struct expr_columns *x, const struct expr_node *node,
                                   const struct column_source *c, uint64_t row)
{
    const struct table *t = x->t;
    uint32_t addr;
    double number;
    switch (c->source) {
    case FROM_ADDR:
        addr = c->role == ROLE_ORIG_H ? TABLE_AT(t, row, orig) : TABLE_AT(t, row, resp);
        return (enum expr_answer)(addr == ADDR_MISSING ? c->missing : c->answer[addr]);
    case FROM_CAT:
        return (enum expr_answer)c->answer[TABLE_AT(t, row, cat[c->cat])];
    case FROM_NUMBER:
        if (!number_of(t, row, c->role, &number))
            return (enum expr_answer)c->missing;
        return answer_of(expr_number_passes(x->e, node, asked_op(node), number));
    case FROM_TEXT:
        break;
    }
    return EXPR_TEXT;
}

/* One side's place: what Zeek says, unless --local does, else by the address. */
static enum place place_of(const struct expr_columns *x, const struct test_sources *s,
                           uint32_t addr, uint8_t flags, uint8_t set, uint8_t local)
{
    if (x->e->n_local == 0 && (flags & set) != 0)
        return (flags & local) != 0 ? PLACE_IS_INSIDE : PLACE_IS_OUTSIDE;
    return addr == ADDR_MISSING ? PLACE_UNKNOWN : (enum place)s->by_addr[addr];
}

static bool direction_of(const struct expr_columns *x, const struct test_sources *s, uint64_t row,
                         double *out)
{
    uint8_t flags = TABLE_AT(x->t, row, flags);
    enum place orig =
        place_of(x, s, TABLE_AT(x->t, row, orig), flags, ROW_LOCAL_ORIG_SET, ROW_LOCAL_ORIG);
    enum place resp =
        place_of(x, s, TABLE_AT(x->t, row, resp), flags, ROW_LOCAL_RESP_SET, ROW_LOCAL_RESP);
    if (orig == PLACE_UNKNOWN || resp == PLACE_UNKNOWN)
        return false;
    *out = expr_direction(orig == PLACE_IS_INSIDE, resp == PLACE_IS_INSIDE);
    return true;
}

static enum expr_answer ask_virtual(const struct expr_columns *x, const struct expr_node *node,
                                    const struct test_sources *s, uint64_t row,
                                    struct expr_scratch *scratch)
{
    int64_t us = TABLE_AT(x->t, row, ts_us);
    bool has = us != TIME_MISSING;
    double number = 0;
    if (!s->whole)
        return EXPR_TEXT;
    if (node->subject == SUBJECT_DIR)
        has = direction_of(x, s, row, &number);
    else if (has)
        number = expr_time_number(node, us, scratch);
    return answer_of(has ? expr_number_passes(x->e, node, asked_op(node), number)
                         : expr_has_unset(x->e, node));
}

static enum expr_answer ask_test(const struct expr_columns *x, uint32_t n, uint64_t row,
                                 struct expr_scratch *scratch)
{
    const struct expr_node *node = &x->e->node[n];
    const struct test_sources *s = &x->test[n];
    enum expr_answer hit = EXPR_NO, one;
    if (node->subject == SUBJECT_ANY)
        return EXPR_TEXT;
    if (node->subject != SUBJECT_COLUMN)
        hit = ask_virtual(x, node, s, row, scratch);
    else
        for (uint32_t i = 0; i < node->n_cols && hit != EXPR_YES; i++) {
            one = ask_column(x, node, &s->col[i], row);
            hit = one == EXPR_NO ? hit : one;
        }
    if (hit == EXPR_TEXT || node->op != OP_NE)
        return hit;
    return answer_of(hit == EXPR_NO);
}

static enum expr_answer ask(const struct expr_columns *x, uint32_t n, uint64_t row,
                            struct expr_scratch *scratch)
{
    for (;;) {
        const struct expr_node *node = &x->e->node[n];
        enum expr_answer decides = node->kind == EXPR_OR ? EXPR_YES : EXPR_NO, left;
        switch (node->kind) {
        case EXPR_AND:
        case EXPR_OR:
            left = ask(x, node->left, row, scratch);
            if (left == decides)
                return left;
            if (left == EXPR_TEXT) {
                left = ask(x, node->right, row, scratch);
                return left == decides ? left : EXPR_TEXT;
            }
            n = node->right;
            break;
        case EXPR_NOT:
            left = ask(x, node->left, row, scratch);
            return left == EXPR_TEXT ? left : answer_of(left == EXPR_NO);
        case EXPR_TEST:
            return ask_test(x, n, row, scratch);
        }
    }
}

enum expr_answer expr_columns_ask(const struct expr_columns *x, uint64_t row,
                                  struct expr_scratch *scratch)
{
    return ask(x, x->e->root, row, scratch);
}
