/* Any bytes as the beginning of an input: it is a format or a refusal with a reason, the same each time,
 * and a format that says yes can make a head of it. The first byte chooses the options. */
#include <stdint.h>

#include "core/format/format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void make_head(const struct format *f, struct span first, const struct format_opts *opts)
{
    struct err err = ERR_INIT;
    struct head *head = f->head_new(first, opts, &err);
    struct span rest = first, line;
    uint64_t line_no = 0;
    BUG_IF((head == NULL) != (err.code != ERR_OK));
    if (head == NULL)
        return;
    while (span_line(&rest, &line) && f->is_head(head, line)) {
        if (f->head_line(head, line, ++line_no, &err) != 0) {
            BUG_IF(err.code == ERR_OK);
            break;
        }
    }
    f->head_free(head);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char delimiters[] = {0, ',', ';', '\t'};
    struct err err = ERR_INIT, again = ERR_INIT;
    struct format_opts opts = {.fields = NULL};
    const struct format *f;
    struct span first;
    size_t bom = 99, twice = 99;
    if (size == 0)
        return 0;
    opts.delimiter = delimiters[data[0] % 4];
    opts.fields = (data[0] & 4) != 0 ? "ts,uid,note" : NULL;
    first = span_make((const char *)data + 1, size - 1);
    f = format_sniff(first, (data[0] & 8) != 0, &opts, &bom, &err);
    BUG_IF((f == NULL) != (err.code != ERR_OK));
    BUG_IF(f != format_sniff(first, (data[0] & 8) != 0, &opts, &twice, &again) || bom != twice);
    BUG_IF((bom != 0 && bom != 3) || bom > first.len);
    if (f != NULL)
        make_head(f, span_make(first.ptr + bom, first.len - bom), &opts);
    return 0;
}
