/* Where the cells of a feature begin and end, and which one a value is in; see histogram.h. */
#include "core/query/histogram_impl.h"

#include <math.h>

#include "core/base/maths.h"

#define EVEN_CELLS 200 /* about as many, where they are even */
#define SKEWED     20  /* the biggest over the mean: from here on plain numbers get a log axis */
#define PER_POWER  10
#define FIRST_BITS 48 /* right of sign, exponent and four bits of a double */

static const double mantissa[PER_POWER] = {1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8};

/* ---- edges ---- */

static double power_of_ten(int64_t power)
{
    double x = 1;
    for (int64_t i = power < 0 ? -power : power; i > 0; i--)
        x *= 10;
    return x;
}

double histogram_edge(const struct histogram *h, uint32_t cell)
{
    int64_t power = h->first + ((int64_t)cell - 1) / PER_POWER;
    if (!h->log)
        return ((double)h->first + cell) * h->step;
    if (cell == 0)
        return 0;
    return power < 0 ? mantissa[(cell - 1) % PER_POWER] / power_of_ten(power)
                     : mantissa[(cell - 1) % PER_POWER] * power_of_ten(power);
}

/* The smallest of 1, 2, 5 times a power of ten that is not below. */
static double round_up(double x)
{
    double power = power_of_ten((int64_t)fabs(floor(log10(x))));
    power = x < 1 ? 1 / power : power;
    return x <= power       ? power
           : x <= 2 * power ? 2 * power
           : x <= 5 * power ? 5 * power
                            : 10 * power;
}

/* ---- scaled and as shown ---- */

double histogram_scaled(const struct dim *d, double x)
{
    return (x - d->offset) / d->unit * d->weight;
}

/* Own units to the matrix's; where a cell begins, lowered by what floats lose: first of the value as it
 * is, then of the scaled one. */
static double inward(const struct building *b, const struct sorting *s, double x)
{
    const struct dim *d = &b->m->dim[s->dim];
    double lost = b->m->wide ? 1e-15 : 1.2e-7;
    double inner = s->logarithm ? maths_log1p(x) : s->exponent ? log(x < 1 ? 1 : x) : x;
    inner = histogram_scaled(d, inner - fabs(inner) * lost);
    return inner - fabs(inner) * lost;
}

double histogram_above_zero(const struct building *b, const struct sorting *s)
{
    double zero = inward(b, s, 0);
    return zero + fabs(zero) * (b->m->wide ? 4e-15 : 4e-7);
}

static double outward(const struct building *b, const struct sorting *s, double x)
{
    double inner = dim_unscale(&b->m->dim[s->dim], x);
    return s->logarithm ? expm1(inner) : s->exponent ? exp(inner) : inner;
}

/* ---- cells ---- */

/* Cells of powers of ten from the least value above 0 to the biggest. */
static void cells_log(struct histogram *h, double least, double most)
{
    int64_t last = most >= 1e-30 ? (int64_t)floor(log10(most)) + 1 : LEAST_POWER + 1;
    h->log = true;
    h->first = isfinite(least) && least > 0 ? (int64_t)floor(log10(least)) : last - 1;
    h->first = h->first < LEAST_POWER ? LEAST_POWER : h->first;
    last = last > MOST_POWER ? MOST_POWER : last;
    if (h->first >= last)
        h->first = last - 1;
    if (h->unit == HISTOGRAM_COUNT && h->first < 0)
        h->first = 0;
    if (last <= h->first)
        last = h->first + 1;
    h->n = 1 + PER_POWER * (uint32_t)(last - h->first);
}

static void cells_even(struct histogram *h, double least, double most)
{
    double range = most - least;
    h->log = false;
    h->step = range > 0 ? round_up(range / EVEN_CELLS) : 1;
    if (h->unit == HISTOGRAM_COUNT && h->step < 1)
        h->step = 1;
    h->first = (int64_t)floor(least / h->step + 1e-6);
    h->n = 1 + (uint32_t)(floor(most / h->step + 1e-6) - (double)h->first);
    /* Where 1 is the most there can be it belongs to the last cell, not to one beyond. */
    if ((h->unit == HISTOGRAM_SHARE || h->kind == FEATURE_RATIO) && h->n > 1 &&
        histogram_edge(h, h->n - 1) > 1 - 1e-9)
        h->n--;
    if (h->n > HISTOGRAM_CELLS)
        h->n = HISTOGRAM_CELLS;
}

/* All powers of ten that there are cells for: which ones are needed is known when all is counted. */
static void cells_all_powers(struct histogram *h)
{
    h->first = LEAST_POWER;
    h->n = 1 + PER_POWER * (MOST_POWER - LEAST_POWER);
}

static uint64_t bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits >> FIRST_BITS;
}

/* Plain numbers of many sizes: sixteen places between one power of two and the next. */
static void make_look_up_of_bits(struct sorting *s, uint32_t n)
{
    uint32_t cell = 1;
    s->first_bits = bits_of(s->edge[1]);
    for (uint64_t i = 0; i <= LOOK_UP; i++) {
        uint64_t bits = (s->first_bits + i) << FIRST_BITS;
        double x;
        memcpy(&x, &bits, sizeof x);
        while (cell + 1 < n && s->edge[cell + 1] <= x)
            cell++;
        s->look_up[i] = (uint8_t)cell;
    }
}

static void make_look_up(struct sorting *s, uint32_t n)
{
    double range = s->most - s->least;
    uint32_t cell = 0, before = 0;
    s->origin = s->least;
    s->per_unit = range > 0 ? LOOK_UP / range : 0;
    for (uint32_t i = 0; i <= LOOK_UP; i++) {
        double x = s->least + range * i / LOOK_UP;
        while (cell + 1 < n && s->edge[cell + 1] <= x)
            cell++;
        /* One place back: rounding must never lead beyond a value's cell. */
        s->look_up[i] = (uint8_t)before;
        before = cell;
    }
}

void histogram_make_cells(struct building *b, uint32_t f)
{
    struct histogram *h = &b->out->of[f];
    struct sorting *s = &b->sorting[f];
    double least, most;
    if (s->how == BY_CIRCLE) {
        cells_even(h, 0, h->unit == HISTOGRAM_HOUR ? 23.9 : 6.9);
        h->step = h->unit == HISTOGRAM_HOUR ? 0.5 : 1;
        h->n = h->unit == HISTOGRAM_HOUR ? 48 : 7;
    }
    if (s->how != BY_VALUE)
        return;
    least = outward(b, s, s->least);
    most = outward(b, s, s->most);
    if (!h->log && least >= 0 && h->unit != HISTOGRAM_TIME && h->unit != HISTOGRAM_SHARE)
        h->log = most > SKEWED * b->m->dim[s->dim].there.mean;
    if (h->log && b->rows)
        cells_all_powers(h);
    else if (h->log)
        cells_log(h, outward(b, s, s->least_above_0), most);
    else
        cells_even(h, least, most);
    for (uint32_t i = 0; i <= h->n; i++)
        s->edge[i] = inward(b, s, histogram_edge(h, i));
    /* The first cell is for 0, and what cannot be told from it. */
    if (h->log && s->edge[1] < s->zero)
        s->edge[1] = s->zero;
    if (h->log && b->rows && !s->logarithm)
        make_look_up_of_bits(s, h->n);
    else
        make_look_up(s, h->n);
}

void histogram_cut_cells(struct histogram *h, uint32_t k, uint8_t *code, uint64_t n_obs)
{
    uint32_t lo = 0, hi = 0, skip, n;
    int64_t last;
    uint8_t now[UINT8_MAX + 1];
    for (uint32_t cell = 1; cell < h->n; cell++) {
        if (h->count[cell] == 0)
            continue;
        lo = lo == 0 ? cell : lo;
        hi = cell;
    }
    h->first = LEAST_POWER + (lo == 0 ? 0 : (int64_t)(lo - 1) / PER_POWER);
    last = LEAST_POWER + (hi == 0 ? 0 : (int64_t)(hi - 1) / PER_POWER) + 1;
    if (h->unit == HISTOGRAM_COUNT && h->first < 0)
        h->first = 0;
    last = last <= h->first ? h->first + 1 : last;
    skip = PER_POWER * (uint32_t)(h->first - LEAST_POWER);
    n = 1 + PER_POWER * (uint32_t)(last - h->first);
    for (uint32_t cell = 0; cell <= UINT8_MAX; cell++)
        now[cell] = cell == HISTOGRAM_MISSING ? HISTOGRAM_MISSING
                    : cell <= skip            ? 0
                                              : (uint8_t)(cell - skip);
    for (uint32_t cluster = 0; cluster <= k; cluster++) {
        uint64_t *to = h->count + (size_t)cluster * (n + 1);
        const uint64_t *from = h->count + (size_t)cluster * (h->n + 1);
        uint64_t missing = from[h->n];
        to[0] = from[0];
        for (uint32_t cell = 1; cell < h->n; cell++) { /* what is to be read is never before */
            if (cell > skip && cell - skip < n)
                to[cell - skip] = from[cell];
            else if (cell <= skip)
                to[0] += from[cell];
        }
        to[n] = missing;
    }
    for (uint64_t i = 0; i < n_obs; i++)
        code[i] = now[code[i]];
    h->n = n;
}

uint8_t histogram_cell(const struct sorting *s, uint32_t n, double x)
{
    double place = (x - s->origin) * s->per_unit;
    uint32_t cell;
    if (s->first_bits == 0) {
        cell = s->look_up[place > 0 ? (uint32_t)(place < LOOK_UP ? place : LOOK_UP) : 0];
    } else {
        uint64_t bits = x >= s->edge[1] ? bits_of(x) - s->first_bits : 0;
        if (!(x >= s->edge[1]))
            return 0;
        cell = s->look_up[bits < LOOK_UP ? bits : LOOK_UP];
    }
    while (cell + 1 < n && x >= s->edge[cell + 1])
        cell++;
    return (uint8_t)cell;
}

uint8_t histogram_turn(double y, double x, uint32_t n)
{
    double turns = atan2(y, x) / (2 * M_PI);
    double cell = floor((turns < -1e-7 ? turns + 1 : turns < 0 ? 0 : turns) * n + 1e-4);
    return (uint8_t)(cell >= n ? 0 : cell);
}
