/* load.h: real logs, where they are at hand. */
#include "tests/unit/load_fixture.h"

#include <dirent.h>
#include <sys/stat.h>

/* ---- real logs ---- */

static void the_tutorials_rows(const struct table *t)
{
    assert_int_equal(t->n_rows, 100000);
    assert_int_equal(t->schema.n, 20);
}

/* Unpacks a .gz of the shared logs into the directory. */
static const char *unpack(const char *name)
{
    const char *from = unit_shared(name), *to = in_dir("unpacked.log");
    char command[1200];
    FILE *out;
    (void)snprintf(command, sizeof command, "gzip -dc '%s' > '%s'", from, to);
    out = (popen)(command, "r");
    assert_non_null(out);
    assert_int_equal(pclose(out), 0);
    return to;
}

static void the_tutorials_log(void **state)
{
    const char *path = unpack("article/bigger.log.gz");
    struct table *one = load_one(path, 0, 1), *many = load_one(path, 65537, 3);
    (void)state;
    the_tutorials_rows(one);
    same_tables(one, many);
    assert_int_equal(one->rows_rejected, 0);
    assert_true(has_notice(one, "no header"));
    table_unref(one);
    table_unref(many);
}

/* Sixteen traces; the oldest has no header, and its sixteen columns are named by hand. */
static void one_generation(const char *name)
{
    const char *const paths[] = {unpack(name)};
    struct load_opts opts = {.path = paths, .n_paths = 1, .threads = 1};
    struct err err = ERR_INIT;
    struct table *a = load_table(&opts, NULL, &err), *b;
    if (a == NULL) {
        assert_int_equal(err.code, ERR_DATA);
        assert_non_null(strstr(err.text, "16 columns"));
        opts.fields = "ts,uid,id.orig_h,id.orig_p,id.resp_h,id.resp_p,proto,service,duration,"
                      "orig_bytes,resp_bytes,conn_state,local_orig,missed_bytes,history,x";
        a = load_table(&opts, NULL, &err);
    }
    if (a == NULL)
        fail_msg("%s: %s", name, err.text);
    opts.threads = 3;
    opts.chunk_bytes = 1000;
    b = load_table(&opts, NULL, &err);
    assert_non_null(b);
    counts_add_up(a);
    if (a->n_rows < 8000 || a->rows_rejected != 0)
        fail_msg("%s: %llu rows, %llu rejected", name, (unsigned long long)a->n_rows,
                 (unsigned long long)a->rows_rejected);
    assert_true(a->schema.by_role[ROLE_ORIG_H] >= 0);
    assert_int_equal(table_addr(a, TABLE_AT(a, 0, orig))->kind, ADDR_V4);
    same_tables(a, b);
    table_unref(a);
    table_unref(b);
}

static void every_generation_of_zeek(void **state)
{
    const char *from = unit_shared("generations");
    struct dirent **names;
    int n = scandir(from, &names, NULL, alphasort), seen = 0;
    (void)state;
    assert_true(n > 0);
    for (int i = 0; i < n; i++) {
        char name[512];
        size_t len = strlen(names[i]->d_name);
        if (len > 3 && strcmp(names[i]->d_name + len - 3, ".gz") == 0) {
            (void)snprintf(name, sizeof name, "generations/%s", names[i]->d_name);
            one_generation(name);
            seen++;
        }
        free(names[i]);
    }
    free(names);
    assert_int_equal(seen, 16);
}

static void labelled_logs(void **state)
{
    const char *path = unit_shared("labelled/njrat-001.conn.log.labeled");
    struct table *a = load_one(path, 0, 1), *b = load_one(path, 64, 8);
    uint64_t malicious = 0;
    int label = schema_find(&a->schema, span_of("label"));
    struct err err = ERR_INIT;
    struct row_reader *r = row_reader_new(a, 0, &err);
    const struct row *row;
    (void)state;
    same_tables(a, b);
    assert_int_equal(a->n_rows, 992);
    assert_true(label >= 0);
    for (uint64_t i = 0; i < a->n_rows; i++) {
        assert_int_equal(row_reader_get(r, i, &row, &err), 0);
        malicious += span_is(row->field[label].text, "Malicious");
    }
    assert_int_equal(malicious, 244);
    row_reader_free(r);
    table_unref(a);
    table_unref(b);
}

/* Nothing there crashes; what loads loads the same in pieces; what does not says why. */
static void nasty_logs(void **state)
{
    const char *from = unit_shared("nasty");
    struct dirent **names;
    int n = scandir(from, &names, NULL, alphasort), loaded = 0, refusals = 0;
    (void)state;
    assert_true(n > 0);
    for (int i = 0; i < n; i++) {
        char path[1024];
        struct stat st;
        (void)snprintf(path, sizeof path, "%s/%s", from, names[i]->d_name);
        if (stat(path, &st) == 0 && S_ISREG(st.st_mode)) {
            struct err err, again;
            struct table *a = try_load(path, 0, 1, &err), *b = try_load(path, 64, 3, &again);
            assert_int_equal(a == NULL, b == NULL);
            if (a == NULL) {
                assert_string_equal(err.text, again.text);
                assert_true(err.text[0] != '\0' && err.code == ERR_DATA);
                refusals++;
            } else {
                counts_add_up(a);
                same_tables(a, b);
                loaded++;
            }
            table_unref(a);
            table_unref(b);
        }
        free(names[i]);
    }
    free(names);
    assert_true(loaded > 0 && refusals > 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_tutorials_log),
        CASE(every_generation_of_zeek),
        CASE(labelled_logs),
        CASE(nasty_logs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
