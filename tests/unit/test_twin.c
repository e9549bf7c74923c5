/* twin.h: logs beside their packed copies: what is one, what only looks like one, what cannot be read, and
 * memory that fails. */
#include "tests/unit/load_fixture.h"
#include "tests/unit/pack.h"

#include <sys/stat.h>

#include "core/base/mem.h"
#include "core/io/twin.h"

#define LINES 20000 /* some pieces */

static struct buf lines(size_t n)
{
    struct buf b = BUF_INIT;
    for (size_t i = 0; i < n; i++)
        buf_printf(&b, "%zu\t%zu\trow\n", i, i * 7919 % 10007);
    return b;
}

static void put_packed(const char *name, struct span text, bool zstd)
{
    struct buf packed = BUF_INIT;
    if (zstd)
        add_zstd(&packed, text.ptr, text.len, 0);
    else
        add_gzip(&packed, text.ptr, text.len);
    (void)put_buf(name, &packed);
    buf_release(&packed);
}

/* Walks the directory and drops twins. */
static void drop(struct walk *w)
{
    const char *path[] = {dir};
    struct err err = ERR_INIT;
    *w = (struct walk){.n = 0};
    if (walk_inputs(w, path, 1, NULL, &err) != 0 || twin_drop(w, NULL, &err) != 0)
        fail_msg("%s", err.text);
}

static const struct walked *item(const struct walk *w, const char *name)
{
    const char *path = in_dir(name);
    for (size_t i = 0; i < w->n; i++) {
        if (strcmp(w->item[i].path, path) == 0)
            return &w->item[i];
    }
    fail_msg("no %s", name);
    return NULL;
}

/* `why` begins with these words, or it is read. */
static void is_twin(const struct walk *w, const char *name, const char *why)
{
    const struct walked *i = item(w, name);
    assert_int_equal(i->what, why == NULL ? WALKED_FILE : WALKED_TWICE);
    if (why != NULL && (i->why == NULL || strncmp(i->why, why, strlen(why)) != 0))
        fail_msg("%s: %s", name, i->why == NULL ? "(nothing)" : i->why);
}

static void remove_all(void)
{
    assert_int_equal(tear_down(NULL), 0);
    assert_int_equal(mkdir(dir, 0700), 0);
}

static void texts_that_are_one(void **state)
{
    struct buf b = lines(LINES);
    char want[600];
    struct walk w;
    (void)state;
    for (int zstd = 0; zstd < 2; zstd++) {
        const char *name = zstd ? "a.log.zst" : "a.log.gz";
        (void)put_buf("a.log", &b);
        put_packed(name, buf_span(&b), zstd);
        drop(&w);
        is_twin(&w, "a.log", NULL);
        (void)snprintf(want, sizeof want, "the packed copy of %s/a.log, which is read", dir);
        is_twin(&w, name, want);
        assert_string_equal(item(&w, name)->why, want);
        walk_release(&w);
        /* the log goes on */
        put_packed(name, span_make(b.ptr, b.len / 2), zstd);
        drop(&w);
        (void)snprintf(want, sizeof want, "what it holds begins %s/a.log, which is read", dir);
        is_twin(&w, name, want);
        walk_release(&w);
        remove_all();
    }
    buf_release(&b);
}

static void texts_that_differ(void **state)
{
    struct buf b = lines(LINES), other = lines(LINES), more = lines(LINES + 1);
    struct walk w;
    (void)state;
    other.ptr[other.len - 2] = 'x';
    (void)put_buf("last.log", &b);
    put_packed("last.log.gz", buf_span(&other), false);
    (void)put_buf("longer.log", &b);
    put_packed("longer.log.zst", buf_span(&more), true);
    (void)put_buf("nothing.log", &b);
    put_packed("nothing.log.gz", span_make("", 0), false);
    (void)put_text("empty.log", "");
    put_packed("empty.log.gz", span_make("", 0), false);
    put_packed("alone.log.gz", buf_span(&b), false);
    put_packed(".gz", buf_span(&b), false); /* hidden */
    (void)put_buf("names.log", &b);
    put_packed("names.log.bz2", buf_span(&b), false);
    drop(&w);
    for (size_t i = 0; i < w.n; i++) {
        if (w.item[i].what != WALKED_FILE && w.item[i].what != WALKED_DIRECTORY)
            fail_msg("%s: %s", w.item[i].path, w.item[i].why);
    }
    walk_release(&w);
    remove_all();
    buf_release(&b);
    buf_release(&other);
    buf_release(&more);
}

/* The name says gzip and the bytes do not: compared as they are. */
static void names_that_lie(void **state)
{
    struct buf b = lines(LINES);
    struct walk w;
    (void)state;
    (void)put_buf("a.log", &b);
    (void)put_buf("a.log.gz", &b);
    (void)put_buf("b.log", &b);
    put_packed("b.log.gz", buf_span(&b), true); /* zstd */
    drop(&w);
    is_twin(&w, "a.log.gz", "the packed copy of ");
    is_twin(&w, "b.log.gz", "the packed copy of ");
    walk_release(&w);
    remove_all();
    buf_release(&b);
}

/* Damage ends a text: what comes before it is compared. Cut short, likewise. */
static void damaged_copies(void **state)
{
    struct buf b = lines(LINES), packed = BUF_INIT;
    struct walk w;
    (void)state;
    add_gzip(&packed, b.ptr, b.len);
    (void)put_buf("cut.log", &b);
    (void)put_bytes("cut.log.gz", packed.ptr, packed.len / 2);
    (void)put_buf("sum.log", &b);
    packed.ptr[packed.len - 6] ^= 1;
    (void)put_buf("sum.log.gz", &packed);
    packed.ptr[packed.len / 2] ^= 64;
    (void)put_buf("bit.log", &b);
    (void)put_buf("bit.log.gz", &packed);
    (void)put_buf("head.log", &b);
    (void)put_bytes("head.log.gz", "\x1f\x8b\x07garbage", 10);
    drop(&w);
    is_twin(&w, "cut.log.gz", "what it holds begins ");
    is_twin(&w, "sum.log.gz", "the packed copy of ");
    is_twin(&w, "head.log.gz", NULL); /* there is no text */
    is_twin(&w, "bit.log.gz", NULL);
    walk_release(&w);
    remove_all();
    buf_release(&packed);
    buf_release(&b);
}

/* A file that was there when the directory was walked. */
static void files_that_are_gone(void **state)
{
    struct buf b = lines(10);
    const char *path[] = {dir};
    struct err err = ERR_INIT;
    struct walk w = {.n = 0};
    (void)state;
    (void)put_buf("a.log", &b);
    put_packed("a.log.gz", buf_span(&b), false);
    (void)put_buf("b.log", &b);
    put_packed("b.log.gz", buf_span(&b), false);
    assert_int_equal(walk_inputs(&w, path, 1, NULL, &err), 0);
    assert_int_equal(unlink(in_dir("a.log")), 0);
    assert_int_equal(unlink(in_dir("b.log.gz")), 0);
    assert_int_equal(mkdir(in_dir("b.log.gz"), 0700), 0);
    assert_int_equal(twin_drop(&w, NULL, &err), 0);
    is_twin(&w, "a.log.gz", NULL);
    is_twin(&w, "b.log.gz", NULL);
    walk_release(&w);
    assert_int_equal(rmdir(in_dir("b.log.gz")), 0);
    remove_all();
    buf_release(&b);
}

/* An argument is not lost to the file in a directory that it is the plain text of. */
static void arguments(void **state)
{
    struct buf b = lines(10);
    const char *path[] = {in_dir("a.log.gz"), in_dir("a.log")};
    struct err err = ERR_INIT;
    struct walk w = {.n = 0};
    (void)state;
    (void)put_buf("a.log", &b);
    put_packed("a.log.gz", buf_span(&b), false);
    assert_int_equal(walk_inputs(&w, path, 2, NULL, &err), 0);
    assert_int_equal(twin_drop(&w, NULL, &err), 0);
    is_twin(&w, "a.log.gz", "the packed copy of ");
    is_twin(&w, "a.log", NULL);
    assert_false(item(&w, "a.log")->found);
    walk_release(&w);
    /* a single one has no twin */
    assert_int_equal(walk_inputs(&w, path, 1, NULL, &err), 0);
    assert_int_equal(twin_drop(&w, NULL, &err), 0);
    is_twin(&w, "a.log.gz", NULL);
    walk_release(&w);
    remove_all();
    buf_release(&b);
}

/* Every allocation fails once: an error, and nothing is lost or taken twice. */
static void short_memory(void **state)
{
    struct buf b = lines(LINES);
    const char *path[] = {dir};
    uint64_t n = 0;
    (void)state;
    (void)put_buf("a.log", &b);
    put_packed("a.log.gz", buf_span(&b), false);
    (void)put_buf("b.log", &b);
    put_packed("b.log.zst", buf_span(&b), true);
    for (bool done = false; !done; n++) {
        struct err err = ERR_INIT;
        struct walk w = {.n = 0};
        int rc;
        assert_int_equal(walk_inputs(&w, path, 1, NULL, &err), 0);
        mem_fail_at(n + 1, false);
        rc = twin_drop(&w, NULL, &err);
        mem_fail_at(0, false);
        if (rc == 0) {
            is_twin(&w, "a.log.gz", "the packed copy of ");
            is_twin(&w, "b.log.zst", "the packed copy of ");
            done = true;
        } else {
            assert_int_equal(err.code, ERR_LIMIT);
            is_twin(&w, "a.log", NULL);
            is_twin(&w, "b.log", NULL);
        }
        walk_release(&w);
    }
    assert_true(n > 10);
    remove_all();
    buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_that_are_one),  cmocka_unit_test(texts_that_differ),
        cmocka_unit_test(names_that_lie),      cmocka_unit_test(damaged_copies),
        cmocka_unit_test(files_that_are_gone), cmocka_unit_test(arguments),
        cmocka_unit_test(short_memory),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
