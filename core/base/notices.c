/* List of notices; see notices.h. */
#include "core/base/notices.h"

#include <stdarg.h>

#include "core/base/mem.h"

/* Takes the text. */
static void keep(struct notices *list, char *text)
{
    if (text == NULL) {
        list->dropped++;
        return;
    }
    for (size_t i = 0; i < list->n; i++) {
        if (strcmp(list->text[i], text) == 0) {
            mem_free(text);
            return;
        }
    }
    if (list->n == NOTICES_MAX) {
        list->dropped++;
        mem_free(text);
        return;
    }
    list->text[list->n++] = text;
}

void notices_add(struct notices *list, const char *fmt, ...)
{
    char text[400];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    keep(list, mem_string(text));
}

void notices_join(struct notices *list, const struct notices *more)
{
    for (size_t i = 0; i < more->n; i++)
        keep(list, mem_string(more->text[i]));
    list->dropped += more->dropped;
}

void notices_release(struct notices *list)
{
    for (size_t i = 0; i < list->n; i++)
        mem_free(list->text[i]);
    *list = (struct notices){.n = 0};
}
