/* What a feature's values are called and measured in; see histogram_impl.h. */
#include "core/query/histogram_impl.h"

#include "core/base/buf.h"
#include "core/base/mem.h"

static enum histogram_unit unit_of_field(const struct table *t, const char *field)
{
    int column = schema_find(&t->schema, span_of(field));
    struct span name = span_of(field);
    enum col_type type = column < 0 ? COL_DOUBLE : t->schema.col[column].type;
    if (name.len >= 5 && strcmp(field + name.len - 5, "bytes") == 0)
        return HISTOGRAM_BYTES;
    switch (type) {
    case COL_INTERVAL:
        return HISTOGRAM_SECONDS;
    case COL_TIME:
        return HISTOGRAM_TIME;
    case COL_COUNT:
    case COL_PORT:
        return HISTOGRAM_COUNT;
    default:
        return HISTOGRAM_PLAIN;
    }
}

enum histogram_unit histogram_unit_of(const struct table *t, const struct recipe *r,
                                      const struct feature *f)
{
    enum histogram_unit unit;
    switch (f->kind) {
    case FEATURE_NUM:
    case FEATURE_LOG:
    case FEATURE_SD:
    case FEATURE_SUM:
    case FEATURE_MAX:
    case FEATURE_SPAN:
        unit = unit_of_field(t, f->arg[0]);
        if (unit == HISTOGRAM_TIME && f->kind != FEATURE_NUM && f->kind != FEATURE_LOG)
            return HISTOGRAM_SECONDS;
        /* The mean of whole numbers is none. */
        return unit == HISTOGRAM_COUNT && r->unit != UNIT_CONNECTION ? HISTOGRAM_PLAIN : unit;
    case FEATURE_PAIR_GAP:
    case FEATURE_GAP_SPREAD:
        return HISTOGRAM_SECONDS;
    case FEATURE_SOURCE_BYTES:
        return HISTOGRAM_BYTES;
    case FEATURE_PAIR_COUNT:
    case FEATURE_FANOUT_HOSTS:
    case FEATURE_FANOUT_PORTS:
    case FEATURE_POPULARITY:
    case FEATURE_LENGTH:
        return r->unit == UNIT_CONNECTION ? HISTOGRAM_COUNT : HISTOGRAM_PLAIN;
    case FEATURE_REGULARITY:
    case FEATURE_FAILED:
        return HISTOGRAM_SHARE;
    case FEATURE_HOUR:
        return HISTOGRAM_HOUR;
    case FEATURE_RARITY:
        return HISTOGRAM_ONE_IN;
    case FEATURE_ONEHOT:
    case FEATURE_PORT_CLASS:
    case FEATURE_WEEKDAY:
        return HISTOGRAM_NAMES;
    default:
        return HISTOGRAM_PLAIN;
    }
}

char *histogram_name_of(const struct feature *f)
{
    struct buf b = BUF_INIT;
    bool plain = f->kind == FEATURE_NUM || f->kind == FEATURE_LOG || f->kind == FEATURE_ONEHOT;
    if (plain)
        return mem_string(f->arg[0]);
    buf_add_text(&b, feature_kind_name(f->kind));
    if (f->arg[0] != NULL)
        buf_printf(&b, "(%s%s%s)", f->arg[0], f->arg[1] == NULL ? "" : ",",
                   f->arg[1] == NULL ? "" : f->arg[1]);
    return buf_take(&b);
}
