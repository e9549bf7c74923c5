/* Help for a view, made from the table of commands, and what the codes of a conn log mean. */
#include "tui/view/views.h"

#include "core/base/mem.h"
#include "tui/view/fields.h"
#include "tui/view/sheet.h"

struct help_view {
    struct view head;
    struct sheet sheet;
};

static void keys_of(struct sheet *s, const struct view_ops *about)
{
    const struct command_info *info;
    sheet_heading(s, "Keys: %s", about->name);
    for (size_t i = 0; (info = command_at(i)) != NULL; i++) {
        if ((info->where & about->where) != 0)
            sheet_say(s, info->keys, LOOK_DEFAULT, span_of(info->help), NULL);
    }
}

static void codes(struct sheet *s)
{
    const struct meaning *m;
    sheet_blank(s);
    sheet_heading(s, "conn_state: how a connection went");
    for (size_t i = 0; (m = conn_state_at(i)) != NULL; i++)
        sheet_say(s, m->name, LOOK_DEFAULT, span_of(m->about), NULL);
    sheet_blank(s);
    sheet_heading(s, "history: what happened, in order; capitals are the originator's");
    for (size_t i = 0; (m = history_at(i)) != NULL; i++) {
        char both[4] = {m->name[0], '\0', '\0', '\0'};
        if (m->name[0] >= 'a' && m->name[0] <= 'z') {
            both[1] = ' ';
            both[2] = (char)(m->name[0] - 'a' + 'A');
        }
        sheet_say(s, both, LOOK_DEFAULT, span_of(m->about), NULL);
    }
    sheet_blank(s);
    sheet_heading(s, "Fields of a conn log");
    for (size_t i = 0; (m = field_at(i)) != NULL; i++)
        sheet_say(s, m->name, LOOK_DEFAULT, span_of(m->about), NULL);
}

static void close_help(struct view *view, struct app *app)
{
    struct help_view *v = (struct help_view *)view;
    (void)app;
    sheet_release(&v->sheet);
    mem_free(v);
}

static void draw(struct view *view, struct app *app, struct area area)
{
    sheet_draw(&((struct help_view *)view)->sheet, area);
    sheet_spots(&((struct help_view *)view)->sheet, app, area);
}

static unsigned found(struct view *view, struct app *app, struct span text)
{
    if (text.len > 0 && !sheet_find(&((struct help_view *)view)->sheet, text, 1, true))
        app_say(app, "not found: %.*s", (int)(text.len > 200 ? 200 : text.len), text.ptr);
    return VIEW_REDRAW;
}

static unsigned command(struct view *view, struct app *app, enum command cmd)
{
    struct help_view *v = (struct help_view *)view;
    return sheet_command(&v->sheet, view, app, cmd, found);
}

static void crumb(const struct view *view, const struct app *app, struct buf *out)
{
    (void)view;
    (void)app;
    buf_add_text(out, "help");
}

static const struct view_ops ops = {
    .name = "help",
    .where = IN_HELP,
    .close = close_help,
    .draw = draw,
    .command = command,
    .crumb = crumb,
};

struct view *help_view_new(const struct view_ops *about, struct err *err)
{
    struct help_view *v = mem_zalloc(1, sizeof *v);
    if (v == NULL) {
        (void)err_memory(err, "the help screen");
        return NULL;
    }
    v->head.ops = &ops;
    sheet_init(&v->sheet);
    keys_of(&v->sheet, about);
    codes(&v->sheet);
    return &v->head;
}
