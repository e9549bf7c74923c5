/* What the analyst is looking into: a recipe, the clusters zoomed into, and what was excluded.
 *
 * A protocol, a source or a pair is excluded by a term of `where`, which can be typed and sent to a
 * colleague; a cluster is excluded, and zoomed into, by its rows (struct subset). */
#ifndef MINNOW_TUI_MODEL_HYPOTHESIS_H
#define MINNOW_TUI_MODEL_HYPOTHESIS_H

#include "core/cluster/subset.h"

#define HYPOTHESIS_MAX_EXCLUDED 64

struct exclusion {
    char *text;                  /* "protocol icmp": what people read; owned */
    char *term;                  /* "not proto=\"icmp\""; owned; NULL when a cluster was excluded */
    const struct clustering *of; /* reference; NULL with a term */
    uint32_t number;
};

struct hypothesis {
    struct recipe recipe; /* without what is excluded; owned */
    struct subset *zoom;  /* n_zooms, the outermost first; owned */
    size_t n_zooms;
    struct exclusion excluded[HYPOTHESIS_MAX_EXCLUDED]; /* n_excluded */
    size_t n_excluded;
};

/* Errors: ERR_LIMIT. */
int hypothesis_init(struct hypothesis *h, const struct recipe *r, struct err *err) WARN_UNUSED;
void hypothesis_release(struct hypothesis *h);

/* How many clusters a part of n observations gets where the whole has k: the square root of half of
 * them, at least ZOOM_LEAST_K, at most k. Source: Mardia, Kent, Bibby, Multivariate Analysis (1979),
 * page 365. */
#define ZOOM_LEAST_K 4u
uint32_t zoom_k(uint64_t n, uint32_t k);

/* A copy that looks into one cluster of c alone, with a k that fits it. */
int hypothesis_zoom(struct hypothesis *out, const struct hypothesis *h, const struct clustering *c,
                    uint32_t number, struct err *err) WARN_UNUSED;

/* Whether some rows are left out by hand: by a zoom or an exclusion. */
static inline bool hypothesis_narrows(const struct hypothesis *h)
{
    return h->n_zooms > 0 || h->n_excluded > 0;
}

/* What of a cluster can be excluded. */
enum exclude { EXCLUDE_CLUSTER, EXCLUDE_PROTO, EXCLUDE_SOURCE, EXCLUDE_PAIR, N_EXCLUDES };

/* Appends how an address reads, "-" when there is none; and a pair, "A -> B 443/tcp", with its port
 * or without. Bytes of the log inside. */
void addr_text(struct buf *out, const struct table *t, uint32_t addr);
void pair_text(struct buf *out, const struct table *t, const struct top_pair *pair, bool port);

/* How it reads: "cluster 3", "protocol icmp", "source 10.0.0.1", "pair A -> B 443/tcp", and the
 * share of the cluster's rows in 0..1. False when the cluster has no such thing. Appended; bytes of
 * the log inside. */
bool exclude_text(const struct clustering *c, const struct table *t, uint32_t number,
                  enum exclude what, struct buf *out, double *share);

/* Excludes it from now on. Errors: ERR_USAGE when the cluster has no such thing or none that a term
 * can name, when it is excluded already, or when too much is; ERR_LIMIT. The hypothesis is then as
 * before. */
int hypothesis_exclude(struct hypothesis *h, const struct clustering *c, const struct table *t,
                       uint32_t number, enum exclude what, struct err *err) WARN_UNUSED;

/* The same by a text and a term, as an exclusion has them. Errors: ERR_USAGE also for a term that is
 * no expression. */
int hypothesis_leave_out(struct hypothesis *h, struct span text, struct span term,
                         struct err *err) WARN_UNUSED;

/* Takes the i-th exclusion back. */
void hypothesis_include(struct hypothesis *h, size_t i);

/* What a fit is given: the recipe with the terms in its `where`, and the subsets. The caller
 * releases the recipe and frees the array with mem_free (it borrows the clusterings from h). Errors:
 * ERR_USAGE when `where` gets too long, ERR_LIMIT. */
int hypothesis_fit(const struct hypothesis *h, struct recipe *recipe, struct subset **subset,
                   size_t *n_subsets, struct err *err) WARN_UNUSED;

#endif
