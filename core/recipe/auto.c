/* Chooses features for the columns of a log; see auto.h and minnow-recipe(5).
 *
 * DESIGN
 * 1. A sample of rows, spread evenly over the log, is read once: of each value its hash, and its
 * number when it is one.
 * 2. Each column is then judged alone, by counts of the sample. Nothing is learnt from labels, and no
 * threshold depends on another column.
 * 3. Of categories that cut the sample in the same way, such as a code and its name, one stays. */
#include "core/recipe/auto.h"

#include "core/base/hash.h"
#include "core/base/mem.h"
#include "core/base/number.h"
#include "core/recipe/plan.h"

#define SAMPLE_CELLS  ((uint64_t)2 << 20)
#define SAMPLE_WINDOW ((size_t)16 << 10)
#define MAX_VALUES    ONEHOT_MAX_DIMS /* of a text, to be categories */
#define MAX_CODES     16              /* of a number, to be categories */
#define HIGHEST_CODE  999
#define ROWS_PER_CODE 20   /* with fewer, few numbers may be few by chance */
#define MIN_COVERED   0.9  /* of the values, by the MAX_VALUES commonest */
#define MIN_NUMBERS   0.99 /* of a text column's values, to be a number or address */
#define SAME_CUT      0.01 /* of the rows outside the commonest value may differ */
#define SKEWED        20   /* biggest value over the median of those above 0 */
#define MIN_IDS       100  /* values, to call a column one of ids */
#define ID_SHARE      0.8  /* of whole numbers that are different */

struct sample {
    uint64_t n;          /* rows */
    uint64_t *hash;      /* of value i of column c at c * n + i; 0 when missing; owned */
    double *x;           /* NaN when it is no number; owned */
    uint64_t *addresses; /* values that are addresses, by column; owned */
};

struct facts {
    uint64_t n;       /* values */
    uint64_t missing; /* rows without one */
    uint64_t values;  /* different ones */
    uint64_t addresses;
    uint64_t covered;        /* values among the MAX_VALUES commonest */
    uint64_t numbers, codes; /* values that are numbers, different numbers */
    double min, max;
    double median; /* of the numbers that are not 0 */
    bool whole;    /* all numbers are */
    bool rising;   /* each number above the one before it, or each below */
};

struct choice {
    enum feature_kind kind;
    uint32_t column;
    bool category;   /* its values are names or codes of something */
    bool text;       /* ... and not numbers */
    uint32_t *first; /* for categories: the first row with the same value, by row; owned */
    uint64_t rare;   /* rows without its commonest value */
};

bool schema_is_conn(const struct schema *s)
{
    return roles_of_conn(s->by_role);
}

/* A recipe for connections, on connections; for another kind of log, on one with all the fields it needs. */
static bool suits(const struct recipe *r, const struct schema *s)
{
    if (strcmp(r->log, "conn") == 0)
        return schema_is_conn(s);
    for (size_t i = 0; r->log[0] != '\0' && i < r->n_features; i++)
        if (!feature_fits(&r->feature[i], s, NULL))
            return false;
    return true;
}

void recipe_settle(struct recipe *r, const struct schema *s)
{
    while (r->otherwise != NULL && !suits(r, s)) {
        struct recipe *other = r->otherwise;
        r->otherwise = NULL;
        recipe_release(r);
        *r = *other;
        mem_free(other);
    }
    if (r->otherwise == NULL)
        return;
    recipe_release(r->otherwise);
    mem_free(r->otherwise);
    r->otherwise = NULL;
}

bool recipe_has_auto(const struct recipe *r)
{
    for (size_t i = 0; i < r->n_features; i++)
        if (r->feature[i].kind == FEATURE_AUTO)
            return true;
    return false;
}

/* ---- the sample ---- */

static void sample_release(struct sample *s)
{
    mem_free(s->hash);
    mem_free(s->x);
    mem_free(s->addresses);
}

static void take_row(struct sample *s, uint64_t at, const struct schema *schema,
                     const struct row *row, struct buf *scratch)
{
    for (size_t c = 0; c < schema->n; c++) {
        const struct field *v = &row->field[c];
        uint64_t *hash = &s->hash[c * s->n + at];
        double *x = &s->x[c * s->n + at];
        struct addr addr;
        struct span text;
        *hash = 0;
        *x = NAN;
        if (v->state != FIELD_VALUE)
            continue;
        text = field_decode(v, scratch);
        *hash = hash_bytes(text.ptr, text.len) | 1;
        if (!feature_number(text, schema->col[c].type, x))
            *x = NAN;
        s->addresses[c] += addr_parse(text, &addr) ? 1 : 0;
    }
}

static int take_sample(struct sample *s, const struct table *t, struct job *job, struct err *err)
{
    uint64_t cap = SAMPLE_CELLS / (t->schema.n + 1);
    struct row_reader *reader = NULL;
    struct buf scratch = BUF_INIT;
    int rc = -1;
    cap = cap < AUTO_ROWS ? cap : AUTO_ROWS;
    cap = cap < t->n_rows ? cap : t->n_rows;
    s->n = cap;
    s->hash = mem_zalloc(cap * t->schema.n, sizeof *s->hash);
    s->x = mem_alloc(cap * t->schema.n, sizeof *s->x);
    s->addresses = mem_zalloc(t->schema.n, sizeof *s->addresses);
    if (s->hash == NULL || s->x == NULL || s->addresses == NULL) {
        err_memory(err, "the features");
        goto out;
    }
    reader = row_reader_new(t, cap < t->n_rows ? SAMPLE_WINDOW : 0, err);
    if (reader == NULL)
        goto out;
    for (uint64_t i = 0; i < cap; i++) {
        const struct row *row;
        if (i % 64 == 0 && job_cancelled(job)) {
            job_stopped(err);
            goto out;
        }
        if (row_reader_get(reader, i * t->n_rows / cap, &row, err) < 0)
            goto out;
        take_row(s, i, &t->schema, row, &scratch);
    }
    rc = scratch.failed ? err_memory(err, "the features") : 0;
out:
    row_reader_free(reader);
    buf_release(&scratch);
    return rc;
}

/* ---- what a column is like ---- */

static int cmp_u64(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static int cmp_double(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Counts the values, by their hashes. `sorted` has room for all rows. */
static void count_values(struct facts *f, const uint64_t *hash, uint64_t rows, uint64_t *sorted)
{
    uint64_t begin = 0, n = 0;
    for (uint64_t i = 0; i < rows; i++)
        if (hash[i] != 0)
            sorted[n++] = hash[i];
    f->n = n;
    f->missing = rows - n;
    qsort(sorted, n, sizeof *sorted, cmp_u64);
    /* Each run of equal hashes becomes its length, in place. */
    for (uint64_t i = 0; i < n; i++) {
        if (i + 1 < n && sorted[i + 1] == sorted[i])
            continue;
        sorted[f->values++] = i + 1 - begin;
        begin = i + 1;
    }
    qsort(sorted, f->values, sizeof *sorted, cmp_u64);
    for (uint64_t i = f->values; i > 0 && f->values - i < MAX_VALUES; i--)
        f->covered += sorted[i - 1];
}

static void count_numbers(struct facts *f, const double *x, uint64_t rows, double *sorted)
{
    uint64_t n = 0, up = 0, down = 0, zeros = 0, below = 0;
    f->whole = true;
    for (uint64_t i = 0; i < rows; i++) {
        if (isnan(x[i]))
            continue;
        f->whole = f->whole && x[i] == floor(x[i]);
        up += n > 0 && x[i] > sorted[n - 1];
        down += n > 0 && x[i] < sorted[n - 1];
        sorted[n++] = x[i];
    }
    f->numbers = n;
    f->rising = n > 1 && (up == n - 1 || down == n - 1);
    if (n == 0)
        return;
    qsort(sorted, n, sizeof *sorted, cmp_double);
    f->min = sorted[0];
    f->max = sorted[n - 1];
    for (uint64_t i = 0; i < n; i++) {
        f->codes += i == 0 || sorted[i] != sorted[i - 1];
        zeros += sorted[i] == 0;
        below += sorted[i] < 0;
    }
    if (zeros + below < n)
        f->median = sorted[zeros + below + (n - zeros - below) / 2];
}

/* ---- judging ---- */

/* Who answers for a row in a data set, and what the answer is: not how the row behaves. */
static bool is_label(const char *name)
{
    static const char *const names[] = {"label", "detailedlabel", "detailed-label"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strcasecmp(name, names[i]) == 0)
            return true;
    return false;
}

static bool is_name(const struct column *col)
{
    switch (col->role) {
    case ROLE_TS:
    case ROLE_UID:
    case ROLE_ORIG_P:
        return true;
    default:
        return col->type == COL_TIME || col->type == COL_ADDR || col->type == COL_SUBNET ||
               col->type == COL_SET || is_label(col->name);
    }
}

/* Numbers that count or name rows. */
static bool is_id(const struct facts *f)
{
    if (f->n < MIN_IDS)
        return f->rising && f->n > 2;
    return f->rising || (f->whole && (double)f->codes > ID_SHARE * (double)f->n);
}

/* Whether the values are few and come again. */
static bool is_category(const struct facts *f)
{
    bool several = f->values + (f->missing > 0) > 1;
    return several && f->values * 2 <= f->n && (double)f->covered >= MIN_COVERED * (double)f->n;
}

static bool is_code(const struct facts *f)
{
    return f->whole && f->codes <= MAX_CODES && f->n >= f->codes * ROWS_PER_CODE && f->min >= 0 &&
           f->max <= HIGHEST_CODE;
}

static bool is_number(const struct facts *f, enum col_type type)
{
    if (type == COL_COUNT || type == COL_INT || type == COL_DOUBLE || type == COL_INTERVAL ||
        type == COL_BOOL)
        return f->numbers > 0;
    return f->numbers > 0 && (double)f->numbers >= MIN_NUMBERS * (double)f->n;
}

/* A time under a name of its own: every value lies where the log does, give or take a day. */
static bool is_time(const struct facts *f, const struct table *t)
{
    const double day = 86400;
    return t->first_ts_us != TIME_MISSING && f->min >= (double)t->first_ts_us / 1e6 - day &&
           f->max <= (double)t->last_ts_us / 1e6 + day;
}

/* The feature for a column; false when there is none. */
static bool judge(const struct table *t, const struct column *col, const struct facts *f,
                  struct choice *out)
{
    out->category = true;
    out->text = false;
    if (is_name(col) || f->n == 0 || (double)f->addresses >= MIN_NUMBERS * (double)f->n)
        return false;
    out->kind = FEATURE_ONEHOT;
    if (col->type == COL_PORT) {
        out->kind = f->values <= MAX_VALUES ? FEATURE_ONEHOT : FEATURE_PORT_CLASS;
        return f->values > 1;
    }
    if (!is_number(f, col->type)) {
        out->text = true;
        return is_category(f);
    }
    if (f->codes < 2 || is_id(f) || is_time(f, t))
        return false;
    /* Two numbers are one dimension, whatever they mean. */
    out->category = is_code(f);
    if (!out->category || f->codes == 2)
        out->kind = f->min >= 0 && f->max > SKEWED * f->median ? FEATURE_LOG : FEATURE_NUM;
    return true;
}

/* ---- categories that say the same ---- */

struct seen {
    uint64_t hash;
    uint32_t row;
};

static int cmp_seen(const void *a, const void *b)
{
    const struct seen *x = a, *y = b;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

/* Finds the first row with the same value, for each row. -1 on memory. */
static int find_first(struct choice *c, const uint64_t *hash, uint64_t n)
{
    struct seen *seen = mem_alloc(n, sizeof *seen);
    uint64_t begin = 0, most = 0;
    c->first = mem_alloc(n, sizeof *c->first);
    if (seen == NULL || c->first == NULL) {
        mem_free(seen);
        mem_free(c->first);
        c->first = NULL;
        return -1;
    }
    for (uint64_t i = 0; i < n; i++)
        seen[i] = (struct seen){hash[i], (uint32_t)i};
    qsort(seen, n, sizeof *seen, cmp_seen);
    for (uint64_t i = 0; i < n; i++) {
        if (seen[i].hash != seen[begin].hash)
            begin = i;
        c->first[seen[i].row] = seen[begin].row;
        most = i + 1 - begin > most ? i + 1 - begin : most;
    }
    c->rare = n - most;
    mem_free(seen);
    return 0;
}

/* Whether two columns cut the rows in the same way, but for a few of those that are not like most:
 * each row is compared with the first one that has its value. */
static bool same_cut(const struct choice *a, const struct choice *b, uint64_t n)
{
    uint64_t rare = a->rare < b->rare ? a->rare : b->rare, differ[2] = {0, 0};
    for (uint64_t i = 0; i < n; i++) {
        differ[0] += b->first[i] != b->first[a->first[i]];
        differ[1] += a->first[i] != a->first[b->first[i]];
    }
    return (double)differ[0] <= SAME_CUT * (double)rare &&
           (double)differ[1] <= SAME_CUT * (double)rare;
}

/* Adds a choice of categories unless one is there that cuts the rows in the same way; a name takes
 * the place of a number. -1 on memory. */
static int add_category(struct choice *list, size_t *n, struct choice *new, const struct sample *s)
{
    if (find_first(new, s->hash + new->column * s->n, s->n) != 0)
        return -1;
    for (size_t i = 0; i < *n; i++) {
        if (list[i].first == NULL || !same_cut(&list[i], new, s->n))
            continue;
        if (new->text && !list[i].text) {
            mem_free(list[i].first);
            list[i] = *new;
        } else {
            mem_free(new->first);
        }
        return 0;
    }
    list[(*n)++] = *new;
    return 0;
}

/* Fills `list` (room for every column). -1 on memory. */
static int choose(struct choice *list, size_t *n, const struct sample *s, const struct table *t)
{
    uint64_t *sorted = mem_alloc(s->n, sizeof *sorted);
    double *numbers = mem_alloc(s->n, sizeof *numbers);
    int rc = sorted == NULL || numbers == NULL ? -1 : 0;
    for (size_t c = 0; c < t->schema.n && rc == 0; c++) {
        struct choice one = {.column = (uint32_t)c};
        struct facts f = {.addresses = s->addresses[c]};
        count_values(&f, s->hash + c * s->n, s->n, sorted);
        count_numbers(&f, s->x + c * s->n, s->n, numbers);
        if (!judge(t, &t->schema.col[c], &f, &one))
            continue;
        if (one.category)
            rc = add_category(list, n, &one, s);
        else
            list[(*n)++] = one;
    }
    mem_free(sorted);
    mem_free(numbers);
    return rc;
}

/* ---- into the recipe ---- */

struct expansion {
    struct recipe out; /* only its features */
    const struct recipe *from;
    const struct schema *schema;
    struct buf unwritten; /* columns whose names a recipe cannot hold */
    uint32_t too_many;
};

bool recipe_can_name(const char *name)
{
    for (const char *c = name; *c != '\0'; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            return false;
    return name[0] != '\0';
}

static bool named(const struct recipe *r, const struct feature *f)
{
    for (size_t i = 0; i < r->n_features; i++)
        if (feature_same(&r->feature[i], f))
            return true;
    return false;
}

static int add_choice(struct expansion *e, const struct choice *c, double weight, struct err *err)
{
    const char *name = column_shown(&e->schema->col[c->column]);
    struct buf text = BUF_INIT;
    struct err wrong = ERR_INIT;
    struct feature f;
    int rc = -1;
    buf_printf(&text, "%s(%s)", feature_kind_name(c->kind), name);
    if (text.failed) {
        err_memory(err, "the recipe");
        goto out;
    }
    if (!recipe_can_name(name) || schema_find(e->schema, span_of(name)) != (int)c->column ||
        feature_parse(&f, buf_span(&text), &wrong) != 0) {
        rc = 0;
        if (wrong.code == ERR_LIMIT)
            rc = err_memory(err, "the recipe");
        else
            buf_printf(&e->unwritten, "%s%s", e->unwritten.len > 0 ? ", " : "", name);
        goto out;
    }
    if (e->out.n_features == RECIPE_MAX_FEATURES) {
        e->too_many++;
        rc = 0;
    } else if (named(e->from, &f) || named(&e->out, &f)) {
        rc = 0;
    } else {
        rc = feature_set_weight(&f, weight, err);
        rc = rc == 0 ? recipe_append(&e->out, &f, err) : rc;
    }
    feature_release(&f);
out:
    buf_release(&text);
    return rc;
}

/* The log by its file, or by the first that has rows and how many others have some. */
static int nothing_fits(const struct expansion *e, const struct table *t, struct err *err)
{
    const char *path = NULL;
    char number[32], others[48] = "", name[160];
    uint64_t more = 0;
    err_set(err, ERR_DATA,
            "recipe %s: no column of the log is fit to cluster by: they are times, addresses and "
            "ids, or the same in all rows",
            e->from->name);
    for (size_t i = 0; i < t->n_inputs; i++) {
        if (t->input[i].rows_loaded == 0)
            continue;
        more += path != NULL;
        path = path == NULL ? t->input[i].path : path;
    }
    if (path == NULL)
        return -1;
    if (more > 0)
        (void)snprintf(others, sizeof others, " and %s more",
                       number_grouped(more, number, sizeof number));
    (void)snprintf(name, sizeof name, "%.100s%s", strcmp(path, "-") == 0 ? "standard input" : path,
                   others);
    return err_about(err, name);
}

/* The recipe's own features keep their places; an own one behind too many that were chosen is an
 * error of recipe_append. */
static int expand(struct expansion *e, const struct table *t, const struct choice *list, size_t n,
                  struct err *err)
{
    for (size_t i = 0; i < e->from->n_features; i++) {
        const struct feature *f = &e->from->feature[i];
        if (f->kind != FEATURE_AUTO) {
            if (recipe_append(&e->out, f, err) != 0)
                return -1;
            continue;
        }
        for (size_t c = 0; c < n; c++)
            if (add_choice(e, &list[c], f->weight, err) != 0)
                return -1;
    }
    if (e->out.n_features == 0)
        return nothing_fits(e, t, err);
    return 0;
}

static void tell(const struct expansion *e, struct notices *notices)
{
    if (e->from->unasked)
        notices_add(notices,
                    "not a connection log: recipe %s chose %zu features from its %zu columns",
                    e->from->name, e->out.n_features, e->schema->n);
    if (e->unwritten.len > 0)
        notices_add(notices, "auto: a recipe cannot name the column %s", buf_text(&e->unwritten));
    if (e->too_many > 0)
        notices_add(notices, "auto: %u columns are left out, a recipe has at most %d features",
                    (unsigned)e->too_many, RECIPE_MAX_FEATURES);
}

int recipe_expand(struct recipe *r, const struct table *t, struct notices *notices, struct job *job,
                  struct err *err)
{
    struct expansion e = {.from = r, .schema = &t->schema, .unwritten = BUF_INIT};
    struct sample s = {.n = 0};
    struct choice *list;
    size_t n = 0;
    int rc = -1;
    if (!recipe_has_auto(r))
        return 0;
    if (t->n_rows == 0)
        return err_set(err, ERR_DATA, "there is no row to cluster");
    list = mem_zalloc(t->schema.n, sizeof *list);
    if (list == NULL)
        return err_memory(err, "the features");
    if (take_sample(&s, t, job, err) != 0)
        goto out;
    if (choose(list, &n, &s, t) != 0) {
        err_memory(err, "the features");
        goto out;
    }
    if (expand(&e, t, list, n, err) != 0)
        goto out;
    tell(&e, notices);
    recipe_drop_features(r);
    r->feature = e.out.feature;
    r->n_features = e.out.n_features;
    e.out = (struct recipe){.n_features = 0};
    rc = 0;
out:
    for (size_t i = 0; i < n; i++)
        mem_free(list[i].first);
    mem_free(list);
    recipe_drop_features(&e.out);
    buf_release(&e.unwritten);
    sample_release(&s);
    return rc;
}
