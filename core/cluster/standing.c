/* Clusters that say the same, and the order among them; see standing.h. */
#include "core/cluster/standing.h"

#include "core/base/attr.h"

enum side { SIDE_NONE, SIDE_SOURCE, SIDE_TARGET };

/* What a cluster says: who does what. */
struct said {
    enum side side;
    uint32_t addr;
    enum suspicion_part part;
};

static bool speaks(const struct top_list *list, uint64_t rows)
{
    return list->n > 0 && list->item[0].rows >= rows - list->item[0].rows;
}

static struct said said_by(const struct profile *p)
{
    struct said s = {SIDE_NONE, 0, p->suspicion.part};
    bool target = speaks(&p->resp, p->rows);
    bool noise = s.part == SUSPICION_REFUSED && p->from_outside;
    if (speaks(&p->orig, p->rows) && !(target && noise)) {
        s.side = SIDE_SOURCE;
        s.addr = p->orig.item[0].key;
    } else if (target) {
        s.side = SIDE_TARGET;
        s.addr = p->resp.item[0].key;
    }
    return s;
}

static bool same(struct said a, struct said b)
{
    return a.side != SIDE_NONE && a.side == b.side && a.addr == b.addr && a.part == b.part;
}

/* Whether a stands before b, of two that say the same; `most` is the highest suspicion among all
 * that do. */
static bool before(const struct profile *a, const struct profile *b, double most)
{
    bool a_high = a->suspicion.score >= most / 2, b_high = b->suspicion.score >= most / 2;
    if (a_high != b_high)
        return a_high;
    return a->suspicion.score * (double)a->rows > b->suspicion.score * (double)b->rows;
}

/* The standing of profile i: its suspicion over its place among those that say the same. Equal ones
 * keep the order of their numbers. */
static double standing_of(const struct profile *profile, uint32_t k, uint32_t i)
{
    struct said said = said_by(&profile[i]);
    double most = 0;
    uint32_t place = 1;
    for (uint32_t j = 0; j < k; j++)
        if (same(said, said_by(&profile[j])) && profile[j].suspicion.score > most)
            most = profile[j].suspicion.score;
    for (uint32_t j = 0; j < k; j++) {
        if (j == i || !same(said, said_by(&profile[j])))
            continue;
        if (before(&profile[j], &profile[i], most) ||
            (j < i && !before(&profile[i], &profile[j], most)))
            place++;
    }
    return profile[i].suspicion.score / place;
}

void standing_find(struct profile *profile, uint32_t k)
{
    for (uint32_t i = 0; i < k; i++)
        profile[i].standing = standing_of(profile, k, i);
}
