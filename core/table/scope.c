/* Sets of rows as bits; see scope.h. */
#include "core/table/scope.h"

#include <stdatomic.h>

#include "core/base/mem.h"

struct own {
    atomic_uint references;
};

static void scope_free(struct scope *s)
{
    mem_free(s->word);
    mem_free(s->own);
    mem_free(s);
}

const struct scope *scope_ref(const struct scope *s)
{
    if (s != NULL)
        atomic_fetch_add(&((struct own *)s->own)->references, 1);
    return s;
}

void scope_unref(const struct scope *s)
{
    if (s != NULL && atomic_fetch_sub(&((struct own *)s->own)->references, 1) == 1)
        scope_free((struct scope *)s);
}

struct scope *scope_narrow(const struct scope *in, uint64_t n_rows, scope_fn *test,
                           const void *user, bool keep, struct job *job, struct err *err)
{
    struct scope *s = mem_zalloc(1, sizeof *s);
    struct own *own = mem_zalloc(1, sizeof *own);
    uint64_t *word = mem_zalloc(n_rows / 64 + 1, sizeof *word);
    if (s == NULL || own == NULL || word == NULL) {
        mem_free(s);
        mem_free(own);
        mem_free(word);
        err_memory(err, "the rows that take part");
        return NULL;
    }
    BUG_IF(in != NULL && in->n_rows != n_rows);
    atomic_init(&own->references, 1);
    *s = (struct scope){.n_rows = n_rows, .word = word, .own = own};
    for (uint64_t row = 0; row < n_rows; row++) {
        if (row % 1024 == 0 && job_cancelled(job)) {
            scope_free(s);
            (void)job_stopped(err);
            return NULL;
        }
        if (!scope_has(in, row) || test(user, row) != keep)
            continue;
        word[row / 64] |= (uint64_t)1 << (row % 64);
        s->n_in++;
    }
    return s;
}
