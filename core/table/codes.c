/* Meaning of category codes; see codes.h. */
#include "core/table/codes.h"

static const struct {
    const char *name;
    enum outcome outcome;
    bool failed;
} states[] = {
    {"S0", OUTCOME_UNANSWERED, true},         {"REJ", OUTCOME_REFUSED, true},
    {"SF", OUTCOME_COMPLETED, false},         {"S1", OUTCOME_OPEN, false},
    {"S2", OUTCOME_HALF_CLOSED, false},       {"S3", OUTCOME_HALF_CLOSED, false},
    {"RSTO", OUTCOME_RESET_BY_SOURCE, false}, {"RSTOS0", OUTCOME_RESET_BY_SOURCE, true},
    {"RSTR", OUTCOME_RESET_BY_TARGET, false}, {"RSTRH", OUTCOME_RESET_BY_TARGET, true},
    {"SH", OUTCOME_HALF_OPEN, true},          {"SHR", OUTCOME_HALF_SEEN, false},
    {"OTH", OUTCOME_HALF_SEEN, false},
};

const char *outcome_text(enum outcome outcome)
{
    static const char *const text[] = {
#define X(id, words) words,
        OUTCOMES(X)
#undef X
    };
    return (size_t)outcome < ARRAY_LEN(text) ? text[outcome] : "";
}

static const char *const icmp_names[] = {"icmp", "ICMP", "icmp6", "icmpv6", "ipv6-icmp"};

bool code_is_icmp(struct span proto)
{
    for (size_t i = 0; i < ARRAY_LEN(icmp_names); i++)
        if (span_is(proto, icmp_names[i]))
            return true;
    return false;
}

static void mark(bool *flag, const struct table *t, const char *name)
{
    int code = table_cat_find(t, CAT_PROTO, name);
    if (code >= 0)
        flag[code] = true;
}

void codes_init(struct codes *codes, const struct table *t)
{
    memset(codes, 0, sizeof *codes);
    memset(codes->outcome, N_OUTCOMES, sizeof codes->outcome);
    mark(codes->tcp, t, "tcp");
    mark(codes->tcp, t, "TCP");
    mark(codes->udp, t, "udp");
    mark(codes->udp, t, "UDP");
    for (size_t i = 0; i < ARRAY_LEN(icmp_names); i++)
        mark(codes->icmp, t, icmp_names[i]);
    for (size_t i = 0; i < ARRAY_LEN(states); i++) {
        int code = table_cat_find(t, CAT_STATE, states[i].name);
        if (code < 0)
            continue;
        codes->outcome[code] = (uint8_t)states[i].outcome;
        codes->failed[code] = states[i].failed;
    }
}
