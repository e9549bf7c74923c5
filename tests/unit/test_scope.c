/* Scopes, and fits of a part of the log. */
#include "core/table/scope.h"

#include "tests/unit/unit.h"

#include <math.h>

#include "core/base/mem.h"
#include "core/cluster/clustering.h"
#include "tests/unit/logfile.h"

#define ROW(ts, orig, proto, bytes)                                                                \
    ts "\tC" ts "\t10.0.0." orig "\t1\t10.0.0.9\t80\t" proto "\t1.5\t" bytes "\t7\tSF\tT\n"

static const char mixed[] = LOG_FIELDS ROW("1.0", "1", "tcp", "500") ROW("2.0", "2", "udp", "1")
    ROW("3.0", "1", "tcp", "2") ROW("4.0", "3", "udp", "501") ROW("5.0", "1", "tcp", "9000")
        ROW("6.0", "2", "tcp", "3") ROW("7.0", "4", "tcp", "502") ROW("8.0", "4", "udp", "2")
            ROW("9.0", "1", "tcp", "9001") ROW("10.0", "2", "tcp", "9002");

static bool divides(const void *user, uint64_t row)
{
    return row % *(const uint64_t *)user == 0;
}

static void narrowing(void **state)
{
    const uint64_t two = 2, three = 3;
    struct err err = ERR_INIT;
    struct scope *even = scope_narrow(NULL, 130, divides, &two, true, NULL, &err);
    struct scope *odd = scope_narrow(NULL, 130, divides, &two, false, NULL, &err);
    struct scope *six, *none;
    (void)state;
    assert_non_null(even);
    assert_non_null(odd);
    assert_int_equal(even->n_in, 65);
    assert_int_equal(odd->n_in, 65);
    six = scope_narrow(even, 130, divides, &three, true, NULL, &err);
    none = scope_narrow(odd, 130, divides, &two, true, NULL, &err);
    assert_non_null(six);
    assert_non_null(none);
    assert_int_equal(six->n_in, 22);
    assert_int_equal(none->n_in, 0);
    for (uint64_t row = 0; row < 130; row++) {
        assert_int_equal(scope_has(even, row), row % 2 == 0);
        assert_int_equal(scope_has(odd, row), row % 2 == 1);
        assert_int_equal(scope_has(six, row), row % 6 == 0);
        assert_false(scope_has(none, row));
        assert_true(scope_has(NULL, row));
    }
    assert_ptr_equal(scope_ref(six), six);
    scope_unref(even);
    scope_unref(odd);
    scope_unref(none);
    scope_unref(six);
    assert_true(scope_has(six, 6));
    scope_unref(six);
    scope_unref(NULL);
    assert_null(scope_ref(NULL));
}

static void short_of_memory(void **state)
{
    const uint64_t two = 2;
    (void)state;
    for (uint64_t n = 1; n <= 3; n++) {
        struct err err = ERR_INIT;
        mem_fail_at(n, true);
        assert_null(scope_narrow(NULL, 10, divides, &two, true, NULL, &err));
        mem_fail_at(0, false);
        assert_int_equal(err.code, ERR_LIMIT);
    }
}

static bool is_tcp(const void *user, uint64_t row)
{
    const struct table *t = user;
    return span_is(table_cat_text(t, CAT_PROTO, TABLE_AT(t, row, cat[CAT_PROTO])), "tcp");
}

/* Clustering a scope is clustering the same rows by `where`: scaling and all. */
static void a_scope_equals_where(void **state)
{
    char path[64];
    struct table *t = log_load(mixed, path);
    struct recipe r = recipe_of("k = 3\nfeature = num(orig_bytes)\n");
    struct recipe filtered = recipe_of("k = 3\nwhere = proto=tcp\nfeature = num(orig_bytes)\n");
    struct err err = ERR_INIT;
    struct scope *tcp = scope_narrow(NULL, t->n_rows, is_tcp, t, true, NULL, &err);
    struct clustering *zoomed, *wanted;
    double a[10], b[10];
    (void)state;
    assert_non_null(tcp);
    assert_int_equal(tcp->n_in, 7);
    zoomed = clustering_fit(t, &r, &(struct fit_opts){.scope = tcp}, &err);
    wanted = clustering_fit(t, &filtered, &(struct fit_opts){.env = NULL}, &err);
    scope_unref(tcp);
    assert_non_null(zoomed);
    assert_non_null(wanted);
    assert_int_equal(zoomed->n, 7);
    assert_int_equal(zoomed->rows_excluded, 3);
    assert_int_equal(wanted->rows_excluded, 3);
    assert_true(zoomed->inertia == wanted->inertia);
    assert_true(zoomed->dim[0].mean == wanted->dim[0].mean);
    for (uint64_t row = 0; row < 10; row++)
        assert_int_equal(clustering_of_row(zoomed, row), clustering_of_row(wanted, row));
    assert_int_equal(clustering_of_row(zoomed, 1), 0);
    /* The export builds the matrix again, from the same rows. */
    assert_int_equal(clustering_distances(zoomed, t, a, NULL, NULL, &err), 0);
    assert_int_equal(clustering_distances(wanted, t, b, NULL, NULL, &err), 0);
    for (uint64_t row = 0; row < 10; row++)
        assert_true(row == 1 || row == 3 || row == 7 ? isnan(a[row]) : a[row] == b[row]);
    clustering_unref(zoomed);
    clustering_unref(wanted);
    recipe_release(&r);
    recipe_release(&filtered);
    table_unref(t);
    (void)unlink(path);
}

static void an_empty_scope_says_so(void **state)
{
    const uint64_t one = 1;
    char path[64];
    struct table *t = log_load(mixed, path);
    struct recipe r = recipe_of("k = 3\nfeature = num(orig_bytes)\n");
    struct err err = ERR_INIT;
    struct scope *none = scope_narrow(NULL, t->n_rows, divides, &one, false, NULL, &err);
    (void)state;
    assert_non_null(none);
    assert_null(clustering_fit(t, &r, &(struct fit_opts){.scope = none}, &err));
    assert_int_equal(err.code, ERR_DATA);
    assert_string_equal(err.text, "every row is excluded: nothing is left to cluster");
    scope_unref(none);
    recipe_release(&r);
    table_unref(t);
    (void)unlink(path);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(narrowing),
        cmocka_unit_test(short_of_memory),
        cmocka_unit_test(a_scope_equals_where),
        cmocka_unit_test(an_empty_scope_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
