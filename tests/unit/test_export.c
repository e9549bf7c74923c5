/* The export: what was in the log is in the CSV, whatever happens on the way. */
#include "tests/unit/unit.h"

#include <csv.h>
#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "core/base/mem.h"
#include "core/cluster/clustering.h"
#include "core/export/export.h"
#include "core/load.h"

#define HEAD                                                                                       \
    "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n"   \
    "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\torig_bytes\tnote\n"      \
    "#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tcount\tstring\n"
#define N_COLUMNS 9

static char dir[64], log_path[128], target[128];

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(dir, sizeof dir, "/tmp/minnow-test-XXXXXX");
    if (mkdtemp(dir) == NULL)
        return -1;
    (void)snprintf(log_path, sizeof log_path, "%s/conn.log", dir);
    (void)snprintf(target, sizeof target, "%s/out.csv", dir);
    return 0;
}

static void each_file(void (*fn)(const char *path, void *user), void *user)
{
    DIR *d = opendir(dir);
    struct dirent *e;
    assert_non_null(d);
    while ((e = readdir(d)) != NULL) {
        char path[512];
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        (void)snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
        fn(path, user);
    }
    (void)closedir(d);
}

static void drop(const char *path, void *user)
{
    (void)user;
    (void)unlink(path);
}

static void count_one(const char *path, void *user)
{
    (void)path;
    (*(size_t *)user)++;
}

static size_t n_files(void)
{
    size_t n = 0;
    each_file(count_one, &n);
    return n;
}

static int tear_down(void **state)
{
    (void)state;
    each_file(drop, NULL);
    return rmdir(dir);
}

static void put(const char *path, const char *bytes, size_t n)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static struct buf get(const char *path)
{
    struct buf b = BUF_INIT;
    char piece[4096];
    size_t n;
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    while ((n = fread(piece, 1, sizeof piece, f)) > 0)
        buf_add(&b, piece, n);
    assert_int_equal(fclose(f), 0);
    assert_false(b.failed);
    return b;
}

/* Whether a file holds exactly this text. */
static void expect_file(const char *path, const char *text)
{
    struct buf b = get(path);
    assert_string_equal(buf_text(&b), text);
    assert_int_equal(b.len, strlen(text));
    buf_release(&b);
}

/* ---- a log on disk, loaded and clustered in two ---- */

struct world {
    struct table *t;
    struct clustering *c;
    struct err err;
};

static void world_of(struct world *w, const struct buf *log)
{
    const char *paths[] = {log_path};
    struct load_opts opts = {.path = paths, .n_paths = 1, .threads = 1};
    struct recipe r;
    *w = (struct world){.err = ERR_INIT};
    put(log_path, log->ptr, log->len);
    w->t = load_table(&opts, NULL, &w->err);
    if (w->t == NULL)
        fail_msg("%s", w->err.text);
    assert_int_equal(recipe_init(&r, &w->err), 0);
    assert_int_equal(recipe_set_features(&r, "log(orig_bytes)", &w->err), 0);
    assert_int_equal(recipe_set_k(&r, "2", &w->err), 0);
    w->c = clustering_fit(w->t, &r, NULL, NULL, 0, NULL, NULL, &w->err);
    if (w->c == NULL)
        fail_msg("%s", w->err.text);
    assert_int_equal(w->c->k, 2);
    recipe_release(&r);
}

static void world_release(struct world *w)
{
    clustering_unref(w->c);
    table_unref(w->t);
}

/* Three small connections, then a big one: clusters 1 (one row) and 2. */
static void small_log(struct buf *log, const char *note)
{
    buf_add_text(log, HEAD);
    for (int i = 0; i < 4; i++)
        buf_printf(log, "%d.5\tC%d\t10.0.0.1\t4000\t10.0.0.2\t80\ttcp\t%s\t%s\n", 1000 + i, i,
                   i == 3 ? "900000" : "5", i == 3 ? note : "-");
}

static void small_world(struct world *w)
{
    struct buf log = BUF_INIT;
    small_log(&log, "big");
    world_of(w, &log);
    buf_release(&log);
}

static int run(struct world *w, const struct export_opts *opts, struct export_result *out,
               struct job *job)
{
    struct export_opts with_path = *opts;
    if (with_path.path == NULL)
        with_path.path = target;
    return export_run(out, w->t, w->c, NULL, &with_path, NULL, job, &w->err);
}

/* ---- what stands in the file ---- */

static void test_cluster(void **state)
{
    struct world w;
    struct export_result r;
    (void)state;
    small_world(&w);
    assert_int_equal(run(&w, &(struct export_opts){.cluster = 1}, &r, NULL), 0);
    assert_int_equal(r.rows, 1);
    assert_int_equal(r.gone, 0);
    expect_file(target, "ts,uid,id.orig_h,id.orig_p,id.resp_h,id.resp_p,proto,orig_bytes,note\n"
                        "1003.5,C3,10.0.0.1,4000,10.0.0.2,80,tcp,900000,big\n");
    assert_int_equal(r.bytes, 69 + 51);
    assert_int_equal(n_files(), 2);
    world_release(&w);
}

static void test_columns(void **state)
{
    static const struct {
        const char *columns, *want;
    } cases[] = {
        {"uid", "uid\nC3\n"},
        {"note, uid", "note,uid\nbig,C3\n"},
        {"src_ip", "id.orig_h\n10.0.0.1\n"}, /* an alias */
        {"uid,uid", "uid,uid\nC3,C3\n"},
    };
    struct world w;
    struct export_result r;
    (void)state;
    small_world(&w);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(
            run(&w, &(struct export_opts){.cluster = 1, .columns = cases[i].columns, .force = true},
                &r, NULL),
            0);
        expect_file(target, cases[i].want);
    }
    world_release(&w);
}

static void test_usage_errors(void **state)
{
    static const struct {
        struct export_opts opts;
        const char *says;
    } cases[] = {
        {{.cluster = 1, .columns = "uid,colour"}, "'colour'"},
        {{.cluster = 1, .columns = ""}, "a name is missing"},
        {{.cluster = 1, .columns = "uid,"}, "a name is missing"},
        {{.cluster = 3}, "there is no cluster 3 (1 to 2)"},
        {{.cluster = 0}, "there is no cluster 0"},
    };
    struct world w;
    struct export_result r;
    (void)state;
    small_world(&w);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(run(&w, &cases[i].opts, &r, NULL), -1);
        assert_int_equal(w.err.code, ERR_USAGE);
        assert_non_null(strstr(w.err.text, cases[i].says));
        assert_int_equal(n_files(), 1);
    }
    world_release(&w);
}

static void test_all_with_clusters(void **state)
{
    struct world w;
    struct export_result r;
    (void)state;
    small_world(&w);
    assert_int_equal(
        run(&w, &(struct export_opts){.cluster = CLUSTER_ALL, .columns = "uid"}, &r, NULL), 0);
    expect_file(target, "uid,cluster,distance\nC0,2,0\nC1,2,0\nC2,2,0\nC3,1,0\n");
    assert_int_equal(r.rows, 4);
    world_release(&w);
}

static void test_view_rows(void **state)
{
    uint32_t row[] = {3, 0};
    struct rowset set = {row, 2};
    struct world w;
    struct export_result r;
    (void)state;
    small_world(&w);
    assert_int_equal(
        run(&w, &(struct export_opts){.cluster = 1, .columns = "uid", .rows = &set}, &r, NULL), 0);
    expect_file(target, "uid\nC3\nC0\n");
    world_release(&w);
}

/* The log has columns of these names already, one of them even with the prefix. */
static void test_names_do_not_collide(void **state)
{
    struct buf log = BUF_INIT;
    struct world w;
    struct export_result r;
    (void)state;
    buf_add_text(&log, "#separator \\x09\n#unset_field\t-\n#fields\torig_bytes\tcluster\t"
                       "minnow_cluster\n#types\tcount\tstring\tstring\n"
                       "1\ta\tb\n1\ta\tb\n1\ta\tb\n900000\t-\t\\x2d\n");
    world_of(&w, &log);
    assert_int_equal(run(&w, &(struct export_opts){.cluster = CLUSTER_ALL}, &r, NULL), 0);
    /* The unset mark stays; a value that only looks like it once decoded stays escaped. */
    expect_file(target, "orig_bytes,cluster,minnow_cluster,minnow_minnow_cluster,distance\n"
                        "1,a,b,2,0\n1,a,b,2,0\n1,a,b,2,0\n900000,-,\\x2d,1,0\n");
    world_release(&w);
    buf_release(&log);
}

static void test_empty_line_is_quoted(void **state)
{
    struct buf log = BUF_INIT;
    struct world w;
    struct export_result r;
    (void)state;
    small_log(&log, "");
    world_of(&w, &log);
    assert_int_equal(run(&w, &(struct export_opts){.cluster = 1, .columns = "note"}, &r, NULL), 0);
    expect_file(target, "note\n\"\"\n");
    world_release(&w);
    buf_release(&log);
}

/* ---- round trip through an independent reader ---- */

struct reader {
    size_t fields, rows;
    const struct span *want;
    size_t n_want;
};

static void on_field(void *bytes, size_t n, void *user)
{
    struct reader *r = user;
    size_t i = r->fields++;
    if (i >= N_COLUMNS && (i + 1) % N_COLUMNS == 0) {
        size_t row = i / N_COLUMNS - 1;
        assert_true(row < r->n_want);
        assert_int_equal(n, r->want[row].len);
        assert_memory_equal(bytes, r->want[row].ptr, n);
    }
}

static void on_row(int c, void *user)
{
    struct reader *r = user;
    (void)c;
    r->rows++;
    assert_int_equal(r->fields, r->rows * N_COLUMNS);
}

static int never_space(unsigned char c)
{
    (void)c;
    return 0;
}

static void read_back(const struct span *want, size_t n)
{
    struct buf file = get(target);
    struct reader r = {.want = want, .n_want = n};
    struct csv_parser p;
    assert_int_equal(csv_init(&p, CSV_STRICT | CSV_STRICT_FINI), 0);
    csv_set_space_func(&p, never_space);
    assert_int_equal(csv_parse(&p, file.ptr, file.len, on_field, on_row, &r), file.len);
    assert_int_equal(csv_fini(&p, on_field, on_row, &r), 0);
    assert_int_equal(r.rows, n + 1);
    csv_free(&p);
    buf_release(&file);
}

static const struct hostile {
    const char *in_log;
    struct span raw, guarded;
} hostiles[] = {
#define SAME(log, bytes)                                                                           \
    {                                                                                              \
        log, {bytes, sizeof(bytes) - 1},                                                           \
        {                                                                                          \
            bytes, sizeof(bytes) - 1                                                               \
        }                                                                                          \
    }
    SAME("plain", "plain"),
    SAME("a,b", "a,b"),
    SAME("say \"hi\"", "say \"hi\""),
    SAME("\"", "\""),
    SAME("line\\x0aline", "line\nline"),
    SAME("cr\\x0dlf\\x0a", "cr\rlf\n"),
    SAME("tab\\x09tab", "tab\ttab"),
    SAME("esc\\x1b[2J", "esc\x1b[2J"),
    SAME("nul\\x00nul", "nul\0nul"),
    SAME("back\\\\slash", "back\\slash"),
    SAME(" blanks ", " blanks "),
    SAME("\xff\xfe", "\xff\xfe"),
    SAME("-", "-"),
    SAME("(empty)", "(empty)"),
    SAME("-12.5", "-12.5"),
    SAME("\\x2d", "\\x2d"),
    SAME("\\x28empty)", "\\x28empty)"),
    SAME("", ""),
    {"=cmd()", {"=cmd()", 6}, {"'=cmd()", 7}},
    {"+1+1", {"+1+1", 4}, {"'+1+1", 5}},
    {"@x", {"@x", 2}, {"'@x", 3}},
    {"-x", {"-x", 2}, {"'-x", 3}},
    {"\\x3d1", {"=1", 2}, {"'=1", 3}},
    {"\\x09x", {"\tx", 2}, {"'\tx", 3}},
};

static void round_trip(bool raw)
{
    struct buf log = BUF_INIT;
    struct span want[ARRAY_LEN(hostiles)];
    struct world w;
    struct export_result r;
    buf_add_text(&log, HEAD);
    for (size_t i = 0; i < ARRAY_LEN(hostiles); i++) {
        buf_printf(&log, "1000\tC\t10.0.0.1\t1\t10.0.0.2\t2\ttcp\t%zu\t", i % 2 * 1000);
        buf_add_text(&log, hostiles[i].in_log);
        buf_add_char(&log, '\n');
        want[i] = raw ? hostiles[i].raw : hostiles[i].guarded;
    }
    world_of(&w, &log);
    /* All rows in order, without the added columns. */
    {
        uint32_t row[ARRAY_LEN(hostiles)];
        struct rowset set = {row, ARRAY_LEN(hostiles)};
        for (uint32_t i = 0; i < set.n; i++)
            row[i] = i;
        assert_int_equal(
            run(&w, &(struct export_opts){.cluster = 1, .rows = &set, .raw = raw}, &r, NULL), 0);
    }
    read_back(want, ARRAY_LEN(hostiles));
    world_release(&w);
    buf_release(&log);
}

static void test_round_trip(void **state)
{
    (void)state;
    round_trip(false);
}

static void test_round_trip_raw(void **state)
{
    (void)state;
    round_trip(true);
}

/* ---- trouble ---- */

static void test_gone(void **state)
{
    struct world w;
    struct export_result r;
    (void)state;
    small_world(&w);
    assert_int_equal(truncate(log_path, (off_t)strlen(HEAD)), 0);
    assert_int_equal(run(&w, &(struct export_opts){.cluster = 2, .columns = "uid"}, &r, NULL), 0);
    assert_int_equal(r.rows, 0);
    assert_int_equal(r.gone, 3);
    expect_file(target, "uid\n");
    world_release(&w);
}

static void test_input_is_safe(void **state)
{
    struct world w;
    struct export_result r;
    struct buf before, after;
    (void)state;
    small_world(&w);
    before = get(log_path);
    assert_int_equal(
        run(&w, &(struct export_opts){.cluster = 1, .path = log_path, .force = true}, &r, NULL),
        -1);
    assert_int_equal(w.err.code, ERR_IO);
    after = get(log_path);
    assert_true(span_eq(buf_span(&before), buf_span(&after)));
    assert_int_equal(n_files(), 1);
    buf_release(&before);
    buf_release(&after);
    world_release(&w);
}

static void test_existing_target(void **state)
{
    struct world w;
    struct export_result r;
    (void)state;
    small_world(&w);
    put(target, "old\n", 4);
    assert_int_equal(run(&w, &(struct export_opts){.cluster = 1, .columns = "uid"}, &r, NULL), -1);
    assert_int_equal(w.err.code, ERR_IO);
    expect_file(target, "old\n");
    world_release(&w);
}

static void big_world(struct world *w)
{
    struct buf log = BUF_INIT;
    buf_add_text(&log, HEAD);
    for (int i = 0; i < 6000; i++)
        buf_printf(&log, "1000\tC%d\t10.0.0.1\t1\t10.0.0.2\t2\ttcp\t%d\tx\n", i, i % 2 * 1000);
    world_of(w, &log);
    buf_release(&log);
}

/* Called after each publish; the third one is in the middle of the rows. */
struct hook {
    struct job *job;
    int calls, fd;
};

static void cancel_in_the_middle(void *user)
{
    struct hook *h = user;
    if (++h->calls == 3)
        job_cancel(h->job);
}

static void test_cancel(void **state)
{
    struct world w;
    struct export_result r;
    struct hook h = {.job = job_new()};
    (void)state;
    big_world(&w);
    put(target, "old\n", 4);
    assert_non_null(h.job);
    job_set_wake(h.job, cancel_in_the_middle, &h);
    assert_int_equal(
        run(&w, &(struct export_opts){.cluster = CLUSTER_ALL, .force = true}, &r, h.job), -1);
    assert_int_equal(w.err.code, ERR_CANCELLED);
    expect_file(target, "old\n");
    assert_int_equal(n_files(), 2);
    assert_true(h.calls >= 3);
    job_free(h.job);
    world_release(&w);
}

static void stop_in_the_middle(void *user)
{
    struct hook *h = user;
    if (++h->calls < 3)
        return;
    assert_int_equal(write(h->fd, "x", 1), 1);
    for (;;)
        pause();
}

/* The writer dies by SIGKILL half way: the old file is whole. */
static void test_killed(void **state)
{
    struct world w;
    int fd[2], status;
    char byte;
    pid_t child;
    (void)state;
    big_world(&w);
    put(target, "old\n", 4);
    assert_int_equal(pipe(fd), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct hook h = {.job = job_new(), .fd = fd[1]};
        struct export_result r;
        (void)close(fd[0]);
        if (h.job != NULL) {
            job_set_wake(h.job, stop_in_the_middle, &h);
            (void)run(&w, &(struct export_opts){.cluster = CLUSTER_ALL, .force = true}, &r, h.job);
        }
        _exit(1);
    }
    (void)close(fd[1]);
    assert_int_equal(read(fd[0], &byte, 1), 1);
    (void)close(fd[0]);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    expect_file(target, "old\n");
    world_release(&w);
}

/* A file may not grow beyond 64 kB, as on a full disk. */
static void test_disk_full(void **state)
{
    struct world w;
    int status;
    pid_t child;
    (void)state;
    big_world(&w);
    put(target, "old\n", 4);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct rlimit limit = {65536, 65536};
        struct export_result r;
        (void)signal(SIGXFSZ, SIG_IGN);
        if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
            _exit(1);
        if (run(&w, &(struct export_opts){.cluster = CLUSTER_ALL, .force = true}, &r, NULL) != -1)
            _exit(2);
        _exit(w.err.code == ERR_IO ? 0 : 3);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    expect_file(target, "old\n");
    assert_int_equal(n_files(), 2);
    world_release(&w);
}

static void test_memory(void **state)
{
    struct world w;
    struct export_result r;
    int failures = 0;
    (void)state;
    small_world(&w);
    for (uint64_t n = 1; n < 40; n++) {
        int rc;
        mem_fail_at(n, false);
        rc = run(&w, &(struct export_opts){.cluster = CLUSTER_ALL, .force = true}, &r, NULL);
        mem_fail_at(0, false);
        if (rc != 0) {
            assert_int_equal(w.err.code, ERR_LIMIT);
            assert_int_equal(n_files(), access(target, F_OK) == 0 ? 2 : 1);
            failures++;
        }
    }
    assert_true(failures > 5);
    world_release(&w);
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(test_cluster),
        T(test_columns),
        T(test_usage_errors),
        T(test_all_with_clusters),
        T(test_view_rows),
        T(test_names_do_not_collide),
        T(test_empty_line_is_quoted),
        T(test_round_trip),
        T(test_round_trip_raw),
        T(test_gone),
        T(test_input_is_safe),
        T(test_existing_target),
        T(test_cancel),
        T(test_killed),
        T(test_disk_full),
        T(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
