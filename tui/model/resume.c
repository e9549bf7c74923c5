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
            notices_add(notices, "%s was left out by its rows, which are back", line[i].value);
        if (strcmp(line[i].key, "without") != 0 || i + 1 == part.n ||
            strcmp(line[i + 1].key, "term") != 0)
            continue;
        if (hypothesis_leave_out(h, span_make(line[i].value, line[i].len),
                                 span_make(line[i + 1].value, line[i + 1].len), &err) != 0)
            notices_add(notices, "%s is not left out any more: %s", line[i].value, err.text);
    }
}
