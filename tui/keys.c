/* Keys and commands; see keys.h. The lists of key names are read from the table each time: a few
 * dozen short strings per key pressed cost nothing, and there is no second form to keep right. */
#include "tui/keys.h"

#include "core/base/clean.h"
#include "tui/text.h"

static const char *const special_name[] = {
#define X(id, name) name,
    SPECIAL_KEYS(X)
#undef X
};

static const struct command_info table[] = {
#define X(id, keys, where, label, help) {CMD_##id, #id, keys, where, label, help},
    COMMANDS(X)
#undef X
};

uint32_t key_of_name(struct span name)
{
    if (name.len == 1 && name.ptr[0] > ' ' && name.ptr[0] < 0x7f)
        return (uint32_t)name.ptr[0];
    if (span_is(name, "Space"))
        return ' ';
    if (name.len == 6 && span_starts(name, "Ctrl-") && name.ptr[5] >= 'A' && name.ptr[5] <= 'Z')
        return KEYS_CTRL(name.ptr[5]);
    for (size_t i = 0; i < ARRAY_LEN(special_name); i++)
        if (span_is(name, special_name[i]))
            return KEYS_SPECIAL + (uint32_t)i;
    return 0;
}

const char *key_text(uint32_t key, char *out, size_t size)
{
    char bytes[4];
    size_t n;
    if (key >= KEYS_SPECIAL && key < KEYS_END_OF_LIST)
        (void)snprintf(out, size, "%s", special_name[key - KEYS_SPECIAL]);
    else if (key == ' ')
        (void)snprintf(out, size, "Space");
    else if (key >= 1 && key <= 26)
        (void)snprintf(out, size, "Ctrl-%c", (int)('@' + key));
    else if (key > ' ' && key != 0x7f && (n = text_utf8(key, bytes)) > 0 && n < size) {
        memcpy(out, bytes, n);
        out[n] = '\0';
    } else
        (void)snprintf(out, size, "?");
    return out;
}

const struct command_info *command_at(size_t n)
{
    return n < ARRAY_LEN(table) ? &table[n] : NULL;
}

const struct command_info *command_info(enum command command)
{
    return command > CMD_NONE && command < N_COMMANDS ? &table[command - 1] : NULL;
}

bool keys_next(struct span *rest, struct span *name)
{
    const char *blank;
    *rest = span_trim(*rest);
    if (rest->len == 0)
        return false;
    blank = memchr(rest->ptr, ' ', rest->len);
    *name = span_make(rest->ptr, blank == NULL ? rest->len : (size_t)(blank - rest->ptr));
    *rest = span_make(rest->ptr + name->len, rest->len - name->len);
    return true;
}

static bool has_key(const char *keys, uint32_t key)
{
    struct span rest = span_of(keys), name;
    while (keys_next(&rest, &name))
        if (key_of_name(name) == key)
            return true;
    return false;
}

enum command command_of_key(uint32_t key, uint32_t where)
{
    if (key == 0)
        return CMD_NONE;
    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        if ((table[i].where & where) != 0 && has_key(table[i].keys, key))
            return table[i].command;
    return CMD_NONE;
}

struct span command_first_key(const struct command_info *info)
{
    struct span rest = span_of(info->keys), name = {"", 0};
    (void)keys_next(&rest, &name);
    return name;
}
