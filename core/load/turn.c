/* Taking chunks into the table, in turn.
 *
 * DESIGN
 * 1. Header lines are only read in turn, so the head belongs to whoever has the turn.
 * 2. A chunk that was parsed with a layout that is no longer the current one is parsed again here: the
 * result is that of one reader.
 * 3. What is done in turn is what depends on the rows before. Copying rows does not, and is left to be
 * done afterwards; only when a chunk holds several runs of rows are all but the last copied here, as
 * they use the same batch.
 * 4. Whatever stops an input (an error, a cancel) ends it at a turn: the rows before stand, none
 * after. */
#include "core/base/mem.h"
#include "core/load/input_facts.h"
#include "core/load/loader.h"

/* A problem of this chunk lies before those that were met while later ones were read. */
static void end_with(struct loader *l, const struct err *err)
{
    l->problem = *err;
    l->stop = l->ended = true;
}

/* Makes the layout that the head now describes current. An empty batch hands it to the table. */
static int renew_layout(struct loader *l, struct batch *empty, struct err *err)
{
    struct notices *notices = table_builder_notices(l->builder);
    struct layout *fresh = l->format->head_layout(l->head, table_builder_schema(l->builder),
                                                  input_shown(l->path), notices, err);
    if (fresh == NULL)
        return -1;
    l->head_changed = false;
    if (l->layout != NULL && layout_equal(fresh, l->layout)) {
        layout_free(fresh);
        return 0;
    }
    if (l->layout != NULL && l->format->learn == NULL && !l->layout->other && !fresh->other)
        notices_add(notices, "%s: the columns change at line %llu; they are matched by name",
                    input_shown(l->path), (unsigned long long)(l->lines + 1));
    batch_clear(empty);
    if (l->opts->wanted != NULL)
        layout_want(fresh, l->opts->wanted, table_builder_schema(l->builder));
    if (table_append(l->builder, l->input, fresh, empty, 0, err) != 0)
        return -1;
    l->layout = fresh;
    return 0;
}

int turn_header(struct loader *l, struct err *err)
{
    struct batch *empty;
    int rc;
    for (;;) {
        struct span ahead = carry_span(l), line = ahead;
        const char *nl = memchr(ahead.ptr, '\n', ahead.len);
        size_t n = nl == NULL ? ahead.len : (size_t)(nl - ahead.ptr) + 1;
        if (nl == NULL && !l->eof && ahead.len <= FORMAT_MAX_LINE + 1) {
            if (carry_fill(l, ahead.len + FORMAT_HEAD_BYTES, err) != 0)
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

/* Parses what is left of a chunk with the current layout; *parsed is what parse took. */
static int parse_again(struct loader *l, struct worker *w, struct span rest, size_t *parsed,
                       struct err *err)
{
    const struct chunk *c = &w->chunk;
    turn_copy(w);
    if (l->head_changed && renew_layout(l, w->batch, err) != 0)
        return -1;
    batch_clear(w->batch);
    *parsed = l->format->parse(l->layout, rest, c->offset + c->len - rest.len, c->last, w->batch);
    return 0;
}

/* Rows and header lines as they come. */
static int append_chunk(struct loader *l, struct worker *w, size_t parsed, struct err *err)
{
    const struct chunk *c = &w->chunk;
    struct span rest = span_make(c->bytes, c->len);
    bool stale = l->head_changed || c->layout != l->layout;
    if (stale && take_header(l, &rest, err) != 0)
        return -1;
    while (rest.len > 0) {
        if (stale && parse_again(l, w, rest, &parsed, err) != 0)
            return -1;
        if (table_reserve(l->builder, l->input, l->layout, w->batch, l->lines, err) != 0)
            return -1;
        w->reserved = true;
        l->lines += batch_lines(w->batch);
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

void turn_append(struct loader *l, struct worker *w, size_t parsed)
{
    struct err err = ERR_INIT;
    if (l->ended)
        return;
    if (job_cancelled(l->job) && !l->cut_short) {
        job_stopped(&err);
        end_with(l, &err);
        return;
    }
    if (w->chunk.problem.code != ERR_OK)
        end_with(l, &w->chunk.problem);
    else if (append_chunk(l, w, parsed, &err) != 0)
        end_with(l, &err);
    else if (l->progress.rows_good + table_builder_input(l->builder, l->input)->rows_loaded >
             l->max_rows) {
        err_set(&err, ERR_LIMIT, "more than %llu rows", (unsigned long long)l->max_rows);
        end_with(l, &err);
    }
    publish(l);
}

void turn_copy(struct worker *w)
{
    if (w->reserved)
        table_fill(w->batch);
    w->reserved = false;
}
