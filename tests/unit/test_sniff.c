/* format_sniff: chosen by content; what is refused says what it looks like and what helps. */
#include "tests/unit/unit.h"

#include "core/base/rng.h"
#include "core/format/format.h"

#define CONN_ROW                                                                                   \
    "1331901000.000000\tCabc\t192.168.202.79\t50463\tfe80::1%eth0\t80\ttcp\thttp\t0."              \
    "01\t1\t2\tSF\t"                                                                               \
    "-\t0\tSh\t4\t382\t3\t382\t(empty)\n"

static const struct format *sniff(struct span text, struct format_opts opts, size_t *bom,
                                  struct err *err)
{
    *err = (struct err)ERR_INIT;
    *bom = 99;
    return format_sniff(text, true, &opts, bom, err);
}

static void known(void **state)
{
    static const struct {
        const char *text;
        const struct format *format;
        size_t bom;
    } cases[] = {
        {"#separator \\x09\n#fields\tts\n", &format_zeek_tsv, 0},
        {"#fields\tts\tx\n1\t2\n", &format_zeek_tsv, 0},
        {"\n# a remark\n#fields ts x\n", &format_zeek_tsv, 0},
        {"#separator\t\\x09\r\n", &format_zeek_tsv, 0},
        {"\xef\xbb\xbf#separator \\x09\n", &format_zeek_tsv, 3},
        {CONN_ROW, &format_zeek_tsv, 0},
        {"# a remark\n" CONN_ROW, &format_zeek_tsv, 0},
        {"\xef\xbb\xbf" CONN_ROW, &format_zeek_tsv, 3},
        {"ts\tid.orig_h\tid.resp_h\n1.0\ta\tb\n", &format_csv, 0}, /* Zeek's names, no `#` */
        {"ts,src,dst\n1.0,a,b\n", &format_csv, 0},
        {"\xef\xbb\xbf"
         "a;b;c\r\n1;2;3\r\n",
         &format_csv, 3},
        {"\"a\",\"b\"\n1,2\n", &format_csv, 0},
        {",ts,src_ip\n0,1.0,a\n", &format_csv, 0}, /* an index without a name */
        {"a,b\n", &format_csv, 0},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err err;
        size_t bom;
        const struct format *f =
            sniff(span_of(cases[i].text), (struct format_opts){NULL, 0}, &bom, &err);
        if (f != cases[i].format || bom != cases[i].bom)
            fail_msg("case %zu: %s", i, f == NULL ? err.text : f->name);
    }
}

static void foreign(void **state)
{
    static const struct {
        struct span text;
        const char *says, *advice;
    } cases[] = {
        {{"\x1f\x8b\x08\0\0\0\0\0", 8}, "gzip", "zcat"},
        {{"\x28\xb5\x2f\xfd....", 8}, "zstd", "zstdcat"},
        {{"\xfd"
          "7zXZ\0",
          6},
         "xz",
         "xzcat"},
        {{"BZh91AY", 7}, "bzip2", "bzcat"},
        {{"PK\x03\x04....", 8}, "zip", ""},
        {{"\xd4\xc3\xb2\xa1\x02\0\x04\0", 8}, "pcap", "zeek -r"},
        {{"\xa1\xb2\x3c\x4d\0\x02\0\x04", 8}, "pcap", "zeek -r"},
        {{"\x0a\x0d\x0d\x0a....", 8}, "pcapng", "zeek -r"},
        {{"\x7f"
          "ELF\2\1\1\0",
          8},
         "ELF",
         ""},
        {{"\xff\xfe#\0s\0", 6}, "UTF-16", "iconv"},
        {{"\xfe\xff\0#\0s", 6}, "UTF-16", "iconv"},
        {{"\0\1\2\3\4\5\6\7\0\0\0\0\0\0\0\0", 16}, "binary", ""},
        {{"{\"ts\":1.0,\"uid\":\"C\"}\n", 21}, "JSON", ""},
        {{"[{\"ts\":1.0},{\"ts\":2.0}]", 23}, "JSON", ""},
        {{"Dear all,\nplease find the log attached.\n", 40}, "text", "CSV with a header"},
        {{"1.0,2.0,3.0\n4.0,5.0,6.0\n", 24}, "text", "header row"},
        {{"a,b,c\n1,2\n", 10}, "text", "header row"},
        {{"word\nword\n", 10}, "text", "header row"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err err;
        size_t bom;
        if (sniff(cases[i].text, (struct format_opts){NULL, 0}, &bom, &err) != NULL)
            fail_msg("case %zu was taken", i);
        assert_int_equal(err.code, ERR_DATA);
        if (strstr(err.text, cases[i].says) == NULL || strstr(err.text, cases[i].advice) == NULL)
            fail_msg("case %zu: %s", i, err.text);
    }
}

static void nothing_in_it(void **state)
{
    static const char *const texts[] = {
        "", "\n", "\r\n\n", "  \n", "# only\n# remarks\n", "\xef\xbb\xbf"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct err err;
        size_t bom;
        assert_null(sniff(span_of(texts[i]), (struct format_opts){NULL, 0}, &bom, &err));
        assert_int_equal(err.code, ERR_DATA);
        if (strstr(err.text, "no rows") == NULL)
            fail_msg("case %zu: %s", i, err.text);
    }
}

/* What the user says about columns and delimiter counts. */
static void told_by_hand(void **state)
{
    struct err err;
    size_t bom;
    (void)state;
    assert_ptr_equal(sniff(span_of("1\t2\n"), (struct format_opts){"a,b", 0}, &bom, &err),
                     &format_zeek_tsv);
    assert_ptr_equal(sniff(span_of("1,2\n"), (struct format_opts){"a,b", ','}, &bom, &err),
                     &format_csv);
    assert_ptr_equal(sniff(span_of("a:b\n1:2\n"), (struct format_opts){NULL, ':'}, &bom, &err),
                     &format_csv);
}

/* A row that only nearly is a conn log's. */
static void nearly_a_conn_log(void **state)
{
    static const char *const rows[] = {
        "yesterday\tC\t1.1.1.1\t1\t2.2.2.2\t2\ttcp\n", "1.0\tC\t1.1.1\t1\t2.2.2.2\t2\ttcp\n",
        "1.0\tC\t1.1.1.1\t70000\t2.2.2.2\t2\ttcp\n",   "1.0\t\t1.1.1.1\t1\t2.2.2.2\t2\ttcp\n",
        "1.0\tC\t1.1.1.1\t1\tjunk\t2\ttcp\n",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err err;
        size_t bom;
        assert_null(sniff(span_of(rows[i]), (struct format_opts){NULL, 0}, &bom, &err));
        assert_int_equal(err.code, ERR_DATA);
    }
}

/* Random bytes: an answer or a sentence, and never a mark longer than the text. */
static void any_bytes(void **state)
{
    struct rng rng;
    unsigned refusals = 0;
    (void)state;
    rng_init(&rng, 11, 0);
    for (int i = 0; i < 20000; i++) {
        char bytes[64];
        size_t n = rng_u64(&rng) % sizeof bytes, bom;
        struct err err;
        for (size_t j = 0; j < n; j++)
            bytes[j] = (char)rng_u64(&rng);
        if (sniff(span_make(bytes, n), (struct format_opts){NULL, 0}, &bom, &err) == NULL) {
            assert_int_equal(err.code, ERR_DATA);
            assert_true(err.text[0] != '\0');
            refusals++;
        }
        assert_true(bom <= n);
    }
    assert_true(refusals > 19000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known),
        cmocka_unit_test(foreign),
        cmocka_unit_test(nothing_in_it),
        cmocka_unit_test(told_by_hand),
        cmocka_unit_test(nearly_a_conn_log),
        cmocka_unit_test(any_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
