/* All memory of core comes from here.
 *
 * Two reasons: sizes multiply through one checked helper, and a test can make the n-th allocation
 * fail. Anything sized by the input reports failure through `struct err`; nothing here aborts.
 *
 * Blocks of 4 MiB and more ask for huge pages, which are filled with zeros seven times as fast and miss
 * the processor's address cache less often. */
#ifndef MINNOW_BASE_MEM_H
#define MINNOW_BASE_MEM_H

#include "core/base/attr.h"

/* Room for n elements of `size` bytes; NULL when the product overflows or memory is short. A
 * request for nothing returns a valid pointer. The caller frees with mem_free. */
void *mem_alloc(size_t n, size_t size) WARN_UNUSED;

/* The same, all bytes zero. */
void *mem_zalloc(size_t n, size_t size) WARN_UNUSED;

/* The same for a table whose places are looked at before they are written to, here and there: all of it
 * is taken at once. A page that is read first has to be taken twice, and the second time every other
 * thread's processor is interrupted. */
void *mem_zalloc_table(size_t n, size_t size) WARN_UNUSED;

/* Grows or shrinks; on failure returns NULL and the old block stays valid and owned by the caller.
 */
void *mem_resize(void *old, size_t n, size_t size) WARN_UNUSED;

/* 64-byte aligned room for n elements, for blocks that vector code reads. Freed with mem_free. */
void *mem_alloc_aligned(size_t n, size_t size) WARN_UNUSED;

/* Whole pages for a big block, all bytes zero; `huge`: in huge pages where the system has them, which is
 * far fewer page faults when all of it will be used. Memory that is never touched is never taken. Freed
 * with mem_free_pages and the same number of bytes. */
void *mem_alloc_pages(size_t bytes, bool huge) WARN_UNUSED;
void mem_free_pages(void *p, size_t bytes);

/* Makes one block of n pieces from mem_alloc_pages, each of `bytes` bytes (whole pages; of MEM_HUGE_PAGE for
 * speed), one behind the other. Where the system can, their pages move and nothing is copied; for a moment
 * it takes the room of all pieces once more in the address space. Takes the pieces. Freed with mem_free_pages and
 * n x bytes. NULL on memory: the pieces are still the caller's. */
#define MEM_HUGE_PAGE ((size_t)2 << 20) /* of most systems; elsewhere only a little is lost */
void *mem_join_pages(void *const *piece, size_t n, size_t bytes) WARN_UNUSED;

/* Copies of n bytes (a NUL is added behind them) and of a string. */
char *mem_copy(const void *bytes, size_t n) WARN_UNUSED;
char *mem_string(const char *text) WARN_UNUSED;

/* Gives the whole pages inside the bytes from .. to - 1 of a block back to the system. The block
 * stays valid; what stood in those bytes is lost. For big blocks that are consumed piece by piece. */
void mem_give_back(void *block, size_t from, size_t to);

/* After much was freed: gives the system what the allocator keeps for itself, where it knows how. Cost: a
 * millisecond, and a page fault for each page that is used again. */
void mem_give_back_freed(void);

void mem_free(void *p);

/* Makes *array (elements of `size` bytes) hold at least `want` elements, doubling. Returns 0, or -1
 * with the array untouched. *cap is the capacity in elements. */
int mem_grow(void **array, size_t *cap, size_t want, size_t size) WARN_UNUSED;

/* Test hook: the n-th allocation from now on (1 is the next) fails, and every later one too when
 * `forever` is set. 0 switches it off. Not for threads. */
void mem_fail_at(uint64_t n, bool forever);

/* How many allocations were asked for since the last mem_fail_at. */
uint64_t mem_requests(void);

#endif
