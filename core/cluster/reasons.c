/* Statistical reasons; see reasons.h. */
#include "core/cluster/reasons.h"

#include <math.h>

#include "core/base/number.h"
#include "core/base/time.h"

#define MIN_SHARE 0.2 /* a value must hold this part of the cluster to be said */
#define MIN_SCORE 0.05
#define MIN_Z     0.5
#define MIN_TURN  0.5 /* how close together times of day lie before their mean is said; 1: all one */

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

/* ---- units ---- */

static const struct feature *feature_of(const struct clustering *c, const struct dim *dim)
{
    return dim->feature < c->recipe.n_features ? &c->recipe.feature[dim->feature] : NULL;
}

double reasons_unit(const struct clustering *c, const struct dim *dim, double x)
{
    const struct feature *f = feature_of(c, dim);
    if (f == NULL || dim->indicator)
        return x;
    if (feature_is_logarithm(f->kind)) /* its mean is a typical size: the geometric mean */
        x = expm1(x);
    else if (f->kind == FEATURE_RARITY)
        x = exp(x);
    /* What float rounding alone keeps from 0 is 0. */
    return fabs(x) < 1e-6 ? 0 : x;
}

const char *reasons_what(const struct clustering *c, const struct dim *dim)
{
    const struct feature *f = feature_of(c, dim);
    bool field = f != NULL && !dim->indicator && (f->kind == FEATURE_NUM || f->kind == FEATURE_LOG);
    return field ? f->arg[0] : dim->name;
}

static void number(struct buf *out, double x)
{
    char text[32];
    double scale;
    if (fabs(x) >= 1000 && fabs(x) < 1e15) {
        buf_printf(out, "%s%s", x < 0 ? "-" : "",
                   number_grouped((uint64_t)(fabs(x) + 0.5), text, sizeof text));
        return;
    }
    if (fabs(x) >= 1e-6 && fabs(x) < 1000) {
        /* Three significant digits. */
        scale = pow(10, 2 - floor(log10(fabs(x))));
        x = round(x * scale) / scale;
    }
    buf_add_text(out, number_shortest(x, text, sizeof text));
}

static bool is_bytes(const struct schema *schema, int column)
{
    return column >= 0 && schema->col[column].type == COL_COUNT &&
           strstr(column_shown(&schema->col[column]), "bytes") != NULL;
}

/* Hours since midnight as a time of day; days since Monday as one of the week. */
static void clock_quantity(struct buf *out, bool day, double x)
{
    static const char *const name[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    unsigned minutes = (unsigned)((day ? x * 24 : x) * 60 + 0.5);
    if (day)
        buf_printf(out, "%s ", name[minutes / (24 * 60) % 7]);
    buf_printf(out, "%02u:%02u", minutes / 60 % 24, minutes % 60);
}

/* sd, sum, max and span are in the units of their field; two times are a time apart. */
static bool aggregate_quantity(struct buf *out, const struct schema *schema, const char *what,
                               double x)
{
    size_t name = strcspn(what, "("), len = strlen(what);
    int column;
    char text[40];
    for (int kind = FEATURE_SD; kind <= FEATURE_SPAN; kind++) {
        if (!span_is(span_make(what, name), feature_kind_name((enum feature_kind)kind)) ||
            what[len - 1] != ')')
            continue;
        column = schema_find(schema, span_make(what + name + 1, len - name - 2));
        if (column >= 0 &&
            (schema->col[column].type == COL_TIME || schema->col[column].type == COL_INTERVAL))
            buf_add_text(out, time_span_text(x, text, sizeof text));
        else if (is_bytes(schema, column))
            buf_add_text(out, number_bytes(x, text, sizeof text));
        else
            number(out, x);
        return true;
    }
    return false;
}

/* The quantities of features that are more than a field. False for any other. */
static bool feature_quantity(struct buf *out, const struct schema *schema, const char *what,
                             double x)
{
    char text[40];
    if (strcmp(what, "pair_gap") == 0 || strcmp(what, "gap_spread") == 0) {
        buf_add_text(out, time_span_text(x, text, sizeof text));
    } else if (strcmp(what, "source_bytes") == 0) {
        buf_add_text(out, number_bytes(x, text, sizeof text));
    } else if (strcmp(what, "failed") == 0) {
        buf_printf(out, "%.0f %%", 100 * x);
    } else if (strncmp(what, "rarity(", 7) == 0) {
        buf_add_text(out, "1 in ");
        number(out, x < 10 ? x : round(x));
    } else if (strncmp(what, "hour(", 5) == 0 || strncmp(what, "weekday(", 8) == 0) {
        clock_quantity(out, what[0] == 'w', x);
    } else if (aggregate_quantity(out, schema, what, x)) {
        return true;
    } else if (strncmp(what, "rate(", 5) == 0 && strchr(what, ',') != NULL) {
        const char *a = what + 5, *b = strchr(what, ',') + 1;
        int of = schema_find(schema, (struct span){a, (size_t)(b - 1 - a)});
        int per = schema_find(schema, (struct span){b, strcspn(b, ")")});
        if (is_bytes(schema, of))
            buf_add_text(out, number_bytes(x, text, sizeof text));
        else
            number(out, x);
        if (per >= 0 && schema->col[per].type == COL_INTERVAL)
            buf_add_text(out, "/s");
    } else {
        return false;
    }
    return true;
}

void reasons_quantity(struct buf *out, const struct schema *schema, const char *what, double x)
{
    char text[64];
    int column = schema_find(schema, span_of(what));
    enum col_type type = column < 0 ? COL_STRING : schema->col[column].type;
    if (!isfinite(x)) {
        buf_add_char(out, '-');
        return;
    }
    if (column < 0 && feature_quantity(out, schema, what, x))
        return;
    if (type == COL_INTERVAL)
        buf_add_text(out, time_span_text(x, text, sizeof text));
    else if (type == COL_BOOL)
        buf_printf(out, "%.0f %%", 100 * x);
    else if (type == COL_TIME && fabs(x) < 1e11)
        buf_add_text(out, time_text((int64_t)(x * 1e6), TIME_AS_UTC, 0, true, text, sizeof text));
    else if (is_bytes(schema, column))
        buf_add_text(out, number_bytes(x, text, sizeof text));
    else
        number(out, x);
}

/* ---- numbers ---- */

static void offer_value(struct ranked *list, const char *what, struct span text, double here,
                        double log_share)
{
    struct reason r = {.here = here, .log = log_share};
    if (here < MIN_SHARE || here <= log_share || !(log_share > 0))
        return;
    reasons_copy_text(r.what, sizeof r.what, span_of(what));
    reasons_copy_text(r.value, sizeof r.value, text);
    offer(list, &r, (here - log_share) * log(here / log_share));
}

static double share_of(double x)
{
    return x < 0 ? 0 : x > 1 - 1e-6 ? 1 : x; /* float rounding keeps 1 from 1 */
}

/* A dimension that is 0 or 1 by row: its mean is the share of a value. What a role counts already
 * is not said again. */
static void mark(struct ranked *list, const struct schema *schema, const struct feature *f,
                 const struct dim *dim, double here)
{
    const char *value = strstr(dim->name, ")=");
    const char *what = f->arg[0] == NULL ? feature_kind_name(f->kind) : f->arg[0];
    int column = schema_find(schema, span_of(what));
    enum role role = column < 0 ? ROLE_NONE : schema->col[column].role;
    bool missing = dim->indicator && strncmp(dim->name, "missing(", 8) == 0;
    if (!missing && f->kind == FEATURE_ONEHOT &&
        (role == ROLE_PROTO || role == ROLE_CONN_STATE || role == ROLE_SERVICE))
        return;
    if (missing)
        offer_value(list, what, span_of("unset"), share_of(here), share_of(dim->mean));
    else if (value != NULL)
        offer_value(list, what, span_of(value + 2), share_of(here), share_of(dim->mean));
}

double reasons_clock(enum feature_kind kind, double sine, double cosine)
{
    double turns = atan2(sine, cosine) / (2 * M_PI);
    return (turns < 0 ? turns + 1 : turns) * (kind == FEATURE_HOUR ? 24 : 7);
}

/* Hour and weekday are a sine and a cosine: told as one time, where the cluster has one. */
static void circle(struct ranked *list, const struct feature *f, const struct dim *dim,
                   const double here[2], double z)
{
    struct reason r = {.here = reasons_clock(f->kind, here[0], here[1]),
                       .log = reasons_clock(f->kind, dim[0].mean, dim[1].mean),
                       .z = z};
    if (fabs(z) < MIN_Z || hypot(here[0], here[1]) < MIN_TURN)
        return;
    (void)snprintf(r.what, sizeof r.what, "%s(%.30s)", feature_kind_name(f->kind), f->arg[0]);
    offer(list, &r, fabs(z) / 2);
}

static void one_number(struct ranked *list, const struct clustering *c, const struct dim *dim,
                       double here, double z)
{
    struct reason r = {
        .here = reasons_unit(c, dim, here), .log = reasons_unit(c, dim, dim->mean), .z = z};
    reasons_copy_text(r.what, sizeof r.what, span_of(reasons_what(c, dim)));
    offer(list, &r, fabs(z) / 2);
}

static void numbers(struct ranked *list, const struct clustering *c, uint32_t cluster,
                    const struct schema *schema)
{
    const double *centroid = c->centroid + (size_t)(cluster - 1) * c->d;
    double sum = 0, before[2] = {0, 0}; /* value and z of the dimension before */
    for (uint32_t j = 0; j < c->d; j++) {
        const struct dim *dim = &c->dim[j];
        const struct feature *f = feature_of(c, dim);
        double here = dim_unscale(dim, centroid[j]);
        double z = dim->sd > 0 ? (here - dim->mean) / dim->sd : 0;
        sum += z * z;
        if (f == NULL || !(dim->sd > 0) || f->kind == FEATURE_CODE) {
            /* The integer of a character code means nothing to a reader; the value is counted. */
        } else if (dim->indicator || f->kind == FEATURE_PORT_CLASS) {
            mark(list, schema, f, dim, here);
        } else if (f->kind == FEATURE_HOUR || f->kind == FEATURE_WEEKDAY) {
            if (j > 0 && c->dim[j - 1].feature == dim->feature && !c->dim[j - 1].indicator)
                circle(list, f, dim - 1, (const double[2]){before[0], here},
                       fabs(before[1]) > fabs(z) ? before[1] : z);
        } else if (fabs(z) >= MIN_Z) {
            one_number(list, c, dim, here, z);
        }
        before[0] = here;
        before[1] = z;
    }
    list->p->rms_z = c->d == 0 ? 0 : sqrt(sum / c->d);
}

/* ---- values ---- */

static void value(struct ranked *list, const char *what, struct span text, uint64_t here_rows,
                  uint64_t log_rows, uint64_t log_all)
{
    offer_value(list, what, text, (double)here_rows / (double)list->p->rows,
                (double)log_rows / (double)log_all);
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
    numbers(&list, c, number, &t->schema);
    if (p->rows > 0 && log->rows > 0)
        values(&list, t, log);
}
