/* Any bytes as a theme: it is always usable, and every complaint names a line. */
#include <stdint.h>

#include "tui/theme.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct notices n = {0};
    struct theme t;
    theme_parse(&t, "fuzz", "f", span_make((const char *)data, size), &n);
    for (size_t i = 0; i < N_LOOKS; i++) {
        BUG_IF(t.style[i].fg.c16 > 15 || t.style[i].bg.c16 > 15);
        BUG_IF(t.style[i].fg.rgb > 0xffffff || t.style[i].bg.rgb > 0xffffff);
    }
    for (size_t i = 0; i < n.n; i++)
        BUG_IF(strncmp(n.text[i], "f:", 2) != 0);
    notices_release(&n);
    return 0;
}
