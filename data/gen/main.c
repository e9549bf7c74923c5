/* mkconn: writes a believable conn log of any length, with labelled attacks in it.
 *
 * DESIGN
 * 1. Time goes forward in slots of five minutes. In each, the clockwork and the attacks emit what
 * is due, and sessions of hosts fill up to the slot's part of the benign rows, which follows how
 *    active the hosts are.
 * 2. A row waits in a queue until the sensor would write it; after a slot, what is due is written.
 *    So memory follows the number of open connections, not the number of rows.
 * 3. The attacks' rows are counted before the first row: the log has exactly --rows rows.
 * 4. Equal options give equal bytes, on any machine: see draw.h. */
#include <getopt.h>

#include "data/gen/sim.h"
#include "data/gen/write.h"

#define SLOT_US (5 * MINUTE_US)

struct options {
    uint64_t rows, seed, days;
    int64_t start_s;
    bool mix[N_LABELS];
    struct writer *writer;
    const char *path;
};

static const char *const labels[] = {
#define X(id, name) name,
    LABELS(X)
#undef X
};

static const char usage[] =
    "usage: mkconn [OPTION]...\n"
    "Writes a made-up conn log.\n\n"
    "  --rows=N         rows (20000)\n"
    "  --seed=N         another seed, another log (1)\n"
    "  --mix=NAME,...   attacks: beacon vscan hscan theft afterhours flood, all, none (none)\n"
    "  --form=FORM      tsv, bare (no header), csv or json (tsv)\n"
    "  --columns=N      20, 21 or 22 columns, as generations of Zeek write them (21)\n"
    "  --labels         a last column with the true label\n"
    "  --start=EPOCH    first second (1773014400, a Monday)\n"
    "  --days=N         length of the log (1)\n"
    "  -o FILE          where to (standard output)\n";

static bool number(const char *text, uint64_t low, uint64_t high, uint64_t *out)
{
    uint64_t n = 0;
    for (const char *p = text; *p != '\0'; p++) {
        if (*p < '0' || *p > '9' || n > high)
            return false;
        n = n * 10 + (uint64_t)(*p - '0');
    }
    *out = n;
    return text[0] != '\0' && n >= low && n <= high;
}

static bool set_mix(struct options *o, const char *list)
{
    while (*list != '\0') {
        size_t len = strcspn(list, ",");
        bool known = len == 4 && memcmp(list, "none", 4) == 0;
        for (int i = LABEL_BENIGN + 1; i < N_LABELS; i++) {
            bool this = strlen(labels[i]) == len && memcmp(labels[i], list, len) == 0;
            if (this || (len == 3 && memcmp(list, "all", 3) == 0))
                o->mix[i] = known = true;
        }
        if (!known)
            return false;
        list += len + (list[len] == ',');
    }
    return true;
}

static bool set_form(struct writer *w, const char *text)
{
    static const char *const forms[] = {"tsv", "bare", "csv", "json"};
    for (size_t i = 0; i < ARRAY_LEN(forms); i++)
        if (strcmp(forms[i], text) == 0) {
            w->form = (enum form)i;
            return true;
        }
    return false;
}

static bool parse(struct options *o, int argc, char **argv)
{
    static const struct option list[] = {
        {"rows", 1, NULL, 'r'},  {"seed", 1, NULL, 's'},    {"mix", 1, NULL, 'm'},
        {"form", 1, NULL, 'f'},  {"columns", 1, NULL, 'c'}, {"labels", 0, NULL, 'l'},
        {"start", 1, NULL, 't'}, {"days", 1, NULL, 'd'},    {"output", 1, NULL, 'o'},
        {"help", 0, NULL, 'h'},  {NULL, 0, NULL, 0}};
    uint64_t n = 0;
    bool ok = true;
    int c;
    while (ok && (c = getopt_long(argc, argv, "o:h", list, NULL)) != -1) {
        if (c == 'r')
            ok = number(optarg, 1, 1000000000, &o->rows);
        else if (c == 's')
            ok = number(optarg, 0, UINT32_MAX, &o->seed);
        else if (c == 'm')
            ok = set_mix(o, optarg);
        else if (c == 'f')
            ok = set_form(o->writer, optarg);
        else if (c == 'c') {
            ok = number(optarg, 20, 22, &n);
            o->writer->columns = (int)n;
        } else if (c == 'l')
            o->writer->labels = true;
        else if (c == 't') {
            ok = number(optarg, 86400, 4102444800, &n);
            o->start_s = (int64_t)n;
        } else if (c == 'd')
            ok = number(optarg, 1, 366, &o->days);
        else if (c == 'o')
            o->path = optarg;
        else
            ok = false;
    }
    return ok && optind == argc;
}

/* Sums of the hosts' activities at a time: a host is drawn by where a number falls. */
static double sum_activity(const struct world *w, int64_t at_us, double *sums)
{
    double sum = 0;
    for (uint32_t i = 0; i < w->n_hosts; i++) {
        sum += host_activity(&w->host[i], at_us);
        sums[i] = sum;
    }
    return sum;
}

static struct host *pick_host(struct sim *s, const double *sums)
{
    uint32_t low = 0, high = s->world.n_hosts - 1;
    double x = rng_unit(&s->rng) * sums[high];
    while (low < high) {
        uint32_t mid = (low + high) / 2;
        if (sums[mid] <= x)
            low = mid + 1;
        else
            high = mid;
    }
    return &s->world.host[low];
}

static void write_due(struct sim *s, struct writer *w, int64_t until_us)
{
    struct row row;
    while (queue_take(&s->queue, until_us, &row))
        writer_row(w, &row);
}

static void simulate(struct sim *s, struct clockwork *c, struct attack *attack, size_t n_attacks,
                     double *sums, struct writer *w)
{
    double all = 0, sofar = 0;
    for (int64_t at = s->start_us; at < s->end_us; at += SLOT_US)
        all += sum_activity(&s->world, at, sums);
    for (int64_t at = s->start_us; at < s->end_us && !s->failed; at += SLOT_US) {
        bool last = at + SLOT_US >= s->end_us;
        uint64_t target;
        sofar += sum_activity(&s->world, at, sums);
        target = last ? s->wanted : (uint64_t)((double)s->wanted * (sofar / all));
        clockwork_until(c, s, at + SLOT_US);
        for (size_t i = 0; i < n_attacks; i++)
            attack_until(&attack[i], s, at + SLOT_US);
        while (s->benign < target && !s->failed) {
            struct host *h = pick_host(s, sums);
            activity_session(s, h, at + (int64_t)(rng_unit(&s->rng) * (double)SLOT_US));
        }
        write_due(s, w, at + SLOT_US);
    }
    for (size_t i = 0; i < n_attacks; i++) /* what rounding has left */
        attack_until(&attack[i], s, INT64_MAX);
    write_due(s, w, INT64_MAX);
}

static int generate(const struct options *o)
{
    struct sim s = {.start_us = o->start_s * SECOND_US};
    struct clockwork c = {.n = 0};
    struct attack attack[N_LABELS];
    size_t n_attacks = 0;
    double *sums = NULL;
    int rc = -1;
    s.end_us = s.start_us + (int64_t)o->days * DAY_US;
    rng_init(&s.rng, o->seed, 1);
    if (world_init(&s.world, &s.rng, o->rows) != 0)
        goto out;
    sums = calloc(s.world.n_hosts, sizeof *sums);
    if (sums == NULL)
        goto out;
    s.wanted = o->rows;
    for (int i = LABEL_BENIGN + 1; i < N_LABELS; i++)
        if (o->mix[i]) {
            attack_plan(&attack[n_attacks], &s, (enum label)i, o->rows);
            if (attack[n_attacks].n > s.wanted)
                attack[n_attacks].n = s.wanted;
            s.wanted -= attack[n_attacks++].n;
        }
    if (clockwork_init(&c, &s, s.wanted / 6) != 0)
        goto out;
    writer_begin(o->writer, s.start_us);
    simulate(&s, &c, attack, n_attacks, sums, o->writer);
    rc = s.failed ? -1 : 0;
out:
    if (rc != 0)
        (void)fputs("mkconn: out of memory\n", stderr);
    free(sums);
    clockwork_release(&c);
    queue_release(&s.queue);
    world_release(&s.world);
    return rc != 0 || writer_end(o->writer, s.end_us) != 0 ? -1 : 0;
}

int main(int argc, char **argv)
{
    static struct writer writer = {.columns = 21};
    struct options o = {
        .rows = 20000, .seed = 1, .days = 1, .start_s = 1773014400, .writer = &writer};
    int rc;
    if (!parse(&o, argc, argv)) {
        (void)fputs(usage, stderr);
        return 2;
    }
    writer.seed = o.seed;
    if (o.path != NULL && strcmp(o.path, "-") == 0)
        o.path = NULL;
    writer.out = o.path == NULL ? stdout : fopen(o.path, "wb");
    if (writer.out == NULL) {
        perror(o.path);
        return 4;
    }
    rc = generate(&o);
    if (o.path != NULL && fclose(writer.out) != 0)
        rc = -1;
    if (rc != 0)
        (void)fputs("mkconn: the log is not complete\n", stderr);
    return rc == 0 ? 0 : 4;
}
