/* How the scatter plot looks: title, what the components are made of, points, and the brush over them. */
#include "tui/view/scatter.h"

#include "core/base/number.h"

void scatter_count_brush(const struct scatter_view *v, uint64_t *all, uint64_t *own)
{
    const struct box *b = &v->brush;
    *all = *own = 0;
    for (int y = b->y; y < b->y + b->rows; y++) {
        for (int x = b->x; x < b->x + b->cols; x++) {
            size_t cell = (size_t)y * v->grid.cols + (size_t)x;
            *all += v->picture.all[cell];
            *own += v->picture.own[cell];
        }
    }
}

static const char *braille(uint8_t dots, char out[8])
{
    size_t n = text_utf8(0x2800u + dots, out);
    out[n] = '\0';
    return out;
}

/* Counts of 1, up to 4, up to 16, and more. */
static unsigned level_of(uint32_t n)
{
    return n == 1 ? 0 : n <= 4 ? 1 : n <= 16 ? 2 : 3;
}

static const char *glyph_of(const struct scatter_view *v, size_t cell, char out[8])
{
    static const char *const few[] = {".", ":", "o", "O"};
    const struct scatter_picture *p = &v->picture;
    if (p->own[cell] > 0)
        return text_shade(2 + level_of(p->own[cell]));
    if (p->all[cell] == 0)
        return " ";
    return clean_utf8() ? braille(p->dots[cell], out) : few[level_of(p->all[cell])];
}

static void draw_cell(const struct scatter_view *v, struct area plot, int x, int y)
{
    size_t cell = (size_t)y * v->grid.cols + (size_t)x;
    bool brushed = box_has(&v->brush, x, y);
    unsigned look = v->picture.own[cell] > 0 ? LOOK_BAR : LOOK_SPARK;
    char glyph[8];
    if (!brushed && v->picture.all[cell] == 0)
        return;
    if (brushed) /* not in the roles of bars: those are never reversed */
        look = v->picture.all[cell] == 0   ? LOOK_SELECTED
               : v->picture.own[cell] == 0 ? LOOK_DEFAULT | LOOK_ON_SELECTED
                                           : LOOK_STRONG | LOOK_ON_SELECTED;
    draw_repeat(plot, y, x, 1, look, glyph_of(v, cell, glyph));
}

static void draw_title(const struct scatter_view *v, struct area a)
{
    const struct scatter *s = &v->points->s;
    char text[80], number[2][32];
    int x = 1, end = a.cols - 1;
    if (v->picture.cluster != chart_number(&v->chart.of)) {
        (void)snprintf(text, sizeof text, "drawing cluster %u ...", chart_number(&v->chart.of));
        end -= draw_right(a, 0, end, LOOK_STATUS_WORK, text) + 2;
    } else if (v->picture.outside > 0) {
        (void)snprintf(text, sizeof text, "%s outside, %s of it",
                       number_grouped(v->picture.outside, number[0], sizeof number[0]),
                       number_grouped(v->picture.own_outside, number[1], sizeof number[1]));
        end -= draw_right(a, 0, end, LOOK_DIM, text) + 2;
    }
    x += draw_format(a, 0, x, LOOK_STRONG, "cluster %u ", v->picture.cluster);
    x += draw_text(a, 0, x, LOOK_BAR, text_shade(3));
    x += draw_text(a, 0, x, LOOK_DIM, " all ");
    x += draw_text(a, 0, x, LOOK_SPARK, clean_utf8() ? "\xe2\xa3\xbf" : ":");
    (void)snprintf(text, sizeof text, "  variance %s across, %s up",
                   number_share(s->share[0], number[0], sizeof number[0]),
                   number_share(s->share[1], number[1], sizeof number[1]));
    (void)draw_untrusted(a, 0, x, end - x, LOOK_WHY, span_of(text), CUT_END);
}

/* "across: + regularity - pair_gap + failed" */
static void draw_parts(const struct scatter_view *v, struct area a)
{
    static const char *const way[] = {"across:", "  up:"};
    const struct scatter *s = &v->points->s;
    const struct dim *dim = v->chart.of.subject.clustering->dim;
    struct buf text = BUF_INIT;
    for (int c = 0; c < 2; c++) {
        buf_add_text(&text, way[c]);
        for (uint32_t i = 0; i < s->n_parts && s->part[c][i].weight != 0; i++)
            buf_printf(&text, " %s%s", s->part[c][i].weight < 0 ? "-" : "+",
                       dim[s->part[c][i].dim].name);
    }
    if (s->used < s->d)
        buf_printf(&text, "  (%u of %u dimensions)", s->used, s->d);
    (void)draw_untrusted(a, 1, 1, a.cols - 2, LOOK_DIM, buf_span(&text), CUT_END);
    buf_release(&text);
}

void scatter_sentence(const struct scatter_view *v, struct buf *out)
{
    const struct profile *p = &v->chart.of.subject.clustering->profile[v->picture.cluster - 1];
    uint64_t all, own;
    char number[2][40], share[16];
    scatter_count_brush(v, &all, &own);
    buf_printf(out, "brush: %s, %s of cluster %u, %s of it",
               chart_count(&v->chart.of, all, number[0], sizeof number[0]),
               number_grouped(own, number[1], sizeof number[1]), v->picture.cluster,
               number_share(p->observations == 0 ? 0 : (double)own / (double)p->observations, share,
                            sizeof share));
}

void scatter_draw_all(const struct scatter_view *v, struct area a)
{
    struct area plot = area_cols(area_rows(a, SCATTER_TITLE_ROWS, (int)v->grid.rows),
                                 SCATTER_PLOT_X, (int)v->grid.cols);
    struct buf text = BUF_INIT;
    draw_title(v, a);
    draw_parts(v, a);
    for (int y = 0; y < (int)v->grid.rows; y++) {
        (void)draw_text(a, SCATTER_TITLE_ROWS + y, SCATTER_PLOT_X - 1, LOOK_BORDER,
                        text_glyph(GLYPH_VLINE));
        for (int x = 0; x < (int)v->grid.cols; x++)
            draw_cell(v, plot, x, y);
    }
    draw_repeat(a, SCATTER_TITLE_ROWS + (int)v->grid.rows, SCATTER_PLOT_X - 1,
                (int)v->grid.cols + 1, LOOK_BORDER, text_glyph(GLYPH_HLINE));
    scatter_sentence(v, &text);
    buf_add_text(&text, v->stretch    ? "; arrows stretch it"
                        : v->own_only ? "; Enter opens these alone"
                                      : "; Enter opens all");
    (void)draw_untrusted(a, a.rows - 1, 1, a.cols - 2, LOOK_DIM, buf_span(&text), CUT_END);
    buf_release(&text);
}
