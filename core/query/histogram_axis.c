/* Cells as bins of a screen, and how far a cluster stands from all; see histogram.h. */
#include <math.h>

#include "core/query/histogram.h"

#define QUANTILE 0.001

uint64_t histogram_total(const struct histogram *h, uint32_t cluster)
{
    uint64_t n = 0;
    for (uint32_t i = 0; i <= h->n; i++)
        n += h->count[(size_t)cluster * (h->n + 1) + i];
    return n;
}

uint64_t histogram_in(const struct histogram *h, uint32_t cluster, const struct histogram_bin *bin)
{
    uint64_t n = 0;
    for (uint32_t i = bin->first; i < bin->first + bin->n && i < h->n; i++)
        n += histogram_at(h, cluster, i);
    return n;
}

bool histogram_has(const struct histograms *hs, const struct clustering *c, uint32_t feature,
                   uint32_t cluster, const struct histogram_bin *bin, uint64_t row)
{
    uint32_t obs = c->obs_of_row == NULL ? (uint32_t)row : c->obs_of_row[row];
    uint8_t code;
    if (obs >= hs->n_obs || (cluster > 0 && c->label[obs] + 1u != cluster))
        return false;
    code = hs->code[(size_t)feature * hs->n_obs + obs];
    if (bin == NULL)
        return code == HISTOGRAM_MISSING;
    return code >= bin->first && code < bin->first + bin->n;
}

double histogram_apart(const struct histogram *h, uint32_t cluster)
{
    double here = (double)histogram_total(h, cluster), all = (double)histogram_total(h, 0);
    double sum = 0, gap = 0, differences = 0;
    if (here == 0 || all == 0)
        return 0;
    for (uint32_t i = 0; i <= h->n; i++) {
        uint32_t cell = i == 0 ? HISTOGRAM_MISSING : i - 1;
        double d =
            (double)histogram_at(h, cluster, cell) / here - (double)histogram_at(h, 0, cell) / all;
        sum += d;
        differences += fabs(d);
        gap = fabs(sum) > gap ? fabs(sum) : gap;
    }
    return h->unit == HISTOGRAM_NAMES ? differences / 2 : gap;
}

/* The first and the last cell that are left when a thousandth is cut off at either end. */
static void middle(const struct histogram *h, uint32_t cluster, uint32_t *lo, uint32_t *hi)
{
    struct histogram_bin all = {0, h->n};
    uint64_t cut = (uint64_t)((double)histogram_in(h, cluster, &all) * QUANTILE), n = 0;
    if (histogram_in(h, cluster, &all) == 0)
        return;
    for (uint32_t i = 0; i < h->n; i++) {
        n += histogram_at(h, cluster, i);
        if (n > cut) {
            *lo = i < *lo ? i : *lo;
            break;
        }
    }
    n = 0;
    for (uint32_t i = h->n; i-- > 0;) {
        n += histogram_at(h, cluster, i);
        if (n > cut) {
            *hi = i > *hi ? i : *hi;
            break;
        }
    }
}

/* How fine the edges are: of a log axis all ten of a power of ten, then 1, 2 and 5, then 1 and 3, then
 * every first, second, third .. power; of an even one every first, second, fifth, tenth .. step. */
static bool is_edge(const struct histogram *h, uint32_t cell, uint32_t level)
{
    static const uint8_t finest[10] = {1, 0, 0, 1, 0, 1, 1, 1, 1, 1}; /* whole numbers */
    static const uint8_t coarse[2][10] = {{1, 0, 0, 1, 0, 0, 0, 1, 0, 0},
                                          {1, 0, 0, 0, 0, 1, 0, 0, 0, 0}};
    int64_t every = 1, power = h->first + ((int64_t)cell - 1) / 10;
    if (h->log && cell <= 1)
        return true;
    if (h->log && level == 0)
        return h->unit != HISTOGRAM_COUNT || power != 0 || finest[(cell - 1) % 10] != 0;
    if (h->log && level <= 2)
        return coarse[level - 1][(cell - 1) % 10] != 0;
    if (h->log)
        return (cell - 1) % 10 == 0 && power % (level - 2) == 0;
    for (uint32_t i = 0; i < level; i++)
        every = i % 3 == 1 ? every / 2 * 5 : every * 2;
    return (h->first + cell) % every == 0;
}

/* Bins from the edge at or below `lo` on; how many there are. */
static uint32_t bins(struct histogram_axis *out, const struct histogram *h, uint32_t lo,
                     uint32_t hi, uint32_t level, uint32_t most)
{
    uint32_t n = 0, cell = lo;
    while (cell > 0 && !is_edge(h, cell, level))
        cell--;
    while (cell <= hi) {
        uint32_t end = cell + 1;
        while (end < h->n && !is_edge(h, end, level))
            end++;
        if (n < most)
            out->bin[n] = (struct histogram_bin){cell, end - cell};
        n++;
        cell = end;
    }
    return n;
}

void histogram_axis(struct histogram_axis *out, const struct histogram *h, uint32_t cluster,
                    uint32_t most)
{
    uint32_t lo = h->n - 1, hi = 0, end;
    *out = (struct histogram_axis){.n = 0};
    if (h->unit == HISTOGRAM_NAMES) {
        for (uint32_t i = 0; i < h->n && i < HISTOGRAM_MAX_BINS; i++)
            out->bin[out->n++] = (struct histogram_bin){i, 1};
        return;
    }
    middle(h, 0, &lo, &hi);
    middle(h, cluster, &lo, &hi);
    if (lo > hi) /* no values at all */
        return;
    for (uint32_t level = 0; level < 32; level++) {
        out->n = bins(out, h, lo, hi, level, most);
        if (out->n <= most)
            break;
    }
    out->n = out->n < most ? out->n : most;
    end = out->bin[out->n - 1].first + out->bin[out->n - 1].n;
    out->below = (struct histogram_bin){0, out->bin[0].first};
    out->above = (struct histogram_bin){end, h->n - end};
}
