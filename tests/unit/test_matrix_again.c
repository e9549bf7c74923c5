/* A matrix built again: from the table alone, kept for another k, without its file, and what stops it. */
#include "tests/unit/unit.h"

#include "core/base/buf.h"
#include "core/base/mem.h"
#include "tests/unit/matrix_fixture.h"

static void rows_that_are_gone_take_no_part(void **state)
{
    struct built b = build_ok(small_log, "feature = num(duration)\n");
    (void)state;
    matrix_release(&b.m);
    unlink(b.path);
    assert_int_equal(matrix_build(&b.m, b.t, &b.r, NULL, NULL, NULL, NULL, &b.err), -1);
    assert_int_equal(b.err.code, ERR_DATA);
    assert_non_null(strstr(b.err.text, "could not be read again"));
    built_release(&b);
}

/* What the table holds is what the text says: a condition that all rows pass makes no difference,
 * but has the text read. And without the text it is there all the same. */
static void columns_of_the_table_need_no_text(void **state)
{
    static const char *const lines[] = {
        "1.0\tC1\t10.0.0.1\t1\t10.0.0.9\t80\ttcp\t1.5\t0\t7\tSF\tT\n",
        "1772150400.123456\tC2\t10.0.0.2\t-\t10.0.0.9\t53\tudp\t-\t3\t-\tSF\tF\n",
        "-\tC3\t10.0.0.1\t3\t10.0.0.9\t-\ticmp\t2.5\t-\t7\tS0\tT\n",
        "bad\tC4\t10.0.0.1\t4\t10.0.0.8\t99999\ttcp\t3.5\tx5\t7\tSF\tT\n",
        "9.25\tC5\t10.0.0.1\t4\t10.0.0.8\t443\ttcp\t3.5\t4294967294\t4294967295\tSF\tT\n",
        "9.5\tC6\t10.0.0.1\t4\t10.0.0.8\t443\ttcp\t3.5\t99999999999999999\t2\tSF\tT\n",
    };
    static const char features[] =
        "feature = num(ts)\nfeature = log(orig_bytes)\nfeature = num(resp_bytes)\n"
        "feature = ratio(orig_bytes,resp_bytes)\nfeature = rate(resp_bytes,id.resp_p)\n"
        "feature = num(id.orig_p)\nfeature = hour(ts)\nfeature = weekday(ts)\n";
    static const char *const how[] = {
        "missing = mark\n", "scale = none\nmissing = zero\n",
        "unit = pair\nfeature = span(ts)\nfeature = sum(resp_bytes)\n"};
    struct buf log = BUF_INIT;
    (void)state;
    buf_add_text(&log, LOG_FIELDS);
    for (size_t i = 0; i < 40; i++)
        buf_add_text(&log, lines[i * i % ARRAY_LEN(lines)]);
    for (size_t i = 0; i < ARRAY_LEN(how); i++) {
        struct buf held = BUF_INIT, read = BUF_INIT;
        struct built one, two;
        buf_printf(&held, "%s%s", how[i], features);
        buf_printf(&read, "where = uid!=none\n%s", buf_text(&held));
        two = build_ok(buf_text(&log), buf_text(&read));
        one = build_ok(buf_text(&log), buf_text(&held));
        assert_int_equal(one.m.n, two.m.n);
        assert_int_equal(one.m.d, two.m.d);
        assert_memory_equal(one.m.data, two.m.data,
                            (one.m.n + 15) / 16 * 16 * one.m.d *
                                (one.m.wide ? sizeof(double) : sizeof(float)));
        assert_int_equal(one.m.notices.n, two.m.notices.n);
        for (size_t n = 0; n < one.m.notices.n; n++)
            assert_string_equal(one.m.notices.text[n], two.m.notices.text[n]);
        matrix_release(&one.m);
        unlink(one.path);
        assert_int_equal(matrix_build(&one.m, one.t, &one.r, NULL, NULL, NULL, NULL, &one.err), 0);
        assert_int_equal(one.m.n, two.m.n);
        built_release(&one);
        built_release(&two);
        buf_release(&held);
        buf_release(&read);
    }
    buf_release(&log);
}

/* What the matrix of a recipe is, kept and built. */
static void expect_kept(struct built *b, const char *recipe, bool kept)
{
    struct recipe r = recipe_of(recipe);
    struct matrix m;
    struct err err = ERR_INIT;
    /* A kept matrix needs no file; without one the rows are gone. */
    int rc = matrix_build(&m, b->t, &r, NULL, NULL, NULL, NULL, &err);
    assert_int_equal(rc, kept ? 0 : -1);
    if (kept) {
        assert_int_equal(m.n, b->m.n);
        assert_int_equal(m.d, b->m.d);
        assert_int_equal(m.rows_excluded, b->m.rows_excluded);
        assert_int_equal(m.n_features, b->m.n_features);
        for (uint32_t j = 0; j < m.d; j++)
            assert_string_equal(m.dim[j].name, b->m.dim[j].name);
        for (uint64_t row = 0; row < m.n_rows; row++)
            assert_int_equal(matrix_obs(&m, row), matrix_obs(&b->m, row));
        assert_int_equal(m.notices.n, b->m.notices.n);
        matrix_keep(&m, b->t);
        assert_null(m.data);
        matrix_release(&m);
    }
    recipe_release(&r);
}

static void a_kept_matrix_serves_any_k(void **state)
{
    static const char *const recipes[] = {
        "feature = num(duration)\n",
        "where = proto=tcp\nfeature = 2 * num(duration)\n",
        "missing = drop\nunit = pair\nfeature = log(duration)\nfeature = onehot(proto)\n",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(recipes); i++) {
        struct built b = build_ok(small_log, recipes[i]);
        struct buf other = BUF_INIT;
        unlink(b.path);
        buf_printf(&other, "k = 3\nseed = 7\nstarts = 2\norder = suspicion\nmax_iter = 9\n%s",
                   recipes[i]);
        matrix_keep(&b.m, b.t);
        expect_kept(&b, recipes[i], true);
        expect_kept(&b, buf_text(&other), true);
        expect_kept(&b, recipes[(i + 1) % ARRAY_LEN(recipes)], false);
        expect_kept(&b, recipes[i], false); /* another took its place */
        buf_release(&other);
        built_release(&b);
    }
}

static bool odd_row(const void *user, uint64_t row)
{
    (void)user;
    return row % 2 == 1;
}

static void a_kept_matrix_is_of_one_scope(void **state)
{
    struct built b = build_ok(small_log, "feature = num(duration)\n");
    struct scope *odd = scope_narrow(NULL, 4, odd_row, NULL, true, NULL, &b.err);
    struct scope *same = scope_narrow(NULL, 4, odd_row, NULL, true, NULL, &b.err);
    struct scope *even = scope_narrow(NULL, 4, odd_row, NULL, false, NULL, &b.err);
    const struct scope *const scopes[] = {odd, same, even, NULL};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(scopes); i++) {
        struct matrix m, again;
        assert_int_equal(matrix_build(&m, b.t, &b.r, NULL, odd, NULL, NULL, &b.err), 0);
        matrix_keep(&m, b.t);
        matrix_release(&m);
        assert_int_equal(matrix_build(&again, b.t, &b.r, NULL, scopes[i], NULL, NULL, &b.err), 0);
        assert_int_equal(again.n, scopes[i] == NULL ? 4 : scopes[i]->n_in);
        assert_int_equal(matrix_obs(&again, 0), i < 2 ? OBS_NONE : 0);
        matrix_release(&again);
    }
    scope_unref(odd);
    scope_unref(same);
    scope_unref(even);
    built_release(&b);
}

static void cancel_and_short_memory_are_errors(void **state)
{
    static const char *const recipes[] = {
        "where = proto=tcp\nmissing = drop\nfeature = num(orig_bytes)\nfeature = onehot(proto)\n",
        "unit = pair\nfeature = num(orig_bytes)\nfeature = onehot(conn_state)\n"};
    struct job *job = job_new();
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(recipes); i++) {
        struct built b = build_ok(small_log, recipes[i]);
        uint64_t n;
        matrix_release(&b.m);
        for (n = 1; n < 500; n++) {
            struct err err = ERR_INIT;
            int rc;
            mem_fail_at(n, true);
            rc = matrix_build(&b.m, b.t, &b.r, NULL, NULL, NULL, NULL, &err);
            mem_fail_at(0, false);
            if (rc == 0)
                break;
            assert_int_equal(err.code, ERR_LIMIT);
            assert_null(b.m.data);
        }
        assert_in_range(n, 10, 499);
        matrix_release(&b.m);
        job_cancel(job);
        assert_int_equal(matrix_build(&b.m, b.t, &b.r, NULL, NULL, NULL, job, &b.err), -1);
        assert_int_equal(b.err.code, ERR_CANCELLED);
        built_release(&b);
    }
    job_free(job);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_that_are_gone_take_no_part),
        cmocka_unit_test(columns_of_the_table_need_no_text),
        cmocka_unit_test(a_kept_matrix_serves_any_k),
        cmocka_unit_test(a_kept_matrix_is_of_one_scope),
        cmocka_unit_test(cancel_and_short_memory_are_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
