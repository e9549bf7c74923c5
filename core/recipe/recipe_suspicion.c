/* Which parts of suspicion a recipe looks for. */
#include "core/recipe/recipe_impl.h"

static const char *const suspicion_words[] = {
#define X(id, word) word,
    SUSPICIONS(X)
#undef X
};

const char *suspicion_word(enum suspicion_part part)
{
    return part < N_SUSPICIONS ? suspicion_words[part] : "";
}

char *recipe_suspicion_text(const struct recipe *r, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (int i = 0; i < N_SUSPICIONS && used < size; i++) {
        if (r->suspicion & (1u << i)) {
            int n =
                snprintf(out + used, size - used, "%s%s", used > 0 ? ", " : "", suspicion_words[i]);
            used += n > 0 ? (size_t)n : 0;
        }
    }
    return out;
}

int recipe_set_suspicion(struct recipe *r, const char *text, struct err *err)
{
    unsigned parts = 0;
    for (size_t len; text != NULL; text = text[len] == ',' ? text + len + 1 : NULL) {
        char one[64];
        int n = 0;
        struct span word = span_trim(span_make(text, len = strcspn(text, ",")));
        (void)snprintf(one, sizeof one, "%.*s", (int)(word.len > 60 ? 60 : word.len), word.ptr);
        if (recipe_choose(one, suspicion_words, ARRAY_LEN(suspicion_words), &n, err) != 0)
            return -1;
        if (parts & (1u << n))
            return err_set(err, ERR_USAGE, "%s stands here twice", suspicion_words[n]);
        parts |= 1u << n;
    }
    r->suspicion = parts;
    return 0;
}
