/* Whether a row passes; see expr.h. Allocates nothing but the scratch of escaped values. */
#include "core/recipe/expr_impl.h"

#include "core/base/match.h"
#include "core/table/value.h"

void expr_scratch_release(struct expr_scratch *s)
{
    buf_release(&s->decode);
}

static bool compare(enum expr_op op, double a, double b)
{
    switch (op) {
    case OP_LT:
        return a < b;
    case OP_LE:
        return a <= b;
    case OP_GT:
        return a > b;
    case OP_GE:
        return a >= b;
    default:
        return a == b;
    }
}

static bool is_missing(const struct field *f)
{
    return f->state == FIELD_UNSET || f->state == FIELD_ABSENT;
}

/* The field's value as the number that bound values are. */
static bool field_number(enum col_type type, struct span text, double *out)
{
    uint64_t count;
    int64_t us;
    bool truth;
    if (type == COL_TIME) {
        if (!value_time_us(text, &us))
            return false;
        *out = (double)us;
        return true;
    }
    if (type == COL_BOOL) {
        if (!value_bool(text, &truth))
            return false;
        *out = truth;
        return true;
    }
    if (type == COL_COUNT || type == COL_PORT) {
        if (!value_count(text, &count) || (type == COL_PORT && count > UINT16_MAX))
            return false;
        *out = (double)count;
        return true;
    }
    if (!value_double(text, out))
        return false;
    if (type == COL_INTERVAL)
        *out = expr_interval(*out);
    return true;
}

/* A field's value read as its type. */
struct reading {
    struct span text;
    struct addr addr;
    double number;
};

/* False when it is missing: unset, or no value of its type. */
static bool read_value(enum col_type type, const struct field *f, struct reading *r)
{
    if (is_missing(f))
        return false;
    if (type == COL_ADDR)
        return addr_parse(r->text, &r->addr);
    if (col_type_is_number(type) || type == COL_BOOL)
        return field_number(type, r->text, &r->number);
    return true;
}

/* One value of a test against a field that has one. */
static bool passes(enum col_type type, enum expr_op op, const struct expr_value *v,
                   const struct reading *r)
{
    if (op == OP_HAS)
        return match_in(r->text, v->text, match_any_case(v->text), NULL);
    if (type == COL_ADDR)
        return cidr_has(&v->net, &r->addr);
    if (col_type_is_number(type) || type == COL_BOOL)
        return compare(op, r->number, v->number);
    return span_eq(r->text, v->text);
}

bool expr_field_passes(const struct expr *e, const struct expr_node *test, enum expr_op op,
                       const struct field *f, struct expr_scratch *scratch)
{
    struct reading r = {.text = field_decode(f, &scratch->decode)};
    bool has = op == OP_HAS ? !is_missing(f) : read_value(test->type, f, &r);
    for (uint32_t i = 0; i < test->n_values; i++) {
        const struct expr_value *v = &e->value[test->first_value + i];
        bool unset = op == OP_EQ && v->unset;
        if (unset ? !has : has && passes(test->type, op, v, &r))
            return true;
    }
    return false;
}

bool expr_number_passes(const struct expr *e, const struct expr_node *test, enum expr_op op,
                        double x)
{
    for (uint32_t i = 0; i < test->n_values; i++) {
        if (!e->value[test->first_value + i].unset &&
            compare(op, x, e->value[test->first_value + i].number))
            return true;
    }
    return false;
}

bool expr_has_unset(const struct expr *e, const struct expr_node *test)
{
    for (uint32_t i = 0; i < test->n_values; i++) {
        if (e->value[test->first_value + i].unset)
            return true;
    }
    return false;
}

bool expr_addr_is_inside(const struct expr *e, const struct addr *addr)
{
    if (e->n_local == 0)
        return addr_is_local(addr);
    for (size_t i = 0; i < e->n_local; i++) {
        if (cidr_has(&e->local[i], addr))
            return true;
    }
    return false;
}

/* 1 inside, 0 outside, -1 unknown. */
static int is_local(const struct expr *e, const struct field *field, enum role host, enum role flag,
                    struct expr_scratch *scratch)
{
    const struct field *f = &field[e->role[host]];
    struct addr addr;
    bool truth;
    if (e->n_local == 0 && e->role[flag] >= 0 && field[e->role[flag]].state == FIELD_VALUE &&
        value_bool(field_decode(&field[e->role[flag]], &scratch->decode), &truth))
        return truth;
    if (f->state != FIELD_VALUE || !addr_parse(field_decode(f, &scratch->decode), &addr))
        return -1;
    return expr_addr_is_inside(e, &addr);
}

double expr_direction(bool orig_inside, bool resp_inside)
{
    return orig_inside ? (resp_inside ? DIR_INSIDE : DIR_OUT)
                       : (resp_inside ? DIR_IN : DIR_OUTSIDE);
}

static bool direction(const struct expr *e, const struct field *field, struct expr_scratch *scratch,
                      double *out)
{
    int orig = is_local(e, field, ROLE_ORIG_H, ROLE_LOCAL_ORIG, scratch);
    int resp = is_local(e, field, ROLE_RESP_H, ROLE_LOCAL_RESP, scratch);
    if (orig < 0 || resp < 0)
        return false;
    *out = expr_direction(orig == 1, resp == 1);
    return true;
}

double expr_time_number(const struct expr_node *test, int64_t us, struct expr_scratch *scratch)
{
    return test->subject == SUBJECT_HOUR ? (double)(int)time_hour(us, &scratch->zone)
                                         : (double)time_weekday(us, &scratch->zone);
}

/* The number of a virtual field. False when it is missing. */
static bool virtual_number(const struct expr *e, const struct expr_node *test,
                           const struct field *field, struct expr_scratch *scratch, double *out)
{
    const struct field *ts;
    int64_t us;
    if (test->subject == SUBJECT_DIR)
        return direction(e, field, scratch, out);
    ts = &field[e->role[ROLE_TS]];
    if (ts->state != FIELD_VALUE || !value_time_us(field_decode(ts, &scratch->decode), &us))
        return false;
    *out = expr_time_number(test, us, scratch);
    return true;
}

static bool eval_test(const struct expr *e, const struct expr_node *test, const struct field *field,
                      struct expr_scratch *scratch)
{
    enum expr_op op = test->op == OP_NE ? OP_EQ : test->op;
    bool hit = false;
    double x;
    switch (test->subject) {
    case SUBJECT_COLUMN:
        for (uint32_t i = 0; i < test->n_cols && !hit; i++)
            hit = expr_field_passes(e, test, op, &field[test->col[i]], scratch);
        break;
    case SUBJECT_ANY:
        for (size_t i = 0; i < e->n_columns && !hit; i++)
            hit = expr_field_passes(e, test, op, &field[i], scratch);
        break;
    case SUBJECT_HOUR:
    case SUBJECT_WEEKDAY:
    case SUBJECT_DIR:
        hit = virtual_number(e, test, field, scratch, &x) ? expr_number_passes(e, test, op, x)
                                                          : expr_has_unset(e, test);
        break;
    }
    return hit != (test->op == OP_NE);
}

static bool eval(const struct expr *e, uint32_t n, const struct field *field,
                 struct expr_scratch *scratch)
{
    for (;;) {
        const struct expr_node *node = &e->node[n];
        switch (node->kind) {
        case EXPR_AND:
        case EXPR_OR:
            /* Chains lean to the right: the left side is one term. */
            if (eval(e, node->left, field, scratch) == (node->kind == EXPR_OR))
                return node->kind == EXPR_OR;
            n = node->right;
            break;
        case EXPR_NOT:
            return !eval(e, node->left, field, scratch);
        case EXPR_TEST:
            return eval_test(e, node, field, scratch);
        }
    }
}

bool expr_eval(const struct expr *e, const struct field *field, struct expr_scratch *scratch)
{
    BUG_IF(!e->bound);
    return eval(e, e->root, field, scratch);
}
