/* The report as one JSON object; see report.h. Keys are a contract: more may come, none goes. */
#include "core/export/report.h"

#include "core/cluster/heed.h"
#include "core/cluster/top.h"
#include "core/export/json_write.h"

#define SCHEMA 1

static void member(struct json *j, const char *key, const char *text)
{
    json_key(j, key);
    json_string(j, span_of(text));
}

static void count(struct json *j, const char *key, uint64_t n)
{
    json_key(j, key);
    json_count(j, n);
}

static void number(struct json *j, const char *key, double x)
{
    json_key(j, key);
    json_number(j, x);
}

static void seconds(struct json *j, const char *key, int64_t us)
{
    json_key(j, key);
    if (us == TIME_MISSING)
        json_null(j);
    else
        json_number(j, (double)us / 1e6);
}

/* ---- what was read ---- */

static void input(struct json *j, const struct input *in)
{
    json_open(j, '{', false);
    member(j, "path", in->path);
    member(j, "format", in->format == NULL ? "" : in->format);
    member(j, "kind", in->kind == NULL ? "" : in->kind);
    count(j, "rows_read", in->rows_read);
    count(j, "rows_loaded", in->rows_loaded);
    count(j, "rows_rejected", in->rows_rejected);
    count(j, "rows_outside", in->rows_outside);
    seconds(j, "first_ts", in->first_ts_us);
    seconds(j, "last_ts", in->last_ts_us);
    member(j, "state", input_state_name(in->state));
    if (in->problem != NULL)
        member(j, "problem", in->problem);
    json_close(j, '{');
}

static void rejected(struct json *j, const struct table *t)
{
    json_key(j, "rejected");
    json_open(j, '[', true);
    for (int why = 0; why < N_REJECTS; why++) {
        const struct rejection *r = &t->reject[why];
        if (r->count == 0)
            continue;
        json_open(j, '{', false);
        member(j, "reason", reject_text((enum reject)why));
        count(j, "count", r->count);
        json_key(j, "first");
        json_open(j, '{', false);
        member(j, "file", r->first_input < t->n_inputs ? t->input[r->first_input].path : "");
        count(j, "line", r->first_line);
        json_close(j, '{');
        json_close(j, '{');
    }
    json_close(j, '[');
}

static void bad_values(struct json *j, const struct table *t)
{
    json_key(j, "bad_values");
    json_open(j, '[', true);
    for (size_t i = 0; i < t->schema.n; i++) {
        if (t->bad_values == NULL || t->bad_values[i] == 0)
            continue;
        json_open(j, '{', false);
        member(j, "field", t->schema.col[i].name);
        count(j, "count", t->bad_values[i]);
        json_close(j, '{');
    }
    json_close(j, '[');
}

static void bound(struct json *j, const char *key, bool asked, int64_t us)
{
    seconds(j, key, asked ? us : TIME_MISSING);
}

static void loaded(struct json *j, const struct table *t, const struct clustering *c)
{
    json_key(j, "inputs");
    json_open(j, '[', true);
    for (size_t i = 0; i < t->n_inputs; i++)
        input(j, &t->input[i]);
    json_close(j, '[');
    count(j, "rows_read", t->rows_read);
    count(j, "rows_loaded", t->n_rows);
    count(j, "rows_rejected", t->rows_rejected);
    count(j, "rows_outside", t->rows_outside);
    bound(j, "from", t->ranged && t->from_us != INT64_MIN, t->from_us);
    bound(j, "to", t->ranged && t->to_us != INT64_MAX, t->to_us);
    count(j, "rows_excluded", c->rows_excluded);
    json_key(j, "partial");
    json_bool(j, t->partial);
    rejected(j, t);
    bad_values(j, t);
}

/* ---- what was computed ---- */

static void scaling(struct json *j, const struct clustering *c)
{
    json_key(j, "scaling");
    json_open(j, '{', true);
    for (uint32_t i = 0; i < c->d; i++) {
        const struct dim *dim = &c->dim[i];
        json_key_span(j, span_of(dim->name));
        json_open(j, '{', false);
        if (c->recipe.scale == SCALE_STANDARD) {
            number(j, "mean", dim->offset);
            number(j, "sd", dim->unit);
        } else if (c->recipe.scale == SCALE_MINMAX) {
            number(j, "min", dim->offset);
            number(j, "max", dim->offset + dim->unit);
        }
        json_close(j, '{');
    }
    json_close(j, '{');
}

static void notices(struct json *j, const struct notices *list)
{
    for (size_t i = 0; i < list->n; i++)
        json_string(j, span_of(list->text[i]));
}

static void computed(struct json *j, const struct report_facts *facts)
{
    const struct clustering *c = facts->clustering;
    member(j, "recipe", c->recipe.name);
    member(j, "unit", unit_name(c->recipe.unit));
    member(j, "where", c->recipe.where == NULL ? "" : c->recipe.where);
    json_key(j, "suspicion");
    json_open(j, '[', false);
    for (int i = 0; i < N_SUSPICIONS; i++)
        if (c->recipe.suspicion == 0 || c->recipe.suspicion & (1u << i))
            json_string(j, span_of(suspicion_word((enum suspicion_part)i)));
    json_close(j, '[');
    member(j, "scale", scale_name(c->recipe.scale));
    member(j, "missing", missing_name(c->recipe.missing));
    json_key(j, "features");
    json_open(j, '[', false);
    for (size_t i = 0; i < c->n_features; i++)
        json_string(j, span_of(c->feature[i]));
    json_close(j, '[');
    scaling(j, c);
    count(j, "observations", c->n);
    count(j, "k", c->k);
    count(j, "seed", c->recipe.seed);
    count(j, "starts", c->recipe.starts);
    count(j, "iterations", c->iterations);
    json_key(j, "converged");
    json_bool(j, c->converged);
    number(j, "inertia", c->inertia);
    json_key(j, "seconds");
    json_open(j, '{', false);
    number(j, "load", facts->load_seconds);
    number(j, "cluster", c->seconds);
    json_close(j, '{');
    json_key(j, "notices");
    json_open(j, '[', true);
    notices(j, &facts->table->notices);
    notices(j, &c->notices);
    json_close(j, '[');
}

/* ---- clusters ---- */

static void reasons(struct json *j, const struct profile *p)
{
    json_key(j, "reasons");
    json_open(j, '[', true);
    for (uint32_t i = 0; i < p->n_reasons; i++) {
        const struct reason *r = &p->reason[i];
        json_open(j, '{', false);
        member(j, "what", r->what);
        if (r->value[0] != '\0')
            member(j, "value", r->value);
        number(j, "here", r->here);
        number(j, "log", r->log);
        if (r->value[0] == '\0')
            number(j, "z", r->z);
        json_close(j, '{');
    }
    json_close(j, '[');
}

static void tops(struct json *j, const char *key, const struct top_list *list,
                 const struct table *t, enum top_kind kind)
{
    json_key(j, key);
    json_open(j, '[', false);
    for (uint32_t i = 0; i < list->n; i++) {
        json_open(j, '[', false);
        if (kind == TOP_NUMBER)
            json_count(j, list->item[i].key);
        else
            json_string(j, top_text(t, kind, list->item[i].key));
        json_count(j, list->item[i].rows);
        json_close(j, '[');
    }
    json_close(j, '[');
}

static void pairs(struct json *j, const struct profile *p, const struct table *t)
{
    json_key(j, "top_pairs");
    json_open(j, '[', false);
    for (uint32_t i = 0; i < p->n_pair_tops; i++) {
        const struct top_pair *pair = &p->pair[i];
        json_open(j, '{', false);
        json_key(j, "orig");
        json_string(j, table_addr_text(t, pair->orig));
        json_key(j, "resp");
        json_string(j, table_addr_text(t, pair->resp));
        count(j, "port", pair->resp_p);
        json_key(j, "proto");
        json_string(j, table_cat_text(t, CAT_PROTO, pair->proto));
        count(j, "rows", pair->rows);
        json_close(j, '{');
    }
    json_close(j, '[');
}

static void suspicion(struct json *j, const struct suspicion *s)
{
    static const char *const key[] = {"regular", "refused", "upload", "odd"};
    _Static_assert(ARRAY_LEN(key) == N_SUSPICIONS, "a key for every part");
    json_key(j, "suspicion");
    json_open(j, '{', true);
    number(j, "score", s->score);
    member(j, "word", s->score >= SUSPICION_SHOWN ? suspicion_word(s->part) : "");
    for (size_t i = 0; i < ARRAY_LEN(key); i++)
        number(j, key[i], s->of[i]);
    json_close(j, '{');
}

static void trust(struct json *j, const struct trust *known, uint32_t id)
{
    json_key(j, "trust");
    if (known == NULL) {
        json_null(j);
        return;
    }
    json_open(j, '{', false);
    count(j, "runs", known->runs);
    count(j, "reformed", known->reformed[id - 1]);
    json_close(j, '{');
}

static void ladder(struct json *j, const struct trust *known)
{
    json_key(j, "ladder");
    if (known == NULL) {
        json_null(j);
        return;
    }
    json_open(j, '[', true);
    for (uint32_t i = 0; i < known->n_rungs; i++) {
        const struct rung *r = &known->rung[i];
        json_open(j, '{', false);
        count(j, "k", r->k);
        number(j, "inertia", r->inertia);
        count(j, "smallest", r->smallest);
        count(j, "reformed", r->reformed);
        json_close(j, '{');
    }
    json_close(j, '[');
}

static void cluster(struct json *j, const struct report_facts *facts, uint32_t id)
{
    const struct clustering *c = facts->clustering;
    const struct profile *p = &c->profile[id - 1];
    json_open(j, '{', true);
    count(j, "id", id);
    count(j, "rows", p->rows);
    count(j, "observations", p->observations);
    number(j, "share", p->share);
    number(j, "inertia", p->inertia);
    member(j, "why", p->why);
    reasons(j, p);
    json_key(j, "centroid");
    json_open(j, '{', true);
    for (uint32_t i = 0; i < c->d; i++) {
        json_key_span(j, span_of(c->dim[i].name));
        json_number(j, clustering_centroid(c, id, i));
    }
    json_close(j, '{');
    tops(j, "top_orig", &p->orig, facts->table, TOP_ADDR);
    tops(j, "top_resp", &p->resp, facts->table, TOP_ADDR);
    pairs(j, p, facts->table);
    tops(j, "top_ports", &p->port, facts->table, TOP_NUMBER);
    tops(j, "top_states", &p->state, facts->table, TOP_STATE);
    seconds(j, "first_ts", p->first_ts_us);
    seconds(j, "last_ts", p->last_ts_us);
    count(j, "orig_bytes", p->orig_bytes);
    count(j, "resp_bytes", p->resp_bytes);
    count(j, "benign_rows", p->benign_rows);
    count(j, "suspect_rows", p->suspect_rows);
    suspicion(j, &p->suspicion);
    trust(j, facts->trust, id);
    json_close(j, '{');
}

static void verdicts(struct json *j, const struct clustering *c)
{
    const struct verdicts *v = verdict_map_of(c->verdicts);
    json_key(j, "verdicts");
    if (v == NULL) {
        json_null(j);
        return;
    }
    json_open(j, '{', true);
    member(j, "path", verdicts_path(v));
    count(j, "lines", verdicts_lines(v));
    count(j, "benign_rows", c->benign_rows);
    count(j, "suspect_rows", c->suspect_rows);
    count(j, "suspect_clusters", c->suspect_clusters);
    json_close(j, '{');
}

static void alerts(struct json *j, const struct report_facts *facts)
{
    const struct clustering *c = facts->clustering;
    json_key(j, "alert_from");
    if (facts->alerts)
        json_number(j, facts->alert_from);
    else
        json_null(j);
    json_key(j, "alerted");
    json_bool(j, report_alerted(facts));
    json_key(j, "alerts");
    json_open(j, '[', true);
    for (uint32_t i = 0; facts->alerts && i < c->k; i++) {
        const struct profile *p = &c->profile[i];
        if (!heed_alert(p, facts->alert_from))
            continue;
        json_open(j, '{', false);
        count(j, "cluster", i + 1);
        member(j, "word", suspicion_word(p->suspicion.part));
        number(j, "score", p->suspicion.score);
        member(j, "why", p->why);
        json_close(j, '{');
    }
    json_close(j, '[');
}

void report_json(struct buf *out, const struct report_facts *facts)
{
    struct json j;
    json_init(&j, out);
    json_open(&j, '{', true);
    count(&j, "schema", SCHEMA);
    member(&j, "version", MINNOW_VERSION);
    loaded(&j, facts->table, facts->clustering);
    computed(&j, facts);
    member(&j, "headline", facts->clustering->headline);
    verdicts(&j, facts->clustering);
    alerts(&j, facts);
    ladder(&j, facts->trust);
    json_key(&j, "clusters");
    json_open(&j, '[', true);
    for (uint32_t id = 1; id <= facts->clustering->k; id++)
        cluster(&j, facts, id);
    json_close(&j, '[');
    json_close(&j, '{');
    buf_add_char(out, '\n');
}
