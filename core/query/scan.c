/* Reading the rows of a set once; see scan.h. */
#include "core/query/scan.h"

#include "core/base/mem.h"
#include "core/query/order.h"

void scan_release(struct scan_result *r)
{
    mem_free(r->bit);
    *r = (struct scan_result){.n_set = 0};
}

int scan_rows(struct scan_result *out, const struct rowset *set, const struct table *t,
              scan_fn *passes, void *ctx, struct job *job, struct err *err)
{
    struct row_reader *reader = NULL;
    struct order_key *order = NULL;
    const struct row *row;
    int rc = -1;
    *out = (struct scan_result){mem_zalloc(set->n / 64 + 1, sizeof *out->bit), 0};
    if (out->bit == NULL) {
        err_memory(err, "the rows that pass");
        goto out;
    }
    if (!order_is_of_rows(set) && (order = order_of_rows(set, job, err)) == NULL)
        goto out;
    reader = row_reader_new(t, 0, err);
    if (reader == NULL)
        goto out;
    for (uint64_t i = 0; i < set->n; i++) {
        uint64_t at = order == NULL ? i : order[i].at;
        if (i % SCAN_CHECK_ROWS == 0 && job_cancelled(job)) {
            job_stopped(err);
            goto out;
        }
        if (row_reader_get(reader, set->row[at], &row, err) != 0)
            goto out;
        if (!row->gone && passes(ctx, row)) {
            out->bit[at / 64] |= (uint64_t)1 << (at % 64);
            out->n_set++;
        }
    }
    rc = 0;
out:
    row_reader_free(reader);
    mem_free(order);
    if (rc != 0)
        scan_release(out);
    return rc;
}
