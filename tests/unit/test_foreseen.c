/* Features that are computed while a log is loaded: the same bits as those of a text that is read
 * again, whatever the log looks like. */
#include "core/recipe/foreseen.h"

#include "tests/unit/unit.h"

#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/recipe/matrix.h"
#include "tests/unit/logfile.h"

#define MAX_FILES 3

struct files {
    char path[MAX_FILES][64];
    const char *list[MAX_FILES];
    size_t n;
};

static void write_file(struct files *f, const char *text)
{
    char *path = f->path[f->n];
    FILE *out;
    int fd;
    (void)snprintf(path, sizeof f->path[0], "/tmp/minnow-test-XXXXXX");
    fd = mkstemp(path);
    assert_true(fd >= 0);
    out = fdopen(fd, "w");
    assert_non_null(out);
    assert_true(fputs(text, out) >= 0);
    assert_int_equal(fclose(out), 0);
    f->list[f->n++] = path;
}

static void remove_files(struct files *f)
{
    for (size_t i = 0; i < f->n; i++)
        unlink(f->path[i]);
}

static struct table *load_wanted(const struct files *f, struct wanted *wanted, uint32_t threads,
                                 size_t chunk)
{
    struct load_opts opts = {.path = f->list,
                             .n_paths = f->n,
                             .threads = threads,
                             .chunk_bytes = chunk,
                             .wanted = wanted};
    struct err err = ERR_INIT;
    struct table *t = load_table(&opts, NULL, &err);
    if (t == NULL)
        fail_msg("%s", err.text);
    return t;
}

static struct table *load(const struct files *f, const struct recipe *early, uint32_t threads,
                          size_t chunk)
{
    return load_wanted(f, early == NULL ? NULL : foreseen_new(early), threads, chunk);
}

/* With room for the numbers in pieces of a block of the table each. */
static struct table *load_in_pieces(const struct files *f, const struct recipe *early)
{
    struct wanted *w = foreseen_new(early);
    assert_non_null(w);
    w->rooms_a_piece = 1;
    return load_wanted(f, w, 2, 0);
}

static void same_matrix(const struct matrix *a, const struct matrix *b)
{
    assert_int_equal(a->n, b->n);
    assert_int_equal(a->d, b->d);
    assert_int_equal(a->wide, b->wide);
    assert_memory_equal(a->data, b->data,
                        (a->n + 15) / 16 * 16 * a->d * (a->wide ? sizeof(double) : sizeof(float)));
    for (uint32_t j = 0; j < a->d; j++) {
        assert_string_equal(a->dim[j].name, b->dim[j].name);
        assert_memory_equal(&a->dim[j].offset, &b->dim[j].offset, 4 * sizeof(double));
    }
    assert_int_equal(a->notices.n, b->notices.n);
    for (size_t i = 0; i < a->notices.n; i++)
        assert_string_equal(a->notices.text[i], b->notices.text[i]);
}

/* The matrix of a table, or what is wrong. */
static int build(struct matrix *m, const struct table *t, const char *text, struct err *err)
{
    struct recipe r = recipe_of(text);
    int rc = matrix_build(m, t, &r, NULL, NULL, NULL, NULL, err);
    recipe_release(&r);
    return rc;
}

/* Whether the first matrix of a table that was loaded for `text` needs its files. */
static bool needs_files(struct files *f, const char *text)
{
    struct recipe r = recipe_of(text);
    struct table *t = load(f, &r, 1, 0);
    struct matrix m;
    struct err err = ERR_INIT;
    bool needs;
    for (size_t i = 0; i < f->n; i++)
        assert_int_equal(truncate(f->path[i], 0), 0);
    needs = build(&m, t, text, &err) != 0;
    if (!needs)
        matrix_release(&m);
    recipe_release(&r);
    table_unref(t);
    return needs;
}

static void same_with_and_without(const struct files *f, const char *recipe)
{
    static const size_t chunk[] = {64, 300, 0};
    struct recipe r = recipe_of(recipe);
    struct table *plain = load(f, NULL, 1, 0);
    struct matrix want, is;
    struct err err = ERR_INIT, other = ERR_INIT;
    int rc = build(&want, plain, recipe, &err);
    for (size_t c = 0; c < ARRAY_LEN(chunk); c++) {
        for (uint32_t threads = 1; threads <= 3; threads += 2) {
            struct table *t = load(f, &r, threads, chunk[c]);
            assert_int_equal(t->n_rows, plain->n_rows);
            /* The second time the text is read again. */
            for (int again = 0; again < 2; again++) {
                assert_int_equal(build(&is, t, recipe, &other), rc);
                if (rc == 0) {
                    same_matrix(&is, &want);
                    matrix_release(&is);
                } else {
                    assert_string_equal(err.text, other.text);
                }
            }
            table_unref(t);
        }
    }
    if (rc == 0)
        matrix_release(&want);
    recipe_release(&r);
    table_unref(plain);
}

/* ---- logs ---- */

/* duration orig_bytes resp_bytes and, as a column that the table does not hold, missed_bytes */
static char *zeek(uint64_t n, uint64_t salt, const char *header)
{
    struct buf b = BUF_INIT;
    buf_add_text(&b, header);
    for (uint64_t i = salt; i < n + salt; i++) {
        const char *duration = i % 11 == 0 ? "-" : i % 13 == 0 ? "bad" : "0.25";
        if (i % 17 == 0)
            buf_add_text(&b, "broken\trow\n");
        buf_printf(&b, "%u.5\tC%u\t10.0.%u.1\t%u\t10.1.0.%u\t%u\ttcp\t%s%u\t%u\t%u\tSF\t%s\n",
                   (unsigned)i, (unsigned)i, (unsigned)(i % 13), (unsigned)(i % 60000),
                   (unsigned)(i % 31), (unsigned)(i % 3 * 100), duration, (unsigned)(i % 10),
                   (unsigned)(i * 2654435761u % 1000003), (unsigned)(i % 100),
                   i % 7 == 0 ? "\\x54" : "F");
    }
    return buf_take(&b);
}

#define OTHER_FIELDS                                                                               \
    "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n"   \
    "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tresp_bytes\tduration"    \
    "\torig_bytes\tnote\tlocal_orig\n"                                                             \
    "#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tcount\tinterval\tcount\tstring\tbool\n"

static const char *const recipes[] = {
    "feature = log(duration)\nfeature = log(orig_bytes)\nfeature = num(local_orig)\n",
    "missing = zero\nfeature = 3 * rate(orig_bytes,duration)\nfeature = pair_count\n",
    "missing = drop\nfeature = log(duration)\nfeature = length(uid)\nfeature = code(conn_state)\n",
    "feature = ratio(duration,resp_bytes)\nfeature = num(duration)\nfeature = regularity\n",
    "unit = pair\nfeature = log(duration)\nfeature = fanout_ports\n",
    "unit = pair\nfeature = sd(duration)\nfeature = log(duration)\n",
    "scale = none\nmissing = zero\nfeature = num(duration)\n",
    "where = proto=tcp\nfeature = log(duration)\n",
    "feature = log(duration)\nfeature = onehot(conn_state)\nfeature = hour(ts)\n",
    "feature = log(duration)\nfeature = num(note)\nfeature = num(nothing)\n",
    "feature = num(orig_bytes)\nfeature = hour(ts)\n",
};

static void one_file(void **state)
{
    struct files f = {.n = 0};
    char *text = zeek(700, 0, LOG_FIELDS);
    (void)state;
    write_file(&f, text);
    for (size_t i = 0; i < ARRAY_LEN(recipes); i++)
        same_with_and_without(&f, recipes[i]);
    remove_files(&f);
    mem_free(text);
}

static void columns_that_move_and_go(void **state)
{
    struct files f = {.n = 0};
    char *one = zeek(150, 0, LOG_FIELDS), *two = zeek(130, 7, OTHER_FIELDS),
         *three = zeek(100, 3, LOG_FIELDS);
    struct buf both = BUF_INIT;
    (void)state;
    buf_printf(&both, "%s%s%s", one, two, three);
    write_file(&f, two);
    write_file(&f, buf_text(&both));
    write_file(&f, one);
    for (size_t i = 0; i < ARRAY_LEN(recipes); i++)
        same_with_and_without(&f, recipes[i]);
    remove_files(&f);
    buf_release(&both);
    mem_free(one);
    mem_free(two);
    mem_free(three);
}

static void json_learns_columns_as_they_come(void **state)
{
    struct files f = {.n = 0};
    struct buf b = BUF_INIT;
    (void)state;
    for (unsigned i = 0; i < 300; i++) {
        buf_printf(&b, "{\"ts\":%u.5,\"uid\":\"C%u\",\"id.orig_h\":\"10.0.0.%u\",", i, i, i % 7);
        buf_printf(&b, "\"id.resp_h\":\"10.0.1.%u\",\"id.resp_p\":%u,\"proto\":\"tcp\"", i % 5,
                   i % 3);
        if (i % 4 != 0)
            buf_printf(&b, ",\"duration\":%u.25", i % 9);
        if (i > 100 && i % 3 != 0)
            buf_printf(&b, ",\"orig_bytes\":%u,\"resp_bytes\":%u", i * 7, i);
        if (i > 200)
            buf_printf(&b, ",\"conn_state\":\"SF\",\"note\":\"%u\"", i);
        buf_add_text(&b, "}\n");
    }
    write_file(&f, buf_text(&b));
    for (size_t i = 0; i < ARRAY_LEN(recipes); i++)
        same_with_and_without(&f, recipes[i]);
    remove_files(&f);
    buf_release(&b);
}

static void csv_with_names_of_its_own(void **state)
{
    struct files f = {.n = 0};
    struct buf b = BUF_INIT;
    (void)state;
    buf_add_text(&b, "src_ip,dst_ip,dst_port,duration,size,\"weight, in kg\"\n");
    for (unsigned i = 0; i < 300; i++)
        buf_printf(&b, "10.0.0.%u,10.0.1.%u,%u,%u.5,\"%u\",%u\n", i % 9, i % 4, i % 70, i % 13, i,
                   i * i);
    write_file(&f, buf_text(&b));
    same_with_and_without(&f, "feature = log(duration)\nfeature = num(size)\nfeature = failed\n");
    same_with_and_without(&f, "feature = rate(size,duration)\nfeature = num(dst_port)\n");
    assert_false(needs_files(&f, "feature = rate(size,duration)\nfeature = num(dst_port)\n"));
    remove_files(&f);
    buf_release(&b);
}

static void what_is_clamped_is_told(void **state)
{
    struct files f = {.n = 0};
    (void)state;
    write_file(&f, LOG_FIELDS "1.0\tC1\t10.0.0.1\t1\t10.0.0.9\t80\ttcp\t1e16\t0\t7\tSF\tT\n"
                              "2.0\tC2\t10.0.0.2\t2\t10.0.0.9\t53\tudp\t-\t3\t7\tSF\tF\n"
                              "3.0\tC3\t10.0.0.1\t3\t10.0.0.9\t80\ttcp\t-1e17\t-\t7\tS0\tT\n");
    same_with_and_without(&f, "missing = zero\nfeature = num(duration)\n");
    remove_files(&f);
}

/* A column's type is that of the first log that has it. */
static void the_text_is_read_once(void **state)
{
    static const struct {
        const char *recipe;
        bool needs;
    } table[] = {
        {"feature = log(duration)\nfeature = log(orig_bytes)\nfeature = pair_count\n", false},
        {"feature = num(local_orig)\nfeature = length(uid)\nfeature = code(conn_state)\n", false},
        {"unit = pair\nfeature = log(duration)\n", false},
        {"feature = log(orig_bytes)\nfeature = num(ts)\n", false},
        {"feature = log(duration)\nfeature = onehot(conn_state)\n", true},
        {"scale = none\nmissing = zero\nfeature = num(duration)\n", true},
        {"where = proto=tcp\nfeature = num(orig_bytes)\n", true},
    };
    char *text = zeek(200, 0, LOG_FIELDS);
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct files f = {.n = 0};
        write_file(&f, text);
        if (needs_files(&f, table[i].recipe) != table[i].needs)
            fail_msg("%s", table[i].recipe);
        remove_files(&f);
    }
    mem_free(text);
}

/* Another recipe than the one that was foreseen. */
static void another_recipe_reads_the_text(void **state)
{
    struct files f = {.n = 0};
    char *text = zeek(300, 0, LOG_FIELDS);
    struct recipe foreseen = recipe_of("feature = log(duration)\nfeature = num(local_orig)\n");
    (void)state;
    write_file(&f, text);
    for (size_t i = 0; i < ARRAY_LEN(recipes); i++) {
        struct table *plain = load(&f, NULL, 1, 0), *t = load(&f, &foreseen, 1, 0);
        struct matrix want, is;
        struct err err = ERR_INIT;
        assert_int_equal(build(&want, plain, recipes[i], &err), 0);
        assert_int_equal(build(&is, t, recipes[i], &err), 0);
        same_matrix(&is, &want);
        matrix_release(&is);
        matrix_release(&want);
        table_unref(plain);
        table_unref(t);
    }
    remove_files(&f);
    recipe_release(&foreseen);
    mem_free(text);
}

/* Without memory there may be no table, or one without early features; never wrong ones. */
static void short_memory_costs_nothing_else(void **state)
{
    static const char recipe[] = "feature = log(duration)\nfeature = num(local_orig)\n";
    struct files f = {.n = 0};
    char *text = zeek(100, 0, LOG_FIELDS);
    struct recipe r = recipe_of(recipe);
    uint32_t loaded = 0;
    (void)state;
    write_file(&f, text);
    for (uint64_t n = 1; n < 400; n++) {
        struct load_opts opts = {.path = f.list, .n_paths = 1, .threads = 1};
        struct err err = ERR_INIT;
        struct matrix first, second;
        struct table *t;
        mem_fail_at(n, false);
        opts.wanted = foreseen_new(&r);
        t = load_table(&opts, NULL, &err);
        mem_fail_at(0, false);
        if (t == NULL)
            continue;
        loaded++;
        assert_int_equal(build(&first, t, recipe, &err), 0);
        assert_int_equal(build(&second, t, recipe, &err), 0);
        same_matrix(&first, &second);
        matrix_release(&first);
        matrix_release(&second);
        table_unref(t);
    }
    assert_in_range(loaded, 20, 399);
    remove_files(&f);
    recipe_release(&r);
    mem_free(text);
}

/* Builds the matrix with each of its allocations failing in turn: how often it is made all the same,
 * and then it is the same. */
static int survived(const struct files *f, const struct recipe *early, const struct recipe *r,
                    const struct matrix *want)
{
    bool failed = true;
    int made = 0;
    for (uint64_t n = 1; failed; n++) {
        struct table *t = early == NULL ? load(f, NULL, 2, 0) : load_in_pieces(f, early);
        struct matrix m;
        struct err err = ERR_INIT;
        int rc;
        mem_fail_at(n, false);
        rc = matrix_build(&m, t, r, NULL, NULL, NULL, NULL, &err);
        failed = mem_requests() >= n;
        mem_fail_at(0, false);
        if (rc == 0) {
            same_matrix(&m, want);
            matrix_release(&m);
            made++;
        } else {
            assert_int_equal(err.code, ERR_LIMIT);
        }
        table_unref(t);
    }
    return made;
}

/* Where their pieces and the block that these become have no room together, the text is read. */
static void no_room_for_both_reads_the_text(void **state)
{
    static const char recipe[] = "feature = log(duration)\nfeature = num(local_orig)\n";
    struct files f = {.n = 0};
    char *text = zeek(TABLE_BLOCK_ROWS * 2 + 100, 0, LOG_FIELDS);
    struct recipe r = recipe_of(recipe);
    struct table *plain;
    struct matrix want;
    struct err err = ERR_INIT;
    (void)state;
    write_file(&f, text);
    plain = load(&f, NULL, 1, 0);
    assert_int_equal(plain->n_blocks, 3);
    assert_int_equal(build(&want, plain, recipe, &err), 0);
    assert_int_equal(survived(&f, &r, &r, &want), survived(&f, NULL, &r, &want) + 1);
    matrix_release(&want);
    table_unref(plain);
    remove_files(&f);
    recipe_release(&r);
    mem_free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_file),
        cmocka_unit_test(columns_that_move_and_go),
        cmocka_unit_test(json_learns_columns_as_they_come),
        cmocka_unit_test(csv_with_names_of_its_own),
        cmocka_unit_test(what_is_clamped_is_told),
        cmocka_unit_test(the_text_is_read_once),
        cmocka_unit_test(another_recipe_reads_the_text),
        cmocka_unit_test(short_memory_costs_nothing_else),
        cmocka_unit_test(no_room_for_both_reads_the_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
