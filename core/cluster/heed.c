/* Verdicts and clusters; see heed.h. */
#include "core/cluster/heed.h"

#include "core/base/number.h"
#include "core/cluster/reasons.h"

#define CANCEL_ROWS 65536

int heed_count(struct clustering *c, const struct table *t, struct job *job, struct err *err)
{
    c->benign_rows = c->suspect_rows = 0;
    c->suspect_clusters = 0;
    for (uint32_t i = 0; i < c->k; i++)
        c->profile[i].benign_rows = c->profile[i].suspect_rows = 0;
    for (uint64_t row = 0; c->verdicts != NULL && row < c->n_rows; row++) {
        uint32_t number = clustering_of_row(c, row);
        enum verdict verdict;
        if (row % CANCEL_ROWS == 0 && job_cancelled(job))
            return job_stopped(err);
        if (number == 0)
            continue;
        verdict = verdict_of_row(c->verdicts, t, row);
        c->profile[number - 1].benign_rows += verdict == VERDICT_BENIGN;
        c->profile[number - 1].suspect_rows += verdict == VERDICT_SUSPECT;
    }
    for (uint32_t i = 0; i < c->k; i++) {
        c->benign_rows += c->profile[i].benign_rows;
        c->suspect_rows += c->profile[i].suspect_rows;
        c->suspect_clusters += c->profile[i].suspect_rows > 0;
    }
    return 0;
}

bool heed_benign(const struct profile *p)
{
    return p->rows > 0 && p->benign_rows >= p->rows - p->benign_rows;
}

static void add_count(struct buf *out, const char *lead, uint64_t n, const char *what)
{
    char number[32];
    buf_printf(out, "%s%s %s %s", lead, number_grouped(n, number, sizeof number),
               n == 1 ? "row" : "rows", what);
}

void heed_why(struct profile *p)
{
    struct buf out = BUF_INIT;
    if (p->suspect_rows == 0 && !heed_benign(p))
        return;
    buf_add_text(&out, p->why);
    if (p->suspect_rows > 0)
        add_count(&out, "; verdicts: ", p->suspect_rows, "suspect");
    if (heed_benign(p))
        add_count(&out, p->suspect_rows > 0 ? ", " : "; verdicts: ", p->benign_rows, "benign");
    if (!out.failed)
        reasons_copy_text(p->why, sizeof p->why, buf_span(&out));
    buf_release(&out);
}

void heed_headline(struct clustering *c)
{
    char number[32], head[sizeof c->headline];
    int n;
    if (c->suspect_rows == 0)
        return;
    n = snprintf(head, sizeof head, "%s %s the verdicts as suspect (%u %s)%s",
                 number_grouped(c->suspect_rows, number, sizeof number),
                 c->suspect_rows == 1 ? "row matches" : "rows match", c->suspect_clusters,
                 c->suspect_clusters == 1 ? "cluster" : "clusters",
                 c->headline[0] == '\0' ? "" : "; ");
    if (n > 0 && (size_t)n < sizeof head)
        reasons_copy_text(head + n, sizeof head - (size_t)n, span_of(c->headline));
    memcpy(c->headline, head, sizeof head);
}

bool heed_alert(const struct profile *p, double from)
{
    return p->suspicion.score >= from && !heed_benign(p);
}
