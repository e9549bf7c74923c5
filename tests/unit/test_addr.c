/* addr.h: what is an address, what net it is in, what kind of place it is, how it sorts. */
#include "tests/unit/unit.h"

#include "core/table/addr.h"

static struct addr addr_of(const char *text)
{
    struct addr a;
    if (!addr_parse(span_of(text), &a))
        fail_msg("%s should be an address", text);
    return a;
}

static void four_parts(void **state)
{
    static const uint8_t want[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 168, 0, 255};
    struct addr a = addr_of("192.168.0.255");
    (void)state;
    assert_int_equal(a.kind, ADDR_V4);
    assert_memory_equal(a.byte, want, 16);
    assert_int_equal(addr_of("0.0.0.0").kind, ADDR_V4);
    /* The mapped spelling is the same address. */
    a = addr_of("::ffff:192.168.0.255");
    assert_int_equal(a.kind, ADDR_V4);
    assert_memory_equal(a.byte, want, 16);
}

static void six(void **state)
{
    static const uint8_t want[16] = {0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    struct addr a = addr_of("fe80::1");
    struct addr b = addr_of("FE80:0:0:0:0:0:0:1");
    (void)state;
    assert_int_equal(a.kind, ADDR_V6);
    assert_memory_equal(a.byte, want, 16);
    assert_memory_equal(b.byte, want, 16);
    b = addr_of("fe80::1%eth0"); /* the zone names a wire, not another address */
    assert_memory_equal(b.byte, want, 16);
    assert_int_equal(addr_of("::").kind, ADDR_V6);
    assert_int_equal(addr_of("::1.2.3.4").kind, ADDR_V6); /* compatible, not mapped */
    assert_int_equal(addr_of("1:2:3:4:5:6:7:8").kind, ADDR_V6);
}

static void junk_is_no_address(void **state)
{
    static const char *const bad[] = {
        "",
        "-",
        "300.1.1.1",
        "1.2.3",
        "1.2.3.4.5",
        "1.2.3.4 ",
        " 1.2.3.4",
        "01.2.3.4",
        "1.2.3.04",
        "1.2.3.",
        ".1.2.3",
        "1..2.3",
        "1.2.3.256",
        "a.b.c.d",
        "1.2.3.4%eth0",
        "fe80::1%",
        "%eth0",
        ":",
        ":::",
        "1::2::3",
        "12345::",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "::ffff:300.1.1.1",
        "0x7f.0.0.1",
        "2130706433",
        "::g",
        "1.2.3.4/24",
        "-1.2.3.4",
        "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc",
    };
    struct addr a;
    static const uint8_t zero[16];
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        if (addr_parse(span_of(bad[i]), &a))
            fail_msg("%s is no address", bad[i]);
        assert_int_equal(a.kind, ADDR_NOT);
        assert_memory_equal(a.byte, zero, 16);
    }
    assert_false(addr_parse(span_make("::1\0", 4), &a));
    assert_false(addr_parse(span_make("1.2.3.4\0", 8), &a));
    assert_false(addr_parse(span_make(NULL, 0), &a));
}

static void nets(void **state)
{
    static const struct {
        const char *net, *addr;
        bool inside;
    } cases[] = {
        {"10.0.0.0/8", "10.255.255.255", true},
        {"10.0.0.0/8", "11.0.0.0", false},
        {"10.1.2.3/8", "10.9.9.9", true}, /* bits beyond the prefix do not count */
        {"192.168.1.128/25", "192.168.1.127", false},
        {"192.168.1.128/25", "192.168.1.128", true},
        {"1.2.3.4", "1.2.3.4", true},
        {"1.2.3.4", "1.2.3.5", false},
        {"1.2.3.4/32", "1.2.3.4", true},
        {"0.0.0.0/0", "255.1.2.3", true},
        {"0.0.0.0/0", "fe80::1", false},
        {"::/0", "fe80::1", true},
        {"::/0", "10.0.0.1", false}, /* every IPv6 address, no IPv4 one */
        {"fe80::/10", "febf::1", true},
        {"fe80::/10", "fec0::1", false},
        {"2001:db8::/33", "2001:db8:7fff::", true},
        {"2001:db8::/33", "2001:db8:8000::", false},
        {"::ffff:10.0.0.0/104", "10.3.3.3", true},
    };
    static const char *const bad[] = {
        "",         "10.0.0.0/", "10.0.0.0/33",  "fe80::/129",    "10.0.0.0/a",  "10.0.0.0/-1",
        "10.0.0/8", "/8",        "10.0.0.0/8/8", "10.0.0.0/0008", "10.0.0.0/ 8", "inside"};
    struct cidr net;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct addr a = addr_of(cases[i].addr);
        assert_true(cidr_parse(span_of(cases[i].net), &net));
        if (cidr_has(&net, &a) != cases[i].inside)
            fail_msg("%s in %s: %d", cases[i].addr, cases[i].net, !cases[i].inside);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        if (cidr_parse(span_of(bad[i]), &net))
            fail_msg("%s is no net", bad[i]);
    }
    assert_true(cidr_parse(span_of("10.0.0.0/24"), &net));
    assert_int_equal(net.bits, 120);
    assert_true(cidr_parse(span_of("0.0.0.0/0"), &net));
    assert_false(cidr_has(&net, &(struct addr){.kind = ADDR_NOT}));
}

static void places(void **state)
{
    static const struct {
        const char *addr;
        enum addr_place place;
        bool local;
    } cases[] = {
        {"8.8.8.8", PLACE_PUBLIC, false},
        {"10.0.0.1", PLACE_PRIVATE, true},
        {"172.15.255.255", PLACE_PUBLIC, false},
        {"172.16.0.0", PLACE_PRIVATE, true},
        {"172.31.255.255", PLACE_PRIVATE, true},
        {"172.32.0.0", PLACE_PUBLIC, false},
        {"192.168.255.255", PLACE_PRIVATE, true},
        {"192.169.0.0", PLACE_PUBLIC, false},
        {"127.0.0.1", PLACE_LOOPBACK, true},
        {"169.254.1.1", PLACE_LINK_LOCAL, true},
        {"224.0.0.251", PLACE_MULTICAST, false},
        {"239.255.255.250", PLACE_MULTICAST, false},
        {"240.0.0.1", PLACE_PUBLIC, false},
        {"255.255.255.255", PLACE_BROADCAST, false},
        {"0.0.0.0", PLACE_UNSPECIFIED, false},
        {"192.0.2.1", PLACE_DOCUMENTATION, false},
        {"198.51.100.9", PLACE_DOCUMENTATION, false},
        {"203.0.113.7", PLACE_DOCUMENTATION, false},
        {"::", PLACE_UNSPECIFIED, false},
        {"::1", PLACE_LOOPBACK, true},
        {"::2", PLACE_PUBLIC, false},
        {"ff02::fb", PLACE_MULTICAST, false},
        {"fe80::1", PLACE_LINK_LOCAL, true},
        {"febf::1", PLACE_LINK_LOCAL, true},
        {"fec0::1", PLACE_PUBLIC, false},
        {"fd00::1", PLACE_UNIQUE_LOCAL, true},
        {"fc00::1", PLACE_UNIQUE_LOCAL, true},
        {"2001:db8::1", PLACE_DOCUMENTATION, false},
        {"2a00:1450::1", PLACE_PUBLIC, false},
        {"::ffff:10.1.1.1", PLACE_PRIVATE, true},
    };
    struct addr none = {.kind = ADDR_NOT};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct addr a = addr_of(cases[i].addr);
        if (addr_place(&a) != cases[i].place || addr_is_local(&a) != cases[i].local)
            fail_msg("%s is %s", cases[i].addr, addr_place_name(addr_place(&a)));
    }
    assert_int_equal(addr_place(&none), PLACE_NONE);
    assert_false(addr_is_local(&none));
    assert_string_equal(addr_place_name(PLACE_UNIQUE_LOCAL), "unique local");
    assert_string_equal(addr_place_name(PLACE_DOCUMENTATION), "documentation");
    assert_string_equal(addr_place_name(PLACE_PUBLIC), "");
    assert_string_equal(addr_place_name(PLACE_NONE), "");
}

static void order(void **state)
{
    static const char *const ascending[] = {"0.0.0.0",   "9.9.9.9", "10.0.0.2", "10.0.0.10",
                                            "255.0.0.0", "::",      "::1",      "fe80::1"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ascending); i++) {
        for (size_t j = 0; j < ARRAY_LEN(ascending); j++) {
            struct addr a = addr_of(ascending[i]), b = addr_of(ascending[j]);
            assert_int_equal(addr_cmp(&a, &b), i < j ? -1 : i > j);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(four_parts),
        cmocka_unit_test(six),
        cmocka_unit_test(junk_is_no_address),
        cmocka_unit_test(nets),
        cmocka_unit_test(places),
        cmocka_unit_test(order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
