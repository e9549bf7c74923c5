/* The progress of a job in figures: bytes and rows of a load, passes of a fit. */
#include "tui/view/views.h"

#include "core/base/number.h"
#include "core/eta.h"
#include "core/recipe/recipe.h"

static void bytes_line(struct buf *out, const struct progress *p)
{
    char read[24], total[24];
    (void)number_bytes((double)p->bytes_read, read, sizeof read);
    if (p->bytes_total == 0) {
        buf_printf(out, ": %s", read);
        return;
    }
    (void)number_bytes((double)p->bytes_total, total, sizeof total);
    buf_printf(out, ": %s of %s", read, total);
}

static void rows_line(struct buf *out, const struct progress *p)
{
    char good[32], bad[32];
    buf_printf(out, ", %s", number_of(p->rows_good, "row", good, sizeof good));
    if (p->rows_bad > 0)
        buf_printf(out, ", %s rejected", number_grouped(p->rows_bad, bad, sizeof bad));
}

static void describe(struct buf *out, const struct progress *p)
{
    char done[32], total[32];
    buf_add_text(out, p->phase == PHASE_IDLE ? "starting" : phase_text(p->phase));
    switch (p->phase) {
    case PHASE_OPENING:
    case PHASE_LOADING:
        bytes_line(out, p);
        if (p->phase == PHASE_LOADING)
            rows_line(out, p);
        break;
    case PHASE_SEEDING:
    case PHASE_CLUSTERING:
        if (p->starts > 0)
            buf_printf(out, ": start %u of %u", p->start, p->starts);
        if (p->pass > 0)
            buf_printf(out, ", pass %u", p->pass);
        if (p->phase == PHASE_CLUSTERING && p->pass > 1)
            buf_printf(out, ", largest move %.3g", p->shift);
        break;
    default:
        if (p->total > 0)
            buf_printf(out, ": %s of %s", number_grouped(p->done, done, sizeof done),
                       number_grouped(p->total, total, sizeof total));
    }
}

int load_draw(struct area a, struct app *app)
{
    const struct engine *e = app_engine(app);
    enum engine_state state = engine_state(e);
    struct buf text = BUF_INIT;
    struct progress p;
    char left[32];
    int lines = 1;
    if (a.rows <= 0 ||
        (state != ENGINE_LOADING && state != ENGINE_CLUSTERING && state != ENGINE_EXPORTING))
        return 0;
    engine_progress(e, &p);
    describe(&text, &p);
    if (eta_text(p.left_s, left, sizeof left)[0] != '\0')
        buf_printf(&text, ", %s", left);
    buf_add_text(&text, "   (Ctrl-C stops)");
    (void)draw_text(a, 0, 1, LOOK_STATUS_WORK, buf_text(&text));
    if (p.part >= 0 && a.rows > 1) {
        int cols = a.cols - 10 < 60 ? a.cols - 10 : 60;
        if (cols > 0) {
            (void)draw_bar(a, 1, 1, cols, LOOK_BAR_WORK, (unsigned)(p.part * 8 * cols));
            (void)draw_format(a, 1, cols + 3, LOOK_NUMBER, "%d %%", (int)(p.part * 100));
        }
        lines = 2;
    }
    buf_release(&text);
    return lines;
}
