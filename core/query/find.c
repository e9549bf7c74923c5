/* Finding plain text in rows; see rowset.h. */
#include "core/base/match.h"
#include "core/base/mem.h"
#include "core/query/scan.h"

struct search {
    size_t n_columns;
    struct span needle;
    bool any_case;
};

static bool row_has(const void *what, struct expr_scratch *scratch, const struct row *row)
{
    const struct search *s = what;
    for (size_t i = 0; i < s->n_columns; i++) {
        if (row->field[i].state != FIELD_ABSENT &&
            match_in(field_decode(&row->field[i], &scratch->decode), s->needle, s->any_case, NULL))
            return true;
    }
    return false;
}

int rowset_find(struct find *out, const struct rowset *set, const struct table *t,
                struct span needle, struct job *job, struct err *err)
{
    struct search search = {t->schema.n, needle, match_any_case(needle)};
    struct scan_result has;
    uint64_t n = 0;
    *out = (struct find){.n_hits = 0};
    if (scan_rows(&has, set, t, &(struct scan_question){NULL, row_has, &search}, job, err) != 0)
        return -1;
    for (uint64_t i = 0; i < set->n; i++)
        n += scan_passed(&has, set->row[i]);
    out->hit = mem_alloc(n, sizeof *out->hit);
    if (out->hit == NULL) {
        scan_release(&has);
        return err_memory(err, "the list of hits");
    }
    for (uint64_t i = 0; i < set->n; i++) {
        if (scan_passed(&has, set->row[i]))
            out->hit[out->n_hits++] = i;
    }
    scan_release(&has);
    return 0;
}

void find_release(struct find *f)
{
    mem_free(f->hit);
    *f = (struct find){.n_hits = 0};
}
