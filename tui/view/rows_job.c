/* Background work of the rows view: collecting, refining (filter and sort), looking (finding, and going
 * through equal cells).
 *
 * DESIGN
 * 1. The set that a work reads is counted, and the counts change on the loop thread only (when a work
 *    starts and when it is released).
 * 2. Rows that come in another order, or fewer, are looked through again by the work that brings them. */
#include "tui/view/rows.h"
#include "tui/view/work.h"

#include "core/base/match.h"
#include "core/base/mem.h"
#include "core/base/number.h"

#define SAMPLE_ROWS 256 /* rows that are read to see how wide the columns are */
#define MAX_CONTENT 200

struct rows_work {
    struct work work;
    enum rows_of of; /* collecting */
    uint32_t whose;
    struct row_pick *pick; /* counted */
    struct shared_set *in; /* refining, looking */
    struct expr *expr;     /* refining: bound; NULL keeps all of `in`; owned */
    struct rows_state to;  /* refining: what is then shown; a column below 0 leaves the order */
    uint32_t here;         /* refining: the selected row, to be found again */
    struct buf needle;     /* empty for none */
    struct buf same_test;  /* empty for none */
    struct expr *equal;    /* it, bound; owned */
    uint32_t same_end;     /* or the address that cells are equal to; ADDR_MISSING for none */
    /* results */
    struct rowset out; /* without rows of its own when `same`: `in` is the answer */
    bool same;
    uint64_t at; /* where `here` stands now, or 0 */
    struct repeats repeats;
    struct addr_cols addrs;
    uint32_t *content;
    struct find find;
    struct find equals;
};

void shared_set_unref(struct shared_set *s)
{
    if (s == NULL || --s->refs > 0)
        return;
    rowset_release(&s->set);
    mem_free(s);
}

/* ---- on the worker ---- */

/* Reads rows spread over the set, so that columns are as wide as their values and do not jump. */
static int measure(struct rows_work *j, struct job *job, struct err *err)
{
    const struct table *t = j->work.subject.table;
    uint64_t n = j->out.n < SAMPLE_ROWS ? j->out.n : SAMPLE_ROWS;
    struct row_reader *reader = row_reader_new(t, 0, err);
    struct buf scratch = BUF_INIT;
    int rc = -1;
    j->content = mem_zalloc(t->schema.n, sizeof *j->content);
    if (reader == NULL)
        return -1;
    if (j->content == NULL) {
        (void)err_memory(err, "the widths of the columns");
        goto out;
    }
    for (uint64_t i = 0; i < n; i++) {
        const struct row *row;
        if (job_cancelled(job)) {
            (void)job_stopped(err);
            goto out;
        }
        if (row_reader_get(reader, j->out.row[i * j->out.n / n], &row, err) != 0)
            goto out;
        for (size_t c = 0; c < t->schema.n && !row->gone; c++) {
            struct span text = row->field[c].text;
            size_t cols = MAX_CONTENT;
            if (text.len <= MAX_CONTENT)
                cols = clean_cols(field_decode(&row->field[c], &scratch));
            if (cols > j->content[c])
                j->content[c] = (uint32_t)(cols > MAX_CONTENT ? MAX_CONTENT : cols);
        }
    }
    rc = 0;
out:
    buf_release(&scratch);
    row_reader_free(reader);
    return rc;
}

static bool picked(const void *user, uint64_t row)
{
    const struct row_pick *pick = user;
    return pick->has(pick, row);
}

static int collect(struct work *w, struct job *job, struct err *err)
{
    struct rows_work *j = (struct rows_work *)w;
    const struct table *t = w->subject.table;
    const struct clustering *c = w->subject.clustering;
    int rc = 0;
    switch (j->of) {
    case OF_CLUSTER:
        rc = rowset_of_cluster(&j->out, t, c, j->whose, job, err);
        break;
    case OF_ADDRESS:
        rc = rowset_of_addr(&j->out, t, j->whose, job, err);
        break;
    case OF_OBSERVATION:
        rc = rowset_of_observation(&j->out, t, c, j->whose, job, err);
        break;
    case OF_INPUT:
        rc = rowset_of_input(&j->out, t, j->whose, err);
        break;
    case OF_PICK:
        rc = rowset_of_test(&j->out, t, picked, j->pick, job, err);
        break;
    }
    if (rc != 0 || repeats_count(&j->repeats, &j->out, t, job, err) != 0 ||
        rows_measure_addresses(&j->addrs, &j->repeats, t, job, err) != 0)
        return -1;
    return measure(j, job, err);
}

/* What is shown after a filter and a sort. */
static const struct rowset *answer(const struct rows_work *j)
{
    return j->same ? &j->in->set : &j->out;
}

/* Where the rows of `some` stand in `in`, whose order they have. */
static int places_of(struct find *out, const struct rowset *in, const struct rowset *some,
                     struct err *err)
{
    out->hit = mem_alloc(some->n, sizeof *out->hit);
    if (out->hit == NULL)
        return err_memory(err, "the equal cells");
    for (uint64_t i = 0; i < in->n && out->n_hits < some->n; i++)
        if (in->row[i] == some->row[out->n_hits])
            out->hit[out->n_hits++] = i;
    return 0;
}

static bool has_end(const struct table *t, uint32_t row, uint32_t addr)
{
    return TABLE_AT(t, row, orig) == addr || TABLE_AT(t, row, resp) == addr;
}

static int places_of_addr(struct find *out, const struct rowset *in, const struct table *t,
                          uint32_t addr, struct job *job, struct err *err)
{
    uint64_t n = 0;
    for (uint64_t i = 0; i < in->n; i++)
        n += has_end(t, in->row[i], addr);
    out->hit = mem_alloc(n, sizeof *out->hit);
    if (out->hit == NULL)
        return err_memory(err, "the equal cells");
    for (uint64_t i = 0; i < in->n && !job_cancelled(job); i++)
        if (has_end(t, in->row[i], addr))
            out->hit[out->n_hits++] = i;
    return job_cancelled(job) ? job_stopped(err) : 0;
}

static int look_for_equals(struct rows_work *j, const struct rowset *in, struct job *job,
                           struct err *err)
{
    const struct table *t = j->work.subject.table;
    struct rowset equal = {.row = NULL};
    int rc;
    if (j->same_end != ADDR_MISSING)
        return places_of_addr(&j->equals, in, t, j->same_end, job, err);
    if (j->equal == NULL)
        return 0;
    rc = rowset_filter(&equal, in, t, j->equal, job, err);
    if (rc == 0)
        rc = places_of(&j->equals, in, &equal, err);
    rowset_release(&equal);
    return rc;
}

/* Goes through the rows for what was searched, and for what equals a cell. */
static int look_in(struct rows_work *j, const struct rowset *in, struct job *job, struct err *err)
{
    if (look_for_equals(j, in, job, err) != 0)
        return -1;
    return j->needle.len == 0
               ? 0
               : rowset_find(&j->find, in, j->work.subject.table, buf_span(&j->needle), job, err);
}

static int look(struct work *w, struct job *job, struct err *err)
{
    struct rows_work *j = (struct rows_work *)w;
    return look_in(j, &j->in->set, job, err);
}

static int refine(struct work *w, struct job *job, struct err *err)
{
    struct rows_work *j = (struct rows_work *)w;
    const struct table *t = w->subject.table;
    const struct rowset *in = &j->in->set, *out;
    struct rowset passed = {.row = NULL};
    int rc = -1;
    j->same = j->expr == NULL && j->to.sorted < 0;
    if (j->expr != NULL && rowset_filter(&passed, in, t, j->expr, job, err) != 0)
        goto out;
    if (j->to.sorted >= 0) {
        if (rowset_sort(&j->out, j->expr == NULL ? in : &passed, t, (uint32_t)j->to.sorted,
                        j->to.descending, job, err) != 0)
            goto out;
    } else if (j->expr != NULL) {
        j->out = passed;
        passed = (struct rowset){.row = NULL};
    }
    out = answer(j);
    for (uint64_t i = 0; i < out->n && j->at == 0; i++)
        j->at = out->row[i] == j->here ? i : 0;
    rc = repeats_count(&j->repeats, out, t, job, err);
    if (rc == 0)
        rc = rows_measure_addresses(&j->addrs, &j->repeats, t, job, err);
    if (rc == 0)
        rc = look_in(j, out, job, err);
out:
    rowset_release(&passed);
    return rc;
}

/* ---- back on the loop thread ---- */

static void release(struct work *w)
{
    struct rows_work *j = (struct rows_work *)w;
    rowset_release(&j->out);
    repeats_release(&j->repeats);
    find_release(&j->find);
    find_release(&j->equals);
    mem_free(j->content);
    expr_free(j->expr);
    rows_state_release(&j->to);
    shared_set_unref(j->in);
    row_pick_unref(j->pick);
    buf_release(&j->needle);
    buf_release(&j->same_test);
    expr_free(j->equal);
}

/* Moves the rows of a work, and the counts of their addresses, into the view. False on memory: the view
 * stays as it was. */
static bool take_rows(struct rows_view *v, struct rows_work *j, struct err *err)
{
    struct shared_set *s = j->same ? j->in : mem_zalloc(1, sizeof *s);
    if (s == NULL) {
        (void)err_memory(err, "the list of rows");
        return false;
    }
    if (!j->same) {
        s->set = j->out;
        memset(&j->out, 0, sizeof j->out);
    }
    s->refs++;
    shared_set_unref(v->rows);
    v->rows = s;
    repeats_release(&v->repeats);
    v->repeats = j->repeats;
    v->addrs = j->addrs;
    memset(&j->repeats, 0, sizeof j->repeats);
    v->stale = true;
    return true;
}

/* What was searched. */
static void take_find(struct rows_view *v, struct rows_work *j)
{
    find_release(&v->find);
    v->find = j->find;
    memset(&j->find, 0, sizeof j->find);
    v->found = v->needle.len > 0 && span_eq(buf_span(&v->needle), buf_span(&j->needle));
}

/* What equals the cell, if it still is that cell. */
static void take_equals(struct rows_view *v, struct rows_work *j)
{
    find_release(&v->equals);
    v->equals = j->equals;
    memset(&j->equals, 0, sizeof j->equals);
    v->same_counted =
        v->same_end != ADDR_MISSING
            ? j->same_end == v->same_end
            : j->equal != NULL && span_eq(buf_span(&v->same_test), buf_span(&j->same_test));
}

static void take_collected(struct view *view, struct work *w, int rc, const struct err *err)
{
    struct rows_view *v = (struct rows_view *)view;
    struct rows_work *j = (struct rows_work *)w;
    struct err own = *err;
    if (rc != 0 || !take_rows(v, j, &own)) {
        v->trouble = own;
        if (w->app != NULL)
            app_forget_ahead(w->app);
        return;
    }
    v->all = v->rows;
    v->all->refs++;
    v->content = j->content;
    j->content = NULL;
    if (w->app != NULL)
        rows_begin(v, w->app);
}

static void take_refined(struct view *view, struct work *w, int rc, const struct err *err)
{
    struct rows_view *v = (struct rows_view *)view;
    struct rows_work *j = (struct rows_work *)w;
    bool sorts = j->to.sorted != v->now.sorted || j->to.descending != v->now.descending;
    struct err own = *err;
    if (rc != 0 || !take_rows(v, j, &own)) {
        rows_state_copy(&v->want, &v->now);
        if (v->beginning)
            app_forget_ahead(w->app); /* what was typed was for other rows */
        v->beginning = v->searching = false;
        v->steps = 0;
        if (own.code == ERR_CANCELLED)
            app_say(w->app, "stopped; the rows are as they were");
        else
            app_fail(w->app, &own);
        return;
    }
    rows_state_release(&v->now);
    v->now = j->to;
    memset(&j->to, 0, sizeof j->to);
    viewport_resize(&v->port, rows_n(v), v->port.height);
    viewport_to(&v->port, sorts ? 0 : j->at);
    take_find(v, j);
    take_equals(v, j);
    rows_begin(v, w->app);
    rows_looked(v, w->app);
}

static void take_looked(struct view *view, struct work *w, int rc, const struct err *err)
{
    struct rows_view *v = (struct rows_view *)view;
    struct rows_work *j = (struct rows_work *)w;
    if (rc != 0) {
        v->steps = 0;
        v->searching = false;
        if (err->code == ERR_CANCELLED)
            app_say(w->app, "the search was stopped");
        else
            app_fail(w->app, err);
        return;
    }
    if (j->equal != NULL || j->same_end != ADDR_MISSING)
        take_equals(v, j);
    if (j->needle.len > 0)
        take_find(v, j);
    rows_looked(v, w->app);
}

static const struct work_kind collecting = {sizeof(struct rows_work), "the list of rows", collect,
                                            take_collected, release},
                              refining = {sizeof(struct rows_work), "the list of rows", refine,
                                          take_refined, release},
                              looking = {sizeof(struct rows_work), "what was found", look,
                                         take_looked, release};

/* ---- starting ---- */

/* What cannot be counted has no count. */
static void add_same(struct rows_work *j, const struct rows_view *v)
{
    struct err ignored = ERR_INIT;
    j->same_end = v->same_end;
    if (v->same_test.len == 0)
        return;
    buf_add_span(&j->same_test, buf_span(&v->same_test));
    j->equal = expr_parse(buf_span(&j->same_test), EXPR_SUGAR, &ignored);
    if (j->equal != NULL &&
        expr_bind(j->equal, &v->subject.table->schema, app_expr_env(j->work.app), &ignored) != 0) {
        expr_free(j->equal);
        j->equal = NULL;
    }
}

/* A work on `in` (NULL: what is to be collected) that looks for what is searched, too, as far as `again`
 * or that is not known. NULL, and said, on memory. */
static struct rows_work *work_for(struct rows_view *v, struct app *app,
                                  const struct work_kind *kind, struct shared_set *in, bool again)
{
    struct err err = ERR_INIT;
    struct rows_work *j = work_new(kind, &v->head, app, v->subject, &err);
    if (j == NULL) {
        app_fail(app, &err);
        return NULL;
    }
    j->of = v->of;
    j->whose = v->whose;
    j->pick = v->pick == NULL ? NULL : row_pick_ref(v->pick);
    j->same_end = ADDR_MISSING;
    j->in = in;
    if (in != NULL)
        in->refs++;
    if (again || !v->found)
        buf_add_span(&j->needle, buf_span(&v->needle));
    if (v->same_on && (again || !v->same_counted))
        add_same(j, v);
    return j;
}

void rows_collect(struct rows_view *v, struct app *app)
{
    struct rows_work *j = work_for(v, app, &collecting, NULL, false);
    if (j == NULL)
        (void)err_memory(&v->trouble, "the list of rows");
    else
        (void)work_start(&j->work, &v->trouble);
}

int rows_collect_now(struct rows_view *v, struct err *err)
{
    struct rows_work j = {.work = {.subject = v->subject}, .of = v->of, .whose = v->whose};
    int rc = collect(&j.work, NULL, err);
    take_collected(&v->head, &j.work, rc, err);
    release(&j.work);
    if (v->trouble.code != ERR_OK)
        *err = v->trouble;
    return v->rows != NULL ? 0 : -1;
}

/* Starts to make other rows from those that are shown, or were collected; takes `e`. */
static void refine_from(struct rows_view *v, struct app *app, struct shared_set *from,
                        struct expr *e, struct span filter, int32_t sorted, bool descending)
{
    struct rows_work *j = work_for(v, app, &refining, from, true);
    struct err err = ERR_INIT;
    if (j == NULL) {
        expr_free(e);
        return;
    }
    j->expr = e;
    j->here = rows_n(v) > 0 ? v->rows->set.row[v->port.sel] : 0;
    buf_add_span(&j->to.filter, filter);
    j->to.sorted = sorted;
    j->to.descending = descending;
    rows_state_copy(&v->want, &j->to);
    if (work_start(&j->work, &err) != 0) /* why not has been said */
        rows_state_copy(&v->want, &v->now);
}

/* Rows that are equal in the new column keep the order that they are shown in; a filter that is still
 * at work is done over. */
void rows_sort(struct rows_view *v, struct app *app, uint32_t column, bool descending)
{
    struct err err = ERR_INIT;
    if (v->rows == NULL)
        return;
    if (span_eq(buf_span(&v->want.filter), buf_span(&v->now.filter)))
        refine_from(v, app, v->rows, NULL, buf_span(&v->now.filter), (int32_t)column, descending);
    else if (rows_refine(v, app, buf_span(&v->want.filter), (int32_t)column, descending, &err) != 0)
        app_fail(app, &err);
}

int rows_refine(struct rows_view *v, struct app *app, struct span filter, int32_t sorted,
                bool descending, struct err *err)
{
    struct expr *e = NULL;
    filter = span_trim(filter);
    if (filter.len > 0) {
        e = expr_parse(filter, EXPR_SUGAR, err);
        if (e == NULL || expr_bind(e, &v->subject.table->schema, app_expr_env(app), err) != 0) {
            expr_free(e);
            return -1;
        }
    }
    if (v->all != NULL)
        refine_from(v, app, v->all, e, filter, sorted, descending);
    else
        expr_free(e);
    return 0;
}

void rows_look(struct rows_view *v, struct app *app)
{
    struct err err = ERR_INIT;
    struct rows_work *j;
    if (v->rows == NULL)
        return;
    if (!rows_state_same(&v->want, &v->now)) { /* the work on them goes on, and looks as well */
        if (rows_refine(v, app, buf_span(&v->want.filter), v->want.sorted, v->want.descending,
                        &err) != 0)
            app_fail(app, &err);
        return;
    }
    j = work_for(v, app, &looking, v->rows, false);
    if (j != NULL)
        (void)work_start(&j->work, &err);
}
