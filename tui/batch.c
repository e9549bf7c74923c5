/* Batch runs; see batch.h.
 *
 * DESIGN
 * 1. A chain of jobs: load -> cluster -> export -> addresses (both when asked for) -> report. Each
 * step starts the next from on_notify, or from the end of the view job that the addresses are.
 * 2. A signal cancels the running job; the chain then ends with 128 + its number. An export that is
 * cancelled leaves nothing behind.
 * 3. Standard output carries the answer only, written at the very end, so that a failed run prints
 * none. */
#include "tui/batch.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>
#include <uv.h>

#include "core/base/clean.h"
#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/engine.h"
#include "core/eta.h"
#include "core/export/addresses.h"
#include "core/export/outfile.h"
#include "core/export/report.h"
#include "core/recipe/auto.h"
#include "tui/say.h"

enum step { STEP_LOAD, STEP_CLUSTER, STEP_TRUST, STEP_EXPORT, STEP_ADDRESSES, STEP_DONE };

#define STATUS_ALERT 10
#define N_SIGNALS    3
static const int signals[N_SIGNALS] = {SIGINT, SIGTERM, SIGHUP};

struct batch {
    const struct cli *cli;
    struct recipe recipe; /* the command line's, and then the log's choice; owned */
    uv_loop_t loop;
    uv_signal_t signal[N_SIGNALS];
    struct engine *engine;
    struct expr_env env;
    enum step step;
    uint64_t serial; /* of the last engine job seen */
    uint32_t picked; /* the cluster to write */
    uint64_t gone;   /* rows that an export could not write */
    int status, by_signal;
    bool show_progress;
    uint64_t shown_ms;
};

static void end(struct batch *b, int status)
{
    if (b->step == STEP_DONE)
        return;
    b->step = STEP_DONE;
    b->status = status;
    engine_shutdown(b->engine);
    for (int i = 0; i < N_SIGNALS; i++)
        uv_close((uv_handle_t *)&b->signal[i], NULL);
}

static void fail(struct batch *b, const struct err *err)
{
    if (b->by_signal != 0) {
        end(b, 128 + b->by_signal);
        return;
    }
    say_err(err, b->recipe.where); /* what a column is of, where the error has one */
    end(b, err_exit_status(err));
}

/* One line on standard error that writes over itself, at most ten times a second. */
static void show_progress(struct batch *b, bool wipe)
{
    struct progress p;
    char left[32];
    uint64_t now = uv_now(&b->loop);
    if (!b->show_progress || (!wipe && now - b->shown_ms < 100))
        return;
    b->shown_ms = now;
    engine_progress(b->engine, &p);
    if (wipe || p.phase == PHASE_IDLE)
        (void)fprintf(stderr, "\r\033[K");
    else if (p.phase == PHASE_CLUSTERING)
        (void)fprintf(stderr, "\r\033[K%s: start %u of %u, pass %u", phase_text(p.phase), p.start,
                      p.starts, p.pass);
    else if (p.phase == PHASE_LOADING)
        (void)fprintf(stderr, "\r\033[K%s: %llu rows", phase_text(p.phase),
                      (unsigned long long)p.rows_good);
    else
        (void)fprintf(stderr, "\r\033[K%s", phase_text(p.phase));
    if (!wipe && p.part >= 0)
        (void)fprintf(stderr, "  %d %%  %s", (int)(p.part * 100),
                      eta_text(p.left_s, left, sizeof left));
    (void)fflush(stderr);
}

/* What --strict turns into status 1. */
static bool blemished(const struct table *t)
{
    bool bad = t->rows_rejected > 0 || t->partial;
    for (size_t i = 0; i < t->n_inputs; i++)
        bad = bad || t->input[i].state == INPUT_PARTIAL || t->input[i].state == INPUT_FAILED;
    return bad;
}

static uint32_t smallest(const struct clustering *c)
{
    uint32_t best = 1;
    for (uint32_t i = 1; i < c->k; i++) {
        if (c->profile[i].rows < c->profile[best - 1].rows)
            best = i + 1;
    }
    return best;
}

static int pick(const struct batch *b, const struct clustering *c, uint32_t *out, struct err *err)
{
    switch (b->cli->pick) {
    case PICK_FIRST:
        *out = 1;
        return 0;
    case PICK_ALL:
        *out = CLUSTER_ALL;
        return 0;
    case PICK_SMALLEST:
        *out = smallest(c);
        return 0;
    case PICK_NUMBER:
        break;
    }
    *out = b->cli->pick_number;
    if (*out > c->k)
        return err_set(err, ERR_USAGE, "--cluster: there is no cluster %u, this run has 1 to %u",
                       *out, c->k);
    return 0;
}

static struct report_facts facts_of(const struct batch *b)
{
    return (struct report_facts){.table = engine_table(b->engine),
                                 .clustering = engine_clustering(b->engine),
                                 .load_seconds = engine_load_seconds(b->engine),
                                 .time_style = b->cli->view.time,
                                 .alerts = b->cli->alerts,
                                 .alert_from = b->cli->alert_from,
                                 .trust = engine_trusted(b->engine)};
}

/* Of a run that went well. An alert is the news; a blemish may be why it is only one. */
static int status_of(const struct batch *b, const struct report_facts *facts)
{
    if (report_alerted(facts))
        return STATUS_ALERT;
    return b->cli->strict && (blemished(facts->table) || b->gone > 0) ? 1 : 0;
}

/* Alerts of a run whose answer on standard output has no place for them. */
static void alerts_aside(const struct report_facts *facts)
{
    struct buf out = BUF_INIT;
    if (report_alerted(facts))
        report_alerts(&out, facts);
    if (!out.failed)
        (void)fputs(buf_text(&out), stderr);
    buf_release(&out);
}

/* The answer on standard output. A reader that has gone away is no error. */
static void report(struct batch *b)
{
    struct buf out = BUF_INIT;
    struct err err = ERR_INIT;
    struct report_facts facts = facts_of(b);
    int status = status_of(b, &facts);
    if (b->cli->form == REPORT_CSV)
        alerts_aside(&facts);
    if (b->cli->form == REPORT_JSON)
        report_json(&out, &facts);
    else if (b->cli->form == REPORT_CSV)
        report_csv(&out, &facts);
    else
        report_text(&out, &facts);
    /* Writing may wait for the reader, and the loop with it: from here on a signal does what it does
     * to any program. */
    for (int i = 0; i < N_SIGNALS; i++)
        (void)uv_signal_stop(&b->signal[i]);
    if (out.failed) {
        err_memory(&err, "the report");
        fail(b, &err);
    } else if (say_out(buf_span(&out), &err) != 0) {
        fail(b, &err);
    } else {
        end(b, status);
    }
    buf_release(&out);
}

static void after_load(struct batch *b)
{
    struct err err = ERR_INIT;
    const struct table *t = engine_table(b->engine);
    struct cluster_opts opts = {.recipe = &b->recipe,
                                .env = &b->env,
                                .verdicts = b->cli->verdicts,
                                .last = b->cli->trust == 0 && b->cli->export_path == NULL};
    recipe_settle(&b->recipe, &t->schema);
    for (size_t i = 0; i < t->n_inputs; i++) {
        if (t->input[i].problem != NULL && t->input[i].state != INPUT_SKIPPED)
            say_note(t->input[i].problem);
    }
    b->step = STEP_CLUSTER;
    if (engine_cluster(b->engine, &opts, &err) != 0)
        fail(b, &err);
}

static bool is_stdout(const char *path)
{
    return path != NULL && strcmp(path, "-") == 0;
}

/* All is written that was asked for. Where standard output was a target there is no report. */
static void finish(struct batch *b)
{
    struct report_facts facts = facts_of(b);
    if (!is_stdout(b->cli->export_path) && !is_stdout(b->cli->addresses)) {
        report(b);
        return;
    }
    alerts_aside(&facts);
    end(b, status_of(b, &facts));
}

/* ---- the list of addresses ---- */

struct listing {
    struct batch *b;
    const struct table *table; /* references */
    const struct clustering *clustering;
    bool reader_gone;
};

static int run_listing(void *ctx, struct job *job, struct err *err)
{
    struct listing *l = ctx;
    const struct cli *cli = l->b->cli;
    const char *protect[2];
    struct addresses_opts opts = {
        .path = cli->addresses, .force = cli->force, .counts = true, .protect = protect};
    struct rowset rows = {.n = 0};
    struct repeats counts;
    int rc;
    if (cli->verdicts != NULL)
        protect[opts.n_protect++] = verdicts_path(cli->verdicts);
    if (cli->export_path != NULL && !is_stdout(cli->export_path))
        protect[opts.n_protect++] = cli->export_path;
    if (rowset_of_cluster(&rows, l->table, l->clustering, l->b->picked, job, err) != 0)
        return -1;
    rc = repeats_count(&counts, &rows, l->table, job, err);
    rowset_release(&rows);
    if (rc != 0)
        return -1;
    rc = addresses_write(&opts, l->table, counts.item, counts.n, &l->reader_gone, job, err);
    repeats_release(&counts);
    return rc;
}

static void end_listing(void *ctx, int rc, const struct err *err)
{
    struct listing *l = ctx;
    struct batch *b = l->b;
    bool quiet = l->reader_gone && is_stdout(b->cli->addresses);
    table_unref(l->table);
    clustering_unref(l->clustering);
    mem_free(l);
    if (b->step == STEP_DONE)
        return;
    if (b->by_signal != 0)
        end(b, 128 + b->by_signal);
    else if (rc != 0 && !quiet)
        fail(b, err);
    else
        finish(b);
}

static void list_addresses(struct batch *b)
{
    struct err err = ERR_INIT;
    struct listing *l = mem_zalloc(1, sizeof *l);
    struct view_job job = {run_listing, end_listing, l};
    if (l == NULL) {
        err_memory(&err, "the list of addresses");
        fail(b, &err);
        return;
    }
    b->step = STEP_ADDRESSES;
    l->b = b;
    l->table = table_ref(engine_table(b->engine));
    l->clustering = clustering_ref(engine_clustering(b->engine));
    if (engine_view(b->engine, &job, &err) != 0)
        end_listing(l, -1, &err);
}

/* ---- the chain ---- */

static void after_trust(struct batch *b)
{
    struct err err = ERR_INIT;
    struct export_opts opts = {.path = b->cli->export_path,
                               .form = b->cli->export_form,
                               .columns = b->cli->columns,
                               .raw = b->cli->raw,
                               .force = b->cli->force};
    if (b->cli->export_path == NULL && b->cli->addresses == NULL) {
        report(b);
        return;
    }
    if (pick(b, engine_clustering(b->engine), &b->picked, &err) != 0) {
        fail(b, &err);
        return;
    }
    if (b->cli->export_path == NULL) {
        list_addresses(b);
        return;
    }
    b->step = STEP_EXPORT;
    opts.cluster = b->picked;
    if (engine_export(b->engine, &opts, &err) != 0)
        fail(b, &err);
}

static void after_cluster(struct batch *b)
{
    struct err err = ERR_INIT;
    b->step = STEP_TRUST;
    if (b->cli->trust == 0)
        after_trust(b);
    else if (engine_trust(b->engine, b->cli->trust, true, &err) != 0)
        fail(b, &err);
}

/* The reader of standard output has seen enough. */
static bool reader_gone(const struct batch *b)
{
    return b->step == STEP_EXPORT && is_stdout(b->cli->export_path) &&
           engine_last_export(b->engine)->reader_gone;
}

static void after_export(struct batch *b)
{
    b->gone = engine_last_export(b->engine)->gone;
    if (b->gone > 0)
        (void)fprintf(stderr,
                      "minnow: %llu rows are no longer in their file and were not written\n",
                      (unsigned long long)b->gone);
    if (b->cli->addresses != NULL)
        list_addresses(b);
    else
        finish(b);
}

static void on_notify(void *user)
{
    struct batch *b = user;
    uint64_t serial;
    const struct err *last = engine_last(b->engine, &serial);
    if (b->step == STEP_DONE)
        return;
    if (serial == b->serial) {
        show_progress(b, false);
        return;
    }
    b->serial = serial;
    show_progress(b, true);
    log_line("batch: step %d ended: %s", (int)b->step, last->code == ERR_OK ? "ok" : last->text);
    if (b->by_signal != 0)
        end(b, 128 + b->by_signal);
    else if (last->code != ERR_OK && !reader_gone(b))
        fail(b, last);
    else if (b->step == STEP_LOAD)
        after_load(b);
    else if (b->step == STEP_CLUSTER)
        after_cluster(b);
    else if (b->step == STEP_TRUST)
        after_trust(b);
    else
        after_export(b);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct batch *b = handle->data;
    b->by_signal = number;
    engine_cancel(b->engine);
    engine_view_cancel(b->engine);
}

static int start(struct batch *b, struct err *err)
{
    struct load_opts load = {.path = b->cli->path,
                             .n_paths = b->cli->n_paths,
                             .fields = b->cli->fields,
                             .ranged = b->cli->ranged,
                             .from_us = b->cli->from_us,
                             .to_us = b->cli->to_us,
                             .kind = b->cli->kind,
                             .delimiter = b->cli->delimiter,
                             .threads = b->cli->threads};
    const char *target[] = {b->cli->export_path, b->cli->addresses};
    for (int i = 0; i < N_SIGNALS; i++) { /* all of them: end closes all */
        if (uv_signal_init(&b->loop, &b->signal[i]) != 0)
            BUG("uv_signal_init failed");
        b->signal[i].data = b;
    }
    for (int i = 0; i < N_SIGNALS; i++) {
        /* A signal that was ignored at start (nohup) stays ignored. */
        if (signal(signals[i], SIG_DFL) == SIG_IGN)
            (void)signal(signals[i], SIG_IGN);
        else if (uv_signal_start(&b->signal[i], on_signal, signals[i]) != 0)
            return err_set(err, ERR_LIMIT, "cannot watch for signals");
    }
    for (size_t i = 0; i < ARRAY_LEN(target); i++) { /* not after an hour of work */
        if (target[i] != NULL &&
            outfile_check(target[i], b->cli->force, load.path, load.n_paths, err) != 0)
            return -1;
    }
    return engine_load(b->engine, &load, &b->recipe, err);
}

/* A line that is drawn over and over needs a terminal that can go back. */
static bool can_show_progress(void)
{
    const char *term = getenv("TERM");
    return isatty(STDERR_FILENO) == 1 && (term == NULL || strcmp(term, "dumb") != 0);
}

int batch_run(const struct cli *cli)
{
    struct batch b = {.cli = cli, .env = {cli->local, cli->n_local}, .step = STEP_LOAD};
    struct err err = ERR_INIT;
    (void)signal(SIGPIPE, SIG_IGN);
    b.show_progress = can_show_progress();
    if (uv_loop_init(&b.loop) != 0) {
        err_memory(&err, "the event loop");
        say_err(&err, NULL);
        return err_exit_status(&err);
    }
    b.engine = engine_new(&b.loop, cli->threads, on_notify, &b);
    if (b.engine == NULL || recipe_copy(&b.recipe, &cli->recipe, &err) != 0) {
        err_memory(&err, "the engine");
        say_err(&err, NULL);
        return err_exit_status(&err);
    }
    if (start(&b, &err) != 0)
        fail(&b, &err);
    (void)uv_run(&b.loop, UV_RUN_DEFAULT);
    BUG_IF(!engine_closed(b.engine));
    engine_free(b.engine);
    recipe_release(&b.recipe);
    BUG_IF(uv_loop_close(&b.loop) != 0);
    return b.status;
}
