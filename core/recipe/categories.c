/* The distinct values of a one-hot field.
 *
 * DESIGN
 * 1. One table of values is shared by all workers, under a lock. Each worker has a cache, mapped
 *    directly by hash, that answers nearly every look-up and counts on its own.
 * 2. Numbers depend on which worker came first. Nothing that leaves this file does: dimensions are
 *    chosen by counts and bytes when all rows were read.
 * 3. Texts never move once they are in, so a cache may point at them without the lock. */
#include "core/recipe/plan.h"

#include <pthread.h>

#include "core/base/hash.h"
#include "core/base/mem.h"

#define CACHE_ENTRIES 256
#define NAME_BYTES    64 /* of a value that a dimension's name shows */

struct value {
    char *text; /* owned */
    size_t len;
    uint64_t hash, count;
    uint32_t dim;
};

struct categories {
    pthread_mutex_t lock;
    struct value *value; /* n */
    size_t n, cap;
    uint32_t *slot; /* value number + 1, by hash; n_slots a power of two */
    size_t n_slots;
    enum categories_state state;
    char *name[ONEHOT_MAX_DIMS]; /* owned */
    uint32_t n_dims;
    uint64_t folded;
};

struct cached {
    uint64_t hash, count;
    const char *text;
    size_t len;
    uint32_t number;
};

struct category_cache {
    struct categories *categories;
    struct cached entry[CACHE_ENTRIES];
};

struct categories *categories_new(void)
{
    struct categories *c = mem_zalloc(1, sizeof *c);
    if (c == NULL)
        return NULL;
    c->n_slots = 64;
    c->slot = mem_zalloc(c->n_slots, sizeof *c->slot);
    if (c->slot == NULL || pthread_mutex_init(&c->lock, NULL) != 0) {
        mem_free(c->slot);
        mem_free(c);
        return NULL;
    }
    return c;
}

void categories_free(struct categories *c)
{
    if (c == NULL)
        return;
    for (size_t i = 0; i < c->n; i++)
        mem_free(c->value[i].text);
    for (uint32_t i = 0; i < c->n_dims; i++)
        mem_free(c->name[i]);
    mem_free(c->value);
    mem_free(c->slot);
    pthread_mutex_destroy(&c->lock);
    mem_free(c);
}

struct category_cache *category_cache_new(struct categories *c)
{
    struct category_cache *cache = mem_zalloc(1, sizeof *cache);
    if (cache != NULL)
        cache->categories = c;
    return cache;
}

static int slots_double(struct categories *c)
{
    size_t n_slots = c->n_slots * 2;
    uint32_t *slot = mem_zalloc(n_slots, sizeof *slot);
    if (slot == NULL)
        return -1;
    for (size_t i = 0; i < c->n; i++) {
        size_t at = c->value[i].hash & (n_slots - 1);
        while (slot[at] != 0)
            at = (at + 1) & (n_slots - 1);
        slot[at] = (uint32_t)i + 1;
    }
    mem_free(c->slot);
    c->slot = slot;
    c->n_slots = n_slots;
    return 0;
}

/* Under the lock: the number of a value, added when new; -1 when it cannot be. */
static int64_t find_or_add(struct categories *c, struct span text, uint64_t hash)
{
    size_t at = hash & (c->n_slots - 1);
    struct value *v;
    for (; c->slot[at] != 0; at = (at + 1) & (c->n_slots - 1)) {
        v = &c->value[c->slot[at] - 1];
        if (v->hash == hash && span_eq(span_make(v->text, v->len), text))
            return (int64_t)c->slot[at] - 1;
    }
    if (c->state != CATEGORIES_OK)
        return -1;
    if (c->n == ONEHOT_MAX_VALUES) {
        c->state = CATEGORIES_TOO_MANY;
        return -1;
    }
    c->state = CATEGORIES_NO_MEMORY;
    if (mem_grow((void **)&c->value, &c->cap, c->n + 1, sizeof *c->value) < 0)
        return -1;
    v = &c->value[c->n];
    *v = (struct value){.text = mem_copy(text.ptr, text.len), .len = text.len, .hash = hash};
    if (v->text == NULL)
        return -1;
    c->state = CATEGORIES_OK;
    c->slot[at] = (uint32_t)++c->n;
    if (c->n * 2 > c->n_slots && slots_double(c) < 0)
        c->state = CATEGORIES_NO_MEMORY;
    return (int64_t)c->n - 1;
}

uint32_t category_of(struct category_cache *cache, struct span value)
{
    uint64_t hash = hash_bytes(value.ptr, value.len);
    struct cached *e = &cache->entry[hash % CACHE_ENTRIES];
    struct categories *c = cache->categories;
    int64_t number;

    if (e->text != NULL && e->hash == hash && span_eq(span_make(e->text, e->len), value)) {
        e->count++;
        return e->number;
    }
    pthread_mutex_lock(&c->lock);
    number = find_or_add(c, value, hash);
    if (e->text != NULL)
        c->value[e->number].count += e->count;
    if (number >= 0)
        *e = (struct cached){.hash = hash,
                             .count = 1,
                             .text = c->value[number].text,
                             .len = value.len,
                             .number = (uint32_t)number};
    else
        e->text = NULL;
    pthread_mutex_unlock(&c->lock);
    return number < 0 ? 0 : (uint32_t)number;
}

void category_cache_free(struct category_cache *cache)
{
    if (cache == NULL)
        return;
    pthread_mutex_lock(&cache->categories->lock);
    for (size_t i = 0; i < CACHE_ENTRIES; i++)
        if (cache->entry[i].text != NULL)
            cache->categories->value[cache->entry[i].number].count += cache->entry[i].count;
    pthread_mutex_unlock(&cache->categories->lock);
    mem_free(cache);
}

enum categories_state categories_state(const struct categories *c)
{
    return c->state;
}

static int by_bytes(const void *a, const void *b)
{
    const struct value *x = *(const struct value *const *)a, *y = *(const struct value *const *)b;
    return span_cmp(span_make(x->text, x->len), span_make(y->text, y->len));
}

static int by_count(const void *a, const void *b)
{
    const struct value *x = *(const struct value *const *)a, *y = *(const struct value *const *)b;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return by_bytes(a, b);
}

static bool name_taken(const struct categories *c, const char *name)
{
    for (uint32_t i = 0; i < c->n_dims; i++)
        if (strcmp(c->name[i], name) == 0)
            return true;
    return false;
}

/* Adds a dimension. Its name shows the value's first bytes; a name that is taken gets a `~`. */
static int name_add(struct categories *c, const char *field, struct span value)
{
    struct buf b = BUF_INIT;
    char *name;
    buf_printf(&b, "onehot(%s)=", field);
    for (size_t i = 0; i < value.len && i < NAME_BYTES; i++) {
        if (value.ptr[i] == '\0')
            buf_add_text(&b, "\\x00");
        else
            buf_add_char(&b, value.ptr[i]);
    }
    if (value.len > NAME_BYTES)
        buf_add_text(&b, "...");
    while (!b.failed && name_taken(c, buf_text(&b)))
        buf_add_char(&b, '~');
    name = buf_take(&b);
    if (name == NULL)
        return -1;
    c->name[c->n_dims++] = name;
    return 0;
}

int categories_choose(struct categories *c, const char *field)
{
    struct value **order = mem_alloc(c->n, sizeof *order);
    size_t kept = c->n <= ONEHOT_MAX_DIMS ? c->n : ONEHOT_MAX_DIMS - 1;
    bool has_other = false;
    int rc = -1;

    if (order == NULL)
        return -1;
    for (size_t i = 0; i < c->n; i++)
        order[i] = &c->value[i];
    qsort(order, c->n, sizeof(*order), by_count);
    qsort(order, kept, sizeof(*order), by_bytes);
    for (size_t i = 0; i < c->n; i++) {
        struct span text = span_make(order[i]->text, order[i]->len);
        order[i]->dim = (uint32_t)(i < kept ? i : kept);
        if (i >= kept)
            continue;
        has_other = has_other || span_is(text, "other");
        if (name_add(c, field, text) < 0)
            goto out;
    }
    c->folded = c->n - kept;
    if (c->folded > 0 && name_add(c, field, span_of(has_other ? "(other)" : "other")) < 0)
        goto out;
    rc = 0;
out:
    mem_free(order);
    return rc;
}

uint32_t categories_dims(const struct categories *c)
{
    return c->n_dims;
}

const char *categories_dim_name(const struct categories *c, uint32_t dim)
{
    return c->name[dim];
}

uint32_t categories_dim_of(const struct categories *c, uint32_t number)
{
    return c->value[number].dim;
}

uint64_t categories_folded(const struct categories *c)
{
    return c->folded;
}

void categories_rarities(const struct categories *c, double *out)
{
    uint64_t all = 0;
    for (size_t i = 0; i < c->n; i++)
        all += c->value[i].count;
    for (size_t i = 0; i < c->n; i++)
        out[i] =
            c->value[i].count > 0 ? -log((double)c->value[i].count / (double)all) : (double)NAN;
}

size_t categories_values(const struct categories *c)
{
    return c->n;
}
