/* Any bytes through the cleaner, with and without UTF-8: no byte is lost, nothing that a terminal
 * obeys comes out, columns add up, and what is clean already stays as it is. */
#include <locale.h>
#include <stdint.h>

#include "core/base/clean.h"
#include "core/base/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Control bytes, the C1 controls in UTF-8 and the marks that turn the direction of a line. */
static bool is_obeyed(struct span s, size_t at)
{
    static const char *const never[] = {"\u202a", "\u202b", "\u202c", "\u202d", "\u202e",
                                        "\u2066", "\u2067", "\u2068", "\u2069", "\u200b",
                                        "\u200e", "\u200f", "\u2028", "\u2029", "\ufeff"};
    struct span rest = span_make(s.ptr + at, s.len - at);
    unsigned char c = (unsigned char)rest.ptr[0];
    if (c < ' ' || c == 0x7f)
        return true;
    if (c == 0xc2 && rest.len > 1 && (unsigned char)rest.ptr[1] < 0xa0)
        return true;
    for (size_t i = 0; i < ARRAY_LEN(never); i++) {
        if (span_starts(rest, never[i]))
            return true;
    }
    return false;
}

static void units(struct span in)
{
    struct clean_unit u;
    size_t cols = 0, all = clean_cols(in);
    while (clean_next(in, &u)) {
        BUG_IF(u.taken == 0 || u.taken > in.len);
        BUG_IF(u.len == 0 || u.len >= sizeof u.text || strlen(u.text) != u.len);
        BUG_IF(u.escaped ? u.cols != u.len : u.cols < 1 || u.cols > 2);
        BUG_IF(!u.escaped && (u.taken != u.len || memcmp(u.text, in.ptr, u.len) != 0));
        cols += u.cols;
        in = span_make(in.ptr + u.taken, in.len - u.taken);
    }
    BUG_IF(in.len != 0 || cols != all);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span in = {(const char *)data, size};
    (void)setlocale(LC_CTYPE, "C.UTF-8");
    for (int utf8 = 0; utf8 < 2; utf8++) {
        struct buf once = BUF_INIT, twice = BUF_INIT;
        clean_set_utf8(utf8 == 1);
        units(in);
        clean_add(&once, in);
        for (size_t i = 0; i < once.len; i++) {
            BUG_IF(is_obeyed(buf_span(&once), i));
            BUG_IF(utf8 == 0 && (unsigned char)once.ptr[i] >= 0x80);
        }
        clean_add(&twice, buf_span(&once));
        BUG_IF(!span_eq(buf_span(&once), buf_span(&twice)));
        BUG_IF(clean_cols(in) != clean_cols(buf_span(&once)));
        buf_release(&once);
        buf_release(&twice);
    }
    return 0;
}
