/* The line of facts above the chart: what was read, what of it is not clustered, when, how.
 *
 * DESIGN
 * 1. Facts stand in one order. Where they do not all fit, first those with a shorter form take that, the
 *    least important first, then the least important are left out and counted: what is hidden from the
 *    chart stays, before what can be read elsewhere. */
#include "tui/view/clusters.h"

#include "core/base/number.h"

#define MOST_FACTS 16
#define GAP        2
#define LEFT_OUT   4 /* columns for how many are left out */

/* From the least important on. */
enum weight {
    W_NOTHING, /* that nothing was rejected */
    W_BARS,    /* the head of the bars says it, too */
    W_SEED,
    W_SKIPPED,
    W_TIME,
    W_ORDER,
    W_VALUES,
    W_HIDDEN, /* rows that are not in the chart */
    W_ROWS,
};

#define FORMS 3

struct fact {
    char form[FORMS][128]; /* each shorter than the one before; empty behind the last */
    int now;               /* the form that is shown */
    enum weight weight;
    unsigned look;
    bool out;
};

struct list {
    struct fact fact[MOST_FACTS];
    size_t n;
};

/* Adds a form that is shorter than those before; one that is not is none. */
static void or_brief(struct fact *f, const char *text)
{
    int i = 0;
    while (i < FORMS && f->form[i][0] != '\0')
        i++;
    if (i < FORMS && (i == 0 || strlen(text) < strlen(f->form[i - 1])))
        (void)snprintf(f->form[i], sizeof f->form[i], "%s", text);
}

static struct fact *add(struct list *l, enum weight weight, unsigned look, const char *text)
{
    struct fact *f = &l->fact[l->n < MOST_FACTS ? l->n++ : MOST_FACTS - 1];
    *f = (struct fact){.weight = weight, .look = look};
    or_brief(f, text);
    return f;
}

/* A number and what it counts; `brief` for narrow screens, or NULL. */
static void count(struct list *l, enum weight weight, unsigned look, uint64_t n, const char *what,
                  const char *brief)
{
    char number[32], text[96];
    struct fact *f;
    (void)number_grouped(n, number, sizeof number);
    (void)snprintf(text, sizeof text, "%s %s", number, what);
    f = add(l, weight, look, text);
    if (brief != NULL) {
        (void)snprintf(text, sizeof text, "%s %s", number, brief);
        or_brief(f, text);
    }
}

static uint64_t bad_values(const struct table *t)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < t->schema.n; i++)
        sum += t->bad_values[i];
    return sum;
}

static uint64_t n_inputs(const struct table *t, enum input_state state)
{
    uint64_t n = 0;
    for (size_t i = 0; i < t->n_inputs; i++)
        n += t->input[i].state == state;
    return n;
}

static void add_rows(struct list *l, const struct facts *f)
{
    const struct table *t = f->table;
    char text[40];
    if (f->preview != NULL)
        (void)add(l, W_ROWS, LOOK_STATUS_WARN, f->preview);
    else
        (void)add(l, W_ROWS, LOOK_NUMBER, number_of(t->n_rows, "row", text, sizeof text));
    if (t->rows_rejected > 0)
        count(l, W_HIDDEN, LOOK_STATUS_WARN, t->rows_rejected, "rejected", NULL);
    else if (f->preview == NULL)
        (void)add(l, W_NOTHING, LOOK_DIM, "0 rejected");
    if (n_inputs(t, INPUT_FAILED) > 0)
        count(l, W_HIDDEN, LOOK_STATUS_WARN, n_inputs(t, INPUT_FAILED), "not read (F)", NULL);
    if (t->rows_outside > 0 && f->preview == NULL)
        count(l, W_HIDDEN, LOOK_STATUS_WARN, t->rows_outside, "outside --from/--to",
              "out of range");
    if (t->partial)
        (void)add(l, W_ROWS, LOOK_STATUS_WARN, "partial: not all rows are here");
}

/* How many rows are not clustered; and by what, where that is the recipe alone. */
static void add_filtered(struct list *l, const struct facts *f)
{
    const struct recipe *r = &f->clustering->recipe;
    char text[128], number[40];
    struct fact *fact;
    int n;
    (void)number_of(f->clustering->rows_excluded, "row", number, sizeof number);
    n = snprintf(text, sizeof text, "%s filtered out by where %s", number, r->where);
    if (r->where[0] == '\0' || f->narrowed || r->missing == MISSING_DROP ||
        (size_t)n >= sizeof text)
        (void)snprintf(text, sizeof text, "%s filtered out", number);
    fact = add(l, W_HIDDEN, LOOK_STATUS_WARN, text);
    (void)snprintf(text, sizeof text, "%s filtered out", number);
    or_brief(fact, text);
    (void)snprintf(text, sizeof text, "%s filtered out",
                   number_grouped(f->clustering->rows_excluded, number, sizeof number));
    or_brief(fact, text);
}

/* "order: suspicion", or which words of it where the recipe is for some. */
static void add_order(struct list *l, const struct facts *f)
{
    char words[SUSPICION_TEXT], text[96];
    (void)recipe_suspicion_text(&f->clustering->recipe, words, sizeof words);
    (void)snprintf(text, sizeof text, "order: %s",
                   f->order == ORDER_SIZE ? "size"
                   : words[0] == '\0'     ? "suspicion"
                                          : words);
    (void)add(l, W_ORDER, LOOK_DIM, text);
}

static void add_hidden(struct list *l, const struct facts *f)
{
    const struct clustering *c = f->clustering;
    if (c != NULL && c->rows_excluded > 0)
        add_filtered(l, f);
    if (f->n_excluded > 0)
        count(l, W_HIDDEN, LOOK_STATUS_WARN, f->n_excluded, "excluded (x)", NULL);
}

static void add_how(struct list *l, const struct facts *f)
{
    const struct table *t = f->table;
    char text[80];
    struct fact *when;
    if (t->first_ts_us != TIME_MISSING) {
        when = add(l, W_TIME, LOOK_TIME,
                   range_text(t->first_ts_us, t->last_ts_us, f->style, text, sizeof text));
        or_brief(when, range_short(t->first_ts_us, t->last_ts_us, f->style, text, sizeof text));
    }
    if (bad_values(t) > 0)
        count(l, W_VALUES, LOOK_STATUS_WARN, bad_values(t), "bad values", NULL);
    if (f->clustering != NULL) {
        (void)snprintf(text, sizeof text, "seed %llu",
                       (unsigned long long)f->clustering->recipe.seed);
        (void)add(l, W_SEED, LOOK_DIM, text);
        add_order(l, f);
    }
    if (n_inputs(t, INPUT_SKIPPED) > 0)
        count(l, W_SKIPPED, LOOK_DIM, n_inputs(t, INPUT_SKIPPED), "skipped (F)", NULL);
    if (f->scale == BAR_LINEAR)
        (void)add(l, W_BARS, LOOK_DIM, "linear bars");
}

static int cols(const struct fact *f, int form)
{
    return (int)clean_cols(span_of(f->form[form]));
}

static int cols_of_all(const struct list *l)
{
    int sum = 1;
    for (size_t i = 0; i < l->n; i++)
        if (!l->fact[i].out)
            sum += cols(&l->fact[i], l->fact[i].now) + GAP;
    return sum - GAP;
}

/* Takes a shorter form of the least important one that has one; false when all are as short as they get. */
static bool shorten(struct list *l)
{
    struct fact *least = NULL;
    for (size_t i = 0; i < l->n; i++) {
        struct fact *f = &l->fact[i];
        bool can = f->now + 1 < FORMS && f->form[f->now + 1][0] != '\0';
        if (can && (least == NULL || f->weight < least->weight))
            least = f;
    }
    if (least == NULL)
        return false;
    least->now++;
    return true;
}

/* Leaves out the least important one, of several the last. False when one is left. */
static bool leave_out(struct list *l)
{
    struct fact *least = NULL;
    size_t left = 0;
    for (size_t i = 0; i < l->n; i++) {
        struct fact *f = &l->fact[i];
        left += !f->out;
        if (!f->out && (least == NULL || f->weight <= least->weight))
            least = f;
    }
    if (left < 2)
        return false;
    least->out = true;
    return true;
}

static bool fits(const struct list *l, int cols)
{
    return cols_of_all(l) + 1 <= cols - LEFT_OUT;
}

/* What there is room for after all comes back: whole facts, then longer forms. */
static void grow_back(struct list *l, int cols)
{
    for (size_t i = 0; i < l->n; i++) {
        struct fact *f = &l->fact[i];
        bool was_out = f->out;
        f->out = false;
        f->out = was_out && !fits(l, cols);
    }
    for (size_t i = 0; i < l->n; i++) {
        struct fact *f = &l->fact[i];
        int now = f->now;
        while (!f->out && f->now > 0 && fits(l, cols)) {
            now = f->now;
            f->now--;
        }
        if (!fits(l, cols))
            f->now = now;
    }
}

/* Returns how many are left out. */
static unsigned make_room(struct list *l, int cols)
{
    unsigned out = 0;
    while (!fits(l, cols) && (shorten(l) || leave_out(l)))
        continue;
    grow_back(l, cols);
    for (size_t i = 0; i < l->n; i++)
        out += l->fact[i].out;
    return out;
}

void chart_facts(struct area a, const struct facts *f)
{
    struct list l = {.n = 0};
    unsigned out;
    int x = 1;
    add_rows(&l, f);
    add_hidden(&l, f);
    add_how(&l, f);
    out = make_room(&l, a.cols);
    for (size_t i = 0; i < l.n; i++)
        if (!l.fact[i].out)
            x += GAP + draw_untrusted(a, 0, x, a.cols - x, l.fact[i].look,
                                      span_of(l.fact[i].form[l.fact[i].now]), CUT_END);
    if (out > 0)
        (void)draw_format(a, 0, x, LOOK_DIM, "+%u", out);
}
