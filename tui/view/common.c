/* What several views share. */
#include "tui/view/views.h"

#include "core/base/match.h"
#include "core/table/row_reader.h"

struct subject subject_ref(struct subject s)
{
    if (s.table != NULL)
        s.table = table_ref(s.table);
    if (s.clustering != NULL)
        s.clustering = clustering_ref(s.clustering);
    return s;
}

static const struct clustering *fitted(const struct clustering *c)
{
    return c->base == NULL ? c : c->base;
}

bool subject_heed(struct subject *s, const struct app *app)
{
    const struct clustering *now = engine_clustering(app_engine(app));
    if (now == NULL || s->clustering == NULL || now == s->clustering ||
        fitted(now) != fitted(s->clustering))
        return false;
    (void)clustering_ref(now);
    clustering_unref(s->clustering);
    s->clustering = now;
    return true;
}

void subject_unref(struct subject s)
{
    clustering_unref(s.clustering);
    table_unref(s.table);
}

struct row_pick *row_pick_ref(struct row_pick *pick)
{
    pick->refs++;
    return pick;
}

void row_pick_unref(struct row_pick *pick)
{
    if (pick != NULL && --pick->refs == 0)
        pick->release(pick);
}

unsigned view_push(struct app *app, struct view *view, const struct err *err)
{
    if (view == NULL)
        app_fail(app, err);
    else
        app_push(app, view);
    return VIEW_REDRAW;
}

unsigned view_mark(struct area a, int row, bool selected)
{
    if (!selected)
        return 0;
    draw_line(a, row, LOOK_SELECTED);
    (void)draw_text(a, row, 0, LOOK_SELECTED, text_glyph(GLYPH_POINTER));
    return LOOK_ON_SELECTED;
}

bool viewport_command(struct viewport *port, enum command command)
{
    switch (command) {
    case CMD_UP:
        viewport_by(port, -1);
        return true;
    case CMD_DOWN:
        viewport_by(port, 1);
        return true;
    case CMD_PAGE_UP:
        viewport_page(port, -1);
        return true;
    case CMD_PAGE_DOWN:
        viewport_page(port, 1);
        return true;
    case CMD_HALF_UP:
        viewport_half(port, -1);
        return true;
    case CMD_HALF_DOWN:
        viewport_half(port, 1);
        return true;
    case CMD_FIRST:
        viewport_to(port, 0);
        return true;
    case CMD_LAST:
        viewport_to(port, UINT64_MAX);
        return true;
    default:
        return false;
    }
}

unsigned sheet_command(struct sheet *s, struct view *view, struct app *app, enum command command,
                       ask_fn *found)
{
    if (viewport_command(&s->port, command))
        return VIEW_REDRAW;
    switch (command) {
    case CMD_FIND:
        app_ask(app, view, "find: ", "", ASK_FIND, found);
        return VIEW_REDRAW;
    case CMD_FIND_NEXT:
    case CMD_FIND_PREVIOUS:
        if (!sheet_find(s, buf_span(&s->needle), command == CMD_FIND_NEXT ? 1 : -1, false))
            app_say(app, "nothing to find: / asks for a text");
        return VIEW_REDRAW;
    case CMD_ESCAPE:
        buf_clear(&s->needle);
        return VIEW_REDRAW;
    case CMD_COPY:
        if (sheet_text(s).len == 0)
            app_say(app, "nothing to copy on this line");
        else
            app_copy(app, sheet_text(s), "this");
        return VIEW_REDRAW;
    default:
        return VIEW_NOT_MINE;
    }
}

unsigned view_copy_row(struct app *app, struct row_reader *reader, uint64_t row)
{
    const struct row *r;
    struct err err = ERR_INIT;
    if (row_reader_get(reader, row, &r, &err) != 0)
        app_fail(app, &err);
    else if (r->gone)
        app_say(app, "this row is no longer in the file");
    else
        app_copy(app, r->text, "the row");
    return VIEW_REDRAW;
}

bool many_days(const struct table *t)
{
    return t->first_ts_us != TIME_MISSING &&
           t->last_ts_us - t->first_ts_us > INT64_C(86400) * 1000000;
}

void list_find(struct app *app, struct viewport *port, list_text_fn *text, const void *list,
               struct span needle, int direction, bool here)
{
    bool any = match_any_case(needle);
    uint64_t n = port->n;
    struct buf entry = BUF_INIT;
    size_t where;
    if (needle.len == 0) {
        app_say(app, "nothing to find: / asks for a text");
        return;
    }
    for (uint64_t step = here ? 0 : 1; step <= n && n > 0; step++) {
        uint64_t at = (direction < 0 ? port->sel + n - step % n : port->sel + step) % n;
        buf_clear(&entry);
        text(list, at, &entry);
        if (!match_in(buf_span(&entry), needle, any, &where))
            continue;
        viewport_centre(port, at);
        buf_release(&entry);
        return;
    }
    buf_release(&entry);
    app_say(app, "not in this list: %.*s", needle.len > 200 ? 200 : (int)needle.len, needle.ptr);
}

void sheet_spots(struct sheet *s, struct app *app, struct area a)
{
    app_spot_lines(app, area_rows(a, 0, (int)viewport_shown(&s->port)), &s->port);
}

/* ---- coming back ---- */

void cluster_keep(struct session *out, const struct clustering *c, uint32_t number)
{
    session_printf(out, "cluster", "%u", number);
    if (c != NULL && number >= 1 && number <= c->k)
        session_printf(out, "cluster-rows", "%llu",
                       (unsigned long long)c->profile[number - 1].rows);
}

uint32_t cluster_resumed(const struct resumed *r)
{
    const struct clustering *c = r->subject.clustering;
    uint64_t number, rows;
    if (!session_number(r->part, "cluster", c->k, &number) || number == 0 ||
        !session_number(r->part, "cluster-rows", UINT64_MAX, &rows) ||
        c->profile[number - 1].rows != rows)
        return 0;
    return (uint32_t)number;
}

uint32_t address_resumed(const struct resumed *r)
{
    struct span text;
    return session_value(r->part, "address", &text) ? table_addr_find(r->subject.table, text)
                                                    : ADDR_MISSING;
}
