/* eta.h: what is done never falls, and what is left is about right, on made-up courses of jobs. */
#include "tests/unit/unit.h"

#include "core/eta.h"

/* One moment of a job. */
struct moment {
    double at_s;
    struct progress p;
};

/* Plays a job that ends at end_s: `part` never falls, and from the first fifth on what is told to be left
 * is within a factor 2, or 1 s. */
static void play(const struct moment *m, size_t n, double end_s)
{
    struct eta e;
    double last = -1;
    eta_begin(&e, 0);
    for (size_t i = 0; i < n; i++) {
        struct progress p = m[i].p;
        double left = end_s - m[i].at_s;
        eta_see(&e, &p, m[i].at_s);
        assert_true(p.part >= last);
        assert_true(p.part <= 1);
        last = p.part;
        if (m[i].at_s < end_s / 5)
            continue;
        if (p.left_s > 2 * left + 1 || p.left_s < left / 2 - 1)
            fail_msg("at %.2f s of %.2f, phase %d: %.2f s told to be left", m[i].at_s, end_s,
                     (int)p.phase, p.left_s);
    }
}

static void a_load_goes_by_bytes(void **state)
{
    struct moment m[50];
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(m); i++)
        m[i] = (struct moment){(double)i * 0.2,
                               {.phase = i == 0 ? PHASE_OPENING : PHASE_LOADING,
                                .bytes_read = i * 1000,
                                .bytes_total = 50000}};
    play(m, ARRAY_LEN(m), 10);
}

/* A fit: features of f seconds, `starts` starts with s seconds of seeding and `passes` passes each, which take
 * ever less time, then e seconds of explaining. */
static void play_fit(double f, uint32_t starts, double s, uint32_t passes, double first_pass,
                     double e)
{
    static struct moment m[4096];
    size_t n = 0;
    double t = 0;
    for (uint64_t i = 0; i < 20; i++, t += f / 20)
        m[n++] = (struct moment){t, {.phase = PHASE_FEATURES, .done = i * 1000, .total = 20000}};
    for (uint32_t start = 1; start <= starts; start++) {
        for (uint64_t i = 1; i < 10; i++, t += s / 9)
            m[n++] = (struct moment){
                t,
                {.phase = PHASE_SEEDING, .start = start, .starts = starts, .done = i, .total = 10}};
        for (uint32_t pass = 1; pass <= passes; pass++) {
            t += first_pass * (0.3 + 0.7 / pass);
            m[n++] = (struct moment){
                t, {.phase = PHASE_CLUSTERING, .start = start, .starts = starts, .pass = pass}};
        }
    }
    for (uint64_t i = 0; i < 5; i++, t += e / 5)
        m[n++] = (struct moment){t, {.phase = PHASE_EXPLAINING, .done = i, .total = 5}};
    assert_true(n < ARRAY_LEN(m));
    play(m, n, t);
}

static void a_fit_is_told_by_its_own_pace(void **state)
{
    (void)state;
    play_fit(10, 2, 1, 20, 0.3, 2); /* features, two starts, as the recipe conn has it */
    play_fit(7, 2, 1, 40, 0.2, 2);
    play_fit(0.1, 10, 1, 30, 0.1, 1); /* features were made while the log was read */
    play_fit(5, 5, 0.5, 12, 0.1, 1);
}

/* A number of passes that nobody foresees: what is done still never falls or ends too soon. */
static void passes_without_end(void **state)
{
    struct eta e;
    double last = -1;
    (void)state;
    eta_begin(&e, 0);
    for (uint32_t pass = 1; pass < 300; pass++) {
        struct progress p = {.phase = PHASE_CLUSTERING, .start = 1, .starts = 1, .pass = pass};
        eta_see(&e, &p, pass * 0.1);
        assert_true(p.part >= last && p.part < 1);
        assert_true(p.left_s > 0 || pass < 20);
        last = p.part;
    }
    assert_true(last > 0.5);
}

static void nobody_knows(void **state)
{
    struct eta e;
    struct progress p = {.phase = PHASE_LOADING, .bytes_read = 1000};
    (void)state;
    eta_begin(&e, 5);
    eta_see(&e, &p, 6); /* a pipe */
    assert_true(p.part < 0 && p.left_s < 0);
    p = (struct progress){.phase = PHASE_IDLE};
    eta_see(&e, &p, 7);
    assert_true(p.part < 0 && p.left_s < 0);
    p = (struct progress){.phase = PHASE_FEATURES};
    eta_see(&e, &p, 7);
    assert_true(p.left_s < 0);
    p = (struct progress){.phase = PHASE_FEATURES, .total = 1000};
    eta_see(&e, &p, 7);
    assert_true(p.part == 0 && p.left_s < 0);
    p = (struct progress){.phase = PHASE_CLUSTERING};
    eta_see(&e, &p, 7);
    assert_true(p.left_s < 0);
}

static void in_words(void **state)
{
    char text[32];
    (void)state;
    assert_string_equal(eta_text(-1, text, sizeof text), "");
    assert_string_equal(eta_text(0.4, text, sizeof text), "");
    assert_string_equal(eta_text(12.3, text, sizeof text), "about 12 s left");
    assert_string_equal(eta_text(89, text, sizeof text), "about 89 s left");
    assert_string_equal(eta_text(200, text, sizeof text), "about 3 min left");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_load_goes_by_bytes),
        cmocka_unit_test(a_fit_is_told_by_its_own_pace),
        cmocka_unit_test(passes_without_end),
        cmocka_unit_test(nobody_knows),
        cmocka_unit_test(in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
