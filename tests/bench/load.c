/* minnow's loader alone: load FILE THREADS reads the file into a table and prints how long it took. */
#include "core/load.h"

#include <stdlib.h>

#include "tests/bench/clock.h"

int main(int argc, char **argv)
{
    struct err err = ERR_INIT;
    if (argc != 3) {
        fprintf(stderr, "usage: load FILE THREADS\n");
        return 2;
    }
    const char *path[] = {argv[1]};
    struct load_opts opts = {
        .path = path, .n_paths = 1, .threads = (uint32_t)strtoul(argv[2], NULL, 10)};
    struct stopwatch start = stopwatch_start();
    struct table *t = load_table(&opts, NULL, &err);
    if (t == NULL) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    stopwatch_print(&start, "rows", t->n_rows);
    table_unref(t);
    return 0;
}
