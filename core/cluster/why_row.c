/* Why one row is in its cluster; see why_row.h.
 *
 * DESIGN
 * 1. The distance is the one of kmeans_distance2, so that it agrees with the exported column to the
 *    last bit. The shares come from the same matrix.
 * 2. Dimensions of one feature stand side by side, in the recipe's order, whatever was dropped. */
#include "core/cluster/why_row.h"

#include <math.h>

#include "core/base/number.h"
#include "core/cluster/reasons.h"

#define LEAST_SHARE 0.05

static const struct feature *feature_of(const struct clustering *c, uint32_t dim)
{
    uint32_t f = c->dim[dim].feature;
    return f < c->recipe.n_features ? &c->recipe.feature[f] : NULL;
}

static bool is_kind(const struct clustering *c, uint32_t dim, enum feature_kind kind)
{
    const struct feature *f = feature_of(c, dim);
    return f != NULL && f->kind == kind;
}

/* 0 or 1 by row: the mean over a cluster is a share. */
static bool is_mark(const struct clustering *c, uint32_t dim)
{
    return c->dim[dim].indicator || is_kind(c, dim, FEATURE_PORT_CLASS);
}

static bool is_circle(const struct clustering *c, uint32_t dim)
{
    return !c->dim[dim].indicator &&
           (is_kind(c, dim, FEATURE_HOUR) || is_kind(c, dim, FEATURE_WEEKDAY));
}

/* The unscaled value of an observation. */
static double value(const struct clustering *c, const struct matrix *m, uint64_t obs, uint32_t dim)
{
    return dim_unscale(&c->dim[dim], matrix_value(m, obs, dim));
}

/* The part of the feature whose dimensions are begin .. end - 1: the dimension with the biggest
 * share stands for it, unless a value of the row does. share is still a squared distance. */
static struct why_part part_of(const struct clustering *c, const struct matrix *m, uint64_t obs,
                               uint32_t number, uint32_t begin, uint32_t end)
{
    const double *centroid = c->centroid + (size_t)(number - 1) * c->d;
    struct why_part part = {.dim = begin};
    double biggest = -1;
    bool said = false; /* by the row's own value */
    for (uint32_t j = begin; j < end; j++) {
        double diff = matrix_value(m, obs, j) - centroid[j], square = diff * diff;
        bool own = is_mark(c, j) && value(c, m, obs, j) > 0.5;
        part.share += square;
        if (said || (square <= biggest && !own))
            continue;
        biggest = square;
        part.dim = j;
        said = own;
    }
    part.here = value(c, m, obs, part.dim);
    part.cluster = clustering_centroid(c, number, part.dim);
    if (is_circle(c, part.dim) && begin + 1 < end && is_circle(c, begin) &&
        is_circle(c, begin + 1)) {
        enum feature_kind kind = feature_of(c, begin)->kind;
        part.clock = true;
        part.here = reasons_clock(kind, value(c, m, obs, begin), value(c, m, obs, begin + 1));
        part.cluster = reasons_clock(kind, clustering_centroid(c, number, begin),
                                     clustering_centroid(c, number, begin + 1));
    }
    return part;
}

static void offer(struct why_row *w, const struct why_part *part)
{
    uint32_t at = w->n_parts;
    if (at == WHY_ROW_PARTS) {
        if (part->share <= w->part[at - 1].share)
            return;
        at--;
    } else {
        w->n_parts++;
    }
    for (; at > 0 && part->share > w->part[at - 1].share; at--)
        w->part[at] = w->part[at - 1];
    w->part[at] = *part;
}

static void find_parts(struct why_row *w, const struct clustering *c, const struct matrix *m,
                       uint64_t obs)
{
    double all = 0;
    for (uint32_t begin = 0, end; begin < c->d; begin = end) {
        struct why_part part;
        for (end = begin + 1; end < c->d && c->dim[end].feature == c->dim[begin].feature;)
            end++;
        part = part_of(c, m, obs, w->cluster, begin, end);
        all += part.share;
        offer(w, &part);
    }
    for (uint32_t i = 0; i < w->n_parts; i++) {
        w->part[i].share = all > 0 ? w->part[i].share / all : 0;
        if (w->part[i].share < LEAST_SHARE)
            w->n_parts = i;
    }
}

int why_row_find(struct why_row *out, const struct clustering *c, const struct matrix *m,
                 uint64_t row, struct err *err)
{
    uint64_t obs = row < c->n_rows ? matrix_obs(m, row) : OBS_NONE;
    *out = (struct why_row){.cluster = row < c->n_rows ? clustering_of_row(c, row) : 0};
    if (out->cluster == 0)
        return 0;
    if (obs >= m->n || m->d != c->d)
        return err_set(err, ERR_DATA, "the row has no place in what was clustered");
    out->distance = sqrt(kmeans_distance2(m, obs, c->centroid + (size_t)(out->cluster - 1) * c->d));
    for (uint32_t number = 1; number <= c->k; number++) {
        double distance;
        if (number == out->cluster)
            continue;
        distance = sqrt(kmeans_distance2(m, obs, c->centroid + (size_t)(number - 1) * c->d));
        if (out->next == 0 || distance < out->next_distance) {
            out->next = number;
            out->next_distance = distance;
        }
    }
    find_parts(out, c, m, obs);
    return 0;
}

/* ---- in words ---- */

void why_row_distance(struct buf *out, const struct why_row *w)
{
    buf_printf(out, "%.3g from the centroid", w->distance);
    if (w->next == 0)
        return;
    if (w->next_distance < w->distance)
        buf_printf(out, "; cluster %u is closer (%.3g)", (unsigned)w->next, w->next_distance);
    else if (w->next_distance <= w->distance * WHY_ROW_NEAR)
        buf_printf(out, "; cluster %u is nearly as close (%.3g)", (unsigned)w->next,
                   w->next_distance);
    else
        buf_printf(out, "; the next cluster, %u, is at %.3g", (unsigned)w->next, w->next_distance);
}

void why_row_label(struct buf *out, const struct clustering *c, const struct why_part *part)
{
    const struct feature *f = feature_of(c, part->dim);
    const char *equals = is_mark(c, part->dim) ? strstr(c->dim[part->dim].name, ")=") : NULL;
    if (part->clock && f != NULL)
        buf_printf(out, "%s(%s)", feature_kind_name(f->kind), f->arg[0]);
    else if (f != NULL && f->arg[0] != NULL && strncmp(c->dim[part->dim].name, "missing(", 8) == 0)
        buf_printf(out, "%s unset", f->arg[0]);
    else if (equals != NULL && f != NULL && f->arg[0] != NULL)
        buf_printf(out, "%s%s", f->arg[0], equals + 1);
    else
        buf_add_text(out, c->dim[part->dim].name);
}

static void share_text(struct buf *out, double share)
{
    char text[16];
    buf_add_text(out, number_share(share < 0          ? 0
                                   : share > 1 - 1e-6 ? 1
                                                      : share,
                                   text, sizeof text));
}

void why_row_figures(struct buf *out, const struct clustering *c, const struct schema *schema,
                     const struct why_part *part)
{
    const struct dim *dim = &c->dim[part->dim];
    const struct feature *f = feature_of(c, part->dim);
    const char *what = reasons_what(c, dim);
    if (is_mark(c, part->dim)) {
        if (part->here > 1 - 1e-3)
            buf_add_text(out, "here, ");
        else if (part->here < 1e-3)
            buf_add_text(out, "not here, ");
        else {
            share_text(out, part->here);
            buf_add_text(out, " here, ");
        }
        share_text(out, part->cluster);
        buf_add_text(out, " in the cluster");
        return;
    }
    if (part->clock && f != NULL)
        what = f->kind == FEATURE_HOUR ? "hour(" : "weekday(";
    reasons_quantity(out, schema, what,
                     part->clock ? part->here : reasons_unit(c, dim, part->here));
    buf_add_text(out, " here, ");
    reasons_quantity(out, schema, what,
                     part->clock ? part->cluster : reasons_unit(c, dim, part->cluster));
    buf_add_text(out, " in the cluster");
}
