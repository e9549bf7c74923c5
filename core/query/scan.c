/* Reading the rows of a set once; see scan.h.
 *
 * DESIGN
 * 1. The set becomes one bit for each row of the table, and so does the answer: rows then come in the
 *    order of their files without being sorted.
 * 2. A task is a run of whole words of bits, so that no two threads write into one word. */
#include "core/query/scan.h"

#include "core/base/mem.h"
#include "core/crew.h"

#define TASK_WORDS 256 /* 16,384 rows */

struct scan {
    struct crew crew;
    const struct table *t;
    scan_fn *passes;
    const void *what;
    uint64_t *asked;  /* a bit for each row; owned */
    uint64_t *passed; /* the same; becomes the result */
    uint64_t n_words;
};

void scan_release(struct scan_result *r)
{
    mem_free(r->bit);
    *r = (struct scan_result){NULL};
}

/* One row; -1 on memory. */
static int ask(struct scan *s, struct row_reader *reader, struct expr_scratch *scratch,
               uint64_t row)
{
    struct err err = ERR_INIT;
    const struct row *got;
    if (row_reader_get(reader, row, &got, &err) != 0)
        return -1;
    if (!got->gone && s->passes(s->what, scratch, got))
        s->passed[row / 64] |= (uint64_t)1 << (row % 64);
    return 0;
}

static int ask_word(struct scan *s, struct row_reader *reader, struct expr_scratch *scratch,
                    uint64_t word)
{
    uint32_t asked = 0;
    for (uint64_t bits = s->asked[word]; bits != 0; bits &= bits - 1) {
        if (asked++ % SCAN_CHECK_ROWS == 0 && job_cancelled(s->crew.job))
            return 0;
        if (ask(s, reader, scratch, word * 64 + (uint64_t)__builtin_ctzll(bits)) != 0)
            return -1;
    }
    return 0;
}

static void ask_tasks(void *user, uint32_t member)
{
    struct scan *s = user;
    struct expr_scratch scratch = {.decode = BUF_INIT};
    struct err err = ERR_INIT;
    struct row_reader *reader = row_reader_new(s->t, 0, &err);
    uint32_t task;
    (void)member;
    if (reader == NULL)
        atomic_store(&s->crew.failed, true);
    while (reader != NULL && crew_take(&s->crew, &task)) {
        uint64_t word = (uint64_t)task * TASK_WORDS;
        uint64_t end = word + TASK_WORDS < s->n_words ? word + TASK_WORDS : s->n_words;
        for (; word < end && !job_cancelled(s->crew.job); word++)
            if (ask_word(s, reader, &scratch, word) != 0)
                atomic_store(&s->crew.failed, true);
    }
    row_reader_free(reader);
    expr_scratch_release(&scratch);
}

int scan_rows(struct scan_result *out, const struct rowset *set, const struct table *t,
              scan_fn *passes, const void *what, struct job *job, struct err *err)
{
    struct scan s = {.t = t, .passes = passes, .what = what, .n_words = t->n_rows / 64 + 1};
    uint32_t tasks = (uint32_t)(s.n_words / TASK_WORDS + 1);
    int rc = -1;
    *out = (struct scan_result){NULL};
    crew_init(&s.crew, set->n < SCAN_ALONE_BELOW ? NULL : job_pool(job), job);
    s.asked = mem_zalloc(s.n_words, sizeof *s.asked);
    s.passed = mem_zalloc(s.n_words, sizeof *s.passed);
    if (s.asked == NULL || s.passed == NULL) {
        (void)err_memory(err, "the rows that pass");
        goto out;
    }
    for (uint64_t i = 0; i < set->n; i++)
        s.asked[set->row[i] / 64] |= (uint64_t)1 << (set->row[i] % 64);
    rc = crew_run(&s.crew, tasks, ask_tasks, &s, "the rows that pass", err);
out:
    mem_free(s.asked);
    if (rc == 0)
        out->bit = s.passed;
    else
        mem_free(s.passed);
    return rc;
}
