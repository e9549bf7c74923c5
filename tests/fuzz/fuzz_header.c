/* Any bytes as the header of a Zeek log, and as a second one in its middle, with rows behind each. */
#include "tests/fuzz/load_fuzz.h"

#include "core/base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put(struct buf *text, const uint8_t *data, size_t size)
{
    static const char rows[] = "\n1.5\t10.0.0.1\tSF\t7\n2.5\t10.0.0.2\t-\t8\n";
    buf_add(text, data, size);
    buf_add_text(text, rows);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char fields[] = "#fields\tts\tid.orig_h\tconn_state\torig_bytes";
    struct buf text = BUF_INIT;
    buf_add_text(&text, "#separator \\x09\n");
    put(&text, data, size);
    fuzz_load((const uint8_t *)text.ptr, text.len);
    buf_clear(&text);
    put(&text, (const uint8_t *)fields, sizeof fields - 1);
    put(&text, data, size);
    fuzz_load((const uint8_t *)text.ptr, text.len);
    buf_release(&text);
    return 0;
}
