/* Reading expressions: a small recursive descent; see expr.h for the grammar. */
#include "core/base/clean.h"
#include "core/base/match.h"
#include "core/base/mem.h"
#include "core/recipe/expr_impl.h"

struct parser {
    struct expr *e;
    struct span text;
    size_t at;
    bool sugar;
    int depth;
    struct err *err;
};

#define NO_NODE UINT32_MAX

static uint32_t fail(struct parser *p, size_t at, const char *what)
{
    err_set(p->err, ERR_USAGE, "%s", what);
    p->err->column = (uint32_t)at + 1;
    return NO_NODE;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_blanks(struct parser *p)
{
    while (p->at < p->text.len && is_blank(p->text.ptr[p->at]))
        p->at++;
}

static bool ends_word(char c)
{
    return is_blank(c) || c == '(' || c == ')' || c == ',' || c == '"';
}

static bool is_operator(char c)
{
    return c == '=' || c == '!' || c == '<' || c == '>' || c == '~';
}

/* The word at the place, up to a blank, a bracket, a comma or (for field names) an operator. */
static struct span word_at(const struct parser *p, bool field)
{
    size_t at = p->at;
    while (at < p->text.len && !ends_word(p->text.ptr[at]) &&
           !(field && (is_operator(p->text.ptr[at]) || (p->sugar && p->text.ptr[at] == ':'))))
        at++;
    return span_make(p->text.ptr + p->at, at - p->at);
}

/* A word of the language. Without sugar, where no bare text can stand, in capitals, too. */
static bool is_keyword(const struct parser *p, struct span text, const char *word)
{
    size_t at;
    return span_is(text, word) ||
           (!p->sugar && text.len == strlen(word) && match_in(text, span_of(word), true, &at));
}

static bool take_keyword(struct parser *p, const char *word)
{
    skip_blanks(p);
    if (!is_keyword(p, word_at(p, true), word))
        return false;
    /* `not=1` is a test of a field of that name. */
    size_t after = p->at + strlen(word);
    if (after < p->text.len &&
        (is_operator(p->text.ptr[after]) || (p->sugar && p->text.ptr[after] == ':')))
        return false;
    p->at = after;
    return true;
}

static uint32_t add_node(struct parser *p, struct expr_node node)
{
    struct expr *e = p->e;
    void *nodes = e->node;
    if (mem_grow(&nodes, &e->nodes_cap, e->n_nodes + 1, sizeof node) != 0) {
        err_memory(p->err, "the expression");
        return NO_NODE;
    }
    e->node = nodes;
    e->node[e->n_nodes] = node;
    return (uint32_t)e->n_nodes++;
}

/* ---- values ---- */

/* A quoted text with \" and \\ resolved, into the arena. */
static bool take_quoted(struct parser *p, struct span *out)
{
    struct expr *e = p->e;
    size_t from = p->at++, begin = e->arena_len;
    for (; p->at < p->text.len && p->text.ptr[p->at] != '"'; p->at++) {
        char c = p->text.ptr[p->at];
        if (c == '\\' && p->at + 1 < p->text.len &&
            (p->text.ptr[p->at + 1] == '"' || p->text.ptr[p->at + 1] == '\\'))
            c = p->text.ptr[++p->at];
        e->arena[e->arena_len++] = c;
    }
    if (p->at == p->text.len) {
        fail(p, from, "a quote that never closes");
        return false;
    }
    p->at++;
    *out = span_make(e->arena + begin, e->arena_len - begin);
    return true;
}

static bool take_value(struct parser *p)
{
    struct expr *e = p->e;
    struct expr_value v = {.number = 0};
    void *values = e->value;
    skip_blanks(p);
    v.column = (uint32_t)p->at + 1;
    if (p->at < p->text.len && p->text.ptr[p->at] == '"') {
        v.quoted = true;
        if (!take_quoted(p, &v.text))
            return false;
    } else {
        v.text = word_at(p, false);
        if (v.text.len > 0 && is_operator(v.text.ptr[0])) {
            fail(p, p->at, "one operator is enough: expected a value");
            return false;
        }
        if (v.text.len == 0) {
            fail(p, p->at, "expected a value");
            return false;
        }
        p->at += v.text.len;
        v.unset = span_is(v.text, "unset");
    }
    if (mem_grow(&values, &e->values_cap, e->n_values + 1, sizeof v) != 0) {
        err_memory(p->err, "the expression");
        return false;
    }
    e->value = values;
    e->value[e->n_values++] = v;
    return true;
}

static bool take_values(struct parser *p, struct expr_node *test)
{
    test->first_value = (uint32_t)p->e->n_values;
    do {
        if (!take_value(p))
            return false;
        test->n_values++;
        skip_blanks(p);
    } while (p->at < p->text.len && p->text.ptr[p->at] == ',' && p->at++ < p->text.len);
    return true;
}

/* ---- tests ---- */

static bool take_operator(struct parser *p, enum expr_op *op)
{
    static const struct {
        const char *text;
        enum expr_op op;
    } ops[] = {{"!=", OP_NE}, {"<=", OP_LE}, {">=", OP_GE}, {"=", OP_EQ},
               {"<", OP_LT},  {">", OP_GT},  {"~", OP_HAS}};
    struct span rest = span_make(p->text.ptr + p->at, p->text.len - p->at);
    bool colon = p->sugar && rest.len > 0 && rest.ptr[0] == ':';
    if (colon) {
        rest = span_make(rest.ptr + 1, rest.len - 1);
        p->at++;
    }
    for (size_t i = 0; i < ARRAY_LEN(ops); i++) {
        if (span_starts(rest, ops[i].text)) {
            *op = ops[i].op;
            p->at += strlen(ops[i].text);
            return true;
        }
    }
    *op = OP_EQ;
    return colon;
}

/* The name in front of an operator. One with blanks or signs in it stands in quotes, and its operator
 * right behind them: `"Dest Port"=443`. False, with the place as it was, when there is none. */
static bool take_field(struct parser *p, struct span *out)
{
    size_t from = p->at, arena = p->e->arena_len;
    bool quoted = p->text.ptr[p->at] == '"';
    if (!quoted) {
        *out = word_at(p, true);
        p->at += out->len;
        return out->len > 0;
    }
    if (take_quoted(p, out) && out->len > 0 && p->at < p->text.len &&
        (is_operator(p->text.ptr[p->at]) || (p->sugar && p->text.ptr[p->at] == ':')))
        return true;
    p->at = from;
    p->e->arena_len = arena;
    return false;
}

/* On the `&` line: a word, a quoted text or an address by itself is looked for everywhere. */
static uint32_t bare_word(struct parser *p)
{
    struct expr_node test = {.kind = EXPR_TEST, .op = OP_HAS, .field_column = (uint32_t)p->at + 1};
    test.first_value = (uint32_t)p->e->n_values;
    test.n_values = 1;
    if (!take_value(p))
        return NO_NODE;
    p->e->value[p->e->n_values - 1].unset = false;
    return add_node(p, test);
}

static uint32_t parse_test(struct parser *p)
{
    struct expr_node test = {.kind = EXPR_TEST, .field_column = (uint32_t)p->at + 1};
    size_t from = p->at;
    struct cidr net;
    if (p->at == p->text.len)
        return fail(p, p->at, "the expression ends where a test should stand");
    if (p->sugar && cidr_parse(word_at(p, false), &net))
        return bare_word(p);
    if (!take_field(p, &test.field)) {
        if (p->sugar && p->text.ptr[p->at] == '"')
            return bare_word(p);
        return p->err->code != ERR_OK ? NO_NODE : fail(p, p->at, "expected a field name");
    }
    /* No word of the `&` line begins with an operator: what stands behind blanks belongs here. */
    skip_blanks(p);
    if (!take_operator(p, &test.op)) {
        if (p->sugar) {
            p->at = from;
            return bare_word(p);
        }
        return fail(p, p->at, "expected an operator: = != < <= > >= ~");
    }
    return take_values(p, &test) ? add_node(p, test) : NO_NODE;
}

static uint32_t parse_or(struct parser *p);

static uint32_t parse_not(struct parser *p)
{
    uint32_t inner;
    size_t from;
    skip_blanks(p);
    from = p->at;
    if (p->depth >= EXPR_MAX_DEPTH)
        return fail(p, p->at, "nested too deep");
    p->depth++;
    if (take_keyword(p, "not") ||
        (p->sugar && p->at + 1 < p->text.len && p->text.ptr[p->at] == '-' &&
         !is_blank(p->text.ptr[p->at + 1]) && ++p->at)) {
        inner = parse_not(p);
        if (inner != NO_NODE)
            inner = add_node(p, (struct expr_node){.kind = EXPR_NOT, .left = inner});
    } else if (p->at < p->text.len && p->text.ptr[p->at] == '(') {
        p->at++;
        inner = parse_or(p);
        skip_blanks(p);
        if (inner != NO_NODE && (p->at == p->text.len || p->text.ptr[p->at] != ')'))
            inner = p->at == p->text.len ? fail(p, from, "a ( that never closes")
                                         : fail(p, p->at, "expected and, or, or )");
        p->at++;
    } else {
        inner = parse_test(p);
    }
    p->depth--;
    return inner;
}

/* Terms joined by one word lean to the right, `a and (b and (c ...`: each left side is one term, so
 * that evaluating goes no deeper than brackets do. */
struct chain {
    uint32_t root;  /* the whole, so far */
    uint32_t joint; /* the last node that joins two, or NO_NODE */
    uint32_t last;  /* its right side */
};

static bool chain_add(struct parser *p, struct chain *c, enum expr_kind kind, uint32_t term)
{
    uint32_t joint;
    if (term == NO_NODE)
        return false;
    joint = add_node(p, (struct expr_node){.kind = kind, .left = c->last, .right = term});
    if (joint == NO_NODE)
        return false;
    if (c->joint == NO_NODE)
        c->root = joint;
    else
        p->e->node[c->joint].right = joint;
    c->joint = joint;
    c->last = term;
    return true;
}

/* On the `&` line what follows a blank is joined by `and`. */
static bool another_follows(struct parser *p)
{
    if (take_keyword(p, "and"))
        return true;
    if (!p->sugar || p->at == p->text.len || p->text.ptr[p->at] == ')')
        return false;
    return !span_is(word_at(p, true), "or");
}

static uint32_t parse_and(struct parser *p)
{
    uint32_t term = parse_not(p);
    struct chain c = {term, NO_NODE, term};
    while (c.root != NO_NODE && another_follows(p)) {
        term = parse_not(p);
        if (!chain_add(p, &c, EXPR_AND, term))
            return NO_NODE;
    }
    return c.root;
}

static uint32_t parse_or(struct parser *p)
{
    uint32_t term = parse_and(p);
    struct chain c = {term, NO_NODE, term};
    while (c.root != NO_NODE && take_keyword(p, "or")) {
        term = parse_and(p);
        if (!chain_add(p, &c, EXPR_OR, term))
            return NO_NODE;
    }
    return c.root;
}

struct expr *expr_parse(struct span text, enum expr_style style, struct err *err)
{
    struct expr *e = mem_zalloc(1, sizeof *e);
    struct parser p = {.e = e, .sugar = style == EXPR_SUGAR, .err = err};
    if (e == NULL)
        goto memory;
    if (text.len > EXPR_MAX_BYTES) {
        err_set(err, ERR_USAGE, "an expression has at most %d bytes", EXPR_MAX_BYTES);
        goto fail;
    }
    if (text.len > 0 && memchr(text.ptr, '\0', text.len) != NULL) {
        err_set(err, ERR_USAGE, "an expression holds no NUL bytes");
        goto fail;
    }
    e->text = mem_copy(text.ptr, text.len);
    e->arena = mem_alloc(text.len + 1, 1);
    if (e->text == NULL || e->arena == NULL)
        goto memory;
    p.text = span_make(e->text, text.len);
    e->root = parse_or(&p);
    if (e->root == NO_NODE)
        goto fail;
    skip_blanks(&p);
    if (p.at < p.text.len) {
        fail(&p, p.at, "expected and, or, or the end");
        goto fail;
    }
    return e;
memory:
    err_memory(err, "the expression");
fail:
    expr_free(e);
    return NULL;
}

void expr_free(struct expr *e)
{
    if (e == NULL)
        return;
    mem_free(e->text);
    mem_free(e->arena);
    mem_free(e->node);
    mem_free(e->value);
    mem_free(e->local);
    mem_free(e);
}

void expr_caret(struct buf *out, struct span text, uint32_t column)
{
    size_t before = column == 0 ? 0 : column - 1;
    if (before > text.len)
        before = text.len;
    buf_add_text(out, "  ");
    clean_add(out, text);
    buf_add_text(out, "\n  ");
    for (size_t n = clean_cols(span_make(text.ptr, before)); n > 0; n--)
        buf_add_char(out, ' ');
    buf_add_text(out, "^\n");
}
