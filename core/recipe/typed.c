/* Features of columns that the table holds as numbers: their rows' text need not be read again.
 *
 * DESIGN
 * 1. The loader makes a column's number by the same reader that a feature of the text would use, so
 *    both give the same bits. That holds where the column has its role's own type, and where every
 *    layout of the table took the role from this column. */
#include "core/recipe/plan.h"

/* Roles that the table keeps whole. */
static bool is_kept(enum role role)
{
    return role == ROLE_TS || role == ROLE_ORIG_P || role == ROLE_RESP_P ||
           role == ROLE_ORIG_BYTES || role == ROLE_RESP_BYTES;
}

/* The role under which the table keeps a column, or ROLE_NONE. */
static enum role kept_role(const struct table *t, uint32_t column)
{
    enum role role = t->schema.col[column].role;
    if (role == ROLE_NONE || !is_kept(role) || t->schema.col[column].type != role_type(role) ||
        !table_keeps(t, role, column))
        return ROLE_NONE;
    return role;
}

/* How many numbers of the table a feature can be made of; 0: of none, it reads text. */
static int numbers_of(enum feature_kind kind)
{
    switch (kind) {
    case FEATURE_NUM:
    case FEATURE_LOG:
    case FEATURE_SD:
    case FEATURE_SUM:
    case FEATURE_MAX:
    case FEATURE_SPAN:
    case FEATURE_HOUR:
    case FEATURE_WEEKDAY:
        return 1;
    case FEATURE_RATIO:
    case FEATURE_RATE:
        return 2;
    default:
        return 0;
    }
}

bool typed_covers(const struct feature *f)
{
    int n = numbers_of(f->kind);
    for (int a = 0; a < n; a++)
        if (!is_kept(role_of_name(span_of(f->arg[a]))))
            return false;
    if (f->kind == FEATURE_HOUR || f->kind == FEATURE_WEEKDAY)
        return role_of_name(span_of(f->arg[0])) == ROLE_TS;
    return n > 0;
}

void typed_bind(struct plan *p, const struct table *t)
{
    for (uint32_t f = 0; f < p->n; f++) {
        struct plan_feature *pf = &p->feature[f];
        int n = numbers_of(pf->feature->kind);
        bool whole = n > 0;
        if (pf->source != FROM_TEXT)
            continue;
        for (int a = 0; a < n; a++) {
            pf->role[a] = kept_role(t, pf->column[a]);
            whole = whole && pf->role[a] != ROLE_NONE;
        }
        if (pf->feature->kind == FEATURE_HOUR || pf->feature->kind == FEATURE_WEEKDAY)
            whole = whole && pf->role[0] == ROLE_TS;
        pf->source = whole ? FROM_TABLE : FROM_TEXT;
    }
}

/* Payload bytes as numbers. */
static void bytes_of(const struct table *t, uint64_t first, uint32_t n, int side, double *x)
{
    const struct rowblock *k = table_block(t, first);
    const uint32_t *bytes =
        (side == 0 ? k->orig_bytes : k->resp_bytes) + (size_t)(first & (TABLE_BLOCK_ROWS - 1));
    uint64_t big;
    for (uint32_t i = 0; i < n; i++)
        x[i] = bytes[i];
    for (uint32_t i = 0; i < n; i++)
        if (bytes[i] >= BYTES_BIG)
            x[i] = table_bytes(t, first + i, side, &big) ? (double)big : (double)NAN;
}

/* Numbers of a column in the rows of one block of a matrix, which is in one block of the table. */
static void numbers_in(const struct table *t, uint64_t first, uint32_t n, enum role role, double *x)
{
    const struct rowblock *k = table_block(t, first);
    size_t at = (size_t)(first & (TABLE_BLOCK_ROWS - 1));
    switch (role) {
    case ROLE_TS:
        for (uint32_t i = 0; i < n; i++)
            x[i] = k->ts_us[at + i] == TIME_MISSING ? NAN : (double)k->ts_us[at + i] / 1e6;
        break;
    case ROLE_ORIG_P:
        for (uint32_t i = 0; i < n; i++)
            x[i] = k->flags[at + i] & ROW_NO_ORIG_P ? NAN : k->orig_p[at + i];
        break;
    case ROLE_RESP_P:
        for (uint32_t i = 0; i < n; i++)
            x[i] = k->flags[at + i] & ROW_NO_RESP_P ? NAN : k->resp_p[at + i];
        break;
    case ROLE_ORIG_BYTES:
    case ROLE_RESP_BYTES:
        bytes_of(t, first, n, role == ROLE_RESP_BYTES, x);
        break;
    default:
        BUG("not a column that the table keeps");
    }
}

void typed_read(const struct plan *p, uint32_t f, const struct table *t, uint64_t first, uint32_t n,
                double *x, struct feature_scratch *scratch)
{
    const struct plan_feature *pf = &p->feature[f];
    enum feature_kind kind = pf->feature->kind;
    double b[MATRIX_BLOCK] = {0};
    if (kind == FEATURE_HOUR || kind == FEATURE_WEEKDAY) {
        for (uint32_t i = 0; i < n; i++) {
            int64_t us = TABLE_AT(t, first + i, ts_us);
            x[i] = us == TIME_MISSING ? NAN : feature_of_time(pf, us, &scratch->zone);
        }
        return;
    }
    numbers_in(t, first, n, pf->role[0], x);
    feature_clamp_all(x, n, f, scratch);
    if (kind == FEATURE_NUM)
        return;
    if (kind == FEATURE_RATIO || kind == FEATURE_RATE) {
        numbers_in(t, first, n, pf->role[1], b);
        feature_clamp_all(b, n, f, scratch);
    }
    for (uint32_t i = 0; i < n; i++)
        x[i] = feature_of_numbers(pf, x[i], b[i]);
}
