/* Features of single rows: the tutorial's codes, and every kind on good and bad values. */
#include "core/recipe/plan.h"

#include "tests/unit/unit.h"

static void codes_are_those_of_the_tutorial(void **state)
{
    static const struct {
        const char *text;
        int32_t code;
    } table[] = {
        {"", 0},
        {"-", 45},
        {"0", 48},
        {"80", 5648},
        {"tcp", 11699112},
        {"udp", 117100112},
        {"icmp", 2009174520},
        {"63958", 1156608060},
        {"\xff\xff", 255255},
        {"\t", 9},
        /* 9 digits of 2 fit 63 bits, 10 do not. */
        {"123456789", 1246103817},
        {"1234567890", 0},
        {"a text that is far too long to be an integer", 0},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        assert_int_equal(feature_code(span_of(table[i].text)), table[i].code);
    assert_int_equal(feature_code(span_make("\0", 1)), 0);
    assert_int_equal(feature_code(span_make("1\0", 2)), 490);
}

#define MISSING (-12345.0) /* stands for NaN in the table */

static void values_of_every_kind(void **state)
{
    static const struct {
        enum feature_kind kind;
        enum col_type type;
        const char *a, *b;
        uint8_t in; /* enum field_state */
        double expect;
    } table[] = {
        {FEATURE_NUM, COL_COUNT, "17", NULL, FIELD_VALUE, 17},
        {FEATURE_NUM, COL_COUNT, "-1", NULL, FIELD_VALUE, MISSING},
        {FEATURE_NUM, COL_COUNT, "18446744073709551616", NULL, FIELD_VALUE, MISSING},
        {FEATURE_NUM, COL_COUNT, "18446744073709551615", NULL, FIELD_VALUE, 1e15},
        {FEATURE_NUM, COL_COUNT, "", NULL, FIELD_EMPTY, MISSING},
        {FEATURE_NUM, COL_COUNT, "-", NULL, FIELD_UNSET, MISSING},
        {FEATURE_NUM, COL_COUNT, "", NULL, FIELD_ABSENT, MISSING},
        {FEATURE_NUM, COL_PORT, "65535", NULL, FIELD_VALUE, 65535},
        {FEATURE_NUM, COL_PORT, "65536", NULL, FIELD_VALUE, MISSING},
        {FEATURE_NUM, COL_DOUBLE, "-1.5", NULL, FIELD_VALUE, -1.5},
        {FEATURE_NUM, COL_DOUBLE, "1e308", NULL, FIELD_VALUE, 1e15},
        {FEATURE_NUM, COL_DOUBLE, "-1e308", NULL, FIELD_VALUE, -1e15},
        {FEATURE_NUM, COL_DOUBLE, "nan", NULL, FIELD_VALUE, MISSING},
        {FEATURE_NUM, COL_DOUBLE, "inf", NULL, FIELD_VALUE, MISSING},
        {FEATURE_NUM, COL_STRING, "12", NULL, FIELD_VALUE, 12},
        {FEATURE_NUM, COL_STRING, "twelve", NULL, FIELD_VALUE, MISSING},
        {FEATURE_NUM, COL_BOOL, "T", NULL, FIELD_VALUE, 1},
        {FEATURE_NUM, COL_BOOL, "F", NULL, FIELD_VALUE, 0},
        {FEATURE_NUM, COL_BOOL, "maybe", NULL, FIELD_VALUE, MISSING},
        {FEATURE_NUM, COL_TIME, "1332008626.960000", NULL, FIELD_VALUE, 1332008626.96},
        {FEATURE_NUM, COL_TIME, "-1", NULL, FIELD_VALUE, MISSING},
        {FEATURE_NUM, COL_TIME, "1e18", NULL, FIELD_VALUE, MISSING},
        {FEATURE_NUM, COL_TIME, "XXXXXXXXXX.XXXXXX", NULL, FIELD_VALUE, MISSING},
        {FEATURE_NUM, COL_INTERVAL, "0.1234564", NULL, FIELD_VALUE, 0.123456},
        {FEATURE_NUM, COL_ADDR, "10", NULL, FIELD_VALUE, MISSING},
        {FEATURE_LOG, COL_COUNT, "0", NULL, FIELD_VALUE, 0},
        {FEATURE_LOG, COL_COUNT, "1", NULL, FIELD_VALUE, 0.69314718055994530942},
        {FEATURE_LOG, COL_DOUBLE, "-0.5", NULL, FIELD_VALUE, MISSING},
        {FEATURE_LOG, COL_DOUBLE, "-", NULL, FIELD_UNSET, MISSING},
        {FEATURE_RATIO, COL_COUNT, "3", "1", FIELD_VALUE, 0.5},
        {FEATURE_RATIO, COL_COUNT, "0", "0", FIELD_VALUE, 0},
        {FEATURE_RATIO, COL_COUNT, "0", "7", FIELD_VALUE, -1},
        {FEATURE_RATIO, COL_COUNT, "x", "7", FIELD_VALUE, MISSING},
        {FEATURE_RATIO, COL_COUNT, "7", "x", FIELD_VALUE, MISSING},
        {FEATURE_RATIO, COL_DOUBLE, "-2", "2", FIELD_VALUE, MISSING},
        {FEATURE_LENGTH, COL_STRING, "e", NULL, FIELD_VALUE, 0.69314718055994530942},
        {FEATURE_LENGTH, COL_STRING, "(empty)", NULL, FIELD_EMPTY, 0},
        {FEATURE_LENGTH, COL_STRING, "-", NULL, FIELD_UNSET, MISSING},
        {FEATURE_LENGTH, COL_STRING, "", NULL, FIELD_ABSENT, MISSING},
        {FEATURE_CODE, COL_COUNT, "80", NULL, FIELD_VALUE, 5648},
        {FEATURE_CODE, COL_COUNT, "-", NULL, FIELD_UNSET, 45},
        {FEATURE_CODE, COL_COUNT, "", NULL, FIELD_EMPTY, 0},
        {FEATURE_CODE, COL_COUNT, "", NULL, FIELD_ABSENT, MISSING},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct feature f = {.kind = table[i].kind, .weight = 1};
        struct plan p = {.n = 1};
        struct feature_scratch scratch = {0};
        struct field field[2] = {{.text = span_of(table[i].a), .state = table[i].in}};
        double x, block[MATRIX_BLOCK] = {0};
        if (table[i].b != NULL)
            field[1] = (struct field){.text = span_of(table[i].b)};
        p.feature[0] = (struct plan_feature){
            .feature = &f, .column = {0, 1}, .type = {table[i].type, table[i].type}};
        block[3] = feature_value(&p, 0, field, &scratch);
        feature_finish(f.kind, block);
        x = block[3];
        if (table[i].expect == MISSING ? !isnan(x) : x != table[i].expect)
            fail_msg("case %zu: %s gives %.17g", i, table[i].a, x);
        assert_int_equal(scratch.clamped[0], fabs(x) == 1e15);
        buf_release(&scratch.decode);
    }
}

/* ---- categories ---- */

static void count(struct category_cache *cache, const char *text, int times)
{
    while (times-- > 0)
        (void)category_of(cache, span_of(text));
}

static void few_values_are_dimensions_in_the_order_of_their_bytes(void **state)
{
    struct categories *c = categories_new();
    struct category_cache *cache = category_cache_new(c);
    uint32_t udp, tcp;
    (void)state;
    count(cache, "udp", 3);
    count(cache, "tcp", 1);
    udp = category_of(cache, span_of("udp"));
    tcp = category_of(cache, span_of("tcp"));
    assert_int_not_equal(udp, tcp);
    category_cache_free(cache);
    assert_int_equal(categories_choose(c, "proto"), 0);
    assert_int_equal(categories_dims(c), 2);
    assert_string_equal(categories_dim_name(c, 0), "onehot(proto)=tcp");
    assert_string_equal(categories_dim_name(c, 1), "onehot(proto)=udp");
    assert_int_equal(categories_dim_of(c, udp), 1);
    assert_int_equal(categories_folded(c), 0);
    categories_free(c);
}

/* 40 values, each i + 1 times but the last two equal; `extra` instead of the most frequent one. */
static struct categories *forty(const char *extra)
{
    struct categories *c = categories_new();
    struct category_cache *a = category_cache_new(c), *b = category_cache_new(c);
    for (int i = 0; i < 40; i++) {
        char text[8];
        (void)snprintf(text, sizeof text, "v%02d", i);
        count(a, i == 39 ? extra : text, i / 2 + 1);
        count(b, i == 39 ? extra : text, i / 2 + 1);
    }
    category_cache_free(a);
    category_cache_free(b);
    assert_int_equal(categories_choose(c, "x"), 0);
    return c;
}

static void rare_values_are_folded(void **state)
{
    struct categories *c = forty("v39");
    struct category_cache *cache = category_cache_new(c);
    (void)state;
    assert_int_equal(categories_dims(c), 32);
    assert_int_equal(categories_folded(c), 9);
    /* v08 and v09 are equally frequent: the lower bytes are kept. */
    assert_string_equal(categories_dim_name(c, 0), "onehot(x)=v08");
    assert_string_equal(categories_dim_name(c, 1), "onehot(x)=v10");
    assert_string_equal(categories_dim_name(c, 30), "onehot(x)=v39");
    assert_string_equal(categories_dim_name(c, 31), "onehot(x)=other");
    assert_int_equal(categories_dim_of(c, category_of(cache, span_of("v09"))), 31);
    assert_int_equal(categories_dim_of(c, category_of(cache, span_of("v00"))), 31);
    category_cache_free(cache);
    categories_free(c);

    c = forty("other");
    assert_string_equal(categories_dim_name(c, 0), "onehot(x)=other");
    assert_string_equal(categories_dim_name(c, 31), "onehot(x)=(other)");
    categories_free(c);
}

static void names_are_unique_and_whole(void **state)
{
    struct categories *c = categories_new();
    struct category_cache *cache = category_cache_new(c);
    char text[301];
    (void)state;
    memset(text, 'a', sizeof text);
    (void)category_of(cache, span_make(text, 300));
    (void)category_of(cache, span_make(text, 301));
    (void)category_of(cache, span_make("n\0b", 3));
    (void)category_of(cache, span_of("n\\x00b"));
    (void)category_of(cache, span_of(""));
    category_cache_free(cache);
    assert_int_equal(categories_choose(c, "x"), 0);
    assert_int_equal(categories_dims(c), 5);
    assert_string_equal(categories_dim_name(c, 0), "onehot(x)=");
    for (uint32_t i = 0; i < 5; i++) {
        assert_true(strlen(categories_dim_name(c, i)) < 90);
        for (uint32_t j = 0; j < i; j++)
            assert_string_not_equal(categories_dim_name(c, i), categories_dim_name(c, j));
    }
    categories_free(c);
}

static void too_many_values_are_noticed(void **state)
{
    struct categories *c = categories_new();
    struct category_cache *cache = category_cache_new(c);
    (void)state;
    for (int i = 0; i < ONEHOT_MAX_VALUES; i++) {
        char text[16];
        (void)snprintf(text, sizeof text, "%d", i);
        assert_int_equal(category_of(cache, span_of(text)), i);
    }
    assert_int_equal(categories_state(c), CATEGORIES_OK);
    assert_int_equal(category_of(cache, span_of("77")), 77);
    (void)category_of(cache, span_of("one more"));
    assert_int_equal(categories_state(c), CATEGORIES_TOO_MANY);
    assert_int_equal(category_of(cache, span_of("123")), 123);
    category_cache_free(cache);
    categories_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_are_those_of_the_tutorial),
        cmocka_unit_test(values_of_every_kind),
        cmocka_unit_test(few_values_are_dimensions_in_the_order_of_their_bytes),
        cmocka_unit_test(rare_values_are_folded),
        cmocka_unit_test(names_are_unique_and_whole),
        cmocka_unit_test(too_many_values_are_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
