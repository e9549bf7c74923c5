/* Any bytes as a session: refused with its line, or written and read back the same. Settings come
 * from a file in the same way. */
#include <stdint.h>

#include "tui/model/session.h"
#include "tui/settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_session(struct span text)
{
    struct session s, back;
    struct buf out = BUF_INIT;
    struct err err = ERR_INIT;
    struct session_part part;
    if (session_parse(&s, "f", text, &err) != 0) {
        BUG_IF(s.n != 0 || strncmp(err.text, "f:", 2) != 0);
        return;
    }
    part = session_head(&s);
    while (session_next(&part))
        BUG_IF(part.n == 0 || part.first + part.n > s.n);
    session_write(&s, &out);
    BUG_IF(out.failed || session_parse(&back, "f", buf_span(&out), &err) != 0 || back.n != s.n);
    for (size_t i = 0; i < s.n; i++)
        BUG_IF(strcmp(s.line[i].key, back.line[i].key) != 0 ||
               strcmp(s.line[i].value, back.line[i].value) != 0);
    session_release(&s);
    session_release(&back);
    buf_release(&out);
}

static void check_settings(struct span text)
{
    struct settings s, back;
    struct notices n = {.n = 0};
    struct buf out = BUF_INIT;
    settings_init(&s);
    settings_init(&back);
    settings_parse(&s, "f", text, &n);
    for (size_t i = 0; i < n.n; i++)
        BUG_IF(strncmp(n.text[i], "f:", 2) != 0);
    settings_write(&s, span_of(""), &out);
    settings_parse(&back, "f", buf_span(&out), &n);
    BUG_IF(s.bars != back.bars || s.color != back.color || strcmp(s.layout, back.layout) != 0);
    notices_release(&n);
    buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_session(span_make((const char *)data, size));
    check_settings(span_make((const char *)data, size));
    return 0;
}
