/* libcsv: peer_libcsv FILE tab|comma cuts a file into fields and counts them, nothing more. Blocks of
 * 1 MiB, no quotes in tab-separated text: its own fastest way. */
#include <csv.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/clock.h"

#define BLOCK ((size_t)1 << 20)

struct counts {
    uint64_t fields, rows;
};

static void on_field(void *text, size_t n, void *user)
{
    struct counts *c = user;
    (void)text;
    (void)n;
    c->fields++;
}

static void on_row(int end, void *user)
{
    struct counts *c = user;
    (void)end;
    c->rows++;
}

int main(int argc, char **argv)
{
    struct csv_parser parser;
    struct counts c = {0};
    char *block = malloc(BLOCK);
    int fd = argc == 3 ? open(argv[1], O_RDONLY) : -1;
    ssize_t n;
    if (fd < 0 || block == NULL || csv_init(&parser, 0) != 0) {
        fprintf(stderr, "usage: peer_libcsv FILE tab|comma\n");
        return 2;
    }
    if (strcmp(argv[2], "tab") == 0) {
        csv_set_delim(&parser, '\t');
        csv_set_quote(&parser, '\0');
    }
    struct stopwatch start = stopwatch_start();
    while ((n = read(fd, block, BLOCK)) > 0)
        if (csv_parse(&parser, block, (size_t)n, on_field, on_row, &c) != (size_t)n)
            return 1;
    (void)csv_fini(&parser, on_field, on_row, &c);
    stopwatch_print(&start, "rows", c.rows);
    csv_free(&parser);
    free(block);
    return c.fields == 0;
}
