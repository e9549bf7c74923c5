/* How long a job goes on after it was cancelled: cancel FILE TIMES loads and clusters the file, sorts and
 * filters its rows, writes them and measures trust, and cancels each at TIMES moments, spread evenly over
 * the time that it takes undisturbed. Prints for each the longest wait until its finish step has run, in
 * wall time and in processor time of all threads, and the phase that was cancelled then. */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <uv.h>

#include "core/engine.h"
#include "core/query/rowset.h"

struct bench {
    uv_loop_t loop;
    struct engine *engine;
    const char *path;
    struct recipe recipe;
    uv_timer_t timer;
    uint64_t times;
    bool fired, view_ended;
    struct rowset rows, out;
    struct expr *expr;
    uint32_t column;
};

static double cpu_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double wall_ms(void)
{
    return (double)uv_hrtime() / 1e6;
}

static void die(const struct err *err)
{
    fprintf(stderr, "cancel: %s\n", err->text);
    exit(1);
}

/* ---- the jobs ---- */

static void begin_load(struct bench *b, struct err *err)
{
    const char *const path[] = {b->path};
    struct load_opts opts = {.path = path, .n_paths = 1};
    if (engine_load(b->engine, &opts, &b->recipe, err) != 0)
        die(err);
}

static void begin_cluster(struct bench *b, struct err *err)
{
    struct cluster_opts opts = {.recipe = &b->recipe};
    if (engine_cluster(b->engine, &opts, err) != 0)
        die(err);
}

static void begin_export(struct bench *b, struct err *err)
{
    struct export_opts opts = {.path = "/dev/null", .cluster = CLUSTER_ALL, .force = true};
    if (engine_export(b->engine, &opts, err) != 0)
        die(err);
}

static void begin_trust(struct bench *b, struct err *err)
{
    if (engine_trust(b->engine, 3, true, err) != 0)
        die(err);
}

static int sort_rows(void *ctx, struct job *job, struct err *err)
{
    struct bench *b = ctx;
    return rowset_sort(&b->out, &b->rows, engine_table(b->engine), b->column, true, job, err);
}

static int filter_rows(void *ctx, struct job *job, struct err *err)
{
    struct bench *b = ctx;
    return rowset_filter(&b->out, &b->rows, engine_table(b->engine), b->expr, job, err);
}

static void view_finish(void *ctx, int rc, const struct err *err)
{
    struct bench *b = ctx;
    (void)rc;
    (void)err;
    rowset_release(&b->out);
    b->out = (struct rowset){.row = NULL};
    b->view_ended = true;
}

static void begin_view(struct bench *b, int (*run)(void *, struct job *, struct err *),
                       struct err *err)
{
    struct view_job job = {run, view_finish, b};
    b->view_ended = false;
    if (engine_view(b->engine, &job, err) != 0)
        die(err);
}

static void begin_sort(struct bench *b, struct err *err)
{
    begin_view(b, sort_rows, err);
}

static void begin_filter(struct bench *b, struct err *err)
{
    begin_view(b, filter_rows, err);
}

struct what {
    const char *name;
    void (*begin)(struct bench *b, struct err *err);
    bool view;
};

/* ---- measuring ---- */

static void on_timer(uv_timer_t *timer)
{
    ((struct bench *)timer->data)->fired = true;
}

static uint64_t ends(const struct bench *b)
{
    uint64_t serial;
    (void)engine_last(b->engine, &serial);
    return serial;
}

/* Runs the loop until the job has ended, or `ms` have passed (0: no limit). */
static bool until_end(struct bench *b, const struct what *w, uint64_t before, uint64_t ms)
{
    b->fired = false;
    if (ms > 0)
        (void)uv_timer_start(&b->timer, on_timer, ms, 0);
    for (;;) {
        if (w->view ? b->view_ended : ends(b) != before)
            return true;
        if (b->fired)
            return false;
        (void)uv_run(&b->loop, UV_RUN_ONCE);
    }
}

static double whole_ms(struct bench *b, const struct what *w)
{
    struct err err = ERR_INIT;
    uint64_t before = ends(b);
    double begin = wall_ms();
    w->begin(b, &err);
    (void)until_end(b, w, before, 0);
    (void)uv_timer_stop(&b->timer);
    return wall_ms() - begin;
}

static void measure(struct bench *b, const struct what *w)
{
    double whole = whole_ms(b, w), worst = 0, worst_cpu = 0, worst_at = 0;
    enum phase phase = PHASE_IDLE;
    uint64_t n = 0;
    for (uint64_t i = 0; i < b->times; i++) {
        double at = whole * ((double)i + 0.5) / (double)b->times, wall, cpu;
        struct err err = ERR_INIT;
        struct progress now;
        uint64_t before = ends(b);
        w->begin(b, &err);
        if (!until_end(b, w, before, at < 1 ? 1 : (uint64_t)at)) {
            engine_progress(b->engine, &now);
            wall = wall_ms();
            cpu = cpu_ms();
            if (w->view)
                engine_view_cancel(b->engine);
            else
                engine_cancel(b->engine);
            (void)until_end(b, w, before, 0);
            wall = wall_ms() - wall;
            cpu = cpu_ms() - cpu;
            n++;
            if (wall > worst) {
                worst = wall;
                worst_at = at / whole;
                phase = now.phase;
            }
            worst_cpu = cpu > worst_cpu ? cpu : worst_cpu;
        }
        (void)uv_timer_stop(&b->timer);
    }
    printf("%-8s %9.0f ms  %4llu times  longest %7.1f ms, %7.1f ms of processor time, at %3.0f %%  "
           "%s\n",
           w->name, whole, (unsigned long long)n, worst, worst_cpu, worst_at * 100,
           w->view ? "" : phase_text(phase));
    (void)fflush(stdout);
}

int main(int argc, char **argv)
{
    static const struct what all[] = {
        {"load", begin_load, false},     {"cluster", begin_cluster, false},
        {"export", begin_export, false}, {"trust", begin_trust, false},
        {"sort", begin_sort, true},      {"filter", begin_filter, true}};
    static struct bench b;
    struct err err = ERR_INIT;
    if (argc < 3) {
        fprintf(stderr, "usage: cancel FILE TIMES [JOB]\n");
        return 2;
    }
    b.path = argv[1];
    b.times = strtoull(argv[2], NULL, 10);
    (void)uv_loop_init(&b.loop);
    b.engine = engine_new(&b.loop, 0, NULL, NULL);
    (void)uv_timer_init(&b.loop, &b.timer);
    b.timer.data = &b;
    if (b.engine == NULL || recipe_load(&b.recipe, "conn", &err) != 0)
        die(&err);
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        bool wanted = argc < 4 || strcmp(argv[3], all[i].name) == 0;
        if (i < 2 && !wanted) {
            (void)whole_ms(&b, &all[i]); /* what the others are about */
            continue;
        }
        if (i == 4) {
            const struct table *t = engine_table(b.engine);
            b.expr = expr_parse(span_of("history~DT and duration>1"), 0, &err);
            if (rowset_of_cluster(&b.rows, t, NULL, CLUSTER_ALL, NULL, &err) != 0 ||
                b.expr == NULL || expr_bind(b.expr, &t->schema, NULL, &err) != 0)
                die(&err);
            b.column = (uint32_t)t->schema.by_role[ROLE_UID];
        }
        if (wanted)
            measure(&b, &all[i]);
        if (i == 0)
            (void)whole_ms(&b, &all[0]); /* a cancelled load leaves a part */
        if (i == 1)
            (void)whole_ms(&b, &all[1]);
    }
    rowset_release(&b.rows);
    expr_free(b.expr);
    engine_shutdown(b.engine);
    uv_close((uv_handle_t *)&b.timer, NULL);
    (void)uv_run(&b.loop, UV_RUN_DEFAULT);
    engine_free(b.engine);
    recipe_release(&b.recipe);
    return uv_loop_close(&b.loop) == 0 ? 0 : 1;
}
