/* Meanings of fields, connection states and history letters.
 *
 * Facts from Zeek's documentation of its conn log, in our own words. */
#include "tui/view/fields.h"

static const struct meaning fields[] = {
    {"ts", "when the first packet was seen"},
    {"uid", "the connection's own name; other Zeek logs use the same"},
    {"id.orig_h", "originator: who started it"},
    {"id.orig_p", "port on the originator's side"},
    {"id.resp_h", "responder: who was called"},
    {"id.resp_p", "port that was called"},
    {"proto", "transport protocol"},
    {"service", "what was spoken, judged by content and not by port"},
    {"duration", "from the first packet to the last; for TCP without the final closing"},
    {"orig_bytes", "payload that the originator sent, counted by TCP sequence numbers"},
    {"resp_bytes", "payload that the responder sent, counted by TCP sequence numbers"},
    {"conn_state", "how it went, in one code"},
    {"local_orig", "whether the originator is inside the site's own networks"},
    {"local_resp", "whether the responder is inside the site's own networks"},
    {"missed_bytes", "payload that the sensor failed to see: counts around it are too low"},
    {"history", "what happened in order; capitals are the originator's"},
    {"orig_pkts", "packets from the originator"},
    {"orig_ip_bytes", "bytes from the originator, IP and TCP headers included"},
    {"resp_pkts", "packets from the responder"},
    {"resp_ip_bytes", "bytes from the responder, IP and TCP headers included"},
    {"tunnel_parents", "uids of the tunnels that carried it"},
    {"orig_l2_addr", "hardware address on the originator's side, as the sensor saw it"},
    {"resp_l2_addr", "hardware address on the responder's side, as the sensor saw it"},
    {"vlan", "VLAN tag of the first packet"},
    {"inner_vlan", "inner VLAN tag where there are two"},
    {"community_id", "hash of the five-tuple: the same in other tools"},
    {"ip_proto", "number of the IP protocol"},
    {"failed_service", "protocols that were tried on the content and did not fit"},
    {"label", "verdict that somebody put on the row"},
    {"detailed-label", "the verdict in detail"},
    {"_path", "which log the row belongs to"},
    {"_write_ts", "when the row was written"},
    {"_node_name", "which Zeek process wrote the row"},
    {"_system_name", "which sensor wrote the row"},
};

static const struct meaning states[] = {
    {"S0", "attempt seen, no answer"},
    {"S1", "established, not yet closed"},
    {"SF", "established and closed normally"},
    {"REJ", "attempt refused"},
    {"S2", "established; originator closed, responder did not answer that"},
    {"S3", "established; responder closed, originator did not answer that"},
    {"RSTO", "established; originator broke it off (RST)"},
    {"RSTR", "responder broke it off (RST)"},
    {"RSTOS0", "originator sent SYN, then RST; never an answer: typical of scans"},
    {"RSTRH", "responder sent SYN-ACK, then RST; no SYN of the originator seen"},
    {"SH", "originator sent SYN, then FIN; never an answer: half-open, typical of scans"},
    {"SHR", "responder sent SYN-ACK, then FIN; no SYN of the originator seen"},
    {"OTH", "no SYN seen: traffic from the middle of a connection"},
};

static const struct meaning letters[] = {
    {"s", "SYN"},
    {"h", "SYN-ACK, the answer to a SYN"},
    {"a", "pure ACK"},
    {"d", "data"},
    {"f", "FIN, closing"},
    {"r", "RST, breaking off"},
    {"c", "packet with a bad checksum"},
    {"g", "gap: content that the sensor missed"},
    {"t", "retransmitted data"},
    {"w", "window of zero: cannot take more for now"},
    {"i", "inconsistent packet (FIN and RST together)"},
    {"q", "several flags that do not belong together (SYN and FIN, or SYN and RST)"},
    {"x", "analysis stopped: the connection has seen too many packets to follow"},
    {"^", "direction turned round: the sensor took the first packet seen for an answer"},
};

static const char *look_up(const struct meaning *table, size_t n, struct span name)
{
    for (size_t i = 0; i < n; i++)
        if (span_is(name, table[i].name))
            return table[i].about;
    return NULL;
}

const char *field_about(struct span name)
{
    return look_up(fields, ARRAY_LEN(fields), name);
}

const char *conn_state_about(struct span state)
{
    return look_up(states, ARRAY_LEN(states), state);
}

const char *history_about(char letter)
{
    if (letter >= 'A' && letter <= 'Z')
        letter = (char)(letter - 'A' + 'a');
    return look_up(letters, ARRAY_LEN(letters), span_make(&letter, 1));
}

const struct meaning *field_at(size_t n)
{
    return n < ARRAY_LEN(fields) ? &fields[n] : NULL;
}

const struct meaning *conn_state_at(size_t n)
{
    return n < ARRAY_LEN(states) ? &states[n] : NULL;
}

const struct meaning *history_at(size_t n)
{
    return n < ARRAY_LEN(letters) ? &letters[n] : NULL;
}
