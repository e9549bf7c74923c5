/* One feature of one row, from the row's text. */
#include "core/recipe/plan.h"

#include "core/table/value.h"

int32_t feature_code(struct span text)
{
    uint64_t code = 0;
    for (size_t i = 0; i < text.len; i++) {
        uint64_t c = (unsigned char)text.ptr[i];
        uint64_t shift = c < 10 ? 10 : c < 100 ? 100 : 1000;
        if (__builtin_mul_overflow(code, shift, &code) || __builtin_add_overflow(code, c, &code) ||
            code > INT64_MAX)
            return 0;
    }
    /* The low 32 bits as a signed number, without a conversion that C leaves open. */
    code &= UINT32_MAX;
    return code > INT32_MAX ? (int32_t)((int64_t)code - ((int64_t)1 << 32)) : (int32_t)code;
}

/* A text as its column's type has it; false when it is not one. */
static bool parse(struct span text, enum col_type type, double *x)
{
    uint64_t count;
    uint16_t port;
    int64_t us;
    bool flag;

    switch (type) {
    case COL_COUNT:
        if (!value_count(text, &count))
            return false;
        *x = (double)count;
        return true;
    case COL_PORT:
        if (!value_port(text, &port))
            return false;
        *x = port;
        return true;
    case COL_TIME:
        if (!value_time_us(text, &us))
            return false;
        *x = (double)us / 1e6;
        return true;
    case COL_BOOL:
        if (!value_bool(text, &flag))
            return false;
        *x = flag ? 1 : 0;
        return true;
    case COL_INTERVAL:
        if (!value_double(text, x))
            return false;
        /* To microseconds, as far as a double has them. */
        if (fabs(*x) < 1e9)
            *x = round(*x * 1e6) / 1e6;
        return true;
    case COL_ADDR:
    case COL_SUBNET:
    case COL_SET:
        return false;
    default:
        return value_double(text, x);
    }
}

/* The number in the feature's a-th field, NaN when missing; clamped and counted beyond the limit.
 */
static double number_in(const struct plan *p, uint32_t f, int a, const struct field *field,
                        struct feature_scratch *scratch)
{
    const struct field *v = &field[p->feature[f].column[a]];
    double x;
    if (v->state != FIELD_VALUE)
        return NAN;
    if (!parse(field_decode(v, &scratch->decode), p->feature[f].type[a], &x))
        return NAN;
    if (fabs(x) > FEATURE_CLAMP) {
        scratch->clamped[f]++;
        x = x < 0 ? -FEATURE_CLAMP : FEATURE_CLAMP;
    }
    return x;
}

/* (A - B) / (A + B): which side sends more. */
static double ratio(double a, double b)
{
    double sum = a + b;
    if (a == 0 && b == 0)
        return 0;
    /* NaN in either stays NaN. A sum of 0 from numbers of both signs says nothing. */
    return sum == 0 ? NAN : (a - b) / sum;
}

double feature_value(const struct plan *p, uint32_t f, const struct field *field,
                     struct feature_scratch *scratch)
{
    const struct field *first = &field[p->feature[f].column[0]];
    double x;

    switch (p->feature[f].feature->kind) {
    case FEATURE_NUM:
        return number_in(p, f, 0, field, scratch);
    case FEATURE_LOG:
        x = number_in(p, f, 0, field, scratch);
        return x < 0 ? NAN : log1p(x);
    case FEATURE_RATIO:
        return ratio(number_in(p, f, 0, field, scratch), number_in(p, f, 1, field, scratch));
    case FEATURE_CODE:
        return first->state == FIELD_ABSENT ? NAN : (double)feature_code(first->text);
    case FEATURE_ONEHOT:
        if (first->state == FIELD_UNSET || first->state == FIELD_ABSENT)
            return NAN;
        return category_of(scratch->cache[f], field_decode(first, &scratch->decode));
    case N_FEATURES:
        break;
    }
    BUG("a feature of no kind");
}
