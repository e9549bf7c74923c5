/* Marked rows. */
#include "tui/model/marks.h"

#include <string.h>

#include "core/base/mem.h"

static uint64_t words_of(uint64_t n_rows)
{
    return n_rows / 64 + 1;
}

void marks_release(struct marks *m)
{
    mem_free(m->bits);
    memset(m, 0, sizeof *m);
}

int marks_reserve(struct marks *m, uint64_t n_rows, struct err *err)
{
    if (m->bits != NULL)
        return 0;
    m->bits = mem_zalloc(words_of(n_rows), sizeof *m->bits);
    if (m->bits == NULL)
        return err_memory(err, "the marks");
    m->n_rows = n_rows;
    return 0;
}

bool marks_has(const struct marks *m, uint64_t row)
{
    return m != NULL && m->bits != NULL && row < m->n_rows &&
           (m->bits[row / 64] >> row % 64 & 1) != 0;
}

uint64_t marks_set(struct marks *m, const uint32_t *row, uint64_t n, bool on)
{
    uint64_t changed = 0;
    for (uint64_t i = 0; i < n; i++)
        if (m->bits != NULL && row[i] < m->n_rows && marks_has(m, row[i]) != on) {
            m->bits[row[i] / 64] ^= UINT64_C(1) << row[i] % 64;
            changed++;
        }
    m->n = on ? m->n + changed : m->n - changed;
    return changed;
}

uint32_t *marks_list(const struct marks *m, const uint32_t *order, uint64_t n, struct err *err)
{
    uint64_t words = words_of(m->n_rows), done = 0;
    struct marks left = {
        .bits = mem_alloc(words, sizeof *left.bits), .n_rows = m->n_rows, .n = m->n};
    uint32_t *list = mem_alloc(m->n, sizeof *list);
    if (left.bits == NULL || list == NULL) {
        (void)err_memory(err, "the marked rows");
        mem_free(list);
        marks_release(&left);
        return NULL;
    }
    if (m->bits != NULL)
        memcpy(left.bits, m->bits, words * sizeof *left.bits);
    for (uint64_t i = 0; i < n && left.n > 0 && m->bits != NULL; i++)
        if (marks_set(&left, &order[i], 1, false) > 0)
            list[done++] = order[i];
    for (uint64_t w = 0; w < words && left.n > 0; w++)
        for (uint64_t bits = left.bits[w]; bits != 0; bits &= bits - 1) {
            list[done++] = (uint32_t)(w * 64 + (uint64_t)__builtin_ctzll(bits));
            left.n--;
        }
    marks_release(&left);
    return list;
}
