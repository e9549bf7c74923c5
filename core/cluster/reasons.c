/* Statistical reasons; see reasons.h. */
#include "core/cluster/reasons.h"

#include <math.h>

#define MIN_SHARE 0.2 /* a value must hold this part of the cluster to be said */
#define MIN_SCORE 0.05
#define MIN_Z     0.5

struct ranked {
    struct profile *p;
    double score[PROFILE_REASONS];
};

void reasons_copy_text(char *out, size_t size, struct span text)
{
    size_t used = 0, i = 0;
    while (i < text.len) {
        unsigned char c = (unsigned char)text.ptr[i];
        size_t n = 1;
        if (c == 0) {
            if (used + 4 >= size)
                break;
            memcpy(out + used, "\\x00", 4);
            used += 4;
            i++;
            continue;
        }
        /* A character and the bytes that continue it go together or not at all. */
        while (c >= 0xC0 && n < 4 && i + n < text.len &&
               ((unsigned char)text.ptr[i + n] & 0xC0) == 0x80)
            n++;
        if (used + n >= size)
            break;
        memcpy(out + used, text.ptr + i, n);
        used += n;
        i += n;
    }
    out[used] = '\0';
}

static int reason_cmp(const struct reason *a, double score_a, const struct reason *b,
                      double score_b)
{
    int c;
    if (score_a != score_b)
        return score_a > score_b ? -1 : 1;
    c = strcmp(a->what, b->what);
    return c != 0 ? c : strcmp(a->value, b->value);
}

static void offer(struct ranked *list, const struct reason *r, double score)
{
    struct profile *p = list->p;
    uint32_t at;
    if (!(score >= MIN_SCORE))
        return;
    if (p->n_reasons == PROFILE_REASONS) {
        at = PROFILE_REASONS - 1;
        if (reason_cmp(r, score, &p->reason[at], list->score[at]) >= 0)
            return;
    } else {
        at = p->n_reasons++;
    }
    while (at > 0 && reason_cmp(r, score, &p->reason[at - 1], list->score[at - 1]) < 0) {
        p->reason[at] = p->reason[at - 1];
        list->score[at] = list->score[at - 1];
        at--;
    }
    p->reason[at] = *r;
    list->score[at] = score;
}

/* A dimension's mean here and in the log, in units that a reader knows. */
static void name_number(struct reason *r, const struct clustering *c, const struct dim *dim)
{
    const struct feature *f =
        dim->feature < c->recipe.n_features ? &c->recipe.feature[dim->feature] : NULL;
    const char *what = dim->name;
    if (f != NULL && (f->kind == FEATURE_PAIR_COUNT || f->kind == FEATURE_PAIR_GAP ||
                      f->kind == FEATURE_GAP_SPREAD || f->kind == FEATURE_FANOUT_HOSTS ||
                      f->kind == FEATURE_FANOUT_PORTS || f->kind == FEATURE_POPULARITY ||
                      f->kind == FEATURE_SOURCE_BYTES || f->kind == FEATURE_RATE)) {
        /* These are logarithms too: counts, seconds, bytes. */
        r->here = expm1(r->here);
        r->log = expm1(r->log);
    }
    if (f != NULL && (f->kind == FEATURE_NUM || f->kind == FEATURE_LOG)) {
        what = f->arg[0];
        /* The mean of a logarithm is a typical size: the geometric mean. */
        if (f->kind == FEATURE_LOG) {
            r->here = expm1(r->here);
            r->log = expm1(r->log);
        }
    }
    /* A mean that float rounding alone keeps from 0 is 0. */
    if (fabs(r->here) < 1e-6)
        r->here = 0;
    reasons_copy_text(r->what, sizeof r->what, span_of(what));
}

static bool says_nothing(const struct clustering *c, const struct dim *dim)
{
    /* The integer of a character code has no meaning to a reader; the value itself is counted. */
    return dim->indicator || !(dim->sd > 0) ||
           (dim->feature < c->recipe.n_features &&
            c->recipe.feature[dim->feature].kind == FEATURE_CODE);
}

static void numbers(struct ranked *list, const struct clustering *c, uint32_t number)
{
    const double *centroid = c->centroid + (size_t)(number - 1) * c->d;
    double sum = 0;
    for (uint32_t j = 0; j < c->d; j++) {
        const struct dim *dim = &c->dim[j];
        struct reason r = {.here = dim_unscale(dim, centroid[j]), .log = dim->mean};
        r.z = dim->sd > 0 ? (r.here - r.log) / dim->sd : 0;
        sum += r.z * r.z;
        if (says_nothing(c, dim) || fabs(r.z) < MIN_Z)
            continue;
        name_number(&r, c, dim);
        offer(list, &r, fabs(r.z) / 2);
    }
    list->p->rms_z = c->d == 0 ? 0 : sqrt(sum / c->d);
}

static void value(struct ranked *list, const char *what, struct span text, uint64_t here_rows,
                  uint64_t log_rows, uint64_t log_all)
{
    struct reason r = {.here = (double)here_rows / (double)list->p->rows,
                       .log = (double)log_rows / (double)log_all};
    if (r.here < MIN_SHARE || r.here <= r.log || log_rows == 0)
        return;
    reasons_copy_text(r.what, sizeof r.what, span_of(what));
    reasons_copy_text(r.value, sizeof r.value, text);
    offer(list, &r, (r.here - r.log) * log(r.here / r.log));
}

static void values(struct ranked *list, const struct table *t, const struct log_counts *log)
{
    static const enum role cat_role[N_CATS] = {
        [CAT_PROTO] = ROLE_PROTO, [CAT_STATE] = ROLE_CONN_STATE, [CAT_SERVICE] = ROLE_SERVICE};
    const struct profile *p = list->p;
    const struct top_list *top[N_CATS] = {
        [CAT_PROTO] = &p->proto, [CAT_STATE] = &p->state, [CAT_SERVICE] = &p->service};
    for (int cat = 0; cat < N_CATS; cat++)
        for (uint32_t i = 0; i < top[cat]->n; i++) {
            uint32_t code = top[cat]->item[i].key;
            if (code != CAT_OTHER)
                value(list, role_name(cat_role[cat]),
                      table_cat_text(t, (enum cat)cat, (uint8_t)code), top[cat]->item[i].rows,
                      log->cat[cat][code], log->rows);
        }
    for (uint32_t i = 0; i < p->port.n; i++) {
        char text[8];
        (void)snprintf(text, sizeof text, "%u", (unsigned)p->port.item[i].key);
        value(list, role_name(ROLE_RESP_P), span_of(text), p->port.item[i].rows,
              log->port[p->port.item[i].key & 0xffff], log->rows);
    }
}

void reasons_find(struct profile *p, const struct clustering *c, uint32_t number,
                  const struct table *t, const struct log_counts *log)
{
    struct ranked list = {.p = p};
    p->n_reasons = 0;
    numbers(&list, c, number);
    if (p->rows > 0 && log->rows > 0)
        values(&list, t, log);
}
