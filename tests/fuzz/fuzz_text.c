/* Any bytes cut to any width, as a line that is typed and edited, and as keys: what is shown is
 * never wider than asked and never holds a control byte. The first byte chooses width and cut. */
#include <locale.h>
#include <stdint.h>

#include "core/base/err.h"
#include "tui/keys.h"
#include "tui/prompt.h"
#include "tui/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void cut(struct span text, size_t cols, enum cut how)
{
    struct buf out = BUF_INIT;
    struct fit fit = text_fit(text, cols, how);
    size_t used = text_add_fit(&out, text, cols, how);
    BUG_IF(used > cols || used != fit.cols);
    BUG_IF(fit.head.len + fit.tail.len > text.len);
    BUG_IF(!fit.cut && fit.head.len != text.len);
    for (size_t i = 0; i < out.len; i++)
        BUG_IF((unsigned char)out.ptr[i] < ' ' || out.ptr[i] == 0x7f);
    BUG_IF(text_last_unit(text) > text.len);
    buf_release(&out);
}

/* Each byte is a key; the high half gives the special ones. */
static void edit(struct span text)
{
    struct history history = {0};
    struct prompt p;
    prompt_init(&p, "", NULL, &history);
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.ptr[i];
        uint32_t key = byte < 0x80 ? byte : KEYS_SPECIAL + (byte & 0x1fu);
        if (byte == 0xff)
            prompt_paste(&p, text);
        else if (prompt_key(&p, key) == PROMPT_ACCEPTED)
            p.browsing = 0;
        BUG_IF(p.cursor > prompt_text(&p).len || prompt_text(&p).len > PROMPT_MAX_BYTES);
        (void)command_of_key(key, IN_LISTS);
    }
    prompt_release(&p);
    history_release(&history);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text;
    if (size == 0)
        return 0;
    (void)setlocale(LC_CTYPE, "C.UTF-8");
    text = span_make((const char *)data + 1, size - 1);
    for (int utf8 = 0; utf8 < 2; utf8++) {
        clean_set_utf8(utf8 == 1);
        cut(text, data[0] >> 2, (enum cut)(data[0] & 3));
        if (size <= 512)
            edit(text);
    }
    return 0;
}
