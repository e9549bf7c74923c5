/* Batch runs; see batch.h.
 *
 * DESIGN
 * 1. A chain of engine jobs: load -> cluster -> export (when asked for) -> report. Each step starts
 * the next from on_notify.
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
#include "core/engine.h"
#include "core/export/report.h"
#include "tui/say.h"

enum step { STEP_LOAD, STEP_CLUSTER, STEP_EXPORT, STEP_DONE };

#define N_SIGNALS 3
static const int signals[N_SIGNALS] = {SIGINT, SIGTERM, SIGHUP};

struct batch {
    const struct cli *cli;
    uv_loop_t loop;
    uv_signal_t signal[N_SIGNALS];
    struct engine *engine;
    struct expr_env env;
    enum step step;
    uint64_t serial; /* of the last engine job seen */
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
    say_err(err, NULL);
    end(b, err_exit_status(err));
}

/* One line on standard error that writes over itself, at most ten times a second. */
static void show_progress(struct batch *b, bool wipe)
{
    struct progress p;
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
    else if (p.phase == PHASE_LOADING && p.bytes_total > 0)
        (void)fprintf(stderr, "\r\033[K%s: %.0f %%, %llu rows", phase_text(p.phase),
                      100.0 * (double)p.bytes_read / (double)p.bytes_total,
                      (unsigned long long)p.rows_good);
    else
        (void)fprintf(stderr, "\r\033[K%s", phase_text(p.phase));
    (void)fflush(stderr);
}

/* What --strict turns into status 1. */
static bool blemished(const struct table *t)
{
    bool bad = t->rows_rejected > 0 || t->partial;
    for (size_t i = 0; i < t->n_inputs; i++)
        bad = bad || t->input[i].state != INPUT_LOADED;
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
        return err_set(err, ERR_USAGE, "there is no cluster %u: this run has 1 to %u", *out, c->k);
    return 0;
}

/* The answer on standard output. A reader that has gone away is no error. */
static void report(struct batch *b)
{
    struct buf out = BUF_INIT;
    struct err err = ERR_INIT;
    struct report_facts facts = {engine_table(b->engine), engine_clustering(b->engine),
                                 engine_load_seconds(b->engine), b->cli->time_style};
    int status = b->cli->strict && blemished(facts.table) ? 1 : 0;
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
    struct cluster_opts opts = {.recipe = &b->cli->recipe, .env = &b->env};
    for (size_t i = 0; i < t->n_inputs; i++) {
        if (t->input[i].problem != NULL)
            say_note(t->input[i].problem);
    }
    b->step = STEP_CLUSTER;
    if (engine_cluster(b->engine, &opts, &err) != 0)
        fail(b, &err);
}

static void after_cluster(struct batch *b)
{
    struct err err = ERR_INIT;
    struct export_opts opts = {.path = b->cli->export_path,
                               .columns = b->cli->columns,
                               .raw = b->cli->raw,
                               .force = b->cli->force};
    if (b->cli->export_path == NULL) {
        report(b);
        return;
    }
    b->step = STEP_EXPORT;
    if (pick(b, engine_clustering(b->engine), &opts.cluster, &err) != 0 ||
        engine_export(b->engine, &opts, &err) != 0)
        fail(b, &err);
}

/* The reader of standard output has seen enough. */
static bool reader_gone(const struct batch *b)
{
    return b->step == STEP_EXPORT && strcmp(b->cli->export_path, "-") == 0 &&
           engine_last_export(b->engine)->reader_gone;
}

static void after_export(struct batch *b)
{
    const struct export_result *r = engine_last_export(b->engine);
    if (r->gone > 0)
        (void)fprintf(stderr,
                      "minnow: %llu rows are no longer in their file and were not written\n",
                      (unsigned long long)r->gone);
    if (strcmp(b->cli->export_path, "-") == 0)
        end(b, b->cli->strict && (blemished(engine_table(b->engine)) || r->gone > 0) ? 1 : 0);
    else
        report(b);
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
    else
        after_export(b);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct batch *b = handle->data;
    b->by_signal = number;
    engine_cancel(b->engine);
}

static int start(struct batch *b, struct err *err)
{
    struct load_opts load = {.path = b->cli->path,
                             .n_paths = b->cli->n_paths,
                             .fields = b->cli->fields,
                             .delimiter = b->cli->delimiter,
                             .threads = b->cli->threads};
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
    return engine_load(b->engine, &load, err);
}

int batch_run(const struct cli *cli)
{
    struct batch b = {.cli = cli, .env = {cli->local, cli->n_local}, .step = STEP_LOAD};
    struct err err = ERR_INIT;
    (void)signal(SIGPIPE, SIG_IGN);
    b.show_progress = isatty(STDERR_FILENO) == 1;
    if (uv_loop_init(&b.loop) != 0) {
        err_memory(&err, "the event loop");
        say_err(&err, NULL);
        return err_exit_status(&err);
    }
    b.engine = engine_new(&b.loop, cli->threads, on_notify, &b);
    if (b.engine == NULL) {
        err_memory(&err, "the engine");
        say_err(&err, NULL);
        return err_exit_status(&err);
    }
    if (start(&b, &err) != 0)
        fail(&b, &err);
    (void)uv_run(&b.loop, UV_RUN_DEFAULT);
    BUG_IF(!engine_closed(b.engine));
    engine_free(b.engine);
    BUG_IF(uv_loop_close(&b.loop) != 0);
    return b.status;
}
