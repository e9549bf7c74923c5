/* Top lists; see top.h. */
#include "core/cluster/top.h"

struct span top_text(const struct table *t, enum top_kind kind, uint32_t key)
{
    switch (kind) {
    case TOP_PROTO:
    case TOP_STATE:
    case TOP_SERVICE:
        return table_cat_text(t, (enum cat)kind, (uint8_t)key);
    case TOP_ADDR:
        return table_addr_text(t, key);
    case TOP_NUMBER:
        break;
    }
    return span_of("");
}

/* True when a stands before b. */
static bool before(const struct table *t, enum top_kind kind, struct top_item a, struct top_item b)
{
    int c;
    if (a.rows != b.rows)
        return a.rows > b.rows;
    c = kind == TOP_NUMBER ? 0 : span_cmp(top_text(t, kind, a.key), top_text(t, kind, b.key));
    return c != 0 ? c < 0 : a.key < b.key;
}

void top_offer(struct top_list *list, const struct table *t, enum top_kind kind, uint32_t key,
               uint64_t rows)
{
    struct top_item item = {key, rows};
    uint32_t at;
    list->distinct++;
    if (list->n == PROFILE_TOP && !before(t, kind, item, list->item[PROFILE_TOP - 1]))
        return;
    at = list->n < PROFILE_TOP ? list->n++ : PROFILE_TOP - 1;
    while (at > 0 && before(t, kind, item, list->item[at - 1])) {
        list->item[at] = list->item[at - 1];
        at--;
    }
    list->item[at] = item;
}

void top_of_tally(struct top_list *list, const struct table *t, enum top_kind kind,
                  const struct tally *tally)
{
    *list = (struct top_list){.n = 0};
    for (size_t i = 0; i < tally->cap; i++)
        if (tally->item[i].count != 0)
            top_offer(list, t, kind, (uint32_t)tally->item[i].key, tally->item[i].count);
}

void top_of_codes(struct top_list *list, const struct table *t, enum cat cat,
                  const uint64_t count[256])
{
    *list = (struct top_list){.n = 0};
    for (uint32_t code = 0; code < 256; code++)
        if (code != CAT_MISSING && count[code] != 0)
            top_offer(list, t, (enum top_kind)cat, code, count[code]);
}
