/* What is done to observations besides, written once and compiled with kernel_fused.h for each kind of
 * vectors: seeding in float; sums and distances in double. All of it gives the same bits for every kind:
 * each sum adds its terms in one order, whatever stands side by side in a vector, and nothing is fused. */

#define WIDE_LANES (WIDTH / 2)
#define WIDES      (MATRIX_BLOCK / WIDE_LANES) /* vectors of a block */

/* ---- seeding ---- */

#define VECS (MATRIX_BLOCK / WIDTH) /* vectors of a block */
/* Vectors of a block that meet so many candidates at once, such that the sums stay in registers. */
#if WIDTH == 16
#define SEED_PART 1
#define TRIES     8
#else
#define SEED_PART 2
#define TRIES     4
#endif

/* Lesser of nearest and squared distance to n <= TRIES candidates, from number `from` on; returns which
 * come closer, as bits. */
static ALWAYS uint32_t lesser_of(const float *x, const struct kernel_points *p, uint32_t from,
                                 uint32_t n, bool listed, const float *near, vec to[TRIES][VECS])
{
    const float *center = p->at + (size_t)from * p->stride;
    const vec none = {0};
    uint32_t closer = 0;
    for (int first = 0; first < VECS; first += SEED_PART) {
        vec sum[TRIES][SEED_PART];
        for (uint32_t c = 0; c < n; c++)
            for (int v = 0; v < SEED_PART; v++)
                sum[c][v] = listed ? none + p->base[from + c] : none;
        for (uint32_t j = 0; j < p->dims; j++) {
            vec here[SEED_PART];
            memcpy(here, x + (size_t)(listed ? p->dim[j] : j) * MATRIX_BLOCK + first * WIDTH,
                   sizeof here);
            for (uint32_t c = 0; c < n; c++)
                for (int v = 0; v < SEED_PART; v++) {
                    vec diff = here[v] - center[(size_t)c * p->stride + j];
                    sum[c][v] += diff * diff;
                }
        }
        for (int v = 0; v < SEED_PART; v++) {
            vec own;
            memcpy(&own, near + (first + v) * WIDTH, sizeof own);
            for (uint32_t c = 0; c < n; c++) {
                closer |= (uint32_t)any_lower(sum[c][v], own) << c;
                to[c][first + v] = lower(sum[c][v], own);
            }
        }
    }
    return closer;
}

/* The sum of a block's lanes, halves folded onto each other. */
static inline float fold(const vec lanes[VECS])
{
    float left[MATRIX_BLOCK];
    for (int v = 0; v < VECS; v++)
        memcpy(left + v * WIDTH, &lanes[v], sizeof lanes[v]);
#if defined(__SSE2__)
    __m128 a = _mm_add_ps(_mm_loadu_ps(left), _mm_loadu_ps(left + 8));
    __m128 b = _mm_add_ps(_mm_loadu_ps(left + 4), _mm_loadu_ps(left + 12));
    a = _mm_add_ps(a, b);
    a = _mm_add_ps(a, _mm_movehl_ps(a, a));
    return _mm_cvtss_f32(_mm_add_ss(a, _mm_shuffle_ps(a, a, 1)));
#else
    for (int half = MATRIX_BLOCK / 2; half > 0; half /= 2)
        for (int i = 0; i < half; i++)
            left[i] += left[i + half];
    return left[0];
#endif
}

static ALWAYS uint32_t try_some(const float *x, const struct kernel_points *p, uint32_t from,
                                uint32_t n, const float *near, float *sum)
{
    vec to[TRIES][VECS];
    uint32_t closer = p->dim == NULL ? lesser_of(x, p, from, n, false, near, to)
                                     : lesser_of(x, p, from, n, true, near, to);
    for (uint32_t c = 0; c < n; c++)
        sum[c] = fold(to[c]);
    return closer;
}

/* So that the number of candidates is known where their sums are made. */
static uint32_t try_up_to(const float *x, const struct kernel_points *p, uint32_t from, uint32_t n,
                          const float *near, float *sum)
{
    switch (n) {
    case 1:
        return try_some(x, p, from, 1, near, sum);
    case 2:
        return try_some(x, p, from, 2, near, sum);
    case 3:
        return try_some(x, p, from, 3, near, sum);
    case 4:
        return try_some(x, p, from, 4, near, sum);
#if TRIES > 4
    case 5:
        return try_some(x, p, from, 5, near, sum);
    case 6:
        return try_some(x, p, from, 6, near, sum);
    case 7:
        return try_some(x, p, from, 7, near, sum);
#endif
    default:
        return try_some(x, p, from, TRIES, near, sum);
    }
}

static uint32_t try(const float *x, const struct kernel_points *points, const float *near,
                    float *sum)
{
    uint32_t closer = 0;
    for (uint32_t c = 0; c < points->n; c += TRIES) {
        uint32_t n = points->n - c < TRIES ? points->n - c : TRIES;
        closer |= try_up_to(x, points, c, n, near, sum + c) << c;
    }
    return closer;
}

static float take(const float *x, const struct kernel_points *point, float *near)
{
    vec to[TRIES][VECS];
    if (point->dim == NULL)
        (void)lesser_of(x, point, 0, 1, false, near, to);
    else
        (void)lesser_of(x, point, 0, 1, true, near, to);
    memcpy(near, to[0], sizeof to[0]);
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

#define REACH_PART 2 /* vectors that are worked on at once */

static void reach(const float *x, uint32_t d, const double *center, double *dist)
{
    for (int first = 0; first < WIDES; first += REACH_PART) {
        wide sum[REACH_PART] = {{0}};
        for (uint32_t j = 0; j < d; j++)
            for (int v = 0; v < REACH_PART; v++) {
                wide diff =
                    widen(x + (size_t)j * MATRIX_BLOCK + (first + v) * WIDE_LANES) - center[j];
                sum[v] += diff * diff;
            }
        memcpy(dist + first * WIDE_LANES, sum, sizeof sum);
    }
}
