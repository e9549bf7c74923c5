/* Values of features in cells, by cluster; see histogram.h. Where cells are is in histogram_cells.c.
 *
 * DESIGN
 * 0. Where each row has its values by itself no matrix is built: histogram_rows.c goes over the rows once. What
 *    follows is for pairs, hosts and kinds of a text.
 * 1. The matrix is built with `missing = mark`, which changes no observation, so that a missing value
 *    is known as such. Where the recipe drops rows that lack one there is nothing to mark.
 * 2. Cells have their edges in the field's own units. An edge is turned into the scaled form that the
 *    matrix has, once, and values are compared with that: no value is turned back. It is lowered by
 *    what a float may have lost, so that a value on an edge stands in the cell that begins there.
 * 3. A table of LOOK_UP places leads close to a value's cell; from there it is a step or two.
 * 4. Cells are written by slices of observations, and counted feature by feature: whole numbers and
 *    nothing that depends on who counts. */
#include "core/query/histogram_impl.h"

#include <math.h>

#include "core/base/maths.h"
#include "core/base/mem.h"
#include "core/crew.h"

#define TASK_BLOCKS 1024 /* of 16 observations */

void histograms_release(struct histograms *h)
{
    for (uint32_t f = 0; f < h->n; f++) {
        struct histogram *of = &h->of[f];
        for (uint32_t i = 0; of->label != NULL && i < of->n; i++)
            mem_free(of->label[i]);
        mem_free(of->label);
        mem_free(of->name);
        mem_free(of->count);
    }
    mem_free(h->of);
    if (h->code != NULL) {
        mem_free(h->code);
        mem_give_back_freed();
    }
    *h = (struct histograms){.n = 0};
}

/* Least, most and least above 0 of one feature in one task. */
struct part {
    double least, most, least_above_0;
};

/* ---- the range of values ---- */

static uint32_t lanes_of(const struct matrix *m, uint64_t block)
{
    uint64_t left = m->n - block * MATRIX_BLOCK;
    return left < MATRIX_BLOCK ? (uint32_t)left : MATRIX_BLOCK;
}

/* One dimension of a block as doubles. */
static void load(const struct matrix *m, uint64_t block, uint32_t dim, double x[MATRIX_BLOCK])
{
    size_t at = matrix_at(m, block * MATRIX_BLOCK, dim);
    if (m->wide) {
        memcpy(x, (const double *)m->data + at, MATRIX_BLOCK * sizeof *x);
        return;
    }
    for (uint32_t lane = 0; lane < MATRIX_BLOCK; lane++)
        x[lane] = (double)((const float *)m->data)[at + lane];
}

static void range_of_block(const struct building *b, uint64_t block, uint32_t f, struct part *p)
{
    const struct sorting *s = &b->sorting[f];
    uint32_t lanes = lanes_of(b->m, block);
    double values[MATRIX_BLOCK];
    load(b->m, block, s->dim, values);
    for (uint32_t lane = 0; lane < lanes; lane++) {
        double x = values[lane];
        p->least = x < p->least ? x : p->least;
        p->most = x > p->most ? x : p->most;
        p->least_above_0 = x > s->zero && x < p->least_above_0 ? x : p->least_above_0;
    }
}

static uint64_t n_blocks(const struct matrix *m)
{
    return (m->n + MATRIX_BLOCK - 1) / MATRIX_BLOCK;
}

static void range_tasks(void *user, uint32_t member)
{
    struct building *b = user;
    uint32_t task, n = b->out->n;
    (void)member;
    while (crew_take(&b->crew, &task)) {
        uint64_t begin = (uint64_t)task * TASK_BLOCKS, end = begin + TASK_BLOCKS;
        struct part *part = b->part + (size_t)task * n;
        end = end < n_blocks(b->m) ? end : n_blocks(b->m);
        for (uint32_t f = 0; f < n; f++) {
            part[f] = (struct part){INFINITY, -INFINITY, INFINITY};
            if (b->sorting[f].how != BY_VALUE)
                continue;
            for (uint64_t block = begin; block < end; block++)
                range_of_block(b, block, f, &part[f]);
        }
    }
}

static uint32_t n_tasks(const struct matrix *m)
{
    return (uint32_t)((n_blocks(m) + TASK_BLOCKS - 1) / TASK_BLOCKS);
}

static int find_ranges(struct building *b, struct err *err)
{
    uint32_t n = b->out->n, tasks = n_tasks(b->m);
    int rc;
    b->part = mem_alloc((size_t)tasks * n, sizeof *b->part);
    if (b->part == NULL)
        return err_memory(err, "the histograms");
    rc = crew_run(&b->crew, tasks, range_tasks, b, "the histograms", err);
    for (uint32_t f = 0; f < n && rc == 0; f++) {
        struct sorting *s = &b->sorting[f];
        s->least = s->least_above_0 = INFINITY;
        s->most = -INFINITY;
        for (uint32_t task = 0; task < tasks; task++) {
            const struct part *p = &b->part[(size_t)task * n + f];
            s->least = p->least < s->least ? p->least : s->least;
            s->most = p->most > s->most ? p->most : s->most;
            s->least_above_0 =
                p->least_above_0 < s->least_above_0 ? p->least_above_0 : s->least_above_0;
        }
    }
    mem_free(b->part);
    b->part = NULL;
    return rc;
}

/* ---- sorting ---- */

static uint8_t cell_of_circle(const struct building *b, const struct sorting *s,
                              const struct histogram *h, uint64_t i)
{
    double y = dim_unscale(&b->m->dim[s->dim], matrix_value(b->m, i, s->dim));
    double x = dim_unscale(&b->m->dim[s->dim + 1], matrix_value(b->m, i, s->dim + 1));
    return histogram_turn(y, x, h->n);
}

/* The kind it is of; of a group the one that most of its rows are of. */
static uint8_t cell_of_marks(const struct building *b, const struct sorting *s, uint64_t i)
{
    uint8_t cell = HISTOGRAM_MISSING;
    double most = 0;
    for (uint32_t j = 0; j < s->n_dims; j++) {
        double x = matrix_value(b->m, i, s->dim + j);
        if (x <= s->edge[j]) /* no row is of it */
            continue;
        x = dim_unscale(&b->m->dim[s->dim + j], x);
        if (x > most) {
            most = x * (1 + 1e-6);
            cell = (uint8_t)j;
        }
    }
    return cell;
}

static void sort_block(const struct building *b, uint32_t f, uint64_t block, uint8_t *code)
{
    const struct sorting *s = &b->sorting[f];
    const struct histogram *h = &b->out->of[f];
    uint32_t lanes = lanes_of(b->m, block);
    double x[MATRIX_BLOCK];
    if (s->how == BY_VALUE) {
        load(b->m, block, s->dim, x);
        for (uint32_t lane = 0; lane < lanes; lane++)
            code[lane] = histogram_cell(s, h->n, x[lane]);
    }
    for (uint32_t lane = 0; lane < lanes && s->how != BY_VALUE; lane++)
        code[lane] = s->how == BY_CIRCLE ? cell_of_circle(b, s, h, block * MATRIX_BLOCK + lane)
                                         : cell_of_marks(b, s, block * MATRIX_BLOCK + lane);
    if (s->mark < 0)
        return;
    load(b->m, block, (uint32_t)s->mark, x);
    for (uint32_t lane = 0; lane < lanes; lane++)
        if (x[lane] > s->marked)
            code[lane] = HISTOGRAM_MISSING;
}

static void sort_tasks(void *user, uint32_t member)
{
    struct building *b = user;
    uint32_t task;
    (void)member;
    while (crew_take(&b->crew, &task)) {
        uint64_t begin = (uint64_t)task * TASK_BLOCKS, end = begin + TASK_BLOCKS;
        end = end < n_blocks(b->m) ? end : n_blocks(b->m);
        for (uint32_t f = 0; f < b->out->n && !job_cancelled(b->job); f++) {
            uint8_t *code = b->out->code + (size_t)f * b->out->n_obs;
            for (uint64_t block = begin; block < end; block++)
                sort_block(b, f, block, code + block * MATRIX_BLOCK);
        }
    }
}

static void count_tasks(void *user, uint32_t member)
{
    struct building *b = user;
    uint32_t f;
    (void)member;
    while (crew_take(&b->crew, &f)) {
        struct histogram *h = &b->out->of[f];
        uint8_t *code = b->out->code + (size_t)f * b->out->n_obs;
        size_t line = h->n + 1;
        for (uint64_t i = 0; i < b->out->n_obs; i++) {
            uint32_t cell = code[i] < h->n ? code[i] : h->n;
            if (i % 65536 == 0 && job_cancelled(b->job))
                return;
            h->count[(b->c->label[i] + 1u) * line + cell]++;
        }
        for (uint32_t cluster = 1; cluster <= b->c->k; cluster++)
            for (size_t cell = 0; cell < line; cell++)
                h->count[cell] += h->count[cluster * line + cell];
        if (b->rows && h->log)
            histogram_cut_cells(h, b->out->k, code, b->out->n_obs);
    }
}

/* ---- features ---- */

static int name_cells(struct building *b, struct histogram *h, const struct sorting *s)
{
    static const char *const day[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                      "Friday", "Saturday", "Sunday"};
    h->n = s->how == BY_CIRCLE ? 7 : s->n_dims;
    h->label = mem_zalloc(h->n, sizeof *h->label);
    for (uint32_t i = 0; h->label != NULL && i < h->n; i++) {
        const char *name = b->m->dim[s->dim + (s->how == BY_CIRCLE ? 0 : i)].name;
        const char *value = strstr(name, ")=");
        h->label[i] = mem_string(s->how == BY_CIRCLE ? day[i] : value == NULL ? name : value + 2);
        if (h->label[i] == NULL)
            return -1;
    }
    return h->label == NULL ? -1 : 0;
}

static bool is_mark(const struct dim *d)
{
    return d->indicator && strncmp(d->name, "missing(", 8) == 0;
}

/* Takes the dimensions from *at on that are of one feature. A feature that lost a part of its circle is
 * left out. */
static int add_feature(struct building *b, uint32_t *at, struct err *err)
{
    const struct matrix *m = b->m;
    const struct feature *f = &b->c->recipe.feature[m->dim[*at].feature];
    struct histogram *h = &b->out->of[b->out->n];
    struct sorting *s = &b->sorting[b->out->n];
    bool turns = f->kind == FEATURE_HOUR || f->kind == FEATURE_WEEKDAY;
    *h = (struct histogram){.kind = f->kind, .unit = histogram_unit_of(b->t, &b->c->recipe, f)};
    *s = (struct sorting){.how = turns                        ? BY_CIRCLE
                                 : h->unit == HISTOGRAM_NAMES ? BY_MARKS
                                                              : BY_VALUE,
                          .dim = *at,
                          .mark = -1,
                          .logarithm = feature_is_logarithm(f->kind),
                          .exponent = f->kind == FEATURE_RARITY};
    h->log = s->logarithm || s->exponent;
    for (; *at < m->d && m->dim[*at].feature == m->dim[s->dim].feature; (*at)++) {
        if (is_mark(&m->dim[*at]))
            s->mark = *at;
        else
            s->n_dims++;
    }
    if (s->n_dims == 0 || (turns && s->n_dims < 2)) {
        b->out->n_left_out++;
        return 0;
    }
    b->out->n++;
    s->zero = histogram_above_zero(b, s);
    s->least = m->dim[s->dim].there.least; /* with rows; else they are looked for */
    s->most = m->dim[s->dim].there.most;
    if (s->mark >= 0)
        s->marked = histogram_scaled(&m->dim[s->mark], 0.5);
    for (uint32_t i = 0; i < s->n_dims && s->how == BY_MARKS; i++)
        s->edge[i] = histogram_scaled(&m->dim[s->dim + i], 1e-6);
    h->name = histogram_name_of(f);
    if (h->name == NULL || (h->unit == HISTOGRAM_NAMES && name_cells(b, h, s) != 0))
        return err_memory(err, "the histograms");
    return 0;
}

static int list_features(struct building *b, struct err *err)
{
    uint32_t at = 0;
    b->out->of = mem_zalloc(b->m->d, sizeof *b->out->of);
    b->sorting = mem_zalloc(b->m->d, sizeof *b->sorting);
    if (b->out->of == NULL || b->sorting == NULL)
        return err_memory(err, "the histograms");
    while (at < b->m->d)
        if (add_feature(b, &at, err) != 0)
            return -1;
    return 0;
}

/* ---- in all ---- */

static int fill(struct building *b, struct err *err)
{
    struct histograms *out = b->out;
    crew_init(&b->crew, job_pool(b->job), b->job);
    if (list_features(b, err) != 0 || (!b->rows && find_ranges(b, err) != 0))
        return -1;
    if (out->n == 0)
        return 0;
    out->code = mem_alloc(out->n_obs, out->n);
    if (out->code == NULL)
        return err_memory(err, "the histograms");
    for (uint32_t f = 0; f < out->n; f++) {
        struct histogram *h = &out->of[f];
        histogram_make_cells(b, f);
        h->count = mem_zalloc(((size_t)out->k + 1) * (h->n + 1), sizeof *h->count);
        if (h->count == NULL)
            return err_memory(err, "the histograms");
    }
    if (b->rows ? histogram_rows_sort(b, err) != 0
                : crew_run(&b->crew, n_tasks(b->m), sort_tasks, b, "the histograms", err) != 0)
        return -1;
    return crew_run(&b->crew, out->n, count_tasks, b, "the histograms", err);
}

/* The clustering's matrix with missing values marked. */
static int marked_matrix(struct matrix *m, const struct clustering *c, const struct table *t,
                         struct job *job, struct err *err)
{
    struct expr_env env = {c->local, c->n_local};
    struct table_kept *kept;
    struct recipe r;
    int rc;
    if (recipe_copy(&r, &c->recipe, err) != 0)
        return -1;
    if (r.missing != MISSING_DROP)
        r.missing = MISSING_MARK;
    /* What is kept of the clustering serves others again: it must not give way to this. */
    kept = table_take_kept(t);
    rc = matrix_build(m, t, &r, &env, c->scope, job_pool(job), job, err);
    if (kept != NULL)
        table_keep(t, kept);
    recipe_release(&r);
    if (rc != 0 || (m->n == c->n && m->n_rows == c->n_rows))
        return rc;
    matrix_release(m);
    return values_changed(err);
}

int histograms_build(struct histograms *out, const struct clustering *c, const struct table *t,
                     struct job *job, struct err *err)
{
    struct matrix m = {0};
    struct building b = {.out = out, .c = c, .t = t, .m = &m, .job = job};
    int rc;
    *out = (struct histograms){.k = c->k, .n_obs = c->n};
    b.rows = values_can(&c->recipe);
    rc = b.rows ? histogram_rows_dims(&m, c, err) : marked_matrix(&m, c, t, job, err);
    if (rc != 0)
        return -1;
    rc = fill(&b, err);
    mem_free(b.sorting);
    if (rc != 0)
        histograms_release(out);
    if (b.rows)
        mem_free(m.dim);
    else
        matrix_release(&m);
    return rc;
}
