/* Replays the corpus of a fuzz target without libFuzzer: every file of every directory named on the
 * command line goes through LLVMFuzzerTestOneInput, and the empty input first. Prints TAP: one
 * test, and before each input its name, so that the last name printed is the one that crashed. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The whole file in memory of exactly its size, so that the sanitizers see a read beyond it. */
static uint8_t *slurp(const char *path, size_t *size)
{
    FILE *in = fopen(path, "rb");
    uint8_t *data = NULL;
    long length;
    if (in == NULL)
        return NULL;
    if (fseek(in, 0, SEEK_END) == 0 && (length = ftell(in)) >= 0 && fseek(in, 0, SEEK_SET) == 0) {
        *size = (size_t)length;
        data = malloc(*size > 0 ? *size : 1);
        if (data != NULL && fread(data, 1, *size, in) != *size) {
            free(data);
            data = NULL;
        }
    }
    (void)fclose(in);
    return data;
}

static int replay_file(const char *path)
{
    size_t size = 0;
    uint8_t *data = slurp(path, &size);
    if (data == NULL) {
        printf("# cannot read %s\n", path);
        return -1;
    }
    printf("# %s\n", path);
    (void)fflush(stdout);
    (void)LLVMFuzzerTestOneInput(data, size);
    free(data);
    return 0;
}

static int replay_directory(const char *path, int *n)
{
    struct dirent **names = NULL;
    int rc = 0;
    int count = scandir(path, &names, NULL, alphasort);
    if (count < 0)
        return 0; /* no corpus yet */
    for (int i = 0; i < count; i++) {
        char full[4096];
        int len = snprintf(full, sizeof full, "%s/%s", path, names[i]->d_name);
        if (names[i]->d_name[0] != '.') {
            if (len < 0 || (size_t)len >= sizeof full || replay_file(full) != 0)
                rc = -1;
            ++*n;
        }
        free(names[i]);
    }
    free(names);
    return rc;
}

int main(int argc, char **argv)
{
    int n = 0;
    int rc = 0;
    printf("1..1\n");
    (void)LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    for (int i = 1; i < argc; i++)
        if (replay_directory(argv[i], &n) != 0)
            rc = -1;
    printf("%s 1 - %d inputs\n", rc == 0 ? "ok" : "not ok", n);
    return rc == 0 ? 0 : 1;
}
