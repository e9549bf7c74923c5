/* Any bytes as JSON lines: behind a good row, and on their own. */
#include "tests/fuzz/load_fuzz.h"

#include "core/base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char head[] = "{\"ts\":1.5,\"id.orig_h\":\"10.0.0.1\",\"conn_state\":\"SF\"}\n";
    size_t n = sizeof head - 1;
    uint8_t *both = mem_alloc(n + size, 1);
    BUG_IF(both == NULL);
    memcpy(both, head, n);
    if (size > 0)
        memcpy(both + n, data, size);
    fuzz_load(both, n + size);
    mem_free(both);
    fuzz_load(data, size);
    return 0;
}
