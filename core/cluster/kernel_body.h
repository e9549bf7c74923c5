/* The distance kernel, written once and compiled for each element type: kernel.c includes this file
 * with ELEM (the storage type) and KERNEL (the function's name) defined.
 *
 * The block's elements are converted to double once per tile of dimensions, then every center
 * passes over the tile with its sixteen sums in registers, as eight pairs. Between tiles the sums
 * wait in `dist`, so each still adds its terms in the order of the dimensions. */
static OPTIMISE void KERNEL(const ELEM *restrict x, uint32_t d, const double *restrict center,
                            uint32_t n_centers, double *restrict dist)
{
    pair tile[TILE_DIMS * PAIRS];

    for (size_t i = 0; i < (size_t)n_centers * MATRIX_BLOCK; i++)
        dist[i] = 0;
    for (uint32_t first = 0; first < d; first += TILE_DIMS) {
        uint32_t dims = d - first < TILE_DIMS ? d - first : TILE_DIMS;
        const ELEM *from = x + (size_t)first * MATRIX_BLOCK;
        for (size_t i = 0; i < (size_t)dims * PAIRS; i++)
            tile[i] = (pair){(double)from[2 * i], (double)from[2 * i + 1]};
        for (uint32_t c = 0; c < n_centers; c++) {
            const double *restrict mean = center + (size_t)c * d + first;
            double *restrict out = dist + (size_t)c * MATRIX_BLOCK;
            pair sum[PAIRS];
            memcpy(sum, out, sizeof sum);
            for (uint32_t j = 0; j < dims; j++) {
                const pair *value = tile + (size_t)j * PAIRS;
                pair m = {mean[j], mean[j]};
                for (int p = 0; p < PAIRS; p++) {
                    pair diff = value[p] - m;
                    sum[p] += diff * diff;
                }
            }
            memcpy(out, sum, sizeof sum);
        }
    }
}
