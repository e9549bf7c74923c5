/* The recipe file: lines of `key = value`; finding recipes by name. See recipe.h and
 * minnow-recipe(5). */
#include <errno.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/closest.h"
#include "core/base/config.h"
#include "core/base/embedded.h"
#include "core/base/mem.h"
#include "core/base/slurp.h"
#include "core/recipe/recipe_impl.h"

typedef int setter(struct recipe *r, const char *text, struct err *err);

static int set_text(char **to, const char *text, struct err *err)
{
    char *copy = mem_string(text);
    if (copy == NULL)
        return err_memory(err, "the recipe");
    mem_free(*to);
    *to = copy;
    return 0;
}

static int set_about(struct recipe *r, const char *text, struct err *err)
{
    return set_text(&r->about, text, err);
}

static int set_log(struct recipe *r, const char *text, struct err *err)
{
    return set_text(&r->log, text, err);
}

static const struct {
    const char *name;
    setter *set;
} keys[] = {
    {"about", set_about},
    {"log", set_log},
    {"unit", recipe_set_unit},
    {"where", recipe_set_where},
    {"k", recipe_set_k},
    {"seed", recipe_set_seed},
    {"starts", recipe_set_starts},
    {"tol", recipe_set_tol},
    {"max_iter", recipe_set_max_iter},
    {"order", recipe_set_order},
    {"suspicion", recipe_set_suspicion},
    {"scale", recipe_set_scale},
    {"missing", recipe_set_missing},
};

static int key_number(struct span key)
{
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        if (span_is(key, keys[i].name))
            return (int)i;
    }
    return -1;
}

int recipe_err_at(struct err *err, const char *path, uint64_t line)
{
    struct err inner = *err;
    err_at(err, inner.code, path, line, "%s", inner.text);
    err->column = inner.column;
    return -1;
}

static int unknown_key(struct span key, struct err *err)
{
    char hint[CLOSEST_HINT];
    struct closest c = closest_to(key);
    closest_try(&c, span_of("feature"));
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        closest_try(&c, span_of(keys[i].name));
    return err_set(err, ERR_USAGE, "unknown key '%.*s'%s", key.len > 40 ? 40 : (int)key.len,
                   key.ptr, c.best.len > 0 ? closest_hint(&c, hint) : " (see minnow-recipe(5))");
}

static int parse_line(struct recipe *r, struct span line, uint32_t number, uint32_t *seen,
                      struct err *err)
{
    const char *equals = memchr(line.ptr, '=', line.len);
    struct span key, value;
    char *text;
    int n, rc;
    if (equals == NULL)
        return err_set(err, ERR_USAGE, "expected KEY = VALUE");
    key = span_trim(span_make(line.ptr, (size_t)(equals - line.ptr)));
    value = span_trim(span_make(equals + 1, line.len - (size_t)(equals + 1 - line.ptr)));
    if (span_is(key, "feature"))
        return recipe_add_feature(r, value, number, err);
    n = key_number(key);
    if (n < 0)
        return unknown_key(key, err);
    if (*seen & (1u << n))
        return err_set(err, ERR_USAGE, "key '%s' stands here twice", keys[n].name);
    *seen |= 1u << n;
    text = mem_copy(value.ptr, value.len);
    if (text == NULL)
        return err_memory(err, "the recipe");
    rc = keys[n].set(r, text, err);
    mem_free(text);
    if (keys[n].set == recipe_set_where)
        r->where_line = number;
    return rc == 0 ? 0 : err_about(err, keys[n].name);
}

int recipe_parse(struct recipe *r, const char *name, const char *path, struct span text,
                 struct err *err)
{
    struct span rest = text, line;
    uint32_t seen = 0;
    uint64_t number = 0;
    if (text.len > RECIPE_MAX_BYTES)
        return err_at(err, ERR_USAGE, path, 0, "a recipe has at most 64 KiB");
    if (text.len > 0 && memchr(text.ptr, '\0', text.len) != NULL)
        return err_at(err, ERR_USAGE, path, 0, "not a recipe: it holds NUL bytes");
    if (recipe_init(r, err) != 0)
        return -1;
    if (set_text(&r->name, name, err) != 0 || set_text(&r->path, path, err) != 0)
        goto fail;
    while (span_line(&rest, &line)) {
        number++;
        while (line.len > 0 && strchr(" \t\r", line.ptr[line.len - 1]) != NULL)
            line.len--;
        line = span_trim(line);
        if (line.len == 0 || line.ptr[0] == '#')
            continue;
        if (parse_line(r, line, (uint32_t)number, &seen, err) != 0) {
            recipe_err_at(err, path, number);
            goto fail;
        }
    }
    if (r->n_features == 0) {
        err_at(err, ERR_USAGE, path, 0, "a recipe needs at least one feature = ...");
        goto fail;
    }
    return 0;
fail:
    recipe_release(r);
    return -1;
}

/* ---- finding ---- */

const char *const *recipe_builtin_names(void)
{
    static const char *names[64];
    size_t n = 0;
    for (; embedded_recipes[n].name != NULL && n + 1 < ARRAY_LEN(names); n++)
        names[n] = embedded_recipes[n].name;
    names[n] = NULL;
    return names;
}

const char *recipe_builtin_text(const char *name)
{
    for (const struct embedded *e = embedded_recipes; e->name != NULL; e++) {
        if (strcmp(e->name, name) == 0)
            return e->text;
    }
    return NULL;
}

static int load_file(struct recipe *r, const char *name, const char *path, struct err *err)
{
    struct buf text;
    int rc;
    buf_init(&text, RECIPE_MAX_BYTES);
    rc = slurp(path, "the recipe", &text, err);
    if (rc < 0 && err->code == ERR_LIMIT)
        err_at(err, ERR_USAGE, path, 0, "a recipe has at most 64 KiB");
    if (rc == 0)
        rc = recipe_parse(r, name, path, buf_span(&text), err);
    buf_release(&text);
    return rc;
}

/* "beacon" of "/x/beacon.recipe". */
static void base_name(const char *path, char *out, size_t size)
{
    const char *slash = strrchr(path, '/');
    char *dot;
    (void)snprintf(out, size, "%s", slash == NULL ? path : slash + 1);
    dot = strrchr(out, '.');
    if (dot != NULL && dot != out)
        *dot = '\0';
}

static bool user_path(const char *name, char *out, size_t size)
{
    char below[512];
    int n = snprintf(below, sizeof below, "recipes/%s.recipe", name);
    return n > 0 && (size_t)n < sizeof below && config_path(below, out, size);
}

static int unknown(const char *name, struct err *err)
{
    char all[128] = "", hint[CLOSEST_HINT];
    struct closest c = closest_to(span_of(name));
    size_t used = 0;
    for (const char *const *known = recipe_builtin_names(); *known != NULL && used < sizeof all;
         known++) {
        int n = snprintf(all + used, sizeof all - used, "%s%s", used == 0 ? "" : ", ", *known);
        used += n > 0 ? (size_t)n : 0;
        closest_try(&c, span_of(*known));
    }
    return err_set(err, ERR_USAGE,
                   "no recipe '%.60s'%s: built in are %s; a file needs a / in its name", name,
                   closest_hint(&c, hint), all);
}

int recipe_load(struct recipe *r, const char *name, struct err *err)
{
    char path[4096], base[256];
    const char *text;
    int rc = 1;
    if (strchr(name, '/') != NULL) {
        base_name(name, base, sizeof base);
        rc = load_file(r, base, name, err);
        return rc <= 0 ? rc : err_at(err, ERR_USAGE, name, 0, "no such recipe file");
    }
    /* A folder that may not be searched holds nothing for this user: HOME may be another's. */
    if (name[0] != '\0' && user_path(name, path, sizeof path) &&
        (access(path, F_OK) == 0 || errno != EACCES))
        rc = load_file(r, name, path, err);
    if (rc <= 0)
        return rc;
    text = recipe_builtin_text(name);
    if (text == NULL)
        return unknown(name, err);
    (void)snprintf(path, sizeof path, "%s (built in)", name);
    return recipe_parse(r, name, path, span_of(text), err);
}
