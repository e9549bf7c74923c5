/* A short list to choose one line from, by its number or by Enter. */
#include "tui/view/views.h"

#include "core/base/mem.h"
#include "tui/model/viewport.h"

struct choice {
    unsigned id;
    const char *verb; /* static */
    char *text;       /* owned */
    char note[32];
};

struct choice_view {
    struct view head;
    struct view *owner; /* below this one on the stack, so it lives longer */
    choice_fn *chosen;
    char title[64];
    struct choice item[CHOICE_MAX];
    size_t n;
    struct viewport port;
};

#define LIST_ROW 2 /* line of the first choice */

/* ---- drawing ---- */

static void draw_item(struct area a, int row, const struct choice *item, size_t at, bool selected)
{
    unsigned on = selected ? LOOK_ON_SELECTED : 0;
    int x = 6, used;
    if (selected) {
        draw_line(a, row, LOOK_SELECTED);
        (void)draw_text(a, row, 1, LOOK_SELECTED, text_glyph(GLYPH_POINTER));
    }
    if (at < 9)
        (void)draw_format(a, row, 3, LOOK_STRONG | on, "%zu", at + 1);
    used = draw_text(a, row, x, LOOK_DIM | on, item->verb);
    x += used > 0 ? used + 1 : 0;
    x += draw_untrusted(a, row, x, a.cols - x - (int)strlen(item->note) - 4, LOOK_DEFAULT | on,
                        span_of(item->text), CUT_MIDDLE);
    (void)draw_text(a, row, x + 2, LOOK_NUMBER | on, item->note);
}

static void draw(struct view *view, struct app *app, struct area a)
{
    struct choice_view *v = (struct choice_view *)view;
    struct area list = area_rows(a, LIST_ROW, a.rows - LIST_ROW);
    (void)draw_text(a, 0, 1, LOOK_HEADING, v->title);
    viewport_resize(&v->port, v->n, list.rows > 0 ? (uint64_t)list.rows : 0);
    app_spot_lines(app, list, &v->port);
    for (uint64_t i = 0; i < viewport_shown(&v->port); i++) {
        size_t at = (size_t)(v->port.top + i);
        draw_item(list, (int)i, &v->item[at], at, at == v->port.sel);
    }
}

/* ---- keys ---- */

static unsigned choose(struct choice_view *v, struct app *app, size_t at)
{
    if (at >= v->n) {
        app_say(app, "there is no line %zu", at + 1);
        return VIEW_REDRAW;
    }
    return v->chosen(v->owner, app, v->item[at].id) | VIEW_CLOSE;
}

static unsigned command(struct view *view, struct app *app, enum command cmd)
{
    struct choice_view *v = (struct choice_view *)view;
    uint32_t key = app_pressed(app);
    if (viewport_command(&v->port, cmd))
        return VIEW_REDRAW;
    switch (cmd) {
    case CMD_OPEN:
        return choose(v, app, (size_t)v->port.sel);
    case CMD_CHOOSE:
        return key >= '1' && key <= '9' ? choose(v, app, key - '1') : VIEW_NOTHING;
    case CMD_ESCAPE:
        return VIEW_CLOSE;
    case CMD_LEFT:
    case CMD_RIGHT:
        return VIEW_NOTHING;
    default:
        return VIEW_NOT_MINE;
    }
}

/* ---- the view ---- */

static void crumb(const struct view *view, const struct app *app, struct buf *out)
{
    (void)app;
    buf_add_text(out, ((const struct choice_view *)view)->title);
}

static const char *hint(const struct view *view, const struct app *app)
{
    (void)view;
    (void)app;
    return "a number chooses; Esc or q leaves all as it is";
}

static void close_choice(struct view *view, struct app *app)
{
    struct choice_view *v = (struct choice_view *)view;
    (void)app;
    for (size_t i = 0; i < v->n; i++)
        mem_free(v->item[i].text);
    mem_free(v);
}

static const struct view_ops view_choice = {
    .name = "choice",
    .where = IN_CHOICE,
    .close = close_choice,
    .draw = draw,
    .command = command,
    .crumb = crumb,
    .hint = hint,
};

struct view *choice_view_new(struct view *owner, const char *title, choice_fn *chosen,
                             struct err *err)
{
    struct choice_view *v = mem_zalloc(1, sizeof *v);
    if (v == NULL) {
        (void)err_memory(err, "the list to choose from");
        return NULL;
    }
    v->head.ops = &view_choice;
    v->owner = owner;
    v->chosen = chosen;
    (void)snprintf(v->title, sizeof v->title, "%s", title);
    return &v->head;
}

void choice_view_start(struct view *view, uint64_t line)
{
    struct choice_view *v = (struct choice_view *)view;
    viewport_resize(&v->port, v->n, 0);
    viewport_to(&v->port, line);
}

int choice_view_add(struct view *view, unsigned id, const char *verb, struct span text,
                    const char *note, struct err *err)
{
    struct choice_view *v = (struct choice_view *)view;
    struct choice *item = &v->item[v->n];
    if (v->n == CHOICE_MAX)
        return 0;
    *item = (struct choice){.id = id, .verb = verb, .text = mem_copy(text.ptr, text.len)};
    if (item->text == NULL)
        return err_memory(err, "the list to choose from");
    (void)snprintf(item->note, sizeof item->note, "%s", note);
    v->n++;
    return 0;
}
