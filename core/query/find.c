/* Finding plain text in rows; see rowset.h. */
#include "core/base/match.h"
#include "core/base/mem.h"
#include "core/query/rowset.h"
#include "core/table/row_reader.h"

static bool row_has(const struct table *t, const struct row *row, struct span needle, bool any_case,
                    struct buf *scratch)
{
    for (size_t i = 0; i < t->schema.n; i++) {
        if (row->field[i].state != FIELD_ABSENT &&
            match_in(field_decode(&row->field[i], scratch), needle, any_case, NULL))
            return true;
    }
    return false;
}

int rowset_find(struct find *out, const struct rowset *set, const struct table *t,
                struct span needle, struct job *job, struct err *err)
{
    bool any_case = match_any_case(needle);
    struct buf scratch = BUF_INIT;
    const struct row *row;
    struct row_reader *reader = row_reader_new(t, 0, err);
    size_t cap = 0;
    int rc = -1;
    *out = (struct find){.n_hits = 0};
    if (reader == NULL)
        return -1;
    for (uint64_t i = 0; i < set->n; i++) {
        void *hits = out->hit;
        if (i % 1024 == 0 && job_cancelled(job)) {
            job_stopped(err);
            goto out;
        }
        if (row_reader_get(reader, set->row[i], &row, err) != 0)
            goto out;
        if (row->gone || !row_has(t, row, needle, any_case, &scratch))
            continue;
        if (mem_grow(&hits, &cap, out->n_hits + 1, sizeof *out->hit) != 0) {
            err_memory(err, "the list of hits");
            goto out;
        }
        out->hit = hits;
        out->hit[out->n_hits++] = i;
    }
    rc = 0;
out:
    buf_release(&scratch);
    row_reader_free(reader);
    if (rc != 0)
        find_release(out);
    return rc;
}

void find_release(struct find *f)
{
    mem_free(f->hit);
    *f = (struct find){.n_hits = 0};
}
