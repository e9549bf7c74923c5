/* Which format a file has, by its first bytes alone; and what is refused with which advice. */
#include "tests/unit/unit.h"

#include "core/base/buf.h"
#include "core/base/rng.h"
#include "core/format/format.h"

#define CONN20                                                                                     \
    "1331901000.000000\tCCUIP21wTjqkj8ZqX5\t192.168.202.79\t50463\t192.168.229.251\t80\ttcp\t-\t"  \
    "0.01\t1\t2\tSF\t-\t0\tADd\t1\t52\t1\t52\t(empty)\n"

static const struct format *sniff(struct span bytes, const struct format_opts *opts, size_t *bom,
                                  struct err *err)
{
    static const struct format_opts none;
    *err = (struct err)ERR_INIT;
    *bom = 99;
    return format_sniff(bytes, true, opts == NULL ? &none : opts, bom, err);
}

static const char *name_of(struct span bytes, const struct format_opts *opts)
{
    static struct err err;
    size_t bom;
    const struct format *f = sniff(bytes, opts, &bom, &err);
    assert_true((f == NULL) == (err.code != ERR_OK));
    return f == NULL ? err.text : f->name;
}

static void formats(void **state)
{
    static const struct {
        const char *name, *text;
    } cases[] = {
        {"zeek-json", "{\"ts\":1.5}\n{\"ts\":2.5}\n"},
        {"zeek-json", "{\"ts\":1.5}\n" CONN20}, /* the first format wins */
        {"zeek-json", " {\"ts\":1.5}\n"},
        {"zeek-json", "conn - {\"ts\":1.5,\"uid\":\"C1\"}\nconn - {\"ts\":1.5,\"uid\":\"C2\"}\n"},
        {"zeek-json", "ut off\"}\n{\"ts\":1.5}\n"},
        {"zeek-json", "{\"ts\":1.5,\n{\"ts\":1.5}\n"},
        {"csv", "ts,note\n1,{\"a\":1}\n"},
        {"zeek-tsv", "#separator \\x09\n#fields\tts\n#types\ttime\n1\n"},
        {"zeek-tsv", "#separator\t\\x09\n"},
        {"zeek-tsv", "\n\n#fields\tts\tuid\n"},
        {"zeek-tsv", "# a remark\n#path\tconn\n#fields\tts\tuid\n"},
        {"zeek-tsv", CONN20},
        {"zeek-tsv", "\r\n\r\n" CONN20},
        {"zeek-tsv", "#types\ttime\tstring\n" CONN20}, /* the header's top is gone */
        {"zeek-tsv", "2\t1\t52\t(empty)\n" CONN20},    /* cut off inside a row */
        {"zeek-tsv", "\x80\x81\n" CONN20},
        {"csv", "ts,uid,id.orig_h\n1,C1,10.0.0.1\n"},
        {"csv", "ts\tuid\tid.orig_h\n1\tC1\t10.0.0.1\n"},
        {"csv", "a;b;c\n1;2;3\n"},
        {"csv", "a|b|c\r\n1|2|3\r\n"},
        {"csv", "\"src_ip\",\"dst ip\"\n\"10.0.0.1\",\"10.0.0.2\"\n"},
        {"csv", "name,gr\xf6\xdf"
                "e\nM\xfcller,1\n"}, /* Latin-1 */
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_string_equal(name_of(span_of(cases[i].text), NULL), cases[i].name);
}

static void refusals(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
        const char *part;
    } cases[] = {
#define BYTES(s) s, sizeof s - 1
        {BYTES("\x1f\x8b\x08\0\0\0\0\0"), "gzip inside): unpack it once, as zcat"},
        {BYTES("\x28\xb5\x2f\xfd\x24"), "zstd inside): unpack it once, as zstdcat"},
        {BYTES("\xfd"
               "7zXZ\0"),
         "xz): xzcat"},
        {BYTES("BZh91AY&SY"), "bzip2): bzcat"},
        {BYTES("PK\x03\x04\x14"), "zip)"},
        {BYTES("\xd4\xc3\xb2\xa1\x02\0\x04\0"), "pcap): zeek -r"},
        {BYTES("\xa1\xb2\xc3\xd4\0\x02\0\x04"), "pcap): zeek -r"},
        {BYTES("\x4d\x3c\xb2\xa1\x02\0\x04\0"), "pcap): zeek -r"},
        {BYTES("\x0a\x0d\x0d\x0a\x1c\0\0\0"), "pcapng): zeek -r"},
        {BYTES("\x7f"
               "ELF\x02\x01"),
         "ELF"},
        {BYTES("\xff\xfe#\0s\0e\0"), "UTF-16 text): iconv"},
        {BYTES("\xfe\xff\0#\0s\0e"), "UTF-16 text): iconv"},
        {BYTES("t\0s\0,\0u\0i\0d\0\n\0"), "binary data"},
        {BYTES("[\n{\"ts\":1.5}]\n"), "a JSON array): jq -c '.[]'"},
        {BYTES(" [{\"ts\":1.5},\n{\"ts\":1.5}]\n"), "a JSON array)"},
        {BYTES("{\n  \"ts\": 1.5\n}\n"), "JSON over several lines): jq -c ."},
        {BYTES("This is a letter. It has sentences, and more.\nNothing else\n"), "text)"},
        {BYTES("one column\nof text\n"), "text)"},
        {BYTES("1,2,3\n4,5,6\n"), "text)"},
        {BYTES("  \nnothing to see\n"), "text)"},
        {BYTES(""), "no rows"},
        {BYTES("\n\n\r\n"), "no rows"},
        {BYTES(" \t \n\t\n"), "no rows"},
        {BYTES("# only\n# remarks\n"), "no rows"},
        {BYTES("\xef\xbb\xbf"), "no rows"},
#undef BYTES
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err err;
        size_t bom;
        assert_null(sniff(span_make(cases[i].bytes, cases[i].n), NULL, &bom, &err));
        assert_int_equal(err.code, ERR_DATA);
        if (strstr(err.text, cases[i].part) == NULL)
            fail_msg("case %zu: %s", i, err.text);
    }
}

static void random_bytes_are_no_log(void **state)
{
    char bytes[4096];
    (void)state;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct rng rng;
        struct err err;
        size_t bom;
        rng_init(&rng, seed, 0);
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (char)(rng_u64(&rng) >> 56);
        assert_null(sniff(span_make(bytes, sizeof bytes), NULL, &bom, &err));
        if (strstr(err.text, "binary data") == NULL)
            fail_msg("seed %llu: %s", (unsigned long long)seed, err.text);
    }
}

static void a_byte_order_mark_is_measured(void **state)
{
    struct err err;
    size_t bom;
    (void)state;
    assert_ptr_equal(sniff(span_of("\xef\xbb\xbf#separator \\x09\n"), NULL, &bom, &err),
                     &format_zeek_tsv);
    assert_int_equal(bom, 3);
    assert_ptr_equal(sniff(span_of("\xef\xbb\xbfts,uid\n1,2\n"), NULL, &bom, &err), &format_csv);
    assert_int_equal(bom, 3);
    assert_ptr_equal(sniff(span_of(CONN20), NULL, &bom, &err), &format_zeek_tsv);
    assert_int_equal(bom, 0);
}

/* With --fields there need be no header, and tabs mean Zeek unless --delimiter says otherwise. */
static void columns_by_hand(void **state)
{
    struct format_opts tabs = {.fields = "ts,a,b"}, bars = {.fields = "ts,a,b", .delimiter = '|'};
    (void)state;
    assert_string_equal(name_of(span_of("1\t2\t3\n4\t5\t6\n"), &tabs), "zeek-tsv");
    assert_string_equal(name_of(span_of("1,2,3\n4,5,6\n"), &tabs), "csv");
    assert_string_equal(name_of(span_of("1|2|3\n4|5|6\n"), &bars), "csv");
    assert_string_equal(
        name_of(span_of("1\t2\t3\n"), NULL),
        "not a log minnow can read (looks like text): expected a Zeek log, or a CSV "
        "with a header row");
}

/* Every beginning of good and bad inputs gets an answer. */
static void cut_anywhere(void **state)
{
    static const char *const texts[] = {
        "\xef\xbb\xbf#separator \\x09\n#set_separator\t,\n#fields\tts\tuid\n#types\ttime\tstring\n",
        CONN20 CONN20, "ts,uid,\"a\"\n1,2,\"3\"\n", "\x1f\x8b\x08", "{\"a\":1}\n"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        for (size_t n = 0; n <= strlen(texts[i]); n++) {
            /* A copy of exactly n bytes: a read beyond it is seen. */
            char *copy = malloc(n == 0 ? 1 : n);
            assert_non_null(copy);
            memcpy(copy, texts[i], n);
            assert_true(name_of(span_make(copy, n), NULL)[0] != '\0');
            free(copy);
        }
    }
}

static void the_first_bytes_of(const char *path, const char *want)
{
    static char bytes[FORMAT_HEAD_BYTES];
    FILE *in = fopen(path, "rb");
    size_t n;
    assert_non_null(in);
    n = fread(bytes, 1, sizeof bytes, in);
    (void)fclose(in);
    if (strstr(name_of(span_make(bytes, n), NULL), want) == NULL)
        fail_msg("%s: %s", path, name_of(span_make(bytes, n), NULL));
}

static void real_files(void **state)
{
    (void)state;
    the_first_bytes_of(unit_shared("nasty/prose-not-a-log.conn.log"), "looks like text");
    the_first_bytes_of(unit_shared("nasty/no-header-top-cut.conn.log"), "zeek-tsv");
    the_first_bytes_of(unit_shared("nasty/empty.http.log"), "zeek-tsv");
    the_first_bytes_of(unit_shared("nasty/zeek-scope_sep.conn.log"), "zeek-tsv");
    the_first_bytes_of(unit_shared("article/bigger.log.gz"), "gzip inside");
    the_first_bytes_of(unit_shared("json/portscan-002.conn.json"), "zeek-json");
    the_first_bytes_of(unit_shared("csv/azure-nsg-flows.csv"), "csv");
    the_first_bytes_of(unit_shared("csv/iot23-onehot.csv"), "csv");
    the_first_bytes_of(unit_shared("csv/loghub-openssh-crlf.csv"), "csv");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats),
        cmocka_unit_test(refusals),
        cmocka_unit_test(random_bytes_are_no_log),
        cmocka_unit_test(a_byte_order_mark_is_measured),
        cmocka_unit_test(columns_by_hand),
        cmocka_unit_test(cut_anywhere),
        cmocka_unit_test(real_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
