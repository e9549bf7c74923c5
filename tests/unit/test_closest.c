/* closest.h: which known name a mistyped one is close to, and how that is said. */
#include "core/base/closest.h"

#include "tests/unit/unit.h"

static const char *const names[] = {"connection", "pair",  "host",    "proto",     "id.orig_h",
                                    "src",        "first", "default", "orig_bytes"};

static void test_what_is_close(void **state)
{
    static const struct {
        const char *word, *hint;
    } row[] = {
        {"prot", " (did you mean 'proto'?)"},      /* a letter too few */
        {"pairs", " (did you mean 'pair'?)"},      /* too many */
        {"hosz", " (did you mean 'host'?)"},       /* wrong */
        {"frist", " (did you mean 'first'?)"},     /* two that changed places */
        {"scr", " (did you mean 'src'?)"},         /* one slip, of three letters */
        {"HOST", " (did you mean 'host'?)"},       /* case alone */
        {"Defualt", " (did you mean 'default'?)"}, /* both */
        {"orig_byts", " (did you mean 'orig_bytes'?)"},
        {"orgi_byts", " (did you mean 'orig_bytes'?)"},
        {"conn", " (did you mean 'connection'?)"},  /* a beginning */
        {"orig_h", " (did you mean 'id.orig_h'?)"}, /* behind the last dot */
        {"co", ""},                                 /* too short to begin something */
        {"sxx", ""},
        {"mosz", ""}, /* two slips of three letters */
        {"orgi_bxxs", ""},
        {"", ""},
        {"h", ""},
        {"planet", ""},
        {"an option that is much longer than any name that there is in the list of names", ""},
    };
    char hint[CLOSEST_HINT];
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(row); i++)
        assert_string_equal(closest_among(row[i].word, names, ARRAY_LEN(names), hint), row[i].hint);
}

/* The least slips win, and of equals the first. */
static void test_which_of_several(void **state)
{
    static const char *const alike[] = {"abcdx", "abcdy", "abcd"};
    char hint[CLOSEST_HINT];
    (void)state;
    assert_string_equal(closest_among("abcdz", alike, 2, hint), " (did you mean 'abcdx'?)");
    assert_string_equal(closest_among("abcdq", alike + 1, 2, hint), " (did you mean 'abcdy'?)");
    assert_string_equal(closest_among("ABCD", alike, 3, hint), " (did you mean 'abcd'?)");
}

/* Names may be long, and are not NUL-terminated. */
static void test_spans(void **state)
{
    static const char long_name[] =
        "source.geo.country_iso_code_of_the_first_hop_that_is_known_to_us";
    struct closest c = closest_to(span_make("prototype", 4));
    char hint[CLOSEST_HINT];
    (void)state;
    closest_try(&c, span_make("protocol", 5));
    assert_string_equal(closest_hint(&c, hint), " (did you mean 'proto'?)");
    c = closest_to(span_of("source.geo"));
    closest_try(&c, span_of(long_name));
    assert_int_equal(c.best.len, sizeof long_name - 1);
    assert_string_equal(closest_hint(&c, hint),
                        " (did you mean 'source.geo.country_iso_code_of_the_first_hop_tha'?)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_close),
        cmocka_unit_test(test_which_of_several),
        cmocka_unit_test(test_spans),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
