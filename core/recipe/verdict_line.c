/* One verdict as text; see verdicts.h. */
#include "core/recipe/verdicts.h"

#include <arpa/inet.h>

static bool next_word(struct span *rest, struct span *word)
{
    size_t n = 0;
    *rest = span_trim(*rest);
    while (n < rest->len && rest->ptr[n] != ' ' && rest->ptr[n] != '\t')
        n++;
    *word = span_make(rest->ptr, n);
    *rest = span_trim(span_make(rest->ptr + n, rest->len - n));
    return n > 0;
}

static int shown(struct span s)
{
    return s.len > 60 ? 60 : (int)s.len;
}

static bool is_number(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] < '0' || s.ptr[i] > '9')
            return false;
    return s.len > 0;
}

static bool read_port(struct span s, uint16_t *out)
{
    uint32_t n = 0;
    if (!is_number(s) || s.len > 5)
        return false;
    for (size_t i = 0; i < s.len; i++)
        n = n * 10 + (uint32_t)(s.ptr[i] - '0');
    *out = (uint16_t)n;
    return n <= UINT16_MAX;
}

/* A protocol's name in lower case: visible ASCII. */
static bool read_proto(struct span s, char out[VERDICT_PROTO_MAX + 1])
{
    if (s.len == 0 || s.len > VERDICT_PROTO_MAX)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (c <= ' ' || c > '~')
            return false;
        out[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    out[s.len] = '\0';
    return true;
}

static int parse_pair(struct verdict_line *out, struct span value, struct err *err)
{
    struct span orig, resp, port, proto, rest = value;
    if (!next_word(&rest, &orig) || !next_word(&rest, &resp) || !next_word(&rest, &port) ||
        !next_word(&rest, &proto) || rest.len > 0)
        return err_set(err, ERR_USAGE,
                       "a pair is two addresses, a port and a protocol: 10.0.0.5 10.0.0.9 443 tcp");
    out->net.bits = 128;
    if (!addr_parse(orig, &out->net.addr))
        return err_set(err, ERR_USAGE, "'%.*s' is no address", shown(orig), orig.ptr);
    if (!addr_parse(resp, &out->resp))
        return err_set(err, ERR_USAGE, "'%.*s' is no address", shown(resp), resp.ptr);
    if (!read_port(port, &out->port))
        return err_set(err, ERR_USAGE, "'%.*s' is no port (0 to 65535)", shown(port), port.ptr);
    if (!read_proto(proto, out->proto))
        return err_set(err, ERR_USAGE, "'%.*s' is no protocol", shown(proto), proto.ptr);
    return 0;
}

static int parse_addr(struct verdict_line *out, struct span value, struct err *err)
{
    out->net.bits = 128;
    if (addr_parse(value, &out->net.addr))
        return 0;
    if (cidr_parse(value, &out->net))
        return err_set(err, ERR_USAGE, "'%.*s' is a network: write net, not addr", shown(value),
                       value.ptr);
    return err_set(err, ERR_USAGE, "'%.*s' is no address", shown(value), value.ptr);
}

static int parse_net(struct verdict_line *out, struct span value, struct err *err)
{
    if (cidr_parse(value, &out->net))
        return 0;
    return err_set(err, ERR_USAGE, "'%.*s' is no network (expected 10.0.0.0/8 or fd00::/8)",
                   shown(value), value.ptr);
}

/* A threat list's line: an address or a network, perhaps with a count behind it. */
static int parse_bare(struct verdict_line *out, struct span text, struct err *err)
{
    struct span word, rest = text;
    (void)next_word(&rest, &word);
    out->verdict = VERDICT_SUSPECT;
    if (!cidr_parse(word, &out->net))
        return err_set(err, ERR_USAGE,
                       "'%.*s' is no verdict (expected benign addr = ADDRESS, suspect net = "
                       "NETWORK, or a bare address or network)",
                       shown(text), text.ptr);
    if (rest.len > 0 && !is_number(rest))
        return err_set(err, ERR_USAGE,
                       "'%.*s' follows the address: a comment stands on a line of its own",
                       shown(rest), rest.ptr);
    out->kind = out->net.bits == 128 ? VERDICT_ADDR : VERDICT_NET;
    return 0;
}

static int parse_key(struct verdict_line *out, struct span key, struct err *err)
{
    struct span verdict, kind, rest = key;
    bool whole = next_word(&rest, &verdict) && next_word(&rest, &kind) && rest.len == 0;
    if (whole && span_is(verdict, "benign"))
        out->verdict = VERDICT_BENIGN;
    else if (whole && span_is(verdict, "suspect"))
        out->verdict = VERDICT_SUSPECT;
    else
        whole = false;
    if (whole && span_is(kind, "pair"))
        out->kind = VERDICT_PAIR;
    else if (whole && span_is(kind, "addr"))
        out->kind = VERDICT_ADDR;
    else if (whole && span_is(kind, "net"))
        out->kind = VERDICT_NET;
    else
        return err_set(err, ERR_USAGE,
                       "unknown key '%.*s' (benign or suspect, then pair, addr or net)", shown(key),
                       key.ptr);
    return 0;
}

int verdict_line_parse(struct verdict_line *out, struct span text, struct err *err)
{
    const char *equals;
    struct span value;
    *out = (struct verdict_line){.verdict = VERDICT_NONE};
    text = span_trim(text);
    equals = text.len == 0 ? NULL : memchr(text.ptr, '=', text.len);
    if (equals == NULL)
        return parse_bare(out, text, err);
    if (parse_key(out, span_trim(span_make(text.ptr, (size_t)(equals - text.ptr))), err) != 0)
        return -1;
    value = span_trim(span_make(equals + 1, text.len - (size_t)(equals - text.ptr) - 1));
    switch (out->kind) {
    case VERDICT_PAIR:
        return parse_pair(out, value, err);
    case VERDICT_ADDR:
        return parse_addr(out, value, err);
    case VERDICT_NET:
        break;
    }
    return parse_net(out, value, err);
}

static void write_addr(struct buf *out, const struct addr *a)
{
    char text[INET6_ADDRSTRLEN];
    bool v4 = a->kind == ADDR_V4;
    if (inet_ntop(v4 ? AF_INET : AF_INET6, a->byte + (v4 ? 12 : 0), text, sizeof text) != NULL)
        buf_add_text(out, text);
}

static void write_net(struct buf *out, const struct cidr *net)
{
    /* ::ffff:0:0/90 is an IPv6 spelling of more than all of IPv4. */
    bool v4 = net->addr.kind == ADDR_V4;
    if (v4 && net->bits < 96) {
        buf_printf(out, "::ffff:%u.%u.%u.%u/%u", net->addr.byte[12], net->addr.byte[13],
                   net->addr.byte[14], net->addr.byte[15], net->bits);
        return;
    }
    write_addr(out, &net->addr);
    buf_printf(out, "/%u", v4 ? net->bits - 96u : net->bits);
}

void verdict_line_write(const struct verdict_line *line, struct buf *out)
{
    buf_add_text(out, line->verdict == VERDICT_BENIGN ? "benign " : "suspect ");
    switch (line->kind) {
    case VERDICT_PAIR:
        buf_add_text(out, "pair = ");
        write_addr(out, &line->net.addr);
        buf_add_char(out, ' ');
        write_addr(out, &line->resp);
        buf_printf(out, " %u %s\n", line->port, line->proto);
        break;
    case VERDICT_ADDR:
        buf_add_text(out, "addr = ");
        write_addr(out, &line->net.addr);
        buf_add_char(out, '\n');
        break;
    case VERDICT_NET:
        buf_add_text(out, "net = ");
        write_net(out, &line->net);
        buf_add_char(out, '\n');
        break;
    }
}

bool verdict_line_of_addr(struct verdict_line *out, enum verdict verdict, const struct table *t,
                          uint32_t addr)
{
    *out = (struct verdict_line){.verdict = verdict, .kind = VERDICT_ADDR};
    if (addr == ADDR_MISSING)
        return false;
    out->net = (struct cidr){*table_addr(t, addr), 128};
    return out->net.addr.kind != ADDR_NOT;
}

bool verdict_line_of_pair(struct verdict_line *out, enum verdict verdict, const struct table *t,
                          uint32_t orig, uint32_t resp, uint16_t port, uint8_t proto)
{
    if (resp == ADDR_MISSING || proto == CAT_OTHER || !verdict_line_of_addr(out, verdict, t, orig))
        return false;
    out->kind = VERDICT_PAIR;
    out->resp = *table_addr(t, resp);
    out->port = port;
    return out->resp.kind != ADDR_NOT &&
           read_proto(table_cat_text(t, CAT_PROTO, proto), out->proto);
}
