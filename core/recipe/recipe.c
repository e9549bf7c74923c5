/* Recipes as values: defaults, copies, overrides, writing; see recipe.h. Parsing of files is in
 * recipe_parse.c. */
#include "core/recipe/recipe.h"

#include <math.h>

#include "core/base/buf.h"
#include "core/base/closest.h"
#include "core/base/mem.h"
#include "core/base/number.h"
#include "core/recipe/expr.h"
#include "core/recipe/recipe_impl.h"

static const char *const unit_names[] = {"connection", "pair", "host"};
static const char *const scale_names[] = {"standard", "minmax", "none"};
static const char *const missing_names[] = {"mark", "zero", "drop"};
static const char *const order_names[] = {"size", "suspicion"};
static const char *const kind_names[] = {
#define X(id, name, args) name,
    FEATURES(X)
#undef X
};

const char *unit_name(enum unit u)
{
    return unit_names[u];
}

const char *scale_name(enum scale s)
{
    return scale_names[s];
}

const char *missing_name(enum missing m)
{
    return missing_names[m];
}

const char *order_name(enum order o)
{
    return order_names[o];
}

const char *feature_kind_name(enum feature_kind kind)
{
    return kind < N_FEATURES ? kind_names[kind] : "";
}

int feature_kind_args(enum feature_kind kind)
{
    static const int n_args[] = {
#define X(id, name, args) args,
        FEATURES(X)
#undef X
    };
    return n_args[kind];
}

int recipe_init(struct recipe *r, struct err *err)
{
    *r = (struct recipe){.k = 7, .starts = 4, .max_iter = 300, .seed = 1};
    r->name = mem_string("");
    r->path = mem_string("");
    r->about = mem_string("");
    r->log = mem_string("");
    r->where = mem_string("");
    if (r->name == NULL || r->path == NULL || r->about == NULL || r->log == NULL ||
        r->where == NULL) {
        recipe_release(r);
        return err_memory(err, "the recipe");
    }
    return 0;
}

void feature_release(struct feature *f)
{
    mem_free(f->arg[0]);
    mem_free(f->arg[1]);
    mem_free(f->text);
    *f = (struct feature){.weight = 1};
}

void recipe_drop_features(struct recipe *r)
{
    for (size_t i = 0; i < r->n_features; i++)
        feature_release(&r->feature[i]);
    mem_free(r->feature);
    r->feature = NULL;
    r->n_features = 0;
}

void recipe_release(struct recipe *r)
{
    recipe_drop_features(r);
    mem_free(r->name);
    mem_free(r->path);
    mem_free(r->about);
    mem_free(r->log);
    mem_free(r->where);
    if (r->otherwise != NULL)
        recipe_release(r->otherwise);
    mem_free(r->otherwise);
    *r = (struct recipe){.k = 0};
}

int feature_copy(struct feature *to, const struct feature *from, struct err *err)
{
    *to = *from;
    to->text = mem_string(from->text);
    for (int i = 0; i < 2; i++)
        to->arg[i] = from->arg[i] == NULL ? NULL : mem_string(from->arg[i]);
    if (to->text != NULL && (from->arg[0] == NULL) == (to->arg[0] == NULL) &&
        (from->arg[1] == NULL) == (to->arg[1] == NULL))
        return 0;
    feature_release(to);
    return err_memory(err, "the recipe");
}

int recipe_copy(struct recipe *to, const struct recipe *from, struct err *err)
{
    *to = *from;
    to->otherwise = NULL;
    to->feature = mem_zalloc(from->n_features, sizeof *to->feature);
    to->n_features = 0;
    to->name = mem_string(from->name);
    to->path = mem_string(from->path);
    to->about = mem_string(from->about);
    to->log = mem_string(from->log);
    to->where = mem_string(from->where);
    if (to->feature == NULL || to->name == NULL || to->path == NULL || to->about == NULL ||
        to->log == NULL || to->where == NULL)
        goto fail;
    for (size_t i = 0; i < from->n_features; i++) {
        if (feature_copy(&to->feature[i], &from->feature[i], err) != 0)
            goto fail;
        to->n_features++;
    }
    if (from->otherwise != NULL) {
        to->otherwise = mem_zalloc(1, sizeof *to->otherwise);
        if (to->otherwise == NULL || recipe_copy(to->otherwise, from->otherwise, err) != 0)
            goto fail;
    }
    return 0;
fail:
    recipe_release(to);
    return err_memory(err, "the recipe");
}

/* ---- features ---- */

/* "2 * log(orig_bytes)" from its parts. */
static char *canonical(const struct feature *f)
{
    struct buf text = BUF_INIT;
    char number[32];
    if (f->weight != 1)
        buf_printf(&text, "%s * ", number_shortest(f->weight, number, sizeof number));
    buf_add_text(&text, kind_names[f->kind]);
    if (f->arg[0] != NULL)
        buf_printf(&text, "(%s%s%s)", f->arg[0], f->arg[1] == NULL ? "" : ",",
                   f->arg[1] == NULL ? "" : f->arg[1]);
    return buf_take(&text);
}

static int known_kinds(struct err *err, struct span name)
{
    char all[256] = "", hint[CLOSEST_HINT];
    struct closest c = closest_to(name);
    size_t used = 0;
    for (int i = 0; i < N_FEATURES; i++)
        closest_try(&c, span_of(kind_names[i]));
    if (c.best.len > 0) /* the list is long */
        return err_set(err, ERR_USAGE, "unknown feature '%.*s'%s",
                       name.len > 40 ? 40 : (int)name.len, name.ptr, closest_hint(&c, hint));
    for (int i = 0; i < N_FEATURES && used < sizeof all; i++) {
        int n = snprintf(all + used, sizeof all - used, "%s%s", i == 0 ? "" : ", ", kind_names[i]);
        used += n > 0 ? (size_t)n : 0;
    }
    return err_set(err, ERR_USAGE, "unknown feature '%.*s': known are %s",
                   name.len > 40 ? 40 : (int)name.len, name.ptr, all);
}

bool feature_is_aggregate(enum feature_kind kind)
{
    return kind >= FEATURE_SD && kind <= FEATURE_SPAN;
}

bool feature_is_logarithm(enum feature_kind kind)
{
    switch (kind) {
    case FEATURE_LOG:
    case FEATURE_LENGTH:
    case FEATURE_RATE:
    case FEATURE_SD:
    case FEATURE_SUM:
    case FEATURE_MAX:
    case FEATURE_SPAN:
    case FEATURE_PAIR_COUNT:
    case FEATURE_PAIR_GAP:
    case FEATURE_GAP_SPREAD:
    case FEATURE_FANOUT_HOSTS:
    case FEATURE_FANOUT_PORTS:
    case FEATURE_POPULARITY:
    case FEATURE_SOURCE_BYTES:
        return true;
    default:
        return false;
    }
}

int recipe_check(const struct recipe *r, struct err *err)
{
    for (size_t i = 0; i < r->n_features && r->unit == UNIT_CONNECTION; i++) {
        const struct feature *f = &r->feature[i];
        if (!feature_is_aggregate(f->kind))
            continue;
        (void)err_set(err, ERR_USAGE,
                      "%.80s is about a group of rows: it needs unit = pair or unit = host",
                      f->text);
        if (f->line > 0)
            recipe_err_at(err, r->path, f->line);
        return -1;
    }
    return 0;
}

/* Takes "2 *" off the front when there is one. */
static int take_weight(struct span *text, double *weight, struct err *err)
{
    const char *star = text->len == 0 ? NULL : memchr(text->ptr, '*', text->len);
    const char *open = text->len == 0 ? NULL : memchr(text->ptr, '(', text->len);
    struct span head;
    *weight = 1;
    if (star == NULL || (open != NULL && open < star))
        return 0;
    head = span_trim(span_make(text->ptr, (size_t)(star - text->ptr)));
    if (!value_double(head, weight) || !(*weight > 0) || *weight > FEATURE_MAX_WEIGHT)
        return err_set(err, ERR_USAGE, "weight '%.*s' is not a number above 0 and at most 1000000",
                       head.len > 40 ? 40 : (int)head.len, head.ptr);
    *text = span_trim(span_make(star + 1, text->len - (size_t)(star + 1 - text->ptr)));
    return 0;
}

static int kind_of(struct span name)
{
    for (int i = 0; i < N_FEATURES; i++) {
        if (span_is(name, kind_names[i]))
            return i;
    }
    return -1;
}

static int take_args(struct feature *f, struct span inside, struct err *err)
{
    int want = feature_kind_args(f->kind), got = 0;
    if (want == 0)
        return span_trim(inside).len == 0
                   ? 0
                   : err_set(err, ERR_USAGE, "%s takes no field", kind_names[f->kind]);
    while (inside.len > 0 || got == 0) {
        const char *comma = inside.len == 0 ? NULL : memchr(inside.ptr, ',', inside.len);
        size_t len = comma == NULL ? inside.len : (size_t)(comma - inside.ptr);
        struct span one = span_trim(span_make(inside.ptr, len));
        if (one.len == 0 || got == want || memchr(one.ptr, '(', one.len) != NULL ||
            memchr(one.ptr, ')', one.len) != NULL)
            goto wrong;
        f->arg[got] = mem_copy(one.ptr, one.len);
        if (f->arg[got++] == NULL)
            return err_memory(err, "the recipe");
        if (comma == NULL)
            break;
        inside = span_make(comma + 1, inside.len - len - 1);
        if (inside.len == 0)
            goto wrong;
    }
    if (got == want)
        return 0;
wrong:
    return err_set(err, ERR_USAGE, "%s takes %d field%s: %s(%s)", kind_names[f->kind], want,
                   want == 1 ? "" : "s", kind_names[f->kind], want == 1 ? "FIELD" : "FIELD,FIELD");
}

int feature_parse(struct feature *f, struct span text, struct err *err)
{
    const char *open;
    struct span name;
    int kind;
    *f = (struct feature){.weight = 1};
    text = span_trim(text);
    if (take_weight(&text, &f->weight, err) != 0)
        return -1;
    open = text.len == 0 ? NULL : memchr(text.ptr, '(', text.len);
    name = span_trim(span_make(text.ptr, open == NULL ? text.len : (size_t)(open - text.ptr)));
    kind = kind_of(name);
    if (name.len == 0)
        return err_set(err, ERR_USAGE, "a feature is missing (expected one such as log(duration))");
    if (kind < 0)
        return known_kinds(err, name);
    f->kind = (enum feature_kind)kind;
    if (open != NULL && text.ptr[text.len - 1] != ')' &&
        memchr(open, ')', text.len - (size_t)(open - text.ptr)) != NULL)
        return err_set(
            err, ERR_USAGE,
            "'%.*s': nothing stands behind the ) (a weight stands in front: 2 * log(duration))",
            text.len > 60 ? 60 : (int)text.len, text.ptr);
    if (open != NULL && text.ptr[text.len - 1] != ')')
        return err_set(err, ERR_USAGE, "missing ) after '%.*s'", text.len > 60 ? 60 : (int)text.len,
                       text.ptr);
    if (take_args(f,
                  open == NULL
                      ? span_make("", 0)
                      : span_make(open + 1, (size_t)(text.ptr + text.len - 1 - (open + 1))),
                  err) != 0)
        goto fail;
    f->text = canonical(f);
    if (f->text != NULL)
        return 0;
    err_memory(err, "the recipe");
fail:
    feature_release(f);
    return -1;
}

bool feature_same(const struct feature *a, const struct feature *b)
{
    for (int i = 0; i < 2; i++) {
        if ((a->arg[i] == NULL) != (b->arg[i] == NULL) ||
            (a->arg[i] != NULL && strcmp(a->arg[i], b->arg[i]) != 0))
            return false;
    }
    return a->kind == b->kind;
}

int feature_set_weight(struct feature *f, double weight, struct err *err)
{
    struct feature changed = *f;
    char *text;
    if (!(weight > 0) || weight > FEATURE_MAX_WEIGHT)
        return err_set(err, ERR_USAGE, "a weight is above 0 and at most %.0f", FEATURE_MAX_WEIGHT);
    changed.weight = weight;
    text = canonical(&changed);
    if (text == NULL)
        return err_memory(err, "the recipe");
    mem_free(f->text);
    f->text = text;
    f->weight = weight;
    return 0;
}

/* Takes the feature over when all went well. */
static int add(struct recipe *r, struct feature *f, struct err *err)
{
    void *list;
    for (size_t i = 0; i < r->n_features; i++) {
        if (feature_same(&r->feature[i], f))
            return err_set(err, ERR_USAGE, "feature %.80s stands here twice", f->text);
    }
    if (r->n_features == RECIPE_MAX_FEATURES)
        return err_set(err, ERR_USAGE, "more than %d features", RECIPE_MAX_FEATURES);
    list = mem_resize(r->feature, r->n_features + 1, sizeof *f);
    if (list == NULL)
        return err_memory(err, "the recipe");
    r->feature = list;
    r->feature[r->n_features++] = *f;
    return 0;
}

int recipe_add_feature(struct recipe *r, struct span text, uint32_t line, struct err *err)
{
    struct feature f;
    if (feature_parse(&f, text, err) != 0)
        return -1;
    f.line = line;
    if (add(r, &f, err) == 0)
        return 0;
    feature_release(&f);
    return -1;
}

int recipe_append(struct recipe *r, const struct feature *f, struct err *err)
{
    struct feature copy;
    if (feature_copy(&copy, f, err) != 0)
        return -1;
    if (add(r, &copy, err) == 0)
        return 0;
    feature_release(&copy);
    return -1;
}

int recipe_take_features(struct recipe *r, const struct recipe *from, struct err *err)
{
    struct recipe fresh = {.n_features = 0};
    for (size_t i = 0; i < from->n_features; i++) {
        if (recipe_append(&fresh, &from->feature[i], err) != 0) {
            recipe_drop_features(&fresh);
            return -1;
        }
    }
    recipe_drop_features(r);
    r->feature = fresh.feature;
    r->n_features = fresh.n_features;
    return 0;
}

/* ---- overrides ---- */

int recipe_rename(struct recipe *r, const char *name, const char *path, struct err *err)
{
    char *new_name = mem_string(name), *new_path = mem_string(path);
    if (new_name == NULL || new_path == NULL) {
        mem_free(new_name);
        mem_free(new_path);
        return err_memory(err, "the recipe");
    }
    mem_free(r->name);
    mem_free(r->path);
    r->name = new_name;
    r->path = new_path;
    return 0;
}

int recipe_set_features(struct recipe *r, const char *list, struct err *err)
{
    struct recipe fresh = {.n_features = 0};
    size_t from = 0, at = 0;
    int depth = 0;
    for (;; at++) {
        char c = list[at];
        depth += (c == '(') - (c == ')');
        if (c != '\0' && (c != ',' || depth > 0))
            continue;
        if (recipe_add_feature(&fresh, span_make(list + from, at - from), 0, err) != 0) {
            recipe_drop_features(&fresh);
            return -1;
        }
        from = at + 1;
        if (c == '\0')
            break;
    }
    recipe_drop_features(r);
    r->feature = fresh.feature;
    r->n_features = fresh.n_features;
    return 0;
}

int recipe_choose(const char *text, const char *const *names, int n, int *out, struct err *err)
{
    char all[80] = "", hint[CLOSEST_HINT];
    size_t used = 0;
    for (int i = 0; i < n; i++) {
        int len;
        if (strcmp(names[i], text) == 0) {
            *out = i;
            return 0;
        }
        len = snprintf(all + used, sizeof all - used, "%s%s", i == 0 ? "" : ", ", names[i]);
        used += len > 0 ? (size_t)len : 0;
    }
    return err_set(err, ERR_USAGE, "'%.60s' is none of: %s%s", text, all,
                   closest_among(text, names, (size_t)n, hint));
}

int recipe_set_unit(struct recipe *r, const char *text, struct err *err)
{
    int n = 0;
    if (recipe_choose(text, unit_names, ARRAY_LEN(unit_names), &n, err) != 0)
        return -1;
    r->unit = (enum unit)n;
    return 0;
}

int recipe_set_scale(struct recipe *r, const char *text, struct err *err)
{
    int n = 0;
    if (recipe_choose(text, scale_names, ARRAY_LEN(scale_names), &n, err) != 0)
        return -1;
    r->scale = (enum scale)n;
    return 0;
}

int recipe_set_missing(struct recipe *r, const char *text, struct err *err)
{
    int n = 0;
    if (recipe_choose(text, missing_names, ARRAY_LEN(missing_names), &n, err) != 0)
        return -1;
    r->missing = (enum missing)n;
    return 0;
}

int recipe_set_order(struct recipe *r, const char *text, struct err *err)
{
    int n = 0;
    if (recipe_choose(text, order_names, ARRAY_LEN(order_names), &n, err) != 0)
        return -1;
    r->order = (enum order)n;
    return 0;
}

int recipe_set_where(struct recipe *r, const char *text, struct err *err)
{
    struct span trimmed = span_trim(span_of(text));
    struct expr *e = NULL;
    char *copy;
    if (trimmed.len > 0 && (e = expr_parse(span_of(text), EXPR_STRICT, err)) == NULL)
        return -1;
    expr_free(e);
    copy = mem_string(trimmed.len == 0 ? "" : text);
    if (copy == NULL)
        return err_memory(err, "the recipe");
    mem_free(r->where);
    r->where = copy;
    r->where_option = r->where_line = 0;
    return 0;
}

static int whole(const char *text, uint64_t low, uint64_t high, uint64_t *out, struct err *err)
{
    if (!value_count(span_of(text), out) || *out < low || *out > high)
        return err_set(err, ERR_USAGE, "'%.60s' is not a whole number from %llu to %llu", text,
                       (unsigned long long)low, (unsigned long long)high);
    return 0;
}

int recipe_set_k(struct recipe *r, const char *text, struct err *err)
{
    uint64_t n;
    if (whole(text, 1, RECIPE_MAX_K, &n, err) != 0)
        return -1;
    r->k = (uint32_t)n;
    return 0;
}

int recipe_set_starts(struct recipe *r, const char *text, struct err *err)
{
    uint64_t n;
    if (whole(text, 1, 10000, &n, err) != 0)
        return -1;
    r->starts = (uint32_t)n;
    return 0;
}

int recipe_set_seed(struct recipe *r, const char *text, struct err *err)
{
    return whole(text, 0, UINT64_MAX, &r->seed, err);
}

int recipe_set_max_iter(struct recipe *r, const char *text, struct err *err)
{
    uint64_t n;
    if (whole(text, 1, 1000000, &n, err) != 0)
        return -1;
    r->max_iter = (uint32_t)n;
    return 0;
}

int recipe_set_tol(struct recipe *r, const char *text, struct err *err)
{
    double x;
    if (!value_double(span_of(text), &x) || x < 0)
        return err_set(err, ERR_USAGE, "'%.60s' is not a number from 0 on", text);
    r->tol = x;
    return 0;
}

/* A name may hold a line end, and so may an expression from the command line. */
static void write_line(struct buf *out, const char *head, const char *text)
{
    buf_add_text(out, head);
    for (; *text != '\0'; text++)
        buf_add_char(out, *text == '\n' ? ' ' : *text);
    buf_add_char(out, '\n');
}

void recipe_write(const struct recipe *r, struct buf *out)
{
    char number[32], words[SUSPICION_TEXT];
    write_line(out, "# ", r->name);
    if (r->about[0] != '\0')
        buf_printf(out, "about    = %s\n", r->about);
    if (r->log[0] != '\0')
        buf_printf(out, "log      = %s\n", r->log);
    buf_printf(out, "unit     = %s\n", unit_names[r->unit]);
    if (r->where[0] != '\0')
        write_line(out, "where    = ", r->where);
    buf_printf(out, "k        = %u\nseed     = %llu\nstarts   = %u\ntol      = %s\nmax_iter = %u\n",
               r->k, (unsigned long long)r->seed, r->starts,
               number_shortest(r->tol, number, sizeof number), r->max_iter);
    buf_printf(out, "order    = %s\n", order_names[r->order]);
    if (r->suspicion != 0)
        buf_printf(out, "suspicion = %s\n", recipe_suspicion_text(r, words, sizeof words));
    buf_printf(out, "scale    = %s\nmissing  = %s\n", scale_names[r->scale],
               missing_names[r->missing]);
    for (size_t i = 0; i < r->n_features; i++)
        write_line(out, "feature  = ", r->feature[i].text);
}
