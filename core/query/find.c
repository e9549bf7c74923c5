/* Finding plain text in rows; see rowset.h. */
#include "core/base/match.h"
#include "core/base/mem.h"
#include "core/query/scan.h"

struct search {
    const struct table *t;
    struct span needle;
    bool any_case;
    struct buf decode;
};

static bool row_has(void *ctx, const struct row *row)
{
    struct search *s = ctx;
    for (size_t i = 0; i < s->t->schema.n; i++) {
        if (row->field[i].state != FIELD_ABSENT &&
            match_in(field_decode(&row->field[i], &s->decode), s->needle, s->any_case, NULL))
            return true;
    }
    return false;
}

int rowset_find(struct find *out, const struct rowset *set, const struct table *t,
                struct span needle, struct job *job, struct err *err)
{
    struct search search = {t, needle, match_any_case(needle), BUF_INIT};
    struct scan_result hits;
    int rc = -1;
    *out = (struct find){.n_hits = 0};
    if (scan_rows(&hits, set, t, row_has, &search, job, err) != 0)
        goto out;
    out->hit = mem_alloc(hits.n_set, sizeof *out->hit);
    if (out->hit == NULL) {
        err_memory(err, "the list of hits");
        goto out;
    }
    for (uint64_t i = 0; i < set->n; i++) {
        if (scan_is_set(&hits, i))
            out->hit[out->n_hits++] = i;
    }
    rc = 0;
out:
    scan_release(&hits);
    buf_release(&search.decode);
    return rc;
}

void find_release(struct find *f)
{
    mem_free(f->hit);
    *f = (struct find){.n_hits = 0};
}
