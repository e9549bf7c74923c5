/* Any bytes as a recipe: an error or a recipe that writes and reads back equal. */
#include <stdint.h>

#include "core/base/buf.h"
#include "core/recipe/recipe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct recipe r, again;
    struct err err = ERR_INIT;
    struct buf first = BUF_INIT, second = BUF_INIT;
    if (recipe_parse(&r, "fuzz", "fuzz", span_make((const char *)data, size), &err) != 0)
        return 0;
    recipe_write(&r, &first);
    BUG_IF(recipe_parse(&again, "fuzz", "fuzz", buf_span(&first), &err) != 0);
    recipe_write(&again, &second);
    BUG_IF(!span_eq(buf_span(&first), buf_span(&second)));
    buf_release(&first);
    buf_release(&second);
    recipe_release(&r);
    recipe_release(&again);
    return 0;
}
