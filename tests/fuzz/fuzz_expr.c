/* Any bytes as an expression, in both styles, bound to a schema and evaluated on a row of those bytes. */
#include <stdint.h>

#include "core/recipe/expr.h"

#define COLUMNS 6

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void one(struct span text, enum expr_style style, const struct schema *schema)
{
    struct err err = ERR_INIT;
    struct expr_scratch scratch = {.decode = BUF_INIT};
    struct buf caret = BUF_INIT;
    struct field field[COLUMNS];
    struct expr *e = expr_parse(text, style, &err);
    for (size_t i = 0; i < COLUMNS; i++)
        field[i] = (struct field){text, (uint8_t)(text.len + i) % 4, text.len % 2 == 0};
    if (e != NULL && expr_bind(e, schema, NULL, &err) == 0)
        (void)expr_eval(e, field, &scratch);
    BUG_IF(err.code != ERR_OK && err.column > text.len + 1);
    expr_caret(&caret, text, err.column);
    buf_release(&caret);
    expr_scratch_release(&scratch);
    expr_free(e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[COLUMNS] = {"ts",    "id.orig_h", "id.resp_h",
                                               "proto", "duration",  "id.resp_p"};
    struct span text = {(const char *)data, size};
    struct schema schema;
    struct err err = ERR_INIT;
    schema_init(&schema);
    for (size_t i = 0; i < COLUMNS; i++)
        BUG_IF(schema_add(&schema, span_of(names[i]), role_type(role_of_name(span_of(names[i]))),
                          &err) < 0);
    one(text, EXPR_STRICT, &schema);
    one(text, EXPR_SUGAR, &schema);
    schema_release(&schema);
    return 0;
}
