/* One row: every field by name, its own text, what it says in words, and what it means; its cluster
 * and why it is in that one.
 *
 * DESIGN
 * 1. The text is read once, when the row is chosen, and copied into the sheet: nothing borrowed is
 *    kept.
 * 2. Why the row is in its cluster takes the numbers that were clustered. A view job computes them
 *    again in the background; a matrix of moderate size is kept for the rows that come next. The
 *    job never stops another one: it starts, from a draw, when there is none. */
#include "tui/view/work.h"

#include "core/base/mem.h"
#include "core/base/number.h"
#include "core/cluster/why_row.h"
#include "core/table/row_reader.h"
#include "core/table/value.h"
#include "tui/view/fields.h"
#include "tui/view/opinion.h"
#include "tui/view/sheet.h"

#define SCREEN_WINDOW ((size_t)16 << 10)
#define MATRIX_KEPT   ((uint64_t)256 << 20) /* bytes; a bigger one is computed again for each row */

enum why_state { WHY_WANTED, WHY_COMPUTING, WHY_KNOWN, WHY_NONE };

struct row_view {
    struct view head;
    struct subject subject;
    struct row_reader *reader;
    struct sheet sheet;
    uint64_t row;
    enum time_style style; /* the sheet was filled with */
    bool filled;
    enum why_state why_state;
    struct why_row why;   /* WHY_KNOWN */
    struct err why_not;   /* WHY_NONE */
    struct matrix matrix; /* that was clustered; n 0: not here */
};

struct why_work {
    struct work work;
    uint64_t row;
    struct why_row why;
    struct matrix matrix;
};

/* ---- what a value says, in words ---- */

/* "originator: SYN; responder: SYN-ACK; originator: ACK, data" */
static void say_history(struct buf *out, struct span text)
{
    int side = -1;
    for (size_t i = 0; i < text.len && i < 64; i++) {
        char c = text.ptr[i];
        const char *about = history_about(c);
        int now = c >= 'A' && c <= 'Z' ? 1 : c >= 'a' && c <= 'z' ? 0 : 2;
        if (about == NULL)
            continue;
        if (now != side) {
            buf_add_text(out, out->len > 0 ? "; " : "");
            buf_add_text(out, now == 1 ? "originator: " : now == 0 ? "responder: " : "");
        } else {
            buf_add_text(out, ", ");
        }
        buf_add_text(out, about);
        side = now;
    }
}

static bool is_icmp(const struct table *t, uint64_t row)
{
    struct span proto = table_cat_text(t, CAT_PROTO, TABLE_AT(t, row, cat[CAT_PROTO]));
    return span_starts(proto, "icmp");
}

static void say_port(struct buf *out, const struct table *t, uint64_t row, bool orig)
{
    uint32_t id = TABLE_AT(t, row, orig);
    bool v6 = id != ADDR_MISSING && table_addr(t, id)->kind == ADDR_V6;
    uint16_t type = TABLE_AT(t, row, orig_p);
    const char *name = icmp_type_name(v6, type);
    if (!is_icmp(t, row))
        return;
    if (orig)
        buf_printf(out, "ICMP type %u: %s", type, name == NULL ? "unnamed" : name);
    else
        buf_printf(out, "ICMP code %u", TABLE_AT(t, row, resp_p));
}

static void say_addr(struct buf *out, struct span text)
{
    struct addr addr;
    if (addr_parse(text, &addr))
        buf_add_text(out, addr_place_name(addr_place(&addr)));
    else
        buf_add_text(out, "no address");
}

static void say_number(struct buf *out, const struct column *col, struct span text)
{
    char words[32];
    double x;
    if (!value_double(text, &x))
        return;
    if (col->type == COL_INTERVAL)
        buf_add_text(out, time_span_text(x, words, sizeof words));
    else if (x >= 1000 && x < 1e15 && strstr(column_shown(col), "bytes") != NULL)
        buf_add_text(out, number_bytes(x, words, sizeof words));
    else if (x >= 10000 && x < 1e15 && col->type == COL_COUNT)
        buf_add_text(out, number_grouped((uint64_t)x, words, sizeof words));
}

static void say_value(struct buf *out, const struct row_view *v, const struct column *col,
                      struct span text)
{
    char words[64];
    int64_t us;
    bool yes;
    switch (col->type) {
    case COL_TIME:
        if (value_time_us(text, &us))
            buf_add_text(out, time_text(us, v->style == TIME_AS_EPOCH ? TIME_AS_UTC : v->style, 6,
                                        true, words, sizeof words));
        return;
    case COL_ADDR:
        say_addr(out, text);
        return;
    case COL_BOOL:
        if (value_bool(text, &yes))
            buf_add_text(out, yes ? "yes" : "no");
        return;
    case COL_PORT:
        if (col->role == ROLE_ORIG_P || col->role == ROLE_RESP_P)
            say_port(out, v->subject.table, v->row, col->role == ROLE_ORIG_P);
        return;
    default:
        break;
    }
    if (col->role == ROLE_HISTORY)
        say_history(out, text);
    else if (col->role == ROLE_CONN_STATE && conn_state_about(text) != NULL)
        buf_add_text(out, conn_state_about(text));
    else if (col_type_is_number(col->type))
        say_number(out, col, text);
}

/* ---- filling ---- */

static void add_field(struct row_view *v, const struct column *col, const struct field *f,
                      struct buf *scratch)
{
    const char *about = field_about(span_of(column_shown(col)));
    struct buf note = BUF_INIT;
    struct sheet_item item = {
        .label = span_of(column_shown(col)), .look = LOOK_DEFAULT, .key = SHEET_NOTHING};
    if (f->state == FIELD_VALUE) {
        item.text = field_decode(f, scratch);
        say_value(&note, v, col, item.text);
        if (col->type == COL_ADDR) {
            item.look = LOOK_ADDRESS;
            item.key = table_addr_find(v->subject.table, item.text);
        }
    } else {
        item.look = LOOK_MISSING;
        item.text = f->state == FIELD_ABSENT ? span_of("") : f->text;
        buf_add_text(&note, f->state == FIELD_UNSET   ? "not set"
                            : f->state == FIELD_EMPTY ? "empty"
                                                      : "not in this file");
    }
    if (about != NULL)
        buf_printf(&note, "%s%s", note.len > 0 ? " - " : "", about);
    item.note = buf_span(&note);
    sheet_add(&v->sheet, &item);
    buf_release(&note);
}

/* The row's number in its input, from 1. */
static uint64_t in_its_input(const struct row_view *v)
{
    const struct table *t = v->subject.table;
    const struct segment *seg = table_segment(t, v->row);
    uint64_t n = seg == NULL ? v->row : v->row - seg->first_row;
    for (size_t i = 0; seg != NULL && &t->segment[i] != seg; i++)
        n += t->segment[i].input == seg->input ? t->segment[i].n_rows : 0;
    return n + 1;
}

/* Where the row stands: its file, its cluster and why that is one. */
static void add_place(struct row_view *v)
{
    const struct table *t = v->subject.table;
    const struct clustering *c = v->subject.clustering;
    const struct segment *seg = table_segment(t, v->row);
    char number[2][32], text[96];
    uint32_t cluster = c == NULL ? 0 : clustering_of_row(c, v->row);
    int len = snprintf(text, sizeof text, "%s of the log",
                       number_grouped(v->row + 1, number[0], sizeof number[0]));
    if (t->n_inputs > 1)
        (void)snprintf(text + len, sizeof text - (size_t)len, ", %s of its file",
                       number_grouped(in_its_input(v), number[1], sizeof number[1]));
    sheet_field(&v->sheet, "row", LOOK_NUMBER, span_of(text), NULL);
    if (seg != NULL)
        sheet_field(&v->sheet, "file", LOOK_DEFAULT, span_of(t->input[seg->input].path), NULL);
    if (c == NULL)
        return;
    if (cluster == 0) {
        sheet_field(&v->sheet, "cluster", LOOK_MISSING, span_of("none"),
                    "filtered out of the clustering");
        return;
    }
    (void)snprintf(text, sizeof text, "%u", cluster);
    sheet_field(&v->sheet, "cluster", LOOK_NUMBER, span_of(text), c->profile[cluster - 1].why);
}

/* ---- why it is in its cluster ---- */

static int run_why(struct work *w, struct job *job, struct err *err)
{
    struct why_work *j = (struct why_work *)w;
    const struct clustering *c = w->subject.clustering;
    uint64_t bytes;
    if (clustering_matrix(c, w->subject.table, &j->matrix, NULL, job, err) != 0)
        return -1;
    bytes = j->matrix.n * j->matrix.d * (j->matrix.wide ? sizeof(double) : sizeof(float));
    if (why_row_find(&j->why, c, &j->matrix, j->row, err) != 0)
        return -1;
    if (bytes > MATRIX_KEPT)
        matrix_release(&j->matrix);
    return 0;
}

static void take_why(struct view *view, struct work *w, int rc, const struct err *err)
{
    struct row_view *v = (struct row_view *)view;
    struct why_work *j = (struct why_work *)w;
    v->filled = false;
    v->why_state = WHY_WANTED;
    if (rc == 0) {
        v->matrix = j->matrix;
        memset(&j->matrix, 0, sizeof j->matrix);
        if (v->row == j->row) {
            v->why = j->why;
            v->why_state = WHY_KNOWN;
        }
    } else if (err->code != ERR_CANCELLED || !engine_view_busy(app_engine(w->app))) {
        /* Stopped for another job it begins again, stopped by the user it does not. */
        v->why_not = *err;
        v->why_state = WHY_NONE;
    }
}

static void release_why(struct work *w)
{
    struct matrix *m = &((struct why_work *)w)->matrix;
    matrix_keep(m, w->subject.table);
    matrix_release(m);
}

static const struct work_kind why_kind = {sizeof(struct why_work), "the distance of the row",
                                          run_why, take_why, release_why};

/* Looks the answer up where the numbers are here; else starts computing them when nothing else is
 * being computed. */
static void want_why(struct row_view *v, struct app *app)
{
    struct why_work *j;
    if (v->why_state != WHY_WANTED || v->subject.clustering == NULL)
        return;
    if (clustering_of_row(v->subject.clustering, v->row) == 0) {
        v->why_state = WHY_NONE;
        return;
    }
    if (v->matrix.n > 0) {
        int rc = why_row_find(&v->why, v->subject.clustering, &v->matrix, v->row, &v->why_not);
        v->why_state = rc == 0 ? WHY_KNOWN : WHY_NONE;
        return;
    }
    if (engine_view_busy(app_engine(app)))
        return;
    v->why_state = WHY_NONE;
    j = work_new(&why_kind, &v->head, app, v->subject, &v->why_not);
    if (j == NULL)
        return;
    j->row = v->row;
    if (work_start(&j->work, &v->why_not) == 0)
        v->why_state = WHY_COMPUTING;
}

static void add_part(struct row_view *v, const struct why_part *part)
{
    struct buf label = BUF_INIT, text = BUF_INIT;
    char share[16], note[48];
    why_row_label(&label, v->subject.clustering, part);
    why_row_figures(&text, v->subject.clustering, &v->subject.table->schema, part);
    (void)snprintf(note, sizeof note, "%s of the distance",
                   number_share(part->share, share, sizeof share));
    sheet_add(&v->sheet, &(struct sheet_item){.label = buf_span(&label),
                                              .text = buf_span(&text),
                                              .note = span_of(note),
                                              .look = LOOK_NUMBER,
                                              .words = true,
                                              .key = SHEET_NOTHING});
    buf_release(&label);
    buf_release(&text);
}

static void add_why(struct row_view *v)
{
    struct buf text = BUF_INIT;
    if (v->why_state == WHY_NONE) {
        if (v->why_not.code != ERR_OK)
            sheet_say(&v->sheet, "distance", LOOK_MISSING, span_of(v->why_not.text), NULL);
        return;
    }
    if (v->why_state != WHY_KNOWN) {
        sheet_say(&v->sheet, "distance", LOOK_MISSING, span_of("being computed"), NULL);
        return;
    }
    why_row_distance(&text, &v->why);
    sheet_say(&v->sheet, "distance", LOOK_NUMBER, buf_span(&text), NULL);
    buf_release(&text);
    if (v->why.n_parts == 0)
        return;
    sheet_heading(&v->sheet, "What sets it apart from its cluster");
    for (uint32_t i = 0; i < v->why.n_parts; i++)
        add_part(v, &v->why.part[i]);
}

static void fill(struct row_view *v, struct app *app)
{
    const struct table *t = v->subject.table;
    struct err err = ERR_INIT;
    struct buf scratch = BUF_INIT;
    const struct row *row;
    v->style = app_time_style(app);
    v->filled = true;
    sheet_clear(&v->sheet);
    if (row_reader_get(v->reader, v->row, &row, &err) != 0) {
        app_fail(app, &err);
        return;
    }
    if (row->gone) {
        sheet_field(&v->sheet, "", LOOK_STATUS_ERROR, span_of("(no longer in the file)"), NULL);
        sheet_field(&v->sheet, "", LOOK_DEFAULT, span_of(row_reader_problem(v->reader)), NULL);
    } else {
        for (size_t i = 0; i < t->schema.n; i++)
            add_field(v, &t->schema.col[i], &row->field[i], &scratch);
    }
    sheet_blank(&v->sheet);
    add_place(v);
    if (v->subject.clustering != NULL && !row->gone)
        add_why(v);
    buf_release(&scratch);
}

/* ---- the view ---- */

static void close_row(struct view *view, struct app *app)
{
    struct row_view *v = (struct row_view *)view;
    if (v->head.waiting != NULL)
        engine_view_cancel(app_engine(app));
    matrix_keep(&v->matrix, v->subject.table);
    matrix_release(&v->matrix);
    sheet_release(&v->sheet);
    row_reader_free(v->reader);
    subject_unref(v->subject);
    mem_free(v);
}

static void draw(struct view *view, struct app *app, struct area area)
{
    struct row_view *v = (struct row_view *)view;
    if (subject_heed(&v->subject, app))
        v->filled = false;
    want_why(v, app);
    if (!v->filled || v->style != app_time_style(app))
        fill(v, app);
    sheet_draw(&v->sheet, area);
    sheet_spots(&v->sheet, app, area);
}

static unsigned open_address(struct row_view *v, struct app *app)
{
    struct err err = ERR_INIT;
    uint32_t addr = sheet_selected(&v->sheet);
    if (addr == SHEET_NOTHING) {
        addr = TABLE_AT(v->subject.table, v->row, orig);
        if (addr == ADDR_MISSING) {
            app_say(app, "no address here");
            return VIEW_REDRAW;
        }
    }
    return view_push(app, address_view_new(app, v->subject, addr, &err), &err);
}

static unsigned step(struct row_view *v, struct app *app, int direction)
{
    uint64_t row;
    if (v->head.below == NULL || !rows_view_step(v->head.below, direction, &row)) {
        app_say(app, direction < 0 ? "this is the first row" : "this is the last row");
        return VIEW_REDRAW;
    }
    v->row = row;
    v->filled = false;
    v->why_not = (struct err)ERR_INIT;
    if (v->why_state != WHY_COMPUTING)
        v->why_state = WHY_WANTED;
    return VIEW_REDRAW;
}

static unsigned found(struct view *view, struct app *app, struct span text)
{
    if (text.len > 0 && !sheet_find(&((struct row_view *)view)->sheet, text, 1, true))
        app_say(app, "not in this row: %.*s", (int)(text.len > 200 ? 200 : text.len), text.ptr);
    return VIEW_REDRAW;
}

static unsigned command(struct view *view, struct app *app, enum command cmd)
{
    struct row_view *v = (struct row_view *)view;
    switch (cmd) {
    case CMD_OPEN:
        if (sheet_selected(&v->sheet) == SHEET_NOTHING) {
            app_say(app, "Enter opens an address; this field is none");
            return VIEW_REDRAW;
        }
        return open_address(v, app);
    case CMD_ADDRESS:
        return open_address(v, app);
    case CMD_OPINION:
        return opinion_ask_row(view, app, v->subject, v->row);
    case CMD_COPY_ROW:
        return view_copy_row(app, v->reader, v->row);
    case CMD_ROW_NEXT:
    case CMD_RIGHT:
        return step(v, app, 1);
    case CMD_ROW_PREVIOUS:
    case CMD_LEFT:
        return step(v, app, -1);
    default:
        return sheet_command(&v->sheet, view, app, cmd, found);
    }
}

/* The place that another job had is free. */
static unsigned notify(struct view *view, struct app *app)
{
    const struct row_view *v = (const struct row_view *)view;
    return v->why_state == WHY_WANTED && !engine_view_busy(app_engine(app)) ? VIEW_REDRAW
                                                                            : VIEW_NOTHING;
}

static void crumb(const struct view *view, const struct app *app, struct buf *out)
{
    const struct row_view *v = (const struct row_view *)view;
    char number[32];
    (void)app;
    /* As the list below counts: a file's rows, or the log's. */
    buf_printf(out, "row %s",
               number_grouped(rows_view_is_of_input(view->below) ? in_its_input(v) : v->row + 1,
                              number, sizeof number));
}

static void keep(const struct view *view, struct app *app, struct session *out)
{
    (void)app;
    session_add(out, "view", span_of("row"));
    session_printf(out, "row", "%llu", (unsigned long long)((const struct row_view *)view)->row);
}

static const char *hint(const struct view *view, const struct app *app)
{
    (void)view;
    (void)app;
    return "Enter on an address opens its card; J and K go to the next and previous row";
}

static const struct view_ops ops = {
    .name = "row",
    .where = IN_ROW,
    .close = close_row,
    .draw = draw,
    .command = command,
    .notify = notify,
    .crumb = crumb,
    .keep = keep,
    .hint = hint,
};

struct view *row_view_new(struct app *app, struct subject s, uint64_t row, struct err *err)
{
    struct row_view *v = mem_zalloc(1, sizeof *v);
    (void)app;
    if (v == NULL) {
        (void)err_memory(err, "the row");
        return NULL;
    }
    v->head.ops = &ops;
    v->row = row;
    sheet_init(&v->sheet);
    v->reader = row_reader_new(s.table, SCREEN_WINDOW, err);
    if (v->reader == NULL) {
        mem_free(v);
        return NULL;
    }
    v->subject = subject_ref(s);
    return &v->head;
}

struct view *row_view_resume(struct app *app, const struct resumed *r, struct err *err)
{
    uint64_t row;
    if (!r->same_log || !session_number(r->part, "row", r->subject.table->n_rows - 1, &row))
        return NULL;
    return row_view_new(app, r->subject, row, err);
}
