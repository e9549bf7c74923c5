/* Packed inputs as bytes: whole, in pieces, many through one spool, left alone; short memory. */
#include "tests/unit/unit.h"

#include "tests/unit/source_fixture.h"

/* Text of n bytes, packed in two members or frames. */
static char *packed_pattern(size_t n, bool zstd, struct buf *packed)
{
    char *bytes = pattern(n);
    if (zstd) {
        add_zstd(packed, bytes, n / 3, 0);
        add_zstd(packed, bytes + n / 3, n - n / 3, 0);
    } else {
        add_gzip(packed, bytes, n / 3);
        add_gzip(packed, bytes + n / 3, n - n / 3);
    }
    return bytes;
}

/* The text is read, and copied as a stream's is; the facts are those of the file. */
static void a_packed_file(void **state)
{
    static const size_t pieces[] = {1, 777, 4096};
    (void)state;
    for (size_t i = 0; i < 2 * ARRAY_LEN(pieces); i++) {
        size_t n = pieces[i / 2] == 1 ? 3000 : 2000000, len = 0;
        struct buf packed = BUF_INIT;
        char *bytes = packed_pattern(n, i % 2 == 1, &packed);
        struct err err = ERR_INIT;
        struct source_facts facts;
        int spool = -1;
        char *all =
            read_all(put_buf("conn.log", &packed), pieces[i / 2], &len, &facts, &spool, NULL, &err);
        if (all == NULL)
            fail_msg("%s", err.text);
        assert_int_equal(len, n);
        assert_memory_equal(all, bytes, n);
        assert_true(facts.regular);
        assert_int_equal(facts.size, packed.len);
        same_as_spool(spool, bytes, n);
        mem_free(all);
        mem_free(bytes);
        buf_release(&packed);
    }
}

/* The magic number comes byte by byte. */
static void a_packed_stream(void **state)
{
    (void)state;
    for (int zstd = 0; zstd < 2; zstd++) {
        for (int large = 0; large < 2; large++) {
            struct buf packed = BUF_INIT;
            size_t n = large ? 1500000 : 2000;
            char *bytes = packed_pattern(n, zstd == 1, &packed);
            struct writer w = {in_dir("fifo"), -1, packed.ptr, packed.len, large ? 1013 : 1};
            assert_int_equal(mkfifo(w.path, 0600), 0);
            reads_text(w.path, &w, bytes, n);
            assert_int_equal(unlink(w.path), 0);
            mem_free(bytes);
            buf_release(&packed);
        }
    }
}

static void what_was_read_of_a_packed_file(void **state)
{
    struct buf packed = BUF_INIT;
    char *bytes = packed_pattern(700000, false, &packed), piece[4096];
    const char *path = put_buf("conn.log", &packed);
    struct err err = ERR_INIT;
    struct source *s = source_open(path, &kept, NULL, &err);
    uint64_t read = 0;
    bool torn;
    (void)state;
    assert_non_null(s);
    while (source_read(s, piece, sizeof piece, NULL, &err) > 0)
        read += source_advance(s);
    read += source_advance(s);
    assert_int_equal(read, packed.len);
    assert_false(source_damage(s, &torn, &err));
    source_close(s);
    mem_free(bytes);
    buf_release(&packed);
}

/* Texts stand one behind the other, whatever was read of the one before; a file of text has no copy. */
static void one_spool_for_many(void **state)
{
    struct spool spool = SPOOL_INIT;
    uint64_t at, want = 0;
    (void)state;
    for (size_t i = 0; i < 6; i++) {
        struct buf packed = BUF_INIT;
        char *bytes = packed_pattern(30000 + i, i % 2 == 0, &packed), piece[40000];
        const char *path = i == 3 ? put_text("plain.log", "x\n") : put_buf("conn.log", &packed);
        struct err err = ERR_INIT;
        struct source *s = source_open(path, &spool, NULL, &err);
        int64_t got = 0, n;
        assert_non_null(s);
        while ((n = source_read(s, piece + got, i == 1 ? 10 : 20000, NULL, &err)) > 0) {
            got += n;
            if (i == 1)
                break; /* left in the middle */
        }
        assert_int_equal(source_end(s, &at), i != 3);
        if (i != 3) {
            char *copy = mem_alloc((size_t)got, 1);
            assert_non_null(copy);
            assert_true(at >= want && spool.end >= at + (uint64_t)got);
            assert_int_equal(pread(spool.fd, copy, (size_t)got, (off_t)at), got);
            assert_memory_equal(copy, bytes, (size_t)got);
            mem_free(copy);
            want = spool.end;
        }
        source_close(s);
        mem_free(bytes);
        buf_release(&packed);
    }
    spool_close(&spool);
    assert_int_equal(spool.fd, -1);
}

/* Given up in the middle: the thread ends with the source, and with a cancel. */
static void a_packed_input_left_alone(void **state)
{
    struct buf packed = BUF_INIT;
    char *bytes = packed_pattern(4000000, false, &packed), piece[100];
    const char *path = put_buf("conn.log", &packed), *fifo = in_dir("fifo");
    struct err err = ERR_INIT;
    (void)state;
    assert_int_equal(mkfifo(fifo, 0600), 0);
    for (int i = 0; i < 4; i++) {
        struct job *job = job_new();
        struct source *s = source_open(i % 2 == 0 ? path : fifo, &kept, job, &err);
        int fd = i % 2 == 0 ? -1 : open(fifo, O_WRONLY | O_CLOEXEC | O_NONBLOCK);
        assert_non_null(s);
        if (fd >= 0) /* and then the writer is silent */
            assert_int_equal(write(fd, packed.ptr, 5000), 5000);
        assert_int_equal(source_read(s, piece, sizeof piece, job, &err), sizeof piece);
        if (i >= 2) {
            int64_t got;
            job_cancel(job);
            while ((got = source_read(s, piece, sizeof piece, job, &err)) > 0)
                ;
            assert_int_equal(got, -1);
            assert_int_equal(err.code, ERR_CANCELLED);
        } else {
            uint64_t at;
            assert_true(source_end(s, &at));
            assert_true(kept.fd >= 0 && at <= kept.end);
        }
        source_close(s);
        if (fd >= 0)
            close(fd);
        job_free(job);
    }
    mem_free(bytes);
    buf_release(&packed);
}

static void short_memory_for_a_packed_file(void **state)
{
    struct buf packed = BUF_INIT;
    char *bytes = packed_pattern(1000, false, &packed);
    const char *path = put_buf("conn.log", &packed);
    uint64_t total;
    (void)state;
    for (uint64_t n = 0;; n++) {
        struct err err = ERR_INIT;
        struct source *s = source_open(path, &kept, NULL, &err);
        char piece[2000];
        int64_t got;
        assert_non_null(s);
        mem_fail_at(n, false);
        while ((got = source_read(s, piece, sizeof piece, NULL, &err)) > 0)
            ;
        if (n == 0)
            total = mem_requests();
        mem_fail_at(0, false);
        assert_int_equal(got, n == 0 ? 0 : -1);
        assert_int_equal(err.code, n == 0 ? ERR_OK : ERR_LIMIT);
        source_close(s);
        if (n == total)
            break;
    }
    assert_true(total >= 5);
    mem_free(bytes);
    buf_release(&packed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define IN_DIR(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)
        IN_DIR(a_packed_file),
        IN_DIR(a_packed_stream),
        IN_DIR(what_was_read_of_a_packed_file),
        IN_DIR(one_spool_for_many),
        IN_DIR(a_packed_input_left_alone),
        IN_DIR(short_memory_for_a_packed_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
