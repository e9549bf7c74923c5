/* Reading ahead on a thread; see ahead.h.
 *
 * DESIGN
 * 1. Blocks are a ring. The thread fills the one behind the filled ones, the reader empties the
 * first: neither holds the lock while it copies, as they never touch the same block.
 * 2. Whatever the thread wrote before it returned a block is seen by who reads that block. */
#include "core/io/ahead.h"

#include <pthread.h>

#include "core/base/mem.h"

#define N_BLOCKS    4
#define BLOCK_BYTES ((size_t)256 << 10)

struct block {
    size_t len, at; /* bytes in it, and of those read */
    char *bytes;    /* owned by the ring */
};

struct ahead {
    int64_t (*fill)(void *user, void *out, size_t n, struct err *err);
    void *user;
    char *bytes; /* of all blocks; owned */
    pthread_t thread;
    bool started;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct block block[N_BLOCKS];
    unsigned first, filled; /* under lock, as what follows */
    bool over, quit;
    struct err problem;
};

static void *make_blocks(void *user)
{
    struct ahead *a = user;
    pthread_mutex_lock(&a->lock);
    while (!a->quit && !a->over) {
        struct block *b = &a->block[(a->first + a->filled) % N_BLOCKS];
        struct err err = ERR_INIT;
        int64_t got;
        if (a->filled == N_BLOCKS) {
            pthread_cond_wait(&a->changed, &a->lock);
            continue;
        }
        pthread_mutex_unlock(&a->lock);
        got = a->fill(a->user, b->bytes, BLOCK_BYTES, &err);
        pthread_mutex_lock(&a->lock);
        if (got > 0) {
            b->len = (size_t)got;
            b->at = 0;
            a->filled++;
        } else {
            a->problem = err;
            a->over = true;
        }
        pthread_cond_broadcast(&a->changed);
    }
    pthread_mutex_unlock(&a->lock);
    return NULL;
}

struct ahead *ahead_new(int64_t (*fill)(void *user, void *out, size_t n, struct err *err),
                        void *user, struct err *err)
{
    struct ahead *a = mem_zalloc(1, sizeof *a);
    if (a == NULL) {
        err_memory(err, "reading ahead");
        return NULL;
    }
    a->fill = fill;
    a->user = user;
    (void)pthread_mutex_init(&a->lock, NULL);
    (void)pthread_cond_init(&a->changed, NULL);
    a->bytes = mem_alloc(N_BLOCKS, BLOCK_BYTES);
    if (a->bytes == NULL) {
        err_memory(err, "reading ahead");
        goto fail;
    }
    for (size_t i = 0; i < N_BLOCKS; i++)
        a->block[i].bytes = a->bytes + i * BLOCK_BYTES;
    a->started = pthread_create(&a->thread, NULL, make_blocks, a) == 0;
    if (a->started)
        return a;
    err_set(err, ERR_LIMIT, "no thread can be had for reading ahead");
fail:
    ahead_free(a);
    return NULL;
}

void ahead_free(struct ahead *a)
{
    if (a == NULL)
        return;
    if (a->started) {
        pthread_mutex_lock(&a->lock);
        a->quit = true;
        pthread_cond_broadcast(&a->changed);
        pthread_mutex_unlock(&a->lock);
        (void)pthread_join(a->thread, NULL);
    }
    pthread_cond_destroy(&a->changed);
    pthread_mutex_destroy(&a->lock);
    mem_free(a->bytes);
    mem_free(a);
}

int64_t ahead_read(struct ahead *a, void *out, size_t n, struct err *err)
{
    struct block *b;
    int64_t rc;
    pthread_mutex_lock(&a->lock);
    while (a->filled == 0 && !a->over)
        pthread_cond_wait(&a->changed, &a->lock);
    b = a->filled > 0 ? &a->block[a->first] : NULL;
    rc = a->problem.code == ERR_OK ? 0 : -1;
    if (b == NULL && rc < 0)
        *err = a->problem;
    pthread_mutex_unlock(&a->lock);
    if (b == NULL)
        return rc;
    if (n > b->len - b->at)
        n = b->len - b->at;
    memcpy(out, b->bytes + b->at, n);
    b->at += n;
    if (b->at < b->len)
        return (int64_t)n;
    pthread_mutex_lock(&a->lock);
    a->first = (a->first + 1) % N_BLOCKS;
    a->filled--;
    pthread_cond_broadcast(&a->changed);
    pthread_mutex_unlock(&a->lock);
    return (int64_t)n;
}
