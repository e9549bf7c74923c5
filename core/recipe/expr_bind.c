/* Giving expressions a meaning for a table: fields to columns, values to numbers and networks; see
 * expr.h. */
#include "core/base/match.h"
#include "core/base/mem.h"
#include "core/recipe/expr_impl.h"
#include "core/table/value.h"

static int wrong(struct err *err, uint32_t column, const char *what, struct span text)
{
    err_set(err, ERR_USAGE, "%s: '%.*s'", what, text.len > 60 ? 60 : (int)text.len, text.ptr);
    err->column = column;
    return -1;
}

/* ---- fields ---- */

static const char *const virtual_fields[] = {"addr", "port", "bytes",   "src",
                                             "dst",  "hour", "weekday", "dir"};

static int unknown_field(const struct expr_node *test, const struct schema *schema, struct err *err)
{
    char hint[CLOSEST_HINT];
    struct closest c = schema_closest(schema, test->field);
    for (size_t i = 0; i < ARRAY_LEN(virtual_fields); i++)
        closest_try(&c, span_of(virtual_fields[i]));
    err_set(err, ERR_USAGE, "unknown field '%.*s'%s",
            test->field.len > 60 ? 60 : (int)test->field.len, test->field.ptr,
            closest_hint(&c, hint));
    err->column = test->field_column;
    return -1;
}

/* Adds the column of a role to the test's subject, when the log has it. */
static void add_role(struct expr_node *test, const struct schema *schema, enum role role)
{
    if (schema->by_role[role] < 0)
        return;
    test->col[test->n_cols++] = (uint32_t)schema->by_role[role];
    test->type = schema->col[schema->by_role[role]].type;
}

static bool bind_virtual(struct expr_node *test, const struct schema *schema)
{
    static const struct {
        const char *name;
        enum role role[2];
        int n;
    } sides[] = {{"addr", {ROLE_ORIG_H, ROLE_RESP_H}, 2},
                 {"port", {ROLE_ORIG_P, ROLE_RESP_P}, 2},
                 {"bytes", {ROLE_ORIG_BYTES, ROLE_RESP_BYTES}, 2},
                 {"src", {ROLE_ORIG_H, ROLE_NONE}, 1},
                 {"dst", {ROLE_RESP_H, ROLE_NONE}, 1}};
    for (size_t i = 0; i < ARRAY_LEN(sides); i++) {
        if (!span_is(test->field, sides[i].name))
            continue;
        test->subject = SUBJECT_COLUMN;
        for (int s = 0; s < sides[i].n; s++)
            add_role(test, schema, sides[i].role[s]);
        return test->n_cols > 0;
    }
    if (span_is(test->field, "hour") || span_is(test->field, "weekday")) {
        test->subject = span_is(test->field, "hour") ? SUBJECT_HOUR : SUBJECT_WEEKDAY;
        return schema->by_role[ROLE_TS] >= 0;
    }
    if (span_is(test->field, "dir")) {
        test->subject = SUBJECT_DIR;
        return schema->by_role[ROLE_ORIG_H] >= 0 && schema->by_role[ROLE_RESP_H] >= 0;
    }
    return false;
}

static int bind_field(struct expr_node *test, const struct schema *schema, struct err *err)
{
    int column;
    test->n_cols = 0;
    if (test->field.len == 0) {
        test->subject = SUBJECT_ANY;
        return 0;
    }
    column = schema_find(schema, test->field);
    if (column >= 0) {
        test->subject = SUBJECT_COLUMN;
        test->col[0] = (uint32_t)column;
        test->n_cols = 1;
        test->type = schema->col[column].type;
        return 0;
    }
    return bind_virtual(test, schema) ? 0 : unknown_field(test, schema, err);
}

/* ---- values ---- */

/* A number with one of the suffix letters behind it. */
static bool scaled(struct span text, const char *letters, const double *factor, double *out)
{
    const char *letter = text.len > 1 && text.ptr[text.len - 1] != '\0'
                             ? strchr(letters, text.ptr[text.len - 1])
                             : NULL;
    if (letter == NULL)
        return value_double(text, out);
    if (!value_double(span_make(text.ptr, text.len - 1), out))
        return false;
    *out *= factor[letter - letters];
    return true;
}

/* The place of a word in a list, in any case. */
static bool one_of(struct span text, const char *const *names, int n, double *out)
{
    for (int i = 0; i < n; i++) {
        if (text.len == strlen(names[i]) && match_in(text, span_of(names[i]), true, NULL)) {
            *out = i;
            return true;
        }
    }
    return false;
}

static bool weekday_value(struct span text, double *out)
{
    static const char *const days[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
    uint64_t n;
    if (one_of(text, days, ARRAY_LEN(days), out))
        return true;
    if (!value_count(text, &n) || n > 6)
        return false;
    *out = (double)n;
    return true;
}

static bool dir_value(struct span text, double *out)
{
    static const char *const names[] = {"in", "out", "inside", "outside"};
    return one_of(text, names, ARRAY_LEN(names), out);
}

static bool number_value(enum col_type type, struct span text, double *out)
{
    static const double thousands[] = {1e3, 1e3, 1e6, 1e9}, seconds[] = {1, 60, 3600, 86400};
    struct err ignored = ERR_INIT;
    int64_t us;
    bool truth;
    switch (type) {
    case COL_TIME:
        if (time_parse_local(text, &us, &ignored) != 0)
            return false;
        *out = (double)us;
        return true;
    case COL_INTERVAL:
        if (!scaled(text, "smhd", seconds, out))
            return false;
        *out = expr_interval(*out);
        return true;
    case COL_BOOL:
        if (!value_bool(text, &truth))
            return false;
        *out = truth;
        return true;
    default:
        return scaled(text, "kKMG", thousands, out);
    }
}

static const char *expected(const struct expr_node *test)
{
    if (test->subject == SUBJECT_HOUR)
        return "expected an hour from 0 to 23";
    if (test->subject == SUBJECT_WEEKDAY)
        return "expected mon tue wed thu fri sat sun";
    if (test->subject == SUBJECT_DIR)
        return "expected in, out, inside or outside";
    switch (test->type) {
    case COL_ADDR:
        return "expected an address or a network";
    case COL_TIME:
        return "expected a time like 2026-11-23T18:00";
    case COL_INTERVAL:
        return "expected a duration like 30s, 5m, 2h";
    case COL_BOOL:
        return "expected T or F";
    default:
        return "expected a number like 80, 1.5k, 2M";
    }
}

static bool bind_value(const struct expr_node *test, struct expr_value *v)
{
    uint64_t hour;
    if (test->subject == SUBJECT_ANY || test->op == OP_HAS ||
        (v->unset && (test->op == OP_EQ || test->op == OP_NE)))
        return true;
    if (test->subject == SUBJECT_HOUR) {
        if (!value_count(v->text, &hour) || hour > 24)
            return false;
        v->number = (double)hour;
        return true;
    }
    if (test->subject == SUBJECT_WEEKDAY)
        return weekday_value(v->text, &v->number);
    if (test->subject == SUBJECT_DIR)
        return dir_value(v->text, &v->number);
    if (test->type == COL_ADDR)
        return cidr_parse(v->text, &v->net);
    if (col_type_is_number(test->type) || test->type == COL_BOOL)
        return number_value(test->type, v->text, &v->number);
    return true;
}

static bool has_order(const struct expr_node *test)
{
    if (test->subject == SUBJECT_HOUR || test->subject == SUBJECT_WEEKDAY)
        return true;
    return test->subject == SUBJECT_COLUMN && col_type_is_number(test->type);
}

static int bind_test(struct expr *e, struct expr_node *test, const struct schema *schema,
                     struct err *err)
{
    bool order = test->op != OP_EQ && test->op != OP_NE && test->op != OP_HAS;
    if (bind_field(test, schema, err) != 0)
        return -1;
    if (order && !has_order(test))
        return wrong(err, test->field_column, "this field has no order: use = != ~", test->field);
    if (test->op == OP_HAS && (test->subject == SUBJECT_HOUR || test->subject == SUBJECT_WEEKDAY ||
                               test->subject == SUBJECT_DIR))
        return wrong(err, test->field_column, "this field is no text: use =", test->field);
    for (uint32_t i = 0; i < test->n_values; i++) {
        struct expr_value *v = &e->value[test->first_value + i];
        if (!bind_value(test, v))
            return wrong(err, v->column, expected(test), v->text);
    }
    return 0;
}

int expr_bind(struct expr *e, const struct schema *schema, const struct expr_env *env,
              struct err *err)
{
    e->bound = false;
    for (size_t i = 0; i < e->n_nodes; i++) {
        if (e->node[i].kind == EXPR_TEST && bind_test(e, &e->node[i], schema, err) != 0)
            return -1;
    }
    for (int i = 0; i < N_ROLES; i++)
        e->role[i] = schema->by_role[i];
    e->n_columns = schema->n;
    mem_free(e->local);
    e->local = NULL;
    e->n_local = 0;
    if (env != NULL && env->n_local > 0) {
        e->local = mem_alloc(env->n_local, sizeof *e->local);
        if (e->local == NULL)
            return err_memory(err, "the local networks");
        memcpy(e->local, env->local, env->n_local * sizeof *e->local);
        e->n_local = env->n_local;
    }
    e->bound = true;
    return 0;
}

bool expr_tells_time(const struct expr *e)
{
    for (size_t i = 0; i < e->n_nodes; i++)
        if (e->node[i].kind == EXPR_TEST &&
            (e->node[i].subject == SUBJECT_HOUR || e->node[i].subject == SUBJECT_WEEKDAY))
            return true;
    return false;
}
