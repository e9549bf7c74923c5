/* Writing rows and clusters; see export.h.
 *
 * DESIGN
 * 1. What can be refused (an unknown column, a cluster that is not there) is refused before the
 *    target is opened.
 * 2. Rows are read again from their files, so the export holds the log's own text. What changes
 *    is what the form of the lines asks for (lines.h): escapes, quotes, a guard against formulas.
 * 3. Threads turn runs of rows into lines, each run in a buffer of its own; the buffers are then written
 *    in the order of the rows. A run whose buffer is full waits, and goes on when it is its turn to be
 *    written: long rows take no more memory than short ones.
 * 4. Every way out before the commit aborts the target, and the old file stays. */
#include "core/export/export.h"

#include <math.h>

#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/crew.h"
#include "core/table/row_reader.h"

#define RUN_ROWS     4096
#define RUN_BYTES    ((size_t)2 << 20) /* of lines that wait to be written */
#define RUNS_EACH    2                 /* at a time, for each thread */
#define MOST_RUNS    16
#define CANCEL_ROWS  16                 /* a row may have a mebibyte */
#define ALONE_BELOW  4096               /* rows that are not worth waking threads for */
#define SPARSE_BYTES ((size_t)16 << 10) /* window of the reader for rows in no order */

/* Rows that become lines. */
struct run {
    uint64_t next, end; /* positions among the rows to write */
    uint64_t rows, gone;
    struct buf line, decoded;
};

struct writer {
    struct crew crew;
    const struct table *t;
    const struct clustering *c;
    const struct export_opts *opts;
    uint32_t *column; /* the columns to write; owned */
    size_t n_columns, cap;
    const struct rowset *rows;
    struct rowset own_rows;
    struct lines lines;
    double *distance;                                /* owned */
    struct row_reader *reader[PARALLEL_MAX_THREADS]; /* made when a thread needs it; owned */
    size_t window;
    struct outfile *file;
    struct run run[MOST_RUNS];
    uint32_t n_runs;
    struct export_result result;
};

/* ---- what is asked for ---- */

static int add_column(struct writer *w, uint32_t column, struct err *err)
{
    void *columns = w->column;
    if (mem_grow(&columns, &w->cap, w->n_columns + 1, sizeof *w->column) != 0)
        return err_memory(err, "the list of columns");
    w->column = columns;
    w->column[w->n_columns++] = column;
    return 0;
}

/* Takes a name off the front of a list, up to the comma behind it or the end: in quotes, doubled inside,
 * when it has commas or blanks around. False when there is none. */
static bool take_name(const char **rest, struct buf *unquoted, struct span *name)
{
    const char *c = *rest + strspn(*rest, " ");
    if (*c != '"') {
        size_t n = strcspn(*rest, ",");
        *name = span_trim(span_make(*rest, n));
        *rest += n;
        return name->len > 0;
    }
    for (c++; *c != '\0' && (*c != '"' || c[1] == '"'); c++) {
        c += *c == '"';
        buf_add_char(unquoted, *c);
    }
    *name = buf_span(unquoted);
    c += *c == '"';
    *rest = c + strspn(c, " ");
    return !unquoted->failed && name->len > 0 && (**rest == ',' || **rest == '\0');
}

static int unknown_column(const struct schema *schema, struct span name, struct err *err)
{
    char hint[CLOSEST_HINT];
    struct closest c = schema_closest(schema, name);
    return err_set(err, ERR_USAGE, "--columns: the log has no column '%.*s'%s",
                   (int)(name.len > 120 ? 120 : name.len), name.ptr, closest_hint(&c, hint));
}

static int choose_columns(struct writer *w, struct err *err)
{
    const char *rest = w->opts->columns;
    if (rest == NULL) {
        for (size_t i = 0; i < w->t->schema.n; i++)
            if (add_column(w, (uint32_t)i, err) != 0)
                return -1;
        return 0;
    }
    for (;;) {
        struct buf unquoted = BUF_INIT;
        struct span name;
        int column = -1, rc = 0;
        if (!take_name(&rest, &unquoted, &name))
            rc = err_set(err, ERR_USAGE, "--columns: a name is missing in '%.160s'",
                         w->opts->columns);
        else if ((column = schema_find(&w->t->schema, name)) < 0)
            rc = unknown_column(&w->t->schema, name, err);
        buf_release(&unquoted);
        if (rc != 0 || add_column(w, (uint32_t)column, err) != 0)
            return -1;
        if (*rest == '\0')
            return 0;
        rest++;
    }
}

static int choose_rows(struct writer *w, struct job *job, struct err *err)
{
    uint32_t number = w->opts->cluster;
    if (w->c == NULL && w->opts->rows == NULL && number != CLUSTER_ALL)
        return err_set(err, ERR_USAGE, "nothing is clustered, so there is no cluster to write");
    if (w->c != NULL && number != CLUSTER_ALL && (number == 0 || number > w->c->k))
        return err_set(err, ERR_USAGE, "there is no cluster %u (1 to %u)", (unsigned)number,
                       (unsigned)w->c->k);
    w->lines.clusters = number == CLUSTER_ALL && w->c != NULL;
    w->rows = w->opts->rows;
    if (w->rows == NULL && number != CLUSTER_ALL) {
        if (rowset_of_cluster(&w->own_rows, w->t, w->c, number, job, err) != 0)
            return -1;
        w->rows = &w->own_rows;
    }
    return 0;
}

static int prepare_lines(struct writer *w, struct err *err)
{
    w->lines.form = w->opts->form == EXPORT_BY_NAME ? export_form_of(w->opts->path) : w->opts->form;
    w->lines.raw = w->opts->raw;
    w->lines.t = w->t;
    w->lines.column = w->column;
    w->lines.n_columns = w->n_columns;
    return lines_init(&w->lines, err);
}

static uint64_t n_rows(const struct writer *w)
{
    return w->rows == NULL ? w->t->n_rows : w->rows->n;
}

/* Rows in ascending order share windows of the reader; others would read a window each. */
static bool ascending(const struct rowset *set)
{
    for (uint64_t i = 1; set != NULL && i < set->n; i++)
        if (set->row[i] < set->row[i - 1])
            return false;
    return true;
}

static int open_target(struct writer *w, struct job *job, struct err *err)
{
    const char **inputs = mem_alloc(w->t->n_inputs, sizeof *inputs);
    size_t n = 0;
    if (inputs == NULL)
        return err_memory(err, "the export");
    for (size_t i = 0; i < w->t->n_inputs; i++)
        if (strcmp(w->t->input[i].path, "-") != 0)
            inputs[n++] = w->t->input[i].path;
    w->file = outfile_open(w->opts->path, w->opts->force, inputs, n, job, err);
    mem_free(inputs);
    return w->file == NULL ? -1 : 0;
}

/* ---- lines ---- */

/* -1 on memory. */
static int add_line(const struct writer *w, struct run *run, struct row_reader *reader,
                    uint64_t number)
{
    struct err err = ERR_INIT;
    const struct row *row;
    if (row_reader_get(reader, number, &row, &err) != 0)
        return -1;
    if (row->gone) {
        run->gone++;
        return 0;
    }
    lines_row(&w->lines, row, table_segment(w->t, number)->layout,
              w->lines.clusters ? clustering_of_row(w->c, number) : 0,
              w->lines.clusters ? w->distance[number] : NAN, &run->line, &run->decoded);
    run->rows++;
    return run->line.failed || run->decoded.failed ? -1 : 0;
}

/* Goes on with a run until it ends or its buffer is full. -1 on memory. */
static int add_lines(struct writer *w, struct run *run, uint32_t member)
{
    struct err err = ERR_INIT;
    if (w->reader[member] == NULL &&
        (w->reader[member] = row_reader_new(w->t, w->window, &err)) == NULL)
        return -1;
    for (; run->next < run->end && run->line.len < RUN_BYTES; run->next++) {
        if (run->next % CANCEL_ROWS == 0 && job_cancelled(w->crew.job))
            return 0;
        if (add_line(w, run, w->reader[member],
                     w->rows == NULL ? run->next : w->rows->row[run->next]) != 0)
            return -1;
    }
    return 0;
}

static void take_runs(void *user, uint32_t member)
{
    struct writer *w = user;
    uint32_t i;
    while (crew_take(&w->crew, &i))
        if (add_lines(w, &w->run[i], member) != 0)
            atomic_store(&w->crew.failed, true);
}

/* ---- writing ---- */

static int flush(struct writer *w, struct run *run, struct err *err)
{
    if (run->line.failed)
        return err_memory(err, "the export");
    if (outfile_write(w->file, run->line.ptr, run->line.len, err) != 0)
        return -1;
    w->result.bytes += run->line.len;
    w->result.rows += run->rows;
    w->result.gone += run->gone;
    run->rows = run->gone = 0;
    buf_clear(&run->line);
    return 0;
}

/* Writes what a run has, and what it could not hold. */
static int write_run(struct writer *w, struct run *run, struct err *err)
{
    for (;;) {
        if (flush(w, run, err) != 0)
            return -1;
        if (run->next == run->end)
            return 0;
        if (job_cancelled(w->crew.job))
            return job_stopped(err);
        if (add_lines(w, run, 0) != 0)
            return err_memory(err, "the export");
    }
}

/* Gives out the next runs of rows; returns how many there are. */
static uint32_t next_runs(struct writer *w, uint64_t *at)
{
    uint32_t n = 0;
    for (; n < w->n_runs && *at < n_rows(w); n++) {
        uint64_t left = n_rows(w) - *at;
        w->run[n].next = *at;
        *at += left < RUN_ROWS ? left : RUN_ROWS;
        w->run[n].end = *at;
    }
    return n;
}

static void publish(struct writer *w, uint64_t done)
{
    struct progress now;
    if (w->crew.job == NULL)
        return;
    job_progress(w->crew.job, &now);
    now.phase = PHASE_EXPORTING;
    now.total = n_rows(w);
    now.done = done;
    job_publish(w->crew.job, &now);
}

static int write_rows(struct writer *w, struct err *err)
{
    uint64_t at = 0;
    uint32_t n;
    lines_head(&w->lines, &w->run[0].line);
    if (flush(w, &w->run[0], err) != 0)
        return -1;
    publish(w, 0);
    while ((n = next_runs(w, &at)) > 0) {
        if (crew_run(&w->crew, n, take_runs, w, "the export", err) != 0)
            return -1;
        for (uint32_t i = 0; i < n; i++) {
            if (write_run(w, &w->run[i], err) != 0)
                return -1;
            publish(w, w->run[i].end);
        }
    }
    return job_cancelled(w->crew.job) ? job_stopped(err) : 0;
}

static void writer_release(struct writer *w)
{
    outfile_abort(w->file);
    for (uint32_t i = 0; i < PARALLEL_MAX_THREADS; i++)
        row_reader_free(w->reader[i]);
    rowset_release(&w->own_rows);
    lines_release(&w->lines);
    mem_free(w->column);
    mem_free(w->distance);
    for (uint32_t i = 0; i < MOST_RUNS; i++) {
        buf_release(&w->run[i].line);
        buf_release(&w->run[i].decoded);
    }
}

/* Distances come from the rows' text once more. Where a file has changed meanwhile there are none, and
 * the rows that still stand are written all the same. */
static int measure_distances(struct writer *w, struct parallel *pool, struct job *job,
                             struct err *err)
{
    struct err changed = ERR_INIT;
    if (clustering_distances(w->c, w->t, w->distance, pool, job, &changed) == 0)
        return 0;
    if (changed.code != ERR_IO) {
        *err = changed;
        return -1;
    }
    for (uint64_t row = 0; row < w->t->n_rows; row++)
        w->distance[row] = NAN;
    return 0;
}

int export_run(struct export_result *out, const struct table *t, const struct clustering *c,
               const struct export_opts *opts, struct parallel *pool, struct job *job,
               struct err *err)
{
    struct writer w = {.t = t, .c = c, .opts = opts};
    struct log_step step = log_step_begin();
    struct outfile *file;
    int rc = -1;
    if (choose_columns(&w, err) != 0 || choose_rows(&w, job, err) != 0 ||
        prepare_lines(&w, err) != 0 || open_target(&w, job, err) != 0)
        goto out;
    if (w.lines.clusters) {
        w.distance = mem_alloc(t->n_rows, sizeof *w.distance);
        if (w.distance == NULL) {
            (void)err_memory(err, "the distances");
            goto out;
        }
        if (measure_distances(&w, pool, job, err) != 0)
            goto out;
        log_step_end(&step, "distances");
    }
    crew_init(&w.crew, n_rows(&w) < ALONE_BELOW ? NULL : pool, job);
    w.window = ascending(w.rows) ? 0 : SPARSE_BYTES;
    w.n_runs = RUNS_EACH * parallel_threads(w.crew.pool);
    w.n_runs = w.n_runs < MOST_RUNS ? w.n_runs : MOST_RUNS;
    if (write_rows(&w, err) != 0)
        goto out;
    log_step_end(&step, "writing rows");
    file = w.file;
    w.file = NULL;
    rc = outfile_commit(file, err);
    if (rc == 0)
        *out = w.result;
    out->form = w.lines.form;
out:
    out->reader_gone = w.file != NULL && outfile_broken(w.file);
    writer_release(&w);
    return rc;
}
