/* Topics, records and look-ups of the fake: see the header. Its readers are fake_reader.c. */
#include "support/fake_kafka.h"
#include "support/fake_reader.h"

#include <stdio.h>
#include <stdlib.h>

static struct fake_kafka *of_source(struct source *s)
{
    return CONTAINER_OF(s, struct fake_kafka, source);
}

struct pending {
    struct list node;
    struct offset_lookup *lookup;
    uint64_t number;
    bool is_answered; /* an answer may be old by the time that it comes */
};

/* ---- records ---- */

struct fake_topic *fake_kafka_add_topic(struct fake_kafka *k, const char *name, int32_t partitions)
{
    struct fake_topic *topic = &k->topics[k->topic_count++];
    topic->name = name;
    topic->partition_count = partitions;
    return topic;
}

struct fake_topic *fake_kafka_topic(struct fake_kafka *k, const char *name)
{
    for (size_t i = 0; i < k->topic_count; i++) {
        if (strcmp(k->topics[i].name, name) == 0) {
            return &k->topics[i];
        }
    }
    return NULL;
}

/* Producers' clocks: most are a bit late, and some records come from the future. */
static int64_t time_of_record(struct fake_kafka *k)
{
    if (!k->has_wild_times || rng_percent(k->rng, 50)) {
        return k->now_ms;
    }
    return k->now_ms + (rng_percent(k->rng, 3) ? rng_between(k->rng, 0, 200000)
                                               : rng_between(k->rng, -900, 50));
}

int64_t fake_kafka_produce(struct fake_kafka *k, struct fake_partition *p, enum fake_kind kind,
                           size_t padding)
{
    if (p->end == p->cap) {
        p->cap = p->cap == 0 ? 64 : p->cap * 2;
        p->records = realloc(p->records, (size_t)p->cap * sizeof(*p->records));
    }
    p->records[p->end] = (struct fake_record){.kind = kind,
                                              .timestamp_ms = time_of_record(k),
                                              .serial = k->next_serial++,
                                              .padding = padding};
    return p->end++;
}

void fake_kafka_expire(struct fake_partition *p, int64_t offset)
{
    if (offset > p->earliest && offset <= p->end) {
        p->earliest = offset;
    }
}

void fake_kafka_damage(struct fake_partition *p, int64_t from, int64_t to, bool is_bad)
{
    for (int64_t offset = from; offset < to; offset++) {
        struct fake_record *record = &p->records[offset];
        record->is_bad = is_bad;
        record->was_bad |= is_bad;
    }
}

void fake_kafka_cut(struct fake_partition *p, int64_t offset)
{
    if (p->murky_until == 0 || offset < p->murky_from) {
        p->murky_from = offset;
    }
    if (p->end > p->murky_until) {
        p->murky_until = p->end;
    }
    p->end = offset;
    p->earliest = offset < p->earliest ? offset : p->earliest;
}

char *fake_record_value(const struct fake_record *record, size_t *len)
{
    char *text = malloc(64 + record->padding);
    int used = snprintf(text, 64, record->kind == FAKE_BROKEN ? "[%lld" : "{\"n\": %lld, \"x\":\"",
                        (long long)record->serial);
    if (record->kind == FAKE_JSON) {
        memset(text + used, 'x', record->padding);
        memcpy(text + used + record->padding, "\"}", 2);
        used += (int)record->padding + 2;
    }
    *len = (size_t)used;
    return text;
}

/* ---- look-ups ---- */

static void on_lookup(struct source *s, struct offset_lookup *lookup)
{
    struct fake_kafka *k = of_source(s);
    struct pending *pending = calloc(1, sizeof(*pending));
    pending->lookup = lookup;
    pending->number = ++k->lookup_count;
    for (size_t i = 0; i < lookup->count; i++) {
        /* The feed's string is borrowed for this call only. */
        lookup->queries[i].topic = fake_kafka_topic(k, lookup->queries[i].topic)->name;
    }
    list_push_back(&k->lookups, &pending->node);
}

static int64_t offset_at(const struct fake_partition *p, int64_t at_ms)
{
    if (at_ms == OFFSET_AT_LATEST) {
        return p->end;
    }
    int64_t offset = p->earliest;
    while (at_ms != OFFSET_AT_EARLIEST && offset < p->end &&
           (p->records[offset].kind == FAKE_HOLE || p->records[offset].timestamp_ms < at_ms)) {
        offset++;
    }
    return offset;
}

static void answer(struct fake_kafka *k, struct offset_lookup *lookup)
{
    for (size_t i = 0; i < lookup->count; i++) {
        struct offset_query *query = &lookup->queries[i];
        struct fake_topic *topic = fake_kafka_topic(k, query->topic);
        query->is_known = !k->is_down && query->partition < topic->partition_count &&
                          !rng_percent(k->rng, k->unknown_percent);
        if (query->is_known) {
            query->offset = offset_at(&topic->partitions[query->partition], query->at_ms);
        }
    }
}

static void forget(struct pending *pending)
{
    list_remove(&pending->node);
    free(pending);
}

static void on_cancel(struct source *s, struct offset_lookup *lookup)
{
    LIST_EACH(pending, &of_source(s)->lookups, struct pending, node)
    {
        if (pending->lookup == lookup) {
            forget(pending);
            offset_lookup_free(lookup);
            return;
        }
    }
    ASSERT(false); /* it is answered, or never was asked */
}

static void dispatch_lookup(struct fake_kafka *k, struct pending *pending)
{
    struct offset_lookup *lookup = pending->lookup;
    if (!pending->is_answered) {
        answer(k, lookup);
        pending->is_answered = true;
    }
    if (rng_percent(k->rng, k->late_percent)) {
        return;
    }
    forget(pending);
    lookup->on_done(lookup);
}

static void dispatch_lookups(struct fake_kafka *k)
{
    /* One that is answered may cancel others. */
    uint64_t last = k->lookup_count;
    while (!list_is_empty(&k->lookups)) {
        struct pending *pending = LIST_FIRST(&k->lookups, struct pending, node);
        if (pending->number > last) {
            return;
        }
        pending->number = ++k->lookup_count;
        list_move_back(&k->lookups, &pending->node);
        dispatch_lookup(k, pending);
    }
}

size_t fake_kafka_pending_lookups(const struct fake_kafka *k)
{
    size_t count = 0;
    LIST_EACH(pending, &k->lookups, struct pending, node)
    {
        count++;
    }
    return count;
}

/* ---- the source ---- */

static struct reader *on_open_reader(struct source *s, enum reader_kind kind)
{
    return fake_reader_open(of_source(s), kind);
}

static void on_refresh(struct source *s)
{
    (void)s;
}

static const struct source_ops ops = {on_open_reader, on_lookup, on_cancel, on_refresh};

void fake_kafka_init(struct fake_kafka *k, struct rng *rng)
{
    *k = (struct fake_kafka){.source.ops = &ops, .rng = rng, .pool_size = 4};
    list_init(&k->readers);
    list_init(&k->lookups);
}

void fake_kafka_fini(struct fake_kafka *k)
{
    ASSERT(list_is_empty(&k->readers));
    ASSERT(list_is_empty(&k->lookups));
    for (size_t i = 0; i < k->topic_count; i++) {
        for (int p = 0; p < FAKE_PARTITIONS; p++) {
            free(k->topics[i].partitions[p].records);
        }
    }
}

void fake_kafka_dispatch(struct fake_kafka *k)
{
    dispatch_lookups(k);
    if (!k->is_down) {
        fake_readers_dispatch(k);
    }
}
