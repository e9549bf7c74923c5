/* The state of an investigation; see hypothesis.h. */
#include "tui/model/hypothesis.h"

#include <math.h>

#include "core/base/mem.h"
#include "core/recipe/expr.h"
#include "tui/model/filter.h"

/* ---- life ---- */

int hypothesis_init(struct hypothesis *h, const struct recipe *r, struct err *err)
{
    memset(h, 0, sizeof *h);
    return recipe_copy(&h->recipe, r, err);
}

static void exclusion_release(struct exclusion *x)
{
    mem_free(x->text);
    mem_free(x->term);
    clustering_unref(x->of);
    *x = (struct exclusion){.text = NULL};
}

void hypothesis_release(struct hypothesis *h)
{
    recipe_release(&h->recipe);
    subsets_free(h->zoom, h->n_zooms);
    for (size_t i = 0; i < h->n_excluded; i++)
        exclusion_release(&h->excluded[i]);
    memset(h, 0, sizeof *h);
}

static int exclusion_copy(struct exclusion *to, const struct exclusion *from)
{
    *to = (struct exclusion){.number = from->number};
    to->text = mem_string(from->text);
    if (from->term != NULL)
        to->term = mem_string(from->term);
    if (from->of != NULL)
        to->of = clustering_ref(from->of);
    return to->text == NULL || (from->term != NULL && to->term == NULL) ? -1 : 0;
}

/* Zooms of h, and one more. */
static int zooms_copy(struct hypothesis *out, const struct hypothesis *h, struct subset one)
{
    struct subset *all = mem_alloc(h->n_zooms + 1, sizeof *all);
    if (all == NULL)
        return -1;
    if (h->n_zooms > 0)
        memcpy(all, h->zoom, h->n_zooms * sizeof *all);
    all[h->n_zooms] = one;
    out->zoom = subsets_copy(all, h->n_zooms + 1);
    mem_free(all);
    if (out->zoom == NULL)
        return -1;
    out->n_zooms = h->n_zooms + 1;
    return 0;
}

uint32_t zoom_k(uint64_t n, uint32_t k)
{
    uint32_t fits =
        n < 2 * ZOOM_LEAST_K * ZOOM_LEAST_K ? ZOOM_LEAST_K : (uint32_t)(sqrt((double)n / 2) + 0.5);
    return fits < k ? fits : k;
}

int hypothesis_zoom(struct hypothesis *out, const struct hypothesis *h, const struct clustering *c,
                    uint32_t number, struct err *err)
{
    if (hypothesis_init(out, &h->recipe, err) != 0)
        return -1;
    out->recipe.k = zoom_k(c->profile[number - 1].observations, h->recipe.k);
    if (zooms_copy(out, h, (struct subset){c, number, true}) != 0)
        goto fail;
    for (size_t i = 0; i < h->n_excluded; i++) {
        out->n_excluded++;
        if (exclusion_copy(&out->excluded[i], &h->excluded[i]) != 0)
            goto fail;
    }
    return 0;
fail:
    hypothesis_release(out);
    return err_memory(err, "the zoom");
}

/* ---- excluding ---- */

static void add_test(struct buf *out, const char *field, struct span value)
{
    buf_printf(out, "%s=", field);
    if (value.len == 0)
        buf_add_text(out, "unset");
    else
        filter_quote(out, value);
}

static struct span addr_or_nothing(const struct table *t, uint32_t addr)
{
    return addr == ADDR_MISSING ? span_make("", 0) : table_addr_text(t, addr);
}

static void add_shown(struct buf *out, struct span value)
{
    if (value.len == 0)
        buf_add_char(out, '-');
    else
        buf_add(out, value.ptr, value.len);
}

static double share_of(uint64_t part, uint64_t all)
{
    return all == 0 ? 0 : (double)part / (double)all;
}

static bool has_port(const struct table *t)
{
    return t->schema.by_role[ROLE_RESP_P] >= 0;
}

static bool has_proto(const struct table *t)
{
    return t->schema.by_role[ROLE_PROTO] >= 0;
}

static struct span proto_or_nothing(const struct table *t, uint32_t code)
{
    return code == CAT_MISSING ? span_make("", 0) : table_cat_text(t, CAT_PROTO, (uint8_t)code);
}

void addr_text(struct buf *out, const struct table *t, uint32_t addr)
{
    add_shown(out, addr_or_nothing(t, addr));
}

void pair_text(struct buf *out, const struct table *t, const struct top_pair *pair, bool port)
{
    addr_text(out, t, pair->orig);
    buf_add_text(out, " -> ");
    addr_text(out, t, pair->resp);
    if (port)
        buf_printf(out, " %u", pair->resp_p);
    if (has_proto(t)) {
        buf_add_text(out, port ? "/" : " ");
        add_shown(out, proto_or_nothing(t, pair->proto));
    }
}

bool exclude_text(const struct clustering *c, const struct table *t, uint32_t number,
                  enum exclude what, struct buf *out, double *share)
{
    const struct profile *p = &c->profile[number - 1];
    *share = 1;
    switch (what) {
    case EXCLUDE_PROTO:
        if (!has_proto(t) || p->proto.n == 0 || p->proto.item[0].key == CAT_OTHER)
            return false;
        buf_add_text(out, "protocol ");
        add_shown(out, proto_or_nothing(t, p->proto.item[0].key));
        *share = share_of(p->proto.item[0].rows, p->rows);
        return true;
    case EXCLUDE_SOURCE:
        if (p->orig.n == 0)
            return false;
        buf_add_text(out, "source ");
        add_shown(out, addr_or_nothing(t, p->orig.item[0].key));
        *share = share_of(p->orig.item[0].rows, p->rows);
        return true;
    case EXCLUDE_PAIR:
        if (p->n_pair_tops == 0)
            return false;
        buf_add_text(out, "pair ");
        pair_text(out, t, &p->pair[0], has_port(t));
        *share = share_of(p->pair[0].rows, p->rows);
        return true;
    default:
        buf_printf(out, "cluster %u", number);
        return true;
    }
}

/* The term that drops it; exclude_text has said that there is such a thing. */
static void add_term(struct buf *out, const struct profile *p, const struct table *t,
                     enum exclude what)
{
    const struct top_pair *pair = &p->pair[0];
    if (what == EXCLUDE_PROTO) {
        buf_add_text(out, "not ");
        add_test(out, role_name(ROLE_PROTO), proto_or_nothing(t, p->proto.item[0].key));
    } else if (what == EXCLUDE_SOURCE) {
        buf_add_text(out, "not ");
        add_test(out, "src", addr_or_nothing(t, p->orig.item[0].key));
    } else {
        buf_add_text(out, "not (");
        add_test(out, "src", addr_or_nothing(t, pair->orig));
        buf_add_text(out, " and ");
        add_test(out, "dst", addr_or_nothing(t, pair->resp));
        if (has_port(t))
            buf_printf(out, " and %s=%u", role_name(ROLE_RESP_P), pair->resp_p);
        if (has_proto(t) && pair->proto != CAT_OTHER) {
            buf_add_text(out, " and ");
            add_test(out, role_name(ROLE_PROTO), proto_or_nothing(t, pair->proto));
        }
        buf_add_char(out, ')');
    }
}

/* A term names addresses; what else stood in their place it cannot tell from a missing one. */
static int check_addr(const struct table *t, uint32_t addr, struct err *err)
{
    struct span text = addr_or_nothing(t, addr);
    if (addr == ADDR_MISSING || table_addr(t, addr)->kind != ADDR_NOT)
        return 0;
    return err_set(err, ERR_USAGE, "'%.*s' is no address: leave out the cluster instead",
                   (int)(text.len > 60 ? 60 : text.len), text.ptr);
}

static int check_addrs(const struct profile *p, const struct table *t, enum exclude what,
                       struct err *err)
{
    if (what == EXCLUDE_SOURCE)
        return check_addr(t, p->orig.item[0].key, err);
    if (what == EXCLUDE_PAIR && check_addr(t, p->pair[0].orig, err) == 0)
        return check_addr(t, p->pair[0].resp, err);
    return what == EXCLUDE_PAIR ? -1 : 0;
}

static bool same(const struct exclusion *a, const struct exclusion *b)
{
    if (a->term != NULL && b->term != NULL)
        return strcmp(a->term, b->term) == 0;
    return a->of != NULL && a->of == b->of && a->number == b->number;
}

static int add_exclusion(struct hypothesis *h, struct exclusion *x, struct err *err)
{
    for (size_t i = 0; i < h->n_excluded; i++) {
        if (same(&h->excluded[i], x))
            return err_set(err, ERR_USAGE, "%s is excluded already", x->text);
    }
    if (h->n_excluded == HYPOTHESIS_MAX_EXCLUDED)
        return err_set(err, ERR_USAGE, "%d things are excluded: take one back first",
                       HYPOTHESIS_MAX_EXCLUDED);
    h->excluded[h->n_excluded++] = *x;
    return 0;
}

/* Whether all that is excluded can be said in one `where`. */
static int check_fit(const struct hypothesis *h, struct err *err)
{
    struct recipe recipe;
    struct subset *subset;
    size_t n;
    if (hypothesis_fit(h, &recipe, &subset, &n, err) != 0)
        return -1;
    recipe_release(&recipe);
    mem_free(subset);
    return 0;
}

int hypothesis_exclude(struct hypothesis *h, const struct clustering *c, const struct table *t,
                       uint32_t number, enum exclude what, struct err *err)
{
    struct exclusion x = {.number = number};
    struct buf text = BUF_INIT, term = BUF_INIT;
    double share;
    int rc = -1;
    if (!exclude_text(c, t, number, what, &text, &share)) {
        err_set(err, ERR_USAGE, "the log has no such column");
        goto out;
    }
    if (check_addrs(&c->profile[number - 1], t, what, err) != 0)
        goto out;
    if (what == EXCLUDE_CLUSTER)
        x.of = clustering_ref(c);
    else
        add_term(&term, &c->profile[number - 1], t, what);
    if (term.len > 0 && memchr(term.ptr, '\0', term.len) != NULL) {
        err_set(err, ERR_USAGE, "it has NUL bytes in its name: leave out the cluster instead");
        goto out;
    }
    x.text = mem_copy(text.ptr, text.len);
    x.term = what == EXCLUDE_CLUSTER ? NULL : mem_copy(term.ptr, term.len);
    if (text.failed || term.failed || x.text == NULL || (x.term == NULL && x.of == NULL))
        err_memory(err, "what is excluded");
    else
        rc = add_exclusion(h, &x, err);
    if (rc == 0 && check_fit(h, err) != 0) {
        h->n_excluded--;
        rc = -1;
    }
    if (rc != 0)
        exclusion_release(&x);
out:
    buf_release(&text);
    buf_release(&term);
    return rc;
}

int hypothesis_leave_out(struct hypothesis *h, struct span text, struct span term, struct err *err)
{
    struct exclusion x = {.text = mem_copy(text.ptr, text.len),
                          .term = mem_copy(term.ptr, term.len)};
    struct expr *expr;
    int rc = -1;
    if (x.text == NULL || x.term == NULL) {
        (void)err_memory(err, "what is excluded");
    } else if ((expr = expr_parse(term, EXPR_STRICT, err)) != NULL) {
        expr_free(expr); /* alone, so that no bracket of it closes one around it */
        rc = add_exclusion(h, &x, err);
        if (rc == 0 && check_fit(h, err) != 0) {
            h->n_excluded--;
            rc = -1;
        }
    }
    if (rc != 0)
        exclusion_release(&x);
    return rc;
}

void hypothesis_include(struct hypothesis *h, size_t i)
{
    if (i >= h->n_excluded)
        return;
    exclusion_release(&h->excluded[i]);
    h->n_excluded--;
    memmove(&h->excluded[i], &h->excluded[i + 1], (h->n_excluded - i) * sizeof h->excluded[0]);
}

/* ---- what a fit is given ---- */

static void add_where(struct buf *out, const struct hypothesis *h)
{
    bool any = h->recipe.where[0] != '\0', terms = false;
    for (size_t i = 0; i < h->n_excluded; i++)
        terms |= h->excluded[i].term != NULL;
    if (any)
        buf_printf(out, terms ? "(%s)" : "%s", h->recipe.where);
    for (size_t i = 0; i < h->n_excluded; i++) {
        if (h->excluded[i].term == NULL)
            continue;
        buf_add_text(out, any ? " and " : "");
        buf_add_text(out, h->excluded[i].term);
        any = true;
    }
}

int hypothesis_fit(const struct hypothesis *h, struct recipe *recipe, struct subset **subset,
                   size_t *n_subsets, struct err *err)
{
    struct buf where = BUF_INIT;
    int rc = -1;
    size_t n = h->n_zooms;
    *subset = NULL;
    *n_subsets = 0;
    if (recipe_copy(recipe, &h->recipe, err) != 0)
        return -1;
    *subset = mem_alloc(h->n_zooms + h->n_excluded, sizeof **subset);
    add_where(&where, h);
    if (*subset == NULL || where.failed) {
        err_memory(err, "what is excluded");
        goto out;
    }
    if (where.len > 0 && strcmp(buf_text(&where), recipe->where) != 0 &&
        recipe_set_where(recipe, buf_text(&where), err) != 0)
        goto out;
    for (size_t i = 0; i < h->n_zooms; i++)
        (*subset)[i] = h->zoom[i];
    for (size_t i = 0; i < h->n_excluded; i++) {
        if (h->excluded[i].of != NULL)
            (*subset)[n++] = (struct subset){h->excluded[i].of, h->excluded[i].number, false};
    }
    *n_subsets = n;
    rc = 0;
out:
    buf_release(&where);
    if (rc != 0) {
        recipe_release(recipe);
        mem_free(*subset);
        *subset = NULL;
    }
    return rc;
}
