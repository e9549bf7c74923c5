/* Rows by the clusters of earlier results; see subset.h. */
#include "core/cluster/subset.h"

#include "core/base/mem.h"

struct subset *subsets_copy(const struct subset *subset, size_t n)
{
    struct subset *copy = mem_alloc(n, sizeof *copy);
    for (size_t i = 0; copy != NULL && i < n; i++) {
        copy[i] = subset[i];
        copy[i].of = clustering_ref(subset[i].of);
    }
    return copy;
}

void subsets_free(struct subset *subset, size_t n)
{
    for (size_t i = 0; subset != NULL && i < n; i++)
        clustering_unref(subset[i].of);
    mem_free(subset);
}

static bool in_cluster(const void *user, uint64_t row)
{
    const struct subset *subset = user;
    return clustering_of_row(subset->of, row) == subset->number;
}

int subsets_scope(const struct scope **out, const struct subset *subset, size_t n, struct job *job,
                  struct err *err)
{
    const struct scope *scope = NULL;
    for (size_t i = 0; i < n; i++) {
        const struct scope *next = scope_narrow(scope, subset[i].of->n_rows, in_cluster, &subset[i],
                                                subset[i].keep, job, err);
        scope_unref(scope);
        if (next == NULL)
            return -1;
        scope = next;
    }
    *out = scope;
    return 0;
}
