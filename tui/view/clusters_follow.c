/* Following a cluster through a new run. */
#include "tui/view/clusters.h"

#define PROBES 8192 /* rows looked at to find some of the selected cluster */

void clusters_remember(struct clusters_view *v, const struct clustering *c)
{
    uint32_t number = clusters_selected(v);
    const struct profile *p;
    uint64_t step;
    v->n_follow = 0;
    if (c == NULL || number == 0 || number > c->k)
        return;
    p = &c->profile[number - 1];
    for (uint32_t i = 0; i < p->n_samples; i++)
        v->follow[v->n_follow++] = p->sample[i];
    step = c->n_rows / PROBES + 1;
    for (uint64_t row = 0; row < c->n_rows && v->n_follow < FOLLOW_ROWS; row += step)
        if (clustering_of_row(c, row) == number)
            v->follow[v->n_follow++] = (uint32_t)row;
}

/* The cluster that holds most of the remembered rows; 0 when none does. */
uint32_t clusters_followed(const struct clusters_view *v, const struct clustering *c)
{
    uint32_t votes[RECIPE_MAX_K + 1] = {0}, best = 0;
    for (uint32_t i = 0; i < v->n_follow; i++) {
        uint32_t number;
        if (v->follow[i] >= c->n_rows)
            continue;
        number = clustering_of_row(c, v->follow[i]);
        if (number >= 1 && number <= RECIPE_MAX_K && ++votes[number] > votes[best])
            best = number;
    }
    return best;
}
