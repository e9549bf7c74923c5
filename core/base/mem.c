/* Checked allocation with a failure hook; see mem.h. */
#include "core/base/mem.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/err.h"

static _Atomic uint64_t requests;
static _Atomic uint64_t fail_at;
static _Atomic bool fail_forever;

static bool refused(size_t n, size_t size, size_t *bytes)
{
    uint64_t now = atomic_fetch_add_explicit(&requests, 1, memory_order_relaxed) + 1;
    uint64_t limit = atomic_load_explicit(&fail_at, memory_order_relaxed);
    if (limit != 0 && (now == limit || (now > limit && atomic_load(&fail_forever))))
        return true;
    if (__builtin_mul_overflow(n, size, bytes))
        return true;
    if (*bytes == 0)
        *bytes = 1;
    return *bytes > PTRDIFF_MAX;
}

#define BIG_BLOCK (2 * MEM_HUGE_PAGE)

#define TABLE_BLOCK ((size_t)64 << 10)
#define SMALL_PAGE  ((size_t)4 << 10) /* of most systems; elsewhere some are touched more often */

/* Asks for huge pages inside a big block. Where they are refused, all is as it was. */
static void *in_huge_pages(char *block, size_t bytes)
{
    size_t from = (size_t)(-(uintptr_t)block & (MEM_HUGE_PAGE - 1));
    if (block != NULL && bytes >= BIG_BLOCK)
        (void)madvise(block + from, (bytes - from) & ~(MEM_HUGE_PAGE - 1), MADV_HUGEPAGE);
    return block;
}

void *mem_alloc(size_t n, size_t size)
{
    size_t bytes;
    return refused(n, size, &bytes) ? NULL : in_huge_pages(malloc(bytes), bytes);
}

void *mem_zalloc(size_t n, size_t size)
{
    size_t bytes;
    return refused(n, size, &bytes) ? NULL : in_huge_pages(calloc(1, bytes), bytes);
}

void *mem_zalloc_table(size_t n, size_t size)
{
    void *block = mem_zalloc(n, size);
    volatile char *byte = block;
    /* What is smaller than this lies between other blocks, most likely, on pages that are there. */
    for (size_t at = 0; block != NULL && n * size >= TABLE_BLOCK && at < n * size; at += SMALL_PAGE)
        byte[at] = 0;
    return block;
}

void *mem_resize(void *old, size_t n, size_t size)
{
    size_t bytes;
    return refused(n, size, &bytes) ? NULL : in_huge_pages(realloc(old, bytes), bytes);
}

void *mem_alloc_aligned(size_t n, size_t size)
{
    size_t bytes, align;
    void *block;
    if (refused(n, size, &bytes) || bytes > PTRDIFF_MAX - MEM_HUGE_PAGE)
        return NULL;
    align = bytes < BIG_BLOCK ? 64 : MEM_HUGE_PAGE;
    bytes = (bytes + 63) & ~(size_t)63;
    /* aligned_alloc wants a size that is a multiple of the alignment. */
    return posix_memalign(&block, align, bytes) == 0 ? in_huge_pages(block, bytes) : NULL;
}

static void unmap(char *from, const char *to)
{
    if (from < to && munmap(from, (size_t)(to - from)) != 0)
        BUG("memory that cannot be given back");
}

void *mem_alloc_pages(size_t bytes, bool huge)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE),
           align = huge && bytes >= MEM_HUGE_PAGE ? MEM_HUGE_PAGE : page;
    char *room, *block;
    if (refused(bytes, 1, &bytes) || bytes > PTRDIFF_MAX - 2 * MEM_HUGE_PAGE)
        return NULL;
    bytes = (bytes + page - 1) & ~(page - 1);
    room = mmap(NULL, bytes + align - page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                0);
    if (room == MAP_FAILED)
        return NULL;
    block = room + (-(uintptr_t)room & (align - 1));
    unmap(room, block);
    unmap(block + bytes, room + bytes + align - page);
    if (align == MEM_HUGE_PAGE)
        (void)madvise(block, bytes, MADV_HUGEPAGE);
    return block;
}

void mem_free_pages(void *p, size_t bytes)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    if (p != NULL)
        unmap(p, (char *)p + ((bytes + page - 1) & ~(page - 1)));
}

/* Moves a piece of whole pages over others that nobody has touched. */
static void move_pages(char *to, void *piece, size_t bytes)
{
#ifdef MREMAP_FIXED
    if (mremap(piece, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to)
        return;
    /* What was there may be gone already. */
    if (mmap(to, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) !=
        to)
        BUG("memory that can be neither moved nor copied");
#endif
    memcpy(to, piece, bytes);
    mem_free_pages(piece, bytes);
}

void *mem_join_pages(void *const *piece, size_t n, size_t bytes)
{
    size_t all;
    char *block;
    if (n == 1)
        return piece[0];
    block = __builtin_mul_overflow(n, bytes, &all) ? NULL : mem_alloc_pages(all, true);
    for (size_t i = 0; block != NULL && i < n; i++)
        move_pages(block + i * bytes, piece[i], bytes);
    return block;
}

char *mem_copy(const void *bytes, size_t n)
{
    char *copy = n == SIZE_MAX ? NULL : mem_alloc(n + 1, 1);
    if (copy == NULL)
        return NULL;
    if (n > 0)
        memcpy(copy, bytes, n);
    copy[n] = '\0';
    return copy;
}

char *mem_string(const char *text)
{
    return mem_copy(text, strlen(text));
}

void mem_give_back(void *block, size_t from, size_t to)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uintptr_t begin = ((uintptr_t)block + from + page - 1) & ~(uintptr_t)(page - 1);
    uintptr_t end = ((uintptr_t)block + to) & ~(uintptr_t)(page - 1);
    /* Where it is refused, the pages stay until the block is freed. */
    if (begin < end)
        (void)madvise((char *)block + (begin - (uintptr_t)block), end - begin, MADV_DONTNEED);
}

void mem_give_back_freed(void)
{
#ifdef __GLIBC__
    (void)malloc_trim(0);
#endif
}

void mem_free(void *p)
{
    free(p);
}

int mem_grow(void **array, size_t *cap, size_t want, size_t size)
{
    size_t next = *cap < 16 ? 16 : *cap;
    void *grown;
    if (want <= *cap)
        return 0;
    while (next < want) {
        if (__builtin_mul_overflow(next, (size_t)2, &next))
            return -1;
    }
    grown = mem_resize(*array, next, size);
    if (grown == NULL)
        return -1;
    *array = grown;
    *cap = next;
    return 0;
}

void mem_fail_at(uint64_t n, bool forever)
{
    atomic_store(&requests, 0);
    atomic_store(&fail_forever, forever);
    atomic_store(&fail_at, n);
}

uint64_t mem_requests(void)
{
    return atomic_load(&requests);
}
