/* What can happen in a world, each with its chance: see world.h. */
#include "world.h"
#include "story.h"

static struct fake_partition *any_partition(struct world *w)
{
    int64_t topic = rng_between(&w->rng, 0, (int64_t)w->kafka.topic_count - 1);
    struct fake_topic *t = &w->kafka.topics[topic];
    return &t->partitions[rng_between(&w->rng, 0, t->partition_count - 1)];
}

void world_produce(struct world *w)
{
    struct fake_partition *p = any_partition(w);
    int64_t count = rng_between(&w->rng, 1, rng_percent(&w->rng, 10) ? 300 : 10);
    for (int64_t i = 0; i < count; i++) {
        int64_t dice = rng_between(&w->rng, 1, 100);
        enum fake_kind kind = dice <= 80   ? FAKE_JSON
                              : dice <= 86 ? FAKE_TOMBSTONE
                              : dice <= 93 ? FAKE_BROKEN
                                           : FAKE_HOLE;
        bool is_big = w->has_big_records && rng_percent(&w->rng, 2);
        size_t padding = (size_t)rng_between(&w->rng, 0, is_big ? LARGEST_RECORD - 500 : 400);
        fake_kafka_produce(&w->kafka, p, kind, padding);
    }
    story("%lld records, a partition ends at %lld", (long long)count, (long long)p->end);
}

static void expire(struct world *w)
{
    struct fake_partition *p = any_partition(w);
    if (p->end > p->earliest) {
        fake_kafka_expire(p, rng_between(&w->rng, p->earliest, p->end));
        story("a partition (to %lld) begins at %lld now", (long long)p->end,
              (long long)p->earliest);
    }
}

/* Batches get damaged, or what was is restored. */
static void damage(struct world *w)
{
    struct fake_partition *p = any_partition(w);
    if (!w->has_damage || p->end == p->earliest) {
        return;
    }
    int64_t from = rng_between(&w->rng, p->earliest, p->end - 1);
    int64_t most = rng_percent(&w->rng, 20) ? 200 : 8;
    int64_t to = from + rng_between(&w->rng, 1, most);
    bool is_bad = rng_percent(&w->rng, 80);
    to = to > p->end ? p->end : to;
    fake_kafka_damage(p, from, to, is_bad);
    story("a partition (%lld to %lld) is %s from %lld to %lld", (long long)p->earliest,
          (long long)p->end, is_bad ? "damaged" : "restored", (long long)from, (long long)to);
}

static void compact(struct world *w)
{
    struct fake_partition *p = any_partition(w);
    for (int64_t offset = p->earliest; offset < p->end - 1; offset++) {
        if (rng_percent(&w->rng, 10)) {
            p->records[offset].kind = FAKE_HOLE;
        }
    }
}

static void cut(struct world *w)
{
    struct fake_partition *p = any_partition(w);
    if (w->has_cuts && p->end > 0) {
        int64_t offset = rng_percent(&w->rng, 50) ? 0 : rng_between(&w->rng, 0, p->end);
        story("a partition that ended at %lld is cut off at %lld", (long long)p->end,
              (long long)offset);
        fake_kafka_cut(p, offset);
    }
}

static void add_partition(struct world *w)
{
    struct fake_topic *topic =
        &w->kafka.topics[rng_between(&w->rng, 0, (int64_t)w->kafka.topic_count - 1)];
    if (w->has_new_partitions && topic->partition_count < FAKE_PARTITIONS) {
        topic->partition_count++;
        story("%s has %d partitions now", topic->name, (int)topic->partition_count);
    }
}

static void trouble(struct world *w)
{
    if (!w->has_outages) {
        return;
    }
    if (rng_percent(&w->rng, 30)) {
        struct fake_topic *topic =
            &w->kafka.topics[rng_between(&w->rng, 0, (int64_t)w->kafka.topic_count - 1)];
        fake_kafka_lose(&w->kafka, topic->name,
                        (int32_t)rng_between(&w->rng, 0, topic->partition_count - 1));
        return;
    }
    w->kafka.is_down = rng_percent(&w->rng, 30);
    story("Kafka is %s", w->kafka.is_down ? "down" : "up");
}

/* Its channel is about to be freed when somebody else with the same wish comes: the two share it,
 * and records may be there before the turn ends. */
static void succeed(struct world *w, struct fake_client *c)
{
    story("%s closes, and somebody with the same wish comes", c->name);
    feed_detach(&c->client, NULL);
    c->is_connected = false;
    if (rng_percent(&w->rng, 70)) { /* else with the id of the one before */
        c->ledger.last_id.len = 0;
        c->otherwise.kind = START_LATEST;
    }
    world_arm(w);
    fake_client_connect(c);
    world_produce(w);
}

static void move_client(struct world *w)
{
    struct fake_client *c = &w->clients[rng_between(&w->rng, 0, CLIENTS - 1)];
    int64_t dice = rng_between(&w->rng, 1, 100);
    if (!c->is_connected) {
        if (c->connects == 0 || dice <= 5) { /* somebody else, with another wish */
            long number = c - w->clients;
            fake_client_fini(c);
            fake_client_init(c, w->feed, &w->kafka, &w->rng, (int)number);
        }
        world_arm(w);
        fake_client_connect(c);
    } else if (dice <= 4) {
        story("%s vanishes", c->name);
        c->is_gone = true;
        if (c->is_wanted) { /* an error makes a socket writable */
            feed_on_writable(&c->client);
        }
    } else if (dice <= 7) {
        fake_client_drain(c);
    } else if (dice <= 10) {
        story("%s closes", c->name);
        feed_detach(&c->client, NULL);
        c->is_connected = false;
    } else if (dice <= 15) {
        succeed(w, c);
    } else if (c->is_blocked && dice <= 70) {
        fake_client_unblock(c);
    } else if (c->speed > 0 && dice > 90) {
        c->is_blocked = true;
    }
}

void world_happen(struct world *w)
{
    static const struct {
        int percent;
        void (*what)(struct world *w);
    } chances[] = {
        {35, world_produce}, {75, move_client}, {79, expire},        {82, compact},
        {83, cut},           {86, trouble},     {88, add_partition}, {91, world_tell_topics},
        {95, damage},
    };
    int64_t dice = rng_between(&w->rng, 1, 100);
    for (size_t i = 0; i < ARRAY_LEN(chances); i++) {
        if (dice <= chances[i].percent) {
            chances[i].what(w);
            return;
        }
    }
}
