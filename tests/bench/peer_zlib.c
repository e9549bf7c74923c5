/* zlib: peer_zlib FILE.gz inflates into one buffer of 1 MiB that is thrown away. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#include "tests/bench/clock.h"

#define BLOCK ((size_t)1 << 20)

int main(int argc, char **argv)
{
    z_stream z = {0};
    unsigned char *in = malloc(BLOCK), *out = malloc(BLOCK);
    int fd = argc == 2 ? open(argv[1], O_RDONLY) : -1, rc = Z_OK;
    uint64_t bytes = 0;
    ssize_t n;
    if (fd < 0 || in == NULL || out == NULL || inflateInit2(&z, 15 + 16) != Z_OK) {
        fprintf(stderr, "usage: peer_zlib FILE.gz\n");
        return 2;
    }
    struct stopwatch start = stopwatch_start();
    while (rc == Z_OK && (n = read(fd, in, BLOCK)) > 0) {
        z.next_in = in;
        z.avail_in = (uInt)n;
        do {
            z.next_out = out;
            z.avail_out = (uInt)BLOCK;
            rc = inflate(&z, Z_NO_FLUSH);
            bytes += BLOCK - z.avail_out;
        } while (rc == Z_OK && z.avail_out == 0);
        if (rc == Z_BUF_ERROR)
            rc = Z_OK;
    }
    if (rc != Z_STREAM_END)
        return 1;
    stopwatch_print(&start, "bytes", bytes);
    (void)inflateEnd(&z);
    free(in);
    free(out);
    return 0;
}
