/* The report as CSV, a row per cluster; see report.h. */
#include "core/export/report.h"

#include "core/base/number.h"
#include "core/export/csv_write.h"

static void field(struct buf *out, const char *text)
{
    csv_write_field(out, span_of(text), false);
    buf_add_char(out, ',');
}

static void number(struct buf *out, double x)
{
    char text[32];
    field(out, number_shortest(x, text, sizeof text));
}

static void count(struct buf *out, uint64_t n)
{
    buf_printf(out, "%llu,", (unsigned long long)n);
}

static void top(struct buf *out, const struct top_list *list, const struct table *t)
{
    if (list->n > 0)
        csv_write_field(out, table_addr_text(t, list->item[0].key), false);
    buf_add_char(out, ',');
}

static void seconds(struct buf *out, int64_t us)
{
    if (us == TIME_MISSING)
        buf_add_char(out, ',');
    else
        number(out, (double)us / 1e6);
}

void report_csv(struct buf *out, const struct report_facts *facts)
{
    const struct clustering *c = facts->clustering;
    buf_add_text(out, "id,rows,observations,share,inertia,why,top_orig,top_resp,first_ts,last_ts,"
                      "orig_bytes,resp_bytes\n");
    for (uint32_t i = 0; i < c->k; i++) {
        const struct profile *p = &c->profile[i];
        count(out, i + 1);
        count(out, p->rows);
        count(out, p->observations);
        number(out, p->share);
        number(out, p->inertia);
        field(out, p->why);
        top(out, &p->orig, facts->table);
        top(out, &p->resp, facts->table);
        seconds(out, p->first_ts_us);
        seconds(out, p->last_ts_us);
        count(out, p->orig_bytes);
        buf_printf(out, "%llu\n", (unsigned long long)p->resp_bytes);
    }
}
