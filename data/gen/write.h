/* Rows as text, in the forms that sensors and tools write. */
#ifndef MINNOW_GEN_WRITE_H
#define MINNOW_GEN_WRITE_H

#include <stdio.h>

#include "data/gen/row.h"

enum form { FORM_TSV, FORM_BARE, FORM_CSV, FORM_JSON };

struct writer {
    FILE *out;
    enum form form;
    bool labels;
    int columns; /* 20: without local_resp, as Bro 2.3 wrote; 21; 22: with ip_proto, as Zeek 7 */
    uint64_t seed;
    char *at; /* end of what waits in buf */
    char buf[1 << 16];
    bool failed;
};

void writer_begin(struct writer *w, int64_t start_us);
void writer_row(struct writer *w, const struct row *row);
/* Writes what waits, and the closing line. 0, or -1 when any write failed. */
int writer_end(struct writer *w, int64_t end_us) WARN_UNUSED;

#endif
