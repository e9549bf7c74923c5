/* The lines around a view: the breadcrumb above it, below it the status line (or the prompt) and
 * the keys. */
#include "tui/app_own.h"

#include "core/base/number.h"

#define PROMPT_TEXT_LEAST  24 /* columns: where the text begins */
#define PROMPT_LABEL_LEAST 12 /* and what a label keeps beside a long text */
#define PROMPT_STEP        6

/* ---- breadcrumb ---- */

/* Draws the pieces from the first view to the top one; when they are too long, the first ones give
 * way. */
static void draw_path(struct app *app, struct area line)
{
    struct view *view[64];
    struct buf crumb = BUF_INIT;
    size_t n = 0, first = 0, width = 0;
    int col = 1, used;
    for (struct view *v = app->top; v != NULL && n < ARRAY_LEN(view); v = v->below)
        view[n++] = v;
    for (size_t i = 0; i < n; i++) { /* view[0] is the top one */
        buf_clear(&crumb);
        view[i]->ops->crumb(view[i], app, &crumb);
        width += clean_cols(buf_span(&crumb)) + 3;
        if (i > 0 && width + 4 > (size_t)line.cols)
            break;
        first = i;
    }
    if (first + 1 < n)
        col += draw_format(line, 0, col, LOOK_HEADER_PATH, "%s %s ", text_glyph(GLYPH_ELLIPSIS),
                           text_glyph(GLYPH_SEPARATOR));
    for (size_t i = first + 1; i-- > 0;) {
        buf_clear(&crumb);
        view[i]->ops->crumb(view[i], app, &crumb);
        used = draw_untrusted(line, 0, col, line.cols - col,
                              i == 0 ? LOOK_HEADER_HERE : LOOK_HEADER_PATH, buf_span(&crumb),
                              CUT_MIDDLE);
        app_spot_back(app, area_cols(line, col, used), (uint32_t)i);
        col += used;
        if (i > 0)
            col += draw_format(line, 0, col, LOOK_HEADER_PATH, " %s ", text_glyph(GLYPH_SEPARATOR));
    }
    buf_release(&crumb);
}

/* ---- what runs ---- */

static void add_share(struct buf *out, uint64_t done, uint64_t total)
{
    char share[16];
    if (total == 0)
        return;
    if (done > total)
        done = total;
    buf_printf(out, "  %s", number_share((double)done / (double)total, share, sizeof share));
}

static void describe_load(struct buf *out, const struct progress *now)
{
    char a[32], b[32];
    buf_printf(out, " %s", number_bytes((double)now->bytes_read, a, sizeof a));
    if (now->bytes_total > 0)
        buf_printf(out, " of %s", number_bytes((double)now->bytes_total, b, sizeof b));
    add_share(out, now->bytes_read, now->bytes_total);
    buf_printf(out, "  %s", number_of(now->rows_good, "row", a, sizeof a));
    if (now->rows_bad > 0)
        buf_printf(out, "  %s rejected", number_grouped(now->rows_bad, a, sizeof a));
}

static void describe_work(struct buf *out, const struct progress *now)
{
    buf_add_text(out, phase_text(now->phase));
    switch (now->phase) {
    case PHASE_LOADING:
        describe_load(out, now);
        break;
    case PHASE_CLUSTERING:
        if (now->starts > 1)
            buf_printf(out, ": start %u of %u", now->start, now->starts);
        buf_printf(out, "%s pass %u", now->starts > 1 ? "," : ":", now->pass);
        break;
    default:
        add_share(out, now->done, now->total);
        break;
    }
}

static bool engine_works(const struct app *app)
{
    enum engine_state state = engine_state(app->engine);
    return state == ENGINE_LOADING || state == ENGINE_CLUSTERING || state == ENGINE_EXPORTING;
}

static bool describe(struct app *app, struct buf *out)
{
    struct progress now;
    if (engine_works(app)) {
        engine_progress(app->engine, &now);
        describe_work(out, &now);
    } else if (engine_view_busy(app->engine)) {
        buf_add_text(out, phase_text(PHASE_VIEW));
    }
    return out->len > 0;
}

/* ---- status line ---- */

static unsigned look_of_message(enum message_kind kind)
{
    return kind == MESSAGE_ERROR  ? LOOK_STATUS_ERROR
           : kind == MESSAGE_WARN ? LOOK_STATUS_WARN
                                  : LOOK_STATUS;
}

/* A message on the left, what runs on the right; without a message, what runs on the left. */
static void draw_status(struct app *app, struct area line)
{
    struct buf work = BUF_INIT;
    bool working = describe(app, &work), said = app->message_kind != MESSAGE_NONE;
    int free = line.cols - 2;
    if (said)
        free -= draw_untrusted(line, 0, 1, free, look_of_message(app->message_kind),
                               span_of(app->message), CUT_END);
    if (working && !said) {
        free -= draw_untrusted(line, 0, 1, free, LOOK_STATUS_WORK, buf_span(&work), CUT_END);
        if (free >= 16)
            (void)draw_right(line, 0, line.cols - 1, LOOK_FOOTER_HINT, "Ctrl-C stops it");
    } else if (working && (size_t)free > work.len + 2) {
        (void)draw_right(line, 0, line.cols - 1, LOOK_STATUS_WORK, buf_text(&work));
    }
    buf_release(&work);
}

/* The columns of a prompt's label: it yields to the text, in steps, as that needs more than is left. */
static int label_cols(const struct prompt *p, int cols)
{
    int label = (int)clean_cols(span_of(p->label)),
        text = p->yes_no ? 7 : (int)clean_cols(prompt_text(p)) + 2, left;
    if (!p->yes_no && text < PROMPT_TEXT_LEAST)
        text = PROMPT_TEXT_LEAST;
    left = cols - 2 - text;
    if (label <= left)
        return label;
    if (!p->yes_no)
        left -= ((left % PROMPT_STEP) + PROMPT_STEP) % PROMPT_STEP;
    if (left < PROMPT_LABEL_LEAST)
        left = PROMPT_LABEL_LEAST;
    return label < left ? label : left;
}

/* The prompt takes the status line. The text scrolls so that the cursor stays in sight. Returns the
 * cursor's column. */
static int draw_prompt(struct app *app, struct area line)
{
    const struct prompt *p = &app->prompt;
    struct span text = prompt_text(p);
    size_t at = clean_cols(span_make(text.ptr, p->cursor)), skip = 0;
    int col = 1, room;
    col += draw_untrusted(line, 0, col, label_cols(p, line.cols), LOOK_PROMPT_LABEL,
                          span_of(p->label), CUT_MIDDLE);
    if (p->yes_no)
        return col + draw_text(line, 0, col, LOOK_PROMPT_LABEL, " (y/n) ");
    room = line.cols - col - 1;
    if (room < 4)
        return col;
    if (at + 2 > (size_t)room)
        skip = at + 2 - (size_t)room;
    (void)draw_scrolled(line, 0, col, room, LOOK_PROMPT, text, skip);
    return col + (int)(at - skip);
}

/* ---- keys ---- */

/* Draws one key with its label; 0 when there is no room for both. */
static int draw_key(struct area line, int col, struct span key, const char *label)
{
    int cols = (int)(key.len + strlen(label)) + 1, start = col;
    if (col + cols > line.cols)
        return 0;
    col += draw_untrusted(line, 0, col, (int)key.len, LOOK_FOOTER_KEY, key, CUT_END);
    col += draw_format(line, 0, col, LOOK_FOOTER_LABEL, " %s", label);
    return col - start;
}

static void draw_hint(struct area line, int col, const char *hint)
{
    int cols = (int)clean_cols(span_of(hint));
    if (col + cols + 1 < line.cols)
        (void)draw_right(line, 0, line.cols - 1, LOOK_FOOTER_HINT, hint);
}

static bool offers(const struct view *view, const struct app *app, const struct command_info *info)
{
    return (info->where & view->ops->where) != 0 &&
           (view->ops->offers == NULL || view->ops->offers(view, app, info->command));
}

/* The way back always has its place; the other keys share what is left. */
static int draw_labels(struct app *app, struct area line)
{
    const struct command_info *info, *back = command_info(CMD_BACK);
    const char *label = app->top->below == NULL ? "quit" : back->label;
    struct area free = area_cols(line, 0, line.cols - (int)strlen(label) - 5);
    int col = 1, used;
    for (size_t i = 0; (info = command_at(i)) != NULL; i++) {
        if (info->label[0] == '\0' || info == back || !offers(app->top, app, info))
            continue;
        used = draw_key(free, col, command_first_key(info), info->label);
        app_spot_command(app, area_cols(free, col, used), info->command);
        if (used > 0)
            col += used + 2;
    }
    used = draw_key(line, col, command_first_key(back), label);
    app_spot_command(app, area_cols(line, col, used), CMD_BACK);
    return col + used + 2;
}

static void draw_keys(struct app *app, struct area line)
{
    int col;
    if (app->asking) {
        const char *how = app->prompt.yes_no ? "y yes   n or Esc no"
                          : app->live.keys != NULL
                              ? app->live.keys
                              : "Enter accepts   Esc cancels   Up and Down: history";
        (void)draw_text(line, 0, 1, LOOK_FOOTER, how);
        return;
    }
    col = draw_labels(app, line);
    if (app->hint != NULL)
        draw_hint(line, col, app->hint);
}

/* ---- all ---- */

static void draw_too_small(struct area all)
{
    static const char *const text[] = {"window too small (60x16 needed)", "window too small",
                                       "too small", "small"};
    for (size_t i = 0; i < ARRAY_LEN(text); i++)
        if ((int)strlen(text[i]) <= all.cols || i + 1 == ARRAY_LEN(text)) {
            (void)draw_text(all, all.rows / 2,
                            (all.cols - (int)strlen(text[i])) / 2 > 0
                                ? (all.cols - (int)strlen(text[i])) / 2
                                : 0,
                            LOOK_STRONG, text[i]);
            return;
        }
}

void frame_draw(struct app *app, int rows, int cols, int *cursor_row, int *cursor_col)
{
    struct area all = {0, 0, rows, cols}, status;
    app_forget_spots(app);
    *cursor_row = -1;
    *cursor_col = 0;
    if (rows < APP_MIN_ROWS || cols < APP_MIN_COLS) {
        draw_too_small(all);
        return;
    }
    draw_line(all, 0, LOOK_HEADER);
    draw_path(app, area_rows(all, 0, 1));
    app->top->ops->draw(app->top, app, area_rows(all, 1, rows - 3));
    status = area_rows(all, rows - 2, 1);
    draw_line(status, 0, app->asking ? LOOK_PROMPT : LOOK_STATUS);
    if (app->asking) {
        *cursor_row = rows - 2;
        *cursor_col = draw_prompt(app, status);
    } else {
        draw_status(app, status);
    }
    draw_line(all, rows - 1, LOOK_FOOTER);
    draw_keys(app, area_rows(all, rows - 1, 1));
}
