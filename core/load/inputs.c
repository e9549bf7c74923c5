/* Choosing what is read; see inputs.h.
 *
 * DESIGN
 * 1. Walk, look at each file, choose a kind, then sort out: no file is refused before all were seen.
 * 2. A group is what is chosen between: a kind of log or, where neither content nor name says one, a
 * format. */
#include "core/load/inputs.h"

#include "core/base/buf.h"
#include "core/base/closest.h"
#include "core/base/mem.h"
#include "core/format/format.h"
#include "core/io/peek.h"
#include "core/io/twin.h"
#include "core/load/input_facts.h"

#define MOST_NAMED 5 /* groups in a sentence */
#define LOOK_BYTES (FORMAT_HEAD_BYTES / 4)
#define MARGIN_US  (INT64_C(86400) * 1000000)

struct group {
    char name[LOGNAME_KIND];
    uint64_t files, bytes;
    bool pairs; /* its rows name an originator */
};

struct planning {
    struct inputs *in;
    const struct load_opts *opts;
    struct job *job;
    struct err *err;
    char *room; /* for first bytes; owned */
    size_t room_bytes;
    struct group *group; /* owned */
    size_t n_groups, groups_cap;
    const char *taken; /* the group that is read, or NULL: whatever there is */
    bool says_taken;   /* a file says itself that it is of that group */
};

void inputs_release(struct inputs *in)
{
    for (size_t i = 0; i < in->n; i++)
        mem_free(in->item[i].why);
    mem_free(in->item);
    walk_release(&in->walk);
    *in = (struct inputs){.n = 0};
}

static int set_plan(struct planned *p, enum plan plan, const char *why, struct err *err)
{
    mem_free(p->why);
    p->plan = plan;
    p->why = mem_string(why);
    return p->why == NULL ? err_memory(err, "the list of files") : 0;
}

static int skip(struct planned *p, enum plan_skip skip, const char *why, struct err *err)
{
    p->skip = skip;
    return set_plan(p, PLAN_SKIP, why, err);
}

/* ---- looking at a file ---- */

struct look {
    const struct format *format; /* NULL: not known */
    bool refused;                /* it was seen, and is no log */
    char kind[LOGNAME_KIND];     /* by content, or "" */
    bool pairs;                  /* its columns name an originator */
    bool conn;                   /* its columns are those of connections */
    bool short_head;             /* the header goes on behind what was seen */
    bool in_vain;                /* other logs are in it, and perhaps the wanted one behind */
};

/* Feeds the header to the head and asks what the columns tell. */
static void look_at_columns(struct look *look, struct head *head, struct span first,
                            const char *path)
{
    const struct format *f = look->format;
    struct schema schema;
    struct notices notices = {.n = 0};
    struct span rest = first, line;
    struct err ignored = ERR_INIT;
    struct layout *layout = NULL;
    uint64_t line_no = 0;
    bool good = true;
    schema_init(&schema);
    while (good && span_line(&rest, &line) && f->is_head(head, line))
        good = f->head_line(head, line, ++line_no, &ignored) == 0;
    look->short_head = rest.len == 0;
    if (good)
        layout = f->head_layout(head, &schema, path, &notices, &ignored);
    look->pairs = layout != NULL && layout->role_field[ROLE_ORIG_H] >= 0;
    look->conn = layout != NULL && roles_of_conn(layout->role_field);
    layout_free(layout);
    notices_release(&notices);
    schema_release(&schema);
}

static int take_look(struct look *look, const char *path, struct span first, bool whole,
                     const struct format_opts *opts, struct err *err)
{
    struct head *head;
    size_t bom;
    look->format = format_sniff(first, whole, opts, &bom, err);
    look->refused = look->format == NULL;
    if (look->refused)
        return -1;
    first = span_make(first.ptr + bom, first.len - bom);
    head = look->format->head_new(first, opts, err);
    if (head == NULL)
        return -1;
    look_at_columns(look, head, first, path);
    if (look->format->kind != NULL)
        (void)snprintf(look->kind, sizeof look->kind, "%s", look->format->kind(head));
    look->format->head_free(head);
    return 0;
}

static int make_room(struct planning *g, size_t n)
{
    char *room;
    if (n <= g->room_bytes)
        return 0;
    room = mem_resize(g->room, n, 1);
    if (room == NULL)
        return err_memory(g->err, "a part of the input");
    g->room = room;
    g->room_bytes = n;
    return 0;
}

/* Whether so many bytes of a file are too few to say what it is. */
static bool wants_more(const struct look *look, struct span first, size_t n, const char *name_kind,
                       const struct format_opts *opts)
{
    if (look->format == NULL || look->short_head)
        return n < FORMAT_HEAD_BYTES;
    return n < FORMAT_MORE_BYTES && look->format->wants_more != NULL &&
           strcmp(look->kind, name_kind) != 0 && look->format->wants_more(first, opts);
}

/* Looks at the first bytes of a file: few, as most files say at once what they are. More, when they do
 * not, and when several logs are in it and not yet the one that is wanted. -1 with *problem when it is
 * no log or cannot be read. */
static int look_at(struct planning *g, const char *path, const char *name_kind, struct look *look,
                   struct err *problem)
{
    struct format_opts opts = {g->opts->fields, g->opts->delimiter, g->opts->kind, false};
    for (size_t n = LOOK_BYTES;; n *= 4) {
        struct err refusal = ERR_INIT;
        bool whole = false;
        int64_t len;
        struct span first;
        int rc;
        if (make_room(g, n) != 0) {
            *problem = *g->err;
            return -1;
        }
        len = peek_text(path, g->room, n, &whole, problem);
        if (len < 0)
            return -1;
        first = span_make(g->room, (size_t)len);
        *look = (struct look){.format = NULL};
        rc = take_look(look, path, first, whole, &opts, &refusal);
        if (!whole && wants_more(look, first, n, name_kind, &opts))
            continue;
        look->in_vain = rc == 0 && !whole && n >= FORMAT_MORE_BYTES &&
                        wants_more(look, first, 0, name_kind, &opts);
        if (rc != 0)
            *problem = refusal;
        return rc;
    }
}

/* ---- groups ---- */

/* What the item is chosen by; "" when nothing is known of it. */
static const char *group_of(const struct planned *p)
{
    return p->kind[0] != '\0' ? logname_read_as(p->kind) : p->format;
}

static int count_group(struct planning *g, const struct planned *p, uint64_t bytes, bool pairs)
{
    void *groups = g->group;
    const char *name = group_of(p);
    size_t i = 0;
    while (i < g->n_groups && strcmp(g->group[i].name, name) != 0)
        i++;
    if (i == g->n_groups) {
        if (mem_grow(&groups, &g->groups_cap, g->n_groups + 1, sizeof *g->group) != 0)
            return err_memory(g->err, "the list of files");
        g->group = groups;
        g->group[i] = (struct group){.files = 0};
        (void)snprintf(g->group[i].name, sizeof g->group[i].name, "%s", name);
        g->n_groups++;
    }
    g->group[i].files++;
    g->group[i].bytes += bytes;
    g->group[i].pairs = g->group[i].pairs || pairs;
    return 0;
}

/* More is read first: pairs, then bytes, then by name, so that the order of files does not matter. */
static bool is_better(const struct group *a, const struct group *b)
{
    if (a->pairs != b->pairs)
        return a->pairs;
    return a->bytes != b->bytes ? a->bytes > b->bytes : strcmp(a->name, b->name) < 0;
}

/* Names of groups but one, with their files: "dns 24, http 3 and 2 more". */
static void add_groups(struct buf *out, const struct planning *g, const char *but)
{
    size_t n = 0;
    for (size_t i = 0; i < g->n_groups; i++) {
        if ((but != NULL && strcmp(g->group[i].name, but) == 0) || n++ >= MOST_NAMED)
            continue;
        buf_printf(out, "%s%s %llu", n > 1 ? ", " : "", g->group[i].name,
                   (unsigned long long)g->group[i].files);
    }
    if (n > MOST_NAMED)
        buf_printf(out, " and %zu more", n - MOST_NAMED);
}

static int choose(struct planning *g)
{
    const struct group *best = NULL;
    const char *wanted = g->opts->kind == NULL ? "conn" : logname_read_as(g->opts->kind);
    struct closest c = closest_to(span_of(wanted));
    struct buf list = BUF_INIT;
    char hint[CLOSEST_HINT];
    for (size_t i = 0; i < g->n_groups; i++) {
        closest_try(&c, span_of(g->group[i].name));
        if (strcmp(g->group[i].name, wanted) == 0) {
            g->taken = g->group[i].name;
            return 0;
        }
        if (best == NULL || is_better(&g->group[i], best))
            best = &g->group[i];
    }
    g->taken = best == NULL ? NULL : best->name;
    if (g->opts->kind == NULL || best == NULL)
        return 0;
    /* Standard input and pipes may yet be of that kind. */
    for (size_t i = 0; i < g->in->n; i++) {
        const struct planned *p = &g->in->item[i];
        if (p->plan == PLAN_READ && group_of(p)[0] == '\0') {
            g->taken = g->opts->kind;
            return 0;
        }
    }
    add_groups(&list, g, NULL);
    err_set(g->err, ERR_DATA, "--path: no log of the kind '%s' is here%s; of other kinds: %s",
            g->opts->kind, closest_hint(&c, hint), buf_text(&list));
    buf_release(&list);
    return -1;
}

/* ---- items ---- */

static struct planned *add(struct inputs *in, const struct walked *w, struct err *err)
{
    void *items = in->item;
    if (mem_grow(&items, &in->cap, in->n + 1, sizeof *in->item) != 0) {
        err_memory(err, "the list of files");
        return NULL;
    }
    in->item = items;
    in->item[in->n] = (struct planned){.path = w->path, .found = w->found, .format = ""};
    return &in->item[in->n++];
}

/* A file that could not be told. An argument is left to the loader, and so is a log with a bad header. */
static int untold(struct planning *g, struct planned *p, const struct look *look,
                  const struct err *problem)
{
    if (problem->code == ERR_LIMIT)
        return err_set(g->err, ERR_LIMIT, "%s", problem->text);
    if (!p->found || look->format != NULL)
        return 0;
    if (!look->refused)
        return set_plan(p, PLAN_FAIL, problem->text, g->err);
    return strcmp(problem->text, "no rows") == 0 ? skip(p, SKIP_EMPTY, "no rows in it", g->err)
                                                 : skip(p, SKIP_FOREIGN, problem->text, g->err);
}

/* What the first bytes of a file make of its item. */
static int examine(struct planning *g, struct planned *p, const struct walked *w)
{
    struct err problem = ERR_INIT;
    struct look look = {.format = NULL};
    char name_kind[LOGNAME_KIND];
    int rc;
    if (p->found && logname_is_summary(p->path))
        return skip(p, SKIP_FOREIGN, "a summary of conn logs, not a log", g->err);
    if (p->found && w->size == 0)
        return skip(p, SKIP_EMPTY, "empty", g->err);
    logname_kind(p->path, name_kind);
    rc = look_at(g, p->path, name_kind, &look, &problem);
    if (rc != 0 && untold(g, p, &look, &problem) != 0)
        return -1;
    if (look.format == NULL)
        return 0;
    p->format = look.format->name;
    if (look.in_vain && g->opts->kind != NULL)
        (void)snprintf(look.kind, sizeof look.kind, "%s", g->opts->kind);
    p->says = look.kind[0] != '\0';
    (void)snprintf(p->kind, sizeof p->kind, "%s",
                   p->says     ? look.kind
                   : look.conn ? "conn"
                               : name_kind);
    return count_group(g, p, w->size, look.pairs);
}

/* The name says hours that lie outside the range in any time zone, and for rows a good while late. */
static bool is_far(const struct load_opts *opts, const char *path)
{
    int64_t first, end;
    return opts->ranged && logname_hours(path, &first, &end) &&
           ((opts->from_us > MARGIN_US && end <= opts->from_us - MARGIN_US) ||
            (opts->to_us < INT64_MAX - MARGIN_US && first >= opts->to_us + MARGIN_US));
}

static int make_item(struct planning *g, const struct walked *w, bool looks)
{
    struct planned *p = add(g->in, w, g->err);
    if (p == NULL)
        return -1;
    switch (w->what) {
    case WALKED_FILE:
        if (is_far(g->opts, w->path))
            return skip(p, SKIP_RANGE, "its name says hours outside --from/--to", g->err);
        return looks && w->regular ? examine(g, p, w) : 0;
    case WALKED_SKIPPED:
        return skip(p, SKIP_NO_FILE, w->why, g->err);
    case WALKED_TWICE:
        return skip(p, SKIP_TWICE, w->why, g->err);
    case WALKED_FAILED:
    case WALKED_DIRECTORY: /* for now; see settle_directories */
        break;
    }
    return set_plan(p, PLAN_FAIL, w->why == NULL ? "" : w->why, g->err);
}

/* A CSV of connections in a directory with logs that say they are: an export of theirs, perhaps. */
static bool is_copy(const struct planning *g, const struct planned *p)
{
    return p->found && g->says_taken && strcmp(p->format, format_csv.name) == 0;
}

/* An argument that does not say what it is was meant, unless a kind was asked for. */
static int sort_out(struct planning *g, struct planned *p)
{
    char why[LOGNAME_KIND * 2 + 80];
    const char *name = group_of(p);
    if (p->plan == PLAN_READ && is_copy(g, p) && strcmp(name, g->taken) == 0)
        return skip(p, SKIP_KIND,
                    "a CSV beside logs, perhaps an export of theirs: name it to read it", g->err);
    if (p->plan != PLAN_READ || g->taken == NULL || name[0] == '\0' ||
        strcmp(name, g->taken) == 0 || (!p->found && !p->says && g->opts->kind == NULL))
        return 0;
    (void)snprintf(why, sizeof why, "a log of %s, not of %s (--path=%s reads it)", name, g->taken,
                   name);
    return skip(p, SKIP_KIND, why, g->err);
}

/* ---- what is said ---- */

static const char *skip_words(enum plan_skip skip)
{
    static const char *const words[] = {
#define X(id, text) text,
        PLAN_SKIPS(X)
#undef X
    };
    return words[skip];
}

struct count {
    uint64_t by_skip[N_PLAN_SKIPS];
    uint64_t skipped, failed, read;
};

static struct count count_items(const struct planned *p, size_t n)
{
    struct count c = {.skipped = 0};
    for (size_t i = 0; i < n; i++) {
        c.read += p[i].plan == PLAN_READ;
        c.failed += p[i].plan == PLAN_FAIL;
        c.skipped += p[i].plan == PLAN_SKIP;
        if (p[i].plan == PLAN_SKIP)
            c.by_skip[p[i].skip]++;
    }
    return c;
}

/* "other kinds: 3, empty: 1" */
static void add_count(struct buf *out, const struct count *c)
{
    const char *comma = "";
    for (int i = 0; i < N_PLAN_SKIPS; i++) {
        if (c->by_skip[i] == 0)
            continue;
        buf_printf(out, "%s%s: %llu", comma, skip_words((enum plan_skip)i),
                   (unsigned long long)c->by_skip[i]);
        comma = ", ";
    }
    if (c->failed > 0)
        buf_printf(out, "%snot readable: %llu", comma, (unsigned long long)c->failed);
}

static void summarize(struct planning *g, struct notices *notices)
{
    struct inputs *in = g->in;
    struct count c = count_items(in->item, in->n);
    struct buf text = BUF_INIT;
    c.failed = 0; /* each of them is said by itself */
    if (c.skipped == 0)
        return;
    add_count(&text, &c);
    if (c.by_skip[SKIP_KIND] > 0) {
        buf_add_text(&text, "; of kinds: ");
        add_groups(&text, g, NULL);
        buf_printf(&text, "; %s is read, --path=NAME reads another", g->taken);
    }
    notices_add(notices, "%llu of %zu files skipped: %s", (unsigned long long)c.skipped, in->n,
                buf_text(&text));
    buf_release(&text);
}

/* ---- directories ---- */

/* The item of a directory goes, unless nothing below it is read: then it says so. */
static int settle_directories(struct planning *g, struct notices *notices)
{
    struct inputs *in = g->in;
    size_t kept = 0;
    int rc = 0;
    for (size_t i = 0; i < in->n; i++) {
        const struct walked *w = &in->walk.item[i];
        struct planned *p = &in->item[i];
        if (w->what == WALKED_DIRECTORY) {
            struct count c = count_items(p + 1, w->n_below);
            struct buf why = BUF_INIT;
            if (w->n_hidden > 0)
                notices_add(notices, "%s: %llu hidden file%s passed over", w->path,
                            (unsigned long long)w->n_hidden, w->n_hidden == 1 ? "" : "s");
            if (c.read > 0 || c.by_skip[SKIP_TWICE] > 0 || c.by_skip[SKIP_RANGE] > 0) {
                mem_free(p->why);
                continue;
            }
            buf_add_text(&why,
                         w->n_below == 0 ? "an empty directory" : "no log in this directory (");
            add_count(&why, &c);
            if (w->n_below > 0)
                buf_add_char(&why, ')');
            rc |= set_plan(p, PLAN_FAIL, buf_text(&why), g->err);
            buf_release(&why);
        }
        in->item[kept++] = in->item[i];
    }
    in->n = kept;
    return rc;
}

/* ---- the whole ---- */

/* A single argument is read as it is; what it is comes out then. */
static bool needs_looks(const struct inputs *in, const struct load_opts *opts)
{
    return in->walk.n > 1 || opts->kind != NULL;
}

static void add_up(struct inputs *in)
{
    bool known = true;
    size_t at = 0;
    in->n_read = 0;
    in->bytes = 0;
    for (size_t i = 0; i < in->n; i++) {
        if (in->item[i].plan != PLAN_READ)
            continue;
        while (in->walk.item[at].path != in->item[i].path)
            at++;
        known = known && in->walk.item[at].regular;
        in->bytes += in->walk.item[at].size;
        in->n_read++;
    }
    if (!known)
        in->bytes = 0;
}

int inputs_plan(struct inputs *in, const struct load_opts *opts, struct notices *notices,
                struct job *job, struct err *err)
{
    struct planning g = {.in = in, .opts = opts, .job = job, .err = err};
    int rc;
    *in = (struct inputs){.n = 0};
    rc = walk_inputs(&in->walk, opts->path, opts->n_paths, job, err);
    if (rc == 0 && in->walk.n > 1)
        rc = twin_drop(&in->walk, job, err);
    for (size_t i = 0; i < in->walk.n && rc == 0; i++) {
        if (job_cancelled(job))
            rc = job_stopped(err);
        else
            rc = make_item(&g, &in->walk.item[i], needs_looks(in, opts));
    }
    if (rc == 0)
        rc = choose(&g);
    for (size_t i = 0; i < in->n && g.taken != NULL && !g.says_taken; i++)
        g.says_taken = in->item[i].says && strcmp(group_of(&in->item[i]), g.taken) == 0;
    for (size_t i = 0; i < in->n && rc == 0; i++)
        rc = sort_out(&g, &in->item[i]);
    if (rc == 0)
        rc = settle_directories(&g, notices);
    if (rc == 0) {
        summarize(&g, notices);
        add_up(in);
    }
    mem_free(g.room);
    mem_free(g.group);
    return rc;
}
