/* Verdicts by address; see verdicts.h.
 *
 * DESIGN
 * 1. Two sets, each an array of items in the order of the file and an open-addressed table of item
 *    numbers: `nets` (an address is a network of all its bits) and `pairs`. An item's first bytes
 *    are its key; putting a key again changes its verdict, so the later line counts.
 * 2. An address of a pair line stands in `nets` too, with a mark and perhaps no verdict. A row asks
 *    `pairs` only when both its addresses are marked, each on its side.
 * 3. The longest network of an address is found by asking for every length that occurs, longest
 *    first. That happens once per address of a table, in verdicts_bind. */
#include "core/recipe/verdicts.h"

#include <stdatomic.h>

#include "core/base/hash.h"
#include "core/base/mem.h"
#include "core/base/slurp.h"

#define FIRST_SLOTS 64
#define NO_PROTO    255
#define MAX_PROTOS  254

#define MARK_VERDICT 3 /* enum verdict */
#define MARK_ORIG    4 /* the originator of a pair line */
#define MARK_RESP    8 /* the responder of one */

struct net_item {
    struct cidr net; /* bits beyond the prefix are 0 */
    uint8_t mark;
};

struct pair_item {
    struct addr orig, resp;
    uint16_t port;
    uint8_t proto; /* a number of verdicts.proto */
    uint8_t verdict;
};

#define NET_KEY  offsetof(struct net_item, mark)
#define PAIR_KEY offsetof(struct pair_item, verdict)
_Static_assert(sizeof(struct cidr) == 18 && PAIR_KEY == 37, "keys have no holes");

struct set {
    char *item;     /* n items of `size` bytes; owned */
    uint32_t *slot; /* item numbers plus 1, 0 is free; a power of two; owned */
    size_t n, cap, n_slots;
    size_t size, key; /* bytes of an item, and of the key that it begins with */
};

struct verdicts {
    struct set nets, pairs;
    char (*proto)[VERDICT_PROTO_MAX + 1]; /* owned */
    size_t n_protos, proto_cap;
    bool has_bits[ADDR_V6 + 1][129]; /* by kind: prefix lengths that occur */
    uint64_t n_lines;
    char *path; /* owned */
    atomic_uint refs;
};

struct verdict_map {
    const struct verdicts *of; /* owned reference */
    uint8_t *mark;             /* per address id; owned */
    uint32_t n_addrs;
    uint8_t proto[256]; /* by category code: a number of verdicts.proto, or NO_PROTO */
    atomic_uint refs;
};

/* ---- sets ---- */

static void *set_item(const struct set *s, size_t i)
{
    return s->item + i * s->size;
}

static uint32_t *slot_of(const struct set *s, const void *key)
{
    size_t at = (size_t)hash_bytes(key, s->key) & (s->n_slots - 1);
    while (s->slot[at] != 0 && memcmp(set_item(s, s->slot[at] - 1), key, s->key) != 0)
        at = (at + 1) & (s->n_slots - 1);
    return &s->slot[at];
}

static void *set_find(const struct set *s, const void *key)
{
    const uint32_t *slot = s->n == 0 ? NULL : slot_of(s, key);
    return slot == NULL || *slot == 0 ? NULL : set_item(s, *slot - 1);
}

/* A table of n_slots for the items that are there. */
static int set_fill(struct set *s, size_t n_slots)
{
    uint32_t *slot = mem_zalloc(n_slots, sizeof *slot);
    if (slot == NULL)
        return -1;
    mem_free(s->slot);
    s->slot = slot;
    s->n_slots = n_slots;
    for (size_t i = 0; i < s->n; i++)
        *slot_of(s, set_item(s, i)) = (uint32_t)i + 1;
    return 0;
}

/* The item of a key; made by copying `fresh`, which begins with the key, when it is new. NULL on
 * memory. */
static void *set_put(struct set *s, const void *fresh)
{
    void *items = s->item;
    uint32_t *slot;
    if (s->n >= s->n_slots / 4 * 3 && set_fill(s, s->n_slots == 0 ? FIRST_SLOTS : s->n_slots * 2))
        return NULL;
    slot = slot_of(s, fresh);
    if (*slot == 0) {
        if (mem_grow(&items, &s->cap, s->n + 1, s->size) != 0)
            return NULL;
        s->item = items;
        memcpy(set_item(s, s->n), fresh, s->size);
        *slot = (uint32_t)++s->n;
    }
    return set_item(s, *slot - 1);
}

static int set_copy(struct set *to, const struct set *from)
{
    to->size = from->size;
    to->key = from->key;
    if (from->n == 0)
        return 0;
    to->item = mem_alloc(from->n, from->size);
    if (to->item == NULL)
        return -1;
    memcpy(to->item, from->item, from->n * from->size);
    to->n = to->cap = from->n;
    return set_fill(to, from->n_slots);
}

static void set_release(struct set *s)
{
    mem_free(s->item);
    mem_free(s->slot);
}

/* ---- putting lines in ---- */

static struct verdicts *new_verdicts(const char *path, struct err *err)
{
    struct verdicts *v = mem_zalloc(1, sizeof *v);
    if (v == NULL) {
        err_memory(err, "the verdicts");
        return NULL;
    }
    atomic_init(&v->refs, 1);
    v->nets.size = sizeof(struct net_item);
    v->nets.key = NET_KEY;
    v->pairs.size = sizeof(struct pair_item);
    v->pairs.key = PAIR_KEY;
    v->path = mem_string(path);
    if (v->path == NULL) {
        err_memory(err, "the verdicts");
        verdicts_unref(v);
        return NULL;
    }
    return v;
}

static void mask(struct cidr *net)
{
    unsigned whole = net->bits / 8;
    if (whole == sizeof net->addr.byte)
        return;
    net->addr.byte[whole] &= (uint8_t)(0xff00u >> net->bits % 8);
    memset(net->addr.byte + whole + 1, 0, sizeof net->addr.byte - whole - 1);
}

static int put_net(struct verdicts *v, struct cidr net, uint8_t keep, uint8_t mark)
{
    struct net_item *item;
    mask(&net);
    item = set_put(&v->nets, &(struct net_item){.net = net});
    if (item == NULL)
        return -1;
    item->mark = (uint8_t)((item->mark & keep) | mark);
    v->has_bits[net.addr.kind][net.bits] = true;
    return 0;
}

static uint8_t proto_number(const struct verdicts *v, const char *name)
{
    for (size_t i = 0; i < v->n_protos; i++)
        if (strcmp(v->proto[i], name) == 0)
            return (uint8_t)i;
    return NO_PROTO;
}

/* Errors: ERR_USAGE beyond MAX_PROTOS, ERR_LIMIT. */
static int put_proto(struct verdicts *v, const char *name, uint8_t *out, struct err *err)
{
    void *protos = v->proto;
    *out = proto_number(v, name);
    if (*out != NO_PROTO)
        return 0;
    if (v->n_protos == MAX_PROTOS)
        return err_set(err, ERR_USAGE, "more than %d different protocols", MAX_PROTOS);
    if (mem_grow(&protos, &v->proto_cap, v->n_protos + 1, sizeof *v->proto) != 0)
        return err_memory(err, "the verdicts");
    v->proto = protos;
    memcpy(v->proto[v->n_protos], name, strlen(name) + 1);
    *out = (uint8_t)v->n_protos++;
    return 0;
}

static int put_pair(struct verdicts *v, const struct verdict_line *line, struct err *err)
{
    struct pair_item *item,
        fresh = {.orig = line->net.addr, .resp = line->resp, .port = line->port};
    if (put_proto(v, line->proto, &fresh.proto, err) != 0)
        return -1;
    item = set_put(&v->pairs, &fresh);
    if (item == NULL || put_net(v, line->net, UINT8_MAX, MARK_ORIG) != 0 ||
        put_net(v, (struct cidr){line->resp, 128}, UINT8_MAX, MARK_RESP) != 0)
        return err_memory(err, "the verdicts");
    item->verdict = (uint8_t)line->verdict;
    return 0;
}

static int put_line(struct verdicts *v, const struct verdict_line *line, struct err *err)
{
    v->n_lines++;
    if (line->kind == VERDICT_PAIR)
        return put_pair(v, line, err);
    if (put_net(v, line->net, (uint8_t)~MARK_VERDICT, (uint8_t)line->verdict) != 0)
        return err_memory(err, "the verdicts");
    return 0;
}

/* ---- files ---- */

static int parse_lines(struct verdicts *v, struct span rest, struct err *err)
{
    struct verdict_line verdict;
    struct span line;
    uint64_t number = 0;
    if (span_starts(rest, "\xef\xbb\xbf"))
        rest = span_make(rest.ptr + 3, rest.len - 3);
    while (span_line(&rest, &line)) {
        number++;
        line = span_trim(line);
        if (line.len == 0 || line.ptr[0] == '#')
            continue;
        if (verdict_line_parse(&verdict, line, err) != 0 || put_line(v, &verdict, err) != 0) {
            struct err inner = *err;
            return err_at(err, inner.code, v->path, number, "%s", inner.text);
        }
    }
    return 0;
}

struct verdicts *verdicts_parse(const char *path, struct span text, struct err *err)
{
    struct verdicts *v;
    if (text.len > VERDICTS_MAX_BYTES) {
        err_at(err, ERR_LIMIT, path, 0, "a verdict file has at most 64 MiB");
        return NULL;
    }
    if (text.len > 0 && memchr(text.ptr, '\0', text.len) != NULL) {
        err_at(err, ERR_USAGE, path, 0, "not a verdict file: it holds NUL bytes");
        return NULL;
    }
    v = new_verdicts(path, err);
    if (v != NULL && parse_lines(v, text, err) != 0) {
        verdicts_unref(v);
        return NULL;
    }
    return v;
}

struct verdicts *verdicts_load(const char *path, bool may_lack, struct err *err)
{
    struct verdicts *v = NULL;
    struct buf text;
    int rc;
    buf_init(&text, VERDICTS_MAX_BYTES);
    rc = slurp(path, "the verdicts", &text, err);
    if (rc == 1 && !may_lack)
        err_at(err, ERR_IO, path, 0, "there is no such file of verdicts");
    else if (rc >= 0)
        v = verdicts_parse(path, buf_span(&text), err);
    buf_release(&text);
    return v;
}

static int copy(struct verdicts *to, const struct verdicts *from)
{
    if (set_copy(&to->nets, &from->nets) != 0 || set_copy(&to->pairs, &from->pairs) != 0)
        return -1;
    if (from->n_protos > 0) {
        to->proto = mem_alloc(from->n_protos, sizeof *to->proto);
        if (to->proto == NULL)
            return -1;
        memcpy(to->proto, from->proto, from->n_protos * sizeof *to->proto);
        to->n_protos = to->proto_cap = from->n_protos;
    }
    memcpy(to->has_bits, from->has_bits, sizeof to->has_bits);
    to->n_lines = from->n_lines;
    return 0;
}

struct verdicts *verdicts_add(const struct verdicts *v, const struct verdict_line *line, size_t n,
                              struct err *err)
{
    struct verdicts *out = new_verdicts(v == NULL ? "" : v->path, err);
    if (out == NULL)
        return NULL;
    if (v != NULL && copy(out, v) != 0) {
        err_memory(err, "the verdicts");
        goto fail;
    }
    for (size_t i = 0; i < n; i++)
        if (put_line(out, &line[i], err) != 0)
            goto fail;
    return out;
fail:
    verdicts_unref(out);
    return NULL;
}

const struct verdicts *verdicts_ref(const struct verdicts *v)
{
    if (v != NULL)
        atomic_fetch_add(&((struct verdicts *)v)->refs, 1);
    return v;
}

void verdicts_unref(const struct verdicts *v)
{
    struct verdicts *own = (struct verdicts *)v;
    if (own == NULL || atomic_fetch_sub(&own->refs, 1) != 1)
        return;
    set_release(&own->nets);
    set_release(&own->pairs);
    mem_free(own->proto);
    mem_free(own->path);
    mem_free(own);
}

const char *verdicts_path(const struct verdicts *v)
{
    return v->path;
}

uint64_t verdicts_lines(const struct verdicts *v)
{
    return v->n_lines;
}

/* ---- looking up ---- */

/* The marks of an address itself and the verdict of the longest network that has one. */
static uint8_t mark_of(const struct verdicts *v, const struct addr *addr)
{
    uint8_t own = 0;
    if (addr->kind == ADDR_NOT)
        return 0;
    for (int bits = 128; bits >= 0; bits--) {
        struct cidr net = {*addr, (uint8_t)bits};
        const struct net_item *item;
        if (!v->has_bits[addr->kind][bits])
            continue;
        mask(&net);
        item = set_find(&v->nets, &net);
        if (item != NULL && bits == 128)
            own = item->mark;
        if (item != NULL && (item->mark & MARK_VERDICT) != VERDICT_NONE)
            return own | (item->mark & MARK_VERDICT);
    }
    return own;
}

enum verdict verdicts_of_addr(const struct verdicts *v, const struct addr *addr)
{
    return v == NULL ? VERDICT_NONE : (enum verdict)(mark_of(v, addr) & MARK_VERDICT);
}

static void bind_protos(struct verdict_map *m, const struct table *t)
{
    for (int code = 0; code < 256; code++) {
        struct span text = table_cat_text(t, CAT_PROTO, (uint8_t)code);
        char lower[VERDICT_PROTO_MAX + 1];
        m->proto[code] = NO_PROTO;
        if (code == CAT_OTHER || text.len > VERDICT_PROTO_MAX)
            continue;
        for (size_t i = 0; i < text.len; i++)
            lower[i] = text.ptr[i] >= 'A' && text.ptr[i] <= 'Z' ? (char)(text.ptr[i] - 'A' + 'a')
                                                                : text.ptr[i];
        lower[text.len] = '\0';
        if (memchr(lower, '\0', text.len) == NULL)
            m->proto[code] = proto_number(m->of, lower);
    }
}

const struct verdict_map *verdicts_bind(const struct verdicts *v, const struct table *t,
                                        struct err *err)
{
    uint32_t n = table_n_addrs(t);
    struct verdict_map *m = mem_zalloc(1, sizeof *m);
    if (m != NULL)
        m->mark = mem_alloc(n, 1);
    if (m == NULL || m->mark == NULL) {
        mem_free(m);
        err_memory(err, "the verdicts on the addresses");
        return NULL;
    }
    atomic_init(&m->refs, 1);
    m->of = verdicts_ref(v);
    m->n_addrs = n;
    for (uint32_t id = 0; id < n; id++)
        m->mark[id] = mark_of(v, table_addr(t, id));
    bind_protos(m, t);
    return m;
}

void verdict_map_unref(const struct verdict_map *m)
{
    struct verdict_map *own = (struct verdict_map *)m;
    if (own == NULL || atomic_fetch_sub(&own->refs, 1) != 1)
        return;
    verdicts_unref(own->of);
    mem_free(own->mark);
    mem_free(own);
}

const struct verdicts *verdict_map_of(const struct verdict_map *m)
{
    return m == NULL ? NULL : m->of;
}

enum verdict verdict_of_addr(const struct verdict_map *m, uint32_t addr)
{
    return m == NULL || addr >= m->n_addrs ? VERDICT_NONE
                                           : (enum verdict)(m->mark[addr] & MARK_VERDICT);
}

static enum verdict of_pair(const struct verdict_map *m, const struct table *t, uint64_t row)
{
    struct pair_item key = {.orig = *table_addr(t, TABLE_AT(t, row, orig)),
                            .resp = *table_addr(t, TABLE_AT(t, row, resp)),
                            .port = TABLE_AT(t, row, resp_p),
                            .proto = m->proto[TABLE_AT(t, row, cat[CAT_PROTO])]};
    const struct pair_item *item = key.proto == NO_PROTO ? NULL : set_find(&m->of->pairs, &key);
    return item == NULL ? VERDICT_NONE : (enum verdict)item->verdict;
}

enum verdict verdict_of_row(const struct verdict_map *m, const struct table *t, uint64_t row)
{
    uint32_t orig, resp;
    uint8_t a, b;
    if (m == NULL)
        return VERDICT_NONE;
    orig = TABLE_AT(t, row, orig);
    resp = TABLE_AT(t, row, resp);
    a = orig < m->n_addrs ? m->mark[orig] : 0;
    b = resp < m->n_addrs ? m->mark[resp] : 0;
    if ((a & MARK_ORIG) != 0 && (b & MARK_RESP) != 0) {
        enum verdict pair = of_pair(m, t, row);
        if (pair != VERDICT_NONE)
            return pair;
    }
    a &= MARK_VERDICT;
    b &= MARK_VERDICT;
    return (enum verdict)(a > b ? a : b); /* SUSPECT is the greater */
}
