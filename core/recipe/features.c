/* One feature of one row, from the row's text. */
#include "core/recipe/plan.h"

#include <float.h>

#include "core/base/maths.h"
#include "core/table/codes.h"
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

bool feature_number(struct span text, enum col_type type, double *x)
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

double feature_clamp(double x, uint32_t f, struct feature_scratch *scratch)
{
    /* NaN is not beyond. */
    if (!(fabs(x) > FEATURE_CLAMP))
        return x;
    scratch->clamped[f]++;
    return x < 0 ? -FEATURE_CLAMP : FEATURE_CLAMP;
}

void feature_clamp_all(double *x, uint32_t n, uint32_t f, struct feature_scratch *scratch)
{
    bool beyond = false;
    for (uint32_t i = 0; i < n; i++)
        beyond |= fabs(x[i]) > FEATURE_CLAMP;
    for (uint32_t i = 0; beyond && i < n; i++)
        x[i] = feature_clamp(x[i], f, scratch);
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
    if (!feature_number(field_decode(v, &scratch->decode), p->feature[f].type[a], &x))
        return NAN;
    return feature_clamp(x, f, scratch);
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

/* A per B; missing without a B. */
static double rate(double a, double b)
{
    double x = b > 0 && a >= 0 ? a / b : NAN;
    return x > DBL_MAX ? DBL_MAX : x;
}

/* A point on a circle: part 0 its sine, part 1 its cosine. */
static double circle(double turns, uint8_t part)
{
    double angle = 2 * M_PI * turns;
    return part == 0 ? sin(angle) : cos(angle);
}

double feature_of_time(const struct plan_feature *pf, int64_t us, struct time_cache *zone)
{
    double hour = time_hour(us, zone);
    if (pf->feature->kind == FEATURE_HOUR)
        return circle(hour / 24, pf->part);
    return circle((time_weekday(us, zone) + hour / 24) / 7, pf->part);
}

static double time_in(const struct plan_feature *pf, const struct field *v,
                      struct feature_scratch *scratch)
{
    int64_t us;
    if (v->state != FIELD_VALUE || !value_time_us(field_decode(v, &scratch->decode), &us))
        return NAN;
    return feature_of_time(pf, us, &scratch->zone);
}

/* ICMP has no ports: what stands in their fields are types and codes. */
static bool is_icmp(const struct plan *p, uint32_t f, const struct field *field,
                    struct feature_scratch *scratch)
{
    int32_t column = p->feature[f].proto_column;
    return column >= 0 && field[column].state == FIELD_VALUE &&
           code_is_icmp(field_decode(&field[column], &scratch->decode));
}

/* Marks for system (0 to 1023), registered (to 49151) and ephemeral ports. */
static double port_class(double port, uint8_t part)
{
    uint8_t class = port < 1024 ? 0 : port < 49152 ? 1 : 2;
    return isnan(port) ? NAN : class == part;
}

double feature_of_numbers(const struct plan_feature *pf, double a, double b)
{
    switch (pf->feature->kind) {
    case FEATURE_LOG:
        return a < 0 ? NAN : a;
    case FEATURE_RATIO:
        return ratio(a, b);
    case FEATURE_RATE:
        return rate(a, b);
    case FEATURE_PORT_CLASS:
        return port_class(a, pf->part);
    default: /* sd and the like are made of the group's values: group.c */
        return a;
    }
}

void feature_finish(enum feature_kind kind, double *x)
{
    /* Those of a group are made of its values: group.c. */
    if (feature_is_logarithm(kind) && !feature_is_aggregate(kind))
        maths_log1p_block(x);
}

bool feature_is_behaviour(enum feature_kind kind)
{
    return kind >= FEATURE_PAIR_COUNT && kind <= FEATURE_SOURCE_BYTES;
}

/* Of the row's pair: how often, how far apart, how even, how it fails. */
static double of_pair(enum feature_kind kind, const struct pair_facts *pair)
{
    switch (kind) {
    case FEATURE_PAIR_COUNT:
        return pair->rows;
    case FEATURE_PAIR_GAP:
        return pair->rhythm.median_gap_s;
    case FEATURE_REGULARITY:
        return pair->rhythm.regularity;
    case FEATURE_GAP_SPREAD:
        return pair->rhythm.mad_gap_s;
    case FEATURE_FAILED:
        return pair->tcp_rows == 0 ? 0 : (double)pair->failed / pair->tcp_rows;
    default:
        BUG("not a feature of pairs");
    }
}

/* Of an address: counts by its number. NaN where there is none. */
static void counts_of(const uint32_t *count, const uint32_t *addr, uint32_t n, double *x)
{
    for (uint32_t i = 0; i < n; i++)
        x[i] = addr[i] == ADDR_MISSING ? (double)NAN : count[addr[i]];
}

void feature_behaviour(const struct plan *p, uint32_t f, const struct table *t, uint64_t first,
                       uint32_t n, double *x)
{
    const struct behaviour *b = &p->behaviour;
    const struct rowblock *k = table_block(t, first);
    size_t at = (size_t)(first & (TABLE_BLOCK_ROWS - 1));
    enum feature_kind kind = p->feature[f].feature->kind;
    switch (kind) {
    case FEATURE_FANOUT_HOSTS:
        counts_of(b->fanout_hosts, k->orig + at, n, x);
        break;
    case FEATURE_FANOUT_PORTS:
        counts_of(b->fanout_ports, k->orig + at, n, x);
        break;
    case FEATURE_POPULARITY:
        counts_of(b->popularity, k->resp + at, n, x);
        break;
    case FEATURE_SOURCE_BYTES:
        for (uint32_t i = 0; i < n; i++)
            x[i] = k->orig[at + i] == ADDR_MISSING ? NAN : b->source_bytes[k->orig[at + i]];
        break;
    default:
        for (uint32_t i = 0; i < n; i++)
            x[i] = of_pair(kind, &b->pair[b->pair_of_row[first + i]]);
    }
}

double feature_value(const struct plan *p, uint32_t f, const struct field *field,
                     struct feature_scratch *scratch)
{
    const struct plan_feature *pf = &p->feature[f];
    const struct field *first = &field[pf->column[0]];

    switch (pf->feature->kind) {
    case FEATURE_NUM:
    case FEATURE_LOG:
    case FEATURE_SD:
    case FEATURE_SUM:
    case FEATURE_MAX:
    case FEATURE_SPAN:
        return feature_of_numbers(pf, number_in(p, f, 0, field, scratch), 0);
    case FEATURE_RATIO:
    case FEATURE_RATE:
        return feature_of_numbers(pf, number_in(p, f, 0, field, scratch),
                                  number_in(p, f, 1, field, scratch));
    case FEATURE_PORT_CLASS:
        if (is_icmp(p, f, field, scratch))
            return 0;
        return feature_of_numbers(pf, number_in(p, f, 0, field, scratch), 0);
    case FEATURE_CODE:
        return first->state == FIELD_ABSENT ? NAN : (double)feature_code(first->text);
    case FEATURE_LENGTH:
        if (first->state == FIELD_UNSET || first->state == FIELD_ABSENT)
            return NAN;
        return first->state == FIELD_EMPTY ? 0 : (double)field_decode(first, &scratch->decode).len;
    case FEATURE_HOUR:
    case FEATURE_WEEKDAY:
        return time_in(pf, first, scratch);
    case FEATURE_RARITY:
    case FEATURE_ONEHOT:
        if (first->state == FIELD_UNSET || first->state == FIELD_ABSENT)
            return NAN;
        return category_of(scratch->cache[f], field_decode(first, &scratch->decode));
    default:
        BUG("a feature of no kind");
    }
}
