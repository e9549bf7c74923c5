/* The command for a clustering; see again.h. */
#include "tui/model/again.h"

#define INPUTS_NAMED 8

/* Plain words as they are, everything else in single quotes. */
static void add_word(struct buf *out, struct span text)
{
    bool plain = text.len > 0;
    for (size_t i = 0; i < text.len && plain; i++) {
        char c = text.ptr[i];
        plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                memchr("_./-,:=+@%", c, 10) != NULL;
    }
    if (plain) {
        buf_add_span(out, text);
        return;
    }
    buf_add_char(out, '\'');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\'')
            buf_add_text(out, "'\\''");
        else
            buf_add_char(out, text.ptr[i]);
    }
    buf_add_char(out, '\'');
}

static void add_option(struct buf *out, const char *option, struct span value)
{
    buf_printf(out, " %s", option);
    add_word(out, value);
}

static bool same_features(const struct recipe *a, const struct recipe *b)
{
    if (a->n_features != b->n_features)
        return false;
    for (size_t i = 0; i < a->n_features; i++)
        if (strcmp(a->feature[i].text, b->feature[i].text) != 0)
            return false;
    return true;
}

static void add_features(struct buf *out, const struct recipe *r)
{
    struct buf list = BUF_INIT;
    for (size_t i = 0; i < r->n_features; i++) {
        buf_add_text(&list, i > 0 ? "," : "");
        buf_add_text(&list, r->feature[i].text);
    }
    add_option(out, "--features=", buf_span(&list));
    out->failed = out->failed || list.failed;
    buf_release(&list);
}

/* What differs from the recipe of that name. */
static void add_changes(struct buf *out, const struct recipe *r, const struct recipe *named)
{
    if (!same_features(r, named))
        add_features(out, r);
    if (strcmp(r->where, named->where) != 0)
        add_option(out, "--where=", span_of(r->where));
    if (r->unit != named->unit)
        buf_printf(out, " --unit=%s", unit_name(r->unit));
    if (r->scale != named->scale)
        buf_printf(out, " --scale=%s", scale_name(r->scale));
    if (r->missing != named->missing)
        buf_printf(out, " --missing=%s", missing_name(r->missing));
    if (r->starts != named->starts)
        buf_printf(out, " --starts=%u", r->starts);
    if (r->max_iter != named->max_iter)
        buf_printf(out, " --max-iter=%u", r->max_iter);
}

/* A moment in a form that --from and --to read, to the microsecond. */
static void add_time(struct buf *out, const char *option, int64_t us)
{
    char text[40];
    buf_printf(out, " --%s=%s", option, time_text(us, TIME_AS_EPOCH, 6, true, text, sizeof text));
}

/* What else decides: verdicts, which order clusters, the time that was asked for, the zone of its hours, and its kind where a file holds several. */
static void add_choice(struct buf *out, const struct clustering *c, const struct table *t)
{
    const struct verdicts *v = verdict_map_of(c->verdicts);
    const char *kind = NULL;
    for (size_t i = 0; i < t->n_inputs && kind == NULL; i++)
        if (t->input[i].state <= INPUT_PARTIAL && t->input[i].format != NULL &&
            strcmp(t->input[i].format, "zeek-json") == 0)
            kind = t->input[i].kind;
    if (kind != NULL && strcmp(kind, "conn") != 0)
        add_option(out, "--path=", span_of(kind));
    if (v != NULL && verdicts_path(v)[0] != '\0' && verdicts_lines(v) > 0)
        add_option(out, "--verdicts=", span_of(verdicts_path(v)));
    if (strcmp(time_zone_name(), "UTC") != 0)
        add_option(out, "--tz=", span_of(time_zone_name()));
    if (t->ranged && t->from_us != INT64_MIN)
        add_time(out, "from", t->from_us);
    if (t->ranged && t->to_us != INT64_MAX)
        add_time(out, "to", t->to_us);
}

static void add_inputs(struct buf *out, const struct table *t)
{
    size_t n_read = 0, n = 0;
    bool guard = false; /* a name may look like an option */
    struct buf names = BUF_INIT;
    for (size_t i = 0; i < t->n_inputs; i++)
        n_read += t->input[i].state <= INPUT_PARTIAL;
    for (size_t i = 0; i < t->n_inputs && n < (n_read > INPUTS_NAMED ? 1 : n_read); i++) {
        if (t->input[i].state > INPUT_PARTIAL)
            continue;
        guard = guard || (t->input[i].path[0] == '-' && t->input[i].path[1] != '\0');
        buf_add_char(&names, ' ');
        add_word(&names, span_of(t->input[i].path));
        n++;
    }
    buf_add_text(out, guard ? " --" : "");
    buf_add_span(out, buf_span(&names));
    if (n < n_read)
        buf_add_text(out, " ...");
    buf_release(&names);
}

/* Whether something was done by rows and not by terms. */
static bool by_rows(const struct hypothesis *h)
{
    bool rows = h->n_zooms > 0;
    for (size_t i = 0; i < h->n_excluded; i++)
        rows = rows || h->excluded[i].term == NULL;
    return rows;
}

static void add_limits(struct buf *out, const struct recipe *named, const struct recipe *r)
{
    if (named->where[0] != '\0' && strstr(r->where, named->where) == NULL)
        buf_add_text(out, "# here the recipe's own where was replaced; --where only narrows it");
}

void again_command(struct buf *out, struct buf *note, const struct hypothesis *h,
                   const struct clustering *c, const struct table *t, uint32_t number)
{
    const struct recipe *r = &c->recipe;
    struct recipe named = {.name = NULL};
    struct err err = ERR_INIT;
    const char *name = r->name;
    bool known;
    if (by_rows(h)) {
        buf_add_text(note,
                     "# inside of a cluster, or without one: no command gives it, --resume does");
        return;
    }
    known = recipe_load(&named, name, &err) == 0;
    if (!known) { /* a file somewhere */
        name = r->path;
        known = recipe_load(&named, name, &err) == 0;
    }
    buf_add_text(out, "minnow -b");
    add_option(out, "-r ", span_of(name));
    if (known)
        add_changes(out, r, &named);
    buf_printf(out, " -k %u -s %llu -c %u -o cluster-%u.csv", c->k_asked,
               (unsigned long long)r->seed, number, number);
    add_choice(out, c, t);
    add_inputs(out, t);
    if (known) {
        add_limits(note, &named, r);
        recipe_release(&named);
    }
}
