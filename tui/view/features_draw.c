/* How the features view looks: the recipe's head, its features, and what was refused. */
#include "tui/view/features.h"

#define WEIGHT_END 13
#define TEXT_X     15
#define WORDS_COLS 33 /* what a kind's words need at most */
#define WHY_LINES  3

/* ---- the head ---- */

/* One line of labels and values that goes on in the next one. */
struct flow {
    struct area a;
    int row, col;
};

static void flow_add(struct flow *f, const char *label, const char *value)
{
    int cols = (int)(strlen(label) + strlen(value)) + 1;
    if (f->col > 1 && f->col + cols > f->a.cols - 1) {
        f->row++;
        f->col = 1;
    }
    f->col += draw_format(f->a, f->row, f->col, LOOK_DIM, "%s ", label);
    f->col += draw_text(f->a, f->row, f->col, LOOK_NUMBER, value) + 3;
}

static int draw_settings(struct area a, const struct recipe *r, size_t n_excluded)
{
    struct flow f = {a, 0, 1};
    char number[24], words[SUSPICION_TEXT];
    flow_add(&f, "unit", unit_name(r->unit));
    (void)snprintf(number, sizeof number, "%u", r->k);
    flow_add(&f, "k", number);
    (void)snprintf(number, sizeof number, "%u", r->starts);
    flow_add(&f, "starts", number);
    (void)snprintf(number, sizeof number, "%llu", (unsigned long long)r->seed);
    flow_add(&f, "seed", number);
    flow_add(&f, "scale", scale_name(r->scale));
    flow_add(&f, "missing", missing_name(r->missing));
    flow_add(&f, "order", order_name(r->order));
    if (r->suspicion != 0)
        flow_add(&f, "suspicion", recipe_suspicion_text(r, words, sizeof words));
    (void)snprintf(number, sizeof number, "%zu", n_excluded);
    if (n_excluded > 0)
        flow_add(&f, "excluded", number);
    return f.row + 1;
}

static int draw_head(const struct features_view *v, struct area a, size_t n_excluded)
{
    const struct recipe *r = &v->draft.recipe;
    const char *note = v->draft.changed ? "not run yet: r runs it" : "";
    int room = a.cols - 3 - (int)strlen(note), x = 1, row = 1;
    x += draw_untrusted(a, 0, x, room / 2, LOOK_STRONG, span_of(r->name), CUT_MIDDLE);
    if (r->about[0] != '\0') {
        x += draw_text(a, 0, x, LOOK_DIM, ": ");
        (void)draw_untrusted(a, 0, x, room - x, LOOK_DEFAULT, span_of(r->about), CUT_END);
    }
    (void)draw_right(a, 0, a.cols - 1, LOOK_STATUS_WARN, note);
    row += draw_settings(area_rows(a, row, 3), r, n_excluded);
    x = 1 + draw_text(a, row, 1, LOOK_DIM, "where ");
    if (r->where[0] == '\0')
        (void)draw_text(a, row, x, LOOK_DIM, "all rows");
    else
        (void)draw_untrusted(a, row, x, a.cols - x - 1, LOOK_DEFAULT, span_of(r->where), CUT_END);
    return row + 1;
}

/* ---- the list ---- */

static int words_at(struct area a)
{
    int at = a.cols - WORDS_COLS - 1, least = TEXT_X + 28, most = TEXT_X + 48;
    return at < least ? least : at > most ? most : at;
}

static const char *mark_of(const struct draft_line *l)
{
    if (l->on)
        return l->lacking == NULL ? "[x]" : "[!]";
    return l->offered ? "   " : "[ ]";
}

static void draw_feature(struct area a, int row, const struct draft_line *l, bool selected)
{
    unsigned on = view_mark(a, row, selected);
    unsigned look = l->on && l->lacking == NULL ? LOOK_DEFAULT : LOOK_DIM;
    struct span text = span_of(l->feature.text);
    const char *star = l->feature.weight == 1 ? NULL : strchr(l->feature.text, '*');
    int x = words_at(a);
    char number[32];
    (void)draw_text(a, row, 2, (l->lacking == NULL ? LOOK_STRONG : LOOK_STATUS_WARN) | on,
                    mark_of(l));
    (void)snprintf(number, sizeof number, "%.6g", l->feature.weight);
    (void)draw_right(a, row, WEIGHT_END, (l->on ? LOOK_NUMBER : LOOK_DIM) | on, number);
    if (star != NULL && star[1] == ' ')
        text = span_of(star + 2);
    (void)draw_untrusted(a, row, TEXT_X, x - TEXT_X - 1, look | on, text, CUT_MIDDLE);
    if (l->lacking != NULL) {
        x += draw_text(a, row, x, LOOK_STATUS_WARN | on, "dropped: no ");
        (void)draw_untrusted(a, row, x, a.cols - x - 1, LOOK_STATUS_WARN | on, span_of(l->lacking),
                             CUT_END);
    } else {
        (void)draw_untrusted(a, row, x, a.cols - x - 1, LOOK_DIM | on,
                             span_of(feature_words(l->feature.kind)), CUT_END);
    }
}

static void draw_list(struct features_view *v, struct app *app, struct area a)
{
    struct area list = area_rows(a, 1, a.rows - 1);
    size_t offered = 0, used;
    uint64_t below;
    char text[128];
    int n;
    for (size_t i = 0; i < v->draft.n; i++)
        offered += v->draft.line[i].offered && !v->draft.line[i].on;
    used = v->draft.n - offered;
    (void)draw_right(a, 0, WEIGHT_END, LOOK_HEADING, "on  weight");
    (void)draw_text(a, 0, TEXT_X, LOOK_HEADING, "feature");
    viewport_resize(&v->port, v->draft.n, list.rows > 0 ? (uint64_t)list.rows : 0);
    app_spot_lines(app, list, &v->port);
    below = viewport_below(&v->port);
    n = snprintf(text, sizeof text, "%zu of %zu on, %zu offered", draft_on(&v->draft), used,
                 offered);
    if (below > 0)
        (void)snprintf(text + n, sizeof text - (size_t)n, ", %llu below",
                       (unsigned long long)below);
    (void)draw_right(a, 0, a.cols - 1, LOOK_DIM, text);
    for (uint64_t i = 0; i < viewport_shown(&v->port); i++) {
        uint64_t at = v->port.top + i;
        draw_feature(list, (int)i, &v->draft.line[at], at == v->port.sel);
    }
}

/* ---- what was refused ---- */

static int why_rows(const struct features_view *v, int cols)
{
    struct span left = span_of(v->why.text);
    int n = 0;
    if (v->why.code == ERR_OK)
        return 0;
    for (; left.len > 0 && n < WHY_LINES; n++)
        (void)wrap_take(&left, cols, true);
    return n + (v->why.column > 0 ? 2 : 1);
}

/* The text, a caret below the place, and the sentence. */
static void draw_why(const struct features_view *v, struct area a)
{
    struct span text = buf_span(&v->refused), left = span_of(v->why.text);
    size_t at = v->why.column > 0 ? v->why.column - 1 : 0, col, skip = 0;
    int row = 1, cols = a.cols - 4;
    if (at > text.len)
        at = text.len;
    col = clean_cols(span_make(text.ptr, at));
    if (col + 8 > (size_t)cols)
        skip = col + 8 - (size_t)cols;
    (void)draw_scrolled(a, 0, 2, cols, LOOK_DEFAULT, text, skip);
    if (v->why.column > 0)
        (void)draw_text(a, row++, 2 + (int)(col - skip), LOOK_STATUS_ERROR,
                        text_glyph(GLYPH_CARET));
    while (left.len > 0 && row < a.rows) {
        struct span now = wrap_take(&left, cols, true);
        (void)draw_untrusted(a, row++, 2, cols, LOOK_STATUS_ERROR, now, CUT_END);
    }
}

void features_draw(struct features_view *v, struct app *app, struct area a)
{
    int head = draw_head(v, a, app_hypothesis(app)->n_excluded), why = why_rows(v, a.cols - 4);
    draw_list(v, app, area_rows(a, head, a.rows - head - why));
    if (why > 0)
        draw_why(v, area_rows(a, a.rows - why, why));
}
