/* yajl: peer_yajl FILE parses JSON lines by events and counts the objects, nothing more. Blocks of
 * 1 MiB, no check of UTF-8: its own fastest way. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include <yajl/yajl_parse.h>

#include "tests/bench/clock.h"

#define BLOCK ((size_t)1 << 20)

static int on_number(void *user, const char *text, size_t n)
{
    (void)user;
    (void)text;
    (void)n;
    return 1;
}

static int on_text(void *user, const unsigned char *text, size_t n)
{
    (void)user;
    (void)text;
    (void)n;
    return 1;
}

static int on_boolean(void *user, int value)
{
    (void)user;
    (void)value;
    return 1;
}

static int on_end(void *user)
{
    uint64_t *objects = user;
    (*objects)++;
    return 1;
}

int main(int argc, char **argv)
{
    static const yajl_callbacks events = {.yajl_number = on_number,
                                          .yajl_string = on_text,
                                          .yajl_map_key = on_text,
                                          .yajl_boolean = on_boolean,
                                          .yajl_end_map = on_end};
    uint64_t objects = 0;
    unsigned char *block = malloc(BLOCK);
    int fd = argc == 2 ? open(argv[1], O_RDONLY) : -1;
    yajl_handle parser = yajl_alloc(&events, NULL, &objects);
    ssize_t n;
    if (fd < 0 || block == NULL || parser == NULL) {
        fprintf(stderr, "usage: peer_yajl FILE\n");
        return 2;
    }
    (void)yajl_config(parser, yajl_allow_multiple_values, 1);
    (void)yajl_config(parser, yajl_dont_validate_strings, 1);
    struct stopwatch start = stopwatch_start();
    while ((n = read(fd, block, BLOCK)) > 0)
        if (yajl_parse(parser, block, (size_t)n) != yajl_status_ok)
            return 1;
    if (yajl_complete_parse(parser) != yajl_status_ok)
        return 1;
    stopwatch_print(&start, "rows", objects);
    yajl_free(parser);
    free(block);
    return 0;
}
