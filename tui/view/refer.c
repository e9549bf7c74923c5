/* From the chart to something named, and from the chart to somebody else: looking up an address or a
 * word of a sentence; copying a cluster. */
#include "core/base/number.h"
#include "tui/model/again.h"
#include "tui/view/clusters.h"

unsigned refer_copy(struct clusters_view *v, struct app *app)
{
    const struct clustering *c = engine_clustering(app_engine(app));
    uint32_t number = clusters_selected(v);
    struct buf says = BUF_INIT, command = BUF_INIT, note = BUF_INIT;
    char rows[32], what[48];
    struct span lines[3];
    size_t n = 0;
    if (c == NULL || number == 0) {
        app_say(app, "there is no cluster to copy yet");
        return VIEW_REDRAW;
    }
    buf_printf(&says, "# cluster %u, %s: %s", number,
               number_of(c->profile[number - 1].rows, "row", rows, sizeof rows),
               c->profile[number - 1].why);
    again_command(&command, &note, app_hypothesis(app), c, engine_table(app_engine(app)), number);
    lines[n++] = buf_span(&says);
    if (command.len > 0)
        lines[n++] = buf_span(&command);
    if (note.len > 0)
        lines[n++] = buf_span(&note);
    (void)snprintf(what, sizeof what, "cluster %u %s", number,
                   command.len > 0 ? "and its command" : "(no command gives it)");
    app_copy_lines(app, lines, n, what);
    buf_release(&says);
    buf_release(&command);
    buf_release(&note);
    return VIEW_REDRAW;
}

/* ---- looking up ---- */

struct sentences {
    const struct clusters_view *view;
    const struct clustering *clustering;
};

static void sentence(const void *list, uint64_t i, struct buf *out)
{
    const struct sentences *s = list;
    buf_add_text(out, s->clustering->profile[s->view->number[i]].why);
}

static unsigned find(struct clusters_view *v, struct app *app, int direction, bool here)
{
    struct sentences s = {v, engine_clustering(app_engine(app))};
    if (s.clustering != NULL)
        list_find(app, &v->port, sentence, &s, buf_span(&v->needle), direction, here);
    return VIEW_REDRAW;
}

unsigned refer_next(struct clusters_view *v, struct app *app, int direction)
{
    return find(v, app, direction, false);
}

static unsigned named(struct view *view, struct app *app, struct span text)
{
    struct clusters_view *v = (struct clusters_view *)view;
    struct subject s = {engine_table(app_engine(app)), engine_clustering(app_engine(app))};
    struct err err = ERR_INIT;
    struct addr addr;
    uint32_t id;
    text = span_trim(text);
    if (s.table == NULL || text.len == 0)
        return VIEW_REDRAW;
    id = table_addr_find(s.table, text);
    if (id != ADDR_MISSING)
        return view_push(app, address_view_new(app, s, id, &err), &err);
    if (addr_parse(text, &addr)) {
        app_warn(app, "not in this log: %.*s", text.len > 200 ? 200 : (int)text.len, text.ptr);
        return VIEW_REDRAW;
    }
    buf_clear(&v->needle);
    buf_add_span(&v->needle, text);
    return find(v, app, 1, true);
}

unsigned refer_ask(struct clusters_view *v, struct app *app)
{
    app_ask(app, &v->head, "address, or words of a sentence: ", "", ASK_FIND, named);
    return VIEW_REDRAW;
}
