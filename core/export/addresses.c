/* Lists of addresses; see addresses.h. */
#include "core/export/addresses.h"

#include "core/base/clean.h"
#include "core/base/mem.h"

#define FLUSH_BYTES ((size_t)64 << 10)
#define CANCEL_ROWS 1024

static struct outfile *open_target(const struct addresses_opts *opts, const struct table *t,
                                   struct job *job, struct err *err)
{
    const char **keep = mem_alloc(t->n_inputs + opts->n_protect, sizeof *keep);
    struct outfile *f;
    size_t n = 0;
    if (keep == NULL) {
        err_memory(err, "the names of the inputs");
        return NULL;
    }
    for (size_t i = 0; i < t->n_inputs; i++)
        if (strcmp(t->input[i].path, "-") != 0)
            keep[n++] = t->input[i].path;
    for (size_t i = 0; i < opts->n_protect; i++)
        keep[n++] = opts->protect[i];
    f = outfile_open(opts->path, opts->force, keep, n, job, err);
    mem_free(keep);
    return f;
}

static int flush(struct buf *lines, struct outfile *f, struct err *err)
{
    if (lines->failed)
        return err_memory(err, "the list of addresses");
    if (outfile_write(f, buf_text(lines), lines->len, err) != 0)
        return -1;
    buf_clear(lines);
    return 0;
}

static int write_all(const struct addresses_opts *opts, const struct table *t,
                     const struct repeat *item, uint64_t n, struct outfile *f, struct job *job,
                     struct err *err)
{
    struct buf lines = BUF_INIT;
    int rc = 0;
    for (uint64_t i = 0; i < n && rc == 0; i++) {
        clean_add(&lines, table_addr_text(t, item[i].addr));
        if (opts->counts)
            buf_printf(&lines, "\t%llu", (unsigned long long)item[i].rows);
        buf_add_char(&lines, '\n');
        if (lines.len >= FLUSH_BYTES || lines.failed)
            rc = flush(&lines, f, err);
        if (rc == 0 && i % CANCEL_ROWS == 0 && job_cancelled(job))
            rc = job_stopped(err);
    }
    if (rc == 0)
        rc = flush(&lines, f, err);
    buf_release(&lines);
    return rc;
}

int addresses_write(const struct addresses_opts *opts, const struct table *t,
                    const struct repeat *item, uint64_t n, bool *reader_gone, struct job *job,
                    struct err *err)
{
    struct outfile *f = open_target(opts, t, job, err);
    if (f == NULL)
        return -1;
    if (write_all(opts, t, item, n, f, job, err) != 0) {
        if (reader_gone != NULL)
            *reader_gone = outfile_broken(f);
        outfile_abort(f);
        return -1;
    }
    return outfile_commit(f, err);
}
