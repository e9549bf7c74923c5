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
    const struct scan_question *q;
    uint64_t *asked;  /* a bit for each row; owned */
    uint64_t *passed; /* the same; becomes the result */
    uint64_t n_words;
};

void scan_release(struct scan_result *r)
{
    mem_free(r->bit);
    *r = (struct scan_result){NULL};
}

/* What one thread asks with. */
struct asking {
    struct scan *s;
    struct expr_scratch scratch;
    struct row_reader *reader; /* owned; made for the first row that is read */
};

static void pass(struct scan *s, uint64_t row)
{
    s->passed[row / 64] |= (uint64_t)1 << (row % 64);
}

static int read_and_ask(struct asking *a, uint64_t row)
{
    const struct scan_question *q = a->s->q;
    struct err err = ERR_INIT;
    const struct row *got;
    if (a->reader == NULL && (a->reader = row_reader_new(a->s->t, 0, &err)) == NULL)
        return -1;
    if (row_reader_get(a->reader, row, &got, &err) != 0)
        return -1;
    if (!got->gone && q->passes(q->what, &a->scratch, got))
        pass(a->s, row);
    return 0;
}

static int ask_word(struct asking *a, uint64_t word)
{
    const struct scan_question *q = a->s->q;
    uint32_t read = 0;
    for (uint64_t bits = a->s->asked[word]; bits != 0; bits &= bits - 1) {
        uint64_t row = word * 64 + (uint64_t)__builtin_ctzll(bits);
        enum expr_answer answer = EXPR_TEXT;
        if (q->ask != NULL)
            answer = q->ask(q->what, &a->scratch, row);
        if (answer == EXPR_YES)
            pass(a->s, row);
        if (answer != EXPR_TEXT)
            continue;
        if (read++ % SCAN_CHECK_ROWS == 0 && job_cancelled(a->s->crew.job))
            return 0;
        if (read_and_ask(a, row) != 0)
            return -1;
    }
    return 0;
}

static void ask_tasks(void *user, uint32_t member)
{
    struct scan *s = user;
    struct asking a = {.s = s, .scratch = {.decode = BUF_INIT}};
    uint32_t task;
    (void)member;
    while (crew_take(&s->crew, &task)) {
        uint64_t word = (uint64_t)task * TASK_WORDS;
        uint64_t end = word + TASK_WORDS < s->n_words ? word + TASK_WORDS : s->n_words;
        for (; word < end && !job_cancelled(s->crew.job); word++)
            if (ask_word(&a, word) != 0)
                atomic_store(&s->crew.failed, true);
    }
    if (a.scratch.decode.failed)
        atomic_store(&s->crew.failed, true);
    row_reader_free(a.reader);
    expr_scratch_release(&a.scratch);
}

int scan_rows(struct scan_result *out, const struct rowset *set, const struct table *t,
              const struct scan_question *q, struct job *job, struct err *err)
{
    struct scan s = {.t = t, .q = q, .n_words = t->n_rows / 64 + 1};
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
