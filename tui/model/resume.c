/* Coming back to an investigation; see resume.h. */
#include "tui/model/resume.h"

void hypothesis_keep(const struct hypothesis *h, struct session *out)
{
    struct buf text = BUF_INIT;
    struct span rest, line;
    recipe_write(&h->recipe, &text);
    out->failed = out->failed || text.failed;
    session_add(out, "recipe-name", span_of(h->recipe.name));
    session_add(out, "recipe-path", span_of(h->recipe.path));
    rest = buf_span(&text);
    while (span_line(&rest, &line))
        session_add(out, "recipe", line);
    buf_release(&text);
    for (size_t i = 0; i < h->n_excluded; i++) {
        const struct exclusion *x = &h->excluded[i];
        session_add(out, x->term == NULL ? "without-rows" : "without", span_of(x->text));
        if (x->term != NULL)
            session_add(out, "term", span_of(x->term));
    }
}

int resume_recipe(struct recipe *r, struct session_part part, struct err *err)
{
    struct buf text = BUF_INIT, name = BUF_INIT, path = BUF_INIT;
    struct span value;
    int rc = 1;
    if (!session_value(part, "recipe-name", &value) || !session_value(part, "recipe", &value))
        return 1;
    if (session_value(part, "recipe-name", &value))
        buf_add_span(&name, value);
    if (session_value(part, "recipe-path", &value))
        buf_add_span(&path, value);
    for (size_t i = 0; i < part.n; i++) {
        const struct session_line *l = &part.of->line[part.first + i];
        if (strcmp(l->key, "recipe") != 0)
            continue;
        buf_add(&text, l->value, l->len);
        buf_add_char(&text, '\n');
    }
    if (text.failed || name.failed || path.failed)
        rc = err_memory(err, "the recipe");
    else
        rc = recipe_parse(r, buf_text(&name), buf_text(&path), buf_span(&text), err);
    buf_release(&text);
    buf_release(&name);
    buf_release(&path);
    return rc;
}

void resume_excluded(struct hypothesis *h, struct session_part part, struct notices *notices)
{
    const struct session_line *line = part.of->line + part.first;
    for (size_t i = 0; i < part.n; i++) {
        struct err err = ERR_INIT;
        if (strcmp(line[i].key, "without-rows") == 0)
            notices_add(notices, "%s was excluded by its rows, which are back", line[i].value);
        if (strcmp(line[i].key, "without") != 0 || i + 1 == part.n ||
            strcmp(line[i + 1].key, "term") != 0)
            continue;
        if (hypothesis_leave_out(h, span_make(line[i].value, line[i].len),
                                 span_make(line[i + 1].value, line[i + 1].len), &err) != 0)
            notices_add(notices, "%s is not excluded any more: %s", line[i].value, err.text);
    }
}

/* ---- marks ---- */

/* The next run of marked rows from *row on; false when there is none. */
static bool next_run(const struct marks *m, uint64_t *row, uint64_t *end)
{
    while (*row < m->n_rows && !marks_has(m, *row))
        *row += *row % 64 == 0 && m->bits[*row / 64] == 0 ? 64 : 1;
    for (*end = *row; *end < m->n_rows && marks_has(m, *end);)
        (*end)++;
    return *row < m->n_rows;
}

void marks_keep(const struct marks *m, struct session *out)
{
    struct buf text = BUF_INIT;
    uint64_t row = 0, end, runs = 0;
    if (m == NULL || m->n == 0)
        return;
    for (; runs <= RESUME_MAX_RUNS && next_run(m, &row, &end); row = end, runs++) {
        buf_printf(&text, runs > 0 ? ",%llu" : "%llu", (unsigned long long)row);
        if (end > row + 1)
            buf_printf(&text, "-%llu", (unsigned long long)end - 1);
    }
    out->failed = out->failed || text.failed;
    if (runs > RESUME_MAX_RUNS)
        session_printf(out, "marks-lost", "%llu", (unsigned long long)m->n);
    else
        session_add(out, "marks", buf_span(&text));
    buf_release(&text);
}

bool resume_has_marks(struct session_part part)
{
    struct span text;
    return session_value(part, "marks", &text);
}

/* Takes a number off the front; false when there is none below the limit. */
static bool take_number(struct span *s, uint64_t limit, uint64_t *out)
{
    size_t n = 0;
    *out = 0;
    while (n < s->len && n < 15 && s->ptr[n] >= '0' && s->ptr[n] <= '9')
        *out = *out * 10 + (uint64_t)(s->ptr[n++] - '0');
    *s = span_make(s->ptr + n, s->len - n);
    return n > 0 && *out < limit;
}

static bool take_char(struct span *s, char c)
{
    if (s->len == 0 || s->ptr[0] != c)
        return false;
    *s = span_make(s->ptr + 1, s->len - 1);
    return true;
}

void resume_marks(struct marks *m, struct session_part part)
{
    struct span rest = {"", 0};
    uint64_t first, last, free_from = 0;
    (void)session_value(part, "marks", &rest);
    while (take_number(&rest, m->n_rows, &first)) {
        last = first;
        if (take_char(&rest, '-') && !take_number(&rest, m->n_rows, &last))
            return;
        for (uint64_t row = first; first >= free_from && row <= last; row++)
            (void)marks_set(m, &(uint32_t){(uint32_t)row}, 1, true);
        free_from = last > free_from ? last + 1 : free_from;
        if (!take_char(&rest, ','))
            return;
    }
}
