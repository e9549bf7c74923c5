/* Small tables and clusterings made by hand, for tests of what is computed from them.
 *
 * A row is one string of tab-separated fields in the order of CONN_FIELDS; `-` is unset. The rows
 * have no file behind them, so nothing here serves a row reader. */
#ifndef MINNOW_TESTS_CONN_FIXTURE_H
#define MINNOW_TESTS_CONN_FIXTURE_H

#include "tests/unit/unit.h"

#include "core/base/mem.h"
#include "core/cluster/clustering.h"
#include "core/cluster/nearest.h"

#define CONN_FIELDS                                                                                \
    "ts\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\torig_bytes\t"       \
    "resp_bytes\tconn_state"
#define FIXTURE_MAX_FIELDS 32

/* Cuts at tabs; returns the number of pieces. */
static inline size_t fixture_split(const char *line, struct span *out)
{
    size_t n = 0;
    for (;;) {
        size_t len = strcspn(line, "\t");
        assert_true(n < FIXTURE_MAX_FIELDS);
        out[n++] = span_make(line, len);
        if (line[len] == '\0')
            return n;
        line += len + 1;
    }
}

static inline struct layout *fixture_layout(struct table_builder *b, const char *fields)
{
    struct span name[FIXTURE_MAX_FIELDS];
    struct err err = ERR_INIT;
    uint32_t n = (uint32_t)fixture_split(fields, name);
    struct layout *layout = layout_make(NULL, n, '\t', "-", "(empty)", &err);
    assert_non_null(layout);
    for (uint32_t i = 0; i < layout->n_fields; i++) {
        enum role role = role_of_name(name[i]);
        enum col_type type = role == ROLE_NONE ? COL_STRING : role_type(role);
        int column = schema_add(table_builder_schema(b), name[i], type, &err);
        assert_true(column >= 0);
        layout->column[i] = (uint32_t)column;
        if (role != ROLE_NONE)
            layout->role_field[role] = (int32_t)i;
    }
    return layout;
}

static inline struct table *fixture_table_of(const char *fields, const char *const *row, size_t n)
{
    struct err err = ERR_INIT;
    struct table_builder *b = table_builder_new(&err);
    struct batch *batch = batch_new();
    struct layout *layout;
    struct table *t;
    assert_non_null(b);
    assert_non_null(batch);
    layout = fixture_layout(b, fields);
    assert_int_equal(table_builder_add_input(b, "conn.log", &err), 0);
    table_builder_input(b, 0)->format = "zeek-tsv";
    for (size_t i = 0; i < n; i++) {
        struct span text[FIXTURE_MAX_FIELDS];
        struct field field[FIXTURE_MAX_FIELDS];
        assert_int_equal(fixture_split(row[i], text), layout->n_fields);
        for (uint32_t j = 0; j < layout->n_fields; j++)
            field[j] = (struct field){.text = text[j],
                                      .state = span_is(text[j], "-") ? FIELD_UNSET : FIELD_VALUE};
        batch_row(batch, layout, i * 100, i + 1, field);
    }
    batch_set_lines(batch, n);
    assert_int_equal(table_append(b, 0, layout, batch, 0, &err), 0);
    batch_free(batch);
    t = table_seal(b, false, &err);
    assert_non_null(t);
    assert_int_equal(t->n_rows, n);
    return t;
}

static inline struct table *fixture_table(const char *const *row, size_t n)
{
    return fixture_table_of(CONN_FIELDS, row, n);
}

/* A clustering of one dimension `log(orig_bytes)`, standard scale: value and label per row. A label
 * of 255 excludes the row. The caller releases with fixture_clustering_free. */
struct fixture_clustering {
    struct clustering c;
    struct matrix m;
};

static inline void fixture_scale(struct fixture_clustering *f, const double *value)
{
    struct dim *dim = &f->m.dim[0];
    float *data = f->m.data;
    double sum = 0, squares = 0;
    for (uint64_t i = 0; i < f->m.n; i++)
        sum += value[i];
    dim->mean = sum / (double)f->m.n;
    for (uint64_t i = 0; i < f->m.n; i++)
        squares += (value[i] - dim->mean) * (value[i] - dim->mean);
    dim->sd = __builtin_sqrt(squares / (double)f->m.n);
    dim->offset = dim->mean;
    dim->unit = dim->sd > 0 ? dim->sd : 1;
    for (uint64_t i = 0; i < f->m.n; i++)
        data[matrix_at(&f->m, i, 0)] = (float)((value[i] - dim->offset) / dim->unit);
}

static inline void fixture_clustering(struct fixture_clustering *f, const struct table *t,
                                      const uint8_t *label, const double *value, uint32_t k)
{
    struct err err = ERR_INIT;
    struct clustering *c = &f->c;
    uint64_t n = 0;
    double *kept = mem_alloc(t->n_rows, sizeof *kept);
    memset(f, 0, sizeof *f);
    assert_int_equal(recipe_init(&c->recipe, &err), 0);
    assert_int_equal(recipe_set_features(&c->recipe, "log(orig_bytes)", &err), 0);
    c->n_rows = t->n_rows;
    c->obs_of_row = mem_alloc(t->n_rows, sizeof *c->obs_of_row);
    c->label = mem_alloc(t->n_rows, 1);
    for (uint64_t row = 0; row < t->n_rows; row++) {
        c->obs_of_row[row] = label[row] == 255 ? OBS_NONE : (uint32_t)n;
        if (label[row] == 255)
            continue;
        c->label[n] = label[row];
        kept[n++] = value[row];
    }
    c->n = c->rows_clustered = n;
    c->rows_excluded = t->n_rows - n;
    c->k = c->k_asked = k;
    c->d = 1;
    f->m = (struct matrix){.n = n, .d = 1, .n_rows = t->n_rows, .obs_of_row = c->obs_of_row};
    f->m.data = mem_alloc_aligned((n + MATRIX_BLOCK) * 1, sizeof(float));
    memset(f->m.data, 0, (n + MATRIX_BLOCK) * sizeof(float));
    c->dim = f->m.dim = mem_zalloc(1, sizeof *c->dim);
    c->dim[0].name = mem_string("log(orig_bytes)");
    c->dim[0].weight = 1;
    fixture_scale(f, kept);
    mem_free(kept);
    c->centroid = mem_zalloc(k, sizeof *c->centroid);
    c->profile = mem_zalloc(k, sizeof *c->profile);
    for (uint64_t i = 0; i < n; i++) {
        c->centroid[c->label[i]] += matrix_value(&f->m, i, 0);
        c->profile[c->label[i]].observations++;
    }
    for (uint32_t i = 0; i < k; i++)
        c->centroid[i] /= c->profile[i].observations == 0 ? 1 : (double)c->profile[i].observations;
    for (uint64_t i = 0; i < n; i++)
        c->profile[c->label[i]].inertia += kmeans_distance2(&f->m, i, c->centroid + c->label[i]);
    for (uint64_t row = 0; row < t->n_rows; row++)
        if (label[row] != 255 && c->profile[label[row]].rows++ == 0)
            c->profile[label[row]].first_row = row;
}

/* Samples and profiles, as a fit makes them. */
static inline int fixture_profile(struct fixture_clustering *f, const struct table *t,
                                  struct parallel *pool, struct job *job, struct err *err)
{
    if (nearest_find(&f->c, &f->m, pool, job, err) != 0)
        return -1;
    return profile_build(&f->c, t, pool, job, err);
}

static inline void fixture_clustering_free(struct fixture_clustering *f)
{
    recipe_release(&f->c.recipe);
    mem_free(f->c.obs_of_row);
    mem_free(f->c.label);
    mem_free(f->c.dim[0].name);
    mem_free(f->c.dim);
    mem_free(f->c.centroid);
    mem_free(f->c.profile);
    mem_free(f->m.data);
    notices_release(&f->c.notices);
}

#endif
