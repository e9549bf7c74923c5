/* Histograms from the rows of a table, without a matrix; see histogram.h.
 *
 * DESIGN
 * 1. Values are those of the fit before they were scaled, and the fit has measured how far they reach: so
 *    cells are there before the first value, and each is read once.
 * 2. Only the least value above 0 is not known. Logarithmic cells therefore reach over all powers of ten,
 *    and those without a value are cut when all is counted.
 * 3. A cell depends on the row's values alone: nothing on who sorted it. */
#include <math.h>

#include "core/base/mem.h"
#include "core/query/histogram_impl.h"

int histogram_rows_dims(struct matrix *m, const struct clustering *c, struct err *err)
{
    *m = (struct matrix){.n = c->n, .n_rows = c->n_rows, .wide = true};
    m->dim = mem_zalloc(c->d, sizeof *m->dim);
    if (m->dim == NULL)
        return err_memory(err, "the histograms");
    for (uint32_t j = 0; j < c->d; j++) {
        if (c->dim[j].indicator || !(c->dim[j].there.least < c->dim[j].there.most))
            continue;
        m->dim[m->d] = c->dim[j];
        m->dim[m->d].weight = m->dim[m->d].unit = 1;
        m->dim[m->d++].offset = 0;
    }
    return 0;
}

static void values_cells(const struct sorting *s, const struct histogram *h,
                         const struct values_run *run, uint8_t *cell)
{
    for (uint32_t i = 0; i < run->n; i++) {
        double x = run->x[0][i];
        cell[i] = isnan(x) ? HISTOGRAM_MISSING : histogram_cell(s, h->n, x);
    }
}

static void circle_cells(const struct histogram *h, const struct values_run *run, uint8_t *cell)
{
    for (uint32_t i = 0; i < run->n; i++) {
        double y = run->x[0][i], x = run->x[1][i];
        cell[i] = isnan(x) || isnan(y) ? HISTOGRAM_MISSING : histogram_turn(y, x, h->n);
    }
}

static void marks_cells(const struct sorting *s, const struct values_run *run, uint8_t *cell)
{
    memset(cell, HISTOGRAM_MISSING, run->n);
    for (uint32_t part = 0; part < VALUES_PARTS; part++)
        for (uint32_t i = 0; i < run->n; i++)
            if (run->x[part][i] > 0)
                cell[i] = s->class_of[part];
}

static void take_run(void *user, const struct values_run *run)
{
    const struct building *b = user;
    uint32_t f = b->place[run->number];
    const uint32_t *obs = b->c->obs_of_row;
    uint8_t cell[VALUES_RUN], *code;
    if (f == UINT32_MAX)
        return;
    code = b->out->code + (size_t)f * b->out->n_obs;
    switch (b->sorting[f].how) {
    case BY_VALUE:
        values_cells(&b->sorting[f], &b->out->of[f], run, cell);
        break;
    case BY_CIRCLE:
        circle_cells(&b->out->of[f], run, cell);
        break;
    case BY_MARKS:
        marks_cells(&b->sorting[f], run, cell);
        break;
    }
    for (uint32_t i = 0; i < run->n && obs != NULL; i++)
        if (obs[run->first + i] != OBS_NONE)
            code[obs[run->first + i]] = cell[i];
    if (obs == NULL)
        memcpy(code + run->first, cell, run->n);
}

/* Which cell each class of ports is: a class that no row has, or all have, is no dimension. */
static void place_marks(const struct building *b, struct sorting *s)
{
    static const char *const classes[VALUES_PARTS] = {"=system", "=registered", "=ephemeral"};
    for (uint32_t part = 0; part < VALUES_PARTS; part++) {
        s->class_of[part] = HISTOGRAM_MISSING;
        for (uint32_t j = 0; j < s->n_dims; j++) {
            const char *name = strrchr(b->m->dim[s->dim + j].name, '=');
            if (name != NULL && strcmp(name, classes[part]) == 0)
                s->class_of[part] = (uint8_t)j;
        }
    }
}

int histogram_rows_sort(struct building *b, struct err *err)
{
    struct expr_env env = {b->c->local, b->c->n_local};
    if (b->c->obs_of_row == NULL && b->c->n != b->t->n_rows)
        return values_changed(err);
    for (uint32_t i = 0; i < RECIPE_MAX_FEATURES; i++)
        b->place[i] = UINT32_MAX;
    for (uint32_t f = 0; f < b->out->n; f++) {
        b->place[b->m->dim[b->sorting[f].dim].feature] = f;
        if (b->sorting[f].how == BY_MARKS)
            place_marks(b, &b->sorting[f]);
    }
    return values_read(b->t, &b->c->recipe, &env, b->c->obs_of_row, take_run, b, job_pool(b->job),
                       b->job, err);
}
