/* Rows by cluster and value; see crosstab.h. One pass over typed columns. */
#include "core/query/crosstab.h"

#include "core/base/mem.h"

#define CANCEL_ROWS 4096
#define KEYS        257 /* category codes, or hours, or days; and none */
#define KEY_NONE    256

const char *cross_field(enum cross of)
{
    static const char *const text[] = {
#define X(id, field, heading) field,
        CROSSES(X)
#undef X
    };
    return of < N_CROSSES ? text[of] : "";
}

const char *cross_heading(enum cross of)
{
    static const char *const text[] = {
#define X(id, field, heading) heading,
        CROSSES(X)
#undef X
    };
    return of < N_CROSSES ? text[of] : "";
}

void crosstab_release(struct crosstab *x)
{
    mem_free(x->count);
    *x = (struct crosstab){.n = 0};
}

static bool is_clock(enum cross of)
{
    return of == CROSS_HOUR || of == CROSS_WEEKDAY;
}

static enum cat cat_of(enum cross of)
{
    return of == CROSS_STATE ? CAT_STATE : of == CROSS_SERVICE ? CAT_SERVICE : CAT_PROTO;
}

static uint32_t key_of(const struct table *t, uint64_t row, enum cross of, struct time_cache *zone)
{
    int64_t us;
    uint8_t code;
    if (!is_clock(of)) {
        code = TABLE_AT(t, row, cat[cat_of(of)]);
        return code == CAT_MISSING ? KEY_NONE : code;
    }
    us = TABLE_AT(t, row, ts_us);
    if (us == TIME_MISSING)
        return KEY_NONE;
    return of == CROSS_HOUR ? (uint32_t)time_hour(us, zone) : (uint32_t)time_weekday(us, zone);
}

/* Rows by cluster and key. */
static int count_rows(uint64_t *by_key, const struct table *t, const struct clustering *c,
                      enum cross of, struct job *job, struct err *err)
{
    struct time_cache zone = {0};
    for (uint64_t row = 0; row < t->n_rows; row++) {
        uint32_t number = clustering_of_row(c, row);
        if (row % CANCEL_ROWS == 0 && job_cancelled(job))
            return job_stopped(err);
        if (number > 0)
            by_key[(size_t)(number - 1) * KEYS + key_of(t, row, of, &zone)]++;
    }
    return 0;
}

/* A key and how many rows have it. */
struct weight {
    uint64_t rows;
    uint32_t key;
};

static int most_first(const void *a, const void *b)
{
    const struct weight *x = a, *y = b;
    if (x->rows != y->rows)
        return x->rows > y->rows ? -1 : 1;
    return x->key < y->key ? -1 : x->key > y->key;
}

static void add_column(struct crosstab *x, uint32_t key, uint64_t rows)
{
    x->key[x->n] = (uint16_t)key;
    x->total[x->n++] = rows;
}

/* Chooses the columns; `place` gets the column of each key. */
static void choose(struct crosstab *x, const uint64_t *by_key, uint8_t *place)
{
    struct weight weight[KEYS - 1];
    uint64_t none = 0, rare = 0;
    uint32_t n = x->of == CROSS_HOUR ? 24 : x->of == CROSS_WEEKDAY ? 7 : KEY_NONE;
    for (uint32_t key = 0; key < KEY_NONE; key++) {
        weight[key] = (struct weight){0, key};
        for (uint32_t c = 0; c < x->k; c++)
            weight[key].rows += by_key[(size_t)c * KEYS + key];
    }
    for (uint32_t c = 0; c < x->k; c++)
        none += by_key[(size_t)c * KEYS + KEY_NONE];
    if (!is_clock(x->of))
        qsort(weight, KEY_NONE, sizeof *weight, most_first);
    for (uint32_t i = 0; i < n; i++) {
        bool listed = is_clock(x->of) ||
                      (weight[i].rows > 0 && weight[i].key != CAT_OTHER && x->n < CROSS_MAX - 2);
        if (!listed) {
            rare += weight[i].rows;
            place[weight[i].key] = CROSS_MAX - 2;
            continue;
        }
        place[weight[i].key] = (uint8_t)x->n;
        add_column(x, weight[i].key, weight[i].rows);
    }
    for (uint32_t key = 0; key < KEY_NONE && rare > 0; key++)
        if (place[key] == CROSS_MAX - 2)
            place[key] = (uint8_t)x->n;
    if (rare > 0)
        add_column(x, CROSS_OTHER, rare);
    place[KEY_NONE] = (uint8_t)x->n;
    if (none > 0)
        add_column(x, CROSS_NONE, none);
}

int crosstab_build(struct crosstab *out, const struct table *t, const struct clustering *c,
                   enum cross of, struct job *job, struct err *err)
{
    struct crosstab x = {.of = of, .k = c->k};
    uint64_t *by_key = mem_zalloc((size_t)c->k * KEYS, sizeof *by_key);
    uint8_t place[KEYS] = {0};
    int rc = -1;
    if (by_key == NULL) {
        (void)err_memory(err, "the heat map");
        goto out;
    }
    if (count_rows(by_key, t, c, of, job, err) != 0)
        goto out;
    choose(&x, by_key, place);
    x.count = mem_zalloc((size_t)x.k * x.n, sizeof *x.count);
    if (x.count == NULL) {
        (void)err_memory(err, "the heat map");
        goto out;
    }
    for (uint32_t i = 0; i < x.k; i++)
        for (uint32_t key = 0; key < KEYS; key++)
            if (by_key[(size_t)i * KEYS + key] > 0)
                x.count[(size_t)i * x.n + place[key]] += by_key[(size_t)i * KEYS + key];
    *out = x;
    rc = 0;
out:
    mem_free(by_key);
    return rc;
}

struct span crosstab_name(const struct crosstab *x, const struct table *t, uint32_t column)
{
    static const char *const hour[] = {"0",  "1",  "2",  "3",  "4",  "5",  "6",  "7",
                                       "8",  "9",  "10", "11", "12", "13", "14", "15",
                                       "16", "17", "18", "19", "20", "21", "22", "23"};
    static const char *const day[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
    uint16_t key = x->key[column];
    if (key == CROSS_OTHER)
        return span_of("other");
    if (key == CROSS_NONE)
        return span_of("-");
    if (x->of == CROSS_HOUR)
        return span_of(hour[key % 24]);
    if (x->of == CROSS_WEEKDAY)
        return span_of(day[key % 7]);
    return table_cat_text(t, cat_of(x->of), (uint8_t)key);
}
