/* Reading inputs into a table; see load.h.
 *
 * DESIGN
 * 1. Inputs are read one after another. Of one input, each worker takes the next chunk of whole
 * rows (under the lock, in order, numbered), parses it into a batch of its own, waits for its
 * number's turn and appends. So rows come in order, and what is in memory is one chunk and one
 * batch a worker.
 * 2. A chunk is parsed with the layout of the moment it was taken. If a chunk before it met a
 * header that changes the columns, it is parsed again at its turn: the result is that of one
 * reader.
 * 3. Header lines are only read in turn, so the head belongs to whoever has the turn.
 * 4. A row that is too long is cut off by whoever takes it, and skipped without being kept.
 * 5. Whatever stops an input (an error, a cancel) stops it at a turn: the rows before stand, none
 * after. */
#include "core/load.h"

#include <pthread.h>

#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/format/format.h"
#include "core/input_facts.h"
#include "core/io/source.h"

#define DEFAULT_CHUNK  ((size_t)1 << 20)
#define SMALLEST_CHUNK 64
#define NO_REJECT      N_REJECTS

struct chunk {
    char *bytes; /* owned by the worker */
    size_t len, cap;
    uint64_t number, offset;
    const struct layout *layout;
    bool last;
    enum reject tail;    /* the row that was cut off behind the chunk, or NO_REJECT */
    uint64_t tail_lines; /* lines that it took */
};

struct loader {
    const struct load_opts *opts;
    struct inputs plan;
    struct spool spool; /* the table's in the end */
    struct job *job;
    struct parallel *pool;
    struct table_builder *builder;
    size_t chunk_bytes;
    uint64_t max_rows;
    struct progress progress;
    bool opened;      /* at least one input could be, and read */
    bool known_kind;  /* of the input that is read: it was looked at before */
    struct err fatal; /* memory or a limit: the whole load fails */

    /* The input that is read; `lock` guards what follows. */
    pthread_mutex_t lock;
    pthread_cond_t turn_changed;
    const char *path;
    uint32_t input;
    struct source *source;
    const struct format *format;
    struct head *head;
    struct layout *layout; /* current; the table's */
    bool head_changed;     /* header lines were read since the layout was made */
    char *carry;           /* bytes read and not yet taken, from carry_at to carry_len; owned */
    size_t carry_at, carry_len, carry_cap;
    uint64_t offset; /* of the carry in the text */
    bool eof, skipping, stop;
    uint64_t next_number, turn;
    uint64_t lines;     /* before the chunk whose turn it is */
    struct err problem; /* what stopped this input */
};

static bool keep_carry(struct loader *l, const char *bytes, size_t n)
{
    void *carry = l->carry;
    if (mem_grow(&carry, &l->carry_cap, n, 1) != 0)
        return err_memory(&l->problem, "a part of the input") == 0;
    l->carry = carry;
    if (n > 0)
        memcpy(l->carry, bytes, n);
    l->carry_at = 0;
    l->carry_len = n;
    return true;
}

/* No byte is left to take or to read. */
static bool at_end(const struct loader *l)
{
    return l->eof && l->carry_at == l->carry_len;
}

/* Reads at most n bytes behind *len. Damage ends the text, with its last whole line when it is torn.
 */
static int read_behind(struct loader *l, char *bytes, size_t *len, size_t n, struct err *err)
{
    struct err damage;
    bool torn;
    int64_t got = source_read(l->source, bytes + *len, n, l->job, err);
    l->progress.bytes_read += source_advance(l->source);
    if (got < 0)
        return -1;
    *len += (size_t)got;
    l->eof = got == 0;
    if (l->eof && source_damage(l->source, &torn, &damage) && torn) {
        while (*len > 0 && bytes[*len - 1] != '\n')
            --*len;
    }
    return 0;
}

/* ---- taking chunks; the lock is held ---- */

/* Appends bytes to the chunk: those that were carried first, then the input's. A chunk without a
 * row in it doubles, so that a long row is not looked at too often. False on error or cancel. */
static bool more_bytes(struct loader *l, struct chunk *c)
{
    size_t n = c->len > l->chunk_bytes ? c->len : l->chunk_bytes;
    size_t carried = l->carry_len - l->carry_at;
    void *bytes = c->bytes;
    if (carried > 0 && n > carried)
        n = carried;
    if (mem_grow(&bytes, &c->cap, c->len + n, 1) != 0)
        return err_memory(&l->problem, "a part of the input") == 0;
    c->bytes = bytes;
    if (carried > 0) {
        memcpy(c->bytes + c->len, l->carry + l->carry_at, n);
        l->carry_at += n;
        c->len += n;
        return true;
    }
    return l->eof || read_behind(l, c->bytes, &c->len, n, &l->problem) == 0;
}

/* Drops bytes up to and with the end of the line that is too long. */
static bool skip_line(struct loader *l, struct chunk *c)
{
    while (l->skipping) {
        const char *nl = c->len == 0 ? NULL : memchr(c->bytes, '\n', c->len);
        size_t drop = nl == NULL ? c->len : (size_t)(nl - c->bytes) + 1;
        memmove(c->bytes, c->bytes + drop, c->len - drop);
        c->len -= drop;
        l->offset += drop;
        if (nl != NULL || at_end(l))
            l->skipping = false;
        else if (!more_bytes(l, c))
            return false;
    }
    return true;
}

/* Cuts the chunk behind its last whole row and leaves the rest for the next one. */
static bool cut_chunk(struct loader *l, struct chunk *c, struct cut cut)
{
    size_t from = cut.rows_end;
    c->last = at_end(l);
    c->tail = NO_REJECT;
    if (cut.give_up) {
        size_t resume = cut.resume > 0 ? cut.resume : c->len;
        c->tail = REJECT_TOO_LONG;
        c->tail_lines =
            span_newlines(span_make(c->bytes + from, resume - from)) + (cut.resume == 0);
        l->skipping = cut.resume == 0;
        from = resume;
    }
    c->offset = l->offset;
    /* While carried bytes are left, the chunk is made of carried bytes only: they are still there.
     */
    if (l->carry_at < l->carry_len) {
        l->carry_at -= c->len - from;
    } else if (!keep_carry(l, c->bytes + from, c->len - from)) {
        return false;
    }
    l->offset += from;
    c->len = cut.rows_end;
    return true;
}

/* The next chunk; false when there is none, or the input is stopped. */
static bool take_chunk(struct loader *l, struct chunk *c)
{
    struct cut cut;
    if (l->stop || at_end(l))
        return false;
    c->len = 0;
    do {
        if (!more_bytes(l, c) || !skip_line(l, c))
            goto stop;
        cut = l->format->cut(l->layout, span_make(c->bytes, c->len), at_end(l));
    } while (cut.rows_end == 0 && !cut.give_up && !at_end(l));
    if (!cut_chunk(l, c, cut))
        goto stop;
    c->layout = l->layout;
    c->number = l->next_number++;
    return true;
stop:
    l->stop = true;
    return false;
}

/* ---- in turn ---- */

static void stop_with(struct loader *l, const struct err *err)
{
    if (l->problem.code == ERR_OK)
        l->problem = *err;
    l->stop = true;
}

/* Makes the layout that the head now describes current. An empty batch hands it to the table. */
static int renew_layout(struct loader *l, struct batch *empty, struct err *err)
{
    struct notices *notices = table_builder_notices(l->builder);
    struct layout *fresh =
        l->format->head_layout(l->head, table_builder_schema(l->builder), l->path, notices, err);
    if (fresh == NULL)
        return -1;
    l->head_changed = false;
    if (l->layout != NULL && layout_equal(fresh, l->layout)) {
        layout_free(fresh);
        return 0;
    }
    if (l->layout != NULL && l->format->learn == NULL)
        notices_add(notices, "%s: the columns change at line %llu; they are matched by name",
                    l->path, (unsigned long long)(l->lines + 1));
    batch_clear(empty);
    if (table_append(l->builder, l->input, fresh, empty, 0, err) != 0)
        return -1;
    l->layout = fresh;
    return 0;
}

/* Feeds header lines at the front of `rest` to the head. */
static int take_header(struct loader *l, struct span *rest, struct err *err)
{
    struct span ahead = *rest, line;
    while (span_line(&ahead, &line) && l->format->is_head(l->head, line)) {
        if (l->format->head_line(l->head, line, l->lines + 1, err) != 0)
            return -1;
        l->lines++;
        l->head_changed = true;
        *rest = ahead;
    }
    return 0;
}

/* A row that parse stopped in front of has columns that the layout does not know. */
static int learn_row(struct loader *l, struct span rest, struct err *err)
{
    struct span line;
    if (l->format->learn == NULL || !span_line(&rest, &line))
        return 0;
    l->head_changed = true;
    return l->format->learn(l->head, line, err);
}

/* Appends a chunk: rows and header lines as they come. `parsed` is what parse took with the chunk's
 * own layout. */
static int append_chunk(struct loader *l, struct chunk *c, struct batch *batch, size_t parsed,
                        struct err *err)
{
    struct span rest = span_make(c->bytes, c->len);
    bool stale = l->head_changed || c->layout != l->layout;
    if (stale && take_header(l, &rest, err) != 0)
        return -1;
    while (rest.len > 0) {
        if (stale) {
            if (l->head_changed && renew_layout(l, batch, err) != 0)
                return -1;
            batch_clear(batch);
            parsed = l->layout->format->parse(l->layout, rest, c->offset + c->len - rest.len,
                                              c->last, batch);
        }
        if (table_append(l->builder, l->input, l->layout, batch, l->lines, err) != 0)
            return -1;
        l->lines += batch_lines(batch);
        rest = span_make(rest.ptr + parsed, rest.len - parsed);
        parsed = 0;
        stale = true;
        if (take_header(l, &rest, err) != 0 || learn_row(l, rest, err) != 0)
            return -1;
    }
    if (c->tail != NO_REJECT) {
        table_builder_reject(l->builder, l->input, c->tail, l->lines + 1);
        l->lines += c->tail_lines;
    }
    return 0;
}

static void publish(struct loader *l)
{
    const struct input *in = table_builder_input(l->builder, l->input);
    struct progress now = l->progress;
    now.phase = PHASE_LOADING;
    now.rows_good += in->rows_loaded;
    now.rows_bad += in->rows_rejected;
    job_publish(l->job, &now);
}

static void in_turn(struct loader *l, struct chunk *c, struct batch *batch, size_t parsed)
{
    struct err err = ERR_INIT;
    if (l->stop && l->problem.code == ERR_LIMIT)
        return;
    if (job_cancelled(l->job)) {
        job_stopped(&err);
        stop_with(l, &err);
        return;
    }
    if (append_chunk(l, c, batch, parsed, &err) != 0)
        stop_with(l, &err);
    else if (l->progress.rows_good + table_builder_input(l->builder, l->input)->rows_loaded >
             l->max_rows) {
        err_set(&err, ERR_LIMIT, "more than %llu rows", (unsigned long long)l->max_rows);
        stop_with(l, &err);
    }
    publish(l);
}

/* One worker on one input. */
static void work(void *user, uint32_t slice)
{
    struct loader *l = user;
    struct chunk c = {.bytes = NULL};
    struct batch *batch = batch_new();
    (void)slice;
    if (batch == NULL) {
        pthread_mutex_lock(&l->lock);
        err_memory(&l->problem, "the rows");
        l->stop = true;
        pthread_mutex_unlock(&l->lock);
        return;
    }
    if (l->opts->ranged)
        batch_set_range(batch, l->opts->from_us, l->opts->to_us);
    for (;;) {
        size_t parsed = 0;
        bool got;
        pthread_mutex_lock(&l->lock);
        got = take_chunk(l, &c);
        pthread_mutex_unlock(&l->lock);
        if (!got)
            break;
        batch_clear(batch);
        if (c.len > 0)
            parsed = c.layout->format->parse(c.layout, span_make(c.bytes, c.len), c.offset, c.last,
                                             batch);
        pthread_mutex_lock(&l->lock);
        while (l->turn != c.number)
            pthread_cond_wait(&l->turn_changed, &l->lock);
        /* A problem met while reading lies behind this chunk; one met while appending before it. */
        if (!l->stop || l->problem.code != ERR_DATA)
            in_turn(l, &c, batch, parsed);
        l->turn++;
        pthread_cond_broadcast(&l->turn_changed);
        pthread_mutex_unlock(&l->lock);
    }
    batch_free(batch);
    mem_free(c.bytes);
}

/* ---- one input ---- */

/* Reads until the carry holds `want` bytes or the input ends. */
static int fill_carry(struct loader *l, size_t want, struct err *err)
{
    if (l->carry_at > 0)
        memmove(l->carry, l->carry + l->carry_at, l->carry_len - l->carry_at);
    l->carry_len -= l->carry_at;
    l->carry_at = 0;
    while (!l->eof && l->carry_len < want) {
        void *carry = l->carry;
        if (mem_grow(&carry, &l->carry_cap, want, 1) != 0)
            return err_memory(err, "a part of the input");
        l->carry = carry;
        if (read_behind(l, l->carry, &l->carry_len, want - l->carry_len, err) != 0)
            return -1;
    }
    return 0;
}

static struct span carried(const struct loader *l)
{
    if (l->carry_at == l->carry_len)
        return span_make("", 0);
    return span_make(l->carry + l->carry_at, l->carry_len - l->carry_at);
}

/* Header lines in front of the first row, then the first layout. */
static int read_header(struct loader *l, struct err *err)
{
    struct batch *empty;
    int rc;
    for (;;) {
        struct span ahead = carried(l), line = ahead;
        const char *nl = memchr(ahead.ptr, '\n', ahead.len);
        size_t n = nl == NULL ? ahead.len : (size_t)(nl - ahead.ptr) + 1;
        if (nl == NULL && !l->eof && ahead.len <= FORMAT_MAX_LINE + 1) {
            if (fill_carry(l, ahead.len + FORMAT_HEAD_BYTES, err) != 0)
                return -1;
            continue;
        }
        line.len = nl == NULL ? n : n - 1;
        if (line.len > 0 && line.ptr[line.len - 1] == '\r')
            line.len--;
        if (n == 0 || !l->format->is_head(l->head, line))
            break;
        if (l->format->head_line(l->head, line, l->lines + 1, err) != 0)
            return -1;
        l->lines++;
        l->carry_at += n;
        l->offset += n;
    }
    empty = batch_new();
    if (empty == NULL)
        return err_memory(err, "the rows");
    rc = renew_layout(l, empty, err);
    batch_free(empty);
    return rc;
}

/* Reads on while the log that is wanted has not shown up among others. */
static int look_for_kind(struct loader *l, size_t bom, const struct format_opts *opts,
                         struct err *err)
{
    size_t want = FORMAT_HEAD_BYTES;
    while (l->format->wants_more != NULL && !l->eof && want < FORMAT_MORE_BYTES &&
           l->format->wants_more(span_make(l->carry + bom, l->carry_len - bom), opts)) {
        want *= 4;
        if (fill_carry(l, want, err) != 0)
            return -1;
    }
    return 0;
}

static int begin_input(struct loader *l, struct err *err)
{
    struct format_opts opts = {l->opts->fields, l->opts->delimiter, l->opts->kind};
    size_t bom = 0;
    struct span first;
    l->source = source_open(l->path, &l->spool, l->job, err);
    if (l->source == NULL)
        return -1;
    if (fill_carry(l, FORMAT_HEAD_BYTES, err) != 0)
        return -1;
    l->opened = true;
    first = carried(l);
    l->format = format_sniff(first, l->eof, &opts, &bom, err);
    if (l->format == NULL)
        return -1;
    if (look_for_kind(l, bom, &opts, err) != 0)
        return -1;
    l->carry_at += bom;
    l->offset += bom;
    table_builder_input(l->builder, l->input)->format = l->format->name;
    l->head = l->format->head_new(carried(l), &opts, err);
    return l->head == NULL || read_header(l, err) != 0
               ? -1
               : input_check_kind(l->known_kind ? NULL : l->opts->kind, l->format, l->head, err);
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
    if (l->problem.code == ERR_LIMIT)
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
    l->head_changed = l->eof = l->skipping = l->stop = false;
    l->carry_at = l->carry_len = 0;
    l->offset = l->next_number = l->turn = l->lines = 0;
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
    if (l.builder == NULL)
        return NULL;
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
    inputs_release(&l.plan);
    return t;
}
