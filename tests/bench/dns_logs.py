"""Logs of DNS for `detection`: a day of an office that does not exist, and attacks through DNS.

Everything is drawn from random.Random with the seed that is given, so equal seeds give equal rows. Names are those that
documentation may use (RFC 2606), addresses too. The office is not easy: content networks and an anti-virus's reputation
service make long names that nobody asks for twice, and machines that search their domain make names that do not exist."""
import random

FIELDS = ("ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto trans_id rtt query qclass qclass_name qtype qtype_name "
          "rcode rcode_name AA TC RD RA Z answers TTLs rejected").split()
TYPES = ("time string addr port addr port enum count interval string count string count string count string bool bool bool "
         "bool count vector[string] vector[interval] bool").split()
QTYPES = {"A": 1, "NS": 2, "NULL": 10, "PTR": 12, "TXT": 16, "AAAA": 28, "SRV": 33}
RCODES = {"NOERROR": 0, "NXDOMAIN": 3}
LETTERS, BASE32 = "abcdefghijklmnopqrstuvwxyz", "abcdefghijklmnopqrstuvwxyz234567"
RESOLVER, INTRUDER = "10.20.0.53", "10.20.7.23"


def text(draw, letters, n):
    return "".join(draw.choice(letters) for _ in range(n))


def row(draw, ts, source, query, qtype="A", rcode="NOERROR", answer="192.0.2.80"):
    found = rcode == "NOERROR"
    return {"ts": "%.6f" % ts, "uid": "C" + text(draw, LETTERS, 16), "id.orig_h": source,
            "id.orig_p": str(draw.randrange(1024, 65536)), "id.resp_h": RESOLVER, "id.resp_p": "53", "proto": "udp",
            "trans_id": str(draw.randrange(65536)), "rtt": "%.6f" % draw.uniform(0.0005, 0.08), "query": query, "qclass": "1",
            "qclass_name": "C_INTERNET", "qtype": str(QTYPES[qtype]), "qtype_name": qtype, "rcode": str(RCODES[rcode]),
            "rcode_name": rcode, "AA": "F", "TC": "F", "RD": "T", "RA": "T", "Z": "0",
            "answers": answer if found else "-", "TTLs": "300.000000" if found else "-", "rejected": "F"}


def by_rank(draw, things):
    """One of the things; the n-th is asked for about 1/n as often as the first."""
    return things[min(int(len(things) ** draw.random()), len(things)) - 1]


def benign_row(draw, ts, hosts, names):
    source, kind = by_rank(draw, hosts), draw.random()
    if kind < 0.70:
        query = by_rank(draw, names)
        return row(draw, ts, source, query, "A" if draw.random() < 0.7 else "AAAA")
    if kind < 0.78:  # content networks
        return row(draw, ts, source, "d%s.cdn.example.net" % text(draw, LETTERS + "0123456789", 13))
    if kind < 0.81:  # an anti-virus asks what is known of a file
        return row(draw, ts, source, "%s.%s.reputation.example.com" % (text(draw, "0123456789abcdef", 32),
                                                                     text(draw, "0123456789abcdef", 16)), answer="127.0.0.4")
    if kind < 0.88:  # a name that is searched for in one's own domain
        query = by_rank(draw, names) + ".office.example"
        return row(draw, ts, source, query, rcode="NXDOMAIN")
    if kind < 0.96:
        address = "%d.%d.20.10.in-addr.arpa" % (draw.randrange(1, 255), draw.randrange(0, 4))
        return row(draw, ts, source, address, "PTR", "NOERROR" if draw.random() < 0.6 else "NXDOMAIN", "pc.office.example")
    if kind < 0.98:
        return row(draw, ts, source, "_ldap._tcp.dc._msdcs.office.example", "SRV", answer="dc1.office.example")
    return row(draw, ts, by_rank(draw, hosts[-3:]), "%s.example.org" % text(draw, LETTERS, 7), "TXT", answer="v=spf1 -all")


def office(rows, seed):
    """The log of a day, in the order of time."""
    draw = random.Random(seed)
    hosts = ["10.20.1.%d" % i for i in range(10, 70)] + ["10.20.0.%d" % i for i in (25, 60, 10)]
    names = ["%s.%s.example" % (draw.choice(("www", "api", "mail", "img", "login", "static", "update")),
                                text(draw, LETTERS, draw.randrange(4, 13))) for _ in range(900)]
    times = sorted(1773014400 + 86400 * draw.betavariate(3, 3) for _ in range(rows))
    return [benign_row(draw, ts, hosts, names) for ts in times]


# ---- attacks: rows in the order of time, from time 0 on ----

def tunnel(draw):
    """Data in two long labels of names, and in the texts that answer: 600 in an hour."""
    for i in range(600):
        yield row(draw, i * 6 + draw.random(), INTRUDER, "%s.%s.t.example.info" % (text(draw, BASE32, 55), text(draw, BASE32, 40)),
                  "TXT", answer=text(draw, BASE32, 120))


def null_tunnel(draw):
    """A tunnel by a rare type: 400 in ten minutes."""
    for i in range(400):
        yield row(draw, i * 1.5 + draw.random(), INTRUDER, "%s.n.example.info" % text(draw, BASE32, 48), "NULL", answer="-")


def slow_tunnel(draw):
    """Short pieces in ordinary questions for addresses: 150 in six hours."""
    for i in range(150):
        yield row(draw, i * 144 + draw.uniform(0, 60), INTRUDER, "%s.s.example.info" % text(draw, BASE32, 30))


def made_up_names(draw):
    """An implant that looks for its master: 300 names that do not exist in a quarter of an hour, and one that does."""
    for i in range(300):
        query = text(draw, LETTERS, draw.randrange(11, 17)) + draw.choice((".example.com", ".example.net", ".example.org"))
        yield row(draw, i * 3 + draw.random(), INTRUDER, query, rcode="NOERROR" if i == 171 else "NXDOMAIN")


def guessed_names(draw):
    """Somebody tries which names a domain has: 500 in five minutes, one in fifty there."""
    words = ("www", "vpn", "mail", "dev", "test", "db", "backup", "intranet", "git", "ftp", "portal", "stage")
    for i in range(500):
        yield row(draw, i * 0.6, INTRUDER, "%s%d.corp.example" % (draw.choice(words), i),
                  rcode="NOERROR" if i % 50 == 0 else "NXDOMAIN")


ATTACKS = {"tunnel of texts": tunnel, "tunnel of type NULL": null_tunnel, "slow tunnel": slow_tunnel,
           "made-up names": made_up_names, "guessed names": guessed_names}


def attacks(seed):
    """Name and rows of each attack."""
    for name, attack in ATTACKS.items():
        yield name, list(attack(random.Random("%s %d" % (name, seed))))
