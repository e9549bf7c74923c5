/* Any bytes as a verdict file: an error with a sentence, or verdicts; each line that is one writes
 * and reads back as itself, and alone means what it says. */
#include <stdint.h>

#include "core/recipe/verdicts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A line reads back equal, and a file of it alone gives its address the verdict. */
static void one_line(struct span text)
{
    struct verdict_line line, again;
    struct err err = ERR_INIT;
    struct buf out = BUF_INIT;
    struct verdicts *alone;
    if (verdict_line_parse(&line, text, &err) != 0) {
        BUG_IF(err.code != ERR_USAGE || err.text[0] == '\0');
        return;
    }
    verdict_line_write(&line, &out);
    BUG_IF(out.failed || out.ptr[out.len - 1] != '\n');
    BUG_IF(verdict_line_parse(&again, span_make(out.ptr, out.len - 1), &err) != 0);
    BUG_IF(memcmp(&line.net, &again.net, sizeof line.net) != 0 || line.kind != again.kind ||
           line.verdict != again.verdict || line.port != again.port ||
           memcmp(&line.resp, &again.resp, sizeof line.resp) != 0 ||
           strcmp(line.proto, again.proto) != 0);
    alone = verdicts_add(NULL, &line, 1, &err);
    BUG_IF(alone == NULL);
    BUG_IF(verdicts_of_addr(alone, &line.net.addr) !=
           (line.kind == VERDICT_PAIR ? VERDICT_NONE : line.verdict));
    verdicts_unref(alone);
    buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = span_make((const char *)data, size), rest = text, line;
    struct err err = ERR_INIT;
    struct verdicts *v = verdicts_parse("fuzz", text, &err), *copy;
    BUG_IF(v == NULL && err.text[0] == '\0');
    while (span_line(&rest, &line))
        one_line(line);
    if (v == NULL)
        return 0;
    copy = verdicts_add(v, NULL, 0, &err);
    BUG_IF(copy == NULL || verdicts_lines(copy) != verdicts_lines(v));
    verdicts_unref(v);
    verdicts_unref(copy);
    return 0;
}
