/* What the charts share; see charts.h. */
#include "tui/view/charts.h"

#include <math.h>

#include "core/base/mem.h"
#include "core/base/number.h"

void *chart_new(size_t size, const struct view_ops *ops, const char *what,
                const struct chart_of *of, struct err *err)
{
    struct chart *chart = mem_zalloc(1, size);
    if (chart == NULL) {
        (void)err_memory(err, what);
        return NULL;
    }
    chart->head.ops = ops;
    chart->of = *of;
    (void)subject_ref(of->subject);
    return chart;
}

void chart_free(struct chart *chart)
{
    subject_unref(chart->of.subject);
    mem_free(chart);
}

/* ---- coming back ---- */

void chart_keep(const struct chart *chart, const char *view, uint32_t cluster, struct session *out)
{
    session_add(out, "view", span_of(view));
    session_printf(out, "here", "%u", cluster);
    if (cluster > 0)
        session_printf(out, "here-rows", "%llu",
                       (unsigned long long)chart->of.subject.clustering->profile[cluster - 1].rows);
}

void chart_keep_top(const struct viewport *port, struct session *out)
{
    session_printf(out, "top", "%llu", (unsigned long long)port->top);
}

void chart_resume_top(struct viewport *port, const struct resumed *r)
{
    uint64_t top;
    if (session_number(r->part, "top", RECIPE_MAX_K, &top) && top <= port->sel)
        port->top = top;
}

bool chart_resumed(const struct app *app, const struct resumed *r, struct chart_of *of, bool *all)
{
    const struct clustering *c = r->subject.clustering;
    uint64_t number, rows;
    if (!clusters_as_chart(app_top(app), r->subject, of))
        return false;
    *all = session_is(r->part, "here", "0");
    if (!session_number(r->part, "here", c->k, &number) || number == 0 ||
        !session_number(r->part, "here-rows", UINT64_MAX, &rows) ||
        c->profile[number - 1].rows != rows)
        return true;
    for (uint32_t i = 0; i < of->n; i++)
        if (of->number[i] == number)
            of->at = i;
    return true;
}

/* ---- from one to the next ---- */

unsigned chart_go_on(struct view *from, struct app *app, struct view *next, const struct err *err)
{
    if (next == NULL)
        app_fail(app, err);
    else
        app_replace(app, from, next);
    return VIEW_REDRAW;
}

void chart_step(struct chart_of *of, int direction)
{
    of->at = (of->at + (direction > 0 ? 1 : of->n - 1)) % of->n;
}

const char *chart_count(const struct chart_of *of, uint64_t n, char *out, size_t size)
{
    enum unit unit = of->subject.clustering->recipe.unit;
    return number_of(n, unit == UNIT_PAIR ? "pair" : unit == UNIT_HOST ? "host" : "row", out, size);
}

static void add_bytes(struct buf *out, double x)
{
    static const char *const unit[] = {"B", "kB", "MB", "GB", "TB"};
    size_t i = 0;
    for (; i + 1 < ARRAY_LEN(unit) && x >= 1000; i++)
        x /= 1000;
    buf_printf(out, "%.4g %s", x, unit[i]);
}

/* Powers of 1000 as expressions take them. */
static void add_number(struct buf *out, double x)
{
    static const char *const unit[] = {"k", "M", "G"};
    size_t i = 0;
    if (!(fabs(x) >= 1e6)) {
        buf_printf(out, "%.6g", x);
        return;
    }
    for (x /= 1000; i + 1 < ARRAY_LEN(unit) && fabs(x) >= 1000; i++)
        x /= 1000;
    buf_printf(out, "%.4g%s", x, unit[i]);
}

void chart_value(struct buf *out, enum histogram_unit unit, double x, enum time_style style)
{
    char text[40];
    switch (unit) {
    case HISTOGRAM_COUNT:
        buf_add_text(out, x < 0 ? "-" : "");
        buf_add_text(out, number_grouped((uint64_t)round(fabs(x)), text, sizeof text));
        break;
    case HISTOGRAM_BYTES:
        add_bytes(out, x);
        break;
    case HISTOGRAM_SECONDS:
        if (x >= 1 && x < 1000 && x != round(x))
            buf_printf(out, "%.4g s", x);
        else if (x >= 1)
            buf_printf(out, "%s s", number_grouped((uint64_t)round(x), text, sizeof text));
        else
            buf_printf(out, "%.4g %s", x >= 1e-3 || x == 0 ? x * 1e3 : x * 1e6,
                       x >= 1e-3 || x == 0 ? "ms" : "us");
        break;
    case HISTOGRAM_TIME:
        buf_add_text(out, time_text((int64_t)(x * 1e6), style, 0, true, text, sizeof text));
        break;
    case HISTOGRAM_SHARE:
        buf_printf(out, "%.4g %%", x * 100);
        break;
    case HISTOGRAM_HOUR:
        buf_printf(out, "%d:%02d", (int)x, (int)((x - floor(x)) * 60 + 0.5));
        break;
    case HISTOGRAM_ONE_IN:
        buf_add_text(out, "1 in ");
        add_number(out, x);
        break;
    default:
        add_number(out, x);
        break;
    }
}
