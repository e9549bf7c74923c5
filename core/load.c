/* Reading inputs into a table; see load.h.
 *
 * DESIGN
 * 1. Inputs are read one after another. Of one input, each worker takes the next chunk of whole
 * rows (in order, numbered; chunk.c), parses it into a batch of its own, waits for its number's turn
 * and takes what is new in it into the table (turn.c). Then it gives the turn away and copies its
 * rows. So rows come in order, and what is in memory is one chunk and one batch a worker.
 * 2. Taking a chunk and having the turn need the lock; reading, parsing and copying do not.
 * 3. A chunk is parsed with the layout of the moment it was taken. If a chunk before it met a
 * header that changes the columns, it is parsed again at its turn.
 * 4. Rows are numbered in turn, so a row's number, its ids and its codes are those that a single
 * reader would give it, whatever the chunks and the threads are. */
#include "core/load.h"

#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/base/number.h"
#include "core/load/input_facts.h"
#include "core/load/loader.h"

#define DEFAULT_CHUNK  ((size_t)1 << 19)
#define SMALLEST_CHUNK 64

/* ---- one input ---- */

/* One chunk, from the bytes to the table. */
static void load_chunk(struct loader *l, struct worker *w)
{
    struct chunk *c = &w->chunk;
    size_t parsed = 0;
    batch_clear(w->batch);
    if (chunk_read(l, c) && c->len > 0)
        parsed =
            l->format->parse(c->layout, span_make(c->bytes, c->len), c->offset, c->last, w->batch);
    pthread_mutex_lock(&l->lock);
    while (l->turn != c->number)
        pthread_cond_wait(&l->turn_changed, &l->lock);
    turn_append(l, w, parsed);
    l->turn++;
    pthread_cond_broadcast(&l->turn_changed);
    pthread_mutex_unlock(&l->lock);
    turn_copy(w);
}

/* One worker on one input. */
static void work(void *user, uint32_t slice)
{
    struct loader *l = user;
    struct worker w = {.batch = batch_new()};
    bool got = true;
    (void)slice;
    if (w.batch == NULL) {
        pthread_mutex_lock(&l->lock);
        err_memory(&l->problem, "the rows");
        l->stop = true;
        pthread_mutex_unlock(&l->lock);
        return;
    }
    if (l->opts->wanted != NULL)
        batch_want(w.batch, l->opts->wanted);
    if (l->opts->ranged)
        batch_set_range(w.batch, l->opts->from_us, l->opts->to_us);
    while (got) {
        pthread_mutex_lock(&l->lock);
        /* Rows that are here come before a wait for others. */
        while (l->turn != l->next_number && !source_ready(l->source))
            pthread_cond_wait(&l->turn_changed, &l->lock);
        got = chunk_take(l, &w.chunk);
        pthread_mutex_unlock(&l->lock);
        if (got)
            load_chunk(l, &w);
    }
    batch_free(w.batch);
    mem_free(w.chunk.bytes);
}

/* Reads on while the log that is wanted has not shown up among others. */
static int look_for_kind(struct loader *l, size_t bom, const struct format_opts *opts,
                         struct err *err)
{
    size_t want = FORMAT_HEAD_BYTES;
    while (l->format->wants_more != NULL && !l->eof && want < FORMAT_MORE_BYTES &&
           l->format->wants_more(span_make(l->carry + bom, l->carry_len - bom), opts)) {
        want *= 4;
        if (carry_fill(l, want, err) != 0)
            return carry_cut_short(l, err) ? 0 : -1;
    }
    return 0;
}

static int begin_input(struct loader *l, struct err *err)
{
    struct format_opts opts = {l->opts->fields, l->opts->delimiter, l->opts->kind, false};
    size_t bom = 0;
    struct span first;
    l->source = l->opts->text != NULL ? source_open_text(l->path, &l->spool, err)
                                      : source_open(l->path, &l->spool, l->job, err);
    if (l->source == NULL)
        return -1;
    if (carry_fill(l, FORMAT_HEAD_BYTES, err) != 0 && !carry_cut_short(l, err))
        return -1;
    l->opened = true;
    first = carry_span(l);
    l->format = format_sniff(first, l->eof, &opts, &bom, err);
    if (l->format == NULL)
        return -1;
    if (look_for_kind(l, bom, &opts, err) != 0)
        return -1;
    l->in_vain = !l->eof && l->format->wants_more != NULL &&
                 l->format->wants_more(span_make(l->carry + bom, l->carry_len - bom), &opts);
    opts.insist = l->in_vain && opts.kind != NULL;
    l->carry_at += bom;
    l->offset += bom;
    table_builder_input(l->builder, l->input)->format = l->format->name;
    l->head = l->format->head_new(carry_span(l), &opts, err);
    return l->head == NULL || turn_header(l, err) != 0
               ? -1
               : input_check_kind(l->known_kind ? NULL : l->opts->kind, l->format, l->head, err);
}

/* Rows of other logs came behind what was looked at for conn: perhaps its own. */
static void say_in_vain(struct loader *l)
{
    uint64_t others = table_builder_rejected(l->builder, REJECT_OTHER_LOG) - l->others_before;
    char count[32];
    if (l->in_vain && l->head != NULL && l->opts->kind == NULL && others > 0)
        notices_add(
            table_builder_notices(l->builder),
            "%s: no conn in its first %zu MiB, so %s is read; %s row%s of other logs %s not: "
            "--path=NAME reads another",
            input_shown(l->path), FORMAT_MORE_BYTES >> 20, l->format->kind(l->head),
            number_grouped(others, count, sizeof count), others == 1 ? "" : "s",
            others == 1 ? "is" : "are");
}

/* What is known of the file goes into the table's input; the problem too. */
static void end_input(struct loader *l)
{
    struct input *in = table_builder_input(l->builder, l->input);
    struct source_facts facts;
    bool torn;
    if (l->source != NULL) {
        /* Damage lies behind what was loaded, but is the reason when the header could not be read. */
        if (l->problem.code == ERR_OK || (l->problem.code == ERR_DATA && l->layout == NULL))
            (void)source_damage(l->source, &torn, &l->problem);
        source_facts(l->source, &facts);
        in->dev = facts.dev;
        in->ino = facts.ino;
        in->size = facts.size;
        in->mtime_ns = facts.mtime_ns;
        in->spooled = source_end(l->source, &in->spool_at);
        source_close(l->source);
    }
    say_in_vain(l);
    if (l->format != NULL && l->head != NULL) {
        input_note_kind(in, l->format, l->head, l->layout);
        l->format->head_free(l->head);
    }
    in->text_bytes = l->offset + (l->carry_len - l->carry_at);
    in->state = INPUT_LOADED;
    if (l->problem.code == ERR_OK)
        return;
    in->state = in->rows_loaded > 0 ? INPUT_PARTIAL : INPUT_FAILED;
    if (l->problem.code == ERR_CANCELLED)
        return;
    input_name_problem(&l->problem, l->path);
    in->problem = mem_string(l->problem.text);
    notices_add(table_builder_notices(l->builder), "%s", l->problem.text);
    if (l->problem.code == ERR_LIMIT || l->problem.code == ERR_USAGE)
        l->fatal = l->problem;
}

/* Loads one input; whatever is wrong with it is kept in its struct. */
static int load_input(struct loader *l, const struct planned *p, struct err *err)
{
    struct log_step step = log_step_begin();
    const char *path = p->path;
    const struct input *in;
    int number;
    l->problem = (struct err)ERR_INIT;
    if (p->plan != PLAN_READ)
        return input_pass_over(l->builder, p, &l->problem, err);
    number = table_builder_add_input(l->builder, path, err);
    if (number < 0)
        return -1;
    l->path = path;
    l->known_kind = p->format[0] != '\0';
    l->input = (uint32_t)number;
    l->source = NULL;
    l->format = NULL;
    l->head = NULL;
    l->layout = NULL;
    l->others_before = table_builder_rejected(l->builder, REJECT_OTHER_LOG);
    l->in_vain = false;
    l->head_changed = l->eof = l->skipping = l->stop = l->ended = l->cut_short = false;
    l->bytes_before = l->progress.bytes_read;
    l->carry_at = l->carry_len = 0;
    l->offset = l->text_read = l->next_number = l->turn = l->lines = 0;
    if (begin_input(l, &l->problem) == 0)
        parallel_run(l->pool, parallel_threads(l->pool), work, l);
    end_input(l);
    in = table_builder_input(l->builder, l->input);
    l->progress.rows_good += in->rows_loaded;
    l->progress.rows_bad += in->rows_rejected;
    log_step_end(&step, "load");
    log_line("load: %s: %llu rows, %llu rejected", path, (unsigned long long)in->rows_loaded,
             (unsigned long long)in->rows_rejected);
    return 0;
}

/* ---- all inputs ---- */

static struct table *finish(struct loader *l, const struct err *first, struct err *err)
{
    bool cancelled = job_cancelled(l->job), broken = false;
    struct table *t;
    if (l->fatal.code != ERR_OK) {
        *err = l->fatal;
        table_builder_free(l->builder);
        return NULL;
    }
    for (uint32_t i = 0; i < l->plan.n && !cancelled; i++)
        broken = broken || table_builder_input(l->builder, i)->state == INPUT_PARTIAL;
    t = table_seal(l->builder, cancelled || broken, err);
    if (t == NULL || t->n_rows > 0)
        return t;
    if (cancelled)
        job_stopped(err);
    else
        inputs_gave_nothing(&l->plan, t, first, l->opts->fields, l->opened, err);
    table_unref(t);
    return NULL;
}

struct table *load_table(const struct load_opts *opts, struct job *job, struct err *err)
{
    struct loader l = {.opts = opts, .job = job, .fatal = ERR_INIT, .spool = SPOOL_INIT};
    struct err first = ERR_INIT;
    struct table *t;
    l.chunk_bytes = opts->chunk_bytes == 0 ? DEFAULT_CHUNK : opts->chunk_bytes;
    if (l.chunk_bytes < SMALLEST_CHUNK)
        l.chunk_bytes = SMALLEST_CHUNK;
    l.max_rows = opts->max_rows == 0 ? TABLE_MAX_ROWS : opts->max_rows;
    l.progress.phase = PHASE_OPENING;
    job_publish(job, &l.progress);
    l.builder = table_builder_new(err);
    if (l.builder == NULL) {
        if (opts->wanted != NULL)
            opts->wanted->free(opts->wanted);
        return NULL;
    }
    table_builder_limit_addrs(l.builder, opts->max_addrs);
    table_builder_want(l.builder, opts->wanted);
    if (opts->ranged)
        table_builder_set_range(l.builder, opts->from_us, opts->to_us);
    if (inputs_plan(&l.plan, opts, table_builder_notices(l.builder), job, err) != 0) {
        table_builder_free(l.builder);
        inputs_release(&l.plan);
        return NULL;
    }
    l.progress.bytes_total = l.plan.bytes;
    l.pool = parallel_new(opts->threads);
    if (l.pool == NULL) {
        table_builder_free(l.builder);
        inputs_release(&l.plan);
        err_memory(err, "the workers");
        return NULL;
    }
    (void)pthread_mutex_init(&l.lock, NULL);
    (void)pthread_cond_init(&l.turn_changed, NULL);
    if (opts->text != NULL && spool_adopt(&l.spool, *opts->text, &l.fatal) != 0)
        log_line("load: %s", l.fatal.text);
    for (size_t i = 0; i < l.plan.n && l.fatal.code == ERR_OK && !job_cancelled(job); i++) {
        if (load_input(&l, &l.plan.item[i], &l.fatal) != 0)
            break;
        if (first.code == ERR_OK)
            first = l.problem;
    }
    pthread_cond_destroy(&l.turn_changed);
    pthread_mutex_destroy(&l.lock);
    parallel_free(l.pool);
    mem_free(l.carry);
    table_builder_take_spool(l.builder, l.spool.fd);
    t = finish(&l, &first, err);
    if (t != NULL)
        log_line("table: %llu rows, %.1f MiB, %.1f bytes a row; %lu addresses",
                 (unsigned long long)t->n_rows, (double)table_memory(t) / 1048576,
                 (double)table_memory(t) / (double)t->n_rows, (unsigned long)table_n_addrs(t));
    inputs_release(&l.plan);
    return t;
}
