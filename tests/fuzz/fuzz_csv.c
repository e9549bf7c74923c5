/* Any bytes behind a CSV header row, and without one. */
#include "tests/fuzz/load_fuzz.h"

#include "core/base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char head[] = "ts,src_ip,state,note\n";
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
