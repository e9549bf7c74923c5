/* schema.h: names, aliases, roles and types of columns. */
#include "tests/unit/unit.h"

#include "core/base/mem.h"
#include "core/table/schema.h"

static int add(struct schema *s, const char *name, enum col_type type)
{
    struct err err = ERR_INIT;
    return schema_add(s, span_of(name), type, &err);
}

static void a_new_schema_is_empty(void **state)
{
    struct schema s;
    (void)state;
    schema_init(&s);
    assert_int_equal(s.n, 0);
    for (int i = 0; i < N_ROLES; i++)
        assert_int_equal(s.by_role[i], -1);
    assert_int_equal(schema_find(&s, span_of("ts")), -1);
    schema_release(&s);
}

static void columns_keep_their_names(void **state)
{
    struct schema s;
    (void)state;
    schema_init(&s);
    assert_int_equal(add(&s, "src_ip", COL_ADDR), 0);
    assert_int_equal(add(&s, "community_id", COL_STRING), 1);
    assert_int_equal(add(&s, "src_ip", COL_STRING), 0); /* there already: type stays */
    assert_int_equal(s.n, 2);
    assert_string_equal(s.col[0].name, "src_ip");
    assert_int_equal(s.col[0].type, COL_ADDR);
    assert_int_equal(s.col[0].role, ROLE_ORIG_H);
    assert_string_equal(column_shown(&s.col[0]), "id.orig_h");
    assert_int_equal(s.col[1].role, ROLE_NONE);
    assert_string_equal(column_shown(&s.col[1]), "community_id");
    assert_int_equal(s.by_role[ROLE_ORIG_H], 0);
    schema_release(&s);
}

/* The first column with a role has it; another spelling of it is an ordinary column. */
static void one_column_a_role(void **state)
{
    struct schema s;
    (void)state;
    schema_init(&s);
    assert_int_equal(add(&s, "id.orig_h", COL_ADDR), 0);
    assert_int_equal(add(&s, "saddr", COL_ADDR), 1);
    assert_int_equal(s.col[1].role, ROLE_NONE);
    assert_string_equal(column_shown(&s.col[1]), "saddr");
    assert_int_equal(schema_find(&s, span_of("saddr")), 1);  /* its exact name first */
    assert_int_equal(schema_find(&s, span_of("src_ip")), 0); /* then the role */
    assert_int_equal(schema_find(&s, span_of("id.orig_h")), 0);
    assert_int_equal(schema_find(&s, span_of("id.resp_h")), -1); /* a role nobody has */
    assert_int_equal(schema_find(&s, span_of("nonsense")), -1);
    schema_release(&s);
}

static void aliases(void **state)
{
    static const struct {
        const char *name;
        enum role role;
    } cases[] = {
        {"id.orig_h", ROLE_ORIG_H},
        {"id_orig_h", ROLE_ORIG_H},
        {"orig_h", ROLE_ORIG_H},
        {"origh", ROLE_ORIG_H},
        {"src_ip", ROLE_ORIG_H},
        {"source.ip", ROLE_ORIG_H},
        {"src", ROLE_ORIG_H},
        {"saddr", ROLE_ORIG_H},
        {"dst_ip", ROLE_RESP_H},
        {"destination.ip", ROLE_RESP_H},
        {"dst", ROLE_RESP_H},
        {"daddr", ROLE_RESP_H},
        {"sport", ROLE_ORIG_P},
        {"dport", ROLE_RESP_P},
        {"dst_port", ROLE_RESP_P},
        {"ts", ROLE_TS},
        {"@timestamp", ROLE_TS},
        {"proto", ROLE_PROTO},
        {"duration", ROLE_DURATION},
        {"history", ROLE_HISTORY},
        {"SRC_IP", ROLE_ORIG_H},
        {"Id.Orig_H", ROLE_ORIG_H},
        {"", ROLE_NONE},
        {"id.orig", ROLE_NONE},
        {"id.orig_hh", ROLE_NONE},
        {"ts ", ROLE_NONE},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        if (role_of_name(span_of(cases[i].name)) != cases[i].role)
            fail_msg("%s", cases[i].name);
    }
    /* Zeek's own names give the roles their names back. */
    for (int i = 0; i < N_ROLES; i++)
        assert_int_equal(role_of_name(span_of(role_name((enum role)i))), i);
    assert_int_equal(role_type(ROLE_ORIG_P), COL_PORT);
    assert_int_equal(role_type(ROLE_TUNNEL_PARENTS), COL_SET);
}

/* Whatever spelling one side of a connection has, the other side has it too. */
static void both_sides_are_spelt_alike(void **state)
{
    static const struct {
        const char *orig, *resp;
        enum role orig_role, resp_role;
    } cases[] = {
#define SIDES(a, b, what) {a, b, ROLE_ORIG_##what, ROLE_RESP_##what}
        SIDES("id_orig_h", "id_resp_h", H),
        SIDES("orig_h", "resp_h", H),
        SIDES("origh", "resph", H),
        SIDES("src_ip", "dst_ip", H),
        SIDES("srcip", "dstip", H),
        SIDES("source.ip", "destination.ip", H),
        SIDES("source_ip", "destination_ip", H),
        SIDES("src", "dst", H),
        SIDES("saddr", "daddr", H),
        SIDES("src_addr", "dst_addr", H),
        SIDES("SrcAddr", "DstAddr", H),
        SIDES("id_orig_p", "id_resp_p", P),
        SIDES("orig_p", "resp_p", P),
        SIDES("origp", "respp", P),
        SIDES("src_port", "dst_port", P),
        SIDES("srcport", "dstport", P),
        SIDES("source.port", "destination.port", P),
        SIDES("source_port", "destination_port", P),
        SIDES("sport", "dport", P),
        SIDES("sport", "dsport", P),
        SIDES("origbytes", "respbytes", BYTES),
        SIDES("src_bytes", "dst_bytes", BYTES),
        SIDES("source.bytes", "destination.bytes", BYTES),
        SIDES("sbytes", "dbytes", BYTES),
        SIDES("SrcBytes", "DstBytes", BYTES),
        SIDES("bytes_out", "bytes_in", BYTES),
        SIDES("origpkts", "resppkts", PKTS),
        SIDES("spkts", "dpkts", PKTS),
        SIDES("src_pkts", "dst_pkts", PKTS),
        SIDES("source.packets", "destination.packets", PKTS),
        SIDES("origipbytes", "respipbytes", IP_BYTES),
        SIDES("source_address", "destination_address", H),
        SIDES("src_address", "dst_address", H),
        SIDES("IPV4_SRC_ADDR", "IPV4_DST_ADDR", H),
        SIDES("SrcIP", "DestIP", H),
        SIDES("src_ip", "dest_ip", H),
        SIDES("sa", "da", H),
        SIDES("src_port", "dest_port", P),
        SIDES("srcport", "destport", P),
        SIDES("L4_SRC_PORT", "L4_DST_PORT", P),
        SIDES("spt", "dpt", P),
        SIDES("source_bytes", "destination_bytes", BYTES),
        SIDES("flow.bytes_toserver", "flow.bytes_toclient", BYTES),
        SIDES("bytes_toserver", "bytes_toclient", BYTES),
        SIDES("sentbyte", "rcvdbyte", BYTES),
        SIDES("source_packets", "destination_packets", PKTS),
        SIDES("flow.pkts_toserver", "flow.pkts_toclient", PKTS),
        SIDES("pkts_toserver", "pkts_toclient", PKTS),
        SIDES("sentpkt", "rcvdpkt", PKTS),
#undef SIDES
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        if (role_of_name(span_of(cases[i].orig)) != cases[i].orig_role)
            fail_msg("%s", cases[i].orig);
        if (role_of_name(span_of(cases[i].resp)) != cases[i].resp_role)
            fail_msg("%s", cases[i].resp);
    }
    assert_int_equal(role_of_name(span_of("ip_proto")), ROLE_NONE); /* a number, no name */
    assert_int_equal(role_of_name(span_of("bytes")), ROLE_NONE);    /* of which side? */
    assert_int_equal(role_of_name(span_of("in_bytes")), ROLE_NONE); /* exporters disagree */
}

static void zeek_types(void **state)
{
    static const struct {
        const char *name;
        enum col_type type;
        bool number;
    } cases[] = {
        {"time", COL_TIME, true},         {"interval", COL_INTERVAL, true},
        {"count", COL_COUNT, true},       {"int", COL_INT, true},
        {"double", COL_DOUBLE, true},     {"port", COL_PORT, true},
        {"addr", COL_ADDR, false},        {"subnet", COL_SUBNET, false},
        {"enum", COL_ENUM, false},        {"bool", COL_BOOL, false},
        {"string", COL_STRING, false},    {"set[string]", COL_SET, false},
        {"vector[addr]", COL_SET, false}, {"pattern", COL_STRING, false},
        {"", COL_STRING, false},          {"counter", COL_STRING, false},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        enum col_type type = col_type_of(span_of(cases[i].name));
        if (type != cases[i].type || col_type_is_number(type) != cases[i].number)
            fail_msg("%s", cases[i].name);
    }
}

static void the_1025th_column_is_refused(void **state)
{
    struct schema s;
    struct err err = ERR_INIT;
    char name[16];
    (void)state;
    schema_init(&s);
    for (int i = 0; i < SCHEMA_MAX_COLUMNS; i++) {
        (void)snprintf(name, sizeof name, "c%d", i);
        assert_int_equal(add(&s, name, COL_STRING), i);
    }
    assert_int_equal(schema_add(&s, span_of("one more"), COL_STRING, &err), -1);
    assert_int_equal(err.code, ERR_DATA);
    assert_non_null(strstr(err.text, "1024"));
    assert_int_equal(add(&s, "c7", COL_STRING), 7); /* one that is there is still found */
    schema_release(&s);
}

static void short_memory_is_an_error(void **state)
{
    struct schema s;
    struct err err = ERR_INIT;
    (void)state;
    for (uint64_t n = 1; n <= 2; n++) {
        schema_init(&s);
        mem_fail_at(n, false);
        assert_int_equal(schema_add(&s, span_of("ts"), COL_TIME, &err), -1);
        mem_fail_at(0, false);
        assert_int_equal(err.code, ERR_LIMIT);
        assert_int_equal(s.n, 0);
        assert_int_equal(s.by_role[ROLE_TS], -1);
        schema_release(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_schema_is_empty),
        cmocka_unit_test(columns_keep_their_names),
        cmocka_unit_test(one_column_a_role),
        cmocka_unit_test(aliases),
        cmocka_unit_test(both_sides_are_spelt_alike),
        cmocka_unit_test(zeek_types),
        cmocka_unit_test(the_1025th_column_is_refused),
        cmocka_unit_test(short_memory_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
