/* What is done to observations in double, written once and compiled with kernel_fused.h for each kind of
 * vectors: seeding, sums, distances. All of it gives the same bits for every kind: each sum adds its
 * terms in one order, whatever stands side by side in a vector. */

#define WIDE_LANES (WIDTH / 2)
#define WIDES      (MATRIX_BLOCK / WIDE_LANES) /* vectors of a block */

/* Squared distances of WIDE_PART vectors, from vector `first` on, to n <= TRIES centers. */
#define TRIES     4
#define WIDE_PART 2

static inline __attribute__((always_inline)) void distances_wide(const float *x, uint32_t d,
                                                                 const double *center, int n,
                                                                 wide sum[TRIES][WIDE_PART])
{
    for (int c = 0; c < n; c++)
        for (int v = 0; v < WIDE_PART; v++)
            sum[c][v] = (wide){0};
    for (uint32_t j = 0; j < d; j++) {
        wide here[WIDE_PART];
        for (int v = 0; v < WIDE_PART; v++)
            here[v] = widen(x + (size_t)j * MATRIX_BLOCK + v * WIDE_LANES);
        for (int c = 0; c < n; c++) {
            double mean = center[(size_t)c * d + j];
            for (int v = 0; v < WIDE_PART; v++) {
                wide diff = here[v] - mean;
                sum[c][v] += diff * diff;
            }
        }
    }
}

/* The sum of a block's lanes, halves folded onto each other. */
static inline double fold(wide lanes[WIDES])
{
    double left[WIDE_LANES];
    for (int half = WIDES / 2; half > 0; half /= 2)
        for (int v = 0; v < half; v++)
            lanes[v] += lanes[v + half];
    memcpy(left, &lanes[0], sizeof left);
    for (int half = WIDE_LANES / 2; half > 0; half /= 2)
        for (int i = 0; i < half; i++)
            left[i] += left[i + half];
    return left[0];
}

/* Lesser of nearest and distance, squared, for n centers; returns which come closer. The square of a
 * float is exact. */
static inline __attribute__((always_inline)) uint32_t lesser_of(const float *x, uint32_t d,
                                                                const double *center, int n,
                                                                const float *near,
                                                                wide to[TRIES][WIDES])
{
    uint32_t closer = 0;
    for (int first = 0; first < WIDES; first += WIDE_PART) {
        wide sum[TRIES][WIDE_PART];
        distances_wide(x + first * WIDE_LANES, d, center, n, sum);
        for (int v = 0; v < WIDE_PART; v++) {
            wide own = widen(near + (first + v) * WIDE_LANES);
            own *= own;
            for (int c = 0; c < n; c++) {
                closer |= any_less(sum[c][v], own) ? (uint32_t)1 << c : 0;
                to[c][first + v] = lesser(sum[c][v], own);
            }
        }
    }
    return closer;
}

static inline __attribute__((always_inline)) uint32_t try_some(const float *x, uint32_t d,
                                                               const double *center, int n,
                                                               const float *near, double *sum)
{
    wide to[TRIES][WIDES];
    uint32_t closer = lesser_of(x, d, center, n, near, to);
    for (int c = 0; c < n; c++)
        sum[c] = fold(to[c]);
    return closer;
}

static uint32_t try(const float *x, uint32_t d, const double *center, uint32_t n_centers,
                    const float *near, double *sum)
{
    uint32_t closer = 0, c = 0;
    for (; c + 4 <= n_centers; c += 4)
        closer |= try_some(x, d, center + (size_t)c * d, 4, near, sum + c) << c;
    if (c + 2 <= n_centers) {
        closer |= try_some(x, d, center + (size_t)c * d, 2, near, sum + c) << c;
        c += 2;
    }
    if (c < n_centers)
        closer |= try_some(x, d, center + (size_t)c * d, 1, near, sum + c) << c;
    return closer;
}

static double take(const float *x, uint32_t d, const double *center, float *near)
{
    wide to[TRIES][WIDES];
    (void)lesser_of(x, d, center, 1, near, to);
    for (int v = 0; v < WIDES; v++) {
        put_roots(to[0][v], near + v * WIDE_LANES);
        to[0][v] = widen(near + v * WIDE_LANES);
        to[0][v] *= to[0][v];
    }
    return fold(to[0]);
}

/* ---- sums ---- */

#define TILE 16 /* dimensions that are turned at once */

/* row[lane][j] = a block's values, for `dims` of its dimensions from x on. */
static inline void turn(const float *x, uint32_t dims, double row[MATRIX_BLOCK][TILE])
{
    uint32_t j = 0;
#if defined(__SSE2__)
    for (; j + 4 <= dims; j += 4) {
        for (int lane = 0; lane < MATRIX_BLOCK; lane += 4) {
            const float *from = x + (size_t)j * MATRIX_BLOCK + lane;
            __m128 a = _mm_loadu_ps(from), b = _mm_loadu_ps(from + MATRIX_BLOCK);
            __m128 c = _mm_loadu_ps(from + 2 * MATRIX_BLOCK);
            __m128 e = _mm_loadu_ps(from + 3 * MATRIX_BLOCK);
            _MM_TRANSPOSE4_PS(a, b, c, e);
            const __m128 turned[4] = {a, b, c, e};
            for (int i = 0; i < 4; i++) {
                double *to = &row[lane + i][j];
                _mm_storeu_pd(to, _mm_cvtps_pd(turned[i]));
                _mm_storeu_pd(to + 2, _mm_cvtps_pd(_mm_movehl_ps(turned[i], turned[i])));
            }
        }
    }
#endif
    for (; j < dims; j++)
        for (int lane = 0; lane < MATRIX_BLOCK; lane++)
            row[lane][j] = (double)x[(size_t)j * MATRIX_BLOCK + (size_t)lane];
}

static void add(const float *x, uint32_t d, const uint8_t *label, uint32_t lanes, double *sum)
{
    double row[MATRIX_BLOCK][TILE];
    for (uint32_t first = 0; first < d; first += TILE) {
        uint32_t dims = d - first < TILE ? d - first : TILE;
        turn(x + (size_t)first * MATRIX_BLOCK, dims, row);
        for (uint32_t lane = 0; lane < lanes; lane++) {
            double *to = sum + (size_t)label[lane] * d + first;
            uint32_t j = 0;
            for (; j + WIDE_LANES <= dims; j += WIDE_LANES) {
                wide total, term;
                memcpy(&total, to + j, sizeof total);
                memcpy(&term, &row[lane][j], sizeof term);
                total += term;
                memcpy(to + j, &total, sizeof total);
            }
            for (; j < dims; j++)
                to[j] += row[lane][j];
        }
    }
}

/* ---- sums in which the order does not matter ---- */

/* largest[j][lane]: the lesser is raised to the block's absolute values. */
static void raise_to(const float *x, uint32_t d, float *largest)
{
    const vec none = {0};
    for (size_t i = 0; i < (size_t)d * MATRIX_BLOCK; i += WIDTH) {
        vec here, most;
        memcpy(&here, x + i, sizeof here);
        memcpy(&most, largest + i, sizeof most);
        most = higher(higher(here, none - here), most);
        memcpy(largest + i, &most, sizeof most);
    }
}

/* Cuts a term into the multiples of two steps; what is finer is left out. */
#define CUT(term, coarse, fine, high, low)                                                         \
    do {                                                                                           \
        high = ((term) + (coarse)) - (coarse);                                                     \
        low = (((term) - (high)) + (fine)) - (fine);                                               \
    } while (0)

static void tally(const float *x, uint32_t d, const uint8_t *label, uint32_t lanes,
                  const struct kernel_steps *steps, double *high, double *low)
{
    double row[MATRIX_BLOCK][TILE];
    for (uint32_t first = 0; first < d; first += TILE) {
        uint32_t dims = d - first < TILE ? d - first : TILE;
        turn(x + (size_t)first * MATRIX_BLOCK, dims, row);
        for (uint32_t lane = 0; lane < lanes; lane++) {
            size_t at = (size_t)label[lane] * d + first;
            uint32_t j = 0;
            for (; j + WIDE_LANES <= dims; j += WIDE_LANES) {
                wide term, coarse, fine, most, least, sum[2];
                memcpy(&term, &row[lane][j], sizeof term);
                memcpy(&coarse, steps->coarse + first + j, sizeof coarse);
                memcpy(&fine, steps->fine + first + j, sizeof fine);
                memcpy(&sum[0], high + at + j, sizeof sum[0]);
                memcpy(&sum[1], low + at + j, sizeof sum[1]);
                CUT(term, coarse, fine, most, least);
                sum[0] += most;
                sum[1] += least;
                memcpy(high + at + j, &sum[0], sizeof sum[0]);
                memcpy(low + at + j, &sum[1], sizeof sum[1]);
            }
            for (; j < dims; j++) {
                double most, least;
                CUT(row[lane][j], steps->coarse[first + j], steps->fine[first + j], most, least);
                high[at + j] += most;
                low[at + j] += least;
            }
        }
    }
}

static void shift(const float *x, uint32_t d, const struct kernel_steps *steps, double *high,
                  double *low, uint32_t to, uint32_t from)
{
    double *to_high = high + (size_t)to * d, *from_high = high + (size_t)from * d;
    double *to_low = low + (size_t)to * d, *from_low = low + (size_t)from * d;
    for (uint32_t j = 0; j < d; j++) {
        double most, least;
        CUT((double)x[(size_t)j * MATRIX_BLOCK], steps->coarse[j], steps->fine[j], most, least);
        to_high[j] += most;
        from_high[j] -= most;
        to_low[j] += least;
        from_low[j] -= least;
    }
}

/* ---- distances ---- */

static void reach(const float *x, uint32_t d, const double *center, double *dist)
{
    for (int first = 0; first < WIDES; first += WIDE_PART) {
        wide sum[TRIES][WIDE_PART];
        distances_wide(x + first * WIDE_LANES, d, center, 1, sum);
        memcpy(dist + first * WIDE_LANES, sum[0], sizeof sum[0]);
    }
}
