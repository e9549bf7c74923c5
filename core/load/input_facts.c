/* Facts about inputs; see input_facts.h. */
#include "core/load/input_facts.h"

#include "core/base/mem.h"
#include "core/base/number.h"

const char *input_shown(const char *path)
{
    return strcmp(path, "-") == 0 ? "standard input" : path;
}

void input_name_problem(struct err *err, const char *path)
{
    const char *shown = input_shown(path);
    struct err inner = *err;
    size_t n = strlen(shown);
    if (n > 0 && strncmp(inner.text, shown, n < 120 ? n : 120) == 0)
        return;
    err_at(err, inner.code, shown, inner.line, "%s", inner.text);
}

static const char *kind_of(const struct format *format, const struct head *head)
{
    return format->kind == NULL ? "" : format->kind(head);
}

void input_note_kind(struct input *in, const struct format *format, const struct head *head,
                     const struct layout *layout)
{
    const char *kind = kind_of(format, head);
    char name[LOGNAME_KIND];
    if (kind[0] == '\0' && layout != NULL && roles_of_conn(layout->role_field)) {
        kind = "conn";
    } else if (kind[0] == '\0') {
        logname_kind(in->path, name);
        kind = name;
    }
    mem_free(in->kind);
    in->kind = kind[0] == '\0' ? NULL : mem_string(kind);
}

int input_check_kind(const char *asked, const struct format *format, const struct head *head,
                     struct err *err)
{
    const char *kind = kind_of(format, head);
    if (asked == NULL || strcmp(logname_read_as(kind), logname_read_as(asked)) == 0)
        return 0;
    if (kind[0] == '\0')
        return err_set(err, ERR_DATA, "does not say what kind of log it is (--path=%s)", asked);
    return err_set(err, ERR_DATA, "a log of %s, not of %s (--path)", kind, asked);
}

int input_pass_over(struct table_builder *b, const struct planned *p, struct err *problem,
                    struct err *err)
{
    int number = table_builder_add_input(b, p->path, err);
    struct input *in;
    if (number < 0)
        return -1;
    in = table_builder_input(b, (uint32_t)number);
    in->format = p->format;
    in->kind = p->kind[0] == '\0' ? NULL : mem_string(p->kind);
    in->state = p->plan == PLAN_SKIP ? INPUT_SKIPPED : INPUT_FAILED;
    if (p->plan == PLAN_FAIL) {
        (void)err_set(problem, ERR_IO, "%s", p->why);
        input_name_problem(problem, p->path);
        notices_add(table_builder_notices(b), "%s", problem->text);
        in->problem = mem_string(problem->text);
    } else {
        in->problem = mem_string(p->why);
    }
    return in->problem == NULL ? err_memory(err, "the list of inputs") : 0;
}

/* All rows lie outside of the time that was asked for: where they lie. */
static void say_range(const struct table *t, const char *path, struct err *err)
{
    char first[40], last[40], n[32];
    if (t->rows_outside == 0) {
        err_at(err, ERR_DATA, path, 0, "no rows: by their names no file is of --from/--to");
        return;
    }
    (void)number_grouped(t->rows_outside, n, sizeof n);
    if (t->outside_first_us == TIME_MISSING) {
        err_at(err, ERR_DATA, path, 0, "no row in --from/--to: %s rows have no time", n);
        return;
    }
    err_at(err, ERR_DATA, path, 0, "no row in --from/--to: %s %s from %s to %s", n,
           t->rows_outside == 1 ? "row is" : "rows are",
           time_text(t->outside_first_us, TIME_AS_UTC, 0, true, first, sizeof first),
           time_text(t->outside_last_us, TIME_AS_UTC, 0, true, last, sizeof last));
}

/* Of a list with commas between. */
static size_t n_names(const char *list)
{
    size_t n = 1;
    for (; *list != '\0'; list++)
        n += *list == ',';
    return n;
}

void inputs_gave_nothing(const struct inputs *plan, const struct table *t, const struct err *first,
                         const char *fields, bool opened, struct err *err)
{
    const char *path = plan->n == 1 ? input_shown(plan->item[0].path) : "all inputs";
    if (t->rows_read == 0 && (first->code == ERR_DATA || (first->code == ERR_IO && !opened))) {
        *err = *first;
        return;
    }
    if (t->ranged && (t->rows_outside > 0 || plan->n_read == 0)) {
        say_range(t, path, err);
        return;
    }
    for (int i = 0; i < N_REJECTS; i++) {
        if (t->reject[i].count > 0) {
            char names[64] = "";
            if (fields != NULL && (i == REJECT_TOO_FEW || i == REJECT_TOO_MANY))
                (void)snprintf(names, sizeof names, ": --fields names %zu, is that every column?",
                               n_names(fields));
            err_at(err, ERR_DATA, path, 0,
                   "no usable row: %llu rejected, the first at line %llu (%s)%s",
                   (unsigned long long)t->rows_rejected,
                   (unsigned long long)t->reject[i].first_line, reject_text((enum reject)i), names);
            return;
        }
    }
    err_at(err, ERR_DATA, path, 0, "no rows");
}
