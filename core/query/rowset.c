/* Row sets: of a cluster, of an address, filtered; see rowset.h. */
#include "core/query/rowset.h"

#include "core/base/mem.h"
#include "core/query/scan.h"

#define CANCEL_ROWS 1024

void rowset_release(struct rowset *set)
{
    mem_free(set->row);
    *set = (struct rowset){.n = 0};
}

static int set_alloc(struct rowset *set, uint64_t n, struct err *err)
{
    *set = (struct rowset){mem_alloc(n, sizeof *set->row), 0};
    return set->row == NULL ? err_memory(err, "the list of rows") : 0;
}

static uint64_t count_rows(const struct table *t, const struct clustering *c, uint32_t number)
{
    if (number == CLUSTER_ALL)
        return t->n_rows;
    if (c == NULL)
        return 0;
    if (number == 0)
        return c->rows_excluded;
    return number <= c->k ? c->profile[number - 1].rows : 0;
}

int rowset_of_cluster(struct rowset *set, const struct table *t, const struct clustering *c,
                      uint32_t number, struct job *job, struct err *err)
{
    uint64_t n = count_rows(t, c, number);
    if (set_alloc(set, n, err) != 0)
        return -1;
    for (uint64_t row = 0; row < t->n_rows && set->n < n; row++) {
        if (row % CANCEL_ROWS == 0 && job_cancelled(job)) {
            rowset_release(set);
            return job_stopped(err);
        }
        if (number == CLUSTER_ALL || clustering_of_row(c, row) == number)
            set->row[set->n++] = (uint32_t)row;
    }
    return 0;
}

int rowset_of_input(struct rowset *set, const struct table *t, uint32_t input, struct err *err)
{
    if (set_alloc(set, t->input[input].rows_loaded, err) != 0)
        return -1;
    for (size_t s = 0; s < t->n_segments; s++) {
        const struct segment *seg = &t->segment[s];
        for (uint64_t i = 0; seg->input == input && i < seg->n_rows; i++)
            set->row[set->n++] = (uint32_t)(seg->first_row + i);
    }
    return 0;
}

/* Their number is not known before. */
int rowset_of_test(struct rowset *set, const struct table *t, row_test_fn *test, const void *user,
                   struct job *job, struct err *err)
{
    size_t cap = 0;
    *set = (struct rowset){.n = 0};
    for (uint64_t row = 0; row < t->n_rows; row++) {
        void *rows = set->row;
        if (row % CANCEL_ROWS == 0 && job_cancelled(job)) {
            rowset_release(set);
            return job_stopped(err);
        }
        if (!test(user, row))
            continue;
        if (mem_grow(&rows, &cap, set->n + 1, sizeof *set->row) != 0) {
            rowset_release(set);
            return err_memory(err, "the list of rows");
        }
        set->row = rows;
        set->row[set->n++] = (uint32_t)row;
    }
    return set->row == NULL ? set_alloc(set, 0, err) : 0;
}

struct of_addr {
    const struct table *t;
    uint32_t addr;
};

static bool has_addr(const void *user, uint64_t row)
{
    const struct of_addr *of = user;
    return TABLE_AT(of->t, row, orig) == of->addr || TABLE_AT(of->t, row, resp) == of->addr;
}

int rowset_of_addr(struct rowset *set, const struct table *t, uint32_t addr, struct job *job,
                   struct err *err)
{
    return rowset_of_test(set, t, has_addr, &(struct of_addr){t, addr}, job, err);
}

struct of_obs {
    const struct clustering *c;
    uint32_t obs;
};

static bool has_obs(const void *user, uint64_t row)
{
    const struct of_obs *of = user;
    return of->c->obs_of_row[row] == of->obs;
}

int rowset_of_observation(struct rowset *set, const struct table *t, const struct clustering *c,
                          uint32_t obs, struct job *job, struct err *err)
{
    BUG_IF(c->obs_of_row == NULL);
    return rowset_of_test(set, t, has_obs, &(struct of_obs){c, obs}, job, err);
}

struct filter {
    const struct expr *e;
    struct expr_columns *columns;
};

static enum expr_answer ask(const void *what, struct expr_scratch *scratch, uint64_t row)
{
    const struct filter *f = what;
    return expr_columns_ask(f->columns, row, scratch);
}

static bool row_passes(const void *what, struct expr_scratch *scratch, const struct row *row)
{
    const struct filter *f = what;
    return expr_eval(f->e, row->field, scratch);
}

int rowset_filter(struct rowset *out, const struct rowset *in, const struct table *t,
                  const struct expr *e, struct job *job, struct err *err)
{
    struct filter filter = {e, expr_columns_new(e, t, in->n, job, err)};
    struct scan_question question = {ask, row_passes, &filter};
    struct scan_result passed = {NULL};
    uint64_t n = 0;
    int rc = -1;
    *out = (struct rowset){.n = 0};
    if (filter.columns == NULL || scan_rows(&passed, in, t, &question, job, err) != 0)
        goto out;
    for (uint64_t i = 0; i < in->n; i++)
        n += scan_passed(&passed, in->row[i]);
    if (set_alloc(out, n, err) != 0)
        goto out;
    for (uint64_t i = 0; i < in->n; i++) {
        if (scan_passed(&passed, in->row[i]))
            out->row[out->n++] = in->row[i];
    }
    rc = 0;
out:
    scan_release(&passed);
    expr_columns_free(filter.columns);
    return rc;
}
