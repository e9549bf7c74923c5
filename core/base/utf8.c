/* Strict UTF-8; see utf8.h. */
#include "core/base/utf8.h"

size_t utf8_decode(struct span s, uint32_t *code)
{
    const unsigned char *p = (const unsigned char *)s.ptr;
    size_t n;
    if (p[0] < 0x80) {
        *code = p[0];
        return 1;
    }
    n = p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : 2;
    if (p[0] < 0xC2 || p[0] > 0xF4 || s.len < n)
        return 0;
    *code = p[0] & (0xFFu >> (n + 1));
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return 0;
        *code = *code << 6 | (p[i] & 0x3Fu);
    }
    if ((n == 3 && *code < 0x800) || (n == 4 && *code < 0x10000) || *code > 0x10FFFF ||
        (*code >= 0xD800 && *code <= 0xDFFF))
        return 0;
    return n;
}
