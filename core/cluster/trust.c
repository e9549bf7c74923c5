/* Stability over seeds; see trust.h. */
#include "core/cluster/trust.h"

#include "core/base/mem.h"

bool trust_unstable(const struct trust *trust, uint32_t number)
{
    return number >= 1 && number <= trust->k && trust->runs > 0 &&
           trust->reformed[number - 1] * 5 < trust->runs * 4;
}

char *trust_text(const struct trust *trust, uint32_t number, char *out, size_t size)
{
    (void)snprintf(out, size, "re-forms in %u of %u run%s", trust->reformed[number - 1],
                   trust->runs, trust->runs == 1 ? "" : "s");
    return out;
}

uint32_t trust_rungs(uint32_t k, uint32_t out[TRUST_RUNGS])
{
    static const uint32_t quarters[TRUST_RUNGS] = {1, 2, 3, 4, 6, 8};
    uint32_t n = 0, last = 0;
    for (uint32_t i = 0; i < TRUST_RUNGS; i++) {
        uint32_t rung = (k * quarters[i] + 2) / 4;
        rung = rung < 1 ? 1 : rung > RECIPE_MAX_K ? RECIPE_MAX_K : rung;
        if (rung > last)
            out[n++] = last = rung;
    }
    return n;
}

/* ---- comparing ---- */

int trust_reformed(const uint8_t *a, uint32_t k, const uint8_t *b, uint32_t k2, uint64_t n,
                   bool *same)
{
    uint64_t *both = mem_zalloc((size_t)k * k2, sizeof *both);
    uint64_t size_a[RECIPE_MAX_K] = {0}, size_b[RECIPE_MAX_K] = {0};
    int reformed = 0;
    if (both == NULL)
        return -1;
    for (uint64_t i = 0; i < n; i++) {
        both[(size_t)a[i] * k2 + b[i]]++;
        size_a[a[i]]++;
        size_b[b[i]]++;
    }
    for (uint32_t i = 0; i < k; i++) {
        uint64_t in_both = 0, in_either = size_a[i];
        bool again;
        /* Its pieces: what lies for the most part in it. A cluster that is the same is one of them,
         * and with another piece the similarity only grows. */
        for (uint32_t j = 0; j < k2; j++) {
            uint64_t here = both[(size_t)i * k2 + j];
            if (here > 0 && here >= size_b[j] - here) {
                in_both += here;
                in_either += size_b[j] - here;
            }
        }
        again = in_both > 0 && (double)in_both >= TRUST_SAME * (double)in_either;
        reformed += again;
        if (same != NULL)
            same[i] = again;
    }
    mem_free(both);
    return reformed;
}

/* ---- measuring ---- */

struct measuring {
    const struct clustering *c;
    struct matrix *m;
    struct kmeans_opts opts;
};

/* One fit with the n-th seed behind the clustering's own. */
static int fit(struct kmeans *km, const struct measuring *g, uint32_t k, uint32_t n,
               struct err *err)
{
    struct kmeans_opts opts = g->opts;
    opts.k = k;
    opts.seed = g->c->recipe.seed + n;
    return kmeans_run(km, g->m, &opts, err);
}

static int one_run(struct trust *out, const struct measuring *g, uint32_t n, struct err *err)
{
    bool same[RECIPE_MAX_K];
    struct kmeans km = {0};
    int rc = fit(&km, g, g->c->k_asked, n, err);
    if (rc == 0 && trust_reformed(g->c->label, g->c->k, km.label, km.k, g->m->n, same) < 0)
        rc = err_memory(err, "comparing clusters");
    for (uint32_t i = 0; rc == 0 && i < g->c->k; i++)
        out->reformed[i] += same[i];
    kmeans_release(&km);
    return rc;
}

static uint64_t smallest(const struct kmeans *km)
{
    uint64_t least = UINT64_MAX;
    for (uint32_t i = 0; i < km->k; i++)
        least = km->size[i] < least ? km->size[i] : least;
    return least;
}

static int one_rung(struct rung *out, const struct measuring *g, uint32_t k, struct err *err)
{
    struct kmeans first = {0}, second = {0};
    int reformed = 0, rc = -1;
    if (fit(&first, g, k, 0, err) != 0 || fit(&second, g, k, 1, err) != 0)
        goto out;
    reformed = trust_reformed(first.label, first.k, second.label, second.k, g->m->n, NULL);
    if (reformed < 0) {
        err_memory(err, "comparing clusters");
        goto out;
    }
    *out = (struct rung){first.k, first.inertia, smallest(&first), (uint32_t)reformed};
    rc = 0;
out:
    kmeans_release(&first);
    kmeans_release(&second);
    return rc;
}

static int climb(struct trust *out, const struct measuring *g, struct err *err)
{
    uint32_t k[TRUST_RUNGS], n = trust_rungs(g->c->k_asked, k);
    for (uint32_t i = 0; i < n; i++) {
        struct rung *rung = &out->rung[out->n_rungs];
        if (one_rung(rung, g, k[i], err) != 0)
            return -1;
        /* Where k is lowered, higher rungs are all the same. */
        if (out->n_rungs == 0 || rung->k > rung[-1].k)
            out->n_rungs++;
    }
    return 0;
}

int trust_measure(struct trust *out, const struct clustering *c, const struct table *t,
                  uint32_t runs, bool ladder, struct parallel *pool, struct job *job,
                  struct err *err)
{
    struct matrix m;
    struct measuring g = {.c = c,
                          .m = &m,
                          .opts = {.starts = c->recipe.starts,
                                   .max_iter = c->recipe.max_iter,
                                   .tol = c->recipe.tol,
                                   .pool = pool,
                                   .job = job}};
    int rc = 0;
    *out = (struct trust){.runs = runs, .k = c->k};
    if (clustering_matrix(c, t, &m, pool, job, err) != 0)
        return -1;
    for (uint32_t n = 1; n <= runs && rc == 0; n++)
        rc = one_run(out, &g, n, err);
    if (rc == 0 && ladder)
        rc = climb(out, &g, err);
    matrix_keep(&m, t);
    matrix_release(&m);
    return rc;
}
