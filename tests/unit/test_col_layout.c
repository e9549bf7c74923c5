/* How the analyst wants the columns: copies, comparing, and the line of text that it is kept as. */
#include "tui/model/col_layout.h"

#include "core/base/mem.h"
#include "tests/unit/unit.h"

static struct col_layout *fresh(void)
{
    struct err err = ERR_INIT;
    struct col_layout *l = col_layout_copy(NULL, &err);
    assert_non_null(l);
    return l;
}

static void assert_text(const struct col_layout *l, const char *text)
{
    struct buf out = BUF_INIT;
    col_layout_write(&out, l);
    assert_string_equal(buf_text(&out), text);
    buf_release(&out);
}

static void nothing_is_wanted_at_first(void **state)
{
    struct col_layout *l = fresh();
    (void)state;
    assert_int_equal(l->n_shown, 0);
    assert_int_equal(l->frozen, -1);
    assert_int_equal(col_layout_width(NULL, "ts"), 0);
    assert_true(col_layout_same(l, NULL));
    assert_true(col_layout_same(NULL, l));
    assert_true(col_layout_same(NULL, NULL));
    assert_text(l, "");
    assert_text(NULL, "");
    assert_null(col_layout_ref(NULL));
    col_layout_unref(NULL);
    assert_ptr_equal(col_layout_ref(l), l);
    col_layout_unref(l);
    col_layout_unref(l);
}

static void widths(void **state)
{
    struct col_layout *l = fresh();
    struct err err = ERR_INIT;
    (void)state;
    assert_int_equal(col_layout_set_width(l, "nope", 0, &err), 0);
    assert_int_equal(l->n_widths, 0);
    assert_int_equal(col_layout_set_width(l, "a", 5, &err), 0);
    assert_int_equal(col_layout_set_width(l, "b", 6, &err), 0);
    assert_int_equal(col_layout_set_width(l, "c", 99999, &err), 0);
    assert_int_equal(col_layout_set_width(l, "a", 7, &err), 0);
    assert_int_equal(l->n_widths, 3);
    assert_int_equal(col_layout_width(l, "a"), 7);
    assert_int_equal(col_layout_width(l, "c"), COL_LAYOUT_MOST);
    assert_int_equal(col_layout_set_width(l, "a", 0, &err), 0);
    assert_int_equal(col_layout_width(l, "a"), 0);
    assert_int_equal(col_layout_width(l, "b"), 6);
    assert_int_equal(col_layout_width(l, "c"), COL_LAYOUT_MOST);
    col_layout_drop_widths(l);
    assert_true(col_layout_same(l, NULL));
    col_layout_unref(l);
}

static void copies_are_apart(void **state)
{
    static const char *const names[] = {"ts", "a b", "uid"}, *const other[] = {"ts", "uid", "a b"};
    struct col_layout *l = fresh(), *copy;
    struct err err = ERR_INIT;
    (void)state;
    assert_int_equal(col_layout_show(l, names, 3, &err), 0);
    assert_int_equal(col_layout_set_width(l, "uid", 12, &err), 0);
    l->frozen = 0;
    l->wrap = true;
    copy = col_layout_copy(l, &err);
    assert_non_null(copy);
    assert_true(col_layout_same(l, copy));
    assert_false(col_layout_same(l, NULL));
    copy->wrap = false;
    assert_false(col_layout_same(l, copy));
    copy->wrap = true;
    copy->frozen = -1;
    assert_false(col_layout_same(l, copy));
    copy->frozen = 0;
    assert_int_equal(col_layout_set_width(copy, "uid", 13, &err), 0);
    assert_false(col_layout_same(l, copy));
    assert_int_equal(col_layout_set_width(copy, "uid", 12, &err), 0);
    assert_true(col_layout_same(l, copy));
    assert_int_equal(col_layout_show(copy, other, 3, &err), 0);
    assert_false(col_layout_same(l, copy));
    assert_int_equal(col_layout_show(copy, NULL, 0, &err), 0);
    assert_false(col_layout_same(l, copy));
    assert_text(l, "show:ts show:\"a b\" show:uid width:uid=12 freeze:0 wrap");
    col_layout_unref(l);
    col_layout_unref(copy);
}

/* What is written reads back as the same. */
static void text_and_back(void **state)
{
    static const char *const names[] = {
        "ts", "Dest Port", "\"quoted\\\"", "line\nend\x7f", "comma,=:", "\xc3\xbc\xff\x01",
        "",   "wrap"};
    struct col_layout *l = fresh();
    const struct col_layout *back = NULL;
    struct err err = ERR_INIT;
    struct buf out = BUF_INIT;
    (void)state;
    assert_int_equal(col_layout_show(l, names, ARRAY_LEN(names), &err), 0);
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        assert_int_equal(col_layout_set_width(l, names[i], (uint32_t)i + 3, &err), 0);
    l->frozen = 12;
    l->wrap = true;
    col_layout_write(&out, l);
    assert_null(memchr(out.ptr, '\n', out.len));
    assert_int_equal(col_layout_parse(&back, buf_span(&out), &err), 0);
    assert_true(col_layout_same(l, back));
    assert_int_equal(back->n_shown, ARRAY_LEN(names));
    assert_string_equal(back->shown[3].name, names[3]);
    col_layout_unref(back);
    assert_int_equal(col_layout_parse(&back, span_of("  show:ts   wrap "), &err), 0);
    assert_text(back, "show:ts wrap");
    col_layout_unref(back);
    assert_int_equal(col_layout_parse(&back, span_of(""), &err), 0);
    assert_true(col_layout_same(back, NULL));
    col_layout_unref(back);
    col_layout_unref(l);
    buf_release(&out);
}

static void what_is_no_layout(void **state)
{
    static const char *const wrong[] = {
        "hide:ts",     "show:",          "show:\"ts",          "show:\"a\\",  "show:\"a\\q\"",
        "show:\"\\x0", "show:\"\\x00\"", "show:\"\\xzz\"",     "show:ts,uid", "width:ts",
        "width:ts=",   "width:ts=0",     "width:ts=1001",      "width:ts=9x", "freeze:",
        "freeze:-1",   "freeze:1001",    "freeze:99999999999", "wrapped",     "show:tswidth:",
        "wrap:",       "show:ts\twrap",  "show:ts wrap x",     "show:\""};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        const struct col_layout *l = NULL;
        struct err err = ERR_INIT;
        if (col_layout_parse(&l, span_of(wrong[i]), &err) == 0)
            fail_msg("taken: %s", wrong[i]);
        assert_int_equal(err.code, ERR_DATA);
        assert_null(l);
    }
}

/* Any allocation may fail: an error, nothing lost, nothing left behind. */
static void memory_is_short(void **state)
{
    const struct span text = span_of("show:ts show:\"a b\" width:ts=9 width:\"c\"=7 freeze:1 wrap");
    uint64_t most;
    (void)state;
    mem_fail_at(0, false);
    for (uint64_t n = 1;; n++) {
        const struct col_layout *l = NULL;
        struct col_layout *copy = NULL;
        struct err err = ERR_INIT;
        int rc;
        mem_fail_at(n, false);
        rc = col_layout_parse(&l, text, &err);
        if (rc == 0)
            copy = col_layout_copy(l, &err);
        most = mem_requests();
        mem_fail_at(0, false);
        if (copy != NULL) {
            assert_true(col_layout_same(l, copy));
            col_layout_unref(copy);
            col_layout_unref(l);
            assert_true(most < n);
            break;
        }
        assert_int_equal(err.code, ERR_LIMIT);
        col_layout_unref(l);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_wanted_at_first), cmocka_unit_test(widths),
        cmocka_unit_test(copies_are_apart),           cmocka_unit_test(text_and_back),
        cmocka_unit_test(what_is_no_layout),          cmocka_unit_test(memory_is_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
