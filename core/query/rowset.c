/* Row sets: of a cluster, of an address, filtered; see rowset.h. */
#include "core/query/rowset.h"

#include "core/base/mem.h"
#include "core/table/row_reader.h"

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
                      uint32_t number, struct err *err)
{
    uint64_t n = count_rows(t, c, number);
    if (set_alloc(set, n, err) != 0)
        return -1;
    for (uint64_t row = 0; row < t->n_rows && set->n < n; row++) {
        if (number == CLUSTER_ALL || clustering_of_row(c, row) == number)
            set->row[set->n++] = (uint32_t)row;
    }
    return 0;
}

int rowset_of_addr(struct rowset *set, const struct table *t, uint32_t addr, struct job *job,
                   struct err *err)
{
    size_t cap = 0;
    *set = (struct rowset){.n = 0};
    for (uint64_t row = 0; row < t->n_rows; row++) {
        void *rows = set->row;
        if (row % 1024 == 0 && job_cancelled(job)) {
            rowset_release(set);
            return job_stopped(err);
        }
        if (TABLE_AT(t, row, orig) != addr && TABLE_AT(t, row, resp) != addr)
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

int rowset_filter(struct rowset *out, const struct rowset *in, const struct table *t,
                  const struct expr *e, struct job *job, struct err *err)
{
    struct expr_scratch scratch = {.decode = BUF_INIT};
    struct row_reader *reader = NULL;
    const struct row *row;
    int rc = -1;
    if (set_alloc(out, in->n, err) != 0)
        return -1;
    reader = row_reader_new(t, 0, err);
    if (reader == NULL)
        goto out;
    for (uint64_t i = 0; i < in->n; i++) {
        if (i % 1024 == 0 && job_cancelled(job)) {
            job_stopped(err);
            goto out;
        }
        if (row_reader_get(reader, in->row[i], &row, err) != 0)
            goto out;
        if (!row->gone && expr_eval(e, row->field, &scratch))
            out->row[out->n++] = in->row[i];
    }
    rc = 0;
out:
    expr_scratch_release(&scratch);
    row_reader_free(reader);
    if (rc != 0)
        rowset_release(out);
    return rc;
}
