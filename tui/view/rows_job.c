/* Background work of the rows view: collecting, sorting, finding.
 *
 * DESIGN
 * 1. A job owns its context and touches nothing else; the set it reads is counted, and the counts
 *    change on the loop thread only (when a job starts and in its finish).
 * 2. A view takes a result only from the job that it waits for. Another view in the same memory
 *    waits for another job. */
#include "tui/view/rows.h"

#include "core/base/match.h"
#include "core/base/mem.h"
#include "core/base/number.h"

#define SAMPLE_ROWS 256 /* rows that are read to see how wide the columns are */
#define MAX_CONTENT 200

enum rows_work { COLLECT, REFINE, LOOK };

struct rows_job {
    struct app *app;
    struct view *view;
    struct subject subject;
    enum rows_work work;
    enum rows_of of; /* COLLECT */
    uint32_t whose;
    struct row_pick *pick; /* counted */
    struct shared_set *in; /* REFINE, LOOK */
    struct expr *expr;     /* REFINE: bound; NULL keeps all of `in`; owned */
    struct rows_state to;  /* REFINE: what is then shown; a column below 0 leaves the order */
    uint32_t here;         /* REFINE: the selected row, to be found again */
    struct buf needle;     /* empty for none */
    struct buf same_test;  /* empty for none */
    struct expr *equal;    /* it, bound; owned */
    /* results */
    struct rowset out; /* without rows of its own when `same`: `in` is the answer */
    bool same;
    uint64_t at; /* where `here` stands now, or 0 */
    struct repeats repeats;
    struct addr_cols addrs;
    uint32_t *content;
    struct find find;
    uint64_t same_rows;
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
static int measure(struct rows_job *j, struct job *job, struct err *err)
{
    const struct table *t = j->subject.table;
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

static int collect(struct rows_job *j, struct job *job, struct err *err)
{
    const struct table *t = j->subject.table;
    const struct clustering *c = j->subject.clustering;
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
static const struct rowset *answer(const struct rows_job *j)
{
    return j->same ? &j->in->set : &j->out;
}

static int refine(struct rows_job *j, struct job *job, struct err *err)
{
    const struct table *t = j->subject.table;
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
out:
    rowset_release(&passed);
    return rc;
}

static int count_same(struct rows_job *j, const struct rowset *in, struct job *job, struct err *err)
{
    struct rowset equal = {.row = NULL};
    int rc = rowset_filter(&equal, in, j->subject.table, j->equal, job, err);
    j->same_rows = equal.n;
    rowset_release(&equal);
    return rc;
}

static int run(void *ctx, struct job *job, struct err *err)
{
    struct rows_job *j = ctx;
    const struct table *t = j->subject.table;
    const struct rowset *in = j->in == NULL ? NULL : &j->in->set;
    if (j->work == COLLECT)
        return collect(j, job, err);
    if (j->work == REFINE) {
        if (refine(j, job, err) != 0)
            return -1;
        in = answer(j);
    }
    if (j->equal != NULL && count_same(j, in, job, err) != 0)
        return -1;
    if (j->needle.len == 0)
        return 0;
    return rowset_find(&j->find, in, t, buf_span(&j->needle), job, err);
}

/* ---- back on the loop thread ---- */

static void release(struct rows_job *j)
{
    rowset_release(&j->out);
    repeats_release(&j->repeats);
    find_release(&j->find);
    mem_free(j->content);
    expr_free(j->expr);
    rows_state_release(&j->to);
    shared_set_unref(j->in);
    row_pick_unref(j->pick);
    buf_release(&j->needle);
    buf_release(&j->same_test);
    expr_free(j->equal);
    subject_unref(j->subject);
    mem_free(j);
}

/* Moves the rows of a job, and the counts of their addresses, into the view. False on memory: the view
 * stays as it was. */
static bool take_rows(struct rows_view *v, struct rows_job *j, struct err *err)
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

static void take_find(struct rows_view *v, struct rows_job *j)
{
    find_release(&v->find);
    v->find = j->find;
    memset(&j->find, 0, sizeof j->find);
    v->found = v->needle.len > 0 && span_eq(buf_span(&v->needle), buf_span(&j->needle));
}

static void take_count(struct rows_view *v, const struct rows_job *j)
{
    v->same_counted = j->equal != NULL && span_eq(buf_span(&v->same_test), buf_span(&j->same_test));
    v->same_rows = j->same_rows;
}

static void say_hits(struct rows_view *v, struct app *app)
{
    char number[32];
    struct span what = buf_span(&v->needle);
    if (v->find.n_hits == 0)
        app_warn(app, "not in these rows: %.*s", (int)(what.len > 150 ? 150 : what.len), what.ptr);
    else
        app_say(app, "%s with it: n next, N previous",
                number_of(v->find.n_hits, "row", number, sizeof number));
}

static void take(struct rows_view *v, struct rows_job *j, struct err *err)
{
    switch (j->work) {
    case COLLECT:
        if (!take_rows(v, j, err)) {
            v->trouble = *err;
            return;
        }
        v->all = v->rows;
        v->all->refs++;
        v->content = j->content;
        j->content = NULL;
        break;
    case REFINE: {
        bool sorts = j->to.sorted != v->now.sorted || j->to.descending != v->now.descending;
        if (!take_rows(v, j, err)) {
            rows_state_copy(&v->want, &v->now);
            app_fail(j->app, err);
            return;
        }
        rows_state_release(&v->now);
        v->now = j->to;
        memset(&j->to, 0, sizeof j->to);
        viewport_resize(&v->port, rows_n(v), v->port.height);
        viewport_to(&v->port, sorts ? 0 : j->at);
        take_find(v, j);
        take_count(v, j);
        break;
    }
    case LOOK:
        if (j->equal != NULL)
            take_count(v, j);
        if (j->needle.len == 0)
            break;
        take_find(v, j);
        say_hits(v, j->app);
        if (v->find.n_hits > 0)
            rows_to_hit(v, j->app, 1, true);
        break;
    }
}

static void finish(void *ctx, int rc, const struct err *err)
{
    struct rows_job *j = ctx;
    struct rows_view *v = (struct rows_view *)j->view;
    struct err own = *err;
    if (app_has_view(j->app, j->view) && j->view->ops == &rows_ops && v->waiting == j) {
        v->waiting = NULL;
        if (j->work == REFINE && rc != 0)
            rows_state_copy(&v->want, &v->now);
        if (rc == 0) {
            take(v, j, &own);
            if (j->work != LOOK)
                rows_begin(v, j->app);
        } else if (j->work == COLLECT)
            v->trouble = own;
        else if (own.code == ERR_CANCELLED)
            app_say(j->app, j->work == REFINE ? "stopped; the rows are as they were"
                                              : "the search was stopped");
        else
            app_fail(j->app, &own);
        app_redraw(j->app);
    }
    release(j);
}

/* What cannot be counted has no count. */
static void add_same(struct rows_job *j, const struct rows_view *v)
{
    struct err ignored = ERR_INIT;
    buf_add_span(&j->same_test, buf_span(&v->same_test));
    j->equal = expr_parse(buf_span(&j->same_test), EXPR_SUGAR, &ignored);
    if (j->equal != NULL &&
        expr_bind(j->equal, &v->subject.table->schema, app_expr_env(j->app), &ignored) != 0) {
        expr_free(j->equal);
        j->equal = NULL;
    }
}

static struct rows_job *job_for(struct rows_view *v, struct app *app, enum rows_work work)
{
    struct rows_job *j = mem_zalloc(1, sizeof *j);
    struct err err = ERR_INIT;
    if (j == NULL) {
        (void)err_memory(&err, "the work on these rows");
        if (app != NULL)
            app_fail(app, &err);
        return NULL;
    }
    j->app = app;
    j->view = &v->head;
    j->work = work;
    j->subject = subject_ref(v->subject);
    j->of = v->of;
    j->whose = v->whose;
    j->pick = v->pick == NULL ? NULL : row_pick_ref(v->pick);
    j->in = v->rows;
    if (j->in != NULL)
        j->in->refs++;
    if (work != LOOK || !v->found)
        buf_add_span(&j->needle, buf_span(&v->needle));
    if (app != NULL && v->same_on && v->same_test.len > 0 && (work != LOOK || !v->same_counted))
        add_same(j, v);
    return j;
}

static bool start(struct rows_view *v, struct app *app, struct rows_job *j)
{
    struct view_job job = {run, finish, j};
    v->waiting = j;
    if (j->work == REFINE)
        rows_state_copy(&v->want, &j->to);
    if (app_job(app, &job))
        return true;
    v->waiting = NULL;
    rows_state_copy(&v->want, &v->now);
    release(j);
    return false;
}

void rows_collect(struct rows_view *v, struct app *app)
{
    struct rows_job *j = job_for(v, app, COLLECT);
    if (j == NULL || !start(v, app, j))
        (void)err_set(&v->trouble, ERR_LIMIT, "the rows could not be collected");
}

int rows_collect_now(struct rows_view *v, struct err *err)
{
    struct rows_job *j = job_for(v, NULL, COLLECT);
    int rc;
    if (j == NULL)
        return err_memory(err, "the rows");
    rc = collect(j, NULL, err);
    if (rc == 0)
        take(v, j, err);
    release(j);
    return rc == 0 && v->rows != NULL ? 0 : -1;
}

/* A job that starts from the rows as they are shown, or as they were collected. */
static struct rows_job *refinement(struct rows_view *v, struct app *app, struct shared_set *from,
                                   struct span filter, int32_t sorted, bool descending)
{
    struct rows_job *j = job_for(v, app, REFINE);
    if (j == NULL)
        return NULL;
    j->in->refs--;
    j->in = from;
    j->in->refs++;
    j->here = rows_n(v) > 0 ? v->rows->set.row[v->port.sel] : 0;
    buf_add_span(&j->to.filter, filter);
    j->to.sorted = sorted;
    j->to.descending = descending;
    return j;
}

/* Rows that are equal in the new column keep the order that they are shown in; a filter that is still
 * at work is done over. */
void rows_sort(struct rows_view *v, struct app *app, uint32_t column, bool descending)
{
    struct err err = ERR_INIT;
    struct rows_job *j;
    if (v->rows == NULL)
        return;
    if (!span_eq(buf_span(&v->want.filter), buf_span(&v->now.filter))) {
        if (rows_refine(v, app, buf_span(&v->want.filter), (int32_t)column, descending, &err) != 0)
            app_fail(app, &err);
        return;
    }
    j = refinement(v, app, v->rows, buf_span(&v->now.filter), (int32_t)column, descending);
    if (j != NULL)
        (void)start(v, app, j);
}

int rows_refine(struct rows_view *v, struct app *app, struct span filter, int32_t sorted,
                bool descending, struct err *err)
{
    struct expr *e = NULL;
    struct rows_job *j;
    filter = span_trim(filter);
    if (filter.len > 0) {
        e = expr_parse(filter, EXPR_SUGAR, err);
        if (e == NULL || expr_bind(e, &v->subject.table->schema, app_expr_env(app), err) != 0) {
            expr_free(e);
            return -1;
        }
    }
    j = v->all == NULL ? NULL : refinement(v, app, v->all, filter, sorted, descending);
    if (j == NULL) {
        expr_free(e);
        return 0;
    }
    j->expr = e;
    (void)start(v, app, j);
    return 0;
}

void rows_look(struct rows_view *v, struct app *app)
{
    struct rows_job *j;
    if (v->rows == NULL)
        return;
    if (!rows_state_same(&v->want, &v->now)) { /* the work on them goes on, and looks as well */
        struct err err = ERR_INIT;
        if (rows_refine(v, app, buf_span(&v->want.filter), v->want.sorted, v->want.descending,
                        &err) != 0)
            app_fail(app, &err);
        return;
    }
    j = job_for(v, app, LOOK);
    if (j != NULL)
        (void)start(v, app, j);
}

void rows_search(struct rows_view *v, struct app *app, struct span needle)
{
    find_release(&v->find);
    v->found = false;
    buf_clear(&v->needle);
    buf_add_span(&v->needle, needle);
    if (needle.len > 0)
        rows_look(v, app);
}

/* ---- hits ---- */

/* The number of the first hit at or behind a position. */
static uint64_t hit_from(const struct find *f, uint64_t at)
{
    uint64_t lo = 0, hi = f->n_hits;
    while (lo < hi) {
        uint64_t mid = lo + (hi - lo) / 2;
        if (f->hit[mid] < at)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static bool has_needle(const struct rows_view *v, const struct row *row, uint32_t column)
{
    struct span needle = buf_span(&v->needle);
    struct buf scratch = BUF_INIT;
    size_t where;
    bool has = match_in(field_decode(&row->field[column], &scratch), needle, match_any_case(needle),
                        &where);
    buf_release(&scratch);
    return has;
}

/* The cursor goes to the first column that has it. When none of those shown has it, the name of the one
 * that has, else NULL. */
static const char *show_column(struct rows_view *v)
{
    const struct schema *schema = &v->subject.table->schema;
    struct err err = ERR_INIT;
    const struct row *row;
    if (v->cols == 0 || row_reader_get(v->reader, v->rows->set.row[v->port.sel], &row, &err) != 0 ||
        row->gone)
        return NULL;
    for (uint32_t p = 0; p < v->n_places; p++)
        if (has_needle(v, row, v->order[p])) {
            v->at = p;
            rows_reveal(v);
            return NULL;
        }
    for (uint32_t c = 0; c < schema->n; c++)
        if (has_needle(v, row, c))
            return column_shown(&schema->col[c]);
    return NULL;
}

void rows_to_hit(struct rows_view *v, struct app *app, int direction, bool here)
{
    const struct find *f = &v->find;
    const char *hidden;
    uint64_t at;
    char a[32], b[32];
    if (!v->found) {
        app_say(app, v->needle.len == 0 ? "nothing to find: / asks for a text"
                                        : "the search still runs");
        return;
    }
    if (f->n_hits == 0) {
        say_hits(v, app);
        return;
    }
    at = hit_from(f, v->port.sel + (direction > 0 && !here ? 1 : 0));
    if (direction < 0)
        at = (at + f->n_hits - 1) % f->n_hits;
    if (at >= f->n_hits)
        at = 0;
    viewport_centre(&v->port, f->hit[at]);
    hidden = show_column(v);
    app_say(
        app, "hit %s of %s%s%s", number_grouped(at + 1, a, sizeof a),
        number_grouped(f->n_hits, b, sizeof b),
        hidden == NULL ? "" : ", in a column that is not shown: ", hidden == NULL ? "" : hidden);
}
