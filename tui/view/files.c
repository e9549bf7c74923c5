/* What was read, and what was not and why: a line per input; Enter opens its rows. */
#include "tui/view/clusters.h"
#include "tui/view/views.h"

#include "core/base/match.h"
#include "core/base/mem.h"
#include "core/base/number.h"
#include "tui/model/viewport.h"

#define LIST_X      2
#define DETAIL_ROWS 5 /* with the line above it; one less on a low screen */
#define LOW         18
#define REST_COLS   16 /* the least for when, or why not */
#define WIDE        110
#define KIND_COLS   9
#define FORMAT_COLS 9
#define LEAST_HEAD  2       /* columns of a path in front of where it is cut */
#define MOST_LOOKS  1000000 /* paths looked at to find out how to cut them */

/* How paths are cut: so many columns of the front stay, then an end that fills the rest or, where `from` is
 * set, what begins at that column. */
struct path_cut {
    int head, from;
};

struct files_view {
    struct view head;
    struct subject subject;
    size_t shared; /* bytes that all paths begin with, up to a slash */
    size_t count[N_INPUT_STATES];
    int path_cols;               /* of the longest path behind that */
    int rows_cols, outside_cols; /* of the biggest counts, with a gap; 0: the column is left out */
    int rejected_cols;
    struct path_cut cut;
    int cut_cols; /* the width that it is for; 0: not chosen yet */
    struct viewport port;
    struct buf needle;
};

/* ---- what there is ---- */

static const struct input *input_at(const struct files_view *v, uint64_t at)
{
    return &v->subject.table->input[at];
}

static const char *shown_path(const struct input *in)
{
    return strcmp(in->path, "-") == 0 ? "standard input" : in->path;
}

static struct span short_path(const struct files_view *v, const struct input *in)
{
    return span_of(shown_path(in) + (strcmp(in->path, "-") == 0 ? 0 : v->shared));
}

/* Why it was not read, without its own name in front. */
static struct span reason(const struct input *in)
{
    const char *why = in->problem == NULL ? "" : in->problem, *name = shown_path(in);
    size_t n = strlen(name);
    if (strncmp(why, name, n) == 0 && strncmp(why + n, ": ", 2) == 0)
        why += n + 2;
    return span_of(why);
}

/* Bytes up to and with the last slash that all paths have in common. */
static size_t shared_bytes(const struct table *t)
{
    size_t n = 0, slash = 0;
    if (t->n_inputs < 2)
        return 0;
    for (;; n++) {
        char c = t->input[0].path[n];
        for (size_t i = 0; i < t->n_inputs; i++)
            if (c == '\0' || t->input[i].path[n] != c)
                return slash;
        if (c == '/')
            slash = n + 1;
    }
}

static int count_cols(uint64_t most, const char *head)
{
    char number[32];
    size_t n = strlen(number_grouped(most, number, sizeof number));
    return (int)(n > strlen(head) ? n : strlen(head)) + 2;
}

static void measure(struct files_view *v)
{
    const struct table *t = v->subject.table;
    uint64_t rows = 0, rejected = 0, outside = 0;
    v->shared = shared_bytes(t);
    for (size_t i = 0; i < t->n_inputs; i++) {
        const struct input *in = &t->input[i];
        int cols = (int)clean_cols(short_path(v, in));
        v->count[in->state]++;
        v->path_cols = cols > v->path_cols ? cols : v->path_cols;
        rows = in->rows_loaded > rows ? in->rows_loaded : rows;
        rejected = in->rows_rejected > rejected ? in->rows_rejected : rejected;
        outside = in->rows_outside > outside ? in->rows_outside : outside;
    }
    v->rows_cols = count_cols(rows, "rows");
    v->rejected_cols = count_cols(rejected, "rejected");
    v->outside_cols = outside > 0 ? count_cols(outside, "outside") : 0;
}

/* ---- drawing ---- */

/* Where columns stand; an end of 0 leaves one out. */
struct grid {
    int path_cols, kind, format, rows_end, rejected_end, outside_end, rest;
};

static int most_path_cols(const struct files_view *v, int cols, int more)
{
    int left = cols - LIST_X - v->rows_cols - v->rejected_cols - v->outside_cols - more;
    return left * 2 / 3 < left - REST_COLS ? left * 2 / 3 : left - REST_COLS;
}

/* On a narrow screen the kind makes room for paths that are whole without it, and only so. */
static struct grid lay_out(const struct files_view *v, int cols)
{
    bool wide = cols >= WIDE, kind = cols >= 80;
    int most = most_path_cols(v, cols, (kind ? KIND_COLS + 2 : 0) + (wide ? FORMAT_COLS + 2 : 0)),
        x;
    struct grid g = {.path_cols = v->path_cols};
    if (kind && !wide && v->path_cols > most && v->path_cols <= most_path_cols(v, cols, 0)) {
        kind = false;
        most = v->path_cols;
    }
    if (most < 16)
        most = 16;
    if (g.path_cols > most)
        g.path_cols = most;
    if (g.path_cols < 8)
        g.path_cols = 8;
    x = LIST_X + g.path_cols;
    if (kind) {
        g.kind = x + 2;
        x += KIND_COLS + 2;
    }
    if (wide) {
        g.format = x + 2;
        x += FORMAT_COLS + 2;
    }
    g.rows_end = x += v->rows_cols;
    g.rejected_end = x += v->rejected_cols;
    if (v->outside_cols > 0)
        g.outside_end = x += v->outside_cols;
    g.rest = x + 2;
    return g;
}

static void draw_head(const struct files_view *v, struct area a, const struct grid *g)
{
    (void)draw_text(a, 0, LIST_X, LOOK_HEADING, "file");
    if (g->kind > 0)
        (void)draw_text(a, 0, g->kind, LOOK_HEADING, "kind");
    if (g->format > 0)
        (void)draw_text(a, 0, g->format, LOOK_HEADING, "format");
    (void)draw_right(a, 0, g->rows_end, LOOK_HEADING, "rows");
    (void)draw_right(a, 0, g->rejected_end, LOOK_HEADING, "rejected");
    if (g->outside_end > 0)
        (void)draw_right(a, 0, g->outside_end, LOOK_HEADING, "outside");
    (void)draw_text(a, 0, g->rest, LOOK_HEADING,
                    v->count[INPUT_SKIPPED] + v->count[INPUT_FAILED] > 0 ? "when, why not"
                                                                         : "when");
}

static void draw_count(struct area a, int row, int end, unsigned look, uint64_t n)
{
    char number[32];
    if (end > 0)
        (void)draw_right(a, row, end, look, number_grouped(n, number, sizeof number));
}

/* The range of a file's times; where that is too wide, without the day that its path names. */
static const char *when(const struct input *in, enum time_style style, int cols, char *out,
                        size_t size)
{
    (void)range_text(in->first_ts_us, in->last_ts_us, style, out, size);
    if ((int)strlen(out) > cols && strlen(out) > 10 &&
        memmem(in->path, strlen(in->path), out, 10) != NULL)
        (void)range_short(in->first_ts_us, in->last_ts_us, style, out, size);
    return out;
}

/* ---- paths that are too long ---- */

/* The first columns of a text, and what is behind them. */
static struct span front_of(struct span text, int cols, struct span *rest)
{
    struct clean_unit unit;
    *rest = text;
    while (clean_next(*rest, &unit) && unit.cols <= cols) {
        cols -= unit.cols;
        *rest = span_make(rest->ptr + unit.taken, rest->len - unit.taken);
    }
    return span_make(text.ptr, text.len - rest->len);
}

/* What stands behind the cut; `cols` are those of the column. */
static struct span behind(struct span path, int cols, struct path_cut cut)
{
    int all = (int)clean_cols(path), from = cut.from > 0 ? cut.from : all - (cols - 1 - cut.head);
    struct span rest;
    (void)front_of(path, from, &rest);
    return rest;
}

/* Source: FNV-1a. */
static uint64_t mix(uint64_t h, struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        h = (h ^ (unsigned char)text.ptr[i]) * 0x100000001b3u;
    return (h ^ 0xffu) * 0x100000001b3u;
}

/* A number for how a path looks. */
static uint64_t look_of(struct span path, int cols, struct path_cut cut)
{
    uint64_t h = 0xcbf29ce484222325u;
    struct span rest;
    if ((int)clean_cols(path) <= cols)
        return mix(h, path);
    h = mix(h, front_of(path, cut.head, &rest));
    return mix(h, front_of(behind(path, cols, cut), cols - 2 - cut.head, &rest));
}

/* How many paths look as none before them; `seen` has room for size numbers, a power of two, and more
 * than inputs. */
static uint64_t looks(const struct files_view *v, int cols, struct path_cut cut, uint64_t *seen,
                      size_t size)
{
    uint64_t n = 0;
    memset(seen, 0, size * sizeof *seen);
    for (uint64_t i = 0; i < v->subject.table->n_inputs; i++) {
        uint64_t look = look_of(short_path(v, input_at(v, i)), cols, cut) | 1;
        size_t at = (size_t)(look >> 1) & (size - 1);
        while (seen[at] != 0 && seen[at] != look)
            at = (at + 1) & (size - 1);
        n += seen[at] == 0;
        seen[at] = look;
    }
    return n;
}

/* The i-th way to cut, the best first: in the middle, further and further from there, then on both sides.
 * False behind the last. */
static bool way_to_cut(const struct files_view *v, int cols, int i, struct path_cut *out)
{
    int half = (cols - 1) / 2, splits = 2 * (half - LEAST_HEAD) + 1;
    *out = (struct path_cut){half + (i % 2 == 0 ? -1 : 1) * ((i + 1) / 2), 0};
    if (i >= splits)
        *out = (struct path_cut){LEAST_HEAD, LEAST_HEAD + 2 + (i - splits)};
    return i < splits || out->from + cols / 2 < v->path_cols;
}

/* The first way in which all paths look different, or else the most; looked for once for a width. */
static void choose_cut(struct files_view *v, int cols)
{
    uint64_t n = v->subject.table->n_inputs, best = 0, now;
    struct path_cut cut;
    size_t size = 4;
    uint64_t *seen;
    if (v->cut_cols == cols || v->path_cols <= cols)
        return;
    v->cut_cols = cols;
    v->cut = (struct path_cut){(cols - 1) / 2, 0};
    while (size < 2 * n)
        size *= 2;
    seen = mem_alloc(size, sizeof *seen);
    for (int i = 0;
         seen != NULL && best < n && way_to_cut(v, cols, i, &cut) && (uint64_t)i * n < MOST_LOOKS;
         i++) {
        now = looks(v, cols, cut, seen, size);
        if (now > best)
            v->cut = cut;
        best = now > best ? now : best;
    }
    mem_free(seen);
}

static void draw_path(const struct files_view *v, struct area a, int row, int cols, unsigned look,
                      uint64_t at)
{
    struct span path = short_path(v, input_at(v, at));
    int x = LIST_X;
    if ((int)clean_cols(path) <= cols) {
        (void)draw_untrusted(a, row, x, cols, look, path, CUT_END);
        return;
    }
    x += draw_untrusted(a, row, x, v->cut.head + 1, look, path, CUT_END);
    (void)draw_untrusted(a, row, x, LIST_X + cols - x, look, behind(path, cols, v->cut), CUT_END);
}

/* ---- lines ---- */

static void draw_input(const struct files_view *v, struct area a, const struct grid *g, int row,
                       uint64_t at, enum time_style style)
{
    const struct input *in = input_at(v, at);
    bool selected = at == v->port.sel, read = in->state <= INPUT_PARTIAL;
    unsigned on = view_mark(a, row, selected);
    char range[80];
    draw_path(v, a, row, g->path_cols, (read ? LOOK_DEFAULT : LOOK_DIM) | on, at);
    if (g->kind > 0)
        (void)draw_untrusted(a, row, g->kind, KIND_COLS, LOOK_DIM | on,
                             span_of(in->kind == NULL ? "-" : in->kind), CUT_END);
    if (g->format > 0)
        (void)draw_text(a, row, g->format, LOOK_DIM | on, in->format[0] == '\0' ? "-" : in->format);
    if (read) {
        draw_count(a, row, g->rows_end, LOOK_NUMBER | on, in->rows_loaded);
        draw_count(a, row, g->rejected_end,
                   (in->rows_rejected > 0 ? LOOK_STATUS_WARN : LOOK_DIM) | on, in->rows_rejected);
        draw_count(a, row, g->outside_end, LOOK_DIM | on, in->rows_outside);
    }
    if (in->problem != NULL)
        (void)draw_untrusted(a, row, g->rest, a.cols - g->rest,
                             (in->state == INPUT_SKIPPED ? LOOK_DIM : LOOK_STATUS_WARN) | on,
                             reason(in), CUT_END);
    else if (in->first_ts_us != TIME_MISSING || in->rows_loaded > 0)
        (void)draw_untrusted(a, row, g->rest, a.cols - g->rest, LOOK_TIME | on,
                             span_of(when(in, style, a.cols - g->rest, range, sizeof range)),
                             CUT_END);
}

/* "103 read, 1 in part, 1 not read, 19 skipped" and what all paths begin with. */
static void draw_title(const struct files_view *v, struct area a)
{
    static const char *const words[] = {"read", "read in part", "not read", "skipped"};
    _Static_assert(ARRAY_LEN(words) == N_INPUT_STATES, "a word for every state");
    char number[32];
    int x = 1;
    for (int i = 0; i < N_INPUT_STATES; i++) {
        unsigned look = i == INPUT_PARTIAL || i == INPUT_FAILED ? LOOK_STATUS_WARN : LOOK_DIM;
        if (v->count[i] > 0)
            x += draw_format(a, 0, x, look, "%s %s",
                             number_grouped(v->count[i], number, sizeof number), words[i]) +
                 2;
    }
    if (v->shared == 0)
        return;
    x += draw_text(a, 0, x, LOOK_DIM, "below ");
    (void)draw_untrusted(a, 0, x, a.cols - x, LOOK_DEFAULT,
                         span_make(v->subject.table->input[0].path, v->shared), CUT_START);
}

static void draw_rows(const struct input *in, struct area a, int row)
{
    struct buf text = BUF_INIT;
    char number[32];
    buf_add_text(&text, in->format);
    if (in->kind != NULL)
        buf_printf(&text, " %s", in->kind);
    buf_printf(&text, ": %s read", number_of(in->rows_read, "row", number, sizeof number));
    buf_printf(&text, ", %s loaded", number_grouped(in->rows_loaded, number, sizeof number));
    buf_printf(&text, ", %s rejected", number_grouped(in->rows_rejected, number, sizeof number));
    if (in->rows_outside > 0)
        buf_printf(&text, ", %s outside --from/--to",
                   number_grouped(in->rows_outside, number, sizeof number));
    if (in->size > 0)
        buf_printf(&text, "; %s", number_bytes((double)in->size, number, sizeof number));
    if (in->spooled && in->size > 0)
        buf_printf(&text, " packed, %s of text",
                   number_bytes((double)in->text_bytes, number, sizeof number));
    (void)draw_untrusted(a, row, 1, a.cols - 2, LOOK_DEFAULT, buf_span(&text), CUT_END);
    buf_release(&text);
}

/* The selected input, with nothing cut that there is room for. */
static void draw_detail(const struct files_view *v, struct area a, enum time_style style)
{
    const struct input *in = input_at(v, v->port.sel);
    struct span left = reason(in);
    char range[80];
    int row = 1;
    draw_repeat(a, 0, 0, a.cols, LOOK_BORDER, text_glyph(GLYPH_HLINE));
    (void)draw_untrusted(a, row++, 1, a.cols - 2, LOOK_STRONG, span_of(shown_path(in)), CUT_START);
    if (in->state <= INPUT_PARTIAL)
        draw_rows(in, a, row++);
    if (in->problem == NULL && in->first_ts_us != TIME_MISSING)
        (void)draw_text(a, row, 1, LOOK_TIME,
                        range_text(in->first_ts_us, in->last_ts_us, style, range, sizeof range));
    while (left.len > 0 && row < a.rows) {
        struct span now = wrap_take(&left, a.cols - 2, true);
        (void)draw_untrusted(a, row++, 1, a.cols - 2,
                             in->state == INPUT_SKIPPED ? LOOK_DEFAULT : LOOK_STATUS_WARN, now,
                             CUT_END);
    }
}

static void draw(struct view *view, struct app *app, struct area area)
{
    struct files_view *v = (struct files_view *)view;
    struct grid g = lay_out(v, area.cols);
    int below = area.rows < LOW ? DETAIL_ROWS - 1 : DETAIL_ROWS;
    struct area list = area_rows(area, 3, area.rows - 3 - below);
    draw_title(v, area);
    draw_head(v, area_rows(area, 2, 1), &g);
    choose_cut(v, g.path_cols);
    viewport_resize(&v->port, v->subject.table->n_inputs, list.rows > 0 ? (uint64_t)list.rows : 0);
    app_spot_lines(app, list, &v->port);
    for (uint64_t i = 0; i < viewport_shown(&v->port); i++)
        draw_input(v, list, &g, (int)i, v->port.top + i, app_time_style(app));
    draw_detail(v, area_rows(area, area.rows - below, below), app_time_style(app));
}

/* ---- keys ---- */

static void text_at(const void *list, uint64_t i, struct buf *out)
{
    const struct files_view *v = list;
    const struct input *in = input_at(v, i);
    buf_add_text(out, shown_path(in));
    buf_printf(out, " %s %s %s %s", in->kind == NULL ? "" : in->kind, in->format,
               input_state_name(in->state), in->problem == NULL ? "" : in->problem);
}

static unsigned found(struct view *view, struct app *app, struct span text)
{
    struct files_view *v = (struct files_view *)view;
    if (text.len == 0)
        return VIEW_REDRAW;
    buf_clear(&v->needle);
    buf_add_span(&v->needle, text);
    list_find(app, &v->port, text_at, v, buf_span(&v->needle), 1, true);
    return VIEW_REDRAW;
}

static unsigned open_rows(struct files_view *v, struct app *app)
{
    const struct input *in = input_at(v, v->port.sel);
    struct err err = ERR_INIT;
    if (in->rows_loaded > 0)
        return view_push(app, rows_view_of_input(app, v->subject, (uint32_t)v->port.sel, &err),
                         &err);
    app_say(app, in->state <= INPUT_PARTIAL ? "no row was loaded from this file"
                                            : "this file was not read");
    return VIEW_REDRAW;
}

static unsigned command(struct view *view, struct app *app, enum command cmd)
{
    struct files_view *v = (struct files_view *)view;
    viewport_resize(&v->port, v->subject.table->n_inputs, v->port.height);
    if (viewport_command(&v->port, cmd))
        return VIEW_REDRAW;
    switch (cmd) {
    case CMD_OPEN:
        return open_rows(v, app);
    case CMD_FIND:
        app_ask(app, view, "find: ", "", ASK_FIND, found);
        return VIEW_REDRAW;
    case CMD_FIND_NEXT:
    case CMD_FIND_PREVIOUS:
        list_find(app, &v->port, text_at, v, buf_span(&v->needle), cmd == CMD_FIND_NEXT ? 1 : -1,
                  false);
        return VIEW_REDRAW;
    case CMD_COPY:
        app_copy(app, span_of(input_at(v, v->port.sel)->path), "the path");
        return VIEW_REDRAW;
    case CMD_ESCAPE:
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
    char number[32];
    size_t n = ((const struct files_view *)view)->subject.table->n_inputs;
    (void)app;
    buf_printf(out, "%s", number_of(n, "input", number, sizeof number));
}

static const char *hint(const struct view *view, const struct app *app)
{
    (void)view;
    (void)app;
    return "Enter opens the rows of this file";
}

static void close_files(struct view *view, struct app *app)
{
    struct files_view *v = (struct files_view *)view;
    (void)app;
    buf_release(&v->needle);
    subject_unref(v->subject);
    mem_free(v);
}

static void keep(const struct view *view, struct app *app, struct session *out)
{
    (void)app;
    session_add(out, "view", span_of("files"));
    session_printf(out, "place", "%llu",
                   (unsigned long long)((const struct files_view *)view)->port.sel);
}

static const struct view_ops ops = {
    .name = "files",
    .where = IN_FILES,
    .close = close_files,
    .draw = draw,
    .command = command,
    .keep = keep,
    .crumb = crumb,
    .hint = hint,
};

struct view *files_view_new(struct subject s, struct err *err)
{
    struct files_view *v = mem_zalloc(1, sizeof *v);
    if (v == NULL) {
        (void)err_memory(err, "the list of files");
        return NULL;
    }
    v->head.ops = &ops;
    v->subject = subject_ref(s);
    measure(v);
    return &v->head;
}

struct view *files_view_resume(struct app *app, const struct resumed *r, struct err *err)
{
    struct view *view = files_view_new(r->subject, err);
    struct files_view *v = (struct files_view *)view;
    uint64_t place;
    (void)app;
    if (v != NULL && r->same_log &&
        session_number(r->part, "place", r->subject.table->n_inputs - 1, &place)) {
        viewport_resize(&v->port, r->subject.table->n_inputs, 0);
        viewport_to(&v->port, place);
    }
    return view;
}
