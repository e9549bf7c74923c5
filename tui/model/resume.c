/* Coming back to an investigation; see resume.h. */
#include "tui/model/resume.h"

/* ---- recipes ---- */

/* The keys that a recipe stands under: the one that is fitted, and one of a cluster that was left out. */
struct recipe_keys {
    const char *name, *path, *line;
};
static const struct recipe_keys own_keys = {"recipe-name", "recipe-path", "recipe"},
                                of_keys = {"of-recipe-name", "of-recipe-path", "of-recipe"};

static void recipe_keep(const struct recipe *r, const struct recipe_keys *keys, struct session *out)
{
    struct buf text = BUF_INIT;
    struct span rest, line;
    recipe_write(r, &text);
    out->failed = out->failed || text.failed;
    session_add(out, keys->name, span_of(r->name));
    session_add(out, keys->path, span_of(r->path));
    rest = buf_span(&text);
    while (span_line(&rest, &line))
        session_add(out, keys->line, line);
    buf_release(&text);
}

/* 0; 1 when there is none; -1 with ERR_USAGE. */
static int recipe_of(struct recipe *r, struct session_part part, const struct recipe_keys *keys,
                     struct err *err)
{
    struct buf text = BUF_INIT, name = BUF_INIT, path = BUF_INIT;
    struct span value;
    int rc = 1;
    if (!session_value(part, keys->name, &value) || !session_value(part, keys->line, &value))
        return 1;
    if (session_value(part, keys->name, &value))
        buf_add_span(&name, value);
    if (session_value(part, keys->path, &value))
        buf_add_span(&path, value);
    for (size_t i = 0; i < part.n; i++) {
        const struct session_line *l = &part.of->line[part.first + i];
        if (strcmp(l->key, keys->line) != 0)
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

int resume_recipe(struct recipe *r, struct session_part part, struct err *err)
{
    return recipe_of(r, part, &own_keys, err);
}

/* ---- what is excluded ---- */

/* A cluster by what it is one of, its number and how many rows it has. */
static void keep_left_out(const struct exclusion *x, struct session *out)
{
    struct recipe r = x->of->recipe; /* borrowed */
    r.k = x->of->k_asked;
    session_printf(out, "rows-number", "%u", x->number);
    session_printf(out, "rows-count", "%llu",
                   (unsigned long long)x->of->profile[x->number - 1].rows);
    recipe_keep(&r, &of_keys, out);
}

void hypothesis_keep(const struct hypothesis *h, struct session *out)
{
    size_t n_left_out = 0;
    recipe_keep(&h->recipe, &own_keys, out);
    for (size_t i = 0; i < h->n_excluded; i++) {
        const struct exclusion *x = &h->excluded[i];
        session_add(out, x->term == NULL ? "without-rows" : "without", span_of(x->text));
        if (x->term != NULL)
            session_add(out, "term", span_of(x->term));
        else if (x->of != NULL && n_left_out++ < RESUME_MAX_LEFT_OUT)
            keep_left_out(x, out);
    }
}

void resume_excluded(struct hypothesis *h, struct session_part part, struct notices *notices)
{
    const struct session_line *line = part.of->line + part.first;
    for (size_t i = 0; i + 1 < part.n; i++) {
        struct err err = ERR_INIT;
        if (strcmp(line[i].key, "without") != 0 || strcmp(line[i + 1].key, "term") != 0)
            continue;
        if (hypothesis_leave_out(h, span_make(line[i].value, line[i].len),
                                 span_make(line[i + 1].value, line[i + 1].len), &err) != 0)
            notices_add(notices, "%s is not excluded any more: %s", line[i].value, err.text);
    }
}

/* The lines of the n-th cluster that is left out; false behind the last. */
static bool left_out_part(struct session_part part, size_t n, struct session_part *out)
{
    bool inside = false;
    for (size_t i = 0; i < part.n; i++) {
        const char *key = part.of->line[part.first + i].key;
        if (inside && strncmp(key, "rows-", 5) != 0 && strncmp(key, "of-", 3) != 0)
            return true;
        if (!inside && strcmp(key, "without-rows") == 0 && n-- == 0) {
            *out = (struct session_part){part.of, part.first + i, 0};
            inside = true;
        }
        out->n += inside;
    }
    return inside;
}

size_t resume_n_left_out(struct session_part part)
{
    struct session_part one = {part.of, 0, 0};
    size_t n = 0;
    while (left_out_part(part, n, &one))
        n++;
    return n;
}

bool resume_left_out(struct left_out *out, struct session_part part, size_t n)
{
    struct session_part one = {part.of, 0, 0};
    uint64_t number = 0;
    memset(out, 0, sizeof *out);
    if (!left_out_part(part, n, &one))
        return false;
    (void)session_value(one, "without-rows", &out->text);
    if (!session_number(one, "rows-number", UINT32_MAX, &number) || number == 0 ||
        !session_number(one, "rows-count", UINT64_MAX, &out->rows))
        return false;
    out->number = (uint32_t)number;
    return true;
}

int resume_left_out_of(struct recipe *r, struct session_part part, size_t n, struct err *err)
{
    struct session_part one = {part.of, 0, 0};
    return left_out_part(part, n, &one) ? recipe_of(r, one, &of_keys, err) : 1;
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
