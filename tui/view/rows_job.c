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
#include "tui/model/columns.h"

#define SAMPLE_ROWS 256 /* rows that are read to see how wide the columns are */
#define MAX_CONTENT 200

enum rows_work { COLLECT, SORT, SEARCH };

struct rows_job {
    struct app *app;
    struct view *view;
    struct subject subject;
    enum rows_work work;
    enum rows_of of; /* COLLECT */
    uint32_t whose;
    struct shared_set *in; /* SORT, SEARCH */
    uint32_t column;
    bool descending;
    struct buf needle; /* empty for none */
    /* results */
    struct rowset out;
    struct repeats repeats;
    uint32_t *content;
    struct find find;
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

static int collect(struct rows_job *j, struct job *job, struct err *err)
{
    const struct table *t = j->subject.table;
    const struct clustering *c = j->subject.clustering;
    int rc = 0;
    switch (j->of) {
    case OF_CLUSTER:
        rc = rowset_of_cluster(&j->out, t, c, j->whose, err);
        break;
    case OF_ADDRESS:
        rc = rowset_of_addr(&j->out, t, j->whose, job, err);
        break;
    case OF_OBSERVATION:
        rc = rowset_of_observation(&j->out, t, c, j->whose, job, err);
        break;
    }
    if (rc != 0 || repeats_count(&j->repeats, &j->out, t, job, err) != 0)
        return -1;
    return measure(j, job, err);
}

static int run(void *ctx, struct job *job, struct err *err)
{
    struct rows_job *j = ctx;
    const struct table *t = j->subject.table;
    const struct rowset *in = j->in == NULL ? NULL : &j->in->set;
    if (j->work == COLLECT)
        return collect(j, job, err);
    if (j->work == SORT) {
        if (rowset_sort(&j->out, in, t, j->column, j->descending, job, err) != 0)
            return -1;
        in = &j->out;
    }
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
    shared_set_unref(j->in);
    buf_release(&j->needle);
    subject_unref(j->subject);
    mem_free(j);
}

/* Moves the rows of a job into the view. False on memory: the view stays as it was. */
static bool take_rows(struct rows_view *v, struct rows_job *j, struct err *err)
{
    struct shared_set *s = mem_zalloc(1, sizeof *s);
    if (s == NULL) {
        (void)err_memory(err, "the list of rows");
        return false;
    }
    s->refs = 1;
    s->set = j->out;
    memset(&j->out, 0, sizeof j->out);
    shared_set_unref(v->rows);
    v->rows = s;
    return true;
}

static void take_find(struct rows_view *v, struct rows_job *j)
{
    find_release(&v->find);
    v->find = j->find;
    memset(&j->find, 0, sizeof j->find);
    v->found = v->needle.len > 0 && span_eq(buf_span(&v->needle), buf_span(&j->needle));
}

static void say_hits(struct rows_view *v, struct app *app)
{
    char number[32];
    struct span what = buf_span(&v->needle);
    if (v->find.n_hits == 0)
        app_warn(app, "not in these rows: %.*s", (int)(what.len > 150 ? 150 : what.len), what.ptr);
    else
        app_say(app, "%s rows with it: n next, N previous",
                number_grouped(v->find.n_hits, number, sizeof number));
}

static void take(struct rows_view *v, struct rows_job *j, struct err *err)
{
    switch (j->work) {
    case COLLECT:
        if (!take_rows(v, j, err)) {
            v->trouble = *err;
            return;
        }
        v->repeats = j->repeats;
        memset(&j->repeats, 0, sizeof j->repeats);
        v->content = j->content;
        j->content = NULL;
        v->cols = 0;
        break;
    case SORT:
        if (!take_rows(v, j, err)) {
            app_fail(j->app, err);
            return;
        }
        v->sorted = (int32_t)j->column;
        v->descending = j->descending;
        viewport_resize(&v->port, rows_n(v), v->port.height);
        viewport_to(&v->port, 0);
        take_find(v, j);
        break;
    case SEARCH:
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
        if (rc == 0)
            take(v, j, &own);
        else if (j->work == COLLECT)
            v->trouble = own;
        else if (own.code == ERR_CANCELLED)
            app_say(j->app, j->work == SORT ? "sorting was stopped" : "the search was stopped");
        else
            app_fail(j->app, &own);
        app_redraw(j->app);
    }
    release(j);
}

static struct rows_job *job_for(struct rows_view *v, struct app *app, enum rows_work work)
{
    struct rows_job *j = mem_zalloc(1, sizeof *j);
    struct err err = ERR_INIT;
    if (j == NULL) {
        (void)err_memory(&err, "the work on these rows");
        app_fail(app, &err);
        return NULL;
    }
    j->app = app;
    j->view = &v->head;
    j->work = work;
    j->subject = subject_ref(v->subject);
    j->of = v->of;
    j->whose = v->whose;
    j->in = v->rows;
    if (j->in != NULL)
        j->in->refs++;
    buf_add_span(&j->needle, buf_span(&v->needle));
    return j;
}

static bool start(struct rows_view *v, struct app *app, struct rows_job *j)
{
    struct view_job job = {run, finish, j};
    v->waiting = j;
    if (app_job(app, &job))
        return true;
    v->waiting = NULL;
    release(j);
    return false;
}

void rows_collect(struct rows_view *v, struct app *app)
{
    struct rows_job *j = job_for(v, app, COLLECT);
    if (j == NULL || !start(v, app, j))
        (void)err_set(&v->trouble, ERR_LIMIT, "the rows could not be collected");
}

void rows_sort(struct rows_view *v, struct app *app, uint32_t column, bool descending)
{
    struct rows_job *j = v->rows == NULL ? NULL : job_for(v, app, SORT);
    if (j == NULL)
        return;
    j->column = column;
    j->descending = descending;
    (void)start(v, app, j);
}

void rows_search(struct rows_view *v, struct app *app, struct span needle)
{
    struct rows_job *j;
    find_release(&v->find);
    v->found = false;
    buf_clear(&v->needle);
    buf_add_span(&v->needle, needle);
    if (needle.len == 0 || v->rows == NULL)
        return;
    j = job_for(v, app, SEARCH);
    if (j != NULL)
        (void)start(v, app, j);
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

/* The cursor goes to the first column that has it. */
static void show_column(struct rows_view *v)
{
    struct span needle = buf_span(&v->needle);
    struct err err = ERR_INIT;
    struct buf scratch = BUF_INIT;
    const struct row *row;
    bool any = match_any_case(needle);
    size_t where;
    if (v->cols == 0 || row_reader_get(v->reader, v->rows->set.row[v->port.sel], &row, &err) != 0)
        return;
    for (uint32_t p = 0; p < v->n_places && !row->gone; p++) {
        struct span text = field_decode(&row->field[v->order[p]], &scratch);
        if (match_in(text, needle, any, &where)) {
            v->at = p;
            v->first = columns_reveal(v->width, v->n_places, v->frozen, v->first, ROWS_GAP,
                                      (uint32_t)v->cols, p);
            break;
        }
    }
    buf_release(&scratch);
}

void rows_to_hit(struct rows_view *v, struct app *app, int direction, bool here)
{
    const struct find *f = &v->find;
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
    show_column(v);
    app_say(app, "hit %s of %s", number_grouped(at + 1, a, sizeof a),
            number_grouped(f->n_hits, b, sizeof b));
}
