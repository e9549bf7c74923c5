/* The scatter plot, private to its files: scatter.c (brush, works, keys) and scatter_draw.c. */
#ifndef MINNOW_TUI_VIEW_SCATTER_H
#define MINNOW_TUI_VIEW_SCATTER_H

#include "core/query/scatter.h"
#include "tui/view/charts.h"

#define SCATTER_TITLE_ROWS 2
#define SCATTER_PLOT_X     2

struct points {
    unsigned refs;
    struct scatter s;
};

struct box {
    int x, y, cols, rows; /* cells */
};

struct scatter_view {
    struct chart chart;
    struct points *points; /* NULL until they are there */
    struct scatter_picture picture;
    bool have;                           /* a picture */
    struct scatter_grid grid;            /* of this screen and cluster */
    uint32_t drawing;                    /* cluster that the running work draws, and .. */
    uint32_t drawing_cols, drawing_rows; /* .. for which screen */
    struct box brush;
    bool stretch;  /* arrows move the brush's lower right corner */
    bool own_only; /* Enter opens the cluster's rows only */

    /* The brush as it was last put by hand, and the screen that was on: another screen, or coming back,
     * has it over the same part of the picture. */
    bool by_hand;
    struct box put;
    uint32_t put_cols, put_rows;
};

static inline bool box_has(const struct box *b, int x, int y)
{
    return x >= b->x && x < b->x + b->cols && y >= b->y && y < b->y + b->rows;
}

/* ---- scatter_draw.c ---- */

/* Points inside of the brush: all, and those of the cluster. */
void scatter_count_brush(const struct scatter_view *v, uint64_t *all, uint64_t *own);

/* What the brush says. */
void scatter_sentence(const struct scatter_view *v, struct buf *out);

/* The picture that there is. */
void scatter_draw_all(const struct scatter_view *v, struct area a);

#endif
