/* What the screen asks of the engine when k changes: recluster LOG FEATURES K ANOTHER loads the log,
 * clusters it with K and then again with ANOTHER, and prints how long each step took from the call
 * to the news of its end. */
#include "core/engine.h"

#include <stdlib.h>
#include <uv.h>

#include "core/recipe/recipe.h"
#include "tests/bench/clock.h"

static void on_news(void *user)
{
    (void)user;
}

static void die(const struct err *err)
{
    fprintf(stderr, "recluster: %s\n", err->text);
    exit(1);
}

/* Turns the loop until one more job has ended. */
static void wait_for_end(struct engine *e, uv_loop_t *loop, uint64_t *seen)
{
    uint64_t serial;
    const struct err *last;
    do {
        (void)uv_run(loop, UV_RUN_ONCE);
        last = engine_last(e, &serial);
    } while (serial == *seen);
    *seen = serial;
    if (last->code != ERR_OK)
        die(last);
}

static double cluster(struct engine *e, uv_loop_t *loop, uint64_t *seen, struct recipe *r,
                      const char *k)
{
    struct err err = ERR_INIT;
    struct cluster_opts opts = {.recipe = r};
    struct stopwatch start = stopwatch_start();
    if (recipe_set_k(r, k, &err) != 0 || engine_cluster(e, &opts, &err) != 0)
        die(&err);
    wait_for_end(e, loop, seen);
    return stopwatch_read(&start).wall;
}

int main(int argc, char **argv)
{
    struct err err = ERR_INIT;
    struct recipe r;
    uv_loop_t loop;
    uint64_t seen = 0;
    if (argc != 5) {
        fprintf(stderr, "usage: recluster LOG FEATURES K ANOTHER\n");
        return 2;
    }
    if (recipe_init(&r, &err) != 0 || recipe_set_features(&r, argv[2], &err) != 0 ||
        recipe_set_missing(&r, "zero", &err) != 0 || recipe_set_starts(&r, "1", &err) != 0)
        die(&err);
    (void)uv_loop_init(&loop);
    struct engine *e = engine_new(&loop, 0, on_news, NULL);
    const char *path[] = {argv[1]};
    struct load_opts load = {.path = path, .n_paths = 1};
    if (e == NULL || engine_load(e, &load, NULL, &err) != 0)
        die(&err);
    wait_for_end(e, &loop, &seen);
    double first = cluster(e, &loop, &seen, &r, argv[3]);
    struct stopwatch start = stopwatch_start();
    double again = cluster(e, &loop, &seen, &r, argv[4]);
    printf("load=%.6f first=%.6f wall=%.6f cpu=%.6f\n", engine_load_seconds(e), first, again,
           stopwatch_read(&start).cpu);
    engine_shutdown(e);
    while (!engine_closed(e))
        (void)uv_run(&loop, UV_RUN_ONCE);
    engine_free(e);
    recipe_release(&r);
    return 0;
}
