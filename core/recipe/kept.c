/* A matrix that outlives its run, for the next one over the same rows and features.
 *
 * DESIGN
 * 1. A table has one place for it. Who takes it has it alone, and may put it back: nothing is locked
 *    while it is used, and nobody else waits.
 * 2. What a matrix depends on is its key: everything of the recipe but how it is clustered, the
 *    networks that count as inside, the zone, the scope. A matrix under another key is freed before
 *    the new one is built.
 * 3. The clustering owns the facts of its matrix (dimensions, features, observations of rows), so
 *    what is kept has copies. */
#include "core/base/mem.h"
#include "core/base/time.h"
#include "core/recipe/plan.h"

/* Beyond this a log takes seconds to cluster anyway, and its memory is better given back. */
#define KEPT_BYTES ((uint64_t)256 << 20)

struct matrix_key {
    char *text; /* owned */
    size_t len;
    const struct scope *scope; /* reference, or NULL */
};

struct kept {
    struct table_kept kept; /* first member */
    struct matrix matrix;
};

void matrix_key_free(struct matrix_key *key)
{
    if (key == NULL)
        return;
    mem_free(key->text);
    scope_unref(key->scope);
    mem_free(key);
}

struct matrix_key *matrix_key_new(const struct recipe *r, const struct expr_env *env,
                                  const struct scope *scope)
{
    struct matrix_key *key = mem_zalloc(1, sizeof *key);
    struct buf b = BUF_INIT;
    buf_printf(&b, "%s\n%d %d %d\n%s\n%s %d\n", r->name, (int)r->unit, (int)r->scale,
               (int)r->missing, r->where, time_zone_name(), time_zone_given());
    for (size_t i = 0; i < r->n_features; i++)
        buf_printf(&b, "%s\n", r->feature[i].text);
    if (env != NULL && env->n_local > 0)
        buf_add(&b, env->local, env->n_local * sizeof *env->local);
    if (key == NULL || b.failed) {
        buf_release(&b);
        mem_free(key);
        return NULL;
    }
    key->len = b.len;
    key->text = buf_take(&b);
    key->scope = scope_ref(scope);
    if (key->text != NULL)
        return key;
    matrix_key_free(key);
    return NULL;
}

static bool same_scope(const struct scope *a, const struct scope *b)
{
    if (a == NULL || b == NULL || a == b)
        return a == b;
    return a->n_rows == b->n_rows && a->n_in == b->n_in &&
           memcmp(a->word, b->word, (a->n_rows / 64 + 1) * sizeof *a->word) == 0;
}

static bool same_key(const struct matrix_key *a, const struct matrix_key *b)
{
    return a->len == b->len && memcmp(a->text, b->text, a->len) == 0 &&
           same_scope(a->scope, b->scope);
}

static void kept_release(struct table_kept *kept)
{
    struct kept *k = (struct kept *)(void *)kept;
    matrix_release(&k->matrix);
    mem_free(k);
}

bool kept_take(struct matrix *m, const struct table *t, const struct matrix_key *key)
{
    struct kept *k = (struct kept *)(void *)table_take_kept(t);
    bool same = k != NULL && key != NULL && same_key(k->matrix.key, key);
    if (same) {
        *m = k->matrix;
        mem_free(k);
    } else if (k != NULL) {
        kept_release(&k->kept);
    }
    return same;
}

static int copy_facts(struct matrix *to, const struct matrix *from)
{
    to->dim = mem_zalloc(from->d, sizeof *to->dim);
    to->feature = mem_zalloc(from->n_features, sizeof *to->feature);
    if (to->dim == NULL || to->feature == NULL)
        return -1;
    to->d = from->d;
    to->n_features = from->n_features;
    for (uint32_t j = 0; j < from->d; j++) {
        to->dim[j] = from->dim[j];
        to->dim[j].name = mem_string(from->dim[j].name);
        if (to->dim[j].name == NULL)
            return -1;
    }
    for (size_t f = 0; f < from->n_features; f++) {
        to->feature[f] = mem_string(from->feature[f]);
        if (to->feature[f] == NULL)
            return -1;
    }
    if (from->obs_of_row == NULL)
        return 0;
    to->obs_of_row = mem_alloc(from->n_rows, sizeof *to->obs_of_row);
    if (to->obs_of_row == NULL)
        return -1;
    memcpy(to->obs_of_row, from->obs_of_row, from->n_rows * sizeof *to->obs_of_row);
    return 0;
}

void matrix_keep(struct matrix *m, const struct table *t)
{
    uint64_t bytes = m->n * m->d * (m->wide ? sizeof(double) : sizeof(float)) +
                     (m->obs_of_row == NULL ? 0 : m->n_rows * sizeof *m->obs_of_row);
    struct kept *k = NULL;
    if (m->data != NULL && m->key != NULL && bytes <= KEPT_BYTES)
        k = mem_zalloc(1, sizeof *k);
    if (k == NULL || copy_facts(&k->matrix, m) < 0) {
        if (k != NULL)
            kept_release(&k->kept);
        matrix_drop_data(m);
        return;
    }
    k->kept.release = kept_release;
    k->matrix.n = m->n;
    k->matrix.wide = m->wide;
    k->matrix.n_rows = m->n_rows;
    k->matrix.rows_excluded = m->rows_excluded;
    notices_join(&k->matrix.notices, &m->notices);
    k->matrix.data = m->data;
    k->matrix.mapped = m->mapped;
    k->matrix.key = m->key;
    m->data = NULL;
    m->mapped = 0;
    m->key = NULL;
    table_keep(t, &k->kept);
}
