/* Layouts and Zeek's escapes; see field.h. */
#include "core/table/field.h"

#include "core/base/mem.h"

void layout_free(struct layout *layout)
{
    if (layout == NULL)
        return;
    mem_free(layout->unset);
    mem_free(layout->empty);
    mem_free(layout->column);
    mem_free(layout);
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

struct span field_decode(const struct field *f, struct buf *scratch)
{
    struct span s = f->text;
    if (!f->escaped || f->state != FIELD_VALUE)
        return s;
    buf_clear(scratch);
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '\\' && i + 1 < s.len && s.ptr[i + 1] == '\\') {
            buf_add_char(scratch, '\\');
            i++;
        } else if (s.ptr[i] == '\\' && i + 3 < s.len && s.ptr[i + 1] == 'x' &&
                   hex(s.ptr[i + 2]) >= 0 && hex(s.ptr[i + 3]) >= 0) {
            buf_add_char(scratch, (char)(hex(s.ptr[i + 2]) * 16 + hex(s.ptr[i + 3])));
            i += 3;
        } else {
            buf_add_char(scratch, s.ptr[i]);
        }
    }
    /* Without memory the text as written is the best that can be said. */
    return scratch->failed ? s : buf_span(scratch);
}
